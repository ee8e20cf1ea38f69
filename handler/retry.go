package handler

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// Tries of one request. IMM's limits reset each second, so a few tries outlast a throttle.
//
// https://help.aliyun.com/en/imm/support/faq-about-limits
const (
	maxAttempts = 5
	firstPause  = 200 * time.Millisecond // doubled each time
	maxPause    = 3 * time.Second
)

// verdict is what one try came to, from the point of view of a request that must not be taken twice.
type verdict int

const (
	accepted verdict = iota // OSS took it: 2xx
	refused                 // OSS did not take it, and may at the next try: nothing was sent, 429, 503, throttled
	failed                  // OSS did not take it, and a later invocation may fare better
	doubtful                // OSS may have taken it: no answer, 5xx, or a 2xx that does not name what was taken
	rejected                // OSS did not take it and never will
)

// outcome is what a request came to after all its tries.
type outcome struct {
	verdict  verdict
	text     string // what went wrong; "" when accepted
	attempts int
	status   int    // of the last answer; 0 without one
	code     string // OSS's error code in it; "" for none
	header   http.Header
	body     []byte
	bodyErr  error
	signed   secrets // of the last request
}

// requestID returns OSS's id of the last request, "" without an answer.
func (r *outcome) requestID() string { return r.id(r.header.Get("x-oss-request-id")) }

// id returns an id that OSS answered, safe for a message. Real ones have less than 100 bytes.
func (r *outcome) id(s string) string { return oneLine(r.signed.hide(s), 200) }

// err returns the error that the outcome is, nil if OSS took the request. Head says what was asked of OSS.
func (r *outcome) err(head string) error {
	switch r.verdict {
	case accepted:
		return nil
	case rejected:
		return &PermanentError{text: head + ": " + r.text}
	}
	text := head + ": " + r.text
	if r.attempts > 1 {
		text += ", after " + strconv.Itoa(r.attempts) + " attempts"
	}
	return &TransientError{text: text, InDoubt: r.verdict == doubtful}
}

// call makes one try of a request through the SDK.
type call func(context.Context, *oss.Client, func(*oss.Options)) error

// do makes a request, and makes it again while it is refused and ctx leaves time. Limit bounds the bytes of an answer's
// body.
func (o *OSS) do(ctx context.Context, region string, limit int64, call call) outcome {
	return o.doInPace(ctx, nil, region, limit, call)
}

// doInPace is do for requests that keep a common pace; nil for none.
func (o *OSS) doInPace(ctx context.Context, p *pace, region string, limit int64, call call) outcome {
	if region == "" {
		region = invocationOf(ctx).region
	}
	if region == "" {
		region = o.region
	}
	client, err := o.client(region)
	if err != nil {
		return outcome{verdict: rejected, text: "nothing was sent: " + err.Error()}
	}
	o.keep(ctx, p)
	if ctx.Err() != nil {
		return outcome{verdict: failed, text: "nothing was sent: " + timeUsedUp}
	}
	for attempt := 1; ; attempt++ {
		x := exchange{transport: o.transport, limit: limit}
		err := call(ctx, client, func(options *oss.Options) { options.HttpClient = &x })
		r := outcome{attempts: attempt, status: x.status, header: x.header, body: x.body, bodyErr: x.bodyErr, signed: x.signed}
		r.verdict, r.text = x.judge(ctx, err)
		r.code = x.code
		p.heard(&r)
		if r.verdict != refused || attempt == maxAttempts {
			return r
		}
		pause := max(o.pause(attempt), retryAfter(x.header))
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= pause {
			r.text += "; another try in " + pause.Round(time.Millisecond).String() + " does not fit into the invocation's time"
			return r
		}
		if o.wait(ctx, pause) != nil {
			return r
		}
	}
}

// pause returns how long to wait after a number of tries: exponential, with equal jitter.
func (o *OSS) pause(attempts int) time.Duration {
	half := min(firstPause<<(attempts-1), maxPause) / 2
	return half + time.Duration(o.jitter()*float64(half))
}

// retryAfter returns how long the answer asks to wait, in seconds or until a date by the server's clock; 0 or less where it
// does not. More than 2^31 seconds are that many.
//
// https://www.rfc-editor.org/rfc/rfc9110.html#name-retry-after
func retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	if until, err := http.ParseTime(value); err == nil {
		now, err := http.ParseTime(header.Get("Date"))
		if err != nil {
			return 0
		}
		return until.Sub(now)
	}
	seconds, err := strconv.ParseUint(value, 10, 31)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

const timeUsedUp = "the invocation's time was used up"

// judge says what the exchange came to, and in words where OSS did not take the request. Err is the SDK's error; it only
// counts where nothing was sent, and its text, which may hold anything, is never shown.
func (x *exchange) judge(ctx context.Context, err error) (verdict, string) {
	switch {
	case !x.called:
		return rejected, "nothing was sent: " + notSent(err)
	case x.status == 0:
		if x.wentOut() {
			return doubtful, "the request went out and no answer came back: OSS may have taken it (" + x.reason(ctx) + ")"
		}
		return refused, "nothing was sent: " + x.reason(ctx)
	case x.status/100 == 2: // whatever the SDK makes of the body
		return accepted, ""
	}
	code, message, text := x.serviceError()
	x.code = code
	switch {
	case x.status == http.StatusTooManyRequests, x.status == http.StatusServiceUnavailable, throttled(code, message):
		return refused, text
	case x.status == http.StatusRequestTimeout, code == "RequestTimeout", code == "RequestTimeTooSkewed": // another instance has another clock
		return failed, text
	case x.status/100 == 5:
		return doubtful, text
	}
	return rejected, text
}

// reason says why there is no answer.
func (x *exchange) reason(ctx context.Context) string {
	var network *net.OpError
	switch {
	case ctx.Err() != nil:
		if cause := context.Cause(ctx); cause != ctx.Err() {
			return cause.Error()
		}
		return timeUsedUp
	case x.wentOut() && !errors.As(x.err, &network) && !errors.Is(x.err, io.EOF) && !errors.Is(x.err, io.ErrUnexpectedEOF):
		return "what came back is no HTTP" // the error quotes it, and it may repeat what was sent
	}
	return oneLine(x.err.Error(), 200)
}

// notSent says why the SDK did not send a request.
func notSent(err error) string {
	var invalid oss.InvalidParamError
	switch {
	case errors.Is(err, errNoCredentials):
		return errNoCredentials.Error()
	case errors.As(err, &invalid):
		return "the OSS SDK does not accept " + invalid.Field()
	}
	return "the OSS SDK could not make the request"
}

// serviceError returns OSS's code and message, and everything that identifies the failure as one line of text.
func (x *exchange) serviceError() (code, message, text string) {
	e := x.errorDocument()
	said := func(s string, max int) string { return oneLine(x.signed.hide(s), max) }
	code, message = said(e.Code, 100), said(e.Message, 500)
	if code == "" {
		text = strconv.Itoa(x.status) + " " + http.StatusText(x.status) + ": the answer is no error document of OSS"
	} else {
		text = strconv.Itoa(x.status) + " " + code + ": " + message
	}
	requestID := said(cmp.Or(x.header.Get("x-oss-request-id"), e.RequestID, "none"), 100)
	text += " (request id " + requestID
	if ec := said(cmp.Or(x.header.Get("x-oss-ec"), e.EC), 100); ec != "" {
		text += ", EC " + ec
	}
	return code, message, text + ")"
}

// errorDocument is what OSS answers where it does not do what was asked.
//
// https://help.aliyun.com/en/oss/user-guide/error-response-2326715
type errorDocument struct {
	Code      string
	Message   string
	RequestID string `xml:"RequestId"`
	EC        string
}

// errorDocument reads the answer. The SDK's own reading will not do: where it stumbles, it quotes the document, which
// may hold what was signed. The document is XML, from some services JSON; without a body a header has it.
func (x *exchange) errorDocument() errorDocument {
	body := x.body
	if len(body) == 0 {
		body, _ = base64.StdEncoding.DecodeString(x.header.Get("x-oss-err"))
	}
	var e errorDocument
	if o, ok := parseJSON(string(body)); ok {
		if inner := o.Get("Error"); inner.IsObject() {
			o = inner
		}
		e = errorDocument{
			Code:      stringAt(o, "Code"),
			Message:   stringAt(o, "Message"),
			RequestID: stringAt(o, "RequestId"),
			EC:        stringAt(o, "EC"),
		}
	} else if xml.Unmarshal(body, &e) != nil {
		return errorDocument{}
	}
	return e
}

// throttled reports whether OSS or IMM refuses because of too many requests, which it also does with 4xx. IMM's code is
// what stands before the first comma of OSS's message; what follows may hold object names, which strangers choose.
//
// https://help.aliyun.com/en/oss/user-guide/error-response-2326715
func throttled(code, message string) bool {
	immCode, _, _ := strings.Cut(message, ",")
	for _, word := range [...]string{"Throttling", "TooManyRequests", "QpsLimit", "RequestRateLimitExceeded"} {
		if strings.Contains(code, word) || strings.Contains(immCode, word) {
			return true
		}
	}
	return false
}
