package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tidwall/gjson"

	"onput/handler"
	"onput/internal/event"
	"onput/rules"
)

// What is to be replayed comes in two forms: what Function Compute delivered to an onFailure destination, which holds the
// event of an invocation, and what the function itself records of a task (handler.FailureRecord). Both are read here.

// failure is one of either.
type failure struct {
	place   string                 // FILE:LINE, or oss://bucket/key
	id      string                 // the same for what is the same, wherever it is found
	request string                 // id of the invocation; "" where it is not said
	why     string                 // the error that it ended with, in one line
	payload []byte                 // the event
	uploads int                    // in the event
	task    *handler.FailureRecord // the task that failed; nil where that is not said
}

// wants says whether a task is one that failed, as far as that is known.
func (f *failure) wants(_ *rules.Upload, t *rules.Task) bool {
	return f.task == nil || t.Rule == f.task.Rule && t.Output == f.task.Output
}

// problem is something that cannot be replayed.
type problem struct {
	Place   string `json:"place"`
	Message string `json:"message"`
}

// failureReader collects what is in one file or object.
type failureReader struct {
	name     string
	object   bool // it is the one of an object, whose place needs no line
	data     []byte
	counted  int // bytes of data whose lines are counted
	lines    int // in them
	failures []failure
	problems []problem
}

// readFailures reads JSON values one behind the other, such as JSON lines, and arrays of them. What is not understood is a
// problem, and reading goes on with the next line that begins a value.
func readFailures(name string, object bool, data []byte) ([]failure, []problem) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some editors, and PowerShell, begin files with it
	r := failureReader{name: name, object: object, data: data}
	for at := 0; ; {
		at += len(data[at:]) - len(bytes.TrimLeft(data[at:], " \t\r\n"))
		if at == len(data) {
			break
		}
		d := json.NewDecoder(bytes.NewReader(data[at:]))
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = errors.New("the JSON is cut off")
			}
			r.fail(at, "%v", err)
			at = nextValue(data, at+1)
			continue
		}
		end := at + int(d.InputOffset())
		r.value(gjson.ParseBytes(raw), end-len(raw), 0)
		at = end
	}
	if len(r.failures)+len(r.problems) == 0 {
		r.fail(0, "there is nothing in it")
	}
	return r.failures, r.problems
}

// nextValue returns where the next line begins that begins with a brace or a bracket.
func nextValue(data []byte, at int) int {
	for {
		i := bytes.IndexByte(data[at:], '\n')
		if i < 0 {
			return len(data)
		}
		at += i + 1
		if at < len(data) && (data[at] == '{' || data[at] == '[') {
			return at
		}
	}
}

func (r *failureReader) place(at int) string {
	if r.object {
		return r.name
	}
	if at < r.counted { // places mostly come in their order
		r.counted, r.lines = 0, 0
	}
	r.lines += bytes.Count(r.data[r.counted:at], []byte("\n"))
	r.counted = at
	return fmt.Sprintf("%s:%d", r.name, 1+r.lines)
}

func (r *failureReader) fail(at int, format string, args ...any) {
	r.problems = append(r.problems, problem{r.place(at), fmt.Sprintf(format, args...)})
}

// maxWrappings bounds the arrays and messages around a failure.
const maxWrappings = 4

// value reads a failure, or what it is wrapped in: an array, a message of an SMQ topic or queue, or EventBridge's event.
func (r *failureReader) value(v gjson.Result, at, depth int) {
	switch {
	case depth > maxWrappings:
		r.fail(at, "more than %d envelopes are around each other", maxWrappings)
	case v.IsArray():
		v.ForEach(func(_, element gjson.Result) bool {
			r.value(element, at+element.Index-v.Index, depth+1) // gjson counts from the same beginning for both
			return true
		})
	case v.Type == gjson.String:
		r.text(v.Str, at, depth)
	case v.Get("requestPayload").Exists():
		r.delivered(v, at)
	case v.Get("rule").Exists() && v.Get("event").Exists():
		r.recorded(v, at)
	default:
		for _, name := range []string{"Message", "messageBody", "body", "data"} {
			if inner := v.Get(name); inner.Exists() {
				inner.Index = 0 // the place is that of the envelope
				r.value(inner, at, depth+1)
				return
			}
		}
		r.fail(at, `neither what onFailure delivered, {"requestPayload":…}, nor the record of a task, {"rule":…,"event":…}`)
	}
}

// text reads a value that is in a string, also in Base64.
func (r *failureReader) text(s string, at, depth int) {
	if decoded, err := base64.StdEncoding.DecodeString(s); err == nil && gjson.ValidBytes(decoded) {
		s = string(decoded)
	}
	if !gjson.Valid(s) {
		r.fail(at, "the message in it is no JSON, or cut off")
		return
	}
	v := gjson.Parse(s)
	if v.IsArray() { // places in it are none in the file
		for _, element := range v.Array() {
			element.Index = 0
			r.value(element, at, depth+1)
		}
		return
	}
	r.value(v, at, depth+1)
}

// delivered reads what onFailure delivered.
//
// https://www.alibabacloud.com/help/en/fc/user-guide/result-callback
func (r *failureReader) delivered(v gjson.Result, at int) {
	payload := v.Get("requestPayload")
	event := payload.Raw
	if payload.Type == gjson.String {
		event = payload.Str
	}
	answer := v.Get("responsePayload")
	if answer.Type == gjson.String {
		answer = gjson.Parse(answer.Str) // what is no JSON has no members
	}
	why := v.Get("requestContext.condition").Str
	if kind := answer.Get("errorType").Str; kind != "" {
		why = kind + ": " + answer.Get("errorMessage").Str
	}
	r.add(at, failure{request: v.Get("requestContext.requestId").Str, why: why, payload: []byte(event)})
}

// recorded reads what the function recorded of a task.
func (r *failureReader) recorded(v gjson.Result, at int) {
	var record handler.FailureRecord
	if err := json.Unmarshal([]byte(v.Raw), &record); err != nil {
		r.fail(at, "not the record of a task: %v", err)
		return
	}
	if record.Version != 1 {
		r.fail(at, "the record has version %d, and this program reads version 1", record.Version)
		return
	}
	// The decoder would replace what is not UTF-8 in the key.
	r.add(at, failure{request: record.RequestID, why: record.ErrorType + ": " + record.Error, payload: []byte(v.Get("event").Raw), task: &record})
}

// maxWhy bounds the characters of an error that are told: it may list each task.
const maxWhy = 300

// add adds a failure whose event is understood.
func (r *failureReader) add(at int, f failure) {
	uploads, _, err := event.Decode(f.payload)
	switch trimmed := strings.TrimSpace(string(f.payload)); {
	case len(uploads) > 0:
	case strings.HasPrefix(trimmed, "{") && !gjson.Valid(trimmed):
		r.fail(at, "its event is cut off after %d bytes; destinations hold no more of it", len(f.payload))
		return
	case err == nil:
		r.fail(at, "its event tells of no upload, as a completion message does; what OSS took and failed to do is done again when the object is put again")
		return
	default:
		r.fail(at, "its event is none that can be replayed: %v", err)
		return
	}
	f.place, f.uploads = r.place(at), len(uploads)
	f.why = strings.Join(strings.Fields(f.why), " ")
	if runes := []rune(f.why); len(runes) > maxWhy {
		f.why = string(runes[:maxWhy]) + "…"
	}
	h := sha256.New()
	fmt.Fprintf(h, "%q %q", f.request, f.payload)
	if f.task != nil {
		fmt.Fprintf(h, " %q %d", f.task.Rule, f.task.Output)
	}
	f.id = hex.EncodeToString(h.Sum(nil))
	r.failures = append(r.failures, f)
}
