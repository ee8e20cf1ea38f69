package imageprocess

import (
	"image"
	"image/color"
	"os"
	"sync"

	"github.com/kovidgoyal/imaging"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// textFonts are the fonts of OSS, the default first. The engine checks the name, and draws every text in one of its own.
var textFonts = []string{"wqy-zenhei", "wqy-microhei", "fangzhengshusong", "fangzhengkaiti", "fangzhengheiti", "fangzhengfangsong",
	"droidsansfallback"}

// textMark is a text that is drawn as a mark.
type textMark struct {
	text   string
	color  color.NRGBA
	size   int // of the font, in pixels
	shadow int // opacity in percent
	rotate int // degrees, clockwise
}

// render draws the text on a transparent background, cut off where it is wider than maxWidth.
func (m *textMark) render(maxWidth int) *image.NRGBA {
	runs := m.runs()
	offset := 0 // of the shadow
	if m.shadow > 0 {
		offset = max(1, m.size/20)
	}
	var width, ascent, descent fixed.Int26_6
	for _, r := range runs {
		width += font.MeasureString(r.face, r.text)
		ascent, descent = max(ascent, r.face.Metrics().Ascent), max(descent, r.face.Metrics().Descent)
	}
	img := image.NewNRGBA(image.Rect(0, 0, max(1, min(width.Ceil()+offset, maxWidth)), (ascent+descent).Ceil()+offset))
	write := func(c color.Color, offset int) {
		d := font.Drawer{Dst: img, Src: image.NewUniform(c)}
		d.Dot = fixed.Point26_6{X: fixed.I(offset), Y: ascent + fixed.I(offset)}
		for _, r := range runs {
			d.Face = r.face
			d.DrawString(r.text)
		}
	}
	if m.shadow > 0 {
		write(color.NRGBA{A: uint8(m.shadow * 255 / 100)}, offset)
	}
	write(m.color, 0)
	if m.rotate%360 == 0 {
		return img
	}
	return imaging.AsNRGBA(imaging.Rotate(img, float64(360-m.rotate), color.Transparent))
}

// textRun is a part of a text that is drawn with one face.
type textRun struct {
	text string
	face font.Face
}

// runs splits the text: characters that the embedded font lacks come from a Chinese font that is installed on the machine.
// Without one, the embedded font draws boxes.
func (m *textMark) runs() []textRun {
	embedded, installed := m.face(embeddedFont()), font.Face(nil)
	var runs []textRun
	for _, r := range m.text {
		face := embedded
		if !has(embeddedFont(), r) && has(installedFont(), r) {
			if installed == nil {
				installed = m.face(installedFont())
			}
			face = installed
		}
		if n := len(runs); n > 0 && runs[n-1].face == face {
			runs[n-1].text += string(r)
		} else {
			runs = append(runs, textRun{string(r), face})
		}
	}
	return runs
}

func (m *textMark) face(f *opentype.Font) font.Face {
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: float64(m.size), DPI: 72})
	if err != nil {
		panic(err) // it never fails: the size is positive
	}
	return face
}

// has reports whether a font has a character. It is false for a nil font.
func has(f *opentype.Font, r rune) bool {
	if f == nil {
		return false
	}
	i, err := f.GlyphIndex(nil, r)
	return err == nil && i != 0
}

var embeddedFont = sync.OnceValue(func() *opentype.Font {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		panic(err)
	}
	return f
})

// fontFiles are Chinese fonts of Debian, Fedora, macOS and Windows. Those of WenQuanYi, OSS's default, are left out: the library
// takes no font whose tables are not aligned.
var fontFiles = []string{
	"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
	"/usr/share/fonts-droid-fallback/truetype/DroidSansFallback.ttf",
	"/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
	"/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
	"/System/Library/Fonts/Hiragino Sans GB.ttc",
	"/System/Library/Fonts/STHeiti Light.ttc",
	`C:\Windows\Fonts\msyh.ttc`,
	`C:\Windows\Fonts\simsun.ttc`,
}

// installedFont returns the first font of fontFiles that is there, nil if none is. The file stays open: glyphs are read when
// they are drawn.
var installedFont = sync.OnceValue(func() *opentype.Font {
	for _, name := range fontFiles {
		file, err := os.Open(name)
		if err != nil {
			continue
		}
		collection, err := opentype.ParseCollectionReaderAt(file)
		if err == nil {
			if f, err := collection.Font(0); err == nil {
				return f
			}
		}
		file.Close()
	}
	return nil
})
