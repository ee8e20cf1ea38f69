package imageprocess

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"strconv"
	"testing"
)

// Photos come out upright, whichever way the camera was held and whatever it calls itself.
func TestOrientation(t *testing.T) {
	upright := quarters(120, 80)
	cameras := []struct {
		name        string
		orientation int
		order       binary.AppendByteOrder
	}{
		{"Canon EOS", 1, binary.LittleEndian}, {"iPhone", 6, binary.BigEndian}, {"iPhone, front", 5, binary.BigEndian},
		{"Pixel", 8, binary.LittleEndian}, {"Galaxy", 3, binary.LittleEndian}, {"Nikon D", 8, binary.BigEndian},
		{"webcam, mirrored", 2, binary.LittleEndian}, {"scanner, upside down", 4, binary.BigEndian},
		{"Fujifilm X", 6, binary.LittleEndian}, {"mirror lens", 7, binary.LittleEndian},
	}
	for _, c := range cameras {
		t.Run(fmt.Sprintf("%s %d", c.name, c.orientation), func(t *testing.T) {
			photo := withEXIF(asJPEG(t, stored(upright, c.orientation), 95), c.order, c.orientation, c.name)
			r := carryOut(t, photo, "image/auto-orient,1")
			if r.Width != 120 || r.Height != 80 {
				t.Fatalf("got %d × %d; want 120 × 80", r.Width, r.Height)
			}
			checkPixels(t, decoded(t, r), []pixel{{10, 10, red}, {110, 10, green}, {10, 70, blue}, {110, 70, amber}})
			if again := carryOut(t, r.Data, "image/auto-orient,1"); again.Width != 120 {
				t.Error("the result turns again")
			}
			r = carryOut(t, photo, "image/auto-orient,1/resize,w_60/auto-orient,1")
			if r.Width != 60 || r.Height != 40 {
				t.Errorf("got %d × %d; want 60 × 40: the tag holds once", r.Width, r.Height)
			}
			r = carryOut(t, photo, "image/auto-orient,0")
			if turned := c.orientation >= 5; turned != (r.Width == 80) {
				t.Errorf("auto-orient,0 gave %d × %d", r.Width, r.Height)
			}
		})
	}
	nonsense := withEXIF(asJPEG(t, upright, 95), binary.LittleEndian, 9, "broken")
	if r := carryOut(t, nonsense, "image/auto-orient,1"); r.Width != 120 {
		t.Errorf("an unknown orientation turned the picture: %d × %d", r.Width, r.Height)
	}
}

// An animation stays one where OSS says so.
func TestAnimation(t *testing.T) {
	// The second frame covers a part of the first, the third another.
	patch := image.NewNRGBA(image.Rect(100, 0, 150, 50))
	copy(patch.Pix, filled(50, 50, blue).Pix)
	animation := asGIF(t, filled(200, 100, red), patch, filled(50, 50, green))
	tests := []struct {
		chain        string
		frames, w, h int
	}{
		{"image/resize,w_100", 3, 100, 50},
		{"image/resize,w_100/format,gif", 3, 100, 50},
		{"image/resize,w_1000,limit_1", 3, 200, 100},
		{"image/crop,w_100,h_50,g_north", 3, 100, 50},
		{"image/rotate,90", 3, 100, 200},
		{"image/resize,m_pad,w_100,h_100/rotate,180", 3, 100, 100},
		{"image/watermark,image_cGFuZGEucG5n,animation_1/format,gif", 3, 200, 100},
		{"image/watermark,image_cGFuZGEucG5n", 1, 200, 100},
		{"image/watermark,text_SGVsbG8gV29ybGQ", 1, 200, 100},
		{"image/resize,p_50", 1, 100, 50},
		{"image/auto-orient,1", 1, 200, 100},
		{"image/quality,q_90", 1, 200, 100},
		{"image/bright,10", 1, 200, 100},
		{"image/format,gif", 3, 200, 100},
	}
	for _, tt := range tests {
		t.Run(tt.chain, func(t *testing.T) {
			r, err := try(animation, tt.chain, markObjects(t))
			if err != nil {
				t.Fatal(err)
			}
			decoded(t, r)
			g, err := gif.DecodeAll(bytes.NewReader(r.Data))
			if err != nil {
				t.Fatal(err)
			}
			if len(g.Image) != tt.frames || r.Width != tt.w || r.Height != tt.h {
				t.Fatalf("got %d frames of %d × %d; want %d of %d × %d", len(g.Image), r.Width, r.Height, tt.frames, tt.w, tt.h)
			}
			if tt.frames > 1 && (g.LoopCount != 3 || g.Delay[2] != 30) {
				t.Errorf("the loop count is %d, the last delay %d; want 3 and 30", g.LoopCount, g.Delay[2])
			}
		})
	}
	g, err := gif.DecodeAll(bytes.NewReader(carryOut(t, animation, "image/resize,w_100").Data))
	if err != nil {
		t.Fatal(err)
	}
	webSafe := map[string]color.Color{"red": color.NRGBA{204, 51, 51, 255}, "green": color.NRGBA{51, 204, 51, 255}, "blue": color.NRGBA{51, 51, 204, 255}}
	checkPixels(t, g.Image[0], []pixel{{10, 10, webSafe["red"]}, {60, 10, webSafe["red"]}})
	checkPixels(t, g.Image[1], []pixel{{10, 10, webSafe["red"]}, {60, 10, webSafe["blue"]}})
	checkPixels(t, g.Image[2], []pixel{{10, 10, webSafe["green"]}, {60, 10, webSafe["blue"]}, {90, 40, webSafe["red"]}})
	if n := countFrames(animation); n != 3 {
		t.Errorf("counted %d frames; want 3", n)
	}
	still := decoded(t, carryOut(t, animation, "image/resize,w_100/format,png"))
	checkPixels(t, still, []pixel{{10, 10, webSafe["red"]}})
}

// A GIF with parts that its frames clear is drawn as browsers draw it.
func TestAnimationDisposal(t *testing.T) {
	g, err := gif.DecodeAll(bytes.NewReader(asGIF(t, filled(40, 20, red), filled(20, 20, blue), filled(10, 10, green))))
	if err != nil {
		t.Fatal(err)
	}
	for disposal, want := range map[byte]color.Color{
		gif.DisposalNone: color.NRGBA{51, 51, 204, 255}, gif.DisposalBackground: clear, gif.DisposalPrevious: color.NRGBA{204, 51, 51, 255},
	} {
		g.Disposal[1] = disposal
		var b bytes.Buffer
		if err := gif.EncodeAll(&b, g); err != nil {
			t.Fatal(err)
		}
		out, err := gif.DecodeAll(bytes.NewReader(carryOut(t, b.Bytes(), "image/crop,w_40").Data))
		if err != nil {
			t.Fatal(err)
		}
		checkPixels(t, out.Image[2], []pixel{{5, 5, color.NRGBA{51, 204, 51, 255}}, {15, 15, want}, {35, 15, color.NRGBA{204, 51, 51, 255}}})
	}
}

// Marks lie where g, x, y and voffset say.
func TestWatermarkPlaces(t *testing.T) {
	src := asPNG(t, filled(300, 200, white))
	objects := marks{"m": asPNG(t, filled(40, 20, blue)), "big": asJPEG(t, filled(400, 200, blue), 95)}
	tests := []struct {
		params string
		want   image.Rectangle // of the mark
	}{
		{"g_nw,x_5,y_7", image.Rect(5, 7, 45, 27)},
		{"g_north,y_7", image.Rect(130, 7, 170, 27)},
		{"g_ne,x_5,y_7", image.Rect(255, 7, 295, 27)},
		{"g_west,x_5", image.Rect(5, 90, 45, 110)},
		{"g_center", image.Rect(130, 90, 170, 110)},
		{"g_east,x_5,voffset_-30", image.Rect(255, 60, 295, 80)},
		{"g_sw,x_5,y_7", image.Rect(5, 173, 45, 193)},
		{"g_south,y_0", image.Rect(130, 180, 170, 200)},
		{"g_se", image.Rect(250, 170, 290, 190)},
		{"", image.Rect(250, 170, 290, 190)},
		{"g_nw,x_290,y_10", image.Rect(290, 10, 300, 30)},
	}
	check := func(t *testing.T, chain string, want image.Rectangle, ink color.Color) {
		t.Helper()
		r, err := try(src, chain, objects)
		if err != nil {
			t.Fatal(err)
		}
		img := decoded(t, r)
		for y := range 200 {
			for x := range 300 {
				expected := color.Color(white)
				if image.Pt(x, y).In(want) {
					expected = ink
				}
				if !near(img.At(x, y), expected) {
					t.Fatalf("%s: the pixel at %d, %d is %v; want %v", chain, x, y, img.At(x, y), expected)
				}
			}
		}
	}
	for _, tt := range tests {
		check(t, "image/watermark,image_bQ,"+tt.params, tt.want, blue)
	}
	check(t, "image/watermark,image_bQ,t_50,g_nw", image.Rect(10, 10, 50, 30), color.NRGBA{142, 142, 237, 255})
	// big?x-oss-process=image/resize,P_20: a fifth of the width, and of the height at most
	check(t, "image/watermark,image_YmlnP3gtb3NzLXByb2Nlc3M9aW1hZ2UvcmVzaXplLFBfMjA,g_nw", image.Rect(10, 10, 70, 40), blue)
	// big?x-oss-process=image/resize,w_40/rotate,90
	check(t, "image/watermark,image_YmlnP3gtb3NzLXByb2Nlc3M9aW1hZ2UvcmVzaXplLHdfNDAvcm90YXRlLDkw,g_nw", image.Rect(10, 10, 30, 50), blue)

	r, err := try(src, "image/watermark,image_bQ,fill_1,padx_10,pady_5", objects)
	if err != nil {
		t.Fatal(err)
	}
	checkPixels(t, decoded(t, r), []pixel{{0, 0, blue}, {45, 5, white}, {50, 0, blue}, {5, 22, white}, {285, 25, blue}, {205, 190, blue}, {205, 197, white}})
}

// ink returns the part of a picture that is not white.
func ink(img image.Image) image.Rectangle {
	var found image.Rectangle
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if !near(img.At(x, y), white) {
				found = found.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return found
}

// Texts are as large, as colored and as turned as asked for.
func TestWatermarkText(t *testing.T) {
	src := asPNG(t, filled(400, 300, white))
	const text = "image/watermark,text_SGVsbG8gV29ybGQ" // Hello World
	at := func(params string) image.Rectangle { return ink(decoded(t, carryOut(t, src, text+params))) }
	normal := at("")
	if h := normal.Dy(); h < 25 || h > 45 {
		t.Errorf("the text of 40 pixels is %d pixels high", h)
	}
	if right, bottom := 400-normal.Max.X, 300-normal.Max.Y; right < 8 || right > 16 || bottom < 10 || bottom > 25 {
		t.Errorf("the text ends %d pixels from the right and %d from the bottom; want about 10 and 20", right, bottom)
	}
	if small := at(",size_20"); small.Dx() < normal.Dx()*4/10 || small.Dx() > normal.Dx()*6/10 {
		t.Errorf("the text of 20 pixels is %d pixels wide, that of 40 pixels %d", small.Dx(), normal.Dx())
	}
	if turned := at(",rotate_90"); turned.Dy() < normal.Dx()-4 || turned.Dy() > normal.Dx()+4 || turned.Dx() > normal.Dy()+4 {
		t.Errorf("turned by 90 degrees, the text takes %v, before %v", turned, normal)
	}
	if shadow := at(",shadow_80"); shadow.Dx() <= normal.Dx() || shadow.Dy() <= normal.Dy() {
		t.Errorf("with its shadow, the text takes %v, without %v", shadow, normal)
	}
	img := decoded(t, carryOut(t, src, text+",color_DC1E1E,size_200,g_center"))
	found := false
	for x := range 400 {
		found = found || near(img.At(x, 150), red)
	}
	if !found {
		t.Error("a text in red has no red pixel")
	}
	if chinese := ink(decoded(t, carryOut(t, src, "image/watermark,text_5Zu-54mH,g_center"))); chinese.Dx() < 25 {
		t.Errorf("two Chinese characters take %v; without a font for them, boxes stand in", chinese)
	}
}

// A text and an image stand side by side.
func TestWatermarkBoth(t *testing.T) {
	src := asPNG(t, filled(400, 300, white))
	objects := marks{"m": asPNG(t, filled(30, 80, blue))}
	blueAt := func(params string) image.Rectangle {
		r, err := try(src, "image/watermark,text_SGVsbG8,image_bQ,g_nw,x_0,y_0"+params, objects)
		if err != nil {
			t.Fatal(err)
		}
		img := decoded(t, r)
		var found image.Rectangle
		for y := range 300 {
			for x := range 400 {
				if near(img.At(x, y), blue) {
					found = found.Union(image.Rect(x, y, x+1, y+1))
				}
			}
		}
		return found
	}
	if got, want := blueAt(""), image.Rect(0, 0, 30, 80); got != want {
		t.Errorf("the image is at %v; want %v", got, want)
	}
	if near, far := blueAt(",order_1"), blueAt(",order_1,interval_25"); near.Min.X < 60 || far.Min.X != near.Min.X+25 {
		t.Errorf("after the text, the image begins at %d, and with an interval of 25 at %d", near.Min.X, far.Min.X)
	}
	objects["m"] = asPNG(t, filled(30, 10, blue))
	top, middle, bottom := blueAt(",align_0").Min.Y, blueAt(",align_1").Min.Y, blueAt("").Min.Y
	if top != 0 || middle <= top || bottom <= middle {
		t.Errorf("the image is at %d, %d and %d; want top, middle and bottom", top, middle, bottom)
	}
}

// The quality of a JPEG is read from it, and q and Q are applied to it.
func TestQuality(t *testing.T) {
	for q := 1; q <= 100; q++ {
		if got := jpegQuality(asJPEG(t, filled(8, 8, red), q)); got < q-1 || got > q+1 {
			t.Errorf("a JPEG of quality %d is taken for %d", q, got)
		}
	}
	src := asJPEG(t, gradient(100, 100), 80)
	for chain, want := range map[string]int{
		"image/quality,q_90": 72, "image/quality,Q_90": 80, "image/quality,Q_60": 60, "image/quality,60": 60,
		"image/quality,q_10,Q_50": 50, "image/resize,w_50": 80,
	} {
		if got := jpegQuality(carryOut(t, src, chain).Data); got < want-1 || got > want+1 {
			t.Errorf("%s gives the quality %d; want %d", chain, got, want)
		}
	}
	png := asPNG(t, gradient(100, 100))
	for chain, want := range map[string]int{"image/format,jpg": defaultQuality, "image/format,jpg/quality,q_40": 40, "image/quality,Q_95/format,jpg": 95} {
		if got := jpegQuality(carryOut(t, png, chain).Data); got < want-1 || got > want+1 {
			t.Errorf("%s gives the quality %d; want %d", chain, got, want)
		}
	}
	low, high := carryOut(t, png, "image/format,webp/quality,Q_10"), carryOut(t, png, "image/format,webp/quality,Q_95")
	if len(low.Data) >= len(high.Data) {
		t.Errorf("a WebP of quality 10 has %d bytes, one of 95 %d", len(low.Data), len(high.Data))
	}
}

// A progressive JPEG has the very pixels of the baseline one.
func TestProgressive(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {7, 9}, {8, 8}, {16, 16}, {17, 33}, {100, 67}, {250, 130}} {
		noisy := gradient(size.X, size.Y)
		for i := range noisy.Pix {
			if i%4 != 3 {
				noisy.Pix[i] += byte(i * i % 41)
			}
		}
		gray := image.NewGray(noisy.Rect)
		for i := range gray.Pix {
			gray.Pix[i] = noisy.Pix[4*i]
		}
		for _, img := range []image.Image{noisy, gray} {
			for _, q := range []int{1, 50, 100} {
				src := asJPEG(t, img, q)
				data, err := progressive(src)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Contains(data, []byte{0xff, markerSOF2}) {
					t.Fatal("the result is not progressive")
				}
				want, err := jpeg.Decode(bytes.NewReader(src))
				if err != nil {
					t.Fatal(err)
				}
				got, err := jpeg.Decode(bytes.NewReader(data))
				if err != nil {
					t.Fatalf("%v at quality %d: %v", size, q, err)
				}
				for y := range size.Y {
					for x := range size.X {
						if got.At(x, y) != want.At(x, y) {
							t.Fatalf("%v at quality %d: the pixel at %d, %d is %v; want %v", size, q, x, y, got.At(x, y), want.At(x, y))
						}
					}
				}
			}
		}
	}
	if _, err := progressive(asJPEG(t, gradient(50, 50), 90)[:400]); err == nil {
		t.Error("a JPEG that is cut off became progressive")
	}
}

// White stays white and black black in a WebP, over several generations.
func TestWebPRange(t *testing.T) {
	img := filled(64, 64, white)
	copy(img.Pix[:len(img.Pix)/2], filled(64, 32, black).Pix)
	data := asPNG(t, img)
	for range 4 {
		data = carryOut(t, data, "image/format,webp").Data
	}
	src, err := openSource(data)
	if err != nil {
		t.Fatal(err)
	}
	got, err := src.decodePicture()
	if err != nil {
		t.Fatal(err)
	}
	for y, want := range map[int]uint8{5: 0, 60: 255} {
		if c := color.GrayModel.Convert(got.At(30, y)).(color.Gray).Y; max(c, want)-min(c, want) > 2 {
			t.Errorf("after 4 generations, %d is %d", want, c)
		}
	}
}

// info tells format, size and EXIF tags, each as a text.
func TestInfo(t *testing.T) {
	photo := withEXIF(asJPEG(t, quarters(120, 80), 90), binary.BigEndian, 6, `A "quoted" camera`)
	r := carryOut(t, photo, "image/info")
	if r.ContentType != "application/json" || r.Format != "" || r.Width != 120 || r.Height != 80 {
		t.Errorf("the result is %s, %q, %d × %d", r.ContentType, r.Format, r.Width, r.Height)
	}
	var got map[string]map[string]string
	if err := json.Unmarshal(r.Data, &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Format": "jpg", "ImageWidth": "120", "ImageHeight": "80", "FileSize": strconv.Itoa(len(photo)), "FrameCount": "1",
		"Orientation": "6", "Model": `A "quoted" camera`, "XResolution": "300/7",
	} {
		if got[name]["value"] != want {
			t.Errorf("%s is %q; want %q", name, got[name]["value"], want)
		}
	}
	r = carryOut(t, asGIF(t, quarters(20, 10), quarters(20, 10)), "image/info")
	if !bytes.Contains(r.Data, []byte(`"FrameCount": {
    "value": "2"`)) {
		t.Errorf("the info of an animation of two frames is %s", r.Data)
	}
}

func TestAverageHue(t *testing.T) {
	r := carryOut(t, asPNG(t, filled(50, 30, color.NRGBA{0x5c, 0x78, 0x3b, 255})), "image/average-hue")
	if string(r.Data) != "0x5c783b" || r.ContentType != "text/plain" || r.Format != "" {
		t.Errorf("got %q, %s, %q", r.Data, r.ContentType, r.Format)
	}
}
