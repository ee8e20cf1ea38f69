package ossclient

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/internal/clock"
)

// Attempts of one request. IMM's limits reset each second, so a few attempts outlast a throttle.
//
// https://help.aliyun.com/en/imm/support/faq-about-limits
const (
	maxAttempts = 5
	firstPause  = 200 * time.Millisecond // doubled each time
	lastPause   = firstPause << (maxAttempts - 2)
)

// TimeUsedUp is the reason in the error of a request that its context ended.
const TimeUsedUp = "the invocation's time was used up"

// outcome is the result of a request after its last attempt.
type outcome struct {
	response // the last one
	verdict  verdict
	text     string // the reason; "" if accepted
	attempts int
}

// require puts an accepted outcome in doubt unless ok holds: a proxy may write a 2xx answer, without OSS's headers.
func (r *outcome) require(ok bool) {
	if r.verdict == accepted && !ok {
		r.verdict, r.text = inDoubt, "the "+strconv.Itoa(r.status)+" is not from OSS, or says nothing about the request"
	}
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
	return &TransientError{Text: message, InDoubt: r.verdict == inDoubt}
}

// call makes one attempt of a request through the SDK.
type call func(client *oss.Client, via func(*oss.Options)) error

// kind is a kind of request.
type kind struct {
	throttle *throttle // delays first attempts; nil for none
	limit    int64     // bytes of the body of a 2xx answer
	harmless bool      // OSS may take the request twice, so it is repeated also in doubt
}

// do makes a request, and repeats it while that is safe and ctx leaves time: while the verdict is retryNow, and for a harmless
// request also while OSS may have taken it.
func (c *Client) do(ctx context.Context, k kind, region string, call call) outcome {
	client, err := c.sdkClient(cmp.Or(region, callerOf(ctx).Region, c.region))
	if err != nil {
		return outcome{verdict: rejected, text: "nothing was sent: " + err.Error()}
	}
	c.waitTurn(ctx, k.throttle)
	if clock.IsOver(ctx) {
		return outcome{verdict: retryLater, text: "nothing was sent: " + TimeUsedUp}
	}
	for n := 1; ; n++ {
		a := attempt{transport: c.Transport, limit: k.limit}
		err := call(client, func(options *oss.Options) { options.HttpClient = &a })
		verdict, reason := a.judge(ctx, err)
		r := outcome{response: a.response, verdict: verdict, text: reason, attempts: n}
		k.throttle.observe(&r)
		if k.harmless && r.verdict == accepted && r.bodyErr != nil {
			r.verdict, r.text = inDoubt, "the answer was cut off"
		}
		again := r.verdict == retryNow || k.harmless && r.verdict == inDoubt && !clock.IsOver(ctx)
		if !again || n == maxAttempts {
			return r
		}
		pause := max(c.pause(n), retryAfter(a.header))
		if deadline, ok := ctx.Deadline(); ok && clock.Left(deadline, time.Now()) <= pause {
			r.text += "; another try in " + pause.Round(time.Millisecond).String() + " does not fit into the invocation's time"
			return r
		}
		if c.Wait(ctx, pause) != nil {
			return r
		}
	}
}

// pause returns how long to wait after a number of attempts, below [maxAttempts].
func (c *Client) pause(attempts int) time.Duration {
	return clock.Backoff(attempts, firstPause, lastPause, c.jitter)
}

// retryAfter returns how long the answer asks to wait: seconds, or until a date by the server's clock. It returns at most
// 2^31 seconds, and 0 or less if the answer asks for nothing.
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
