package imageprocess

import (
	"fmt"
	"net/http"

	"onput/internal/text"
)

// Error is OSS's refusal of a process or a picture. No retry can help.
//
// The pairs of Code and EC: https://help.aliyun.com/document_detail/32256.html and the page of each EC, such as
// https://help.aliyun.com/en/oss/user-guide/0040-00000213. OSS documents no pair for the limits of size; theirs are by topic.
type Error struct {
	Status  int    // of HTTP
	Code    string // such as InvalidArgument
	EC      string // such as 0040-00000312; "" if none is documented
	Message string
}

// Error returns the message with the codes.
func (e *Error) Error() string {
	codes := e.Code
	if e.EC != "" {
		codes += ", " + e.EC
	}
	return fmt.Sprintf("%s (%s)", e.Message, codes)
}

func refuse(code, ec, format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Code: code, EC: ec, Message: fmt.Sprintf(format, args...)}
}

// invalidValue refuses the value of a parameter, in the words of OSS.
func invalidValue(value, param, ec, reason string) *Error {
	return refuse("InvalidArgument", ec, "The value: %s of parameter: %s is invalid.reason:%s", shorten(value), param, reason)
}

func notBase64(ec string) *Error {
	return refuse("BadRequest", ec, "Input is not base64 decoding.")
}

func tooLarge(ec, format string, args ...any) *Error {
	return refuse("ImageTooLarge", ec, format, args...)
}

func watermarkError(ec, format string, args ...any) *Error {
	return refuse("WatermarkError", ec, format, args...)
}

// shorten returns s, which may come from anyone, for a message.
func shorten(s string) string { return text.Printable(text.Truncate(s, 100)) }
