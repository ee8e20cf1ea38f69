#!/usr/bin/env bash
# Regenerates the samples next to this file. Needs ffmpeg with libx264 and libmp3lame, and Python 3.
# Nothing in them comes from elsewhere: pictures and tones are computed, the text is in this script.
set -euo pipefail
cd "$(dirname "$0")"

make() { ffmpeg -hide_banner -loglevel error -y "$@"; }

# No dates and no muxer versions in the files: one ffmpeg makes the same bytes each time.
exact=(-map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact)

# A moving test picture with a tone: 3 s, 320x180, H.264 and AAC, one keyframe a second.
make -f lavfi -i testsrc2=size=320x180:rate=25:duration=3 -f lavfi -i sine=frequency=440:sample_rate=48000:duration=3 \
  -c:v libx264 -preset veryslow -crf 36 -g 25 -pix_fmt yuv420p -threads 1 -c:a aac -b:a 48k -ac 2 \
  -movflags +faststart "${exact[@]}" clip.mp4

# Two seconds of a rising tone.
make -f lavfi -i "aevalsrc=0.5*sin(2*PI*(220*t+110*t*t)):sample_rate=44100:duration=2" \
  -c:a libmp3lame -b:a 64k -ac 1 "${exact[@]}" voice.mp3

# One frame of the Mandelbrot set: 640x480, larger than the 200x200 that image/deblindwatermark asks for.
make -f lavfi -i mandelbrot=size=640x480:start_scale=0.4:maxiter=500 -frames:v 1 -update 1 -pix_fmt yuvj420p -q:v 12 \
  "${exact[@]}" photo.jpg

# Three pages of Office Open XML.
python3 - <<'PY'
import zipfile

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
NS = 'http://schemas.openxmlformats.org'
PAGES = [
    ('Quarterly report', 'An upload of this document is meant to become three pictures, one for each page.'),
    ('Figures', 'Pages are counted from one. This is the second of them.'),
    ('Outlook', 'The last page: nothing follows it.'),
]

def paragraph(text, size):
    return (f'<w:p><w:r><w:rPr><w:sz w:val="{size}"/></w:rPr><w:t>{text}</w:t></w:r></w:p>')

body = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'.join(
    paragraph(title, 48) + paragraph(text, 24) for title, text in PAGES)

PARTS = {
    '[Content_Types].xml': f'''<Types xmlns="{NS}/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>
</Types>''',
    '_rels/.rels': f'''<Relationships xmlns="{NS}/package/2006/relationships">
<Relationship Id="rId1" Type="{NS}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>
</Relationships>''',
    'word/document.xml': f'''<w:document xmlns:w="{NS}/wordprocessingml/2006/main"><w:body>{body}
<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="1440" w:header="720" w:footer="720" w:gutter="0"/></w:sectPr>
</w:body></w:document>''',
}

with zipfile.ZipFile('report.docx', 'w') as z:
    for name, text in PARTS.items():
        entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # a fixed date: the same bytes each time
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 3
        entry.external_attr = 0o100644 << 16
        z.writestr(entry, HEAD + text)
PY
