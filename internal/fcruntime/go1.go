package fcruntime

import (
	"context"
	"net/http"

	"github.com/aliyun/fc-runtime-go-sdk/fc"

	"onput/handler"
)

// ServeGo1 serves invocations through the FC SDK until Function Compute ends the process.
// It calls ready once the first poll is written, and invocations wait for it. Several goroutines may call ready, which
// returns the same handler each time.
func ServeGo1(ready func() *handler.Handler) {
	// Loading any earlier would compete with the first poll for the little CPU that an instance may have.
	http.DefaultTransport = newPollBackoff(http.DefaultTransport, func() { go ready() })
	fc.Start(func(ctx context.Context, payload []byte) (*handler.Answer, error) {
		return ready().Invoke(ctx, payload)
	})
}
