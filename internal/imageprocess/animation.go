package imageprocess

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/draw"
	"image/gif"
	"io"

	"github.com/kovidgoyal/imaging"
)

// runAnimation carries out a plan on each picture of an animated GIF.
func (pl *plan) runAnimation(ctx context.Context, src *source, marks *markCache) (*Result, error) {
	g, err := gif.DecodeAll(bytes.NewReader(src.data))
	if err != nil {
		return nil, damaged(err)
	}
	out := &gif.GIF{LoopCount: g.LoopCount, Delay: g.Delay}
	canvas := image.NewNRGBA(image.Rect(0, 0, src.width, src.height))
	for i, frame := range g.Image {
		before := canvas
		if g.Disposal[i] == gif.DisposalPrevious {
			before = imaging.Clone(canvas)
		}
		draw.Draw(canvas, frame.Rect, frame, frame.Rect.Min, draw.Over)
		p := &picture{img: canvas, orientation: 1, marks: marks}
		if err := pl.change(ctx, p); err != nil {
			return nil, err
		}
		changed := palettize(p.img)
		out.Image = append(out.Image, changed)
		out.Disposal = append(out.Disposal, gif.DisposalBackground) // each picture is whole
		switch g.Disposal[i] {
		case gif.DisposalBackground:
			draw.Draw(canvas, frame.Rect, image.Transparent, image.Point{}, draw.Src)
		case gif.DisposalPrevious:
			canvas = before
		}
	}
	first := out.Image[0].Rect
	out.Config = image.Config{Width: first.Dx(), Height: first.Dy()}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, out); err != nil {
		return nil, err
	}
	return &Result{Data: b.Bytes(), Format: "gif", ContentType: contentTypes["gif"], Width: first.Dx(), Height: first.Dy()}, nil
}

// decodeFirst returns the first picture of a GIF, as large as the GIF.
func decodeFirst(r io.Reader) (image.Image, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	config, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	frame, err := gif.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	canvas := image.Rect(0, 0, config.Width, config.Height)
	if frame.Bounds() == canvas {
		return frame, nil
	}
	whole := image.NewNRGBA(canvas)
	draw.Draw(whole, frame.Bounds(), frame, frame.Bounds().Min, draw.Src)
	return whole, nil
}

// errGIFEnd stops countFrames.
var errGIFEnd = errors.New("end of the GIF")

// countFrames returns how many pictures a GIF has, without decoding one: the limit of pixels counts all of them.
//
// https://www.w3.org/Graphics/GIF/spec-gif89a.txt
func countFrames(data []byte) int {
	r := bytes.NewReader(data)
	skip := func(n int) error {
		_, err := io.CopyN(io.Discard, r, int64(n))
		return err
	}
	skipBlocks := func() error {
		for {
			n, err := r.ReadByte()
			if err != nil || n == 0 {
				return err
			}
			if err := skip(int(n)); err != nil {
				return err
			}
		}
	}
	skipTable := func(flags byte) error {
		if flags&0x80 == 0 {
			return nil
		}
		return skip(3 << (flags&7 + 1))
	}
	frames := 0
	block := func() error {
		kind, err := r.ReadByte()
		switch {
		case err != nil:
			return err
		case kind == 0x21: // an extension: its label, then blocks
			return errors.Join(skip(1), skipBlocks())
		case kind != 0x2c:
			return errGIFEnd
		}
		frames++
		var descriptor [9]byte
		if _, err := io.ReadFull(r, descriptor[:]); err != nil {
			return err
		}
		return errors.Join(skipTable(descriptor[8]), skip(1), skipBlocks())
	}
	var header [13]byte
	if _, err := io.ReadFull(r, header[:]); err != nil || skipTable(header[10]) != nil {
		return 0
	}
	for block() == nil {
	}
	return frames
}
