package localcloud

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
)

// response is the response to a call. A nil response closes the connection.
type response struct {
	status int
	header http.Header
	body   io.Reader // nil for none; closed if it is an io.Closer
	length int64     // of the body
}

// newResponse returns a response with status 200, without a body, and with headers given as names and values.
func newResponse(header ...string) *response {
	r := &response{status: 200, header: http.Header{}}
	for i := 0; i < len(header); i += 2 {
		r.header.Set(header[i], header[i+1])
	}
	return r
}

func noContent() *response { return &response{status: http.StatusNoContent} }

// with sets the body of a response and returns it.
func (r *response) with(contentType, body string) *response {
	r.header.Set("Content-Type", contentType)
	r.body, r.length = strings.NewReader(body), int64(len(body))
	return r
}

// withXML sets v as the XML body of a response and returns it.
func (r *response) withXML(v any) (*response, error) {
	b, err := xml.MarshalIndent(v, "", "  ")
	return r.with("application/xml", xml.Header+string(b)), err
}

// close closes the body of a response that is not nil.
func (r *response) close() {
	if r == nil {
		return
	}
	if closer, ok := r.body.(io.Closer); ok {
		closer.Close()
	}
}

// xmlTime is the format of times in OSS's XML and events.
const xmlTime = "2006-01-02T15:04:05.000Z"

// errorResponse returns the response to a call that failed.
func (c *call) errorResponse(err error) *response {
	e := c.asError(err)
	body := e.xml(c.ID, c.http.Host)
	resp := newResponse()
	resp.status = e.Status
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
