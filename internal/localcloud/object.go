package localcloud

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// https://help.aliyun.com/zh/oss/developer-reference/putobject
func (o *OSS) putObject(c *call) (*response, error) {
	p, err := o.receive(c)
	if err != nil {
		return nil, err
	}
	return o.commitObject(c, "Normal", p.etag(), storedHeaders(c.http.Header), p)
}

// receive stages the body of a request.
func (o *OSS) receive(c *call) (*stagedFile, error) {
	p, err := o.store.stageFile(c.http.Body)
	if err != nil {
		return nil, err
	}
	if err := checkMD5(c.http.Header, p.md5); err != nil {
		p.remove()
		return nil, err
	}
	return p, nil
}

func checkMD5(h http.Header, sum []byte) error {
	if want := h.Get("Content-Md5"); want != "" && want != base64.StdEncoding.EncodeToString(sum) {
		return newError(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
	}
	return nil
}

// finish makes an object of staged content, and tells of it.
func (o *OSS) commitObject(c *call, kind, etag string, header map[string]string, p *stagedFile) (*response, error) {
	defer p.remove()
	obj := &object{Key: escapedKey(c.Key), Kind: kind, Size: p.size, ETag: etag, CRC64: p.crc, Header: header, Modified: o.now()}
	delta, err := o.store.putObject(c.Bucket, obj, p, c.http.Header.Get("X-Oss-Forbid-Overwrite") == "true")
	if err != nil {
		return nil, err
	}
	o.emitCreated(c, obj, delta, -1)
	a := newResponse()
	a.header.Set("ETag", quoteETag(obj.ETag))
	a.header.Set("x-oss-hash-crc64ecma", strconv.FormatUint(obj.CRC64, 10))
	return a, nil
}

func quoteETag(etag string) string { return `"` + etag + `"` }

// tell lets everybody know of an upload, or of a step of one: obj is what is there of the object.
func (o *OSS) emitCreated(c *call, obj *object, delta, position int64) {
	ip, _, _ := strings.Cut(c.http.RemoteAddr, ":")
	e := ObjectCreated{
		Event: "ObjectCreated:" + c.Operation, Bucket: c.Bucket, Key: c.Key, Size: obj.Size, Delta: delta, ETag: obj.ETag,
		Header: obj.Header, Position: position, RequestID: c.ID, Time: o.now(), SourceIP: ip, AccessKeyID: c.AccessKeyID,
	}
	o.emit(e)
	o.onCreated(e, o.deliveries(e))
}

// https://help.aliyun.com/zh/oss/developer-reference/headobject
func (o *OSS) headObject(c *call) (*response, error) {
	obj, err := o.store.object(c.Bucket, c.Key)
	if err != nil {
		return nil, err
	}
	if err := checkPreconditions(c.http.Header, "", obj); err != nil {
		return nil, err
	}
	a := objectResponse(obj)
	a.length = obj.Size
	return a, nil
}

// https://help.aliyun.com/zh/oss/developer-reference/getobject
func (o *OSS) getObject(c *call) (*response, error) {
	obj, f, err := o.store.open(c.Bucket, c.Key)
	if err != nil {
		return nil, err
	}
	if err := checkPreconditions(c.http.Header, "", obj); err != nil {
		f.Close()
		return nil, err
	}
	a := objectResponse(obj)
	first, last, ok := parseRange(c.http.Header.Get("Range"), obj.Size)
	if ok {
		a.status = http.StatusPartialContent
		a.header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, last, obj.Size))
	} else {
		first, last = 0, obj.Size-1
	}
	a.length = last - first + 1
	a.body = fileSection{io.NewSectionReader(f, first, a.length), f}
	return a, nil
}

// section is a part of a file that closes the file.
type fileSection struct {
	io.Reader
	file *os.File
}

func (s fileSection) Close() error { return s.file.Close() }

// parseRange reads "bytes=FIRST-LAST", "bytes=FIRST-" or "bytes=-LENGTH". ok is false where there is no range, or not one
// inside the object: OSS then sends the whole object.
func parseRange(s string, size int64) (first, last int64, ok bool) {
	s, found := strings.CutPrefix(s, "bytes=")
	from, to, dash := strings.Cut(s, "-")
	if !found || !dash {
		return 0, 0, false
	}
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return -1
		}
		return n
	}
	first, last = number(from), size-1
	switch {
	case from == "":
		first = size - number(to)
	case to != "":
		last = number(to)
	}
	return first, last, 0 <= first && first <= last && last < size
}

// answerObject gives the headers that come with an object.
func objectResponse(obj *object) *response {
	a := newResponse()
	a.header.Set("Content-Type", "application/octet-stream")
	for name, value := range obj.Header {
		a.header.Set(name, value)
	}
	a.header.Set("ETag", quoteETag(obj.ETag))
	a.header.Set("Last-Modified", obj.Modified.UTC().Format(http.TimeFormat))
	a.header.Set("Accept-Ranges", "bytes")
	a.header.Set("x-oss-object-type", obj.Kind)
	a.header.Set("x-oss-storage-class", "Standard")
	a.header.Set("x-oss-hash-crc64ecma", strconv.FormatUint(obj.CRC64, 10))
	if obj.Kind == "Appendable" {
		a.header.Set("x-oss-next-append-position", strconv.FormatInt(obj.Size, 10))
	}
	return a
}

// preconditions heeds If-Match and its kin, which for the source of a copy have a prefix.
func checkPreconditions(h http.Header, prefix string, obj *object) error {
	modified := obj.Modified.Truncate(time.Second)
	match := func(name string) bool { return strings.Trim(h.Get(prefix+name), `"`) == obj.ETag }
	since := func(name string) (time.Time, bool) {
		t, err := http.ParseTime(h.Get(prefix + name))
		return t, err == nil
	}
	failed := newError(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.")
	if h.Get(prefix+"If-Match") != "" && !match("If-Match") {
		return failed
	}
	if t, ok := since("If-Unmodified-Since"); ok && modified.After(t) {
		return failed
	}
	unchanged := newError(304, "NotModified", "The object has not been modified.")
	if h.Get(prefix+"If-None-Match") != "" && match("If-None-Match") {
		return unchanged
	}
	if t, ok := since("If-Modified-Since"); ok && !modified.After(t) {
		return unchanged
	}
	return nil
}

// https://help.aliyun.com/zh/oss/developer-reference/deleteobject
func (o *OSS) deleteObject(c *call) (*response, error) {
	a := newResponse()
	a.status = http.StatusNoContent
	return a, o.store.removeObject(c.Bucket, c.Key)
}

// https://help.aliyun.com/zh/oss/developer-reference/appendobject
func (o *OSS) appendObject(c *call) (*response, error) {
	position, err := strconv.ParseInt(c.query.Get("position"), 10, 64)
	if err != nil || position < 0 {
		return nil, errInvalidArgument("The position of an append must be an integer that is not negative: %q", c.query.Get("position"))
	}
	// In memory, so that nothing is written before the position is known to be right: local appends are small.
	data, err := io.ReadAll(c.http.Body)
	if err != nil {
		return nil, err
	}
	sum := md5.Sum(data)
	if err := checkMD5(c.http.Header, sum[:]); err != nil {
		return nil, err
	}
	obj, err := o.store.appendAt(c.Bucket, c.Key, position, data, storedHeaders(c.http.Header), o.now())
	if err != nil {
		return nil, err
	}
	o.emitCreated(c, obj, int64(len(data)), position)
	a := newResponse()
	a.header = appendHeader(obj)
	a.header.Set("ETag", quoteETag(obj.ETag))
	return a, nil
}

// appendHeader is what an append is answered, whether it went well or missed the position.
func appendHeader(obj *object) http.Header {
	h := http.Header{}
	h.Set("x-oss-next-append-position", strconv.FormatInt(obj.Size, 10))
	h.Set("x-oss-hash-crc64ecma", strconv.FormatUint(obj.CRC64, 10))
	return h
}

// https://help.aliyun.com/zh/oss/developer-reference/copyobject
func (o *OSS) copyObject(c *call) (*response, error) {
	h := c.http.Header
	from, err := url.PathUnescape(strings.TrimPrefix(h.Get("X-Oss-Copy-Source"), "/"))
	bucket, key, _ := strings.Cut(from, "/")
	if err != nil || key == "" {
		return nil, errInvalidArgument("Invalid x-oss-copy-source %q.", h.Get("X-Oss-Copy-Source"))
	}
	source, f, err := o.store.open(bucket, key)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := checkPreconditions(h, "X-Oss-Copy-Source-", source); err != nil {
		return nil, err
	}
	header := maps.Clone(source.Header)
	if strings.EqualFold(h.Get("X-Oss-Metadata-Directive"), "REPLACE") {
		header = storedHeaders(h)
	}
	p, err := o.store.stageFile(io.NewSectionReader(f, 0, source.Size))
	if err != nil {
		return nil, err
	}
	etag := p.etag()
	if source.Kind == "Multipart" {
		etag = source.ETag
	}
	a, err := o.commitObject(c, "Normal", etag, header, p)
	if err != nil {
		return nil, err
	}
	type result struct {
		XMLName      xml.Name `xml:"CopyObjectResult"`
		ETag         string
		LastModified string
	}
	return a.withXML(result{ETag: quoteETag(etag), LastModified: o.now().UTC().Format(xmlTime)})
}

// kept picks the headers of a request that are kept with the object and come back with every download.
func storedHeaders(h http.Header) map[string]string {
	header := map[string]string{}
	for name := range h {
		switch name {
		case "Content-Type", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires":
			header[name] = h.Get(name)
		default:
			if strings.HasPrefix(name, "X-Oss-Meta-") {
				header[name] = h.Get(name)
			}
		}
	}
	return header
}
