package localcloud

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// https://help.aliyun.com/zh/oss/developer-reference/putobject
func (o *OSS) putObject(c *call) (*response, error) {
	a, err := o.attributes(c)
	if err != nil {
		return nil, err
	}
	p, err := o.receive(c)
	if err != nil {
		return nil, err
	}
	return o.commitObject(c, "Normal", p.etag(), a, p)
}

// receive stages the body of a request and checks its MD5.
func (o *OSS) receive(c *call) (*stagedFile, error) {
	p, err := o.store.stageFile(c.http.Body)
	if err != nil {
		return nil, err
	}
	if err := c.checkMD5(p.md5); err != nil {
		p.remove()
		return nil, err
	}
	return p, nil
}

// commitObject makes staged content an object and emits its event.
func (o *OSS) commitObject(c *call, kind, etag string, a attributes, p *stagedFile) (*response, error) {
	defer p.remove()
	obj := &object{Key: escapedKey(c.Key), Kind: kind, Size: p.size, ETag: etag, CRC64: p.crc,
		Header: a.header, Class: a.class, Tags: a.tags, Modified: o.opts.Now()}
	delta, err := o.store.putObject(c.Bucket, obj, p, c.http.Header.Get("X-Oss-Forbid-Overwrite") == "true")
	if err != nil {
		return nil, err
	}
	o.emitCreated(c, obj, delta, -1)
	return newResponse("ETag", quoteETag(etag), "x-oss-hash-crc64ecma", strconv.FormatUint(p.crc, 10)), nil
}

func quoteETag(etag string) string { return `"` + etag + `"` }

// emitCreated emits the event of an upload, or of one of its steps, and invokes the function. obj is the object so far.
func (o *OSS) emitCreated(c *call, obj *object, delta, position int64) {
	ip, _, _ := strings.Cut(c.http.RemoteAddr, ":")
	e := ObjectCreated{
		Event: "ObjectCreated:" + c.Operation, Bucket: c.Bucket, Key: c.Key, Size: obj.Size, Delta: delta, ETag: obj.ETag,
		Header: obj.Header, Position: position, RequestID: c.ID, Time: o.opts.Now(), SourceIP: ip, AccessKeyID: c.AccessKeyID,
	}
	o.emit(e)
	delays := []time.Duration{0}
	if deliveries := o.faults.Load().Deliveries; deliveries != nil {
		delays = deliveries(e)
	}
	if d := o.function.Load(); d != nil {
		d.onCreated(e, delays)
	}
}

// getObject also answers HeadObject and GetObjectMeta, whose responses lack the body.
//
// https://help.aliyun.com/zh/oss/developer-reference/headobject
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
	if ok && c.Method == http.MethodGet {
		resp.status = http.StatusPartialContent
		resp.header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, last, obj.Size))
	} else {
		first, last = 0, obj.Size-1
	}
	resp.length = last - first + 1
	resp.body = struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, first, resp.length), f}
	return resp, nil
}

// parseRange parses "bytes=FIRST-LAST", "bytes=FIRST-" or "bytes=-LENGTH". It reports false without a range inside the
// object; OSS then sends the whole object.
func parseRange(s string, size int64) (first, last int64, ok bool) {
	s, found := strings.CutPrefix(s, "bytes=")
	from, to, dash := strings.Cut(s, "-")
	first, fromErr := strconv.ParseInt(from, 10, 64)
	last, toErr := strconv.ParseInt(to, 10, 64)
	switch {
	case from == "":
		first, last, fromErr = size-last, size-1, nil
	case to == "":
		last, toErr = size-1, nil
	}
	return first, last, found && dash && fromErr == nil && toErr == nil && 0 <= first && first <= last && last < size
}

// objectResponse returns a response with the headers of an object.
func objectResponse(obj *object) *response {
	resp := newResponse(
		"Content-Type", "application/octet-stream",
		"ETag", quoteETag(obj.ETag),
		"Last-Modified", obj.Modified.UTC().Format(http.TimeFormat),
		"Accept-Ranges", "bytes",
		"x-oss-object-type", obj.Kind,
		"x-oss-storage-class", cmp.Or(obj.Class, "Standard"),
		"x-oss-hash-crc64ecma", strconv.FormatUint(obj.CRC64, 10),
	)
	for name, value := range obj.Header {
		resp.header.Set(name, value)
	}
	if obj.Kind == "Appendable" {
		resp.header.Set("x-oss-next-append-position", strconv.FormatInt(obj.Size, 10))
	}
	if len(obj.Tags) > 0 {
		resp.header.Set("x-oss-tagging-count", strconv.Itoa(len(obj.Tags)))
	}
	return resp
}

// checkPreconditions checks If-Match and similar headers. The ones about the source of a copy have a prefix.
func checkPreconditions(h http.Header, prefix string, obj *object) error {
	modified := obj.Modified.Truncate(time.Second)
	matches := func(name string) bool { return strings.Trim(h.Get(prefix+name), `"`) == obj.ETag }
	since, sinceErr := http.ParseTime(h.Get(prefix + "If-Modified-Since"))
	until, untilErr := http.ParseTime(h.Get(prefix + "If-Unmodified-Since"))
	switch {
	case h.Get(prefix+"If-Match") != "" && !matches("If-Match"), untilErr == nil && modified.After(until):
		return newError(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.")
	case matches("If-None-Match"), sinceErr == nil && !modified.After(since):
		return newError(304, "NotModified", "The object has not been modified.")
	}
	return nil
}

// https://help.aliyun.com/zh/oss/developer-reference/deleteobject
func (o *OSS) deleteObject(c *call) (*response, error) {
	return noContent(), o.store.removeObject(c.Bucket, c.Key)
}

// maxAppendable is the maximum size of an appendable object, in bytes.
const maxAppendable = 5 << 30

// https://help.aliyun.com/zh/oss/developer-reference/appendobject
func (o *OSS) appendObject(c *call) (*response, error) {
	position, err := strconv.ParseInt(c.query.Get("position"), 10, 64)
	if err != nil || position < 0 {
		return nil, errInvalidArgument("The position of an append must be an integer that is not negative: %q", c.query.Get("position"))
	}
	a, err := o.attributes(c)
	if err != nil {
		return nil, err
	}
	// In memory, so that nothing is written before the position is checked. Local appends are small.
	data, err := c.readBody(maxAppendable)
	if err != nil {
		return nil, err
	}
	obj, err := o.store.appendAt(c.Bucket, c.Key, position, data, a, o.opts.Now())
	if err != nil {
		return nil, err
	}
	o.emitCreated(c, obj, int64(len(data)), position)
	resp := appendResponse(obj)
	resp.header.Set("ETag", quoteETag(obj.ETag))
	return resp, nil
}

// appendResponse returns a response with the headers of an append. The error about a wrong position has them, too.
func appendResponse(obj *object) *response {
	return newResponse("x-oss-next-append-position", strconv.FormatInt(obj.Size, 10),
		"x-oss-hash-crc64ecma", strconv.FormatUint(obj.CRC64, 10))
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
	a, err := o.attributes(c)
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(h.Get("X-Oss-Metadata-Directive"), "REPLACE") {
		a.header = maps.Clone(source.Header)
	}
	if !strings.EqualFold(h.Get("X-Oss-Tagging-Directive"), "REPLACE") {
		a.tags = source.Tags
	}
	p, err := o.store.stageFile(io.NewSectionReader(f, 0, source.Size))
	if err != nil {
		return nil, err
	}
	etag := p.etag()
	if source.Kind == "Multipart" {
		etag = source.ETag
	}
	resp, err := o.commitObject(c, "Normal", etag, a, p)
	if err != nil {
		return nil, err
	}
	type result struct {
		XMLName            xml.Name `xml:"CopyObjectResult"`
		ETag, LastModified string
	}
	return resp.withXML(result{ETag: quoteETag(etag), LastModified: o.opts.Now().UTC().Format(xmlTime)})
}

var storedHeader = regexp.MustCompile(`^(Content-(Type|Disposition|Encoding|Language)|Cache-Control|Expires|X-Oss-Meta-.*)$`)

// storedHeaders returns the headers of a request that are stored with the object and returned with it.
func storedHeaders(h http.Header) map[string]string {
	header := map[string]string{}
	for name := range h {
		if storedHeader.MatchString(name) {
			header[name] = h.Get(name)
		}
	}
	return header
}
