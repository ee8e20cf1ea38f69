package process

import (
	"strings"
	"testing"
)

func TestMistakes(t *testing.T) {
	for _, tt := range []struct {
		s    string
		want string // "CODE PARAM: part of the message"; "" for none
	}{
		// distorts
		{"video/convert,f_mp4,vcodec_h264,s_1280x", "distorts s: s sets one side"},
		{"video/convert,f_mp4,vcodec_h264,s_x720", "distorts s: s sets one side"},
		{"video/convert,f_mp4,vcodec_h264,s_1280x720", "distorts s: add scaletype_fit"},
		{"video/convert,f_mp4,vcodec_h264,s_{w}x{h}", "distorts s: add scaletype_fit"},
		{"video/convert,f_mp4,vcodec_{c},s_1280x720", "distorts s: add scaletype_fit"},
		{"video/convert,f_mp4,vcodec_h265,arotate_1,sopt_1,s_1280x720", "distorts s: add scaletype_fit"},
		{"video/snapshots,f_jpg,num_1,w_640", "distorts w: w sets one side"},
		{"video/snapshots,f_jpg,num_1,h_360", "distorts h: h sets one side"},
		{"video/snapshots,f_jpg,num_1,w_640,h_360", "distorts w: w stretches"},
		{"video/snapshots,f_jpg,num_1,pw_50", "distorts pw: pw sets one side"},
		{"video/snapshots,f_jpg,num_1,pw_50,ph_30", "distorts pw: pw stretches"},
		{"video/sprite,f_jpg,inter_1000,sw_160,sh_90", "distorts sw: sw stretches"},
		{"video/sprite,f_jpg,inter_1000,psh_50", "distorts psh: psh sets one side"},
		{"video/animation,f_gif,inter_200,w_320", "distorts w: w sets one side"},
		{"video/animation,f_webp,inter_200,h_{h},w_320", "distorts w: w stretches"},
		{"video/convert,f_mp4,vcodec_h264,s_1280x720,scaletype_fit", ""},
		{"video/convert,f_mp4,vcodec_h264,s_1280x720,scaletype_crop", ""},
		{"video/convert,f_mp4,vcodec_h264,s_1280x720,scaletype_fill", ""},
		{"video/convert,f_mp4,vcodec_h264,s_1280x720,scaletype_stretch", ""},
		{"video/convert,f_mp4,vcodec_h264,s_1280x,scaletype_fit", ""},
		{"video/convert,f_mp4,vcodec_h264,s_1280x720,scaletype_{x}", ""},
		{"video/convert,f_mp4,vcodec_h264,vb_2000000", ""},
		{"video/concat,f_mp4,vcodec_h264,acodec_aac,s_1280x720/pre,o_YQ", ""}, // its scaletype is not confirmed
		{"video/snapshots,f_jpg,num_1,w_640,h_360,scaletype_fill", ""},
		{"video/snapshots,f_jpg,num_1,pw_50,ph_50", ""},
		{"video/snapshots,f_jpg,num_1,pw_{p},ph_{p}", ""},
		{"video/snapshots,f_jpg,num_1,pw_100", ""},
		{"video/snapshots,f_jpg,num_1,pw_{p}", "distorts pw: pw sets one side"},
		{"video/snapshots,f_jpg,num_1", ""},
		{"video/sprite,f_jpg,inter_1000,psw_20,psh_20", ""},
		{"video/sprite,f_jpg,inter_1000,tw_5,th_2", ""},
		{"video/animation,f_gif,inter_200", ""},
		{"image/deblindwatermark,s_low", ""},

		// images
		{"image/resize,w_200,h_200/format,webp", ""},
		{"image/auto-orient,1/resize,w_200/watermark,text_YQ/watermark,text_Yg/quality,q_90", ""},
		{"image/rotate,90/rotate,270", "no-effect rotate: rotate,270 undoes rotate,90"},
		{"image/rotate,90/rotate,100", "repeated-action rotate: write rotate,190 once"},
		{"image/rotate,90/rotate,{a}", "repeated-action : rotate is given twice"},
		{"image/flip,1/flip,1", "no-effect flip: undoes the first"},
		{"image/flip,0/flip,1", "repeated-action : flip is given twice"},
		{"image/rotate,0", "no-effect rotate: turns nothing"},
		{"image/bright,0", "no-effect bright: changes nothing"},
		{"image/crop", "no-effect : cuts nothing"},
		{"image/format,png/format,webp", "repeated-action format: remove format,png"},
		{"image/resize,w_10/resize,w_20", "repeated-action : resize is given twice"},
		{"image/format,webp/resize,w_20", "action-order : put it after"},
		{"image/resize,w_20/auto-orient,1", "action-order auto-orient: put it first"},
		{"image/resize,w_20,h_20/auto-orient,1", ""},
		{"image/resize,l_20/auto-orient,1", ""},
		{"image/crop,w_20,h_20/auto-orient,1", "action-order auto-orient: turns the image after crop"},
		{"image/crop,w_20,h_20/auto-orient,0", ""},
		{"image/resize,p_200", "enlarges p: add limit_0"},
		{"image/resize,p_200,limit_1", "enlarges p: write limit_0"},
		{"image/resize,p_200,limit_0", ""},
		{"image/resize,p_50,limit_0", "enlarges limit: enlarges nothing"},
		{"image/resize,w_5000,limit_0", "enlarges w: beyond the 4096 x 4096"},
		{"image/resize,w_5000", ""},
		{"image/resize,m_fixed,w_50", "distorts m: makes a square"},
		{"image/quality,Q_80/format,png", "no-effect quality: has no effect on png"},
		{"image/quality,Q_80/format,{ext}", ""},
		{"image/resize,l_16382/format,webp", ""},
		{"image/resize,w_16384/format,webp", "image-size : at most 16383 px a side"},
		{"image/resize,w_4096,h_2305/format,avif", "image-size w: 4096 x 2304"},
		{"image/resize,w_4096,h_2304/format,avif", ""},
		{"image/interlace,1/format,webp", "no-effect interlace: has no effect on webp"},

		// every-frame
		{"video/snapshots,f_jpg", "every-frame : add inter"},
		{"video/snapshots,f_jpg,ss_1000", "every-frame : add inter"},
		{"video/snapshots,f_jpg,num_0", "every-frame : add inter"},
		{"video/snapshots,f_png,inter_0", "every-frame : add inter"},
		{"video/snapshots,f_png,m_inter", "every-frame : add inter"},
		{"video/snapshots,f_png,m_inter,inter_0,num_0", "every-frame : add inter"},
		{"video/sprite,f_jpg", "every-frame : video/sprite takes every frame"},
		{"video/sprite,f_jpg,tw_10,th_10", "every-frame : add inter"},
		{"video/animation,f_gif", "every-frame : add inter"},
		{"video/animation,f_gif,num_0", "every-frame : add inter"},
		{"video/animation,f_webp,fps_10", "every-frame fps: add inter_100"},
		{"video/animation,f_webp,fps_10,num_50", "every-frame fps: shown 10 a second"},
		{"video/animation,f_gif,fps_12.5,inter_0", "every-frame fps: add inter_80"},
		{"video/animation,f_gif,fps_{n}", "every-frame fps: add inter"},
		{"video/animation,f_gif,ss_1000", "every-frame : add inter"},
		{"video/snapshots,f_jpg,inter_1000", ""},
		{"video/snapshots,f_jpg,num_20", ""},
		{"video/snapshots,f_jpg,m_key", ""},
		{"video/snapshots,f_jpg,m_avg,num_5", ""},
		{"video/snapshots,f_jpg,m_dhash,thr_10", ""},
		{"video/snapshots,f_jpg,m_{mode}", ""},
		{"video/snapshots,f_jpg,inter_{i}", ""},
		{"video/snapshots,f_jpg,num_{n}", ""},
		{"video/sprite,f_jpg,num_36", ""},
		{"video/sprite,f_jpg,m_key", ""},
		{"video/animation,f_gif,inter_200,fps_10", ""},
		{"video/animation,f_gif,num_20", ""},
		{"video/animation,f_gif,t_5000", ""}, // reported as unconfirmed
		{"video/convert,f_mp4,vcodec_h264,fps_10", ""},
		{"doc/convert,target_png", ""},

		// unmatched-pair
		{"video/convert,f_webm,vcodec_h264", "unmatched-pair vcodec: webm does not hold h264, only vp9: write vcodec_vp9"},
		{"video/convert,f_webm,vcodec_h265", "unmatched-pair vcodec: webm does not hold h265"},
		{"video/convert,f_webm,vcodec_vp9,acodec_aac", "unmatched-pair acodec: write acodec_opus"},
		{"video/convert,f_webm,vcodec_vp9,acodec_mp3", "unmatched-pair acodec: only opus, vorbis"},
		{"video/convert,f_flv,vcodec_h265", "unmatched-pair vcodec: flv does not hold h265"},
		{"video/convert,f_flv,vcodec_vp9", "unmatched-pair vcodec: write vcodec_h264"},
		{"video/convert,f_flv,acodec_opus", "unmatched-pair acodec: write acodec_aac"},
		{"video/convert,f_mp3,vn_1,acodec_aac", "unmatched-pair acodec: write acodec_mp3"},
		{"video/convert,f_aac,vn_1,acodec_mp3", "unmatched-pair acodec: write acodec_aac"},
		{"video/convert,f_flac,acodec_aac", "unmatched-pair acodec: write acodec_flac"},
		{"video/convert,f_oga,acodec_mp3", "unmatched-pair acodec: only vorbis, opus, flac"},
		{"video/convert,f_ac3,acodec_aac", "unmatched-pair acodec: write acodec_ac3"},
		{"video/convert,f_opus,acodec_vorbis", "unmatched-pair acodec: write acodec_opus"},
		{"video/convert,f_amr,acodec_aac", "unmatched-pair acodec: write acodec_amr"},
		{"video/convert,f_mp3,vcodec_h264", "unmatched-pair vcodec: mp3 holds no video: remove vcodec"},
		{"video/convert,f_mp3,vcodec_h264,s_1280x,acodec_mp3", "unmatched-pair vcodec: mp3 holds no video"},
		{"video/convert,f_webm,vcodec_vp9,acodec_vorbis", ""},
		{"video/convert,f_webm,vcodec_vp9,acodec_opus", ""},
		{"video/convert,f_webm", ""},
		{"video/convert,f_webm,vcodec_copy,acodec_copy", ""},
		{"video/convert,f_webm,vcodec_{c}", ""},
		{"video/convert,f_{f},vcodec_h264", ""},
		{"video/convert,f_webm,vcodec_h264,vn_1", ""},
		{"video/convert,f_webm,vcodec_vp9,acodec_aac,an_1", ""},
		{"video/convert,f_flv,vcodec_h264,acodec_aac", ""},
		{"video/convert,f_flv,vcodec_h264,acodec_mp3", ""},
		{"video/convert,f_mp4,vcodec_h265,acodec_flac", ""},
		{"video/convert,f_mkv,vcodec_vp9,acodec_opus", ""},
		{"video/convert,f_mp3,vn_1,acodec_mp3,ab_192000", ""},
		{"video/convert,f_oga,acodec_flac", ""},
		{"audio/convert,f_mp3,ab_128000", ""},

		{"video/convert,f_mp4,vcodec_h265,pixfmt_yuva420p", "unmatched-pair pixfmt: write pixfmt_yuv420p, or vcodec_vp9"},
		{"video/convert,f_webm,vcodec_vp9,pixfmt_yuva420p", ""},
		{"video/convert,f_mp4,vcodec_{c},pixfmt_yuva420p", ""},

		// ignored-parameter, of audio
		{"video/convert,f_mp4,vcodec_h264,ab_128000", "ignored-parameter ab: without acodec the audio stream is copied unchanged"},
		{"video/convert,f_mp4,vcodec_h264,ar_48000,ac_2", "ignored-parameter ar: OSS ignores ar, ac"},
		{"video/convert,f_mp4,aq_80", "ignored-parameter aq: set a codec such as acodec_aac"},
		{"video/convert,f_mp3,vn_1,ab_192000", "ignored-parameter ab: set a codec such as acodec_mp3"},
		{"video/convert,f_mp3,vcodec_copy,crf_20,acodec_mp3", "ignored-parameter crf: mp3 holds no video"},
		{"video/convert,f_mp3,vcodec_h264,vn_1,crf_20,acodec_mp3", "ignored-parameter crf: with vn_1"},
		{"video/convert,f_webm,ab_128000", "ignored-parameter ab: set a codec such as acodec_opus"},
		{"video/convert,f_webm,s_1280x720,scaletype_fit", "ignored-parameter s: set a codec such as vcodec_vp9"},
		{"video/convert,f_mp3,vb_2000000,acodec_mp3", "ignored-parameter vb: mp3 holds no video: remove vb, which OSS ignores"},
		{"video/convert,f_mp4,acodec_copy,ab_128000", "ignored-parameter ab: with acodec_copy"},
		{"video/convert,f_mp4,acodec_aac,an_1,ab_128000", "ignored-parameter ab: with an_1"},
		{"video/convert,f_mp4,acodec_aac,ab_128000", ""},
		{"video/convert,f_mp4,acodec_{c},ab_128000", ""},
		{"audio/convert,f_mp3,ab_128000,ar_44100,ac_2", ""},
		{"audio/concat,f_mp3,ab_128000/pre,o_YQ", ""},

		// no-effect
		{"video/convert,f_mp4,vcodec_h264,scaletype_fit,s_1279x719", "no-effect s: write s_1280x720"},
		{"video/convert,f_mp4,vcodec_h264,scaletype_fit,s_1280x719", "no-effect s: write s_1280x720"},
		{"video/convert,f_mp4,vcodec_h264,scaletype_fit,s_62x720", "no-effect s: write s_64x720"},
		{"video/convert,f_mp4,vcodec_h264,scaletype_fit,s_33x18", "no-effect s: write s_64x64"},
		{"video/convert,f_mp4,vcodec_h264,scaletype_fit,s_x481", "no-effect s: write s_x482"},
		{"video/convert,f_mp4,vcodec_h264,scaletype_fit,s_4095x2", "no-effect s: write s_4096x64"},
		{"video/convert,f_mp4,vcodec_h264,scaletype_fit,s_64x4096", ""},
		{"video/convert,f_mp4,vcodec_h264,scaletype_fit,s_{w}x721", ""},
		{"video/convert,f_mp4,vcodec_h264,scaletype_fit,s_0x721", ""}, // an error
		{"video/snapshots,f_jpg,num_1,w_33,h_33,scaletype_fit", ""},
		{"video/snapshots,f_jpg,num_1,w_64,h_64,scaletype_fit,ph_5,pw_5", "no-effect ph: OSS ignores ph, pw where w is given"},
		{"video/sprite,f_jpg,inter_1000,sh_90,sw_160,scaletype_fit,psh_5", "no-effect psh: where sh is given"},
		{"video/animation,f_gif,inter_200,scaletype_fit", "no-effect scaletype: add w and h"},
		{"video/sprite,f_jpg,inter_1000,scaletype_fit", "no-effect scaletype: add sw and sh"},
		{"video/sprite,f_jpg,m_key,inter_1000", "no-effect inter: with m_key"},
		{"doc/convert,target_pdf,pages_MQ", "no-effect pages: not for pdf"},
		{"video/snapshots,f_jpg,m_key,inter_1000", ""},
		{"doc/convert,target_png,pages_MQ", ""},
		{"image/deblindwatermark,s_high", ""},
		{"style/StyleName", ""},
		{"no/such,s_1x1", ""},
	} {
		r, err := ParseTemplate(tt.s)
		if err != nil {
			t.Errorf("%s: %v", tt.s, err)
			continue
		}
		var got []string
		for _, p := range r.Mistakes() {
			if !p.Warning {
				t.Errorf("%s: %s is an error", tt.s, p.Message)
			}
			got = append(got, p.Code+" "+p.Param+": "+p.Message)
		}
		head, message, _ := strings.Cut(tt.want, ": ")
		switch {
		case tt.want == "" && got == nil:
		case tt.want == "" || len(got) != 1 || !strings.HasPrefix(got[0], head+": ") || !strings.Contains(got[0], message):
			t.Errorf("%s\n got %q\nwant %q", tt.s, got, tt.want)
		}
	}
}
