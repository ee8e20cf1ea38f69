package localcloud

import (
	"cmp"
	"encoding/base64"
	"encoding/xml"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// listResult is the response of ListObjectsV2.
type listResult struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	Name, Prefix          string
	StartAfter            string `xml:",omitempty"`
	ContinuationToken     string `xml:",omitempty"`
	MaxKeys               int
	Delimiter             string
	EncodingType          string `xml:",omitempty"`
	IsTruncated           bool
	NextContinuationToken string `xml:",omitempty"`
	KeyCount              int
	Contents              []listEntry
	CommonPrefixes        []struct{ Prefix string }
}

type listEntry struct {
	Key, LastModified, ETag, Type string
	Size                          int64
	StorageClass                  string
}

// listObjectsV2 lists keys in byte order.
//
// https://help.aliyun.com/zh/oss/developer-reference/listobjectsv2
func (o *OSS) listObjectsV2(c *call) (*response, error) {
	q := c.query
	l := listResult{
		Name: c.Bucket, Prefix: q.Get("prefix"), StartAfter: q.Get("start-after"), Delimiter: q.Get("delimiter"),
		ContinuationToken: q.Get("continuation-token"), MaxKeys: 100,
	}
	if s := q.Get("max-keys"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 1000 {
			return nil, errInvalidArgument("MaxKeys %q is not between 1 and 1000.", s)
		}
		l.MaxKeys = n
	}
	encode := func(s string) string { return s }
	switch l.EncodingType = q.Get("encoding-type"); l.EncodingType {
	case "":
	case "url":
		encode = percentEncode
	default:
		return nil, errInvalidArgument("Invalid encoding type: %q.", l.EncodingType)
	}
	after := l.StartAfter
	if l.ContinuationToken != "" {
		b, err := base64.RawURLEncoding.DecodeString(l.ContinuationToken)
		if err != nil {
			return nil, errInvalidArgument("The continuation token is not one of this OSS: %q.", l.ContinuationToken)
		}
		after = string(b)
	}

	objects, err := o.store.objects(c.Bucket)
	if err != nil {
		return nil, err
	}
	last := after // last key or common prefix so far
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		if !strings.HasPrefix(key, l.Prefix) || key <= after {
			continue
		}
		entry, group := key, false // the key, or its common prefix
		if l.Delimiter != "" {
			if i := strings.Index(key[len(l.Prefix):], l.Delimiter); i >= 0 {
				entry, group = key[:len(l.Prefix)+i+len(l.Delimiter)], true
			}
		}
		if group && entry == last {
			continue // it is listed already, perhaps on the previous page
		}
		if l.KeyCount == l.MaxKeys {
			l.IsTruncated = true
			l.NextContinuationToken = base64.RawURLEncoding.EncodeToString([]byte(last))
			break
		}
		l.KeyCount++
		last = entry
		if group {
			l.CommonPrefixes = append(l.CommonPrefixes, struct{ Prefix string }{encode(entry)})
			continue
		}
		obj := objects[key]
		l.Contents = append(l.Contents, listEntry{
			Key: encode(key), LastModified: obj.Modified.UTC().Format(xmlTime), ETag: quoteETag(obj.ETag), Type: obj.Kind,
			Size: obj.Size, StorageClass: cmp.Or(obj.Class, "Standard"),
		})
	}
	l.Prefix, l.StartAfter, l.Delimiter = encode(l.Prefix), encode(l.StartAfter), encode(l.Delimiter)
	return newResponse().withXML(l)
}
