package localcloud

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"onput/internal/text"
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
	sum := sha256.Sum256([]byte(key))
	return fmt.Sprintf("%s-%x%s", strings.TrimLeft(text.Prefix(stem, 80), "."), sum[:16], ext)
}
