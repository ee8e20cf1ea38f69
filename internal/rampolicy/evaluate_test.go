package rampolicy

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAllows(t *testing.T) {
	d := Document{Version: "1", Statement: []Statement{
		{Effect: "Allow", Action: []string{"oss:Get*", "oss:PutObject"}, Resource: []string{"acs:oss:*:*:src/in/*", "acs:oss:*:*:dst/?.pdf"}},
		{Effect: "Deny", Action: []string{"oss:*"}, Resource: []string{"acs:oss:*:*:src/in/secret/*"}},
		{Effect: "Allow", Action: []string{"ram:PassRole"}, Resource: []string{"*"}, Condition: map[string]map[string]string{"StringEquals": {"acs:Service": "imm.aliyuncs.com"}}},
		{Effect: "Allow", Action: []string{"fc:*"}, Resource: []string{"*"}},
		{Effect: "Deny", Action: []string{"fc:DeleteFunction"}, Resource: []string{"*"}, Condition: map[string]map[string]string{"Bool": {"acs:MFAPresent": "false"}}},
	}}
	for _, tt := range []struct {
		action, resource string
		want             bool
	}{
		{"oss:GetObject", "acs:oss:oss-cn-hangzhou:1:src/in/a", true},
		{"OSS:getobject", "acs:oss:oss-cn-hangzhou:1:src/in/a", true},
		{"oss:GetObject", "acs:oss:oss-cn-hangzhou:1:src/in/a/b", true}, // * does not stop at a slash
		{"oss:GetObject", "acs:oss:oss-cn-hangzhou:1:src/out/a", false},
		{"oss:GetObject", "acs:oss:oss-cn-hangzhou:1:SRC/in/a", false},
		{"oss:DeleteObject", "acs:oss:oss-cn-hangzhou:1:src/in/a", false},
		{"oss:PutObject", "acs:oss:oss-cn-hangzhou:1:dst/文.pdf", true}, // a character, not a byte
		{"oss:PutObject", "acs:oss:oss-cn-hangzhou:1:dst/ab.pdf", false},
		{"oss:GetObject", "acs:oss:oss-cn-hangzhou:1:src/in/secret/a", false},
		{"ram:PassRole", "acs:ram::1:role/imm", false}, // the condition may not hold
		{"fc:InvokeFunction", "acs:fc:cn-hangzhou:1:functions/onput", true},
		{"fc:DeleteFunction", "acs:fc:cn-hangzhou:1:functions/onput", false},
	} {
		if got := d.Allows(tt.action, tt.resource); got != tt.want {
			t.Errorf("%s on %s: %v", tt.action, tt.resource, got)
		}
	}
}

// match is equivalent to a regular expression.
func TestMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab*?文]{0,8}`).Draw(t, "pattern")
		text := rapid.StringMatching(`[ab文]{0,8}`).Draw(t, "text")
		expression := regexp.MustCompile("^" + strings.NewReplacer("*", ".*", "?", ".").Replace(pattern) + "$")
		if got := match(pattern, text); got != expression.MatchString(text) {
			t.Fatalf("%q matches %q: %v", pattern, text, got)
		}
	})
}
