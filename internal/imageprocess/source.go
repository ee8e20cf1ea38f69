package imageprocess

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"

	"github.com/kovidgoyal/imaging"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// Limits of sources. https://help.aliyun.com/document_detail/183902.htm
const (
	maxSourceBytes  = 20 << 20
	maxSourceSide   = 30_000
	maxSourcePixels = 250_000_000 // of all pictures of an animation together
)

// sourceFormat is a format that the engine reads.
type sourceFormat struct {
	name    string
	decode  func(io.Reader) (image.Image, error)
	config  func(io.Reader) (image.Config, error)
	maxSide int
	sideEC  string // of a longer side
}

var sourceFormats = []sourceFormat{
	{"jpg", jpeg.Decode, jpeg.DecodeConfig, maxSourceSide, "0040-00000019"},
	{"png", png.Decode, png.DecodeConfig, maxSourceSide, "0040-00000009"},
	{"gif", decodeFirst, gif.DecodeConfig, maxSourceSide, "0040-00000009"},
	{"bmp", bmp.Decode, bmp.DecodeConfig, maxSourceSide, "0040-00000017"},
	{"webp", decodeWebP, webp.DecodeConfig, maxSourceSide, "0040-00000009"},
	{"tiff", tiff.Decode, tiff.DecodeConfig, 16_384, "0040-00000018"},
}

// source is a picture that has not been decoded.
type source struct {
	sourceFormat
	data          []byte
	width, height int
	frames        int // more than 1 if it is animated
}

// readBounded reads a source, up to OSS's limit.
func readBounded(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSourceBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxSourceBytes {
		return nil, tooLarge("", "the picture has more than %d bytes", maxSourceBytes)
	}
	return data, nil
}

// openSource returns the format and size of a picture, after it has held them against OSS's limits.
func openSource(data []byte) (*source, error) {
	name := formatOf(data)
	for _, f := range sourceFormats {
		if f.name != name {
			continue
		}
		config, err := f.config(bytes.NewReader(data))
		if err != nil {
			return nil, damaged(err)
		}
		s := &source{sourceFormat: f, data: data, width: config.Width, height: config.Height, frames: 1}
		if name == "gif" {
			s.frames = max(1, countFrames(data))
		}
		return s, s.checkLimits()
	}
	return nil, refuse("BadRequest", "0040-00000005", "the format of the picture is not supported")
}

func (s *source) checkLimits() error {
	switch {
	case s.width <= 0 || s.height <= 0:
		return damaged(fmt.Errorf("its size is %d × %d", s.width, s.height))
	case s.width > s.maxSide || s.height > s.maxSide:
		return tooLarge(s.sideEC, "the picture has %d × %d pixels; a side of a %s has at most %d", s.width, s.height, s.name, s.maxSide)
	case s.width*s.height > maxSourcePixels/s.frames:
		return tooLarge("0040-00000012", "the picture has more than %d pixels", maxSourcePixels)
	case s.name == "webp" && isAnimatedWebP(s.data):
		return refuse("BadRequest", "0040-00000010", "the picture is an animated webp, which is not supported")
	}
	return nil
}

// decodePicture returns the picture, or the first one of an animation.
func (s *source) decodePicture() (image.Image, error) {
	img, err := s.decode(bytes.NewReader(s.data))
	if err != nil {
		return nil, damaged(err)
	}
	if img.Bounds().Min != (image.Point{}) {
		img = imaging.Clone(img)
	}
	return img, nil
}

func damaged(err error) *Error {
	return refuse("BadRequest", "0040-00000005", "the picture cannot be decoded: %s", shorten(err.Error()))
}

// formatOf returns the format of a picture by its first bytes, "" for one that the engine does not read.
func formatOf(data []byte) string {
	begins := func(s string) bool { return bytes.HasPrefix(data, []byte(s)) }
	switch {
	case begins("\xff\xd8"):
		return "jpg"
	case begins("\x89PNG\r\n\x1a\n"):
		return "png"
	case begins("GIF8"):
		return "gif"
	case begins("BM"):
		return "bmp"
	case begins("RIFF") && len(data) >= 12 && string(data[8:12]) == "WEBP":
		return "webp"
	case begins("II*\x00"), begins("MM\x00*"):
		return "tiff"
	}
	return ""
}

// isAnimatedWebP reports whether the extended header of a WebP announces an animation.
//
// https://developers.google.com/speed/webp/docs/riff_container
func isAnimatedWebP(data []byte) bool {
	const animation = 2
	return len(data) > 20 && string(data[12:16]) == "VP8X" && data[20]&animation != 0
}

// decodeWebP decodes a WebP. Lossy ones hold brightness from 16 to 235 and colors from 16 to 240, as in video; the library
// leaves them so, though [image.YCbCr] means 0 to 255.
func decodeWebP(r io.Reader) (image.Image, error) {
	fillWebPTables()
	img, err := webp.Decode(r)
	switch img := img.(type) {
	case *image.YCbCr:
		widen(img)
	case *image.NYCbCrA:
		widen(&img.YCbCr)
	}
	return img, err
}

// widen changes a picture with the ranges of video to the full ranges.
func widen(img *image.YCbCr) {
	var brightness, colors [256]uint8
	for i := range 256 {
		scale := func(zero, half int, to float64) uint8 {
			return uint8(max(0, min(255, math.Round(float64(i-zero)*255/to)+float64(half))))
		}
		brightness[i] = scale(16, 0, 219)
		colors[i] = scale(128, 128, 224)
	}
	for i, y := range img.Y {
		img.Y[i] = brightness[y]
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = colors[img.Cb[i]], colors[img.Cr[i]]
	}
}
