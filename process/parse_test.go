package process

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ptr[T any](v T) *T { return &v }

// The documented strings, with what their Base64 holds. D1 to D4 are from the documentation's pages, D5 to D12 from its
// page on the PHP SDK, S1 to S3 from SDK tests; see the links.
var documented = []struct {
	name, s string
	want    *Request
}{
	{ // https://help.aliyun.com/zh/oss/message-notification
		"D1", "doc/convert,target_png,source_docx|sys/saveas,b_dGVzdC1idWNrZXQ,o_ZG9jX2ltYWdlcy97aW5kZXh9LnBuZw/notify,topic_dGVzdC10b3BpYw",
		&Request{
			Operation: "doc/convert",
			Params:    []Param{{Name: "target", Value: "png"}, {Name: "source", Value: "docx"}},
			Target:    &Location{"test-bucket", "doc_images/{index}.png"},
			Notify:    ptr("test-topic"),
		},
	},
	{ // https://help.aliyun.com/zh/oss/user-guide/document-conversion
		"D2", "doc/convert,pages_MS0xMA,target_png,source_docx|sys/saveas,b_dGVzdC1idWNrZXQ,o_ZG9jX2ltYWdlcy97aW5kZXh9LnBuZw",
		&Request{
			Operation: "doc/convert",
			Params:    []Param{{Name: "pages", Value: "1-10"}, {Name: "target", Value: "png"}, {Name: "source", Value: "docx"}},
			Target:    &Location{"test-bucket", "doc_images/{index}.png"},
		},
	},
	{ // https://www.alibabacloud.com/help/en/oss/user-guide/styles
		"D3", "style/StyleName|sys/saveas,b_b3V0YnVja2V0,o_b3V0b2JqcHJlZml4LnthdXRvZXh0fQ",
		&Request{Operation: "style/StyleName", Target: &Location{"outbucket", "outobjprefix.{autoext}"}},
	},
	{
		"D4", "style/::h264-mp4-1080p|sys/saveas,b_b3V0YnVja2V0,o_b3V0b2JqcHJlZml4LnthdXRvZXh0fQ",
		&Request{Operation: "style/::h264-mp4-1080p", Target: &Location{"outbucket", "outobjprefix.{autoext}"}},
	},
	{ // https://help.aliyun.com/zh/oss/developer-reference/asynchronous-processing-using-oss-sdk-for-php-v2
		"D6", "video/animation,f_gif,w_100,h_100,inter_1000|sys/saveas,b_ZGVzdC1idWNrZXQ,o_ZGVzdGV4YW1wbGUuZ2lm/notify,topic_QXVkaW9Db252ZXJ0",
		&Request{
			Operation: "video/animation",
			Params:    []Param{{Name: "f", Value: "gif"}, {Name: "w", Value: "100"}, {Name: "h", Value: "100"}, {Name: "inter", Value: "1000"}},
			Target:    &Location{"dest-bucket", "destexample.gif"},
			Notify:    ptr("AudioConvert"),
		},
	},
	{
		"D7", "video/sprite,f_jpg,sw_100,sh_100,inter_10000,tw_10,th_10,pad_0,margin_0|sys/saveas,b_ZGVzdC1idWNrZXQ,o_ZXhhbXBsZS5qcGc/notify,topic_QXVkaW9Db252ZXJ0",
		&Request{
			Operation: "video/sprite",
			Params: []Param{{Name: "f", Value: "jpg"}, {Name: "sw", Value: "100"}, {Name: "sh", Value: "100"}, {Name: "inter", Value: "10000"},
				{Name: "tw", Value: "10"}, {Name: "th", Value: "10"}, {Name: "pad", Value: "0"}, {Name: "margin", Value: "0"}},
			Target: &Location{"dest-bucket", "example.jpg"},
			Notify: ptr("AudioConvert"),
		},
	},
	{
		"D8", "video/snapshots,f_jpg,w_100,h_100,scaletype_crop,inter_10000|sys/saveas,b_ZGVzdC1idWNrZXQ,o_ZGVzdC5wbmc/notify,topic_QXVkaW9Db252ZXJ0",
		&Request{
			Operation: "video/snapshots",
			Params: []Param{{Name: "f", Value: "jpg"}, {Name: "w", Value: "100"}, {Name: "h", Value: "100"}, {Name: "scaletype", Value: "crop"},
				{Name: "inter", Value: "10000"}},
			Target: &Location{"dest-bucket", "dest.png"},
			Notify: ptr("AudioConvert"),
		},
	},
	{
		"D9", "video/concat,ss_0,f_mp4,vcodec_h264,fps_25,vb_1000000,acodec_aac,ab_96000,ar_48000,ac_2,align_1/pre,o_Y29uY2F0MS5tcDQ/sur,o_Y29uY2F0Mi5tcDQ,t_0|sys/saveas,b_ZGVzdC1idWNrZXQ,o_ZGVzdC5tcDQ/notify,topic_QXVkaW9Db252ZXJ0",
		&Request{
			Operation: "video/concat",
			Params: []Param{{Name: "ss", Value: "0"}, {Name: "f", Value: "mp4"}, {Name: "vcodec", Value: "h264"}, {Name: "fps", Value: "25"},
				{Name: "vb", Value: "1000000"}, {Name: "acodec", Value: "aac"}, {Name: "ab", Value: "96000"}, {Name: "ar", Value: "48000"},
				{Name: "ac", Value: "2"}, {Name: "align", Value: "1"}},
			Clips: []Clip{
				{Where: "pre", Params: []Param{{Name: "o", Value: "concat1.mp4"}}},
				{Where: "sur", Params: []Param{{Name: "o", Value: "concat2.mp4"}, {Name: "t", Value: "0"}}},
			},
			Target: &Location{"dest-bucket", "dest.mp4"},
			Notify: ptr("AudioConvert"),
		},
	},
	{
		"D10", "audio/convert,ss_10000,t_60000,f_aac,ab_96000|sys/saveas,b_ZGVzdC1idWNrZXQ,o_ZGVzdC5hYWM/notify,topic_QXVkaW9Db252ZXJ0",
		&Request{
			Operation: "audio/convert",
			Params:    []Param{{Name: "ss", Value: "10000"}, {Name: "t", Value: "60000"}, {Name: "f", Value: "aac"}, {Name: "ab", Value: "96000"}},
			Target:    &Location{"dest-bucket", "dest.aac"},
			Notify:    ptr("AudioConvert"),
		},
	},
	{
		"D11", "audio/concat,f_aac,ac_1,ar_44100,ab_96000,align_2/pre,o_c3JjMS5tcDM/pre,o_c3JjMi5tcDM,t_0|sys/saveas,b_ZGVzdC1idWNrZXQ,o_ZGVzdC5hYWM/notify,topic_QXVkaW9Db252ZXJ0",
		&Request{
			Operation: "audio/concat",
			Params: []Param{{Name: "f", Value: "aac"}, {Name: "ac", Value: "1"}, {Name: "ar", Value: "44100"}, {Name: "ab", Value: "96000"},
				{Name: "align", Value: "2"}},
			Clips: []Clip{
				{Where: "pre", Params: []Param{{Name: "o", Value: "src1.mp3"}}},
				{Where: "pre", Params: []Param{{Name: "o", Value: "src2.mp3"}, {Name: "t", Value: "0"}}},
			},
			Target: &Location{"dest-bucket", "dest.aac"},
			Notify: ptr("AudioConvert"),
		},
	},
	{
		"D12", "image/deblindwatermark,s_low,t_text|sys/notify,topic_aW1tLWJsaW5kd2F0ZXJtYXJrLXRlc3Q",
		&Request{
			Operation: "image/deblindwatermark",
			Params:    []Param{{Name: "s", Value: "low"}, {Name: "t", Value: "text"}},
			Notify:    ptr("imm-blindwatermark-test"),
		},
	},
	{ // https://github.com/aliyun/alibabacloud-oss-go-sdk-v2, oss/api_op_object_test.go; D5 has the same operation
		"S1", "video/convert,f_avi,vcodec_h265,s_1920x1080,vb_2000000,fps_30,acodec_aac,ab_100000,sn_1|sys/saveas,b_ZGVzY3QtYnVja2V0,o_ZGVtby5tcDQ",
		&Request{Operation: "video/convert", Params: transcode("avi", "h265"), Target: &Location{"desct-bucket", "demo.mp4"}},
	},
	{ // https://github.com/aliyun/alibabacloud-oss-php-sdk-v2, tests/UnitTests/Transform/ObjectBasicTest.php
		"S2", "video/convert,f_avi,vcodec_h265,s_1920x1080,vb_2000000,fps_30,acodec_aac,ab_100000,sn_1|sys/saveas,b_ZGVzdC1idWNrZXQ,o_ZGVtby5tcDQ",
		&Request{Operation: "video/convert", Params: transcode("avi", "h265"), Target: &Location{"dest-bucket", "demo.mp4"}},
	},
}

func transcode(format, codec string) []Param {
	return []Param{{Name: "f", Value: format}, {Name: "vcodec", Value: codec}, {Name: "s", Value: "1920x1080"}, {Name: "vb", Value: "2000000"},
		{Name: "fps", Value: "30"}, {Name: "acodec", Value: "aac"}, {Name: "ab", Value: "100000"}, {Name: "sn", Value: "1"}}
}

func TestDocumentedStrings(t *testing.T) {
	for _, tt := range documented {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(tt.s)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Parse (-want +got):\n%s", diff)
			}
			if s := got.String(); s != tt.s {
				t.Errorf("String\n got %s\nwant %s", s, tt.s)
			}
			for _, p := range got.Check() {
				if !p.Warning {
					t.Errorf("Check: %s", p.Message)
				}
			}
		})
	}
}

// Strings that are understood but printed in our own form.
func TestOtherForms(t *testing.T) {
	for _, tt := range []struct{ name, s, want string }{
		{"S3: key before bucket", "video/convert,f_mp4|sys/saveas,o_dGVzdC5qcGc,b_dGVzdA", "video/convert,f_mp4|sys/saveas,b_dGVzdA,o_dGVzdC5qcGc"},
		{"S8: padding", "image/resize,w_100|sys/saveas,o_dGVzdC5qcGc=,b_dGVzdA==", "image/resize,w_100|sys/saveas,b_dGVzdA,o_dGVzdC5qcGc"},
		{"the standard alphabet", "doc/convert,target_pdf|sys/saveas,o_8J+Yg/CfmIM+Pz8/,b_dGVzdA", "doc/convert,target_pdf|sys/saveas,b_dGVzdA,o_8J-Yg_CfmIM-Pz8_"},
		{"the standard alphabet before notify", "doc/convert,target_pdf|sys/saveas,b_dGVzdA,o_Pz8//notify,topic_Pz8/", "doc/convert,target_pdf|sys/saveas,b_dGVzdA,o_Pz8_/notify,topic_Pz8_"},
		{"the standard alphabet in a clip", "audio/concat,f_aac/pre,o_Pz8/Pz8/,t_0/sur,o_Pz8/", "audio/concat,f_aac/pre,o_Pz8_Pz8_,t_0/sur,o_Pz8_"},
		{"no bucket", "doc/convert,target_pdf|sys/saveas,o_YQ", "doc/convert,target_pdf|sys/saveas,o_YQ"},
		{"D13: bare notify", "doc/convert,target_pdf|sys/saveas,b_dGVzdA==,o_YQ==/notify", "doc/convert,target_pdf|sys/saveas,b_dGVzdA,o_YQ/notify"},
		{"operation alone", "doc/convert", "doc/convert"},
		{"empty value", "doc/convert,target_", "doc/convert,target_"},
		{"underscore in a value", "doc/convert,target_a_b", "doc/convert,target_a_b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Parse(tt.s)
			if err != nil {
				t.Fatal(err)
			}
			if got := r.String(); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct {
		s, at, message string // at: the bytes that the error is about
	}{
		{"", "", "operation is missing"},
		{"|sys/saveas,o_YQ", "", "operation is missing"},
		{"sys/saveas,o_YQ", "sys/saveas,o_YQ", "missing before sys/"},
		{"x-oss-async-process=doc/convert,target_pdf", "x-oss-async-process=", "remove"},
		{"docconvert", "docconvert", "invalid operation"},
		{"doc/", "doc/", "has no action"},
		{"doc/convert,target", "target", `parameter "target" has no value`},
		{"audio/convert,f_mp3,ab=128000", "ab=128000", "write ab_128000:"},
		{"audio/convert,f:mp3,ab:128_000", "f:mp3", "write f_mp3:"},
		{"doc/convert,target=", "target=", "write target_VALUE"},
		{"doc/convert,what=x", "what=x", `parameter "what=x" has no value`},
		{"audio/convert, f_mp3,  ab_128000", " ", "remove the space after the comma"},
		{"doc/convert,,target_pdf", ",", "nothing between"},
		{"doc/convert,", ",", "and the end"},
		{"doc/convert,_pdf", "_pdf", "has no name"},
		{"doc/convert,target_jpg/snapshot,page_2", "/snapshot", "has one operation"},
		{"doc/convert,pages_1-10!,target_png", "pages_1-10!", "did you mean pages_MS0xMCE?"},
		{"doc/convert,pages_1,target_png", "pages_1", "did you mean pages_MQ?"},
		{"doc/convert,target_pdf|saveas,o_YQ", "saveas,o_YQ", "only sys/ directives"},
		{"doc/convert,target_pdf|", "", "only sys/ directives"},
		{"doc/convert,target_pdf|sys/saveas", "saveas", "needs o_"},
		{"doc/convert,target_pdf|sys/saveas,b_dGVzdA", "saveas,b_dGVzdA", "needs o_"},
		{"doc/convert,target_pdf|sys/saveas,o_", "saveas,o_", "is empty"},
		{"doc/convert,target_pdf|sys/saveas,o_YQ,o_Yg", "saveas,o_YQ,o_Yg", "twice"},
		{"doc/convert,target_pdf|sys/saveas,o_YQ,x_Yg", "saveas,o_YQ,x_Yg", `no parameter "x"`},
		{"doc/convert,target_pdf|sys/saveas,o_a.png", "o_a.png", "did you mean o_YS5wbmc?"},
		{"doc/convert,target_pdf|sys/notify,topic_dA/saveas,o_YQ", "saveas", "out of order"},
		{"doc/convert,target_pdf|sys/saveas,o_YQ/notify,topic_dA/notify,topic_dA", "notify", "repeated"},
		{"doc/convert,target_pdf|sys/save,o_YQ", "save", "unknown sys directive"},
		{"doc/convert,target_pdf|sys/saveas,o_YQ|sys/notify,topic_dA", "|sys/notify,topic_dA", "second |"},
		{"doc/convert,target_pdf|sys/notify,t_dA", "notify,t_dA", `no parameter "t"`},
		{"audio/concat,f_aac/pre,o_a.mp3", "o_a.mp3", "Base64"},
	} {
		t.Run(tt.s, func(t *testing.T) {
			r, err := Parse(tt.s)
			e, ok := err.(*SyntaxError)
			if !ok {
				t.Fatalf("got %+v, %v; want a *SyntaxError", r, err)
			}
			if !strings.Contains(e.Message, tt.message) {
				t.Errorf("message %q does not say %q", e.Message, tt.message)
			}
			if got := tt.s[e.Offset:e.End]; got != tt.at {
				t.Errorf("error is at %q, want %q", got, tt.at)
			}
		})
	}
}

func TestParseTemplate(t *testing.T) {
	r, err := ParseTemplate("video/concat,f_{ext},vcodec_h264,acodec_aac/pre,o_intros/{tenant}/{ext},t_{t}/sur,o_b3V0cm8ubXA0")
	if err != nil {
		t.Fatal(err)
	}
	want := &Request{
		Operation: "video/concat",
		Params:    []Param{{Name: "f", Value: "{ext}", Open: true}, {Name: "vcodec", Value: "h264"}, {Name: "acodec", Value: "aac"}},
		Clips: []Clip{
			{Where: "pre", Params: []Param{{Name: "o", Value: "intros/{tenant}/{ext}", Open: true}, {Name: "t", Value: "{t}", Open: true}}},
			{Where: "sur", Params: []Param{{Name: "o", Value: "outro.mp4"}}},
		},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := Parse("video/concat,f_mp4/pre,o_{key}"); err == nil {
		t.Error("Parse takes a variable for Base64")
	}
}

func FuzzParse(f *testing.F) {
	for _, tt := range documented {
		f.Add(tt.s)
	}
	for _, line := range linesOf(f, "images.txt") {
		s, _, _ := strings.Cut(line, " -> ")
		f.Add(s)
	}
	for _, line := range linesOf(f, "images-refused.txt") {
		_, s, _ := strings.Cut(line, " ")
		f.Add(s)
	}
	f.Add("image/watermark,text_ab/cd/blur,r_1,/flip,_1/rotate,,2")
	f.Add("video/convert,f_mp4|sys/saveas,o_dGVzdC5qcGc,b_dGVzdA==")
	f.Add("audio/concat,f_aac/pre,o_Pz8/Pz8/,t_0/sur,o_Pz8/|sys/notify")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := Parse(s)
		if err != nil {
			if e := err.(*SyntaxError); e.Offset < 0 || e.End < e.Offset || e.End > len(s) {
				t.Fatalf("error outside of the string: %+v", e)
			}
			return
		}
		r.Check()
		r.Mistakes()
		r.Describe()
		r.IMMActions()
		canonical := r.String()
		again, err := Parse(canonical)
		if err != nil {
			t.Fatalf("%q is printed as %q, which does not parse: %v", s, canonical, err)
		}
		if diff := cmp.Diff(r, again); diff != "" {
			t.Fatalf("%q is printed as %q, which means something else:\n%s", s, canonical, diff)
		}
		if got := again.String(); got != canonical {
			t.Fatalf("%q is canonical but printed as %q", canonical, got)
		}
	})
}

func FuzzBase64(f *testing.F) {
	f.Add("doc_images/{index}.png")
	f.Add("阿里云版权所有")
	f.Fuzz(func(t *testing.T, s string) {
		encoded := EncodeBase64(s)
		if strings.ContainsAny(encoded, "+/=,|") {
			t.Fatalf("EncodeBase64(%q) = %q", s, encoded)
		}
		if got, ok := DecodeBase64(encoded); !ok || got != s {
			t.Fatalf("DecodeBase64(%q) = %q, %v", encoded, got, ok)
		}
		DecodeBase64(s)
	})
}

// https://help.aliyun.com/zh/oss/user-guide/add-blindwatermarks spells this one out.
func TestBase64(t *testing.T) {
	if got := EncodeBase64("阿里云版权所有"); got != "6Zi_6YeM5LqR54mI5p2D5omA5pyJ" {
		t.Error(got)
	}
	for s, want := range map[string]string{
		"dGVzdA": "test", "dGVzdA==": "test", "Pz8_": "???", "Pz8/": "???", "Pj4-": ">>>", "Pj4+": ">>>", "": "",
	} {
		if got, ok := DecodeBase64(s); !ok || got != want {
			t.Errorf("DecodeBase64(%q) = %q, %v", s, got, ok)
		}
	}
	for _, s := range []string{"dGVzdA=", "dGVzdA===", "====", "=", "dGVz=dA", "dGV zdA", "dGVz\ndA", "a", "{key}"} {
		if got, ok := DecodeBase64(s); ok {
			t.Errorf("DecodeBase64(%q) = %q", s, got)
		}
	}
}
