package text

import "strings"

// SignatureMark begins the text that OSS signs. A server that repeats it repeats the whole signed request.
//
// https://help.aliyun.com/en/oss/developer-reference/recommend-to-use-signature-version-4
const SignatureMark = "OSS4-HMAC"

// Secrets are texts that no log, answer or error may hold. Empty ones are ignored.
type Secrets []string

// Redact returns s, or a remark in its place if s holds a secret.
func (secrets Secrets) Redact(s string) string {
	for _, secret := range secrets {
		if secret != "" && strings.Contains(s, secret) {
			return "(it repeats what was signed)"
		}
	}
	return s
}
