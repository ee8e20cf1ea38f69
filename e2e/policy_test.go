package e2e

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/internal/localcloud"
	"onput/internal/rampolicy"
	"onput/process"
	"onput/rules"
)

// These tests compare the policies that onput policy derives with what happens in the local cloud: the requests of the
// function, and the actions of the services that the local cloud stands for.

// access is one action of a role on a resource, in RAM's terms.
type access struct{ role, action, resource string }

func (a access) String() string { return a.role + ": " + a.action + " on " + a.resource }

// accesses collects what happened in a world.
type accesses struct {
	mu  sync.Mutex
	all map[access]bool
}

func (d *accesses) add(role, action, resource string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all == nil {
		d.all = map[access]bool{}
	}
	d.all[access{role, action, resource}] = true
}

// deploymentOfWorlds describes how each world's function is deployed.
var deploymentOfWorlds = rampolicy.Deployment{
	Region: "cn-hangzhou", Account: "1234567890123456",
	Function: "onput", FunctionRole: "function",
	Triggers:     []rampolicy.Trigger{{Role: "trigger", Service: "oss.aliyuncs.com", Uploads: []rules.BucketKeyPattern{{Bucket: "src", Key: "*"}}}},
	Destinations: []string{"acs:mns:cn-hangzhou::/topics/failures/messages"},
	LogProject:   "project", Logstore: "logs",
	IMMProject: "project", IMMRole: "imm",
}

const (
	accountWide  = ":cn-hangzhou:1234567890123456:"
	immProject   = "acs:imm" + accountWide + "project/project"
	failureTopic = "acs:mns" + accountWide + "/topics/failures/messages"
	logstore     = "acs:log" + accountWide + "project/project/logstore/logs"
	functionARN  = "acs:fc" + accountWide + "functions/onput"
)

// watch records accesses by other services, and by Function Compute on the function's behalf. If the documentation does
// not say which of two resources is checked, both are recorded.
func (d *accesses) watch(e localcloud.Event) {
	switch e := e.(type) {
	case localcloud.InvocationStarted: // by OSS
		d.add("trigger", "fc:InvokeFunction", functionARN)
		d.add("trigger", "fc:InvokeFunction", functionARN+"/LATEST")
	case localcloud.InvocationFailed:
		d.add("function", "mns:PublishMessage", failureTopic)
	case localcloud.LogLine:
		d.add("function", "log:PostLogStoreLogs", logstore)
	case localcloud.ProcessDone: // OSS carries it out with the function's permissions
		target := e.Process.Request.Target
		d.add("function", "oss:PutObject", ossObject(cmp.Or(target.Bucket, e.Process.Source.Bucket), target.Key))
		for _, action := range e.Process.Request.Actions() {
			for _, param := range action.Params {
				if key, _, _ := strings.Cut(param.Value, "?"); action.Name == "watermark" && param.Name == "image" {
					d.add("function", "oss:GetObject", ossObject(e.Process.Source.Bucket, key))
				}
			}
		}
	case localcloud.TaskAccepted: // IMM carries it out
		p := e.Process
		action := "imm:CreateMediaConvertTask" // for a style, which the local OSS takes for a media task
		if op, _ := process.Lookup(p.Request.Operation); op.Action != "" {
			action = op.Action
		}
		d.add("function", action, immProject)
		d.add("imm", "oss:GetObject", ossObject(p.Source.Bucket, p.Source.Key))
		for _, clip := range p.Request.Clips {
			for _, param := range clip.Params {
				if param.Name == "o" {
					d.add("imm", "oss:GetObject", ossObject(p.Source.Bucket, param.Value))
				}
			}
		}
		if target := p.Request.Target; target != nil {
			written := ossObject(target.Bucket, written(target.Key))
			d.add("function", "oss:PutObject", written)
			d.add("imm", "oss:PutObject", written)
		}
		if topic := p.Request.Notify; topic != nil {
			d.add("imm", "mns:PublishMessage", "acs:mns"+accountWide+"/topics/"+*topic+"/messages")
		}
	}
}

func ossObject(bucket, key string) string {
	return "acs:oss:oss-cn-hangzhou:1234567890123456:" + bucket + "/" + key
}

// written returns the key that OSS makes of a target's key: variables filled in, and an extension.
func written(key string) string {
	var b strings.Builder
	for i := 0; i < len(key); i++ {
		switch {
		case strings.HasPrefix(key[i:], "{{"), strings.HasPrefix(key[i:], "}}"):
			b.WriteByte(key[i])
			i++
		case key[i] == '{':
			b.WriteByte('1')
			i += strings.IndexByte(key[i:], '}')
		default:
			b.WriteByte(key[i])
		}
	}
	name := b.String()
	if strings.LastIndexByte(name, '.') <= strings.LastIndexByte(name, '/') {
		name += ".mp4"
	}
	return name
}

// requests records the accesses that the function's requests to OSS need.
//
// https://www.alibabacloud.com/help/en/oss/user-guide/permissions
// https://www.alibabacloud.com/help/en/oss/user-guide/authorization-syntax-and-elements
func (d *accesses) requests(t testing.TB, log []localcloud.Request, function string) {
	for _, r := range log {
		if r.AccessKeyID != function {
			continue
		}
		object := ossObject(r.Bucket, r.Key)
		switch r.Operation {
		case "AsyncProcessObject":
			d.add("function", "oss:GetObject", object)
			d.add("function", "oss:PostProcessTask", object)
			d.add("function", "oss:ProcessImm", object)
			d.add("function", "oss:ProcessImm", strings.TrimSuffix(ossObject(r.Bucket, ""), "/"))
		case "ProcessObject":
			d.add("function", "oss:GetObject", object)
			d.add("function", "oss:PostProcessTask", object)
		case "GetObject", "HeadObject":
			d.add("function", "oss:GetObject", object)
		case "GetObjectTagging":
			d.add("function", "oss:GetObjectTagging", object)
		case "PutObject", "AppendObject":
			d.add("function", "oss:PutObject", object)
		default:
			t.Errorf("the function asks for %s, and what permission that takes is not known here: %+v", r.Operation, r)
		}
	}
}

// roles returns the roles for the rules of a world's function: the first rules, and the current ones if a test changed
// them.
func (w *world) roles() []rampolicy.Role {
	d := deploymentOfWorlds
	texts := []string{w.firstRules}
	if place, ok := strings.CutPrefix(w.ruleObject, "oss://"); ok {
		bucket, key, _ := strings.Cut(place, "/")
		d.RuleObject = process.Location{Bucket: bucket, Key: key}
		texts[0] = ""
		if r, err := w.client.GetObject(context.Background(), &oss.GetObjectRequest{Bucket: &bucket, Key: &key}); err == nil {
			b, err := io.ReadAll(r.Body)
			if err != nil {
				w.t.Fatal(err)
			}
			texts[0] = string(b)
		}
	} else if b, err := os.ReadFile(w.rules); err == nil && string(b) != texts[0] {
		texts = append(texts, string(b))
	}
	var roles []rampolicy.Role
	for _, text := range texts {
		set, err := rules.Parse("rules.yaml", []byte(text))
		if err != nil { // a function without rules needs nothing
			set, err = rules.Parse("none.yaml", []byte("version: 1\nrules: [{name: none, enabled: false, match: x, process: 'doc/convert,target_pdf', target: y}]\n"))
		}
		if err != nil {
			w.t.Fatal(err)
		}
		roles = append(roles, rampolicy.Derive(set, d)...)
	}
	return roles
}

// denied returns the accesses that the roles do not allow.
func (d *accesses) denied(roles []rampolicy.Role) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []string
	for a := range d.all {
		if !slices.ContainsFunc(roles, func(r rampolicy.Role) bool { return r.Name == a.role && r.Policy.Allows(a.action, a.resource) }) {
			all = append(all, a.String())
		}
	}
	slices.Sort(all)
	return all
}

// checkAllowed checks that the derived policies allow everything that happened in a world.
func (w *world) checkAllowed() {
	w.accesses.requests(w.t, w.Requests(), w.role.AccessKeyID)
	if w.tooManyRules {
		return
	}
	for _, what := range w.accesses.denied(w.roles()) {
		w.t.Errorf("the derived policies do not allow %s", what)
	}
}

// The derived policies are minimal: without any one statement, action or resource, something that happened is not allowed.
// ram:PassRole is left out, since nothing here uses it.
func TestPoliciesAreMinimal(t *testing.T) {
	t.Parallel()
	shipped, err := os.ReadFile("../rules/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, rules string
		object      bool // the rules are in OSS
	}{
		{name: "as shipped", rules: strings.NewReplacer("'acme-uploads'", "'src'", "'acme-derived'", "'dst'").Replace(string(shipped))},
		{name: "rules in OSS", object: true, rules: `
version: 1
sources: [src/in/]
rules:
  - {name: a, match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: dst, key: "{barename}.pdf"}}
tests: [{upload: in/a.docx, fires: [a]}]
`},
		{name: "pictures", rules: `
version: 1
sources: [src/in/]
claims: {bucket: dst}
rules:
  - name: thumbnail
    match: "in/*.jpg"
    process: {image: {resize: {w: 20}, watermark: {image: "marks/logo.jpg?x-oss-process=image/resize,P_30", t: 50}}}
    target: {bucket: dst, key: "thumbs/{basename}"}
tests: [{upload: in/a.jpg, fires: [thumbnail]}]
`},
		{name: "questions", rules: `
version: 1
sources: [src/in/, src/log/]
rules:
  - {name: a, match: {key: "in/*.docx", tags: {team: web}}, process: "doc/convert,target_pdf", target: {bucket: dst, key: "pdf/{barename}.pdf"}}
  - {name: b, mode: log, match: {key: "log/*.docx", class: Standard}, process: "doc/convert,target_pdf", target: {bucket: dst, key: "b/{barename}.pdf"}}
tests:
  - {upload: {key: in/a.docx, tags: {team: web}}, fires: [a]}
  - {upload: {key: log/b.docx, class: Standard}, fires: [b]}
`},
		{name: "places", rules: `
version: 1
sources: [src/a/, src/b/, src/never/]
rules:
  - {name: exact, match: "a/*.docx", process: "doc/convert,target_pdf", target: {bucket: dst, key: latest/result.pdf}}
  - {name: extended, match: "a/*.mov", process: "video/convert,f_mp4,vcodec_h264", target: {bucket: dst, key: latest/film}, notify: films}
  - {name: folded, match: {key: "b/Films/*.mp4", ignore_case: true}, process: "video/snapshots,f_jpg,num_1", target: {bucket: dst, key: "{dirname}/x.jpg"}, notify: stills}
  - {name: clips, match: {prefix: [b/talks/], suffix: [.mp3]}, process: "audio/concat,f_mp3,align_1/pre,o_{b64}", target: {bucket: dst, key: "{bucket}-talks/{index}.mp3"}}
  - {name: braces, match: "a/*.{txt,rtf}", process: "doc/convert,target_png", target: {bucket: dst, key: "{{x}}/{basename}/{index}.png"}}
  - {name: off, enabled: false, match: "c/*", process: "doc/convert,target_pdf", target: {bucket: dst, key: off.pdf}}
  - {name: tried, mode: log, match: "a/**", process: "doc/convert,target_pdf", target: {bucket: dst, key: tried.pdf}}
tests:
  - {upload: a/x.docx, fires: [exact, tried]}
  - {upload: a/x.mov, fires: [extended, tried]}
  - {upload: b/films/x.mp4, fires: [folded]}
  - {upload: b/talks/x.mp3, fires: [clips]}
  - {upload: a/x.txt, fires: [braces, tried]}
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := strings.ReplaceAll(tt.rules, "{b64}", process.EncodeBase64("jingles/x.mp3"))
			var env []string
			if tt.object {
				env = []string{"ONPUT_RULES=oss://dst/rules.yaml"}
			}
			w := fcRuntime("go1").newPhotoWorld(t, text, env...)
			if tt.object {
				if _, err := w.client.PutObject(t.Context(), &oss.PutObjectRequest{
					Bucket: oss.Ptr("dst"), Key: oss.Ptr("rules.yaml"), Body: strings.NewReader(text)}); err != nil {
					t.Fatal(err)
				}
			}
			w.putPhoto("marks/logo.jpg") // matches no rule
			file, err := rules.Load("rules.yaml", []byte(text), rules.Options{})
			if err != nil {
				t.Fatal(err)
			}
			tests := file.RunTests()
			for _, r := range tests {
				if !r.Passed() {
					t.Errorf("line %d: %+v", r.Test.Line, r)
				}
				var tags []string
				for name, value := range r.Test.Upload.Tags {
					tags = append(tags, name+"="+value)
				}
				if _, err := w.client.PutObject(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("src"), Key: &r.Test.Upload.Key,
					Body: bytes.NewReader(photo(t)), Tagging: oss.Ptr(strings.Join(tags, "&"))}); err != nil {
					t.Fatal(err)
				}
				w.drain()
			}
			for range 2 { // the second is a duplicate, which reads its claim if there are claims
				w.invoke(`{"events":[` + record(tests[0].Test.Upload.Key) + `]}`)
			}
			if _, err := w.Deliver([]byte("no event")); err != nil { // fails permanently
				t.Fatal(err)
			}
			w.drain()
			w.checkAllowed()

			roles := w.roles()
			without := func(what string, edit func(*rampolicy.Role)) {
				less := slices.Clone(roles)
				for i := range less {
					less[i].Policy.Statement = slices.Clone(less[i].Policy.Statement)
					for k := range less[i].Policy.Statement {
						s := &less[i].Policy.Statement[k]
						s.Action, s.Resource = slices.Clone(s.Action), slices.Clone(s.Resource)
					}
				}
				for i := range less {
					edit(&less[i])
				}
				if len(w.accesses.denied(less)) == 0 {
					t.Errorf("everything is allowed without %s", what)
				}
			}
			for _, role := range roles {
				for n, s := range role.Policy.Statement {
					if s.Action[0] == "ram:PassRole" {
						continue
					}
					in := func(edit func(*rampolicy.Document)) func(*rampolicy.Role) {
						return func(r *rampolicy.Role) {
							if r.Name == role.Name {
								edit(&r.Policy)
							}
						}
					}
					without(fmt.Sprintf("statement %d of %s", n, role.Name), in(func(d *rampolicy.Document) { d.Statement = slices.Delete(d.Statement, n, n+1) }))
					for i, action := range s.Action {
						without(role.Name+"'s "+action, in(func(d *rampolicy.Document) { d.Statement[n].Action = slices.Delete(d.Statement[n].Action, i, i+1) }))
					}
					for i, resource := range s.Resource {
						without(role.Name+"'s "+resource, in(func(d *rampolicy.Document) { d.Statement[n].Resource = slices.Delete(d.Statement[n].Resource, i, i+1) }))
					}
				}
			}
		})
	}
}
