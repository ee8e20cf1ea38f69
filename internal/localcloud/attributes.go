package localcloud

import (
	"cmp"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"
)

// attributes are what a request says about the object that it writes, besides the content.
type attributes struct {
	header map[string]string
	class  string // storage class; "" for the bucket's
	tags   []tag
}

// tag is a tag of an object.
type tag struct{ Key, Value string }

var storageClasses = []string{"Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"}

// attributes returns the attributes in the headers of a request.
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/putobject
func (o *OSS) attributes(c *call) (attributes, error) {
	h := c.http.Header
	a := attributes{header: storedHeaders(h), class: cmp.Or(h.Get("X-Oss-Storage-Class"), o.settings(c.Bucket).StorageClass)}
	if a.class != "" && !slices.Contains(storageClasses, a.class) {
		return a, newError(400, "InvalidStorageClass", "The storage class %q is not valid.", a.class)
	}
	tags, err := url.ParseQuery(h.Get("X-Oss-Tagging"))
	if err != nil || strings.Contains(h.Get("X-Oss-Tagging"), ";") {
		return a, errInvalidTag("The header x-oss-tagging is not a query string.")
	}
	for key, values := range tags {
		for _, value := range values {
			a.tags = append(a.tags, tag{key, value})
		}
	}
	slices.SortFunc(a.tags, func(a, b tag) int { return strings.Compare(a.Key, b.Key) })
	return a, checkTags(a.tags)
}

// Limits of the tags of an object, in bytes where OSS's documentation says characters.
//
// https://www.alibabacloud.com/help/en/oss/user-guide/object-tagging-8
const (
	maxTags     = 10
	maxTagKey   = 128
	maxTagValue = 256
)

func checkTags(tags []tag) error {
	if len(tags) > maxTags {
		return errInvalidTag("An object has at most %d tags.", maxTags)
	}
	for i, t := range tags {
		if t.Key == "" || len(t.Key) > maxTagKey || len(t.Value) > maxTagValue {
			return errInvalidTag("The tag %q is empty or too long.", t.Key)
		}
		if slices.ContainsFunc(tags[:i], func(earlier tag) bool { return earlier.Key == t.Key }) {
			return errInvalidTag("The tag %q is there twice.", t.Key)
		}
	}
	return nil
}

func errInvalidTag(format string, args ...any) *Error {
	return newError(400, "InvalidTag", format, args...)
}

// tagging is the XML document of an object's tags.
type tagging struct {
	XMLName xml.Name `xml:"Tagging"`
	Tags    []tag    `xml:"TagSet>Tag"`
}

// https://www.alibabacloud.com/help/en/oss/developer-reference/getobjecttagging
func (o *OSS) getObjectTagging(c *call) (*response, error) {
	obj, f, err := o.store.open(c.Bucket, c.Key)
	if err != nil {
		return nil, err
	}
	f.Close()
	return newResponse().withXML(tagging{Tags: obj.Tags})
}

// https://www.alibabacloud.com/help/en/oss/developer-reference/putobjecttagging
func (o *OSS) putObjectTagging(c *call) (*response, error) {
	data, err := c.readBody(1 << 20)
	if err != nil {
		return nil, err
	}
	var body tagging
	if xml.Unmarshal(data, &body) != nil {
		return nil, newError(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema.")
	}
	if err := checkTags(body.Tags); err != nil {
		return nil, err
	}
	return newResponse(), o.store.setTags(c.Bucket, c.Key, body.Tags)
}

// https://www.alibabacloud.com/help/en/oss/developer-reference/deleteobjecttagging
func (o *OSS) deleteObjectTagging(c *call) (*response, error) {
	return noContent(), o.store.setTags(c.Bucket, c.Key, nil)
}

// setTags replaces the tags of an object.
func (s *store) setTags(bucket, key string, tags []tag) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucketLocked(bucket)
	if err != nil {
		return err
	}
	if b.objects[key] == nil {
		return errNoSuchKey()
	}
	obj := *b.objects[key]
	obj.Tags = tags
	return s.saveMeta(b, &obj)
}
