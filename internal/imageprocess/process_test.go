package imageprocess

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"io/fs"
	"testing"
)

// marks are the objects that watermarks in tests draw, by key.
type marks map[string][]byte

func (m marks) fetch(_ context.Context, key string) (io.ReadCloser, error) {
	data, ok := m[key]
	if !ok {
		return nil, fmt.Errorf("%s: %w", key, fs.ErrNotExist)
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// try carries out a process string.
func try(src []byte, chain string, m marks) (*Result, error) {
	actions, err := Parse(chain)
	if err != nil {
		return nil, err
	}
	return New(1).Process(context.Background(), bytes.NewReader(src), actions, m.fetch)
}

// carryOut is try for a process that succeeds. The result is what it says it is.
func carryOut(t testing.TB, src []byte, chain string) *Result {
	t.Helper()
	r, err := try(src, chain, nil)
	if err != nil {
		t.Fatalf("%s: %v", chain, err)
	}
	return r
}

// decoded returns the picture of a result, after it has checked the result's format and size.
func decoded(t testing.TB, r *Result) image.Image {
	t.Helper()
	src, err := openSource(r.Data)
	if err != nil {
		t.Fatal(err)
	}
	if src.name != r.Format || contentTypes[r.Format] != r.ContentType || src.width != r.Width || src.height != r.Height {
		t.Errorf("the bytes are a %s of %d × %d; the result says %s, %s, %d × %d", src.name, src.width, src.height, r.Format, r.ContentType, r.Width, r.Height)
	}
	img, err := src.decodePicture()
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// near reports whether two colors are about the same. The color of a transparent pixel does not matter.
func near(a, b color.Color) bool {
	r1, g1, b1, a1 := a.RGBA()
	r2, g2, b2, a2 := b.RGBA()
	far := func(x, y uint32) bool { return max(x, y)-min(x, y) > 24<<8 }
	return !far(r1, r2) && !far(g1, g2) && !far(b1, b2) && !far(a1, a2)
}

// pixel is a place in a result with the color that it has.
type pixel struct {
	x, y int
	want color.Color
}

// Each action makes a picture of the documented format and size, and the pixels that it should.
func TestActions(t *testing.T) {
	jpg := asJPEG(t, quarters(400, 200), 90) // red, green, above blue, amber
	clearPNG := asPNG(t, halfClear(400, 200))
	wide := asJPEG(t, quarters(200, 100), 90) // of OSS's worked example
	gray := asJPEG(t, image.NewGray(image.Rect(0, 0, 60, 40)), 90)
	tests := []struct {
		name   string
		src    []byte
		chain  string
		format string
		w, h   int
		pixels []pixel
	}{
		{"lfit", wide, "image/resize,w_150,h_80", "jpg", 150, 75, []pixel{{10, 10, red}, {140, 10, green}, {10, 65, blue}, {140, 65, amber}}},
		{"mfit", wide, "image/resize,m_mfit,w_150,h_80", "jpg", 160, 80, []pixel{{10, 10, red}, {150, 70, amber}}},
		{"fill", wide, "image/resize,m_fill,w_150,h_80", "jpg", 150, 80, []pixel{{10, 10, red}, {140, 70, amber}}},
		{"pad", wide, "image/resize,m_pad,w_150,h_80", "jpg", 150, 80, []pixel{{75, 0, white}, {75, 79, white}, {10, 20, red}}},
		{"pad color", wide, "image/resize,m_pad,w_100,h_100,color_1E1EDC", "jpg", 100, 100, []pixel{{50, 5, blue}, {50, 95, blue}, {10, 30, red}, {90, 70, amber}}},
		{"fixed", wide, "image/resize,m_fixed,w_150,h_80", "jpg", 150, 80, nil},
		{"fixed one side", wide, "image/resize,h_100,m_fixed", "jpg", 100, 100, nil},
		{"fill one side", jpg, "image/resize,w_100,m_fill", "jpg", 100, 100, []pixel{{10, 10, red}, {90, 10, green}}},
		{"width", wide, "image/resize,w_50", "jpg", 50, 25, nil},
		{"height", wide, "image/resize,h_50", "jpg", 100, 50, nil},
		{"long side", wide, "image/resize,l_50", "jpg", 50, 25, nil},
		{"short side", wide, "image/resize,s_50", "jpg", 100, 50, nil},
		{"long and short side", asPNG(t, quarters(100, 200)), "image/resize,l_100,s_80", "png", 50, 100, nil},
		{"l is ignored", jpg, "image/resize,l_300,h_100", "jpg", 200, 100, nil},
		{"percent", wide, "image/resize,p_50", "jpg", 100, 50, nil},
		{"rounded", asPNG(t, quarters(400, 267)), "image/resize,w_100", "png", 100, 67, nil},
		{"at least one pixel", asPNG(t, quarters(400, 2)), "image/resize,w_10", "png", 10, 1, nil},
		{"not enlarged", wide, "image/resize,w_500", "jpg", 200, 100, nil},
		{"not enlarged to fill", wide, "image/resize,m_fill,w_50,h_500", "jpg", 200, 100, nil},
		{"enlarged", wide, "image/resize,w_500,limit_0", "jpg", 500, 250, []pixel{{20, 20, red}, {480, 230, amber}}},
		{"enlarged percent", wide, "image/resize,p_200,limit_0", "jpg", 400, 200, nil},
		{"transparency stays", clearPNG, "image/resize,w_100", "png", 100, 50, []pixel{{10, 10, red}, {90, 10, clear}}},

		{"crop", jpg, "image/crop,x_100,y_50", "jpg", 300, 150, []pixel{{10, 10, red}, {290, 140, amber}}},
		{"crop size", jpg, "image/crop,w_100,h_100,x_150,y_50,r_1", "jpg", 100, 100, []pixel{{10, 10, red}, {90, 90, amber}}},
		{"crop place", jpg, "image/crop,w_90,h_90,g_se", "jpg", 90, 90, []pixel{{5, 5, amber}}},
		{"crop place offset", jpg, "image/crop,x_10,y_10,w_200,h_200,g_se", "jpg", 190, 190, []pixel{{5, 5, green}, {180, 180, amber}}},
		{"crop center", jpg, "image/crop,w_20,h_20,g_center", "jpg", 20, 20, []pixel{{2, 2, red}, {17, 2, green}, {2, 17, blue}, {17, 17, amber}}},
		{"crop north", jpg, "image/crop,w_20,h_20,g_north", "jpg", 20, 20, []pixel{{2, 2, red}, {17, 17, green}}},
		{"crop beyond the edge", jpg, "image/crop,x_390,y_190,w_100,h_100", "jpg", 10, 10, nil},
		{"crop larger than the picture", jpg, "image/crop,w_9000,h_9000", "jpg", 400, 200, nil},

		{"indexcrop", jpg, "image/indexcrop,x_150,i_2", "jpg", 100, 200, []pixel{{5, 5, green}, {5, 190, amber}}},
		{"indexcrop down", jpg, "image/indexcrop,y_150,i_1", "jpg", 400, 50, []pixel{{5, 5, blue}}},
		{"indexcrop takes y", jpg, "image/indexcrop,x_10,y_100", "jpg", 400, 100, nil},
		{"indexcrop beyond", jpg, "image/indexcrop,y_100,i_10", "jpg", 400, 200, nil},

		{"rotate", jpg, "image/rotate,90", "jpg", 200, 400, []pixel{{10, 10, blue}, {190, 10, red}, {10, 390, amber}, {190, 390, green}}},
		{"rotate around", jpg, "image/rotate,180", "jpg", 400, 200, []pixel{{10, 10, amber}, {390, 190, red}}},
		{"rotate not", jpg, "image/rotate,360", "jpg", 400, 200, []pixel{{10, 10, red}}},
		{"rotate by 45", asPNG(t, quarters(100, 100)), "image/rotate,45", "png", 141, 141, []pixel{{0, 0, clear}, {70, 20, red}, {120, 70, green}, {20, 70, blue}, {70, 120, amber}}},
		{"rotate by 45 to jpg", asPNG(t, quarters(100, 100)), "image/rotate,45/format,jpg", "jpg", 141, 141, []pixel{{2, 2, white}}},

		{"flip down", jpg, "image/flip,0", "jpg", 400, 200, []pixel{{10, 10, blue}, {390, 10, amber}}},
		{"flip across", jpg, "image/flip,1", "jpg", 400, 200, []pixel{{10, 10, green}, {10, 190, amber}}},
		{"flip both", jpg, "image/flip,2", "jpg", 400, 200, []pixel{{10, 10, amber}}},

		{"circle", jpg, "image/circle,r_50/format,png", "png", 101, 101, []pixel{{2, 2, clear}, {98, 98, clear}, {30, 30, red}, {70, 30, green}, {45, 3, red}}},
		{"circle of a jpg", jpg, "image/circle,r_50", "jpg", 101, 101, []pixel{{2, 2, white}, {30, 30, red}}},
		{"circle bounded", jpg, "image/circle,r_4096/format,png", "png", 199, 199, []pixel{{2, 2, clear}, {95, 2, red}}},
		{"circle in a bmp", asBMP(t, quarters(100, 100)), "image/circle,r_40", "bmp", 81, 81, []pixel{{1, 1, white}, {20, 20, red}}},
		{"rounded-corners", jpg, "image/rounded-corners,r_30/format,png", "png", 400, 200, []pixel{{2, 2, clear}, {397, 197, clear}, {30, 0, red}, {399, 170, amber}, {10, 10, red}}},
		{"rounded-corners bounded", jpg, "image/rounded-corners,r_4096/format,webp", "webp", 400, 200, []pixel{{10, 10, clear}, {100, 10, red}}},
		{"V14", jpg, "image/crop,w_100,h_100/rounded-corners,r_10/format,png", "png", 100, 100, []pixel{{0, 0, clear}, {50, 50, red}}},

		{"bright", asPNG(t, filled(10, 10, color.NRGBA{100, 100, 100, 255})), "image/bright,50", "png", 10, 10, []pixel{{5, 5, color.Gray{228}}}},
		{"dark", jpg, "image/bright,-100", "jpg", 400, 200, []pixel{{5, 5, black}}},
		{"contrast", asPNG(t, filled(10, 10, color.NRGBA{200, 200, 200, 255})), "image/contrast,-100", "png", 10, 10, []pixel{{5, 5, color.Gray{128}}}},
		{"contrast not", jpg, "image/contrast,0", "jpg", 400, 200, []pixel{{10, 10, red}}},
		{"sharpen", jpg, "image/sharpen,100", "jpg", 400, 200, []pixel{{10, 10, red}}},
		{"blur", jpg, "image/blur,r_20,s_10", "jpg", 400, 200, []pixel{{5, 5, red}, {200, 5, color.NRGBA{125, 105, 30, 255}}}},

		{"trailing comma", jpg, "image/resize,w_100,", "jpg", 100, 50, nil},
		{"auto-orient without tag", jpg, "image/auto-orient,1", "jpg", 400, 200, []pixel{{10, 10, red}}},
		{"format png", jpg, "image/format,png", "png", 400, 200, []pixel{{10, 10, red}}},
		{"format webp", jpg, "image/format,webp", "webp", 400, 200, []pixel{{10, 10, red}, {390, 190, amber}}},
		{"format bmp", jpg, "image/format,bmp", "bmp", 400, 200, []pixel{{10, 10, red}, {390, 190, amber}}},
		{"format tiff", jpg, "image/format,tiff", "tiff", 400, 200, []pixel{{10, 10, red}, {390, 190, amber}}},
		{"format jpeg", clearPNG, "image/format,jpeg", "jpg", 400, 200, []pixel{{10, 10, red}, {390, 10, white}}},
		{"format gif of no gif", jpg, "image/format,gif", "jpg", 400, 200, nil},
		{"webp with transparency", clearPNG, "image/format,webp", "webp", 400, 200, []pixel{{10, 10, red}, {390, 10, clear}}},
		{"tiff with transparency", clearPNG, "image/format,tiff", "tiff", 400, 200, []pixel{{10, 10, red}, {390, 10, clear}}},
		{"quality of a png", clearPNG, "image/quality,Q_10", "png", 400, 200, []pixel{{10, 10, red}}},
		{"webp source", asWebP(t, quarters(400, 200)), "image/resize,w_100", "webp", 100, 50, []pixel{{10, 10, red}, {90, 40, amber}}},
		{"bmp source", asBMP(t, quarters(400, 200)), "image/resize,w_100", "bmp", 100, 50, []pixel{{10, 10, red}}},
		{"tiff source", asTIFF(t, quarters(400, 200)), "image/resize,w_100", "tiff", 100, 50, []pixel{{10, 10, red}}},
		{"gray source", gray, "image/resize,w_30/interlace,1", "jpg", 30, 20, []pixel{{10, 10, black}}},
		{"CMYK source", cmykJPEG(), "image/resize,w_4", "jpg", 4, 4, []pixel{{2, 2, color.NRGBA{0, 255, 255, 255}}}},
		{"gif source", asGIF(t, quarters(400, 200)), "image/resize,w_100", "gif", 100, 50, []pixel{{10, 10, color.NRGBA{204, 51, 51, 255}}}},
		{"gif source to jpg", asGIF(t, quarters(400, 200)), "image/circle,r_10/format,jpg", "jpg", 21, 21, []pixel{{0, 0, white}}},
		{"gif circle", asGIF(t, quarters(400, 200)), "image/circle,r_50", "gif", 101, 101, []pixel{{2, 2, clear}, {30, 30, color.NRGBA{204, 51, 51, 255}}}},
		{"16 bits a channel", asPNG(t, image.NewRGBA64(image.Rect(0, 0, 40, 20))), "image/resize,w_20", "png", 20, 10, []pixel{{5, 5, clear}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := carryOut(t, tt.src, tt.chain)
			if r.Format != tt.format || r.Width != tt.w || r.Height != tt.h {
				t.Fatalf("%s: got a %s of %d × %d; want a %s of %d × %d", tt.chain, r.Format, r.Width, r.Height, tt.format, tt.w, tt.h)
			}
			checkPixels(t, decoded(t, r), tt.pixels)
		})
	}
}

func checkPixels(t *testing.T, img image.Image, pixels []pixel) {
	t.Helper()
	for _, p := range pixels {
		if got := img.At(p.x, p.y); !near(got, p.want) {
			t.Errorf("the pixel at %d, %d is %v; want %v", p.x, p.y, color.NRGBAModel.Convert(got), p.want)
		}
	}
}

// The function links no engine, so nothing but the pictures bounds what a process takes.
func TestLimits(t *testing.T) {
	tests := []struct {
		name  string
		src   []byte
		chain string
		code  string
		ec    string
	}{
		{"jpg side", header(t, "jpg", 30001, 10), "image/resize,w_10", "ImageTooLarge", "0040-00000019"},
		{"png side", header(t, "png", 10, 30001), "image/resize,w_10", "ImageTooLarge", "0040-00000009"},
		{"png bomb", header(t, "png", 30000, 30000), "image/resize,w_10", "ImageTooLarge", "0040-00000012"},
		{"png bomb, info", header(t, "png", 30000, 30000), "image/info", "ImageTooLarge", "0040-00000012"},
		{"png of no width", header(t, "png", 0, 10), "image/resize,w_10", "BadRequest", "0040-00000005"},
		{"bmp side", header(t, "bmp", 30001, 10), "image/resize,w_10", "ImageTooLarge", "0040-00000017"},
		{"gif bomb", header(t, "gif", 20000, 20000), "image/resize,w_10", "ImageTooLarge", "0040-00000012"},
		{"gif of many frames", manyFrames(t, 10000, 10000, 3), "image/resize,w_10", "ImageTooLarge", "0040-00000012"},
		{"animated webp", animatedWebP(), "image/resize,w_10", "BadRequest", "0040-00000010"},
		{"bytes", make([]byte, maxSourceBytes+1), "image/resize,w_10", "ImageTooLarge", ""},
		{"text", []byte("hello"), "image/resize,w_10", "BadRequest", "0040-00000005"},
		{"nothing", nil, "image/resize,w_10", "BadRequest", "0040-00000005"},
		{"cut off", asJPEG(t, quarters(400, 200), 90)[:700], "image/resize,w_10", "BadRequest", "0040-00000005"},
		{"rotate", asPNG(t, image.NewGray(image.Rect(0, 0, 4097, 1))), "image/rotate,90", "ImageTooLarge", ""},
		{"result", asPNG(t, quarters(100, 100)), "image/resize,w_4097,limit_0", "ImageTooLarge", "0040-00000007"},
		{"result side", asPNG(t, quarters(1000, 2)), "image/resize,p_1000,limit_0/resize,w_16384,limit_0/resize,p_200,limit_0", "ImageTooLarge", "0040-00000007"},
		{"webp side", asPNG(t, image.NewGray(image.Rect(0, 0, 16384, 1))), "image/format,webp", "ImageTooLarge", ""},
		{"crop start", asPNG(t, quarters(100, 100)), "image/crop,x_100,y_0", "BadRequest", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := try(tt.src, tt.chain, nil)
			checkRefusal(t, err, tt.code, tt.ec)
		})
	}
}

func checkRefusal(t *testing.T, err error, code, ec string) {
	t.Helper()
	var refusal *Error
	if !errors.As(err, &refusal) {
		t.Fatalf("got the error %v; want one with the EC %q", err, ec)
	}
	if refusal.Status != 400 || code != "" && refusal.Code != code || refusal.EC != ec {
		t.Errorf("got %d, %v; want the code %q and the EC %q", refusal.Status, refusal, code, ec)
	}
}

// Processes wait for a slot, and give up with the context.
func TestConcurrent(t *testing.T) {
	e := New(1)
	src := asPNG(t, quarters(10, 10))
	actions, err := Parse("image/resize,w_5")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, err = e.Process(ctx, readerFunc(func() { // runs while this process has the only slot
		cancel()
		if _, err := e.Process(ctx, bytes.NewReader(src), actions, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("the second process got the error %v; want that of its context", err)
		}
	}), actions, nil)
	if err == nil {
		t.Error("a process without a picture succeeded")
	}
	if _, err := e.Process(context.Background(), bytes.NewReader(src), actions, nil); err != nil {
		t.Errorf("the slot is not given back: %v", err)
	}
}

// readerFunc is an empty source that calls a function when it is read.
type readerFunc func()

func (f readerFunc) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}

// The errors of source and fetch reach the caller as they are.
func TestErrorsOfOthers(t *testing.T) {
	broken := errors.New("the disk is broken")
	actions, err := Parse("image/watermark,image_cGFuZGEucG5n")
	if err != nil {
		t.Fatal(err)
	}
	fetch := func(context.Context, string) (io.ReadCloser, error) { return nil, broken }
	if _, err := New(1).Process(context.Background(), bytes.NewReader(asPNG(t, quarters(10, 10))), actions, fetch); err != broken {
		t.Errorf("got %v; want the error of fetch", err)
	}
	source := io.MultiReader(bytes.NewReader([]byte("\xff\xd8")), errorReader{broken})
	if _, err := New(1).Process(context.Background(), source, actions, fetch); err != broken {
		t.Errorf("got %v; want the error of the source", err)
	}
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }
