package imageprocess

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"testing"
	"time"
)

// fuzzPixels bounds the pictures of FuzzProcess, so that no input takes long.
const fuzzPixels = 1 << 16

// Whatever the bytes and the process are, the engine refuses them as OSS does, or makes a picture that can be decoded.
func FuzzProcess(f *testing.F) {
	photo := asJPEG(f, quarters(40, 20), 80)
	for _, src := range [][]byte{
		photo, withEXIF(photo, binary.BigEndian, 6, "camera"), asPNG(f, halfClear(20, 10)), asBMP(f, quarters(9, 7)), asTIFF(f, quarters(9, 7)),
		asWebP(f, halfClear(20, 10)), asGIF(f, quarters(20, 10), quarters(10, 5)), cmykJPEG(), animatedWebP(), nil,
	} {
		for _, chain := range []string{
			"image/resize,w_30,limit_0/format,webp", "image/auto-orient,1/crop,w_10,h_10,g_se/rotate,33", "image/resize,m_pad,w_30,h_30",
			"image/circle,r_9/rounded-corners,r_3/format,png", "image/bright,9/contrast,-9/sharpen,99/blur,r_3,s_2", "image/info",
			"image/average-hue", "image/interlace,1/quality,q_50/format,jpg", "image/watermark,image_bQ,text_SGk,size_9,fill_1,animation_1",
			"image/watermark,image_bT94LW9zcy1wcm9jZXNzPWltYWdlL3Jlc2l6ZSxQXzMw,g_center", "image/indexcrop,x_3,i_1/flip,2/format,tiff",
		} {
			f.Add(src, chain)
		}
	}
	mark := marks{"m": asPNG(f, halfClear(8, 4))}
	f.Fuzz(func(t *testing.T, src []byte, chain string) {
		if s, err := openSource(src); err == nil && s.width*s.height*s.frames > fuzzPixels {
			return
		}
		actions, err := Parse(chain)
		if err != nil || len(actions) > 4 || len(chain) > 200 {
			checkFuzzError(t, err)
			return
		}
		pl, err := newPlan(actions)
		if err != nil {
			checkFuzzError(t, err)
			return
		}
		pl.steps = bounded(pl.steps)
		start := time.Now()
		s, err := openSource(src)
		if err != nil {
			checkFuzzError(t, err)
			return
		}
		r, err := pl.run(context.Background(), s, mark.fetch)
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s took %v", chain, took)
		}
		if err != nil {
			checkFuzzError(t, err)
			return
		}
		if r.Format != "" {
			decoded(t, r)
		}
	})
}

// errTooMuch ends a process that makes a large picture of a small one.
var errTooMuch = errors.New("more pixels than the fuzz target takes")

// bounded returns steps that end a process whose picture grows too large.
func bounded(steps []step) []step {
	var all []step
	for _, s := range steps {
		all = append(all, s, func(_ context.Context, p *picture) error {
			if p.width()*p.height() > 16*fuzzPixels {
				return errTooMuch
			}
			return nil
		})
	}
	return all
}

func checkFuzzError(t *testing.T, err error) {
	var refusal *Error
	if err != nil && !errors.As(err, &refusal) && !errors.Is(err, fs.ErrNotExist) && err != errTooMuch {
		t.Errorf("the error %v is no refusal of OSS", err)
	}
	if refusal != nil && len(refusal.Message) > 600 {
		t.Errorf("the message has %d bytes", len(refusal.Message))
	}
}

// FuzzEXIF reads tags of any bytes.
func FuzzEXIF(f *testing.F) {
	photo := asJPEG(f, quarters(8, 8), 80)
	for o := range 10 {
		f.Add(withEXIF(photo, binary.BigEndian, o, "camera"))
		f.Add(withEXIF(photo, binary.LittleEndian, o, "camera"))
	}
	f.Add(asTIFF(f, quarters(9, 7)))
	f.Add(asWebP(f, quarters(9, 7)))
	f.Add(asPNG(f, quarters(9, 7)))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &source{data: data}
		s.name = formatOf(data)
		if o := s.orientation(); o < 1 || o > 8 {
			t.Errorf("the orientation is %d", o)
		}
	})
}

// A photo of 12 megapixels becomes a thumbnail, as most processes make it.
func BenchmarkThumbnail(b *testing.B) {
	photo := asJPEG(b, gradient(4000, 3000), 85)
	actions, err := Parse("image/auto-orient,1/resize,w_200")
	if err != nil {
		b.Fatal(err)
	}
	e := New(1)
	b.ReportAllocs()
	for b.Loop() {
		r, err := e.Process(context.Background(), bytes.NewReader(photo), actions, nil)
		if err != nil {
			b.Fatal(err)
		}
		if r.Width != 200 || r.Height != 150 {
			b.Fatalf("the thumbnail has %d × %d pixels", r.Width, r.Height)
		}
	}
}
