package handler

import (
	"context"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"onput/rules"
)

// invocation is what Function Compute says about one invocation, and the rules that are in force for it. It is the context
// of the invocation, which carries its deadline, at the same time.
type invocation struct {
	context.Context
	requestID   string
	region      string
	credentials credentials.Credentials // temporary, this invocation's own; without keys outside Function Compute

	set       *rules.Set // nil before it is known
	rulesETag string     // of the object that the rules were read from; "" for a file
}

// secrets returns what the invocation was given and nobody else may read.
func (inv *invocation) secrets() secrets {
	return secrets{"OSS4-HMAC", inv.credentials.AccessKeyID, inv.credentials.AccessKeySecret, inv.credentials.SecurityToken}
}

type invocationKey struct{}

// Value returns the invocation itself for its key.
func (inv *invocation) Value(key any) any {
	if key == (invocationKey{}) {
		return inv
	}
	return inv.Context.Value(key)
}

// newInvocation reads the invocation from the runtime's context.
func newInvocation(ctx context.Context) *invocation {
	inv := &invocation{Context: ctx}
	caught := catcher{Context: ctx}
	fccontext.FromContext(&caught)
	if fc := caught.fc; fc != nil {
		inv.requestID = fc.RequestID
		inv.region = fc.Region
		inv.credentials = credentials.Credentials{
			AccessKeyID:     fc.Credentials.AccessKeyId,
			AccessKeySecret: fc.Credentials.AccessKeySecret,
			SecurityToken:   fc.Credentials.SecurityToken,
		}
	}
	return inv
}

// catcher takes what fccontext.FromContext asks a context for, and lets it go without: it would make four loggers for it,
// which nobody uses, and write them into what all goroutines of the invocation share.
type catcher struct {
	context.Context
	fc *fccontext.FcContext
}

// Value keeps what the SDK looks for, and returns nil.
func (c *catcher) Value(key any) any {
	if fc, ok := c.Context.Value(key).(*fccontext.FcContext); ok {
		c.fc = fc
	}
	return nil
}

// invocationOf returns the invocation that ctx belongs to, an empty one where it belongs to none.
func invocationOf(ctx context.Context) *invocation {
	if inv, ok := ctx.Value(invocationKey{}).(*invocation); ok {
		return inv
	}
	return &invocation{Context: ctx}
}

// withoutDeadline bounds an invocation that has no deadline, which none in Function Compute is.
const withoutDeadline = time.Minute

// budget returns a context that ends before the invocation does, so that what happened can still be reported: a tenth of
// what remains is kept for that, at most a second.
func budget(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithTimeout(ctx, withoutDeadline)
	}
	reserve := min(time.Until(deadline)/10, time.Second)
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}
