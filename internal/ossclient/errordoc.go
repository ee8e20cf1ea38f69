package ossclient

import (
	"cmp"
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"

	"onput/internal/safejson"
	"onput/internal/text"
)

// errorDocument is the body of an answer that refuses a request.
//
// https://help.aliyun.com/en/oss/user-guide/error-response-2326715
type errorDocument struct {
	Code      string
	Message   string
	RequestID string `xml:"RequestId"`
	EC        string
}

// errorDocument reads the answer: XML, from some services JSON, and without a body a header. The SDK's reading quotes a
// malformed document, which may hold what was signed.
func (a *attempt) errorDocument() errorDocument {
	body := a.body
	if len(body) == 0 {
		body, _ = base64.StdEncoding.DecodeString(a.header.Get("x-oss-err"))
	}
	var e errorDocument
	if o, ok := safejson.Parse(string(body)); ok {
		if inner := safejson.Member(o, "Error"); inner.IsObject() {
			o = inner
		}
		e = errorDocument{
			Code:      safejson.StringMember(o, "Code"),
			Message:   safejson.StringMember(o, "Message"),
			RequestID: safejson.StringMember(o, "RequestId"),
			EC:        safejson.StringMember(o, "EC"),
		}
	} else if xml.Unmarshal(body, &e) != nil {
		return errorDocument{}
	}
	return e
}

// serviceError returns OSS's code and message, and the whole failure as one line of text.
func (a *attempt) serviceError() (code, message, line string) {
	e := a.errorDocument()
	safe := func(s string, max int) string { return text.OneLine(a.secrets.Redact(s), max) }
	code, message = safe(e.Code, 100), safe(e.Message, 500)
	if code == "" {
		line = strconv.Itoa(a.status) + " " + http.StatusText(a.status) + ": the answer is no error document of OSS"
	} else {
		line = strconv.Itoa(a.status) + " " + code + ": " + message
	}
	line += " (request id " + safe(cmp.Or(a.header.Get("x-oss-request-id"), e.RequestID, "none"), 100)
	if ec := safe(cmp.Or(a.header.Get("x-oss-ec"), e.EC), 100); ec != "" {
		line += ", EC " + ec
	}
	return code, message, line + ")"
}

// isThrottling reports whether OSS or IMM refuses because of too many requests, for which it also uses 4xx. IMM's code is
// the part of OSS's message before the first comma; the rest may hold object keys, which are untrusted input.
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
