package event

import (
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	"github.com/tidwall/gjson"

	"onput/internal/safejson"
	"onput/internal/text"
	"onput/rules"
)

// MaxPayload bounds a payload, in bytes. A longer one is an [EventError], so a runtime need not read more than one byte
// beyond it.
//
// Function Compute itself allows 128 KB for an asynchronous invocation, as OSS's triggers make them, and 32 MB for a
// synchronous one, for which a function of 128 MB has no room.
const MaxPayload = 10 << 20

// Bounds inside a payload. The deepest real event, a batch of queue messages that hold Base64 topic messages, has 8
// envelopes.
const (
	maxUnpacked  = 20 << 20 // bytes of documents that are copied, because they are in Base64 or have escapes in strings
	maxEnvelopes = 8        // around a record: arrays, CloudEvents, messages, JSON in a string, Base64
	maxRecords   = 10_000
	maxDescribed = 10 // bad records that an EventError describes one by one
)

// minRecord is less than the size of a service's record, in bytes.
const minRecord = 300

// MostRecords returns the number of records that a payload of size bytes can hold.
func MostRecords(size int64) int { return int(min(1+size/minRecord, maxRecords)) }

const expectedShapes = `expected {"events":[…]}, a CloudEvent, an OSS event record, a completion message, or an SMQ message with one of them inside`

// EventError reports a payload, or records of it, that are not understood. Its text names what was found and what is
// expected. Function Compute shows the name of the type as errorType.
type EventError struct{ Text string }

func (e *EventError) Error() string { return text.Bound(e.Text) }

// Decode returns the uploads and the completion messages of a payload, each in the order of its records. Any envelope
// listed in the package documentation is understood.
//
// Keys are taken as they are, never URL-decoded. Upload.Size is -1 if the record has no non-negative integer there. The
// uploads refer to the payload, which must not be changed any more.
//
// The error is an [*EventError]. If only some records are at fault, the other ones are returned with an error that names
// the bad ones by their number.
//
// https://www.alibabacloud.com/help/en/functioncompute/fc/formats-of-event-for-different-triggers-1
// https://help.aliyun.com/en/eventbridge/user-guide/oss-events
func Decode(payload []byte) ([]rules.Upload, []Completion, error) {
	if len(payload) > MaxPayload {
		return nil, nil, &EventError{Text: fmt.Sprintf("event not understood: %d bytes; at most %d are read", len(payload), MaxPayload)}
	}
	var d decoder
	d.text(unsafe.String(unsafe.SliceData(payload), len(payload)), 0, cloudEvent{})
	return d.uploads, d.completions, d.err()
}

// decoder decodes one payload. Its fields hold the results so far.
type decoder struct {
	uploads     []rules.Upload
	completions []Completion
	bad         int      // records, or values in a record's place, that were not understood
	described   []string // the first of them
	full        bool     // the payload has more than maxRecords
	unpacked    int      // bytes; at most maxUnpacked
}

// cloudEvent holds the attributes of a CloudEvent of OSS or IMM, for records and completion messages inside it that lack
// them.
type cloudEvent struct {
	event   string // of OSS, such as ObjectCreated:PutObject
	id      string
	fromIMM bool
}

// text decodes a whole document: JSON, or Base64 of a document.
func (d *decoder) text(s string, depth int, outer cloudEvent) {
	s = strings.Trim(s, " \t\r\n")
	switch {
	case s == "":
		d.fail("found an empty text")
	case depth > maxEnvelopes:
		d.fail("found envelopes nested more than " + strconv.Itoa(maxEnvelopes) + " deep")
	case safejson.Valid(s):
		if strings.IndexByte(s, '\\') >= 0 && !d.unpack(len(s)) { // gjson copies strings with escapes
			return
		}
		if s[0] == '"' {
			depth++
		}
		d.value(gjson.Parse(s), depth, outer)
	case safejson.TooDeep(s):
		d.fail("found JSON nested deeper than " + strconv.Itoa(safejson.MaxNesting) + " levels: " + text.Excerpt(s))
	default:
		if inner, ok := fromBase64(s); !ok {
			d.fail("found neither JSON nor Base64 of it: " + text.Excerpt(s))
		} else if d.unpack(len(inner)) {
			d.text(inner, depth+1, outer)
		}
	}
}

// unpack counts bytes that are copied, and reports whether the total is within bounds.
func (d *decoder) unpack(bytes int) bool {
	if d.unpacked += bytes; d.unpacked <= maxUnpacked {
		return true
	}
	d.fail("found more than " + strconv.Itoa(maxUnpacked) + " bytes inside envelopes")
	return false
}

// value decodes a record or an envelope.
func (d *decoder) value(v gjson.Result, depth int, outer cloudEvent) {
	switch {
	case depth > maxEnvelopes:
		d.fail("found envelopes nested more than " + strconv.Itoa(maxEnvelopes) + " deep")
	case v.IsArray():
		d.elements(v, depth, outer)
	case v.IsObject():
		d.object(v, depth, outer)
	case v.Type == gjson.String:
		d.text(v.Str, depth, outer)
	default:
		d.fail("found the JSON value " + text.Excerpt(v.Raw))
	}
}

// elements decodes the elements of an array.
func (d *decoder) elements(array gjson.Result, depth int, outer cloudEvent) {
	empty := true
	array.ForEach(func(_, v gjson.Result) bool {
		empty = false
		if d.records() < maxRecords {
			d.value(v, depth+1, outer)
			return true
		}
		if !d.full {
			d.full = true
			d.fail("found more than " + strconv.Itoa(maxRecords) + " records")
		}
		return false
	})
	if empty {
		d.fail("found an array without events")
	}
}

// object decodes a record, a completion message, or the content of an envelope. It fetches each member once, since gjson
// copies a string with escapes each time.
func (d *decoder) object(o gjson.Result, depth int, outer cloudEvent) {
	// A topic's message comes first: its attributes, which are untrusted input, may be called "events" or "data".
	if o.Get("TopicName").Exists() && d.message(lastMember(o, "Message"), depth) {
		return
	}
	if events := o.Get("events"); events.IsArray() {
		d.elements(events, depth, outer)
		return
	}
	if oss := o.Get("oss"); oss.IsObject() {
		d.record(o, oss, outer)
		return
	}
	if d.message(o.Get("messageBody"), depth) { // SMQ queue
		return
	}
	if data := o.Get("data"); data.Exists() { // CloudEvent
		var attributes cloudEvent
		eventType := safejson.Member(o, "type").Str
		if event, ok := strings.CutPrefix(eventType, "oss:"); ok {
			attributes = cloudEvent{event: event, id: safejson.Member(o, "id").Str}
		} else if strings.HasPrefix(eventType, "imm:") {
			attributes = cloudEvent{id: safejson.Member(o, "id").Str, fromIMM: true}
		}
		d.value(data, depth+1, attributes)
		return
	}
	if d.message(o.Get("body"), depth) { // SMQ topic, STREAM with attributes
		return
	}
	// A completion comes before a Message alone, since its content has one as well.
	if d.completion(o, outer) || d.message(lastMember(o, "Message"), depth) {
		return
	}
	d.fail("found an unknown JSON object: " + text.Excerpt(o.Raw))
}

// message decodes the body of an SMQ message, and reports whether there is one.
func (d *decoder) message(body gjson.Result, depth int) bool {
	if body.Exists() {
		d.value(body, depth+1, cloudEvent{})
	}
	return body.Exists()
}

// lastMember returns the last member with a name. SMQ writes its own members after a message's attributes, whose names
// are untrusted input.
func lastMember(o gjson.Result, name string) gjson.Result {
	var last gjson.Result
	o.ForEach(func(key, value gjson.Result) bool {
		if key.Str == name {
			last = value
		}
		return true
	})
	return last
}

// records returns the number of records so far.
func (d *decoder) records() int { return len(d.uploads) + len(d.completions) + d.bad }

// fail counts the next record, or a value in its place, as not understood.
func (d *decoder) fail(found string) {
	if len(d.described) < maxDescribed {
		d.described = append(d.described, "["+strconv.Itoa(d.records())+"]: "+found)
	}
	d.bad++
}

// err returns an *EventError that lists the bad records, or nil if there are none.
func (d *decoder) err() error {
	if d.bad == 0 {
		return nil
	}
	_, found, _ := strings.Cut(d.described[0], ": ")
	if d.records() > 1 {
		found = fmt.Sprintf("%d of %d records: %s", d.bad, d.records(), strings.Join(d.described, "; "))
	}
	if more := d.bad - len(d.described); more > 0 {
		found += fmt.Sprintf("; and %d more", more)
	}
	return &EventError{Text: "event not understood: " + found + "; " + expectedShapes}
}
