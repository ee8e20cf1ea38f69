// Package fcruntime serves the invocations that Function Compute sends.
//
// Function Compute calls a function in one of two ways, and this package speaks both:
//
//   - go1, the built-in runtime ([ServeGo1]). The process polls the Runtime API for one invocation after the other. The
//     FC SDK does that; poll_backoff.go keeps it from polling in a tight loop.
//   - custom, the custom runtime ([ServeCustom]). The process is an HTTP server, and each invocation is a request to it,
//     up to 200 at once. The SDK has nothing for it, so this package does what the SDK does in go1: headers.go reads an
//     invocation's context, failure.go writes the document of a failed invocation, and drain.go lets the process end
//     without breaking an invocation off.
//
// Both ask for invocations before they build the handler, because an instance that is slow to answer its first poll, or
// to listen, is slow to start. The first invocations wait for the handler.
//
// Sources:
// https://www.alibabacloud.com/help/en/functioncompute/fc/principles-1
// https://help.aliyun.com/en/functioncompute/fc-2-0/user-guide/custom-runtime-specification-details
package fcruntime
