package localcloud

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
)

// answer is what a call comes to, if not an error.
type response struct {
	status int
	header http.Header
	body   io.Reader // nil for none; closed if it is an io.Closer
	length int64     // of the body
}

func newResponse() *response { return &response{status: 200, header: http.Header{}} }

func (a *response) with(contentType, body string) *response {
	a.header.Set("Content-Type", contentType)
	a.body, a.length = strings.NewReader(body), int64(len(body))
	return a
}

func xmlResponse(v any) (*response, error) { return newResponse().withXML(v) }

func (a *response) withXML(v any) (*response, error) {
	b, err := xml.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, err
	}
	return a.with("application/xml", xml.Header+string(b)), nil
}

// xmlTime is the format of times in OSS's XML.
const xmlTime = "2006-01-02T15:04:05.000Z"

// answerError is the answer to a call that failed.
func (c *call) errorResponse(err error) *response {
	e := c.asError(err)
	body := e.xml(c.ID, c.http.Host)
	a := &response{status: e.Status, header: http.Header{}}
	for name, values := range e.Header {
		a.header[http.CanonicalHeaderKey(name)] = values
	}
	if e.EC != "" {
		a.header.Set("x-oss-ec", e.EC)
	}
	switch {
	case e.Status == http.StatusNotModified:
	case c.Method == http.MethodHead: // has no body: the error goes into a header
		a.header.Set("x-oss-err", base64.StdEncoding.EncodeToString(body))
	default:
		a.with("application/xml", string(body))
	}
	return a
}

func (c *call) asError(err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		e = newError(500, "InternalError", "The local OSS failed: %v", err)
	}
	c.Code = e.Code
	return e
}
