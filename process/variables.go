package process

import (
	"slices"
	"strings"
)

// Variables that OSS knows in the name of a target, https://help.aliyun.com/zh/oss/user-guide/variables. Those of the
// key are filled in before the request is sent; the clock's and the output's are handed on for OSS to fill in.
var (
	keyVariables   = []string{"bucket", "key", "dirname", "basename", "barename", "ext"}
	clockVariables = []string{
		"year", "mon", "day", "hour", "min", "sec", "t_year", "t_mon", "t_day", "t_hour", "t_min", "t_sec"}
	outputVariables = []string{"index", "autoext", "sheetname", "streamindex", "resolution"}
)

// KeyVariables returns the variables that a source's bucket and key give.
func KeyVariables() []string { return slices.Clone(keyVariables) }

// ClockVariables returns those that OSS fills in with the time of the upload, and with t_ of the task.
func ClockVariables() []string { return slices.Clone(clockVariables) }

// OutputVariables returns those that OSS fills in for each object that some operation writes.
func OutputVariables() []string { return slices.Clone(outputVariables) }

// Split takes a key apart as OSS's variables do. dirname is everything before the last slash, never cleaned; basename the
// rest; ext what follows the last dot of the base name; barename what precedes it. Without a slash, or without a dot,
// dirname and ext are empty.
func Split(key string) (dirname, basename, barename, ext string) {
	basename = key
	if i := strings.LastIndexByte(key, '/'); i >= 0 {
		dirname, basename = key[:i], key[i+1:]
	}
	barename = basename
	if i := strings.LastIndexByte(basename, '.'); i >= 0 {
		barename, ext = basename[:i], basename[i+1:]
	}
	return dirname, basename, barename, ext
}

var doubled = strings.NewReplacer("{", "{{", "}", "}}")

// EscapeBraces doubles the braces of a literal text in the name of a target: OSS expands the saved name once more, and reads
// {{ and }} as single braces.
func EscapeBraces(literal string) string {
	if !strings.ContainsAny(literal, "{}") {
		return literal
	}
	return doubled.Replace(literal)
}

var single = strings.NewReplacer("{{", "{", "}}", "}")

// UnescapeBraces undoes Double: what OSS makes of a name without variables.
func UnescapeBraces(name string) string { return single.Replace(name) }

// ValidBucket says whether OSS allows such a bucket name: 3 to 63 lower-case letters, digits and hyphens, no hyphen first
// or last.
//
// https://help.aliyun.com/zh/oss/user-guide/bucket-naming-conventions
func ValidBucket(name string) bool {
	if len(name) < 3 || len(name) > 63 || name[0] == '-' || name[len(name)-1] == '-' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

var filledIn = strings.NewReplacer("{year}", "2000", "{t_year}", "2000",
	"{mon}", "00", "{day}", "00", "{hour}", "00", "{min}", "00", "{sec}", "00",
	"{t_mon}", "00", "{t_day}", "00", "{t_hour}", "00", "{t_min}", "00", "{t_sec}", "00")

// ValidBucketName says whether OSS allows a bucket name in which it fills in the clock's variables.
func ValidBucketName(name string) bool {
	if strings.Contains(name, "{") {
		name = filledIn.Replace(name)
	}
	return ValidBucket(name)
}

// ValidTopic says whether name looks like the name of an SMQ topic: 1 to 255 letters, digits, hyphens and underscores, a
// letter or digit first. SMQ's own rule is not confirmed by a page, so nothing may be refused for it.
func ValidTopic(name string) bool {
	if len(name) == 0 || len(name) > 255 || name[0] == '-' || name[0] == '_' {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// MaxKey is how many bytes the key of an object may have.
//
// https://help.aliyun.com/zh/oss/user-guide/object-naming-conventions
const MaxKey = 1023
