package localcloud

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// windowsReserved matches the bucket names that Windows reserves for devices.
var windowsReserved = regexp.MustCompile(`^(con|nul|aux|prn|com[0-9]|lpt[0-9])$`)

// reservedPrefix begins the folder of a bucket with a reserved name. No bucket's name begins with it.
const reservedPrefix = "_"

// folderName returns the name of a bucket's folder.
func folderName(bucket string) string {
	if windowsReserved.MatchString(bucket) {
		return reservedPrefix + bucket
	}
	return bucket
}

var plainExt = regexp.MustCompile(`^\.[A-Za-z0-9]{1,10}$`)

// fileName returns the name of a key's file: the letters of the key, and a hash that makes it unique, also on a file system
// that ignores case. It never leads out of its folder.
func fileName(key string) string {
	ext := filepath.Ext(key)
	if !plainExt.MatchString(ext) {
		ext = ""
	}
	stem := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r) {
			return r
		}
		return '_'
	}, strings.TrimSuffix(key, ext))
	for len(stem) > 80 {
		runes := []rune(stem)
		stem = string(runes[:len(runes)-1-(len(stem)-80)/4])
	}
	sum := sha256.Sum256([]byte(key))
	return strings.TrimLeft(stem, ".") + "-" + hex.EncodeToString(sum[:16]) + ext
}
