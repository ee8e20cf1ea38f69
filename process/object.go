package process

import "strings"

// This file holds what OSS says of the names of objects, buckets and topics. None of it depends on an operation.

// Location is the bucket and key of an object. The key is raw, as OSS stores it, never URL-encoded.
type Location struct {
	Bucket string
	Key    string
}

// String returns oss://bucket/key, "" for the zero Location.
func (l Location) String() string {
	if l == (Location{}) {
		return ""
	}
	return "oss://" + l.Bucket + "/" + l.Key
}

// MaxKey is the maximum length of an object key in bytes.
//
// https://help.aliyun.com/zh/oss/user-guide/object-naming-conventions
const MaxKey = 1023

// SplitKey splits a key as OSS's variables of the same names do. dirname is everything before the last slash, never
// cleaned; basename is the rest; barename and ext are the parts of basename before and after its last dot. Without a slash
// dirname is empty; without a dot ext is.
func SplitKey(key string) (dirname, basename, barename, ext string) {
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

// ValidBucket reports whether OSS allows name for a bucket: 3 to 63 lower-case letters, digits and hyphens, no hyphen
// first or last.
//
// https://help.aliyun.com/zh/oss/user-guide/bucket-naming-conventions
func ValidBucket(name string) bool {
	if len(name) < 3 || len(name) > 63 || name[0] == '-' || name[len(name)-1] == '-' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && !isDigit(c) && c != '-' {
			return false
		}
	}
	return true
}

// ValidTopic reports whether name looks like an SMQ topic: 1 to 255 letters, digits, hyphens and underscores, a letter or
// digit first. No page of SMQ's documentation confirms this, so a false result justifies no more than a warning.
func ValidTopic(name string) bool {
	if len(name) == 0 || len(name) > 255 || name[0] == '-' || name[0] == '_' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; !isLetter(c) && !isDigit(c) && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
