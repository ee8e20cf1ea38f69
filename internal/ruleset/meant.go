package ruleset

import (
	"slices"
	"strings"
	"sync"
)

// meantVariables are the variables that names of other tools stand for; those of several variables in braces. Lower case
// counts if a name is not in the map as written.
var meantVariables = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"YYYY": "year", "yyyy": "year", "yy": "year", "Y": "year", "MM": "mon", "m": "mon", "month": "mon", "DD": "day", "dd": "day", "d": "day",
		"date": "{year}{mon}{day}", "ymd": "{year}{mon}{day}", "today": "{year}{mon}{day}", "yyyymmdd": "{year}{mon}{day}",
		"timestamp": "{year}{mon}{day}{hour}{min}{sec}", "datetime": "{year}{mon}{day}{hour}{min}{sec}", "now": "{year}{mon}{day}{hour}{min}{sec}",
		"time": "{hour}{min}{sec}", "HH": "hour", "hh": "hour", "H": "hour", "mm": "min", "minute": "min", "M": "min",
		"SS": "sec", "ss": "sec", "second": "sec", "S": "sec",

		"stem": "barename", "filestem": "barename", "fname": "barename", "filename": "barename", "file_name": "barename", "file": "barename",
		"name": "barename", "base": "barename", "title": "barename", "basename_noext": "barename", "name_without_ext": "barename",
		"dir": "dirname", "folder": "dirname", "directory": "dirname", "path": "dirname", "parent": "dirname", "prefix": "dirname",
		"extension": "ext", "suffix": "ext", "filetype": "ext", "file_ext": "ext",
		"object": "key", "objectname": "key", "object_name": "key", "objectkey": "key", "object_key": "key", "fullpath": "key",
		"bucketname": "bucket", "bucket_name": "bucket", "md5": "etag", "hash": "etag", "checksum": "etag",

		"page": "index", "pagenumber": "index", "page_number": "index", "pageno": "index", "n": "index", "i": "index", "num": "index",
		"number": "index", "idx": "index", "count": "index", "counter": "index", "frame": "index", "seq": "index",
		"sheet": "sheetname", "format": "autoext", "stream": "streamindex", "width": "resolution", "height": "resolution", "size": "resolution",
	}
})

// meantVariable returns the text with variables that name stands for in other tools, "" if they are not in the scope.
func (in Scope) meantVariable(name string) string {
	meant, ok := meantVariables()[name]
	if !ok {
		meant = meantVariables()[strings.ToLower(name)]
	}
	if meant == "autoext" && !slices.Contains(in.OSS, meant) {
		meant = "ext"
	}
	_, ours := uploadVariables[meant]
	switch {
	case meant == "":
		return ""
	case !in.Clock && slices.Contains(timeNames, "u_"+meant):
		return "{u_" + meant + "}"
	case strings.HasPrefix(meant, "{"):
		if !in.Clock {
			return strings.ReplaceAll(meant, "{", "{u_")
		}
		return meant
	case ours || slices.Contains(in.OSS, meant) || in.Clock && slices.Contains(clockVariables, meant):
		return "{" + meant + "}"
	}
	return ""
}

// otherEvents are the events that names of other clouds, and short ones, stand for, in lower case.
var otherEvents = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"put": "PutObject", "post": "PostObject", "copy": "CopyObject", "append": "AppendObject", "symlink": "PutSymlink", "*": "ObjectCreated:*",
		"multipart": "CompleteMultipartUpload", "multipartupload": "CompleteMultipartUpload", "completemultipart": "CompleteMultipartUpload",
	}
})

// MeantEvent returns the event that a name of another cloud, or a short one, stands for; "" if there is none.
func MeantEvent(name string) string {
	name = strings.ToLower(name)
	if _, last, ok := strings.Cut(name, "objectcreated:"); ok {
		name = last
	}
	return otherEvents()[name]
}
