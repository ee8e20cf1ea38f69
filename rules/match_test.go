package rules

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"onput/process"
)

// parse parses a file without errors.
func parse(t *testing.T, file string) *Set {
	t.Helper()
	s, err := Parse("rules.yaml", []byte(file))
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, file)
	}
	return s
}

// loadFile loads a file without errors.
func loadFile(t *testing.T, file string) *File {
	t.Helper()
	f, err := Load("rules.yaml", []byte(file), Options{})
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, file)
	}
	return f
}

// one returns a file with a single rule that has the given fields. It writes to a bucket outside of sources, so that it
// cannot trigger itself.
func one(fields string) string {
	return "version: 1\nsources: [src]\ndefaults: {target: {bucket: dst}}\nrules:\n  - name: r\n" +
		"    " + strings.ReplaceAll(strings.TrimSpace(fields), "\n", "\n    ") + "\n"
}

const pdf = "process: doc/convert,target_pdf\ntarget: out/{barename}.pdf\n"

func put(key string) *Upload {
	return &Upload{Event: "ObjectCreated:PutObject", Region: "cn-hangzhou", Bucket: "src", Key: key, ETag: "E7AG", Size: 1000}
}

func TestConditions(t *testing.T) {
	record := gjson.Parse(`{"region":"cn-hangzhou","userIdentity":{"principalId":"164901"},"n":12,"b":true,"x":null,
		"oss":{"object":{"objectMeta":{"userMeta":{"x-oss-meta-team":"video"}}},"requestParameters":{"sourceIPAddress":"10.0.0.1"}}}`)
	with := func(change func(*Upload)) *Upload {
		u := put("in/a.docx")
		u.Record = record
		u.Type = "Application/PDF; charset=utf-8"
		change(u)
		return u
	}
	same := with(func(*Upload) {})
	for _, tt := range []struct {
		match string
		u     *Upload
		fires bool
	}{
		{`"*.docx"`, same, true},
		{`"*.DOCX"`, same, false},
		{`[nothing, "*.docx"]`, same, true},
		{`{key: "*.docx", not: "in/**"}`, same, false},
		{`{key: "*.docx", not: ["out/**", "*.pdf"]}`, same, true},
		{`{key: "*.DOCX", ignore_case: true}`, same, true},
		{`{key: "*.docx", not: "IN/**", ignore_case: true}`, same, false},
		{`{prefix: in/}`, same, true},
		{`{prefix: [out/, in/]}`, same, true},
		{`{prefix: In/}`, same, false},
		{`{prefix: In/, ignore_case: true}`, same, true},
		{`{suffix: [.doc, .docx]}`, same, true},
		{`{suffix: .DOCX}`, same, false},
		{`{suffix: .DOCX, ignore_case: true}`, same, true},
		{`{prefix: in/, suffix: .pdf}`, same, false},
		{`{bucket: src}`, same, true},
		{`{bucket: "s*"}`, same, true},
		{`{bucket: [other, "?rc"]}`, same, true},
		{`{bucket: "d*"}`, same, false},
		{`{events: ["ObjectCreated:*"]}`, same, true},
		{`{events: [CopyObject]}`, same, false},
		{`{events: CopyObject}`, with(func(u *Upload) { u.Event = "ObjectCreated:CopyObject" }), true},
		{`{key: "**"}`, with(func(u *Upload) { u.Event = "ObjectCreated:CopyObject" }), false},
		{`{key: "**"}`, with(func(u *Upload) { u.Event = "ObjectCreated:PostObject" }), true},
		{`{key: "**"}`, with(func(u *Upload) { u.Event = "ObjectCreated:CompleteMultipartUpload" }), true},
		{`{key: "**"}`, with(func(u *Upload) { u.Event = "ObjectCreated:AppendObject" }), false},
		{`{events: ["*"]}`, with(func(u *Upload) { u.Event = "ObjectCreated:AppendObject" }), true},
		{`{events: ["*"]}`, with(func(u *Upload) { u.Event = "ObjectRemoved:DeleteObject" }), false},
		{`{events: ["*"]}`, with(func(u *Upload) { u.Event = "ObjectCreated:UploadPart" }), false},
		{`{events: ["{Put,Post}Object"]}`, same, true},
		{`{size: {min: 1000}}`, same, true},
		{`{size: {max: 1000}}`, same, true},
		{`{size: {min: 1001}}`, same, false},
		{`{size: {max: 999}}`, same, false},
		{`{size: {min: 1KiB}}`, with(func(u *Upload) { u.Size = 1024 }), true},
		{`{size: {min: 1MiB, max: 5GiB}}`, with(func(u *Upload) { u.Size = 5 << 30 }), true},
		{`{size: {min: 0}}`, with(func(u *Upload) { u.Size = -1 }), false},
		{`{type: application/pdf}`, same, true},
		{`{type: "APPLICATION/*"}`, same, true},
		{`{type: "video/*"}`, same, false},
		{`{type: "*"}`, with(func(u *Upload) { u.Type = "" }), false},
		{`{where: {userIdentity.principalId: "1649*"}}`, same, true},
		{`{where: {userIdentity.principalId: ["2*", "3*"]}}`, same, false},
		{`{where: {n: "12"}}`, same, true},
		{`{where: {n: 12}}`, same, true},
		{`{where: {b: "true"}}`, same, true},
		{`{where: {x: "*"}}`, same, false},
		{`{where: {userIdentity: "*"}}`, same, false},
		{`{where: {missing: "*"}}`, same, false},
		{`{where: {requestParameters.sourceIPAddress: "10.*"}}`, same, true},
		{`{where: {region: "cn-*", oss.object.objectMeta.userMeta.x-oss-meta-team: video}}`, same, true},
		{`"**"`, with(func(u *Upload) { u.Size = 0 }), false},
		{`"**"`, with(func(u *Upload) { u.Key = "in/folder/" }), false},
		{`"**"`, with(func(u *Upload) { u.Bucket = "elsewhere" }), false},
	} {
		t.Run(tt.match, func(t *testing.T) {
			s := parse(t, one("match: "+tt.match+"\n"+pdf))
			if got := len(s.Match(tt.u)) == 1; got != tt.fires {
				t.Errorf("fires: %v, want %v", got, tt.fires)
			}
		})
	}
}

func TestTargets(t *testing.T) {
	for _, tt := range []struct{ match, target, key, want string }{
		{`"*.docx"`, "previews/{dirname}/{barename}/{index}.png", "a/b/c.docx", "oss://dst/previews/a/b/c/{index}.png"},
		{`"*.docx"`, "previews/{dirname}/{barename}/{index}.png", "c.docx", "oss://dst/previews/c/{index}.png"},
		{`"*.docx"`, "{dirname}/{barename}.{autoext}", "/c.docx", "oss://dst/c.{autoext}"},
		{`"*.docx"`, "x/{dirname}/{barename}", "a//c.docx", "oss://dst/x/a//c"},
		{`"*.docx"`, "{bucket}/{key}.pdf", "a/c.docx", "oss://dst/src/a/c.docx.pdf"},
		{`"**"`, "{basename}-{ext}-{etag}.pdf", "a/c.tar.gz", "oss://dst/c.tar.gz-gz-E7AG.pdf"},
		{`"**"`, "{ext}/{barename}.pdf", "a/README", "oss://dst/README.pdf"},
		{`"**"`, "{{literal}}/{barename}.pdf", "a/c.txt", "oss://dst/{{literal}}/c.pdf"},
		{`"**"`, "{dirname}/{barename}.pdf", "a{b}/{c.txt", "oss://dst/a{{b}}/{{c.pdf"},
		{`"**"`, "{dirname}/{barename}.pdf", "../c.txt", "oss://dst/../c.pdf"},
		{`"**"`, "{barename}.pdf", "报告 + %2F&#?=.docx", "oss://dst/报告 + %2F&#?=.pdf"},
		{`"**"`, "{barename}.pdf", "a\nb.docx", "oss://dst/a\nb.pdf"},
		{`"{tenant}/**/{name}.docx"`, "{tenant}/{name}.pdf", "acme/x/y/report.docx", "oss://dst/acme/report.pdf"},
		{`"in/{dir:**}/*.docx"`, "out/{dir}/{barename}.pdf", "in/a/b/c.docx", "oss://dst/out/a/b/c.pdf"},
		{`"in/{dir:**}/*.docx"`, "out/{dir}/{barename}.pdf", "in/c.docx", "oss://dst/out/c.pdf"},
		{`["x/{t}/*.docx", "{t}/*.docx"]`, "{t}.pdf", "x/c.docx", "oss://dst/x.pdf"},
		{`["x/{t}/*.docx", "{t}/**/*.docx"]`, "{t}.pdf", "x/y/c.docx", "oss://dst/y.pdf"},
		{`{key: "{T}/*.DOCX", ignore_case: true}`, "{T}.pdf", "aCmE/c.docx", "oss://dst/aCmE.pdf"},
		{`"**"`, "{year}/{t_mon}/{barename}.pdf", "c.docx", "oss://dst/{year}/{t_mon}/c.pdf"},
		{`"**"`, "{dirname}{index}/{barename}.pdf", "c.docx", "oss://dst/{index}/c.pdf"},
		{`"**"`, "x/{ext}//{barename}.pdf", "c", "oss://dst/x//c.pdf"},
		{`"**"`, `{bucket: "dst-{year}", key: "{barename}.pdf"}`, "c.docx", "oss://dst-{year}/c.pdf"},
		{`"**"`, `{bucket: "{bucket}-derived", key: "{key}"}`, "c.docx", "oss://src-derived/c.docx"},
		{`"{t}/**"`, `{bucket: "{t}-out", key: "{basename}"}`, "acme/c.docx", "oss://acme-out/c.docx"},
	} {
		t.Run(tt.match+" "+tt.target, func(t *testing.T) {
			target := tt.target
			if !strings.HasPrefix(target, "{bucket:") {
				target = fmt.Sprintf("%q", target)
			}
			s := parse(t, one("match: "+tt.match+"\nprocess: doc/convert,target_pdf\ntarget: "+target))
			tasks := s.Match(put(tt.key))
			if len(tasks) != 1 {
				t.Fatalf("%d tasks", len(tasks))
			}
			if got := tasks[0].Target.String(); got != tt.want || tasks[0].Err != nil {
				t.Errorf("got %s, %v; want %s", got, tasks[0].Err, tt.want)
			}
			r, err := process.Parse(tasks[0].Request())
			if err != nil {
				t.Fatal(err)
			}
			if *r.Target != tasks[0].Target {
				t.Errorf("sent %v, want %v", *r.Target, tasks[0].Target)
			}
		})
	}
}

// A task that no retry can help has an error, and no process that could be sent.
func TestTasksThatCannotBeSent(t *testing.T) {
	for _, tt := range []struct{ fields, key, message string }{
		{"match: '**'\nprocess: doc/convert,target_pdf,source_{ext}\ntarget: a.pdf", "x.docx,target_txt", "cannot contain , / or |"},
		{"match: '**'\nprocess: doc/convert,target_pdf,source_{ext}\ntarget: a.pdf", "x.docx|sys", "cannot contain , / or |"},
		{"match: '**'\nprocess: doc/convert,target_pdf,source_{ext}\ntarget: a.pdf", "x.zip", `source cannot be "zip"`},
		{"match: '**'\nprocess: doc/convert,target_pdf,source_{ext}\ntarget: a.pdf", "x.DOCX", `source cannot be "DOCX"`},
		{"match: '{n}-*'\nprocess: 'video/snapshots,f_jpg,num_{n}'\ntarget: '{barename}/{index}.jpg'", "x-1", `num cannot be "x"`},
		{"match: '{n}-*'\nprocess: {doc/convert: {target: png, pages: '{n}'}}\ntarget: '{barename}/{index}.png'", "x-1", "expected pages such as"},
		{"match: '**'\nprocess: {audio/concat: {f: mp3, pre: [{o: '{ext}'}]}}\ntarget: a.mp3", "x", "expected the key of an object"},
		{"match: '{b}/**'\nprocess: doc/convert,target_pdf\ntarget: {bucket: '{b}', key: a.pdf}", "No_Bucket/x", `bucket would be "No_Bucket"`},
		{"match: '{b}/**'\nprocess: doc/convert,target_pdf\ntarget: {bucket: 'a-{b}', key: a.pdf}", "{year}/x", `bucket would be "a-{year}"`},
		{"match: '**'\nprocess: doc/convert,target_pdf\ntarget: '{dirname}'", "x", "key would be empty"},
		// A key cannot choose a value that the catalogue is not sure of.
		{"match: '**'\nprocess: 'video/sprite,f_jpg,num_1,m_{barename}'\ntarget: 'a/{index}.jpg'", "a&x=%2Ct\n.mp4", `m cannot be "a&x=%2Ct\n"`},
		{"match: '**'\nprocess: 'video/convert,f_mp4,segment_{barename}'\ntarget: a.mp4", "a&b=%7Csys.mp4", "expected letters and digits"},
		{"match: '**'\nprocess: 'video/convert,f_mp4,sn_{barename}'\ntarget: a.mp4", ".mp4", `sn cannot be ""`},
		{"match: '{t}/**'\nprocess: doc/convert,target_pdf\ntarget: {bucket: '{t}-{year}', key: a.pdf}", "UP per|x,y/a.docx", "bucket would be"},
		{"match: '**'\nprocess: doc/convert,target_pdf\ntarget: 'p/{key}.pdf'", strings.Repeat("k", 1018), "1024 bytes"},
	} {
		t.Run(tt.key, func(t *testing.T) {
			tasks := parse(t, one(tt.fields)).Match(put(tt.key))
			if len(tasks) != 1 || tasks[0].Err == nil || !strings.Contains(tasks[0].Err.Error(), tt.message) {
				t.Fatalf("got %+v, want an error that says %q", tasks, tt.message)
			}
		})
	}
	// 1,023 bytes are allowed, and braces count once.
	s := parse(t, one("match: '**'\nprocess: doc/convert,target_pdf\ntarget: 'p/{key}.pdf'"))
	for _, key := range []string{strings.Repeat("k", 1017), strings.Repeat("{", 1017)} {
		if tasks := s.Match(put(key)); tasks[0].Err != nil {
			t.Error(tasks[0].Err)
		}
	}
}

func TestOpenParameters(t *testing.T) {
	for _, tt := range []struct{ fields, key, want string }{
		{"match: '**'\nprocess: 'doc/convert,target_pdf,source_{ext}'", "a.docx", "doc/convert,target_pdf,source_docx"},
		{"match: '*-{p}.docx'\nprocess: 'doc/convert,target_png,pages_{p}'", "x-4.docx", "doc/convert,target_png,pages_NA"},
		{"match: '*-{p}.docx'\nprocess: {doc/convert: {target: png, pages: '1,{p}'}}", "x-4.docx", "doc/convert,target_png,pages_MSw0"},
		{"match: '**'\nprocess: {doc/convert: {target: png, pages: 1-3}}", "a.docx", "doc/convert,target_png,pages_MS0z"},
		{"match: '{t}/*'\nprocess: 'audio/concat,f_mp3/pre,o_{t}/intro.mp3,t_5/sur,o_b3V0cm8'", "acme/a.mp3", "audio/concat,f_mp3/pre,o_" + process.EncodeBase64("acme/intro.mp3") + ",t_5/sur,o_b3V0cm8"},
		{"match: '**'\nprocess: {audio/concat: {f: mp3, sur: [{o: '{dirname}/{{x}}, y', t: 5}]}}", "a.mp3", "audio/concat,f_mp3/sur,o_" + process.EncodeBase64("{x}, y") + ",t_5"},
		{"match: '**'\nprocess: {audio/concat: {pre: [{o: a}, {o: b}], f: mp3, sur: [{ss: 1, o: c}]}}", "a.mp3", "audio/concat,f_mp3/pre,o_YQ/pre,o_Yg/sur,ss_1,o_Yw"},
		{"match: '**'\nprocess: {video/convert: {f: mp4, vcodec: h264, s: 1280x, crf: 23.50, t: 0}}", "a.mov", "video/convert,f_mp4,vcodec_h264,s_1280x,crf_23.50,t_0"},
		{"match: '**'\nprocess: style/::h264-mp4-1080p", "a.mov", "style/::h264-mp4-1080p"},
	} {
		t.Run(tt.fields, func(t *testing.T) {
			tasks := parse(t, one(tt.fields+"\ntarget: out/{barename}/{index}")).Match(put(tt.key))
			if len(tasks) != 1 || tasks[0].Err != nil || tasks[0].Process != tt.want {
				t.Errorf("got %+v\nwant %s", tasks, tt.want)
			}
		})
	}
}

// The strings of OSS's documentation are sent byte for byte, in either form of a process.
func TestDocumentedRequests(t *testing.T) {
	const mediaTarget = "|sys/saveas,b_ZGVzdC1idWNrZXQ,o_"
	const converted = "/notify,topic_QXVkaW9Db252ZXJ0"
	for _, tt := range []struct{ name, fields, want string }{
		{"D1", "process: doc/convert,target_png,source_docx\ntarget: {bucket: test-bucket, key: 'doc_images/{index}.png'}\nnotify: test-topic",
			"doc/convert,target_png,source_docx|sys/saveas,b_dGVzdC1idWNrZXQ,o_ZG9jX2ltYWdlcy97aW5kZXh9LnBuZw/notify,topic_dGVzdC10b3BpYw"},
		{"D2", "process: {doc/convert: {pages: 1-10, target: png, source: docx}}\ntarget: {bucket: test-bucket, key: 'doc_images/{index}.png'}",
			"doc/convert,pages_MS0xMA,target_png,source_docx|sys/saveas,b_dGVzdC1idWNrZXQ,o_ZG9jX2ltYWdlcy97aW5kZXh9LnBuZw"},
		{"D3", "process: style/StyleName\ntarget: {bucket: outbucket, key: 'outobjprefix.{autoext}'}",
			"style/StyleName|sys/saveas,b_b3V0YnVja2V0,o_b3V0b2JqcHJlZml4LnthdXRvZXh0fQ"},
		{"D4", "process: style/::h264-mp4-1080p\ntarget: {bucket: outbucket, key: 'outobjprefix.{autoext}'}",
			"style/::h264-mp4-1080p|sys/saveas,b_b3V0YnVja2V0,o_b3V0b2JqcHJlZml4LnthdXRvZXh0fQ"},
		{"D6", "process: {video/animation: {f: gif, w: 100, h: 100, inter: 1000}}\ntarget: {bucket: dest-bucket, key: destexample.gif}\nnotify: AudioConvert",
			"video/animation,f_gif,w_100,h_100,inter_1000" + mediaTarget + "ZGVzdGV4YW1wbGUuZ2lm" + converted},
		{"D7", "process: video/sprite,f_jpg,sw_100,sh_100,inter_10000,tw_10,th_10,pad_0,margin_0\ntarget: {bucket: dest-bucket, key: example.jpg}\nnotify: AudioConvert",
			"video/sprite,f_jpg,sw_100,sh_100,inter_10000,tw_10,th_10,pad_0,margin_0" + mediaTarget + "ZXhhbXBsZS5qcGc" + converted},
		{"D8", "process: {video/snapshots: {f: jpg, w: 100, h: 100, scaletype: crop, inter: 10000}}\ntarget: {bucket: dest-bucket, key: dest.png}\nnotify: AudioConvert",
			"video/snapshots,f_jpg,w_100,h_100,scaletype_crop,inter_10000" + mediaTarget + "ZGVzdC5wbmc" + converted},
		{"D9", "process: {video/concat: {ss: 0, f: mp4, vcodec: h264, fps: 25, vb: 1000000, acodec: aac, ab: 96000, ar: 48000, ac: 2, align: 1, pre: [{o: concat1.mp4}], sur: [{o: concat2.mp4, t: 0}]}}\ntarget: {bucket: dest-bucket, key: dest.mp4}\nnotify: AudioConvert",
			"video/concat,ss_0,f_mp4,vcodec_h264,fps_25,vb_1000000,acodec_aac,ab_96000,ar_48000,ac_2,align_1/pre,o_Y29uY2F0MS5tcDQ/sur,o_Y29uY2F0Mi5tcDQ,t_0" + mediaTarget + "ZGVzdC5tcDQ" + converted},
		{"D10", "process: audio/convert,ss_10000,t_60000,f_aac,ab_96000\ntarget: {bucket: dest-bucket, key: dest.aac}\nnotify: AudioConvert",
			"audio/convert,ss_10000,t_60000,f_aac,ab_96000" + mediaTarget + "ZGVzdC5hYWM" + converted},
		{"D11", "process: {audio/concat: {f: aac, ac: 1, ar: 44100, ab: 96000, align: 2, pre: [{o: src1.mp3}, {o: src2.mp3, t: 0}]}}\ntarget: {bucket: dest-bucket, key: dest.aac}\nnotify: AudioConvert",
			"audio/concat,f_aac,ac_1,ar_44100,ab_96000,align_2/pre,o_c3JjMS5tcDM/pre,o_c3JjMi5tcDM,t_0" + mediaTarget + "ZGVzdC5hYWM" + converted},
		{"D12", "process: image/deblindwatermark,s_low,t_text\nnotify: imm-blindwatermark-test",
			"image/deblindwatermark,s_low,t_text|sys/notify,topic_aW1tLWJsaW5kd2F0ZXJtYXJrLXRlc3Q"},
		{"S2", "process: video/convert,f_avi,vcodec_h265,s_1920x1080,vb_2000000,fps_30,acodec_aac,ab_100000,sn_1\ntarget: {bucket: dest-bucket, key: demo.mp4}",
			"video/convert,f_avi,vcodec_h265,s_1920x1080,vb_2000000,fps_30,acodec_aac,ab_100000,sn_1|sys/saveas,b_ZGVzdC1idWNrZXQ,o_ZGVtby5tcDQ"},
		{"the bucket too when it is the source's", "process: doc/convert,target_pdf\ntarget: {bucket: src, key: 'x.pdf.out'}",
			"doc/convert,target_pdf|sys/saveas,b_c3Jj,o_eC5wZGYub3V0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tasks := parse(t, one("match: '*.in'\n"+tt.fields)).Match(put("a.in"))
			if len(tasks) != 1 || tasks[0].Err != nil {
				t.Fatalf("%+v", tasks)
			}
			if got := tasks[0].Request(); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Every process that is known to work loads as a rule and is sent as written.
func TestKnownProcesses(t *testing.T) {
	src, err := os.ReadFile("../testdata/processes.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(src)) {
		if s := strings.TrimSpace(line); !strings.HasPrefix(s, "#") {
			tasks := parse(t, one("match: '*.in'\nprocess: '"+s+"'\ntarget: 'out/{barename}/{index}'")).Match(put("a.in"))
			if len(tasks) != 1 || tasks[0].Err != nil || tasks[0].Process != s {
				t.Errorf("%s: %+v", s, tasks)
			}
		}
	}
}

func TestOrderStopAndModes(t *testing.T) {
	s := parse(t, `
version: 1
defaults:
  ignore_case: true
  events: [PutObject, CopyObject]
  target: {bucket: dst}
  notify: done
rules:
  - {name: off, enabled: false, match: "*", process: "doc/convert,target_pdf", target: off.pdf, stop: true}
  - {name: log, mode: log, match: "*.MOV", process: "video/convert,f_mp4", target: log.mp4, notify: ''}
  - name: ladder
    match: "*.mov"
    outputs:
      - {process: "video/convert,f_mp4,vcodec_h264", target: 1.mp4}
      - {process: "video/snapshots,f_jpg,num_1", target: {bucket: other, key: 2.jpg}, notify: posters}
      - {process: "image/deblindwatermark"}
  - {name: events, match: {key: "*.mov", events: PostObject}, process: "doc/convert,target_pdf", target: post.pdf}
  - {name: big, match: {key: "*.mov", size: {min: 1GiB}}, process: "doc/convert,target_pdf", target: big.pdf, stop: true}
  - {name: last, match: "*.mov", process: "doc/convert,target_pdf", target: last.pdf}
`)
	describe := func(u *Upload) (all []string) {
		for _, task := range s.Match(u) {
			all = append(all, fmt.Sprintf("%s/%d %s %s log=%v", task.Rule, task.Output, task.Target, task.Notify, task.Log))
		}
		return all
	}
	u := put("a.MOV")
	want := []string{
		"log/0 oss://dst/log.mp4  log=true",
		"ladder/0 oss://dst/1.mp4 done log=false",
		"ladder/1 oss://other/2.jpg posters log=false",
		"ladder/2  done log=false",
		"last/0 oss://dst/last.pdf done log=false",
	}
	if diff := cmp.Diff(want, describe(u)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	u.Size = 2 << 30
	want[4] = "big/0 oss://dst/big.pdf done log=false"
	if diff := cmp.Diff(want, describe(u)); diff != "" {
		t.Errorf("big, which stops (-want +got):\n%s", diff)
	}
	u.Event = "ObjectCreated:PostObject"
	if diff := cmp.Diff([]string{"events/0 oss://dst/post.pdf done log=false"}, describe(u)); diff != "" {
		t.Errorf("its own events instead of the default ones (-want +got):\n%s", diff)
	}
}

func TestSkip(t *testing.T) {
	s := parse(t, `
version: 1
sources: [src/in/, "logs-*", "${env('NO_SUCH_VARIABLE','third')}/x"]
claims: {bucket: logs-claims, prefix: .onput/}
rules:
  - {name: a, match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: dst, key: a.pdf}}
`)
	for _, tt := range []struct {
		event, bucket, key string
		size               int64
		want               string
	}{
		{"ObjectCreated:PutObject", "src", "in/a", 1, ""},
		{"ObjectCreated:PutObject", "src", "in/a", -1, ""},
		{"ObjectCreated:PutObject", "src", "out/a", 1, "the object is in none of the sources"},
		{"ObjectCreated:PutObject", "srcs", "in/a", 1, "the object is in none of the sources"},
		{"ObjectCreated:PutObject", "logs-1", "a", 1, ""},
		{"ObjectCreated:PutObject", "third", "xyz", 1, ""},
		{"ObjectCreated:PutObject", "third", "yz", 1, "the object is in none of the sources"},
		{"ObjectCreated:PutObject", "src", "in/a/", 1, "the key ends in /: a folder"},
		{"ObjectCreated:PutObject", "src", "in/a", 0, "the object is empty"},
		{"ObjectCreated:AppendObject", "logs-claims", ".onput/a", 1, "the object is under the prefix of claims"},
		{"ObjectCreated:AppendObject", "logs-1", ".onput/a", 1, ""},
		{"ObjectCreated:UploadPart", "src", "in/a", 1, "the event UploadPart comes before the object exists"},
		{"ObjectCreated:UploadPartCopy", "src", "in/a", 1, "the event UploadPartCopy comes before the object exists"},
		{"ObjectCreated:InitiateMultipartUpload", "src", "in/a", 0, "the event InitiateMultipartUpload comes before the object exists"},
	} {
		u := &Upload{Event: tt.event, Bucket: tt.bucket, Key: tt.key, Size: tt.size}
		if got := s.Skip(u); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt, got, tt.want)
		}
		if tt.want != "" && s.Match(u) != nil {
			t.Errorf("%+v fires", tt)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("ONPUT_TEST_BUCKET", "from-env")
	t.Setenv("ONPUT_TEST_TOPIC", "topic")
	s := parse(t, `
version: 1
sources: ["${env('ONPUT_TEST_BUCKET')}/in/"]
defaults: {target: {bucket: "${env(\"ONPUT_TEST_BUCKET\")}-out"}, notify: "${env('ONPUT_TEST_TOPIC','x')}"}
rules:
  - {name: a, match: "*", process: "doc/convert,target_pdf", target: "{barename}.pdf"}
`)
	u := put("in/a.docx")
	u.Bucket = "from-env"
	tasks := s.Match(u)
	if len(tasks) != 1 || tasks[0].Target.Bucket != "from-env-out" || tasks[0].Notify != "topic" {
		t.Errorf("%+v", tasks)
	}
	if got := s.ExampleUploadLocation(); got != (process.Location{Bucket: "from-env", Key: "in/"}) {
		t.Error(got)
	}
}

func TestOwnSource(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		loop       bool
	}{
		{"its own extension", `rules: [{name: a, match: "*.mp4", process: "video/convert,f_mp4", target: "{dirname}/{barename}-720.mp4"}]`, true},
		{"the extension that OSS appends", `rules: [{name: a, match: "*.mp4", process: "video/convert,f_mp4", target: "{dirname}/{barename}-720"}]`, true},
		{"autoext", `rules: [{name: a, match: "*.mp4", process: "video/convert,f_mp4", target: "x/{barename}.{autoext}"}]`, true},
		{"another extension", `rules: [{name: a, match: "*.mov", process: "video/convert,f_mp4", target: "{barename}.mp4"}]`, false},
		{"letter case", `rules: [{name: a, match: {key: "*.MP4", ignore_case: true}, process: "video/convert,f_mp4", target: "{barename}.mp4"}]`, true},
		{"not", `rules: [{name: a, match: {key: "*.mp4", not: "*-720.mp4"}, process: "video/convert,f_mp4", target: "{barename}-720.mp4"}]`, false},
		{"sources", `{sources: [src/in/], rules: [{name: a, match: "*.mp4", process: "video/convert,f_mp4", target: "out/{barename}.mp4"}]}`, false},
		{"a bucket that sources leave out", `{sources: [src/in/], rules: [{name: a, match: "*.mp4", process: "video/convert,f_mp4", target: {bucket: "{bucket}-out", key: "in/{basename}"}}]}`, false},
		{"inside of sources", `{sources: [src/in/], rules: [{name: a, match: "*.mp4", process: "video/convert,f_mp4", target: "in/out/{barename}.mp4"}]}`, true},
		{"another bucket is a source too", `rules: [{name: a, match: "*.mp4", process: "video/convert,f_mp4", target: {bucket: other, key: "{barename}.mp4"}}]`, true},
		{"another bucket that the rule leaves out", `rules: [{name: a, match: {key: "*.mp4", bucket: src}, process: "video/convert,f_mp4", target: {bucket: other, key: "{barename}.mp4"}}]`, false},
		{"disabled", `rules: [{name: a, enabled: false, match: "*.mp4", process: "video/convert,f_mp4", target: "{barename}-1.mp4"}]`, false},
		{"cut by an earlier rule that stops", `{rules: [{name: b, match: "*-1.mp4", process: "doc/convert,target_pdf", target: "x.pdf", stop: true}, {name: a, match: "*.mp4", process: "video/convert,f_mp4", target: "{barename}-1.mp4"}]}`, false},
		{"not cut by one with a size", `{rules: [{name: b, match: {key: "*-1.mp4", size: {min: 1}}, process: "doc/convert,target_pdf", target: "x.pdf", stop: true}, {name: a, match: "*.mp4", process: "video/convert,f_mp4", target: "{barename}-1.mp4"}]}`, true},
		{"prefix and suffix", `rules: [{name: a, match: {prefix: in/, suffix: .mp4}, process: "video/convert,f_mp4", target: "in/done/{basename}"}]`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := tt.file
			if strings.HasPrefix(file, "{") {
				file = "{version: 1, " + file[1:]
			} else {
				file = "version: 1\n" + file
			}
			_, err := Parse("rules.yaml", []byte(file))
			if !tt.loop && err != nil {
				t.Fatal(err)
			}
			if d, ok := err.(Diagnostics); tt.loop && (!ok || len(d) != 1 || d[0].Code != "loop") {
				t.Fatalf("got %v, want one [loop]", err)
			}
		})
	}
}

// Concurrent invocations with different keys share a Set.
func TestMatchConcurrently(t *testing.T) {
	s := parse(t, one("match: '{a}/{b:**}/*.{docx,pdf}'\nprocess: 'doc/convert,target_png,source_{ext},pages_{a}'\ntarget: '{a}/{b}.png'"))
	var workers sync.WaitGroup
	for worker := range 8 {
		workers.Go(func() {
			for i := range 100 {
				key := fmt.Sprintf("%d/%d/z.%s", worker+1, i, []string{"docx", "pdf"}[i%2])
				want := fmt.Sprintf("doc/convert,target_png,source_%s,pages_%s", key[strings.LastIndexByte(key, '.')+1:], process.EncodeBase64(fmt.Sprint(worker+1)))
				tasks := s.Match(put(key))
				if len(tasks) != 1 || tasks[0].Process != want || tasks[0].Target.Key != fmt.Sprintf("%d/%d.png", worker+1, i) {
					t.Errorf("%s: %+v", key, tasks)
				}
			}
		})
	}
	workers.Wait()
}

// A rule with stop stops if its conditions hold, even if its task has an error. A disabled rule stops nothing.
func TestStopOfFailingRule(t *testing.T) {
	s := parse(t, `
version: 1
sources: [src]
defaults: {ignore_case: true, target: {bucket: dst}}
rules:
  - {name: off, enabled: false, match: "**", process: "doc/convert,target_pdf", target: off.pdf, stop: true}
  - {name: fails, match: "*.{zip,rar}", process: "doc/convert,target_pdf,source_{ext}", target: a.pdf, stop: true}
  - {name: case, match: {key: "*.ZIP", ignore_case: false}, process: "doc/convert,target_pdf", target: b.pdf}
  - {name: last, match: "**", process: "doc/convert,target_pdf", target: c.pdf}
`)
	for key, want := range map[string][]string{"a.zip": {"fails"}, "a.ZIP": {"fails"}, "a.txt": {"last"}} {
		var got []string
		for _, task := range s.Match(put(key)) {
			got = append(got, task.Rule)
			if failed := task.Rule == "fails"; (task.Err != nil) != failed {
				t.Errorf("%s: %+v", key, task)
			} else if failed && strings.Contains(task.Process, "zip") {
				t.Errorf("%s: the task shows a string that is never sent: %s", key, task.Process)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
}

func TestNothingAllocatedWithoutMatch(t *testing.T) {
	for match, key := range map[string]string{
		"{key: ['in/{a}/**/*.docx', '*.pdf'], not: '**/raw/**', prefix: in/, suffix: .docx}": "in/videos/2026/" + strings.Repeat("x", 900) + ".mov",
		"'{a}-{b}-[0-9]*.mov'": strings.Repeat("\xff-", 500) + ".mov", // not UTF-8
	} {
		s, u := parse(t, one("match: "+match+"\n"+pdf)), put(key)
		if n := testing.AllocsPerRun(100, func() { s.Match(u) }); n != 0 {
			t.Errorf("%s: %v allocations", match, n)
		}
	}
}

// TestWhereSpecification runs the table of where in PATTERNS.md. Package glob runs the others.
func TestWhereSpecification(t *testing.T) {
	page, err := os.ReadFile("PATTERNS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| `where: {f: GLOB}` | holds for | does not hold for |\n|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(table, "\n")
	if len(rows) < 5 {
		t.Fatalf("only %d rows found", len(rows))
	}
	code := regexp.MustCompile("`([^`]*)`")
	for _, row := range rows {
		cells := strings.Split(strings.Trim(row, "|"), "|")
		glob := code.FindStringSubmatch(cells[0])[1]
		s := parse(t, one(fmt.Sprintf("match: {key: '*', where: {f: %q}}\n%s", glob, pdf)))
		for i, holds := range []bool{true, false} {
			for _, m := range code.FindAllStringSubmatch(cells[1+i], -1) {
				u := put("a.docx")
				u.Record = gjson.Parse(m[1])
				if got := len(s.Match(u)) > 0; got != holds {
					t.Errorf("%s and %s: %v", glob, m[1], got)
				}
			}
		}
	}
}
