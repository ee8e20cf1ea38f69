package localcloud

import (
	"encoding/json"
	"time"
)

// Result is what one try of an invocation came to.
type Result struct {
	RequestID     string
	Instance      int             // that served it, from 1
	Retry         int             // 0 for the first try
	Answer        json.RawMessage // what the handler returned; of a failed try FC's error document
	FunctionError string          // "" on success, HandledInvocationError or UnhandledInvocationError
	ErrorType     string          // Go's name for the type of the handler's error
	ErrorMessage  string
	Duration      time.Duration
	Log           []string // the lines that the function wrote meanwhile
}

// The values of Result.FunctionError: the handler returned an error; it panicked, exited or took too long.
const (
	Handled   = "HandledInvocationError"
	Unhandled = "UnhandledInvocationError"
)

func (r Result) unhandled(errorType, message string) Result {
	r.FunctionError, r.ErrorType, r.ErrorMessage = Unhandled, errorType, message
	r.Answer, _ = json.Marshal(map[string]string{"errorMessage": message, "errorType": errorType})
	return r
}

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

// Failure is what Function Compute sends to an onFailure destination, field by field.
//
// https://github.com/awesome-fc/async-invocation-dlq
type Failure struct {
	Timestamp      int64          `json:"timestamp"` // ms since 1970
	RequestContext FailureContext `json:"requestContext"`
	RequestPayload string         `json:"requestPayload"` // the event
	Response       FailureOutcome `json:"responseContext"`
	Payload        string         `json:"responsePayload"` // {"errorMessage":…,"errorType":…}
}

// FailureContext says which invocation failed.
type FailureContext struct {
	RequestID   string `json:"requestId"`
	FunctionARN string `json:"functionArn"`
	Condition   string `json:"condition"`
	InvokeCount int    `json:"approximateInvokeCount"`
}

// FailureOutcome says how it failed.
type FailureOutcome struct {
	StatusCode    int    `json:"statusCode"`
	FunctionError string `json:"functionError"`
}
