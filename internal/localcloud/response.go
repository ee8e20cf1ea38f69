package localcloud

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// response is the response to a call. A nil response closes the connection.
type response struct {
	status int
	header http.Header
	body   io.ReadCloser // nil for none
	length int64         // of the body
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
	r.body, r.length = io.NopCloser(strings.NewReader(body)), int64(len(body))
	return r
}

// withXML sets v as the XML body of a response and returns it.
func (r *response) withXML(v any) (*response, error) {
	b, err := xml.MarshalIndent(v, "", "  ")
	return r.with("application/xml", xml.Header+string(b)), err
}

// close closes the body, if there is one.
func (r *response) close() {
	if r != nil && r.body != nil {
		r.body.Close()
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

// Error is an error response of OSS.
//
// https://www.alibabacloud.com/help/en/oss/user-guide/overview-14
type Error struct {
	Status  int         // HTTP status
	Code    string      // NoSuchKey, SignatureDoesNotMatch, "Imm Client"…
	Message string      // the sentence for people
	EC      string      // OSS's finer error code; "" if not known
	Header  http.Header // further headers, such as x-oss-next-append-position

	Endpoint   string    // with AccessDenied: the host to use instead
	ServerTime time.Time // with RequestTimeTooSkewed: OSS's own time
}

func (e *Error) Error() string {
	return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message)
}

// newError returns an error without EC and further headers.
func newError(status int, code, format string, args ...any) *Error {
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

func errNoSuchBucket() *Error {
	return &Error{Status: 404, Code: "NoSuchBucket", Message: "The specified bucket does not exist.", EC: "0015-00000101"}
}

func errNoSuchKey() *Error {
	return newError(404, "NoSuchKey", "The specified key does not exist.")
}

func errInvalidArgument(format string, args ...any) *Error {
	return newError(400, "InvalidArgument", format, args...)
}

// xml returns the body of the response.
func (e *Error) xml(requestID, host string) []byte {
	doc := struct {
		XMLName xml.Name `xml:"Error"`

		Code, Message, RequestId, HostId string

		EC                         string `xml:",omitempty"`
		Endpoint                   string `xml:",omitempty"`
		MaxAllowedSkewMilliseconds int64  `xml:",omitempty"`
		ServerTime                 string `xml:",omitempty"`
	}{
		// XML parsers turn a carriage return into a line feed, so none may be left.
		Code: e.Code, Message: strings.ReplaceAll(e.Message, "\r", " "), RequestId: requestID, HostId: host, EC: e.EC, Endpoint: e.Endpoint,
	}
	if !e.ServerTime.IsZero() {
		doc.MaxAllowedSkewMilliseconds, doc.ServerTime = maxSkew.Milliseconds(), e.ServerTime.UTC().Format(xmlTime)
	}
	b, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		panic(err) // strings always marshal
	}
	return append([]byte(xml.Header), b...)
}
