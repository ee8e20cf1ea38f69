package imageprocess

import (
	"image"
	"testing"
)

// markObjects are the objects that the published samples name as images of watermarks.
func markObjects(t testing.TB) marks {
	return marks{
		"panda.png": asPNG(t, halfClear(200, 100)), "008.png": asPNG(t, filled(20, 10, blue)),
		"pics/Jellyfish.jpg": asJPEG(t, filled(300, 200, red), 90),
		"pics/Koala.jpg":     asJPEG(t, filled(300, 200, green), 90),
		"pics/Tulips.jpg":    asWebP(t, filled(300, 200, blue)),
	}
}

// Process strings of OSS's documentation and SDKs give pictures of the size and format that follow from the documentation.
func TestPublishedProcesses(t *testing.T) {
	example := asJPEG(t, gradient(400, 267), 85) // the size of the SDKs' example.jpg
	animation := asGIF(t, quarters(400, 267), filled(400, 267, red))
	objects := markObjects(t)
	tests := []struct {
		chain  string
		src    []byte
		format string
		w, h   int
	}{
		{"image/resize,w_100", example, "jpg", 100, 67},
		{"image/resize,m_fixed,w_100,h_100", example, "jpg", 100, 100},
		{"image/watermark,text_SGVsbG8g5Zu-54mH5pyN5YqhIQ", example, "jpg", 400, 267},
		{"image/watermark,text_aGVsbG8g5Zu+54mH5pyN5Yqh77yB,color_ff6a00", example, "jpg", 400, 267},
		{"image/watermark,text_aGVsbG8g5Zu+54mH5pyN5Yqh77yB,color_ff6a00,", example, "jpg", 400, 267},
		{"image/resize,m_fixed,w_100,h_100/watermark,text_SGVsbG8g5Zu-54mH5pyN5YqhIQ", example, "jpg", 100, 100},
		{"image/resize,m_fixed,w_100,h_100/rotate,90", example, "jpg", 100, 100},
		{"image/resize,w_300,h_300/watermark,type_d3F5LXplbmhlaQ,size_30,text_SGVsbG8gV29ybGQ,color_FFFFFF,shadow_50,t_100,g_se,x_10,y_10", example, "jpg", 300, 200},
		{"image/resize,w_300,h_300/quality,q_90/watermark,image_cGFuZGEucG5n,t_90,g_se,x_10,y_10", example, "jpg", 300, 200},
		{"image/resize,w_300/watermark,image_cGFuZGEucG5nP3gtb3NzLXByb2Nlc3M9aW1hZ2UvcmVzaXplLFBfMzA,t_90,g_se,x_10,y_10", example, "jpg", 300, 200},
		{"image/watermark,image_cGFuZGEucG5nP3gtb3NzLXByb2Nlc3M9aW1hZ2UvcmVzaXplLFBfMzA,text_SGVsbG8gV29ybGQ", example, "jpg", 400, 267},
		{"image/watermark,image_cGljcy9KZWxseWZpc2guanBnP3gtb3NzLXByb2Nlc3M9aW1hZ2UvcmVzaXplLFBfMjA,g_nw,x_10,y_10/watermark,image_cGljcy9Lb2FsYS5qcGc_eC1vc3MtcHJvY2Vzcz1pbWFnZS9yZXNpemUsUF8yMA,g_se,x_10,y_10/watermark,image_cGljcy9UdWxpcHMuanBnP3gtb3NzLXByb2Nlc3M9aW1hZ2UvcmVzaXplLFBfMjA,g_west,x_10,y_10/watermark,text_V2F0ZXJtYXJrIDE,size_20,g_ne,x_10,y_200/watermark,text_V2F0ZXJtYXJrIDI,color_0000b7,size_20,g_sw,x_100,y_50", example, "jpg", 400, 267},
		{"image/crop,w_100,h_100/rounded-corners,r_10/format,png", example, "png", 100, 100},
		{"image/resize,l_16382/format,webp", example, "webp", 400, 267},
		{"image/interlace,1/format,jpg", example, "jpg", 400, 267},
		{"image/resize,w_100/auto-orient,1", example, "jpg", 100, 67},
		{"image/circle,r_100/format,png", example, "png", 201, 201},
		{"image/resize,m_lfit,w_440/format,gif", animation, "gif", 400, 267},
		{"image/watermark,image_MDA4LnBuZw,x_10,y_10,animation_1/format,gif", animation, "gif", 400, 267},
		{"image/crop,w_100,h_100,x_100,y_100,r_1", example, "jpg", 100, 100},
		{"image/resize,p_63/quality,q_90", example, "jpg", 252, 168},
		{"image/flip,0", example, "jpg", 400, 267},
		{"image/indexcrop,x_100,i_0", example, "jpg", 100, 267},
		{"image/rotate,90", example, "jpg", 267, 400},
		{"image/blur,r_3,s_2", example, "jpg", 400, 267},
		{"image/bright,-50", example, "jpg", 400, 267},
		{"image/contrast,-50", example, "jpg", 400, 267},
		{"image/sharpen,100", example, "jpg", 400, 267},
		{"image/format,png", example, "png", 400, 267},
	}
	for _, tt := range tests {
		t.Run(tt.chain, func(t *testing.T) {
			r, err := try(tt.src, tt.chain, objects)
			if err != nil {
				t.Fatal(err)
			}
			decoded(t, r)
			if r.Format != tt.format || r.Width != tt.w || r.Height != tt.h {
				t.Errorf("got a %s of %d × %d; want a %s of %d × %d", r.Format, r.Width, r.Height, tt.format, tt.w, tt.h)
			}
		})
	}
}

// Process strings that OSS's pages of errors show as failing fail with the EC of the page.
func TestRefusedProcesses(t *testing.T) {
	const text = "image/watermark,text_SGVsbG8gV29ybGQ"
	const both = text + ",image_ZXhhbXBsZS9leGFtcGxlLmpwZwo"
	tests := []struct{ chain, ec string }{
		{"image/", "0040-00000212"},
		{"image/slim,1", "0040-00000213"},
		{"image/rotate", "0040-00000216"},
		{"image/rotate,abc", "0040-00000217"},
		{"image/rotate,400", "0040-00000217"},
		{"image/rotate,90,200,300", "0040-00000203"},
		{"image/format", "0040-00000207"},
		{"image/format,dng", "0040-00000206"},
		{"image/crop,w_500,h_500,g_fac", "0040-00000209"},
		{"image/crop,x_100,y_50,w_100,h_abc", "0040-00000226"},
		{"image/crop,x_100,y_50,w_100,h_-1", "0040-00000226"},
		{"image/circle,r_5000", "0040-00000233"},
		{"image/rounded-corners,r_5000", "0040-00000237"},
		{"image/blur,r_200,s_25", "0040-00000241"},
		{"image/watermark", "0040-00000278"},
		{"image/watermark,text", "0040-00000258"},
		{"image/watermark,text_notbase64", "0040-00000257"},
		{text + ",type_notbase64", "0040-00000250"},
		{"image/watermark,text_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY3ODkwYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY3ODkwYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY3ODkwYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY3ODkwCg", "0040-00000259"},
		{text + ",g_xx", "0040-00000260"},
		{text + ",x_8000", "0040-00000262"},
		{text + ",y_8000", "0040-00000264"},
		{"image/watermark,image_notbase64", "0040-00000265"},
		{text + ",voffset_2000", "0040-00000268"},
		{both + ",order_2", "0040-00000269"},
		{both + ",interval_2000", "0040-00000270"},
		{both + ",align_3", "0040-00000271"},
		{both + ",rotate_400", "0040-00000272"},
		{text + ",size_2000", "0040-00000256"},
		{text + ",fill_1,padx_5000", "0040-00000276"},
		{text + ",fill_1,pady_5000", "0040-00000277"},
		{"image/quality", "0040-00000307"},
		{"image/quality,Q_200", "0040-00000308"},
		{"image/quality,q_200", "0040-00000309"},
		{"image/quality,200", "0040-00000310"},
		{"image/resize,w_100,m_abc", "0040-00000311"},
		{"image/resize,w_0", "0040-00000312"},
		{"image/resize,h_0", "0040-00000313"},
		{"image/resize,l_0", "0040-00000314"},
		{"image/resize,s_0", "0040-00000315"},
		{"image/resize,p_0", "0040-00000317"},
		{"image/resize,w_100,m_pad,color_AABBCCDD", "0040-00000318"},
		{"image/resize,w_100,limit_3", "0040-00000319"},
		{"image/resize,w_0,h_0", "0040-00000321"},
		{"image/resize", "0040-00000322"},
		{"image/resize,m_fit", "0040-00000311"},
		{"image/resize,m_fixed,w_5000,h_5000", "0040-00000007"},
		{"image/resize,s_700,limit_0/info", ""},
		{"image/watermark,image_bm9uZS5wbmc", "0040-00000025"},
		{"image/watermark,image_YS5naWY", "0040-00000027"},
		{"image/watermark,image_YS50eHQ", "0040-00000027"},
		{"image/watermark,image_cGFuZGEucG5n/watermark,image_cGFuZGEucG5n/watermark,image_cGFuZGEucG5n/watermark,image_cGFuZGEucG5n", "0040-00000026"},
		{"image/watermark,image_cGFuZGEucG5nP3gtb3NzLXByb2Nlc3M9aW1hZ2UvY2lyY2xlLHJfMTA", "0040-00000213"}, // circle for the mark
		{"image/resize,P_30", "0040-00000322"},   // only for the image of a watermark
		{"image/resize,w_100,w_200", ""},         // twice
		{"image/resize,w_100,x_1", ""},           // unknown
		{"image/resize,w_+100", "0040-00000312"}, // no digits
		{"image/auto-orient,2", ""},              // out of range
		{"image/indexcrop,i_1", ""},              // neither x nor y
		{"image/blur,s_1", "0040-00000241"},      // r is missing
		{"image/sharpen,400", ""},                // out of range
		{"video/snapshot,t_7000", ""},            // no picture
		{"image/resize,w_100//format,png", "0040-00000213"},
	}
	src := asJPEG(t, image.NewGray(image.Rect(0, 0, 80, 60)), 85)
	objects := markObjects(t)
	objects["a.gif"] = asGIF(t, filled(10, 10, red))
	objects["a.txt"] = []byte("hello")
	for _, tt := range tests {
		t.Run(tt.chain, func(t *testing.T) {
			_, err := try(src, tt.chain, objects)
			checkRefusal(t, err, "", tt.ec)
		})
	}
}

// What OSS does and the engine does not fails as an unknown action or value.
func TestGaps(t *testing.T) {
	src := asPNG(t, quarters(20, 20))
	for _, g := range Gaps() {
		if g.Action == "format,bmp" {
			continue
		}
		_, err := try(src, "image/"+g.Action, nil)
		if err == nil {
			t.Errorf("%s works: it is no gap", g.Action)
		}
	}
}
