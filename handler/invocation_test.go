package handler

import (
	"sync"
	"testing"

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
