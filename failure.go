package main

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"

	"github.com/aliyun/fc-runtime-go-sdk/fc/messages"
)

// The document of a failed invocation, {"errorMessage":…,"errorType":…}, is the same in both runtimes: onFailure
// destinations and their readers cannot tell them apart. The FC SDK has the type, and keeps to itself how it is filled
// in; a test holds what is done here to it.

// failed returns the document for the error that a handler returned. The type is the name of the error's Go type.
func failed(err error) *messages.InvokeResponse_Error {
	return &messages.InvokeResponse_Error{Message: err.Error(), Type: typeName(err)}
}

// panicked returns the document for a value that a handler panicked with, and where. It is called by the deferred
// function that recovered the value.
func panicked(value any) *messages.InvokeResponse_Error {
	const maxFrames = 32
	const ours = 4 // runtime.Callers, panicked, the deferred function, and the runtime's panic
	callers := make([]uintptr, maxFrames)
	frames := runtime.CallersFrames(callers[:runtime.Callers(ours, callers)])
	failure := &messages.InvokeResponse_Error{Message: fmt.Sprint(value), Type: typeName(value)}
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		failure.StackTrace = append(failure.StackTrace, stackFrame(f))
	}
	return failure
}

// stackFrame gives the file as seen from where the import path begins, and the function without that path.
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

// typeName returns the name of a value's type, without its package, and for a pointer that of what it points to.
func typeName(value any) string {
	t := reflect.TypeOf(value)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}
