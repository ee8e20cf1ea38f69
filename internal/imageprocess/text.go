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
	font   string
	color  color.NRGBA
	size   int // of the font, in pixels
	shadow int // opacity in percent
	rotate int // degrees, clockwise
}

// maxTextWidth bounds the width of a text, in pixels; the rest is cut off.
const maxTextWidth = maxResultSide

// render draws the text on a transparent background.
func (m *textMark) render() *image.NRGBA {
	face, err := opentype.NewFace(fontFor(m.text), &opentype.FaceOptions{Size: float64(m.size), DPI: 72})
	if err != nil {
		panic(err) // the options are valid
	}
	defer face.Close()
	offset := 0 // of the shadow
	if m.shadow > 0 {
		offset = max(1, m.size/20)
	}
	metrics := face.Metrics()
	width := min(font.MeasureString(face, m.text).Ceil()+offset, maxTextWidth)
	img := image.NewNRGBA(image.Rect(0, 0, max(1, width), (metrics.Ascent+metrics.Descent).Ceil()+offset))
	write := func(c color.Color, offset int) {
		d := font.Drawer{Dst: img, Src: image.NewUniform(c), Face: face}
		d.Dot = fixed.Point26_6{X: fixed.I(offset), Y: metrics.Ascent + fixed.I(offset)}
		d.DrawString(m.text)
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

// fontFor returns the embedded font if it has all characters of a text, else a Chinese font that is installed on the machine.
// Without one, it returns the embedded font, which draws boxes.
func fontFor(text string) *opentype.Font {
	embedded := embeddedFont()
	if hasAll(embedded, text) {
		return embedded
	}
	if installed := installedFont(); installed != nil {
		return installed
	}
	return embedded
}

func hasAll(f *opentype.Font, text string) bool {
	for _, r := range text {
		if i, err := f.GlyphIndex(nil, r); err != nil || i == 0 {
			return false
		}
	}
	return true
}

var embeddedFont = sync.OnceValue(func() *opentype.Font {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		panic(err)
	}
	return f
})

// fontFiles are Chinese fonts of Debian, Fedora, macOS and Windows. The first two are fonts of OSS.
var fontFiles = []string{
	"/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
	"/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
	"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
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

