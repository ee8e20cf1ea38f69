package localcloud

import (
	"crypto/md5"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// multipartUploads are the incomplete multipart uploads. They are lost when the OSS is closed.
//
// https://help.aliyun.com/zh/oss/developer-reference/initiatemultipartupload
type multipartUploads struct {
	mu   sync.Mutex
	open map[string]*multipartUpload // by upload id
}

// multipartUpload is an incomplete upload.
type multipartUpload struct {
	bucket, key string
	attributes  attributes
	parts       map[int]*stagedFile
}

// minPart is the minimum size of every part but the last, in bytes.
//
// https://help.aliyun.com/zh/oss/developer-reference/completemultipartupload
const minPart = 100 << 10

// get returns the upload with the call's upload id. The caller holds the lock.
func (u *multipartUploads) get(c *call) (*multipartUpload, error) {
	up := u.open[c.query.Get("uploadId")]
	if up == nil || up.bucket != c.Bucket || up.key != c.Key {
		return nil, newError(404, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
	}
	return up, nil
}

func (o *OSS) initiateMultipartUpload(c *call) (*response, error) {
	a, err := o.attributes(c)
	if err != nil {
		return nil, err
	}
	id := strings.ToUpper(randomHex(32))
	up := &multipartUpload{bucket: c.Bucket, key: c.Key, attributes: a, parts: map[int]*stagedFile{}}
	o.uploads.mu.Lock()
	o.uploads.open[id] = up
	o.uploads.mu.Unlock()
	o.emitCreated(c, &object{Header: a.header}, 0, -1)
	type result struct {
		XMLName      xml.Name `xml:"InitiateMultipartUploadResult"`
		EncodingType string   `xml:",omitempty"`

		Bucket, Key, UploadId string
	}
	encoding, key := c.encodedKey()
	return newResponse().withXML(result{EncodingType: encoding, Bucket: c.Bucket, Key: key, UploadId: id})
}

// encodedKey returns the key in the encoding that the client requests for an XML response.
func (c *call) encodedKey() (encoding, key string) {
	if c.query.Get("encoding-type") == "url" {
		return "url", percentEncode(c.Key)
	}
	return "", c.Key
}

func (o *OSS) uploadPart(c *call) (*response, error) {
	number, err := strconv.Atoi(c.query.Get("partNumber"))
	if err != nil || number < 1 || number > 10000 {
		return nil, errInvalidArgument("Part number must be an integer between 1 and 10000, inclusive.")
	}
	p, err := o.receive(c)
	if err != nil {
		return nil, err
	}
	up, err := o.uploads.addPart(c, number, p)
	if err != nil {
		p.remove()
		return nil, err
	}
	o.emitCreated(c, &object{Size: p.size, ETag: p.etag(), Header: up.attributes.header}, p.size, -1)
	return newResponse("ETag", quoteETag(p.etag()), "x-oss-hash-crc64ecma", strconv.FormatUint(p.crc, 10)), nil
}

// addPart adds a part to the call's upload, in place of one with the same number.
func (u *multipartUploads) addPart(c *call, number int, p *stagedFile) (*multipartUpload, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	up, err := u.get(c)
	if err != nil {
		return nil, err
	}
	if old := up.parts[number]; old != nil {
		old.remove()
	}
	up.parts[number] = p
	return up, nil
}

func (o *OSS) completeMultipartUpload(c *call) (*response, error) {
	var body struct {
		Part []struct {
			PartNumber int
			ETag       string
		}
	}
	data, err := c.readBody(4 << 20)
	if err != nil {
		return nil, err
	}
	if xml.Unmarshal(data, &body) != nil {
		return nil, newError(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema.")
	}
	o.uploads.mu.Lock()
	defer o.uploads.mu.Unlock()
	up, err := o.uploads.get(c)
	if err != nil {
		return nil, err
	}
	var parts []*stagedFile
	for i, p := range body.Part {
		if i > 0 && p.PartNumber <= body.Part[i-1].PartNumber {
			return nil, newError(400, "InvalidPartOrder", "The list of parts was not in ascending order.")
		}
		have := up.parts[p.PartNumber]
		if have == nil || strings.Trim(p.ETag, `"`) != have.etag() {
			return nil, newError(400, "InvalidPart", "One or more of the specified parts could not be found or the specified entity tag might not have matched the part's entity tag.")
		}
		if i < len(body.Part)-1 && have.size < minPart {
			return nil, newError(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size.")
		}
		parts = append(parts, have)
	}
	if len(parts) == 0 {
		return nil, newError(400, "MalformedXML", "The list of parts is empty.")
	}
	p, err := o.store.join(parts)
	if err != nil {
		return nil, err
	}
	sum := md5.New()
	for _, part := range parts {
		sum.Write(part.md5)
	}
	etag := fmt.Sprintf("%X-%d", sum.Sum(nil), len(parts))
	resp, err := o.commitObject(c, "Multipart", etag, up.attributes, p)
	if err != nil {
		return nil, err
	}
	o.uploads.remove(c.query.Get("uploadId"))

	type result struct {
		XMLName      xml.Name `xml:"CompleteMultipartUploadResult"`
		EncodingType string   `xml:",omitempty"`

		Location, Bucket, Key, ETag string
	}
	encoding, key := c.encodedKey()
	return resp.withXML(result{EncodingType: encoding, Location: o.Endpoint() + "/" + c.Bucket + "/" + encodePath(c.Key),
		Bucket: c.Bucket, Key: key, ETag: quoteETag(etag)})
}

// remove removes an upload and its parts. The caller holds the lock.
func (u *multipartUploads) remove(id string) {
	for _, p := range u.open[id].parts {
		p.remove()
	}
	delete(u.open, id)
}

func (o *OSS) abortMultipartUpload(c *call) (*response, error) {
	o.uploads.mu.Lock()
	defer o.uploads.mu.Unlock()
	if _, err := o.uploads.get(c); err != nil {
		return nil, err
	}
	o.uploads.remove(c.query.Get("uploadId"))
	return noContent(), nil
}
