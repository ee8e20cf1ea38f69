package fcruntime

import (
	"context"
	"net/http"

	"github.com/aliyun/fc-runtime-go-sdk/fc"

	"onput/handler"
)

// ServeGo1 serves invocations through the FC SDK until Function Compute ends the process.
// It calls buildHandler once the first poll is written, and invocations wait for it. Several goroutines may call
// buildHandler, which returns the same handler each time.
func ServeGo1(buildHandler func() *handler.Handler) {
	// Loading any earlier would compete with the first poll for the little CPU that an instance may have.
	http.DefaultTransport = newPollBackoff(http.DefaultTransport, func() { go buildHandler() })
	fc.Start(func(ctx context.Context, payload []byte) (*handler.Answer, error) {
		return buildHandler().Invoke(ctx, payload)
	})
}
