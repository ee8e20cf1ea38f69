package userinput

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"onput/internal/event"
	"onput/internal/safejson"
	"onput/internal/text"
	"onput/rules"
)

// MaxEvents bounds a file with captured events, in bytes: no payload is larger.
const MaxEvents = event.MaxPayload

// maxNamed is the number of payloads without an event that an error names.
const maxNamed = 5

// Event is the payload of one invocation, and what it holds.
type Event struct {
	Payload     []byte
	Line        int // of its first byte, from 1
	Uploads     []rules.Upload
	Completions []event.Completion
}

// Events returns the events in a file: one payload, in JSON over any number of lines or in Base64, or several of them one
// after the other, such as JSON lines. The envelopes are those of [event.Decode].
//
// The error says what is no event, and what it is instead if that is known. It comes with the events that were understood.
func Events(data []byte) ([]Event, error) {
	data = Text(data)
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("it is empty")
	}
	payloads := split(data)
	var events []Event
	var problems []error
	for _, e := range payloads {
		var err error
		e.Uploads, e.Completions, err = event.Decode(e.Payload)
		found := len(e.Uploads)+len(e.Completions) > 0
		if err != nil {
			if kind := kindOf(e.Payload); kind != "" && !found {
				err = errors.New("it is " + kind)
			}
			if len(payloads) > 1 {
				err = fmt.Errorf("line %d: %w", e.Line, err)
			}
			problems = append(problems, err)
		}
		if found {
			events = append(events, e)
		}
	}
	if more := len(problems) - maxNamed; more > 0 {
		problems = append(problems[:maxNamed], fmt.Errorf("and %s", text.Plural(more, "more problem")))
	}
	return events, errors.Join(problems...)
}

// uploadsOf returns the uploads of some events. The error names completion messages if there are no uploads.
func uploadsOf(events []Event) (uploads []rules.Upload, err error) {
	for i := range events {
		e := &events[i]
		if uploads = append(uploads, e.Uploads...); len(uploads) == 0 && err == nil {
			err = errors.New("it is " + completionKind(&e.Completions[0]))
		}
	}
	if len(uploads) > 0 {
		err = nil
	}
	return uploads, err
}

// split returns the payloads in a file: the JSON values if it begins with one, or its lines if the first line alone is a
// payload, or else all of it.
func split(data []byte) []Event {
	whole := []Event{{Payload: data, Line: 1}}
	if safejson.Valid(string(data)) {
		return whole
	}
	if values := splitValues(data); len(values) > 1 {
		return values
	}
	lines := splitLines(data)
	if len(lines) > 1 {
		if uploads, completions, _ := event.Decode(lines[0].Payload); len(uploads)+len(completions) > 0 {
			return lines
		}
	}
	return whole
}

// splitValues returns the JSON values in a file. What follows the last one that can be read is one payload.
func splitValues(data []byte) (values []Event) {
	d := json.NewDecoder(bytes.NewReader(data))
	for line, counted := 1, 0; ; {
		var raw json.RawMessage
		end := int(d.InputOffset())
		err := d.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return values
		}
		if err == nil {
			end = int(d.InputOffset()) - len(raw)
		} else {
			raw = bytes.TrimSpace(data[end:])
			end += bytes.Index(data[end:], raw)
		}
		line += bytes.Count(data[counted:end], []byte("\n"))
		counted = end
		values = append(values, Event{Payload: raw, Line: line})
		if err != nil {
			return values
		}
	}
}

// splitLines returns the lines of a file that are not blank.
func splitLines(data []byte) (lines []Event) {
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if line = bytes.TrimSpace(line); len(line) > 0 {
			lines = append(lines, Event{Payload: line, Line: n})
		}
	}
	return lines
}

// isJSON reports whether a file begins with a JSON object or array, so that it is no list of keys.
func isJSON(data []byte) bool {
	data = bytes.TrimSpace(Text(data))
	if len(data) == 0 || data[0] != '{' && data[0] != '[' {
		return false
	}
	var raw json.RawMessage
	return json.NewDecoder(bytes.NewReader(data)).Decode(&raw) == nil
}
