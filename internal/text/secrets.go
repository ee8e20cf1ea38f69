package text

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// SignatureMark begins the text that OSS signs. A server that repeats it repeats the whole signed request.
//
// https://help.aliyun.com/en/oss/developer-reference/recommend-to-use-signature-version-4
const SignatureMark = "OSS4-HMAC"

// Secrets are texts that no log, answer or error may hold. Empty ones are ignored.
type Secrets []string

// recognized is the number of characters by which a secret is recognized, so that one that is cut off is found, too.
const recognized = 8

// Redact returns s, or a remark in its place if s holds a secret or its beginning, in any letter case, percent-encoded or in
// Base64. Redact a text before it is truncated.
func (secrets Secrets) Redact(s string) string {
	folded := []byte(unescapePercent(s))
	fold(folded)
	for _, secret := range secrets {
		if secret != "" && holds(folded, secret) {
			return "(it repeats what was signed)"
		}
	}
	return s
}

// holds reports whether a folded text holds the beginning of a secret, or the part of its Base64 that does not depend on the
// text around it. A secret with less than 8 bytes is not looked for in Base64.
func holds(folded []byte, secret string) bool {
	var room [recognized]byte
	begin := room[:copy(room[:], secret)]
	fold(begin)
	if bytes.Contains(folded, begin) {
		return true
	}
	if len(secret) < recognized {
		return false
	}
	for before, skip := range [...]int{0, 2, 3} { // bytes before the secret, and characters that depend on them
		var text [recognized + 3]byte
		n := before + copy(text[before:], secret)
		var encoded [16]byte
		base64.RawStdEncoding.Encode(encoded[:], text[:n])
		part := encoded[skip : skip+recognized]
		fold(part)
		if bytes.Contains(folded, part) {
			return true
		}
	}
	return false
}

// fold changes ASCII letters to lower case, and the two characters of URL-safe Base64 to the ones of Base64.
func fold(s []byte) {
	for i, c := range s {
		switch {
		case 'A' <= c && c <= 'Z':
			s[i] = c + 'a' - 'A'
		case c == '-':
			s[i] = '+'
		case c == '_':
			s[i] = '/'
		}
	}
}

// unescapePercent replaces escapes such as %2F, and escapes of these, of which a text may have had several layers.
func unescapePercent(s string) string {
	for range 4 {
		if !strings.Contains(s, "%") {
			break
		}
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			if s[i] == '%' && i+2 < len(s) {
				if c, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
					b.Write(c)
					i += 2
					continue
				}
			}
			b.WriteByte(s[i])
		}
		s = b.String()
	}
	return s
}
