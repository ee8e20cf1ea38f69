package process

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var described = []struct{ s, want string }{
	{"video/convert,f_mp4,vcodec_h264,s_1280x,vb_2000000,acodec_aac,ab_128000",
		"MP4: H.264, 1280 wide, stretched, 2 Mbit/s; AAC, 128 kbit/s"},
	{"video/snapshots,f_jpg,inter_10000,num_20,w_640,h_360",
		"a JPG every 10 s, at most 20, 640 x 360, stretched"},
	{"doc/convert,target_png,source_docx",
		"all pages as PNG, read as DOCX"},
	{"doc/convert,pages_MS0xMA,target_png,source_docx",
		"pages 1 to 10 as PNG, read as DOCX"},
	{"style/StyleName",
		"the style StyleName"},
	{"style/::h264-mp4-1080p",
		"the built-in style h264-mp4-1080p"},
	{"video/animation,f_gif,w_100,h_100,inter_1000",
		"GIF: a frame every 1 s; 100 x 100, stretched"},
	{"video/sprite,f_jpg,sw_100,sh_100,inter_10000,tw_10,th_10,pad_0,margin_0",
		"JPG sheets of 10 x 10 tiles: a tile every 10 s; tiles 100 x 100, stretched, no gaps, no margin"},
	{"video/snapshots,f_jpg,w_100,h_100,scaletype_crop,inter_10000",
		"a JPG every 10 s, 100 x 100, cropped to fit"},
	{"video/concat,ss_0,f_mp4,vcodec_h264,fps_25,vb_1000000,acodec_aac,ab_96000,ar_48000,ac_2,align_1/pre,o_Y29uY2F0MS5tcDQ/sur,o_Y29uY2F0Mi5tcDQ,t_0",
		`MP4: from the start; H.264, 25 frames/s, 1 Mbit/s; AAC, 96 kbit/s, 48 kHz, stereo; before it "concat1.mp4", after it "concat2.mp4" to the end, the rest as in the upload`},
	{"audio/convert,ss_10000,t_60000,f_aac,ab_96000",
		"AAC: from 10 s, 1 min long; 96 kbit/s"},
	{"audio/concat,f_aac,ac_1,ar_44100,ab_96000,align_2/pre,o_c3JjMS5tcDM/pre,o_c3JjMi5tcDM,t_0",
		`AAC: mono, 44.1 kHz, 96 kbit/s; before it "src1.mp3", then "src2.mp3" to the end, the rest as in the upload`},
	{"image/deblindwatermark,s_low,t_text",
		"the blind watermark is read as text, low effort"},
	{"video/convert,f_avi,vcodec_h265,s_1920x1080,vb_2000000,fps_30,acodec_aac,ab_100000,sn_1",
		"AVI: H.265, 1920 x 1080, stretched, 2 Mbit/s, 30 frames/s; AAC, 100 kbit/s; no subtitles"},
	{"video/convert,f_mp4,vcodec_h264,s_1920x1080,vb_2000000,fps_30,acodec_aac,ab_100000",
		"MP4: H.264, 1920 x 1080, stretched, 2 Mbit/s, 30 frames/s; AAC, 100 kbit/s"},
	{"video/convert,f_mp4,vcodec_h265,videoslim_1,s_1920x1080,vb_2000000,sn_1",
		"MP4: H.265, narrowband HD, 1920 x 1080, stretched, 2 Mbit/s; no subtitles"},
	{"video/convert,f_mp4,vcodec_h264,ss_5000,t_30000",
		"MP4: from 5 s, 30 s long; H.264"},
	{"video/convert,f_webm,vcodec_vp9,vb_1500000,acodec_vorbis,ab_128000",
		"WebM: VP9, 1.5 Mbit/s; Vorbis, 128 kbit/s"},
	{"video/convert,f_mp3,vn_1,acodec_mp3,ab_192000",
		"MP3: no video; MP3, 192 kbit/s"},
	{"video/convert,f_mp4,vcodec_h264,videoslim_1",
		"MP4: H.264, narrowband HD"},
	{"video/animation,f_gif,w_480,h_320,inter_1000",
		"GIF: a frame every 1 s; 480 x 320, stretched"},
	{"video/animation,f_webp,w_320,h_240,fps_10,ss_5000",
		"WebP: slow motion: every frame, shown 10 a second; 320 x 240, stretched; from 5 s"},
	{"video/animation,f_gif,w_200,h_200,num_20,scaletype_crop",
		"GIF: every frame, at most 20 frames; 200 x 200, cropped to fit"},
	{"video/animation,f_gif,t_5000",
		"GIF: every frame; 5 s long"},
	{"video/snapshots,f_jpg,w_640,h_360,scaletype_crop,inter_10000",
		"a JPG every 10 s, 640 x 360, cropped to fit"},
	{"video/snapshots,f_png,m_key,w_1920,h_1080",
		"a PNG of each keyframe, 1920 x 1080, stretched"},
	{"video/snapshots,f_jpg,m_dhash,thr_5,w_512,h_512,inter_5000",
		"a JPG of frames that differ by over 5, sampled every 5 s, 512 x 512, stretched"},
	{"video/snapshots,f_jpg,num_10,w_320,h_240",
		"a JPG of every frame, at most 10, 320 x 240, stretched"},
	{"video/snapshots,f_jpg,inter_1000",
		"a JPG every 1 s"},
	{"video/sprite,f_jpg,sw_200,sh_150,inter_2000,tw_3,th_3,pad_0,margin_0",
		"JPG sheets of 3 x 3 tiles: a tile every 2 s; tiles 200 x 150, stretched, no gaps, no margin"},
	{"video/sprite,f_png,sw_320,sh_240,num_36,tw_6,th_6",
		"PNG sheets of 6 x 6 tiles: a tile of every frame, at most 36; tiles 320 x 240, stretched"},
	{"video/sprite,f_jpg,sw_160,sh_120,m_key,tw_4,th_4,pad_2,margin_2",
		"JPG sheets of 4 x 4 tiles: a tile of each keyframe; tiles 160 x 120, stretched, gaps of 2 px, margin of 2 px"},
	{"video/sprite,f_jpg,sw_160,sh_120,tw_5,th_5,num_25",
		"JPG sheets of 5 x 5 tiles: a tile of every frame, at most 25; tiles 160 x 120, stretched"},
	{"audio/convert,f_aac,ab_96000,ar_48000,ac_2",
		"AAC: 96 kbit/s, 48 kHz, stereo"},
	{"audio/convert,f_mp3,ab_192000,ar_44100,ac_2",
		"MP3: 192 kbit/s, 44.1 kHz, stereo"},
	{"audio/convert,f_mp3,aq_90,ar_44100,ac_2",
		"MP3: audio quality 90, 44.1 kHz, stereo"},
	{"audio/convert,f_flac,ar_48000,ac_2,adepth_24",
		"FLAC: 48 kHz, stereo, 24 bit samples"},
	{"audio/convert,f_opus,ab_64000,ar_48000,ac_1",
		"Opus: 64 kbit/s, 48 kHz, mono"},
	{"audio/convert,f_aac,ss_5000,t_30000,ab_128000",
		"AAC: from 5 s, 30 s long; 128 kbit/s"},
	{"audio/convert,f_aac",
		"AAC"},
	{"doc/convert,target_png,pages_MSwyLDQtMTA",
		"pages 1, 2 and 4 to 10 as PNG"},
	{"doc/convert,target_jpg,pages_NA",
		"page 4 as JPG"},
	{"doc/convert,target_pdf",
		"as PDF"},
	{"doc/convert,target_txt,source_docx",
		"as plain text, read as DOCX"},
	{"doc/convert,source_{ext},target_png,pages_{p}",
		"pages {p} as PNG, read as {ext}"},
	{"doc/convert",
		"converted"},
	{"doc/convert,target_",
		`converted: target ""`},
	{"video/convert,f_{ext},vcodec_{c},s_{w}x{h},vb_{rate},ss_{t},acodec_{a},ac_{n}",
		"{ext}: from {t} ms; video codec {c}, size {w}x{h}, stretched, {rate} bit/s; audio codec {a}, {n} channels"},
	{"video/convert,f_mp4,vcodec_h264,s_1280x720,scaletype_fit,arotate_1,sopt_1,vb_2000000,vbopt_2,fps_29.97,fpsopt_0",
		"MP4: H.264, 1280 x 720, in proportion, oriented as the source, a smaller source keeps its size, 2 Mbit/s, a lower source bitrate fails, 29.97 frames/s, whatever the source's rate"},
	{"video/convert,f_mkv,vcodec_h265,s_x720,scaletype_fill,crf_23.50,maxrate_4500000,bufsize_9000000,g_250,pixfmt_yuv420p10le,an_1",
		"MKV: H.265, 720 high, padded with black, CRF 23.50, at most 4.5 Mbit/s, buffer of 9 Mbit, a keyframe every 250 frames, yuv420p10le; no audio"},
	{"video/convert,f_mp4,vcodec_copy,acodec_copy,t_5400000,vn_0,sn_0,videoslim_0",
		"MP4: 1 h 30 min long; video unchanged, vn 0, videoslim 0; audio unchanged; sn 0"},
	{"video/convert,f_mp4,vcodec_av1,vb_2M,acodec_dts,ac_6,scaletype_none",
		"MP4: video codec av1, 2M bit/s, scaletype none; audio codec dts, 6 channels"},
	{"video/convert,f_mp4,f_mov,frobnicate_7,segment_10",
		"MP4: f mov, frobnicate 7, segment 10"},
	{"video/convert,f_mp4/pre,o_YQ",
		`MP4: before it "a"`},
	{"video/concat,f_mp4,vcodec_h264,vb_4000000,acodec_aac,ar_48000,ac_2,ab_128000,align_1/pre,o_YnJhbmRpbmcvaW50cm8ubXA0/sur,o_YnJhbmRpbmcvb3V0cm8ubXA0",
		`MP4: H.264, 4 Mbit/s; AAC, 48 kHz, stereo, 128 kbit/s; before it "branding/intro.mp4", after it "branding/outro.mp4", the rest as in the upload`},
	{"video/concat,f_mp4,vcodec_h264,acodec_aac,align_0/pre,o_{dirname}/intro.mp4,ss_1500,t_90000/sur,o_YQ/sur,x_1,o_Yg",
		`MP4: H.264; AAC; before it "{dirname}/intro.mp4" from 1.5 s 1 min 30 s long, after it "a", then x 1 "b", the rest as in "{dirname}/intro.mp4"`},
	{"audio/concat,f_mp3,align_7/sur,o_YQ",
		`MP3: after it "a", the rest as in clip 7`},
	{"video/animation,f_gif,inter_200,num_50,w_320,h_180,scaletype_fit",
		"GIF: a frame every 200 ms, at most 50 frames; 320 x 180, in proportion"},
	{"video/animation,f_webp,pw_50,num_0,inter_0",
		"WebP: every frame, any number of frames; 50% wide, stretched"},
	{"video/snapshots,f_png,m_avg,num_5,pw_50,ph_50,ss_1000",
		"a PNG of 5 frames evenly spaced, 50% x 50%, from 1 s"},
	{"video/snapshots,f_jpg,m_avg,num_1",
		"a JPG of 1 frame"},
	{"video/snapshots,f_jpg,num_1,pw_100",
		"one JPG, the first frame, 100% wide"},
	{"video/snapshots,m_avg,h_720",
		"an image of frames evenly spaced, 720 high, stretched"},
	{"video/snapshots,f_jpg,m_inter,inter_0,num_0,thr_4",
		"a JPG of every frame, any number, thr 4"},
	{"video/snapshots,f_{ext},inter_{i},num_{n}",
		"a {ext} every {i} ms, at most {n}"},
	{"video/sprite,f_jpg,inter_10000,sw_160,sh_90,scaletype_stretch,tw_10",
		"JPG sheets of 10 x 6 tiles: a tile every 10 s; tiles 160 x 90, stretched"},
	{"video/sprite,f_jpg,psw_20,num_4",
		"JPG sheets: a tile of every frame, at most 4; tiles 20% wide, stretched"},
	{"audio/convert,f_mp3,ab_128500,abopt_1,ar_44100,ac_1,t_0",
		"MP3: to the end; 128.5 kbit/s, a lower source bitrate is kept, 44.1 kHz, mono"},
	{"image/deblindwatermark",
		"the blind watermark is read"},
	{"image/deblindwatermark,s_{effort}",
		"the blind watermark is read, {effort} effort"},
	{"image/resize,w_100",
		"at most 100 wide, in proportion"},
	{"video/snapshots,f_jpg,ss_1000,num_1",
		"one JPG, at 1 s"},
	{"video/snapshots,f_png,num_1,inter_0,w_640,h_360,scaletype_fit",
		"one PNG, the first frame, 640 x 360, in proportion"},
	{"video/snapshots,f_jpg,inter_10000,num_1",
		"a JPG every 10 s, at most 1"},
	{"video/animation,f_gif",
		"GIF: every frame"},
	{"video/animation,f_gif,fps_30,num_60",
		"GIF: every frame, shown 30 a second, at most 60 frames"},
	{"video/animation,f_gif,inter_100,fps_10",
		"GIF: a frame every 100 ms, played at 10 frames/s"},
	{"video/convert,f_mp4,s_1280x720",
		"MP4: 1280 x 720"},
	{"image/resize,m_lfit,w_200,h_200/format,webp",
		"at most 200 × 200, in proportion; WebP"},
	{"image/auto-orient,1/resize,l_1600,limit_0/quality,Q_85/interlace,1",
		"upright; longer side at most 1600, a smaller picture is enlarged; quality at most 85; progressive"},
	{"image/resize,m_pad,w_100,h_50,color_FF0000",
		"100 × 50, padded with #FF0000, a smaller picture keeps its size"},
	{"image/resize,m_fill,h_50",
		"50 high, cropped to fit, a smaller picture keeps its size"},
	{"image/resize,m_mfit,w_50,h_50,limit_0",
		"at least 50 × 50, in proportion, a smaller picture is enlarged"},
	{"image/resize,m_fixed,w_50,h_50,limit_1",
		"50 × 50, stretched, a smaller picture keeps its size"},
	{"image/resize,p_50",
		"50% of its size"},
	{"image/crop,w_100,h_100,g_center,x_10/rotate,90/flip,1/circle,r_50/rounded-corners,r_10",
		"cropped to 100 × 100, centre, 10 px across; turned by 90° clockwise; mirrored left to right; a circle of radius 50; corners rounded by 10"},
	{"image/indexcrop,y_100,i_2/bright,-50/contrast,20/sharpen,100/blur,r_3,s_2,g_faces",
		"strip 2 of those 100 high; brightness -50; contrast 20; sharpened by 100; blurred, radius 3, deviation 2, only faces"},
	{"image/watermark,text_SGVsbG8,size_30,color_FFFFFF,g_nw/watermark,image_YS5wbmc,t_50,fill_1",
		`watermark "Hello", 30 px, #FFFFFF, top left; watermark image "a.png", 50% opaque, tiled`},
	{"image/blindwatermark,content_aGk,s_high",
		`hidden text "hi", s high`},
	{"image/watermark,text_{barename}/format,{ext}",
		`watermark "{barename}"; {ext}`},
	{"video/snapshot,t_7000,f_jpg,w_800,h_600,m_fast",
		"one JPG, at 7 s, 800 x 600, the keyframe before it"},
	{"video/snapshot,t_0,f_png,w_0,h_600",
		"one PNG, the first frame, 600 high"},
	{"style/a,w_1",
		"the style a: w 1"},
	{"style/::{x}",
		"the built-in style {x}"},
}

func TestDescribe(t *testing.T) {
	said := map[string]bool{}
	for _, tt := range described {
		said[tt.s] = true
		r, err := ParseTemplate(tt.s)
		if err != nil {
			t.Errorf("%s: %v", tt.s, err)
			continue
		}
		if got := r.Describe(); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.s, got, tt.want)
		}
	}
	for _, d := range documented {
		if operation, _, _ := strings.Cut(d.s, "|"); !said[operation] {
			t.Errorf("%s: %s is not in the table", d.name, operation)
		}
	}
	for _, s := range sampled(t) {
		if !said[s] {
			t.Errorf("%s is not in the table", s)
		}
	}
}

// The words hold the value of every parameter, whatever its name and the others.
func TestDescribeIsComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		op := rapid.SampledFrom(append(Operations(), &Operation{Name: "no/such"})).Draw(t, "op")
		name := op.Name
		if name == "style/" {
			name += "x"
		}
		known := append(parameterNames(op.Parameters), "f", "w", "unknown")
		params := func(known []string, mark string) (all []Param) {
			for i := range rapid.IntRange(0, 5).Draw(t, "params") {
				all = append(all, Param{
					Name:  rapid.SampledFrom(known).Draw(t, "name"),
					Value: mark + string(rune('a'+i)) + "q",
				})
			}
			return all
		}
		r := &Request{Operation: name, Params: params(known, "p")}
		for range rapid.IntRange(0, 2).Draw(t, "clips") {
			where := rapid.SampledFrom([]string{"pre", "sur"}).Draw(t, "where")
			r.Clips = append(r.Clips, Clip{where, params([]string{"o", "ss", "t", "unknown"}, where)})
		}
		words := strings.ToLower(r.Describe())
		want := r.Params
		for _, c := range r.Clips {
			want = append(want, c.Params...)
		}
		for _, p := range want {
			if n := strings.Count(words, p.Value); n == 0 {
				t.Fatalf("%s: %s_%s is missing in %q", r, p.Name, p.Value, words)
			}
		}
	})
}
