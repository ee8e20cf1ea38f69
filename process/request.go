package process

import "strings"

// Request is a parsed process string: one operation and the sys directives.
//
// https://help.aliyun.com/zh/oss/asynchronous-processing
type Request struct {
	Operation string    // "doc/convert", "style/NAME", "style/::NAME"
	Params    []Param   // in the order written
	Clips     []Clip    // the /pre and /sur segments of a concat, in the order written
	Target    *Location // sys/saveas, decoded; nil without one; Bucket is "" if the directive has no b_
	Notify    *string   // topic of sys/notify, decoded; nil without one; "" for a bare /notify
}

// Param is one NAME_VALUE of a request.
type Param struct {
	Name  string
	Value string // decoded, if it is Base64 on the wire
	Open  bool   // Value holds variables of a template, so the final value is not known yet
}

// Clip is one /pre or /sur segment, an object that is joined before or after the posted one.
type Clip struct {
	Where  string // "pre" or "sur"
	Params []Param
}

// String returns the process string, exactly as it goes over the wire. Parameters and clips keep their order; saveas comes
// before notify, and its bucket before its key. Open parameters, which cannot be sent, are not encoded.
func (r *Request) String() string {
	var b strings.Builder
	op, _ := Lookup(r.Operation)
	b.WriteString(r.Operation)
	for _, p := range r.Params {
		writeParam(&b, p, op.base64(p.Name))
	}
	for _, c := range r.Clips {
		b.WriteString("/" + c.Where)
		for _, p := range c.Params {
			writeParam(&b, p, p.Name == clipKey)
		}
	}
	b.WriteString(Directives(r.Target, r.Notify))
	return b.String()
}

// Directives returns the sys directives of a process string with the | before them: saveas for target, and notify for the
// topic with that name. A nil one is left out.
func Directives(target *Location, notify *string) string {
	if target == nil && notify == nil {
		return ""
	}
	s := "|sys"
	if target != nil {
		s += "/saveas"
		if target.Bucket != "" {
			s += ",b_" + EncodeBase64(target.Bucket)
		}
		s += ",o_" + EncodeBase64(target.Key)
	}
	if notify != nil {
		s += "/notify"
		if *notify != "" {
			s += ",topic_" + EncodeBase64(*notify)
		}
	}
	return s
}

// clipKey is the parameter of a clip that names its object.
const clipKey = "o"

// base64 reports whether the parameter's values are Base64 on the wire. It is false for a nil operation.
func (op *Operation) base64(name string) bool {
	if op == nil {
		return false
	}
	p, ok := op.Parameter(name)
	return ok && p.Kind.Base64()
}

func writeParam(b *strings.Builder, p Param, encode bool) {
	value := p.Value
	if encode && !p.Open {
		value = EncodeBase64(value)
	}
	b.WriteString("," + p.Name + "_" + value)
}
