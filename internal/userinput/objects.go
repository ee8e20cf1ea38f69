package userinput

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"onput/internal/text"
)

// MaxObjects bounds a list of objects, in bytes.
const MaxObjects = 8 << 20

// Object is an object that a line names, with what the line says of it.
type Object struct {
	Bucket string // "" if the line has only the key
	Key    string
	ETag   string // "" if unknown
	Size   int64  // bytes; -1 if unknown
	Line   int    // from 1
}

// Objects returns the objects in a list with one key, oss://BUCKET/KEY or line of ossutil ls for each line. Keys are taken as
// they are, with blanks at their ends. Headings and totals of ossutil, and blank lines, name no object.
//
// The number leftOut counts lines of ossutil that are no present object: unfinished multipart uploads, earlier versions and
// delete markers. The error names lines that have an address without a key. It comes with the other objects.
//
// https://help.aliyun.com/zh/oss/developer-reference/ls
func Objects(data []byte) (objects []Object, leftOut int, err error) {
	var problems []error
	n := 0
	for line := range bytes.Lines(Text(data)) {
		n++
		s := strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")
		if strings.TrimSpace(s) == "" || aroundList.MatchString(s) {
			continue
		}
		o, present, err := object(s)
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("line %d: %w", n, err))
		case !present:
			leftOut++
		default:
			o.Line = n
			objects = append(objects, o)
		}
	}
	if more := len(problems) - maxNamed; more > 0 {
		problems = append(problems[:maxNamed], fmt.Errorf("and %s", text.Plural(more, "more problem")))
	}
	return objects, leftOut, errors.Join(problems...)
}

var (
	// aroundList matches headings and totals of ossutil ls.
	aroundList = regexp.MustCompile(`^\s*(?:(?:LastModifiedTime|InitiatedTime|CreationTime|UploadI[dD])\s.*(?:ObjectName|BucketName)` +
		`|(?:Object|Object and Directory|UploadI[dD]|Bucket) Number is:\s*\d+|\d+\.\d+\(s\) elapsed)\s*$`)

	// listed matches a line of ossutil ls: its time, the columns that follow, and the address.
	listed = regexp.MustCompile(`^\s*\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}(?: \S+)?((?:\s+\S+)*?)\s+(oss://.*)$`)
)

// object returns the object that a line names, and whether it is a present one.
func object(line string) (o Object, present bool, err error) {
	o = Object{Size: -1}
	address, columns := line, []string(nil)
	if m := listed.FindStringSubmatch(line); m != nil {
		columns, address = strings.Fields(m[1]), m[2]
		switch len(columns) {
		case 3, 6: // size, class, eTag; version, whether it is the latest, whether it marks a deletion
			o.Size, err = strconv.ParseInt(columns[0], 10, 64)
			if err != nil {
				return o, false, fmt.Errorf("%s is not a size", text.Excerpt(columns[0]))
			}
			o.ETag = strings.Trim(columns[2], `"`)
			present = len(columns) == 3 || columns[4] == "true" && columns[5] == "false"
		}
	} else {
		present = true
	}
	o.Bucket, o.Key, err = Address(address)
	return o, present, err
}

// Address returns the bucket and the key of oss://BUCKET/KEY, or of a key alone, whose bucket is "". The error names what is
// missing.
func Address(s string) (bucket, key string, err error) {
	scheme, location, ok := strings.Cut(s, "://")
	switch {
	case s == "":
		return "", "", errors.New("the key is empty: write a key, or oss://BUCKET/KEY")
	case !ok:
		return "", s, nil
	case scheme != "oss":
		return "", "", fmt.Errorf("%s: write oss://BUCKET/KEY, or the key alone", text.Printable(s))
	}
	bucket, key, _ = strings.Cut(location, "/")
	switch {
	case bucket == "":
		return "", "", fmt.Errorf("%s has no bucket: write oss://BUCKET/KEY", text.Printable(s))
	case key == "":
		return "", "", fmt.Errorf("%s has no key: write oss://%s/KEY", text.Printable(s), text.Printable(bucket))
	}
	return bucket, key, nil
}
