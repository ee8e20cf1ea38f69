package process

import (
	"strings"
)

// Request is a process string taken apart: one operation and what the sys directives say.
//
// https://help.aliyun.com/zh/oss/asynchronous-processing
type Request struct {
	Operation string    // "doc/convert", "style/NAME", "style/::NAME"
	Params    []Param   // in the order written
	Clips     []Clip    // the /pre and /sur segments of a concat, in the order written
	Target    *Location // sys/saveas, decoded; nil without one; Bucket is "" where the directive has no b_
	Notify    *string   // sys/notify: the topic, decoded; nil without one; "" for a bare /notify
}

// Param is one NAME_VALUE of a request. Values that are Base64 on the wire are held decoded.
type Param struct {
	Name  string
	Value string
	Open  bool // Value still holds variables of a template: its value is not known yet
}

// Clip is one /pre or /sur segment: an object that is joined before or after the posted one.
type Clip struct {
	Where  string // "pre" or "sur"
	Params []Param
}

// String returns exactly what goes over the wire: the operation, its parameters and clips in their order, then saveas
// with bucket before key, then notify. Open parameters, which cannot be sent, are in clear.
func (r *Request) String() string {
	var b strings.Builder
	op, _ := Lookup(r.Operation)
	b.WriteString(r.Operation)
	for _, p := range r.Params {
		writeParam(&b, p, op.base64(p.Name))
	}
	for _, c := range r.Clips {
		b.WriteByte('/')
		b.WriteString(c.Where)
		for _, p := range c.Params {
			writeParam(&b, p, p.Name == clipKey)
		}
	}
	writeDirectives(&b, r.Target, r.Notify)
	return b.String()
}

// Directives returns the sys directives of a request, | included: where its result goes and which topic hears of it, both
// optional.
func Directives(target *Location, notify *string) string {
	var b strings.Builder
	writeDirectives(&b, target, notify)
	return b.String()
}

func writeDirectives(b *strings.Builder, target *Location, notify *string) {
	switch {
	case target != nil:
		b.WriteString("|sys/saveas")
		if target.Bucket != "" {
			b.WriteString(",b_")
			b.WriteString(EncodeBase64(target.Bucket))
		}
		b.WriteString(",o_")
		b.WriteString(EncodeBase64(target.Key))
		if notify != nil {
			writeNotify(b, *notify)
		}
	case notify != nil:
		b.WriteString("|sys")
		writeNotify(b, *notify)
	}
}

// clipKey is the parameter of a clip that names its object.
const clipKey = "o"

// base64 says whether values of the operation's parameter are Base64 on the wire; nothing is known of a nil operation.
func (op *Operation) base64(name string) bool {
	if op == nil {
		return false
	}
	p, ok := op.Parameter(name)
	return ok && p.Kind.Base64()
}

func writeParam(b *strings.Builder, p Param, encode bool) {
	b.WriteByte(',')
	b.WriteString(p.Name)
	b.WriteByte('_')
	if encode && !p.Open {
		b.WriteString(EncodeBase64(p.Value))
	} else {
		b.WriteString(p.Value)
	}
}

func writeNotify(b *strings.Builder, topic string) {
	b.WriteString("/notify")
	if topic != "" {
		b.WriteString(",topic_")
		b.WriteString(EncodeBase64(topic))
	}
}
