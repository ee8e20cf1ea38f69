package handler

import (
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

// decoder collects what is found in one payload.
type decoder struct {
	uploads     []rules.Upload
	completions []completion
	bad         int      // how many records, or things in a record's place, were not understood
	named       []string // the first of them, described
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
		v := gjson.Parse(s)
		if v.Type == gjson.String {
			depth++
		}
		d.value(v, depth, ce)
	default:
		if inner, ok := fromBase64(s); ok {
			d.text(inner, depth+1, ce)
		} else {
			d.fail("found neither JSON nor Base64 of it: " + excerpt(s))
		}
	}
}

// value decodes a JSON value that is known to be well-formed.
func (d *decoder) value(v gjson.Result, depth int, ce cloudEvent) {
	switch {
	case depth > maxEnvelopes:
		d.fail("found more than " + strconv.Itoa(maxEnvelopes) + " envelopes around each other")
	case v.Type == gjson.String:
		d.text(v.Str, depth, ce)
	case v.IsArray():
		d.elements(v, depth, ce)
	case v.IsObject():
		d.object(v, depth, ce)
	default:
		d.fail("found the JSON value " + excerpt(v.Raw))
	}
}

func (d *decoder) elements(array gjson.Result, depth int, ce cloudEvent) {
	empty := true
	array.ForEach(func(_, element gjson.Result) bool {
		empty = false
		if d.records() >= maxRecords {
			d.fail("found more than " + strconv.Itoa(maxRecords) + " records")
			return false
		}
		d.value(element, depth+1, ce)
		return true
	})
	if empty {
		d.fail("found an array without events")
	}
}

// members are those of an object that tell an envelope or a record apart, collected in one pass.
type members struct {
	message, topic                    gjson.Result // SMQ topic, JSON
	events                            gjson.Result // native
	oss, name, region, time, response gjson.Result // a record
	body, messageBody                 gjson.Result // SMQ topic, STREAM with attributes; SMQ queue
	data, eventType, id               gjson.Result // CloudEvent
}

func (m *members) collect(key, value gjson.Result) bool {
	switch key.Str {
	case "Message":
		// SMQ writes a message's attributes, whose names strangers choose, in front of its own members: the last counts.
		m.message = value
	case "TopicName":
		first(&m.topic, value)
	case "events":
		first(&m.events, value)
	case "oss":
		first(&m.oss, value)
	case "eventName":
		first(&m.name, value)
	case "region":
		first(&m.region, value)
	case "eventTime":
		first(&m.time, value)
	case "responseElements":
		first(&m.response, value)
	case "body":
		first(&m.body, value)
	case "messageBody":
		first(&m.messageBody, value)
	case "data":
		first(&m.data, value)
	case "type":
		first(&m.eventType, value)
	case "id":
		first(&m.id, value)
	}
	return true
}

// object decodes a record, or what an envelope holds.
func (d *decoder) object(o gjson.Result, depth int, ce cloudEvent) {
	if inner, ce := d.open(o, depth, ce); inner.Exists() {
		d.value(inner, depth+1, ce)
	}
}

// open returns what an envelope holds, and takes apart what is none. It is a function of its own so that nothing refers
// to an envelope while its inside is decoded: each may be as long as the payload.
func (d *decoder) open(o gjson.Result, depth int, ce cloudEvent) (gjson.Result, cloudEvent) {
	var m members
	o.ForEach(m.collect)
	switch {
	case m.topic.Exists() && m.message.Exists(): // before all others: its attributes may be called "events" or "data"
		return m.message, cloudEvent{}
	case m.events.IsArray():
		d.elements(m.events, depth, ce)
	case m.oss.IsObject():
		d.record(o, &m, ce)
	case m.messageBody.Exists():
		return m.messageBody, cloudEvent{}
	case m.data.Exists():
		inner := cloudEvent{}
		if event, ok := strings.CutPrefix(m.eventType.Str, "oss:"); ok {
			inner = cloudEvent{event: event, id: m.id.Str}
		}
		return m.data, inner
	case m.body.Exists():
		return m.body, cloudEvent{}
	case d.completion(o): // before those that hold a Message alone: its content has one, too
	case m.message.Exists():
		return m.message, cloudEvent{}
	default:
		d.fail("found a JSON object of something else: " + excerpt(o.Raw))
	}
	return gjson.Result{}, cloudEvent{}
}

// place is what an event's oss holds that counts, collected in one pass over it and one over the object in it.
type place struct {
	bucket, object, region, response gjson.Result
	key, etag, meta, size            gjson.Result
}

func (p *place) collect(key, value gjson.Result) bool {
	switch key.Str {
	case "bucket":
		first(&p.bucket, value)
	case "object":
		first(&p.object, value)
	case "region":
		first(&p.region, value)
	case "responseElements":
		first(&p.response, value)
	}
	return true
}

func (p *place) collectObject(key, value gjson.Result) bool {
	switch key.Str {
	case "key":
		first(&p.key, value)
	case "eTag":
		first(&p.etag, value)
	case "objectMeta":
		first(&p.meta, value)
	case "size":
		first(&p.size, value)
	}
	return true
}

// record takes an OSS event record apart. The documented sample of one has region and responseElements inside oss
// (https://help.aliyun.com/en/oss/user-guide/event-notification-overview), so both places count.
func (d *decoder) record(rec gjson.Result, m *members, ce cloudEvent) {
	var p place
	m.oss.ForEach(p.collect)
	if p.object.IsObject() {
		p.object.ForEach(p.collectObject)
	}
	u := rules.Upload{
		Event:     m.name.Str,
		Bucket:    stringAt(p.bucket, "name"),
		Key:       text(p.key),
		ETag:      text(p.etag),
		Type:      stringAt(p.meta, "mimeType"),
		RequestID: stringAt(m.response, "requestId"),
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
	if u.Event == "" {
		u.Event = ce.event
	}
	u.Event = strings.TrimPrefix(u.Event, "oss:")
	if u.RequestID == "" {
		if u.RequestID = stringAt(p.response, "requestId"); u.RequestID == "" {
			u.RequestID = ce.id
		}
	}
	u.Region = region(m, &p)
	if p.size.Type == gjson.Number {
		if n, err := strconv.ParseInt(p.size.Raw, 10, 64); err == nil && n >= 0 {
			u.Size = n
		}
	}
	if t, err := time.Parse(time.RFC3339, m.time.Str); err == nil {
		u.Time = t
	}
	d.uploads = append(d.uploads, u)
}

// region returns the record's region, "cn-hangzhou": its own, else the one in the bucket's ARN, acs:oss:REGION:UID:BUCKET.
func region(m *members, p *place) string {
	r := m.region.Str
	if r == "" {
		r = text(p.region)
	}
	if r == "" {
		if arn, ok := strings.CutPrefix(stringAt(p.bucket, "arn"), "acs:oss:"); ok {
			r, _, _ = strings.Cut(arn, ":")
		}
	}
	return strings.TrimPrefix(r, "oss-")
}

// stringAt returns the string at a path, "" where there is none or something else.
func stringAt(v gjson.Result, path string) string {
	return text(v.Get(path))
}

// text returns a string, "" for anything else.
func text(v gjson.Result) string {
	if v.Type == gjson.String {
		return v.Str
	}
	return ""
}

// first keeps the first of members of one name, as gjson's paths do.
func first(member *gjson.Result, value gjson.Result) {
	if !member.Exists() {
		*member = value
	}
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

// fromBase64 decodes s, in either alphabet, padded or not, wrapped or not, if what comes out can be a document again.
func fromBase64(s string) (string, bool) {
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
