package handler

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"
)

// TestNewInvocation checks that the runtime's context is read and not written to, since goroutines share it.
func TestNewInvocation(t *testing.T) {
	call := &fccontext.FcContext{
		RequestID: "1-65", Region: "cn-hangzhou",
		Credentials: fccontext.Credentials{AccessKeyId: "id", AccessKeySecret: "secret", SecurityToken: "token"},
	}
	ctx := fccontext.NewContext(t.Context(), call)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			inv := newInvocation(ctx)
			want := credentials.Credentials{AccessKeyID: "id", AccessKeySecret: "secret", SecurityToken: "token"}
			if inv.requestID != "1-65" || inv.caller.Region != "cn-hangzhou" || inv.caller.Credentials != want {
				t.Errorf("%+v", inv)
			}
		})
	}
	all.Wait()
	if call.GetLogger() != nil {
		t.Error("the context of the runtime has been written to")
	}
	if inv := newInvocation(t.Context()); inv.requestID != "" || inv.caller.Credentials.HasKeys() {
		t.Errorf("outside of Function Compute: %+v", inv)
	}
}

// TestWithBudget checks that the deadline of an invocation has a reading of the monotonic clock, although Function Compute's
// has none, and leaves time for the report.
func TestWithBudget(t *testing.T) {
	for timeout, want := range map[time.Duration]time.Duration{5 * time.Second: 4500 * time.Millisecond, time.Hour: time.Hour - time.Second, -time.Minute: -time.Minute} {
		now := time.Now()
		fc, cancel := context.WithDeadline(t.Context(), time.UnixMilli(now.Add(timeout).UnixMilli()))
		defer cancel()
		ctx, cancel := withBudget(fc)
		defer cancel()
		deadline, _ := ctx.Deadline()
		// Time passes during the test, of which a tenth is taken from the reserve.
		if late := deadline.Sub(now) - want; late < -2*time.Millisecond || late > time.Since(now)/10+time.Millisecond {
			t.Errorf("%v: %v after the start, want %v", timeout, deadline.Sub(now), want)
		}
		if timeout > 0 && !strings.Contains(deadline.String(), " m=") {
			t.Errorf("%v: the deadline has no reading of the monotonic clock: %v", timeout, deadline)
		}
	}
}
