package event

import (
	"encoding/base64"
	"io"
	"strings"
)

// fromBase64 decodes s, which is not empty, if the result can be a document again. It takes either alphabet, with or
// without padding and line breaks.
func fromBase64(s string) (string, bool) {
	if strings.IndexFunc(s[:1], outsideBase64) == 0 { // malformed JSON, most likely: not worth a buffer
		return "", false
	}
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(s, "-_") {
		encoding = base64.RawURLEncoding
	}
	s = strings.TrimRight(s, "=")
	var decoded strings.Builder // one buffer, since s may be as long as the payload
	decoded.Grow(encoding.DecodedLen(len(s)))
	if _, err := io.Copy(&decoded, base64.NewDecoder(encoding, strings.NewReader(s))); err != nil {
		return "", false
	}
	inner := strings.Trim(decoded.String(), " \t\r\n")
	if inner == "" {
		return "", false
	}
	switch inner[0] {
	case '{', '[', '"':
		return inner, true
	}
	return inner, strings.IndexFunc(inner, outsideBase64) < 0
}

// outsideBase64 reports whether r occurs in no Base64 text, whatever the alphabet.
func outsideBase64(r rune) bool {
	return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("+/-_=\r\n", r))
}
