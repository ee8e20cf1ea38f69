package rules

import (
	"os"
	"strings"
	"testing"

	"onput/process"
)

// imageLines returns the lines of a file of testdata without comments and empty ones.
func imageLines(t *testing.T, name string) (all []string) {
	src, err := os.ReadFile("../testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(src)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all
}

// Every documented process of images loads as a rule, is sent as documented, and is known to be synchronous.
func TestImageProcesses(t *testing.T) {
	for _, line := range imageLines(t, "images.txt") {
		s, want, ok := strings.Cut(line, " -> ")
		if !ok {
			want = s
		}
		s, _, _ = strings.Cut(s, "|")
		want, _, _ = strings.Cut(want, "|")
		tasks := parse(t, one("match: '*.in'\nprocess: '"+s+"'\nsync: true\ntarget: 'out/{barename}'")).Match(put("a{b}.in"))
		if len(tasks) != 1 || tasks[0].Err != nil || tasks[0].Process != want || !tasks[0].Synchronous {
			t.Errorf("%s: %+v", s, tasks)
			continue
		}
		if tasks[0].Target.Key != "out/a{b}" {
			t.Errorf("%s: braces are doubled, though OSS expands nothing: %s", s, tasks[0].Target)
		}
	}
	for _, line := range imageLines(t, "images-refused.txt") {
		_, s, _ := strings.Cut(line, " ")
		if _, err := Parse("rules.yaml", []byte(one("match: '*.in'\nprocess: '"+s+"'\ntarget: out"))); err == nil {
			t.Errorf("%s loads", s)
		}
	}
}

// The map form is sent as the string form, in the order written, with its Base64 values in clear.
func TestImageMaps(t *testing.T) {
	for form, want := range map[string]string{
		"{image: {auto-orient: 1, resize: {w: 200}, format: webp}}":        "image/auto-orient,1/resize,w_200/format,webp",
		"{image: {format: webp, auto-orient: 1}}":                          "image/format,webp/auto-orient,1",
		"{image/rotate: 90}":                                               "image/rotate,90",
		"{image: {bright: -50}}":                                           "image/bright,-50",
		"{image: {quality: {Q: 80}}}":                                      "image/quality,Q_80",
		"{image: {watermark: {text: Hello World}}}":                        "image/watermark,text_SGVsbG8gV29ybGQ",
		"{image: {watermark: {text: '{{{barename}}}', type: wqy-zenhei}}}": "image/watermark,text_e2F9,type_d3F5LXplbmhlaQ",
		"{image: {watermark: [{image: 'panda.png?x-oss-process=image/resize,P_30'}, {text: 'a, b/c|d'}]}}": "image/watermark,image_cGFuZGEucG5nP3gtb3NzLXByb2Nlc3M9aW1hZ2UvcmVzaXplLFBfMzA/watermark,text_YSwgYi9jfGQ",
		"{image: {resize: {w: 1}, blindwatermark: {content: 阿里云版权所有}}}":                                    "image/resize,w_1/blindwatermark,content_6Zi_6YeM5LqR54mI5p2D5omA5pyJ",
		"'image/watermark,text_{barename}/b/format,{ext}'":                                                 "image/watermark,text_YS9i/format,png",
	} {
		tasks := parse(t, one("match: '*.png'\nprocess: "+form+"\ntarget: 'out/x'")).Match(put("a.png"))
		if len(tasks) != 1 || tasks[0].Err != nil || tasks[0].Process != want {
			t.Errorf("%s\n got %+v\nwant %s", form, tasks, want)
		}
	}
}

// poison holds what an uploader might put into a key to change the process: the ends of parameters, actions and the process.
var poison = []string{
	"a,b", "1/rotate,90", "x|sys", "1,w_2", "", "q_1", "-1", "1e9", "0x10", "９", "jpg,", "a?x-oss-process=image", "\xff", "{year}", "1\n", "=",
	strings.Repeat("x", 300), "fast,m_x", "%2C", "a\x00b",
}

// No key can change a process of images through any parameter: either nothing is sent, or the value is encoded or is one
// that the catalogue has for the parameter.
func TestImageInjection(t *testing.T) {
	tested := 0
	for _, op := range process.Operations() {
		if !op.Synchronous {
			continue
		}
		for i := range op.Parameters {
			p := &op.Parameters[i]
			rest := required(op, p) + "," + p.Name + "_{v}"
			if p.Positional {
				rest = required(op, p) + ",{v}"
			}
			chain := op.Name + rest
			if op.Chained() {
				chain += "/format,webp"
			}
			src := one("match: 'in/{v:**}/*.x'\nprocess: '" + chain + "'\ntarget: 'out/x'")
			s, err := Parse("rules.yaml", []byte(src))
			if err != nil {
				t.Errorf("%s: %v", chain, err)
				continue
			}
			for _, value := range poison {
				tested++
				for _, task := range s.Match(put("in/" + value + "/a.x")) {
					if task.Err != nil {
						continue
					}
					r, err := process.Parse(task.Request())
					if err != nil {
						t.Errorf("%s with %q: %s does not parse: %v", chain, value, task.Process, err)
						continue
					}
					if got, want := len(r.Actions()), strings.Count(chain, "/"); got != want || r.Target == nil || r.Target.Key != "out/x" || r.Notify != nil {
						t.Errorf("%s with %q became %s", chain, value, task.Request())
					}
					for _, a := range r.Actions()[:1] {
						if len(a.Params) != strings.Count(rest, ",") {
							t.Errorf("%s with %q has other parameters: %s", chain, value, task.Process)
						}
						if last := a.Params[len(a.Params)-1]; last.Value != value {
							t.Errorf("%s with %q has another value: %s", chain, value, task.Process)
						}
					}
				}
			}
		}
	}
	if tested < 1000 {
		t.Errorf("only %d values were tried", tested)
	}
}

// required returns valid values for what an operation needs besides the parameter p.
func required(op *process.Operation, p *process.Parameter) string {
	all := ""
	give := func(name string) {
		q, _ := op.Parameter(name)
		if name == p.Name || strings.Contains(all, ","+name+"_") {
			return
		}
		value := "1"
		switch {
		case q.Kind == process.Enum:
			value = q.Values[0]
		case q.Kind.Base64():
			value = "YQ"
		case q.Min > 1:
			value = "70"
		}
		if all += "," + name + "_" + value; q.Positional {
			all = strings.TrimSuffix(all, name+"_"+value) + value
		}
	}
	for _, q := range op.Parameters {
		if q.Required {
			give(q.Name)
		}
	}
	for _, name := range p.Requires {
		give(name)
	}
	if len(op.AnyOf) > 0 {
		give(op.AnyOf[0])
	}
	return all
}

// The image of a watermark takes a process of the rule file's, and none of a key's.
func TestMarkOfKey(t *testing.T) {
	s := parse(t, one("match: 'in/{tenant}/*.jpg'\nprocess: {image: {watermark: {image: 'marks/{tenant}.png?x-oss-process=image/resize,P_30'}}}\ntarget: 'out/x'"))
	if task := s.Match(put("in/acme/a.jpg"))[0]; task.Err != nil || task.Process !=
		"image/watermark,image_"+process.EncodeBase64("marks/acme.png?x-oss-process=image/resize,P_30") {
		t.Errorf("%+v", task)
	}
	if task := s.Match(put("in/a?b/a.jpg"))[0]; task.Err == nil {
		t.Errorf("a key brings a process: %+v", task)
	}
}

// A rule of images that writes where it reads is a loop.
func TestImageLoop(t *testing.T) {
	photos := func(not, process, target string) string {
		return "version: 1\nrules:\n  - {name: photos, match: {key: 'photos/**/*.jpg'" + not + "}, process: '" + process + "', target: '" + target + "'}\n"
	}
	_, err := Parse("rules.yaml", []byte(photos("", "image/resize,w_200", "photos/thumb/{basename}")))
	if err == nil || !strings.Contains(err.Error(), "[loop]") {
		t.Error(err)
	}
	parse(t, photos(", not: 'photos/thumb/**'", "image/resize,w_200", "photos/thumb/{basename}"))
	// OSS appends no extension to the target of a synchronous process, as it may to that of a task.
	parse(t, photos("", "image/resize,w_200", "photos/thumb/{barename}_"))
	parse(t, strings.ReplaceAll(photos("", "image/resize,w_200", "photos/t/{barename}"), "*.jpg", "x.jpg"))
	_, err = Parse("rules.yaml", []byte(photos("", "style/small", "photos/thumb/{barename}_")))
	if err == nil || !strings.Contains(err.Error(), "[loop]") {
		t.Error(err)
	}
}

// A default topic does not reach a synchronous process, and its task needs no claims, because it is harmless to repeat.
func TestImageWithoutNotify(t *testing.T) {
	s := parse(t, `
version: 1
sources: [src/in/]
defaults: {notify: done, target: {bucket: dst}}
rules:
  - name: a
    match: "*.jpg"
    outputs:
      - {process: "image/resize,w_200", target: "a/{key}"}
      - {process: style/x, sync: true, target: "b/{key}"}
`)
	for _, task := range s.Match(put("in/a.jpg")) {
		if !task.Synchronous || task.Notify != "" || strings.Contains(task.Request(), "notify") {
			t.Errorf("%+v", task)
		}
	}
	if w := s.Warnings(); len(w) > 0 {
		t.Error(w)
	}
}

func TestRequestOfImage(t *testing.T) {
	for s, want := range map[string]struct {
		format string
		imm    string
	}{
		"image/resize,w_1":                             {"", ""},
		"image/resize,w_1/format,jpeg":                 {"jpg", ""},
		"image/format,png/format,webp":                 {"webp", ""},
		"image/crop,g_face,w_1/format,avif":            {"avif", "imm:DetectImageCropping"},
		"image/crop,g_se,w_1":                          {"", ""},
		"image/blur,r_1,s_1,g_faces":                   {"", "imm:DetectImageFaces"},
		"image/blur,r_1,s_1/blindwatermark,content_YQ": {"", "imm:EncodeBlindWatermark"},
		"video/snapshot,t_0,f_png":                     {"png", ""},
		"doc/convert,target_pdf":                       {"pdf", "imm:CreateOfficeConversionTask"},
	} {
		r, err := process.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(r.IMMActions(), " "); r.Format() != want.format || got != want.imm {
			t.Errorf("%s: format %q, IMM %q", s, r.Format(), got)
		}
	}
}
