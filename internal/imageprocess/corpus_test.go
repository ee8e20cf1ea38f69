package imageprocess

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

var (
	red   = color.NRGBA{220, 30, 30, 255}
	green = color.NRGBA{30, 180, 30, 255}
	blue  = color.NRGBA{30, 30, 220, 255}
	amber = color.NRGBA{230, 180, 20, 255}
	white = color.NRGBA{255, 255, 255, 255}
	black = color.NRGBA{0, 0, 0, 255}
	clear = color.NRGBA{}
)

// quarters returns a picture whose quarters are red and green, above blue and amber.
func quarters(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i, c := range []color.Color{red, green, blue, amber} {
		corner := image.Pt(i%2*w/2, i/2*h/2)
		draw.Draw(img, image.Rectangle{corner, image.Pt(w, h)}, image.NewUniform(c), image.Point{}, draw.Src)
	}
	return img
}

// gradient returns a picture in which red grows to the right and green downward.
func gradient(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, color.NRGBA{uint8(255 * x / w), uint8(255 * y / h), 128, 255})
		}
	}
	return img
}

// filled returns a picture of one color.
func filled(w, h int, c color.Color) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	return img
}

// halfClear returns quarters whose right half is transparent.
func halfClear(w, h int) *image.NRGBA {
	img := quarters(w, h)
	draw.Draw(img, image.Rect(w/2, 0, w, h), image.Transparent, image.Point{}, draw.Src)
	return img
}

func encoded(t testing.TB, err error, b *bytes.Buffer) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t testing.TB, img image.Image, quality int) []byte {
	var b bytes.Buffer
	return encoded(t, jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}), &b)
}

func asPNG(t testing.TB, img image.Image) []byte {
	var b bytes.Buffer
	return encoded(t, png.Encode(&b, img), &b)
}

func asBMP(t testing.TB, img image.Image) []byte {
	var b bytes.Buffer
	return encoded(t, bmp.Encode(&b, img), &b)
}

func asTIFF(t testing.TB, img image.Image) []byte {
	var b bytes.Buffer
	return encoded(t, tiff.Encode(&b, img, nil), &b)
}

// asWebP encodes img as the engine does; another decoder checks that.
func asWebP(t testing.TB, img image.Image) []byte {
	t.Helper()
	return carryOut(t, asPNG(t, img), "image/format,webp").Data
}

// asGIF returns an animation. Each frame is drawn over those before.
func asGIF(t testing.TB, frames ...*image.NRGBA) []byte {
	g := &gif.GIF{LoopCount: 3}
	for i, f := range frames {
		p := image.NewPaletted(f.Rect, slices.Concat(palette.WebSafe, color.Palette{clear}))
		draw.Draw(p, p.Rect, f, f.Rect.Min, draw.Src)
		g.Image = append(g.Image, p)
		g.Delay = append(g.Delay, 10*(i+1))
		g.Disposal = append(g.Disposal, gif.DisposalNone)
	}
	g.Config = image.Config{Width: frames[0].Rect.Dx(), Height: frames[0].Rect.Dy()}
	var b bytes.Buffer
	return encoded(t, gif.EncodeAll(&b, g), &b)
}

// withEXIF puts an EXIF segment with an orientation, a camera and a resolution into a JPEG, in either byte order.
func withEXIF(jpg []byte, order binary.AppendByteOrder, orientation int, camera string) []byte {
	short := func(b []byte, v int) []byte { return order.AppendUint16(b, uint16(v)) }
	long := func(b []byte, v int) []byte { return order.AppendUint32(b, uint32(v)) }
	tiff := []byte("II")
	if order.String() == "BigEndian" {
		tiff = []byte("MM")
	}
	camera += "\x00\x00\x00\x00" // at least 5 bytes, so it is stored apart
	const entries = 3
	apart := 8 + 2 + 12*entries + 4
	tiff = long(short(tiff, 42), 8)
	tiff = short(tiff, entries)
	tiff = long(long(short(short(tiff, 0x0110), 2), len(camera)), apart) // Model, a text
	tiff = short(short(long(short(short(tiff, 0x0112), 3), 1), orientation), 0)
	tiff = long(long(short(short(tiff, 0x011a), 5), 1), apart+len(camera)) // XResolution, a fraction
	tiff = long(tiff, 0)
	tiff = long(long(append(tiff, camera...), 300), 7)
	content := append([]byte("Exif\x00\x00"), tiff...)
	segment := append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(content)+2)), content...)
	return append(append(bytes.Clone(jpg[:2]), segment...), jpg[2:]...)
}

// stored returns an upright picture as a camera stores it that holds it turned: with the orientation tag, a viewer turns it
// back. The pixels are moved one by one, by the definition of the tag:
// https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf, 4.6.4.A.
func stored(upright *image.NRGBA, orientation int) *image.NRGBA {
	w, h := upright.Rect.Dx(), upright.Rect.Dy()
	turned := orientation >= 5
	sw, sh := w, h
	if turned {
		sw, sh = h, w
	}
	img := image.NewNRGBA(image.Rect(0, 0, sw, sh))
	for row := range sh { // the tag says which side of the scene row 0 and column 0 are
		for col := range sw {
			var x, y int
			switch orientation {
			case 1: // row 0 is the top, column 0 the left
				x, y = col, row
			case 2: // top, right
				x, y = w-1-col, row
			case 3: // bottom, right
				x, y = w-1-col, h-1-row
			case 4: // bottom, left
				x, y = col, h-1-row
			case 5: // left, top
				x, y = row, col
			case 6: // right, top
				x, y = w-1-row, col
			case 7: // right, bottom
				x, y = w-1-row, h-1-col
			case 8: // left, bottom
				x, y = row, h-1-col
			}
			img.SetNRGBA(col, row, upright.NRGBAAt(x, y))
		}
	}
	return img
}

// header returns the beginning of a picture that claims a size, and has no pixels.
func header(t testing.TB, format string, w, h int) []byte {
	switch format {
	case "jpg":
		jpg := asJPEG(t, filled(8, 8, red), 90)
		frame := bytes.Index(jpg, []byte{0xff, 0xc0})
		binary.BigEndian.PutUint16(jpg[frame+5:], uint16(h))
		binary.BigEndian.PutUint16(jpg[frame+7:], uint16(w))
		return jpg
	case "png":
		data := asPNG(t, filled(8, 8, red))
		binary.BigEndian.PutUint32(data[16:], uint32(w))
		binary.BigEndian.PutUint32(data[20:], uint32(h))
		binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
		return data
	case "bmp":
		data := asBMP(t, filled(8, 8, red))
		binary.LittleEndian.PutUint32(data[18:], uint32(w))
		binary.LittleEndian.PutUint32(data[22:], uint32(h))
		return data
	case "gif":
		data := asGIF(t, filled(8, 8, red))
		binary.LittleEndian.PutUint16(data[6:], uint16(w))
		binary.LittleEndian.PutUint16(data[8:], uint16(h))
		return data
	}
	t.Fatalf("no header of a %s", format)
	return nil
}

// manyFrames returns a GIF that claims a size, with frames of 8 × 8 pixels.
func manyFrames(t testing.TB, w, h, frames int) []byte {
	var all []*image.NRGBA
	for range frames {
		all = append(all, filled(8, 8, red))
	}
	data := asGIF(t, all...)
	binary.LittleEndian.PutUint16(data[6:], uint16(w))
	binary.LittleEndian.PutUint16(data[8:], uint16(h))
	return data
}

// animatedWebP returns the header of an animated WebP of 16 × 16 pixels.
func animatedWebP() []byte {
	return []byte("RIFF\x30\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x0f\x00\x00\x0f\x00\x00ANIM\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00")
}

// cmykJPEG returns a cyan JPEG of 8 × 8 pixels with 4 channels, as Adobe's programs write them: inverted. The encoder of the
// standard library writes none.
func cmykJPEG() []byte {
	segment := func(marker byte, content ...byte) []byte {
		return append([]byte{0xff, marker, 0, byte(len(content) + 2)}, content...)
	}
	var b bytes.Buffer
	b.Write([]byte{0xff, markerSOI})
	b.Write(segment(0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00")...)) // CMYK, not YCCK
	b.Write(segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{8}, 64)...)...))
	b.Write(segment(markerSOF0, 8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0))
	lengths := make([]byte, 16)
	lengths[1] = 2 // two codes of 2 bits
	dc := append(append([]byte{0}, lengths...), 7, 8)
	ac := append(append([]byte{0x10}, lengths...), 0, 1)
	b.Write(segment(markerDHT, append(dc, ac...)...))
	b.Write(segment(markerSOS, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0))
	w := &bitWriter{out: &b}
	w.write(0b01_01111111_00, 12) // a number of 8 bits, -128, and the end of the block
	for range 3 {
		w.write(0b00_1111111_00, 11) // a number of 7 bits, 127
	}
	w.flush()
	b.Write([]byte{0xff, markerEOI})
	return b.Bytes()
}
