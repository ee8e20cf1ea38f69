package handler

import (
	"context"
	"log/slog"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"onput/internal/clock"
	"onput/internal/membudget"
	"onput/internal/ossclient"
	"onput/internal/text"
	"onput/rules"
)

// invocation holds what Function Compute says about one invocation, and the rules in force for it.
type invocation struct {
	requestID string
	caller    ossclient.Caller
	set       *rules.Set       // nil until it is known
	lease     *membudget.Lease // of memory; nil until there is room
	need      need
	log       *slog.Logger // names the invocation, and the version of the rules
}

// newInvocation reads the invocation from the runtime's context.
func newInvocation(ctx context.Context) *invocation {
	inv := &invocation{}
	capture := fcContextCapture{Context: ctx}
	fccontext.FromContext(&capture)
	if fc := capture.fc; fc != nil {
		inv.requestID = fc.RequestID
		inv.caller.Region = fc.Region
		inv.caller.Credentials = credentials.Credentials{
			AccessKeyID:     fc.Credentials.AccessKeyId,
			AccessKeySecret: fc.Credentials.AccessKeySecret,
			SecurityToken:   fc.Credentials.SecurityToken,
		}
	}
	return inv
}

// Secrets returns the texts of the invocation in ctx that no log, answer or error may hold.
func Secrets(ctx context.Context) text.Secrets { return newInvocation(ctx).caller.Secrets() }

// fcContextCapture captures the value that fccontext.FromContext looks up, and hides it from FromContext, which would write
// four unused loggers to a value that all goroutines of the invocation share.
type fcContextCapture struct {
	context.Context
	fc *fccontext.FcContext
}

// Value captures the SDK's value and returns nil.
func (c *fcContextCapture) Value(key any) any {
	if fc, ok := c.Context.Value(key).(*fccontext.FcContext); ok {
		c.fc = fc
	}
	return nil
}

// defaultTimeout bounds an invocation without a deadline. In Function Compute each has one.
const defaultTimeout = time.Minute

// withBudget returns a context that ends before ctx does, by a tenth of the remaining time, at most a second, so that the
// invocation can still report. Its deadline has a reading of the monotonic clock, which Function Compute's lacks.
func withBudget(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithTimeout(ctx, defaultTimeout)
	}
	now := time.Now()
	if deadline == deadline.Round(0) { // without a monotonic reading
		deadline = now.Add(deadline.Sub(now))
	}
	reserve := min(clock.Left(deadline, now)/10, time.Second)
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}
