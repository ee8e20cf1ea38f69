package process

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// sampled returns the process strings in testdata/processes.txt.
func sampled(t *testing.T) (all []string) {
	src, err := os.ReadFile("../testdata/processes.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(src)) {
		if !strings.HasPrefix(line, "#") {
			all = append(all, strings.TrimSpace(line))
		}
	}
	return all
}

func TestSampledStringsAreFine(t *testing.T) {
	for _, s := range sampled(t) {
		r, err := Parse(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if got := r.String(); got != s {
			t.Errorf("%s is printed as %s", s, got)
		}
		for _, p := range r.CheckOperation() {
			if !p.Warning || !strings.Contains(p.Message, "unconfirmed") {
				t.Errorf("%s: %s", s, p.Message)
			}
		}
	}
}

func TestCheck(t *testing.T) {
	const saveas = "|sys/saveas,o_YQ"
	clips := strings.Repeat("/pre,o_YQ", 11)
	for _, tt := range []struct {
		s    string
		want []string // "error PARAM: part of the message"
	}{
		{"image/resize,w_100" + saveas, nil},
		{"image/blindwatermark,content_YQ" + saveas, nil},
		{"image/info" + saveas, []string{"error : stores nothing"}},
		{"image/resize,w_1" + saveas + "/notify,topic_dA", []string{"error sys/notify: remove sys/notify"}},
		{"image/resize,w_1|sys/notify,topic_dA", []string{"error sys/saveas: needs sys/saveas", "error sys/notify: remove sys/notify"}},
		{"image/resize,w_1|sys/saveas,o_" + EncodeBase64(strings.Repeat("{{", 512)), []string{"error sys/saveas: 1024 bytes"}},
		{"image/resize,l_1,w_1" + saveas, []string{"warning l: OSS ignores l where w is given"}},
		{"image/resize,w_1,color_FFFFFF" + saveas, []string{"warning color: has no effect without m_pad"}},
		{"image/crop,r_1,w_1" + saveas, []string{"warning r: unconfirmed"}},
		{"image/quality,80" + saveas, []string{"warning quality: unconfirmed"}},
		{"image/quality,lossless" + saveas, []string{"warning quality: no page says"}},
		{"image/watermark," + saveas, []string{"warning : comma at the end", "error : needs one of text, image"}},
		{"image/flip,3" + saveas, []string{"warning flip: cannot be"}},
		{"image/bright,-101" + saveas, []string{"error bright: from -100 to 100"}},
		{"image/resize,P_30" + saveas, []string{`error P: did you mean "p"?`}},
		{"image/watermark,text_YQ,order_1" + saveas, []string{"error order: needs image"}},
		{"image/watermark,image_YQ,size_10" + saveas, []string{"error size: needs text"}},
		{"image/watermark,image_YQ,animation_1" + saveas, []string{"warning animation: unconfirmed"}},
		{"image/watermark,text_YQ,type_YXJpYWw" + saveas, []string{"warning type: expected one of"}},
		{"image/watermark,text_" + EncodeBase64(strings.Repeat("字", 22)) + saveas, []string{"warning text: 66 bytes"}},
		{"image/watermark,text_" + EncodeBase64(strings.Repeat("字", 65)) + saveas, []string{"error text: 1 to 64 characters"}},
		{"image/watermark,text__w" + saveas, []string{"error text: UTF-8"}},
		{"image/watermark,image_" + EncodeBase64("a?x-oss-process=image/resize,P_101") + saveas, []string{"error image: the process of image is not valid"}},
		{"image/watermark,image_" + EncodeBase64("a?x-oss-process=image/resize,P_10/rotate,9") + saveas, nil},
		{"image/watermark,image_" + EncodeBase64("a?x-oss-process=image/watermark,text_YQ") + saveas, []string{"error image: cannot be given watermark"}},
		{"image/watermark,image_" + EncodeBase64("a?x-oss-process=x") + saveas, []string{"error image: not valid"}},
		{"image/resize,w_100/slim,1" + saveas, []string{"error : unknown image action"}},
		{"image/resize,w_100/deblindwatermark,s_low" + saveas, []string{"error : asynchronous"}},
		{"image/blindwatermark,content_YQ,strength_high,s_low" + saveas, []string{"warning strength: unconfirmed", "warning strength: cannot be combined"}},
		{"hls/m3u8" + saveas, []string{"error : synchronous"}},
		{"pointcloud/compress" + saveas, []string{"error : pointcloud/compress is synchronous"}},
		{"video/animation,f_gif,t_5000" + saveas, []string{"warning t: write inter_200,num_25 instead of t_5000"}},
		{"video/animation,f_gif,inter_500,t_5000" + saveas, []string{"warning t: use inter and num"}},
		{"video/animation,f_gif,pw_50" + saveas, []string{"warning pw: use w and h instead"}},
		{"audio/concat,f_aac,t_1000/sur,o_YQ" + saveas, []string{"warning t: does not say whether it trims"}},
		{"video/concat,f_mkv,vcodec_h264,acodec_aac,crf_23/pre,o_YQ" + saveas,
			[]string{"warning f: write f_mp4 instead", "warning crf: use vb instead"}},
		{"video/snapshot,t_1,f_jpg" + saveas, []string{"warning : can be stored"}},
		{"video/snapshotss,f_jpg" + saveas, []string{`error : did you mean "video/snapshots"?`}},
		{"archive/zip" + saveas, []string{"error : unknown operation"}},
		{"style/" + saveas, nil}, // does not parse
		{"style/a,w_1" + saveas, []string{"error w: style/a takes no parameters"}},
		{"style/::x" + saveas, []string{"warning : not known"}},
		{"doc/convert" + saveas, []string{"error target: needs target: one of pdf, png, jpg, txt"}},
		{"doc/convert,target_pdg" + saveas, []string{`error target: did you mean "pdf"?`}},
		{"doc/convert,target_" + saveas, []string{`error target: cannot be ""; expected one of`}},
		{"doc/convert,target_pdf,target_png" + saveas, []string{"error target: given twice"}},
		{"doc/convert,target_pdf,source_rtf" + saveas, []string{"warning source: source_rtf is unconfirmed"}},
		{"doc/convert,target_pdf,source_zip" + saveas, []string{"error source: cannot be"}},
		{"doc/convert,target_pdf,pages_MS0xMA" + saveas, nil},
		{"doc/convert,target_pdf,pages_eHk" + saveas, []string{"error pages: expected pages such as"}},
		{"doc/convert,target_pdf", []string{"error sys/saveas: needs sys/saveas"}},
		{"doc/convert,target_pdf|sys/saveas,o_YQ,b_QUJD", []string{"error sys/saveas: invalid bucket name"}},
		{"doc/convert,target_pdf|sys/saveas,o_" + EncodeBase64(strings.Repeat("x", 1024)), []string{"error sys/saveas: 1024 bytes"}},
		{"doc/convert,target_pdf|sys/saveas,o_" + EncodeBase64(strings.Repeat("{{", 1023)), nil},
		{"doc/convert,target_pdf|sys/saveas,o_YQ/notify", []string{"warning sys/notify: undocumented"}},
		{"doc/convert,target_pdf/pre,o_YQ" + saveas, []string{"error : takes no /pre or /sur clips"}},
		{"video/convert,f_mp4,vb_9999" + saveas, []string{"error vb: from 10000 to 100000000 bit/s"}},
		{"video/convert,f_mp4,vb_2M" + saveas, []string{`error vb: cannot be "2M"`}},
		{"video/convert,f_mp4,vb_-1" + saveas, []string{`error vb: cannot be "-1"`}},
		{"video/convert,f_mp4,fps_29.97" + saveas, nil},
		{"video/convert,f_mp4,fps_1e2" + saveas, []string{"error fps: expected a number"}},
		{"video/convert,f_mp4,fps_NaN" + saveas, []string{"error fps: expected a number"}},
		{"video/convert,f_mp4,ss_1.5" + saveas, []string{"error ss: a whole number"}},
		{"video/convert,f_mp4,s_1280x" + saveas, nil},
		{"video/convert,f_mp4,s_x720" + saveas, nil},
		{"video/convert,f_mp4,s_x" + saveas, []string{"error s: WIDTHxHEIGHT"}},
		{"video/convert,f_mp4,s_0x720" + saveas, []string{"error s: WIDTHxHEIGHT"}},
		{"video/convert,f_mp4,s_4097x" + saveas, []string{"error s: 4096"}},
		{"video/convert,f_mp4,s_1280*720" + saveas, []string{"error s: WIDTHxHEIGHT"}},
		{"video/convert,f_mp4,vb_20000,crf_23" + saveas, []string{"error crf: cannot be combined"}},
		{"video/convert,f_mp4,crf_23,maxrate_20000" + saveas, []string{"error maxrate: needs bufsize"}},
		{"video/convert,f_mp4,scaletype_fit" + saveas, []string{"error scaletype: needs s"}},
		{"video/convert,f_mp4,fpsopt_1" + saveas, []string{"error fpsopt: needs fps"}},
		{"video/convert,f_mp4,g_0" + saveas, []string{"error g: from 1 to 100000"}},
		{"video/convert,f_mp4,g_x" + saveas, []string{"error g: whole number"}},
		{"video/convert,f_mp4,acodec_pcm" + saveas, []string{"warning acodec: unconfirmed"}},
		{"video/convert,f_mp4,acodec_mp3,ar_96000" + saveas, []string{"error ar: at most 48000"}},
		{"audio/convert,f_opus,ar_44100" + saveas, []string{"error ar: of opus must be one of"}},
		{"audio/convert,f_amr,ac_2" + saveas, []string{"error ac: at most 1"}},
		{"audio/convert,f_mp3,adepth_24" + saveas, []string{"warning adepth: has no effect without f_flac"}},
		{"video/snapshots,f_jpg,thr_5" + saveas, []string{"warning thr: has no effect without m_dhash"}},
		{"video/snapshots,f_jpg,m_avg" + saveas, []string{"warning m: needs num"}},
		{"video/snapshots,f_jpg,pw_0" + saveas, []string{"error pw: above 0"}},
		{"video/snapshots,f_jpg,w_31" + saveas, []string{"error w: from 32 to 4096 px"}},
		{"video/animation,f_gif,w_100,pw_50" + saveas, []string{"warning pw: unconfirmed", "warning pw: pw and w cannot be combined"}},
		{"video/concat,f_mp4/pre,o_YQ" + saveas, []string{"warning vcodec: needs vcodec", "warning acodec: needs acodec"}},
		{"audio/concat,f_aac" + saveas, []string{"warning : joins nothing"}},
		{"audio/concat,f_aac" + clips + saveas, []string{"error : at most 11 inputs"}},
		{"audio/concat,f_aac/pre,t_0" + saveas, []string{"error o: needs o"}},
		{"audio/concat,f_aac/pre,o_YQ,x_0" + saveas, []string{`error x: /pre has no parameter "x"`}},
		{"audio/concat,f_aac,align_2/pre,o_YQ" + saveas, []string{"warning align: names no clip"}},
		{"image/deblindwatermark,t_text", []string{"error sys/notify: needs sys/notify"}},
		{"image/deblindwatermark,t_text|sys/saveas,o_YQ/notify,topic_dA", []string{"error sys/saveas: writes no object"}},
	} {
		t.Run(tt.s, func(t *testing.T) {
			r, err := Parse(tt.s)
			if err != nil {
				if tt.want != nil {
					t.Fatal(err)
				}
				return
			}
			var got []string
			for _, p := range r.Check() {
				severity := "error"
				if p.Warning {
					severity = "warning"
				}
				got = append(got, fmt.Sprintf("%s %s: %s", severity, p.Param, p.Message))
			}
			if len(got) != len(tt.want) {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			for i, want := range tt.want {
				head, message, _ := strings.Cut(want, ": ")
				if !strings.HasPrefix(got[i], head+": ") || !strings.Contains(got[i], message) {
					t.Errorf("got %q, want %q", got[i], want)
				}
			}
		})
	}
}

// Open values are not checked.
func TestCheckOpen(t *testing.T) {
	r, err := ParseTemplate("doc/convert,target_{x},source_{ext}")
	if err != nil {
		t.Fatal(err)
	}
	if got := r.CheckOperation(); len(got) != 0 {
		t.Error(got)
	}
}

// Every entry of the catalogue is complete and refers to parameters that exist.
func TestCatalogue(t *testing.T) {
	if got := len(Operations()); got != 28 {
		t.Errorf("%d operations", got)
	}
	for _, op := range Operations() {
		if !strings.HasPrefix(op.Doc, "https://") || op.Summary == "" {
			t.Errorf("%s: no page or summary", op.Name)
		}
		if cannotStore(op.Name) != "" {
			t.Errorf("%s is listed as one that stores nothing too", op.Name)
		}
		if _, ok := op.Parameter(op.Format); op.Format != "" && !ok {
			t.Errorf("%s: no parameter %s", op.Name, op.Format)
		}
		for i, p := range op.Parameters {
			if p.Note == "" {
				t.Errorf("%s,%s: no note", op.Name, p.Name)
			}
			if j := slices.IndexFunc(op.Parameters, func(q Parameter) bool { return q.Name == p.Name }); j != i {
				t.Errorf("%s,%s: twice", op.Name, p.Name)
			}
			others := slices.Concat(p.Excludes, p.Requires, p.IgnoredWith, op.AnyOf)
			for _, o := range p.OnlyWith {
				others = append(others, o.Name)
			}
			for _, name := range others {
				if _, ok := op.Parameter(name); !ok {
					t.Errorf("%s,%s: no parameter %s", op.Name, p.Name, name)
				}
			}
			if p.Kind == Enum && len(p.Values) == 0 && p.Unconfirmed == "" {
				t.Errorf("%s,%s: no values", op.Name, p.Name)
			}
		}
	}
}

func TestSplitKey(t *testing.T) {
	for key, want := range map[string][4]string{
		"a/b/c.tar.gz": {"a/b", "c.tar.gz", "c.tar", "gz"},
		"c.docx":       {"", "c.docx", "c", "docx"},
		"a/README":     {"a", "README", "README", ""},
		"a/.bashrc":    {"a", ".bashrc", "", "bashrc"},
		"a/b.":         {"a", "b.", "b", ""},
		"/a.b":         {"", "a.b", "a", "b"},
		"//a.b":        {"/", "a.b", "a", "b"},
		"a//b.c":       {"a/", "b.c", "b", "c"},
		"a.b/c":        {"a.b", "c", "c", ""},
		"../x.y":       {"..", "x.y", "x", "y"},
		"":             {"", "", "", ""},
	} {
		dir, base, bare, ext := SplitKey(key)
		if got := [4]string{dir, base, bare, ext}; got != want {
			t.Errorf("SplitKey(%q) = %q, want %q", key, got, want)
		}
	}
}

func TestEscapeBraces(t *testing.T) {
	for literal, want := range map[string]string{"a{b}c": "a{{b}}c", "{{": "{{{{", "}{": "}}{{", "plain": "plain"} {
		if got := EscapeBraces(literal); got != want {
			t.Errorf("EscapeBraces(%q) = %q", literal, got)
		}
		if got := UnescapeBraces(want); got != literal {
			t.Errorf("UnescapeBraces(%q) = %q", want, got)
		}
	}
}

func TestValidBucket(t *testing.T) {
	for name, want := range map[string]bool{
		"abc": true, "a-1": true, strings.Repeat("a", 63): true,
		"ab": false, strings.Repeat("a", 64): false, "-ab": false, "ab-": false, "aBc": false, "a.b": false, "a_b": false, "a/b": false, "": false,
	} {
		if ValidBucket(name) != want {
			t.Errorf("ValidBucket(%q) = %v", name, !want)
		}
	}
}
