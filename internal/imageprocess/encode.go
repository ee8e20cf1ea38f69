package imageprocess

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/png"
	"sync"

	"github.com/deepteams/webp"
	"github.com/kovidgoyal/imaging"
)

// maxWebPSide is the longest side of a WebP.
const maxWebPSide = webp.MaxDimension

// readFormat reads the format of the result. OSS has more; see [Gaps].
func readFormat(pl *plan, p *params) {
	format := p.bare("0040-00000207")
	if format == "jpeg" {
		format = "jpg"
	}
	if p.err == nil && contentTypes[format] == "" {
		p.fail(invalidValue(format, "format", "0040-00000206", "the format is not supported"))
	}
	pl.format = format
}

func readInterlace(pl *plan, p *params) {
	pl.progressive = p.bareChoice("", "", "0", "1") == "1"
}

// encode returns the bytes of the result.
func (pl *plan) encode(img image.Image, format string, src *source) ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch format {
	case "jpg":
		err = imaging.Encode(&b, onWhite(img), imaging.JPEG, imaging.JPEGQuality(pl.quality.forJPEG(src)))
		if err == nil && pl.progressive {
			return progressive(b.Bytes())
		}
	case "webp":
		if img.Bounds().Dx() > maxWebPSide || img.Bounds().Dy() > maxWebPSide {
			return nil, tooLarge("", "a webp has at most %d pixels a side", maxWebPSide)
		}
		fillWebPTables()
		err = webp.Encode(&b, imaging.AsNRGBA(img), webpOptions(pl.quality.forWebP()))
	case "png":
		err = imaging.Encode(&b, plain(img), imaging.PNG, imaging.PNGCompressionLevel(png.DefaultCompression))
	case "bmp":
		err = imaging.Encode(&b, imaging.AsNRGBA(onWhite(img)), imaging.BMP)
	case "tiff":
		err = imaging.Encode(&b, plain(img), imaging.TIFF)
	case "gif":
		err = gif.Encode(&b, palettize(img), nil)
	}
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// fillWebPTables encodes and decodes a picture of one pixel, once. The library fills tables at the first picture without a lock,
// and pictures are processed concurrently.
var fillWebPTables = sync.OnceFunc(func() {
	var b bytes.Buffer
	if webp.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 1, 1)), webpOptions(75)) == nil {
		webp.Decode(&b)
	}
})

// webpOptions returns the options for a lossy WebP. What the library makes of transparency when it compresses it, libwebp refuses.
func webpOptions(quality int) *webp.EncoderOptions {
	o := webp.DefaultOptions()
	o.Quality = float32(quality)
	o.AlphaCompression = 0
	return o
}

// onWhite returns img on a white background if any of it is transparent. A JPEG has no transparency, and few programs see that of
// a BMP without the header that the library does not write.
func onWhite(img image.Image) image.Image {
	if imaging.IsOpaque(img) {
		return plain(img)
	}
	white := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(white, white.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(white, white.Rect, img, img.Bounds().Min, draw.Over)
	return white
}

// plain returns img with a type that the encoders of the standard library know.
func plain(img image.Image) image.Image {
	if _, ok := img.(*imaging.NRGB); ok {
		return imaging.AsNRGBA(img)
	}
	return img
}
