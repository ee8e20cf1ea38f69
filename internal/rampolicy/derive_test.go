package rampolicy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"onput/process"
	"onput/rules"
)

// lines returns a short form of each statement.
func lines(d Document) []string {
	var all []string
	for _, s := range d.Statement {
		all = append(all, strings.Join(s.Action, " ")+" on "+strings.Join(s.Resource, " "))
	}
	return all
}

func TestDerive(t *testing.T) {
	const head, one = "version: 1\nsources: [src/in/]\nrules:\n", `  - {name: a, match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: dst, key: "pdf/{barename}.pdf"}}` + "\n"
	reads := []string{"oss:GetObject oss:PostProcessTask on acs:oss:*:*:src/in/*", "oss:ProcessImm on acs:oss:*:*:src acs:oss:*:*:src/in/*"}
	for _, tt := range []struct {
		name, rules string
		change      func(*Deployment)
		function    []string // after reads
		imm         []string
	}{
		{name: "one rule", rules: one,
			function: []string{"oss:PutObject on acs:oss:*:*:dst/pdf/*", "imm:CreateOfficeConversionTask on acs:imm:cn-hangzhou:1:project/p"},
			imm:      []string{"oss:GetObject on acs:oss:*:*:src/in/*", "oss:PutObject on acs:oss:*:*:dst/pdf/*"}},
		{name: "one target in another", rules: one + `  - {name: b, match: "*.doc", process: "doc/convert,target_pdf", target: {bucket: dst, key: "pdf/old/{barename}.pdf"}}` + "\n",
			function: []string{"oss:PutObject on acs:oss:*:*:dst/pdf/*", "imm:CreateOfficeConversionTask on acs:imm:cn-hangzhou:1:project/p"},
			imm:      []string{"oss:GetObject on acs:oss:*:*:src/in/*", "oss:PutObject on acs:oss:*:*:dst/pdf/*"}},
		{name: "what a style does is not known", rules: `  - {name: a, match: "*.mp4", process: style/x, target: {bucket: dst, key: "{index}.mp4"}, notify: n}` + "\n",
			function: []string{"oss:PutObject on acs:oss:*:*:dst/*", "imm:CreateMediaConvertTask imm:CreateOfficeConversionTask on acs:imm:cn-hangzhou:1:project/p"},
			imm:      []string{"oss:GetObject on acs:oss:*:*:src/in/*", "oss:PutObject on acs:oss:*:*:dst/*", "mns:PublishMessage on acs:mns:cn-hangzhou:1:/topics/n/messages"}},
		{name: "no object", rules: `  - {name: a, match: "*.jpg", process: "image/deblindwatermark,s_low,t_text", notify: n}` + "\n",
			function: []string{"imm:CreateDecodeBlindWatermarkTask on acs:imm:cn-hangzhou:1:project/p"},
			imm:      []string{"oss:GetObject on acs:oss:*:*:src/in/*", "mns:PublishMessage on acs:mns:cn-hangzhou:1:/topics/n/messages"}},
		{name: "questions", rules: `  - {name: a, match: {key: "*.docx", meta: {m: x}, tags: {t: x}}, process: "doc/convert,target_pdf", target: {bucket: dst, key: "pdf/{barename}.pdf"}}` + "\n" +
			`  - {name: b, mode: log, match: {prefix: in/b/, tags: {t: x}}, process: "doc/convert,target_pdf", target: {bucket: dst, key: "b/{barename}.pdf"}}` + "\n",
			function: []string{"oss:PutObject on acs:oss:*:*:dst/pdf/*", "imm:CreateOfficeConversionTask on acs:imm:cn-hangzhou:1:project/p",
				"oss:GetObjectTagging on acs:oss:*:*:src/in/*"},
			imm: []string{"oss:GetObject on acs:oss:*:*:src/in/*", "oss:PutObject on acs:oss:*:*:dst/pdf/*"}},
		{name: "RAM has variables, too", rules: `  - {name: a, match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: dst, key: "pdf/${{x}}/y.pdf"}}` + "\n",
			function: []string{"oss:PutObject on acs:oss:*:*:dst/pdf/*", "imm:CreateOfficeConversionTask on acs:imm:cn-hangzhou:1:project/p"},
			imm:      []string{"oss:GetObject on acs:oss:*:*:src/in/*", "oss:PutObject on acs:oss:*:*:dst/pdf/*"}},
		{name: "destinations, rules, log", rules: one,
			change: func(d *Deployment) {
				d.RuleObject = process.Location{Bucket: "state", Key: "r.yaml"}
				d.LogProject, d.Logstore = "lp", "ls"
				d.Destinations = []string{"acs:mns:cn-hangzhou::/topics/t/messages", "acs:mns:::/queues/q/messages", "acs:fc:cn-hangzhou::functions/f",
					"acs:eventbridge:cn-hangzhou:2:eventbus/b", "nonsense", "acs:other:::x"}
			},
			function: []string{"oss:PutObject on acs:oss:*:*:dst/pdf/*", "imm:CreateOfficeConversionTask on acs:imm:cn-hangzhou:1:project/p",
				"oss:GetObject on acs:oss:*:*:state/r.yaml",
				"mns:PublishMessage on acs:mns:cn-hangzhou:1:/topics/t/messages", "mns:SendMessage on acs:mns:cn-hangzhou:1:/queues/q/messages",
				"fc:InvokeFunction on acs:fc:cn-hangzhou:1:functions/f acs:fc:cn-hangzhou:1:functions/f/*", "eventbridge:PutEvents on acs:eventbridge:cn-hangzhou:2:eventbus/b",
				"log:PostLogStoreLogs on acs:log:cn-hangzhou:1:project/lp/logstore/ls"},
			imm: []string{"oss:GetObject on acs:oss:*:*:src/in/*", "oss:PutObject on acs:oss:*:*:dst/pdf/*"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, err := rules.Parse("r.yaml", []byte(head+tt.rules))
			if err != nil {
				t.Fatal(err)
			}
			d := Deployment{Region: "cn-hangzhou", Account: "1", Function: "f", FunctionRole: "fn", IMMProject: "p", IMMRole: "imm"}
			if tt.change != nil {
				tt.change(&d)
			}
			roles := Derive(set, d)
			if diff := cmp.Diff(append(slices.Clone(reads), tt.function...), lines(roles[0].Policy)); diff != "" {
				t.Errorf("function (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append(tt.imm, "ram:PassRole on acs:ram::1:role/imm"), lines(roles[1].Policy)); diff != "" {
				t.Errorf("IMM (-want +got):\n%s", diff)
			}
		})
	}
}

// Triggers with the same role result in one role that trusts both services.
func TestDeriveTriggers(t *testing.T) {
	set, err := rules.Parse("r.yaml", []byte("version: 1\nrules: [{name: a, match: '*.docx', process: 'doc/convert,target_pdf', target: {bucket: dst, key: 'a.pdf'}}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	roles := Derive(set, Deployment{Function: "f", FunctionRole: "fn", IMMRole: "imm", Triggers: []Trigger{
		{Role: "r", Service: "oss.aliyuncs.com", Uploads: []rules.BucketKeyPattern{{Bucket: "src", Key: "in/*"}}},
		{Role: "r", Service: "oss.aliyuncs.com", Uploads: []rules.BucketKeyPattern{{Bucket: "src", Key: "up/*"}}},
		{Role: "r", Service: "mns.aliyuncs.com"}, {Role: "s", Service: "mns.aliyuncs.com"}, {},
	}})
	var got []string
	for _, r := range roles {
		got = append(got, fmt.Sprint(r.Name, r.Trust.Statement[0].Principal.Service))
	}
	want := []string{"fn[fc.aliyuncs.com]", "r[oss.aliyuncs.com mns.aliyuncs.com]", "s[mns.aliyuncs.com]", "imm[imm.aliyuncs.com]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	if got := lines(roles[0].Policy)[0]; got != "oss:GetObject oss:PostProcessTask on acs:oss:*:*:src/in/* acs:oss:*:*:src/up/*" {
		t.Error(got)
	}
}

// The remaining resources match the same texts as all, and none covers another.
func TestWithoutCovered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.StringMatching(`(acs:oss:\*:\*:)?([ab?]|[ab]\*){0,3}\*?`), 0, 6).Draw(t, "resources")
		left := withoutCovered(all)
		text := rapid.StringMatching(`(acs:oss:x:y:)?[ab*?]{0,5}`).Draw(t, "text")
		named := func(list []string) bool {
			return slices.ContainsFunc(list, func(r string) bool { return match(r, text) })
		}
		if named(all) != named(left) {
			t.Fatalf("%q of %q: %q is named by one of them", left, all, text)
		}
		for i, r := range left {
			for k, other := range left {
				if i != k && covers(other, r) {
					t.Fatalf("%q: %s is covered by %s in %q", all, r, other, left)
				}
			}
		}
	})
}

// Images need no IMM, apart from the actions that use it.
func TestDeriveImages(t *testing.T) {
	for actions, want := range map[string][]string{
		"image/resize,w_200/format,webp": {"oss:GetObject oss:PostProcessTask on acs:oss:*:*:src/*", "oss:PutObject on acs:oss:*:*:dst/*"},
		"image/crop,g_face,w_200": {"oss:GetObject oss:PostProcessTask on acs:oss:*:*:src/*", "oss:ProcessImm on acs:oss:*:*:src acs:oss:*:*:src/*",
			"oss:PutObject on acs:oss:*:*:dst/*", "imm:DetectImageCropping on acs:imm:cn-hangzhou:1:project/p"},
		"image/resize,w_200/watermark,image_" + process.EncodeBase64("marks/logo.png?x-oss-process=image/resize,P_30"): {
			"oss:GetObject oss:PostProcessTask on acs:oss:*:*:src/*", "oss:GetObject on acs:oss:*:*:src/marks/logo.png", "oss:PutObject on acs:oss:*:*:dst/*"},
	} {
		set, err := rules.Parse("r.yaml", []byte("version: 1\nsources: [src]\nrules: [{name: a, match: '*.jpg', process: '"+actions+
			"', target: {bucket: dst, key: '{key}'}}]\n"))
		if err != nil {
			t.Fatal(err)
		}
		d := Deployment{Region: "cn-hangzhou", Account: "1", Function: "f", FunctionRole: "fn", IMMProject: "p", IMMRole: "imm"}
		roles := Derive(set, d)
		if diff := cmp.Diff(want, lines(roles[0].Policy)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", actions, diff)
		}
		if withIMM := len(roles) > 1; withIMM != strings.Contains(actions, "g_face") {
			t.Errorf("%s: a role of IMM: %v", actions, withIMM)
		}
	}
}
