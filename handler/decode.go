package handler

import (
	"cmp"
	"encoding/base64"
	"io"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/tidwall/gjson"

	"onput/process"
	"onput/rules"
)

// Bounds of a payload. Function Compute itself lets 128 KB through for an asynchronous invocation, as OSS's triggers make
// them, and 32 MB for a synchronous one, for which a function of 128 MB has no room. Within these bounds the whole process
// stays below 100 MB, whatever the payload. The deepest real event, a batch of queue messages holding Base64 topic messages,
// has 8 envelopes.
const (
	maxPayload   = 10 << 20 // bytes
	maxUnpacked  = 20 << 20 // bytes of documents that are copied, because they were in Base64 or have escapes in their strings
	maxNesting   = 64       // JSON arrays and objects inside each other, in one text
	maxEnvelopes = 8        // around a record: arrays, CloudEvents, messages, JSON in a string, Base64
	maxRecords   = 10_000
	maxBucket    = 63 // bytes of a bucket's name
	maxNamed     = 10 // records that an EventError describes one by one
)

const expected = `expected {"events":[…]}, a CloudEvent, an OSS event record, a completion message, or an SMQ message with one of them inside`

// Decode returns the uploads that an event tells of, in the order of the event's records. It understands every shape in
// which OSS events reach a function, also inside each other, also as Base64: the native {"events":[…]}, CloudEvents from
// EventBridge, bare records, arrays of these, and messages of SMQ topics and queues.
//
// Keys are taken as they are, never URL-decoded. Upload.Size is -1 where the record has no non-negative integer. The
// uploads refer to the payload, which must not be changed any more.
//
// Completion messages are no uploads, and passed over.
//
// The error is an *EventError that says what was found and what was expected. Where only some records are at fault, the
// uploads of the good ones are returned together with an *EventError that names the bad ones by their number.
//
// https://www.alibabacloud.com/help/en/functioncompute/fc/formats-of-event-for-different-triggers-1
// https://help.aliyun.com/en/eventbridge/user-guide/oss-events
func Decode(payload []byte) ([]rules.Upload, error) {
	var d decoder
	err := d.decode(payload)
	return d.uploads, err
}

// decode decodes a payload. The error is as that of Decode.
func (d *decoder) decode(payload []byte) error {
	if len(payload) > maxPayload {
		return &EventError{text: "event not understood: " + strconv.Itoa(len(payload)) + " bytes; at most " +
			strconv.Itoa(maxPayload) + " are read"}
	}
	d.text(unsafe.String(unsafe.SliceData(payload), len(payload)), 0, cloudEvent{})
	if d.bad == 0 {
		return nil
	}
	return d.error()
}

// decoder decodes one payload. The fields are what it has found so far.
type decoder struct {
	uploads     []rules.Upload
	completions []completion
	bad         int      // records, or values in a record's place, that were not understood
	named       []string // the first of them, described
	full        bool     // the payload has more than maxRecords
	unpacked    int      // bytes
}

// records returns how many records there were so far.
func (d *decoder) records() int { return len(d.uploads) + len(d.completions) + d.bad }

// cloudEvent is what an OSS CloudEvent says on the outside, for records that leave it out.
type cloudEvent struct{ event, id string }

// fail notes that the next record, or what stands in its place, was not understood.
func (d *decoder) fail(what string) {
	if len(d.named) < maxNamed {
		d.named = append(d.named, "["+strconv.Itoa(d.records())+"]: "+what)
	}
	d.bad++
}

func (d *decoder) error() error {
	var b strings.Builder
	b.WriteString("event not understood: ")
	if d.records() == 1 {
		_, what, _ := strings.Cut(d.named[0], ": ")
		b.WriteString(what)
	} else {
		b.WriteString(strconv.Itoa(d.bad))
		b.WriteString(" of ")
		b.WriteString(strconv.Itoa(d.records()))
		b.WriteString(" records: ")
		b.WriteString(strings.Join(d.named, "; "))
		if more := d.bad - len(d.named); more > 0 {
			b.WriteString("; and ")
			b.WriteString(strconv.Itoa(more))
			b.WriteString(" more")
		}
	}
	b.WriteString("; ")
	b.WriteString(expected)
	return &EventError{text: b.String()}
}

// text decodes a whole document: JSON, or Base64 of a document.
func (d *decoder) text(s string, depth int, ce cloudEvent) {
	s = strings.Trim(s, " \t\r\n")
	switch {
	case s == "":
		d.fail("found nothing, an empty text")
	case depth > maxEnvelopes:
		d.fail("found more than " + strconv.Itoa(maxEnvelopes) + " envelopes around each other")
	case tooDeep(s): // before gjson.Valid, which recurses
		d.fail("found JSON nested deeper than " + strconv.Itoa(maxNesting) + " levels: " + excerpt(s))
	case gjson.Valid(s):
		if escapes := strings.IndexByte(s, '\\') >= 0; escapes && !d.unpack(len(s)) { // its strings are copied
			return
		}
		if s[0] == '"' {
			depth++
		}
		d.value(gjson.Parse(s), depth, ce)
	default:
		if inner, ok := fromBase64(s); !ok {
			d.fail("found neither JSON nor Base64 of it: " + excerpt(s))
		} else if d.unpack(len(inner)) {
			d.text(inner, depth+1, ce)
		}
	}
}

// unpack takes note of so many bytes more, and reports whether they are still within bounds.
func (d *decoder) unpack(bytes int) bool {
	if d.unpacked += bytes; d.unpacked <= maxUnpacked {
		return true
	}
	d.fail("found more than " + strconv.Itoa(maxUnpacked) + " bytes inside of envelopes")
	return false
}

// value decodes a JSON value: a record, or an envelope.
func (d *decoder) value(v gjson.Result, depth int, ce cloudEvent) {
	switch {
	case depth > maxEnvelopes:
		d.fail("found more than " + strconv.Itoa(maxEnvelopes) + " envelopes around each other")
	case v.IsArray():
		d.elements(v, depth, ce)
	case v.IsObject():
		d.object(v, depth, ce)
	case v.Type == gjson.String:
		d.text(v.Str, depth, ce)
	default:
		d.fail("found the JSON value " + excerpt(v.Raw))
	}
}

// elements decodes the elements of an array.
func (d *decoder) elements(array gjson.Result, depth int, ce cloudEvent) {
	empty := true
	array.ForEach(func(_, v gjson.Result) bool {
		empty = false
		if d.records() < maxRecords {
			d.value(v, depth+1, ce)
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

// object decodes a record, or what an envelope holds. Each member is fetched at most once, since fetching a string
// with escapes makes a copy of it.
func (d *decoder) object(o gjson.Result, depth int, ce cloudEvent) {
	// Before all others: the attributes of a topic's message may be called "events" or "data".
	if o.Get("TopicName").Exists() {
		if message := lastMember(o, "Message"); message.Exists() {
			d.value(message, depth+1, cloudEvent{})
			return
		}
	}
	if events := o.Get("events"); events.IsArray() {
		d.elements(events, depth, ce)
		return
	}
	if oss := o.Get("oss"); oss.IsObject() {
		d.record(o, oss, ce)
		return
	}
	if body := o.Get("messageBody"); body.Exists() {
		d.value(body, depth+1, cloudEvent{})
		return
	}
	if data := o.Get("data"); data.Exists() {
		var outer cloudEvent
		if event, ok := strings.CutPrefix(stringAt(o, "type"), "oss:"); ok {
			outer = cloudEvent{event: event, id: stringAt(o, "id")}
		}
		d.value(data, depth+1, outer)
		return
	}
	if body := o.Get("body"); body.Exists() {
		d.value(body, depth+1, cloudEvent{})
		return
	}
	if d.completion(o) { // before objects that hold a Message alone: its content has one, too
		return
	}
	if message := lastMember(o, "Message"); message.Exists() {
		d.value(message, depth+1, cloudEvent{})
		return
	}
	d.fail("found a JSON object of something else: " + excerpt(o.Raw))
}

// lastMember returns the last member of a name. SMQ writes a message's attributes, whose names are untrusted input, in front
// of its own members.
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

// record decodes an OSS event record. The documented sample of one event has region and responseElements inside oss
// (https://help.aliyun.com/en/oss/user-guide/event-notification-overview), so both places count.
func (d *decoder) record(rec, oss gjson.Result, ce cloudEvent) {
	bucket, object := member(oss, "bucket"), member(oss, "object")
	u := rules.Upload{
		Event:     strings.TrimPrefix(cmp.Or(stringAt(rec, "eventName"), ce.event), "oss:"),
		Region:    regionOf(rec, oss, bucket),
		Bucket:    stringAt(bucket, "name"),
		Key:       stringAt(object, "key"),
		ETag:      stringAt(object, "eTag"),
		Type:      stringAt(member(object, "objectMeta"), "mimeType"),
		RequestID: cmp.Or(requestIDOf(rec), requestIDOf(oss), ce.id),
		Size:      -1,
		Record:    rec,
	}
	if u.Bucket == "" {
		d.fail("found a record without a bucket at oss.bucket.name: " + excerpt(rec.Raw))
		return
	}
	if u.Key == "" {
		d.fail("found a record without a key at oss.object.key: " + excerpt(rec.Raw))
		return
	}
	if n := len(u.Bucket); n > maxBucket {
		d.fail("found a bucket of " + strconv.Itoa(n) + " bytes, more than " + strconv.Itoa(maxBucket))
		return
	}
	if n := len(u.Key); n > process.MaxKey {
		d.fail("found a key of " + strconv.Itoa(n) + " bytes, more than " + strconv.Itoa(process.MaxKey))
		return
	}
	if n, err := strconv.ParseInt(member(object, "size").Raw, 10, 64); err == nil && n >= 0 {
		u.Size = n
	}
	if t, err := time.Parse(time.RFC3339, stringAt(rec, "eventTime")); err == nil {
		u.Time = t
	}
	d.uploads = append(d.uploads, u)
}

// member returns the first member of a name, the zero Result where v is no object. Members are fetched one level at a time,
// because a path of gjson goes on to the second of a name where the first does not have what follows.
func member(v gjson.Result, name string) gjson.Result {
	if !v.IsObject() {
		return gjson.Result{}
	}
	return v.Get(name)
}

// requestIDOf returns the request id of a record, or of its member oss.
func requestIDOf(v gjson.Result) string { return stringAt(member(v, "responseElements"), "requestId") }

// regionOf returns the record's region, "cn-hangzhou": its own, else the one in the bucket's ARN, acs:oss:REGION:UID:BUCKET.
func regionOf(rec, oss, bucket gjson.Result) string {
	r := cmp.Or(stringAt(rec, "region"), stringAt(oss, "region"))
	if r == "" {
		if arn, ok := strings.CutPrefix(stringAt(bucket, "arn"), "acs:oss:"); ok {
			r, _, _ = strings.Cut(arn, ":")
		}
	}
	return strings.TrimPrefix(r, "oss-")
}

// tooDeep reports whether JSON arrays and objects are nested deeper than maxNesting. It does not recurse, and s need not
// be well-formed.
func tooDeep(s string) bool {
	if strings.Count(s, "[")+strings.Count(s, "{") <= maxNesting {
		return false
	}
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '[', '{':
			if depth++; depth > maxNesting {
				return true
			}
		case ']', '}':
			depth--
		case '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		}
	}
	return false
}

// parseJSON parses a document, if it is well-formed and not too deep to find out.
func parseJSON(s string) (gjson.Result, bool) {
	if tooDeep(s) || !gjson.Valid(s) { // Valid recurses
		return gjson.Result{}, false
	}
	return gjson.Parse(s), true
}

// fromBase64 decodes s, which is not empty, in either alphabet, padded or not, wrapped or not, if what comes out can be a document again.
func fromBase64(s string) (string, bool) {
	if strings.IndexFunc(s[:1], outsideBase64) == 0 { // broken JSON, most likely, is worth no buffer
		return "", false
	}
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(s, "-_") {
		encoding = base64.RawURLEncoding
	}
	s = strings.TrimRight(s, "=")
	var decoded strings.Builder // one buffer: a text may be as long as the payload
	decoded.Grow(encoding.DecodedLen(len(s)))
	if _, err := io.Copy(&decoded, base64.NewDecoder(encoding, strings.NewReader(s))); err != nil {
		return "", false
	}
	inner := strings.Trim(decoded.String(), " \t\r\n")
	if inner == "" {
		return "", false
	}
	switch inner[0] {
	case '{', '[', '"':
		return inner, true
	}
	return inner, strings.IndexFunc(inner, outsideBase64) < 0
}

// outsideBase64 reports whether r belongs to no Base64 text, whatever the alphabet.
func outsideBase64(r rune) bool {
	return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("+/-_=\r\n", r))
}
