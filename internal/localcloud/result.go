package localcloud

import (
	"encoding/json"
	"time"
)

// Result is the result of one attempt of an invocation.
type Result struct {
	RequestID     string
	Instance      int             // number of the instance, from 1
	Retry         int             // 0 for the first try
	Answer        json.RawMessage // value that the handler returned, or FC's error document
	FunctionError string          // "" on success, HandledInvocationError or UnhandledInvocationError
	ErrorType     string          // Go type of the handler's error
	ErrorMessage  string
	Abandoned     bool // the process was paused at the timeout, and not killed; it ends the invocation later
	Duration      time.Duration
	Log           []string // lines that the function wrote
}

// The values of [Result].FunctionError: the handler returned an error; it panicked, exited or timed out.
const (
	Handled   = "HandledInvocationError"
	Unhandled = "UnhandledInvocationError"
)

// unhandled returns r as the result of a panic, exit or timeout.
func (r Result) unhandled(errorType, message string) Result {
	r.FunctionError, r.ErrorType, r.ErrorMessage = Unhandled, errorType, message
	r.Answer, _ = json.Marshal(map[string]string{"errorMessage": message, "errorType": errorType})
	return r
}

// replied returns r with the reply of the process.
func (r Result) replied(a reply) Result {
	r.Answer = a.body
	if a.failed {
		var doc struct {
			ErrorMessage, ErrorType string
			StackTrace              json.RawMessage // of a panic
		}
		json.Unmarshal(a.body, &doc)
		r.FunctionError, r.ErrorType, r.ErrorMessage = Handled, doc.ErrorType, doc.ErrorMessage
		if len(doc.StackTrace) > 0 {
			r.FunctionError = Unhandled
		}
	}
	return r
}

// Failure is the message that Function Compute sends to an onFailure destination.
//
// https://github.com/awesome-fc/async-invocation-dlq
type Failure struct {
	Timestamp      int64          `json:"timestamp"` // ms since 1970
	RequestContext FailureContext `json:"requestContext"`
	RequestPayload string         `json:"requestPayload"` // the event
	Response       FailureOutcome `json:"responseContext"`
	Payload        string         `json:"responsePayload"` // {"errorMessage":…,"errorType":…}
}

// FailureContext identifies the failed invocation.
type FailureContext struct {
	RequestID   string `json:"requestId"`
	FunctionARN string `json:"functionArn"`
	Condition   string `json:"condition"`
	InvokeCount int    `json:"approximateInvokeCount"`
}

// FailureOutcome is the way in which it failed.
type FailureOutcome struct {
	StatusCode    int    `json:"statusCode"`
	FunctionError string `json:"functionError"`
}
