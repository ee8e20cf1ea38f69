package ossclient

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/internal/clock"
	"onput/internal/text"
)

// verdict is the judgement on one attempt of a request.
type verdict int

const (
	// OSS took the request: it answered 2xx.
	accepted verdict = iota
	// OSS did not take the request, which may be repeated at once: nothing was sent, or OSS answered 429, 503 or throttled.
	retryNow
	// OSS did not take the request, and repeating it at once cannot help: the invocation's time was used up, OSS waited too
	// long for the request, the instance's clock is wrong, or the invocation has no credentials.
	retryLater
	// OSS may have taken the request: no answer came back, or another 5xx, or a 2xx without the expected content.
	inDoubt
	// OSS did not take the request, and no retry can help: the SDK could not send it, or OSS gave any other answer.
	rejected
)

// maxAnswer bounds the body of an answer to a submission, or of an error document, in bytes. Real ones have a few hundred.
const maxAnswer = 1 << 20

// attempt sends one HTTP request to OSS. The OSS SDK uses it as its HTTP client.
//
// It records two facts that the SDK's error lacks: whether any byte of the request left the process, and the answer even
// if the SDK cannot read it.
type attempt struct {
	transport http.RoundTripper
	limit     int64 // bytes of the body of a 2xx answer

	called   bool         // the SDK got as far as sending
	deadline *time.Time   // of the request; nil without one
	conn     *countedConn // nil without a connection
	before   int64        // bytes written to conn before the request
	err      error        // the reason for no answer

	response
}

// Do sends the request and reads the whole answer. It follows no redirect, since a signed request is for one host only.
func (a *attempt) Do(req *http.Request) (*http.Response, error) {
	a.called = true
	a.secrets = secretsOf(req.Header)
	if clock.IsOver(req.Context()) {
		a.err = errTimeUsedUp
		return nil, a.err
	}
	if deadline, ok := req.Context().Deadline(); ok {
		a.deadline = &deadline
	}
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{GotConn: a.gotConn})
	resp, err := a.transport.RoundTrip(req.WithContext(ctx))
	if err == nil && resp.StatusCode < 200 { // after 101 the body is the connection, which no context ends
		resp.Body.Close()
		err = errInterim
	}
	if err != nil {
		a.err = err
		return nil, err
	}
	a.status, a.header = resp.StatusCode, resp.Header
	limit := a.limit
	if a.status/100 != 2 {
		limit = maxAnswer
	}
	a.body, a.bodyErr = io.ReadAll(io.LimitReader(resp.Body, limit))
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(a.body))
	return resp, nil
}

// secretsOf returns the secrets in the headers of a signed request: an answer may repeat them. The secret of the access key
// is not among them, because it is never sent.
func secretsOf(header http.Header) text.Secrets {
	authorization := header.Get("Authorization")
	_, signature, _ := strings.Cut(authorization, "Signature=")
	_, credential, _ := strings.Cut(authorization, "Credential=")
	accessKeyID, _, _ := strings.Cut(credential, "/")
	return text.Secrets{text.SignatureMark, authorization, signature, accessKeyID, header.Get("x-oss-security-token")}
}

// errInterim reports that the transport returned a status below 200: 101 Switching Protocols, or one that HTTP does not define.
var errInterim = errors.New("the answer is not final")

// gotConn notes the connection of the request before the request is written. It sets the connection's deadline.
func (a *attempt) gotConn(info httptrace.GotConnInfo) {
	if conn, ok := info.Conn.(*countedConn); ok {
		a.conn, a.before = conn, conn.written.Load()
		conn.deadline.Store(a.deadline)
	}
}

// sentBytes reports whether any byte of the request was written. A connection carries one request at a time, and the
// transport stops writing before it returns an error.
func (a *attempt) sentBytes() bool {
	return a.conn != nil && a.conn.written.Load() > a.before
}

// judge returns the verdict, and its reason unless the request was accepted. Err is the SDK's error. It matters only if the
// SDK did not get as far as sending. Its text is never shown, because it may hold anything.
func (a *attempt) judge(ctx context.Context, err error) (verdict, string) {
	switch {
	case !a.called && errors.Is(err, errNoCredentials): // Function Compute may have some for the next invocation
		return retryLater, "nothing was sent: " + errNoCredentials.Error()
	case !a.called:
		return rejected, "nothing was sent: " + notSent(err)
	case a.status == 0:
		if a.sentBytes() {
			return inDoubt, noAnswerInDoubt + " (" + a.noAnswer(ctx) + ")"
		}
		if clock.IsOver(ctx) {
			return retryLater, "nothing was sent: " + a.noAnswer(ctx)
		}
		return retryNow, "nothing was sent: " + a.noAnswer(ctx)
	case a.status/100 == 2: // whatever the SDK makes of the body
		return accepted, ""
	}
	code, message, reason := a.serviceError()
	a.code = code
	switch {
	case a.status == http.StatusTooManyRequests, a.status == http.StatusServiceUnavailable, isThrottling(code, message):
		return retryNow, reason
	case a.status == http.StatusRequestTimeout, code == "RequestTimeout", code == "RequestTimeTooSkewed": // another instance has another clock
		return retryLater, reason
	case a.status/100 == 5:
		return inDoubt, reason
	}
	return rejected, reason
}

// noAnswerInDoubt begins the reason of a request that may have had an effect.
const noAnswerInDoubt = "the request went out and no answer came back: OSS may have taken it"

// noAnswer returns the reason for no answer.
func (a *attempt) noAnswer(ctx context.Context) string {
	var network *net.OpError
	switch {
	case clock.IsOver(ctx):
		if cause := context.Cause(ctx); cause != ctx.Err() {
			return cause.Error()
		}
		return TimeUsedUp
	case errors.Is(a.err, errInterim):
		return errInterim.Error()
	case a.sentBytes() && !errors.As(a.err, &network) && !errors.Is(a.err, io.EOF) && !errors.Is(a.err, io.ErrUnexpectedEOF):
		return "the answer is not HTTP" // the error quotes it, and it may repeat the request
	}
	return text.OneLine(a.err.Error(), 200)
}

// notSent returns the reason why the SDK did not send a request.
func notSent(err error) string {
	var invalid oss.InvalidParamError
	if errors.As(err, &invalid) {
		return "the OSS SDK does not accept " + invalid.Field()
	}
	return "the OSS SDK could not make the request"
}
