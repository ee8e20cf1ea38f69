package ossclient

import (
	"cmp"
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"
	"time"

	"onput/internal/safejson"
	"onput/internal/text"
)

// response is the answer to an HTTP request, which a proxy may have written in OSS's place.
type response struct {
	status  int // 0 without an answer
	header  http.Header
	body    []byte
	bodyErr error        // the body broke off
	code    string       // OSS's error code; set by attempt.judge
	secrets text.Secrets // of the request; the answer may repeat them
}

// requestID returns OSS's id of the request, or "" without an answer.
func (r *response) requestID() string { return r.id(r.header.Get("x-oss-request-id")) }

// id returns an id from the answer, safe for a message. Real ones have less than 100 bytes.
func (r *response) id(s string) string { return r.line(s, 200) }

// line returns at most max bytes of a text from the answer, on one line and without secrets.
func (r *response) line(s string, max int) string { return text.OneLine(r.secrets.Redact(s), max) }

// time returns the time in a header, or the zero time if it holds none.
func (r *response) time(header string) time.Time {
	t, err := http.ParseTime(r.header.Get(header))
	if err != nil {
		return time.Time{}
	}
	return t
}

// errorDocument is the body of an answer that refuses a request.
//
// https://help.aliyun.com/en/oss/user-guide/error-response-2326715
type errorDocument struct {
	Code      string
	Message   string
	RequestID string `xml:"RequestId"`
	EC        string
}

// errorDocument reads the body: XML, from some services JSON. An answer without a body has the document in a header.
// The SDK's reading quotes a malformed document, which may hold what was signed.
func (r *response) errorDocument() errorDocument {
	body := r.body
	if len(body) == 0 {
		body, _ = base64.StdEncoding.DecodeString(r.header.Get("x-oss-err"))
	}
	var e errorDocument
	if o, ok := safejson.Parse(string(body)); ok {
		if inner := safejson.Member(o, "Error"); inner.IsObject() {
			o = inner
		}
		return errorDocument{
			Code:      safejson.Member(o, "Code").Str,
			Message:   safejson.Member(o, "Message").Str,
			RequestID: safejson.Member(o, "RequestId").Str,
			EC:        safejson.Member(o, "EC").Str,
		}
	} else if xml.Unmarshal(body, &e) != nil {
		return errorDocument{}
	}
	return e
}

// serviceError returns OSS's code and message, and the whole failure as one line of text.
func (r *response) serviceError() (code, message, line string) {
	e := r.errorDocument()
	code, message = r.line(e.Code, 100), r.line(e.Message, 500)
	line = strconv.Itoa(r.status) + " " + code + ": " + message
	if code == "" {
		line = strconv.Itoa(r.status) + " " + http.StatusText(r.status) + ": the answer is not an OSS error document"
	}
	line += " (request id " + r.line(cmp.Or(r.header.Get("x-oss-request-id"), e.RequestID, "none"), 100)
	if ec := r.line(cmp.Or(r.header.Get("x-oss-ec"), e.EC), 100); ec != "" {
		line += ", EC " + ec
	}
	return code, message, line + ")"
}

// isThrottling reports whether OSS or IMM refuses because of too many requests, for which it also uses 4xx.
// IMM's code is the part of OSS's message before the first comma; the rest may hold object keys, which are untrusted input.
//
// https://help.aliyun.com/en/oss/user-guide/error-response-2326715
func isThrottling(code, message string) bool {
	immCode, _, _ := strings.Cut(message, ",")
	for _, word := range [...]string{"Throttling", "TooManyRequests", "QpsLimit", "RequestRateLimitExceeded"} {
		if strings.Contains(code, word) || strings.Contains(immCode, word) {
			return true
		}
	}
	return false
}
