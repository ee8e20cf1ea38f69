package process

import (
	"encoding/base64"
	"strings"
)

// EncodeBase64 returns s in the URL-safe alphabet of RFC 4648 without padding, as OSS documents it.
//
// https://help.aliyun.com/zh/oss/user-guide/add-blindwatermarks spells the steps out.
func EncodeBase64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// DecodeBase64 reads Base64 in either alphabet, padded or not: published samples of OSS hold all four. It reports false
// where s is none of them.
func DecodeBase64(s string) (string, bool) {
	unpadded := strings.TrimRight(s, "=")
	if pad := len(s) - len(unpadded); pad > 0 && (pad > 2 || len(s)%4 != 0) {
		return "", false
	}
	// The decoder skips line ends; a process string has none.
	if strings.ContainsAny(unpadded, "\r\n") {
		return "", false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(unpadded))
	return string(b), err == nil
}
