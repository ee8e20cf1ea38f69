package fcruntime

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"

	"github.com/aliyun/fc-runtime-go-sdk/fc/messages"
)

// The error document of a failed invocation, {"errorMessage":…,"errorType":…}, is the same in both runtimes, so that
// readers of onFailure destinations need not tell them apart. The FC SDK exports its type but not the code that fills it
// in. TestFailureIsTheSDKs compares this code with the SDK's.

// errorDocument returns the document for an error that the handler returned.
func errorDocument(err error) *messages.InvokeResponse_Error {
	return &messages.InvokeResponse_Error{Message: err.Error(), Type: typeName(err)}
}

// panicDocument returns the document for a recovered value, with the stack of the panic.
// Only the deferred function that recovered the value may call it: it skips a fixed number of frames.
func panicDocument(value any) *messages.InvokeResponse_Error {
	const maxFrames = 32
	const skip = 4 // runtime.Callers, panicDocument, the deferred function, and the runtime's panic
	callers := make([]uintptr, maxFrames)
	frames := runtime.CallersFrames(callers[:runtime.Callers(skip, callers)])
	failure := &messages.InvokeResponse_Error{Message: fmt.Sprint(value), Type: typeName(value)}
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		failure.StackTrace = append(failure.StackTrace, stackFrame(f))
	}
	return failure
}

// stackFrame converts a frame. The path starts where the import path does; the label is the function without its path.
func stackFrame(f runtime.Frame) *messages.InvokeResponse_Error_StackFrame {
	path := len(f.File)
	for range strings.Count(f.Function, "/") + 2 {
		if path = strings.LastIndexByte(f.File[:path], '/'); path < 0 {
			break
		}
	}
	label := f.Function[strings.LastIndexByte(f.Function, '/')+1:]
	return &messages.InvokeResponse_Error_StackFrame{
		Path:  f.File[path+1:],
		Line:  int32(f.Line),
		Label: label[strings.IndexByte(label, '.')+1:],
	}
}

// typeName returns the name of a value's type without its package. For a pointer it is the name of the element type.
func typeName(value any) string {
	t := reflect.TypeOf(value)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}
