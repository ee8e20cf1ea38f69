package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"onput/handler"
	"onput/internal/event"
	"onput/process"
)

// failure is an onFailure delivery of Function Compute, which holds the event of an invocation, or a [handler.FailureRecord]
// of the function, which holds one task.
type failure struct {
	origin    string                 // FILE:LINE, or oss://BUCKET/KEY
	record    *process.Location      // in OSS, and read when its turn comes; nil for a failure from a file
	id        string                 // hash of the content, whatever the origin
	requestID string                 // of the invocation; "" if unknown
	reason    string                 // the error, on one line
	payload   []byte                 // the event
	task      *handler.FailureRecord // nil for a delivery: any task of the event may have failed
}

// Bounds of the input.
const (
	maxInput    = 64 << 20 // bytes of all files
	maxProblems = 10_000   // in a file
	maxCutOff   = 10       // values of a file that its end cuts off; each is looked for in all that follows
)

// readInput reads a file, or standard input for "-". It returns early if ctx ends, because a pipe may never open or end.
func (r *replay) readInput(ctx context.Context, name string) ([]byte, error) {
	var data []byte
	var err error
	read := make(chan struct{})
	go func() {
		defer close(read)
		in := r.in
		if name != "-" {
			var file *os.File
			if file, err = os.Open(name); err != nil {
				return
			}
			defer file.Close()
			in = file
		}
		data, err = io.ReadAll(io.LimitReader(in, maxInput-r.inputBytes+1))
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-read:
	}
	if r.inputBytes += int64(len(data)); r.inputBytes > maxInput {
		return nil, fmt.Errorf("%s: the files have more than %d MiB together; replay them one by one, and split larger ones", name, maxInput>>20)
	}
	return data, err
}

// problem is the reason why something cannot be replayed.
type problem struct {
	Origin  string `json:"place"`
	Message string `json:"message"`
}

// failureReader collects the failures in one file or object.
type failureReader struct {
	name     string
	object   bool // an object holds one failure, so its origins have no line
	data     []byte
	counted  int // the first bytes of data, whose lines have been counted
	lines    int // in these bytes
	failures []failure
	problems []problem
}

// readFailures reads a sequence of JSON values, such as JSON lines, and arrays of them. It reports a value that it cannot
// read as a problem and goes on with the next line that begins a value.
func readFailures(name string, object bool, data []byte) ([]failure, []problem) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some editors, and PowerShell, begin files with it
	r := failureReader{name: name, object: object, data: data}
	cutOff := 0
	for at := 0; ; {
		if cutOff == maxCutOff || len(r.problems) >= maxProblems {
			r.fail(at, "too many problems; the rest is not read")
			break
		}
		at += len(data[at:]) - len(bytes.TrimLeft(data[at:], " \t\r\n"))
		if at == len(data) {
			break
		}
		d := json.NewDecoder(bytes.NewReader(data[at:]))
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				cutOff++
				err = errors.New("the JSON is cut off")
			}
			r.fail(at, "%v", err)
			next := valueLine.FindIndex(data[at+1:])
			if next == nil {
				break
			}
			at += next[1]
			continue
		}
		end := at + int(d.InputOffset())
		r.value(gjson.ParseBytes(raw), end-len(raw), 0, true)
		at = end
	}
	if len(r.failures)+len(r.problems) == 0 {
		r.fail(0, "it is empty")
	}
	return r.failures, r.problems
}

// valueLine matches the beginning of a line that begins a value.
var valueLine = regexp.MustCompile(`\n[{[]`)

// origin returns the name of the file, with the line of a byte.
func (r *failureReader) origin(at int) string {
	if r.object {
		return r.name
	}
	if at < r.counted { // offsets mostly increase
		r.counted, r.lines = 0, 0
	}
	r.lines += bytes.Count(r.data[r.counted:at], []byte("\n"))
	r.counted = at
	return fmt.Sprintf("%s:%d", r.name, 1+r.lines)
}

func (r *failureReader) fail(at int, format string, args ...any) {
	r.problems = append(r.problems, problem{r.origin(at), fmt.Sprintf(format, args...)})
}

// maxWrappings bounds the nesting of arrays and messages around a failure.
const maxWrappings = 4

// value reads a failure. It unwraps arrays, messages of SMQ topics and queues, and events of EventBridge. It takes offsets in
// a text of the file itself as offsets in the file.
func (r *failureReader) value(v gjson.Result, at, depth int, inFile bool) {
	switch {
	case depth > maxWrappings:
		r.fail(at, "envelopes are nested more than %d deep", maxWrappings)
	case v.IsArray():
		v.ForEach(func(_, element gjson.Result) bool {
			position := at
			if inFile {
				position += element.Index - v.Index // gjson counts both from the same start
			}
			r.value(element, position, depth+1, inFile)
			return len(r.problems) < maxProblems
		})
	case v.Type == gjson.String:
		r.embedded(v.Str, at, depth)
	case v.Get("requestPayload").Exists():
		r.delivery(v, at)
	case v.Get("rule").Exists() && v.Get("event").Exists():
		r.record(v, at)
	default:
		for _, name := range []string{"Message", "messageBody", "body", "data"} {
			if inner := v.Get(name); inner.Exists() {
				inner.Index = 0 // the origin is the envelope's
				r.value(inner, at, depth+1, inFile)
				return
			}
		}
		r.fail(at, `neither a message of onFailure, {"requestPayload":…}, nor the record of a task, {"rule":…,"event":…}`)
	}
}

// embedded reads a value from the text of a string, which may be Base64.
func (r *failureReader) embedded(s string, at, depth int) {
	if decoded, err := base64.StdEncoding.DecodeString(s); err == nil && gjson.ValidBytes(decoded) {
		s = string(decoded)
	}
	if !gjson.Valid(s) {
		r.fail(at, "the message in it is not JSON, or is cut off")
		return
	}
	v := gjson.Parse(s)
	if !v.IsArray() { // whose elements count
		depth++
	}
	r.value(v, at, depth, false)
}

// delivery reads an onFailure delivery:
// https://www.alibabacloud.com/help/en/fc/user-guide/result-callback
func (r *failureReader) delivery(v gjson.Result, at int) {
	payload := v.Get("requestPayload")
	event := payload.Raw
	if payload.Type == gjson.String {
		event = payload.Str
	}
	answer := v.Get("responsePayload")
	if answer.Type == gjson.String {
		answer = gjson.Parse(answer.Str) // a text without JSON has no members
	}
	reason := v.Get("requestContext.condition").Str
	if kind := answer.Get("errorType").Str; kind != "" {
		reason = kind + ": " + answer.Get("errorMessage").Str
	}
	r.add(at, failure{requestID: v.Get("requestContext.requestId").Str, reason: reason, payload: []byte(event)})
}

// record reads the function's record of a task.
func (r *failureReader) record(v gjson.Result, at int) {
	var record handler.FailureRecord
	if err := json.Unmarshal([]byte(v.Raw), &record); err != nil {
		r.fail(at, "not the record of a task: %v", err)
		return
	}
	if record.Version != 1 {
		r.fail(at, "the record has version %d; this program reads version 1", record.Version)
		return
	}
	// The event is passed on as it is, because decoding would replace bytes of the key that are not UTF-8.
	r.add(at, failure{requestID: record.RequestID, reason: record.ErrorType + ": " + record.Error, payload: []byte(v.Get("event").Raw), task: &record})
}

// maxReason bounds the characters of a reason, which may list every task.
const maxReason = 300

// add adds a failure if its event can be decoded.
func (r *failureReader) add(at int, f failure) {
	uploads, completions, err := event.Decode(f.payload)
	switch trimmed := strings.TrimSpace(string(f.payload)); {
	case f.task != nil && len(uploads)+len(completions) > 1:
		r.fail(at, "its event has %d uploads and messages, but the record of a task has one upload", len(uploads)+len(completions))
		return
	case len(uploads) > 0:
	case strings.HasPrefix(trimmed, "{") && !gjson.Valid(trimmed):
		r.fail(at, "its event is cut off after %d bytes, the limit of destinations", len(f.payload))
		return
	case err == nil:
		r.fail(at, "its event is a completion message, not an upload; to repeat a task that failed in OSS, put the object again")
		return
	default:
		r.fail(at, "its event cannot be replayed: %v", err)
		return
	}
	f.origin = r.origin(at)
	f.reason = strings.Join(strings.Fields(f.reason), " ")
	if runes := []rune(f.reason); len(runes) > maxReason {
		f.reason = string(runes[:maxReason]) + "…"
	}
	h := sha256.New()
	fmt.Fprintf(h, "%q %q", f.requestID, f.payload)
	if f.task != nil {
		fmt.Fprintf(h, " %q %d", f.task.Rule, f.task.Output)
	}
	f.id = hex.EncodeToString(h.Sum(nil))
	r.failures = append(r.failures, f)
}
