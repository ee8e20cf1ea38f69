package localcloud

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"time"
)

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
