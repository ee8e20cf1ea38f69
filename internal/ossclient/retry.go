package ossclient

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/internal/text"
)

// Attempts of one request. IMM's limits reset each second, so a few attempts outlast a throttle.
//
// https://help.aliyun.com/en/imm/support/faq-about-limits
const (
	maxAttempts = 5
	firstPause  = 200 * time.Millisecond // doubled each time
	maxPause    = 3 * time.Second
)

// TimeUsedUp is the text of errors of a request that its context ended.
const TimeUsedUp = "the invocation's time was used up"

// outcome is the result of a request after its last attempt.
type outcome struct {
	verdict  verdict
	text     string // the reason; "" if accepted
	attempts int
	status   int    // of the last answer; 0 without one
	code     string // OSS's error code in it; "" for none
	header   http.Header
	body     []byte
	bodyErr  error
	secrets  text.Secrets // of the last request
}

// requestID returns OSS's id of the last request, or "" without an answer.
func (r *outcome) requestID() string { return r.id(r.header.Get("x-oss-request-id")) }

// id returns an id from an answer, safe for a message. Real ones have less than 100 bytes.
func (r *outcome) id(s string) string { return text.OneLine(r.secrets.Redact(s), 200) }

// time returns the time in a header of the answer, or the zero time if it holds none.
func (r *outcome) time(header string) time.Time {
	t, err := http.ParseTime(r.header.Get(header))
	if err != nil {
		return time.Time{}
	}
	return t
}

// markDoubtful makes an accepted outcome doubtful. It is for 2xx answers without OSS's headers, which a proxy may have
// written.
func (r *outcome) markDoubtful() {
	r.verdict, r.text = doubtful, "what answered "+strconv.Itoa(r.status)+" is not OSS, or says nothing of the request"
}

// err returns the outcome as a *TransientError or *PermanentError, or nil if OSS took the request. Head names the request.
func (r *outcome) err(head string) error {
	switch r.verdict {
	case accepted:
		return nil
	case rejected:
		return &PermanentError{Text: head + ": " + r.text}
	}
	message := head + ": " + r.text
	if r.attempts > 1 {
		message += ", after " + strconv.Itoa(r.attempts) + " attempts"
	}
	return &TransientError{Text: message, InDoubt: r.verdict == doubtful}
}

// call makes one attempt of a request through the SDK.
type call func(context.Context, *oss.Client, func(*oss.Options)) error

// do makes a request, and repeats it while it is refused and ctx leaves time. Limit bounds the body of an answer in bytes.
func (c *Client) do(ctx context.Context, region string, limit int64, call call) outcome {
	return c.doThrottled(ctx, nil, region, limit, call)
}

// doThrottled is like do, but waits for t before the first attempt.
func (c *Client) doThrottled(ctx context.Context, t *throttle, region string, limit int64, call call) outcome {
	if region == "" {
		region = callerOf(ctx).Region
	}
	if region == "" {
		region = c.region
	}
	client, err := c.sdkClient(region)
	if err != nil {
		return outcome{verdict: rejected, text: "nothing was sent: " + err.Error()}
	}
	c.waitTurn(ctx, t)
	if ctx.Err() != nil {
		return outcome{verdict: failed, text: "nothing was sent: " + TimeUsedUp}
	}
	for n := 1; ; n++ {
		a := attempt{transport: c.Transport, limit: limit}
		err := call(ctx, client, func(options *oss.Options) { options.HttpClient = &a })
		r := outcome{attempts: n, status: a.status, header: a.header, body: a.body, bodyErr: a.bodyErr, secrets: a.secrets}
		r.verdict, r.text = a.judge(ctx, err)
		r.code = a.code
		t.observe(&r)
		if r.verdict != refused || n == maxAttempts {
			return r
		}
		pause := max(c.pause(n), retryAfter(a.header))
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= pause {
			r.text += "; another try in " + pause.Round(time.Millisecond).String() + " does not fit into the invocation's time"
			return r
		}
		if c.Wait(ctx, pause) != nil {
			return r
		}
	}
}

// waitTurn waits for the delay of t, at most half of the time that ctx has left.
func (c *Client) waitTurn(ctx context.Context, t *throttle) {
	delay := t.delay(c.jitter)
	if delay == 0 {
		return
	}
	if deadline, ok := ctx.Deadline(); ok {
		delay = min(delay, time.Until(deadline)/2)
	}
	c.Wait(ctx, delay) // the caller sees that ctx ended
}

// pause returns how long to wait after a number of attempts: exponential, with equal jitter.
func (c *Client) pause(attempts int) time.Duration {
	half := min(firstPause<<(attempts-1), maxPause) / 2
	return half + time.Duration(c.jitter()*float64(half))
}

// retryAfter returns how long the answer asks to wait, in seconds or until a date by the server's clock. It returns 0 or
// less if the answer asks for nothing, and at most 2^31 seconds.
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
