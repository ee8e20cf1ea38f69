package localcloud

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
)

// response is the response to a call that succeeds.
type response struct {
	status int
	header http.Header
	body   io.Reader // nil for none; closed if it is an io.Closer
	length int64     // of the body
}

// newResponse returns a response with status 200 and no body.
func newResponse() *response { return &response{status: 200, header: http.Header{}} }

// with sets the body of a response and returns it.
func (r *response) with(contentType, body string) *response {
	r.header.Set("Content-Type", contentType)
	r.body, r.length = strings.NewReader(body), int64(len(body))
	return r
}

// xmlResponse returns a response with v as its XML body.
func xmlResponse(v any) (*response, error) { return newResponse().withXML(v) }

// withXML sets v as the XML body of a response and returns it.
func (r *response) withXML(v any) (*response, error) {
	b, err := xml.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, err
	}
	return r.with("application/xml", xml.Header+string(b)), nil
}

// xmlTime is the format of times in OSS's XML.
const xmlTime = "2006-01-02T15:04:05.000Z"

// errorResponse returns the response to a call that failed.
func (c *call) errorResponse(err error) *response {
	e := c.asError(err)
	body := e.xml(c.ID, c.http.Host)
	resp := &response{status: e.Status, header: http.Header{}}
	for name, values := range e.Header {
		resp.header[http.CanonicalHeaderKey(name)] = values
	}
	if e.EC != "" {
		resp.header.Set("x-oss-ec", e.EC)
	}
	switch {
	case e.Status == http.StatusNotModified:
	case c.Method == http.MethodHead: // without a body, so the error goes into a header
		resp.header.Set("x-oss-err", base64.StdEncoding.EncodeToString(body))
	default:
		resp.with("application/xml", string(body))
	}
	return resp
}

// asError returns err as an [*Error] and logs its code.
func (c *call) asError(err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		e = newError(500, "InternalError", "The local OSS failed: %v", err)
	}
	c.Code = e.Code
	return e
}
