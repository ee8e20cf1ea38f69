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

// receive stages the body of a request and checks its MD5.
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

// checkMD5 compares the MD5 of a body with the Content-MD5 header, if there is one.
func checkMD5(h http.Header, sum []byte) error {
	if want := h.Get("Content-Md5"); want != "" && want != base64.StdEncoding.EncodeToString(sum) {
		return newError(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
	}
	return nil
}

// commitObject makes staged content an object and emits its event.
func (o *OSS) commitObject(c *call, kind, etag string, header map[string]string, p *stagedFile) (*response, error) {
	defer p.remove()
	obj := &object{Key: escapedKey(c.Key), Kind: kind, Size: p.size, ETag: etag, CRC64: p.crc, Header: header, Modified: o.now()}
	delta, err := o.store.putObject(c.Bucket, obj, p, c.http.Header.Get("X-Oss-Forbid-Overwrite") == "true")
	if err != nil {
		return nil, err
	}
	o.emitCreated(c, obj, delta, -1)
	resp := newResponse()
	resp.header.Set("ETag", quoteETag(obj.ETag))
	resp.header.Set("x-oss-hash-crc64ecma", strconv.FormatUint(obj.CRC64, 10))
	return resp, nil
}

func quoteETag(etag string) string { return `"` + etag + `"` }

// emitCreated emits the event of an upload, or of a step of one, with obj as it is so far.
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
	resp := objectResponse(obj)
	resp.length = obj.Size
	return resp, nil
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
	resp := objectResponse(obj)
	first, last, ok := parseRange(c.http.Header.Get("Range"), obj.Size)
	if ok {
		resp.status = http.StatusPartialContent
		resp.header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, last, obj.Size))
	} else {
		first, last = 0, obj.Size-1
	}
	resp.length = last - first + 1
	resp.body = fileSection{io.NewSectionReader(f, first, resp.length), f}
	return resp, nil
}

// fileSection reads a section of a file. Close closes the file.
type fileSection struct {
	io.Reader
	file *os.File
}

func (s fileSection) Close() error { return s.file.Close() }

// parseRange parses "bytes=FIRST-LAST", "bytes=FIRST-" or "bytes=-LENGTH". It reports false without a range inside the
// object; OSS then sends the whole object.
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

// objectResponse returns a response with the headers of an object.
func objectResponse(obj *object) *response {
	resp := newResponse()
	resp.header.Set("Content-Type", "application/octet-stream")
	for name, value := range obj.Header {
		resp.header.Set(name, value)
	}
	resp.header.Set("ETag", quoteETag(obj.ETag))
	resp.header.Set("Last-Modified", obj.Modified.UTC().Format(http.TimeFormat))
	resp.header.Set("Accept-Ranges", "bytes")
	resp.header.Set("x-oss-object-type", obj.Kind)
	resp.header.Set("x-oss-storage-class", "Standard")
	resp.header.Set("x-oss-hash-crc64ecma", strconv.FormatUint(obj.CRC64, 10))
	if obj.Kind == "Appendable" {
		resp.header.Set("x-oss-next-append-position", strconv.FormatInt(obj.Size, 10))
	}
	return resp
}

// checkPreconditions checks If-Match and similar headers. Those for the source of a copy have a prefix.
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
	resp := newResponse()
	resp.status = http.StatusNoContent
	return resp, o.store.removeObject(c.Bucket, c.Key)
}

// https://help.aliyun.com/zh/oss/developer-reference/appendobject
func (o *OSS) appendObject(c *call) (*response, error) {
	position, err := strconv.ParseInt(c.query.Get("position"), 10, 64)
	if err != nil || position < 0 {
		return nil, errInvalidArgument("The position of an append must be an integer that is not negative: %q", c.query.Get("position"))
	}
	// In memory, so that nothing is written before the position is checked. Local appends are small.
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
	resp := newResponse()
	resp.header = appendHeader(obj)
	resp.header.Set("ETag", quoteETag(obj.ETag))
	return resp, nil
}

// appendHeader returns the headers of the response to an append, also if its position was wrong.
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
	resp, err := o.commitObject(c, "Normal", etag, header, p)
	if err != nil {
		return nil, err
	}
	type result struct {
		XMLName      xml.Name `xml:"CopyObjectResult"`
		ETag         string
		LastModified string
	}
	return resp.withXML(result{ETag: quoteETag(etag), LastModified: o.now().UTC().Format(xmlTime)})
}

// storedHeaders returns the headers of a request that are stored with the object and come back with every download.
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
