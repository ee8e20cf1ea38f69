package text

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// A secret is hidden in whatever form a server repeats it.
func TestRedact(t *testing.T) {
	const id, key, token = "LTAI5tKeyIdOfTheTest", "7e9+Secret/OfTheTest==", "CAIS9wF1q6Ft5B2yfSjIr5bzHuP/+token==~/"
	secrets := Secrets{SignatureMark, "", id, key, token}
	percent := func(s string) string { // every byte
		return "%" + strings.TrimSuffix(strings.ReplaceAll(fmt.Sprintf("% X", s), " ", "%"), "%")
	}
	forms := map[string]func(string) string{
		"as it is":            func(s string) string { return s },
		"lower case":          strings.ToLower,
		"upper case":          strings.ToUpper,
		"a query":             url.QueryEscape,
		"a path":              url.PathEscape,
		"a query, lower case": func(s string) string { return strings.ToLower(url.QueryEscape(s)) },
		"percent":             percent,
		"percent, lower case": func(s string) string { return strings.ToLower(percent(s)) },
		"percent twice":       func(s string) string { return percent(percent(s)) },
		"Base64":              func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"Base64, no padding":  func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) },
		"Base64 for URLs":     func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) },
		"Base64 in a query":   func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s))) },
		"Base64, lower case":  func(s string) string { return strings.ToLower(base64.RawURLEncoding.EncodeToString([]byte(s))) },
		"Base64 of a query":   func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	}
	for name, form := range forms {
		for _, secret := range secrets {
			if secret == "" {
				continue
			}
			for _, around := range []string{"%s", "a%sb", "ab%scd", "<id>%s</id>", "user:%s:pass"} {
				for _, text := range []string{
					fmt.Sprintf(around, form(secret)),
					form(fmt.Sprintf(around, secret)),
					"you sent " + form(fmt.Sprintf(around, secret)) + " and more",
				} {
					if got := secrets.Redact(text); got != "(it repeats what was signed)" {
						t.Errorf("%s: %q is shown", name, got)
					}
				}
			}
			// A text that ends in a secret, from half of an access key id on.
			cut := form("you sent " + secret[:min(len(secret), 12)])
			if got := secrets.Redact(cut); got != "(it repeats what was signed)" {
				t.Errorf("%s, cut: %q is shown", name, got)
			}
			if got := secrets.Redact(Prefix("you sent "+form(secret+secret), 90)); got != "(it repeats what was signed)" {
				t.Errorf("%s, cut: %q is shown", name, got)
			}
		}
	}
	for _, text := range []string{
		"", "%", "%2", "100%", "6551A5B1AB1AF9373812AE98", "The specified key does not exist.", "LTAI5t", "in/%E5%90%88%E5%90%8C.docx",
		"The OSS Access Key Id you provided does not exist in our records.", strings.Repeat("%25", 100), "a\xff%ffb",
	} {
		if got := secrets.Redact(text); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	if got := (Secrets{"id", "", "短"}).Redact("an ID"); got == "an ID" {
		t.Error("a short secret is shown")
	}
}
