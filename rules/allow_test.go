package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestAllowInItsRule checks that the allow of a rule silences the warnings in this rule alone, however the file is written and
// wherever its rules stand.
func TestAllowInItsRule(t *testing.T) {
	rule := func(i int, allow string) string {
		return fmt.Sprintf("{name: r%d, match: 'in%d/*.docx', process: 'doc/convert,target_pdf', target: {bucket: out, key: r%d.pdf}%s}", i, i, i, allow)
	}
	const tests = "[{upload: in1/a.docx, fires: [r1]}]"
	var block, flow []string
	for i := range 200 { // more than are read at a time
		allow := ", allow: [fixed-target]"
		if i == 7 || i == 130 || i == 199 {
			allow = ""
		}
		block, flow = append(block, "  - "+rule(i, allow)+"\n"), append(flow, rule(i, allow))
	}
	for name, src := range map[string]string{
		"block":               "version: 1\nrules:\n" + strings.Join(block, ""),
		"block, tests after":  "version: 1\nrules:\n" + strings.Join(block, "") + "tests: " + tests + "\n",
		"block, tests before": "version: 1\ntests: " + tests + "\nrules:\n" + strings.Join(block, ""),
		"one line":            "{version: 1, tests: " + tests + ", rules: [" + strings.Join(flow, ", ") + "]}",
		"one line, tests":     "{version: 1, rules: [" + strings.Join(flow, ", ") + "], tests: " + tests + "}",
	} {
		var got []string
		for _, d := range parse(t, src).Warnings() {
			target := []rune(d.SourceLine)[d.Column-1:]
			got = append(got, d.Code+" "+string(target[:d.Width]))
		}
		if want := []string{"fixed-target r7.pdf", "fixed-target r130.pdf", "fixed-target r199.pdf"}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestAllowBesideRules checks that the allow of the last rule does not silence warnings about the fields after the rules.
func TestAllowBesideRules(t *testing.T) {
	warnings := parse(t, "version: 1\nrules:\n  - {name: a, match: '*.docx', process: 'doc/convert,target_pdf', target: {bucket: out, key: '{key}.pdf'},"+
		" allow: [topic-name]}\ndefaults: {notify: a b}\n").Warnings()
	var got []string
	for _, d := range warnings {
		got = append(got, d.Code)
	}
	if !slices.Equal(got, []string{"unused-allow", "topic-name"}) {
		t.Error(warnings)
	}
}

// TestAllowSilencesNoErrors checks that a code of both errors and warnings silences the warnings alone.
func TestAllowSilencesNoErrors(t *testing.T) {
	const file = "version: 1\nallow: [parameter-value]\nsources: [uploads]\nrules:\n  - name: a\n    match: '*.mp4'\n    target: {bucket: out, key: '{key}.mp4'}\n" +
		"    process: video/convert,f_mp4,vcodec_h264,ss_"
	if warnings := parse(t, file+"010\n").Warnings(); len(warnings) > 0 {
		t.Error(warnings)
	}
	if _, err := Parse("a.yaml", []byte(file+"x\n")); err == nil || !strings.Contains(err.Error(), "[parameter-value]") {
		t.Errorf("got %v, want an error", err)
	}
}

// TestAllowEveryCode checks that each example of a warning in docs/checks.md is silenced by its code, for the whole file.
func TestAllowEveryCode(t *testing.T) {
	silenced := 0
	for code, src := range exampleFiles(t) {
		s, err := Parse("rules.yaml", []byte(src))
		if err != nil {
			continue
		}
		allowed := parse(t, strings.Replace(src, "version: 1\n", "version: 1\nallow: ["+code+"]\n", 1))
		if before, after := s.Warnings(), allowed.Warnings(); len(after) != len(before)-1 && code != "unused-allow" {
			t.Errorf("%s: %v\nwith allow: %v", code, before, after)
		}
		silenced++
	}
	if silenced < 20 {
		t.Errorf("only %d examples are of warnings", silenced)
	}
}
