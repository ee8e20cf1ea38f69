package process

import "strings"

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

// BeginsWithSlash reports whether a key begins with / or \, so that OSS allows no object of this name.
//
// https://help.aliyun.com/zh/oss/user-guide/object-naming-conventions
func BeginsWithSlash(key string) bool { return key != "" && (key[0] == '/' || key[0] == '\\') }

// SplitKey splits a key as OSS's variables of the same names do. dirname is the part before the last slash, as it is;
// basename is the rest; barename and ext are the parts of basename before and after its last dot. dirname is "" without a
// slash, and ext is "" without a dot.
func SplitKey(key string) (dirname, basename, barename, ext string) {
	slash := strings.LastIndexByte(key, '/')
	dirname, basename = key[:max(slash, 0)], key[slash+1:]
	barename = basename
	if dot := strings.LastIndexByte(basename, '.'); dot >= 0 {
		barename, ext = basename[:dot], basename[dot+1:]
	}
	return dirname, basename, barename, ext
}

// ValidBucket reports whether OSS allows name for a bucket: 3 to 63 lower-case letters, digits and hyphens, no hyphen
// first or last.
//
// https://help.aliyun.com/zh/oss/user-guide/bucket-naming-conventions
func ValidBucket(name string) bool {
	return len(name) >= 3 && len(name) <= 63 && strings.Trim(name, "-") == name && consistsOf(name, lowerLetters+digits+"-")
}

// ValidTopic reports whether name looks like an SMQ topic: 1 to 255 letters, digits, hyphens and underscores, a letter or
// digit first. No page of SMQ's documentation confirms this, so false justifies a warning at most.
func ValidTopic(name string) bool {
	return len(name) <= 255 && consistsOf(name, letters+digits+"-_") && name[0] != '-' && name[0] != '_'
}
