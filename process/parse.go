package process

import (
	"fmt"
	"strings"
)

// SyntaxError says where and why a string is no process string. Offset and End are bytes of the string.
type SyntaxError struct {
	Offset, End int
	Message     string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("at byte %d: %s", e.Offset+1, e.Message) }

// Parse takes an OSS process string apart, with or without sys/ directives. It knows the grammar and which values are
// Base64; whether the operation and its parameters exist and are in range is Check's question. The error is a
// *SyntaxError.
//
// The grammar: https://help.aliyun.com/zh/oss/asynchronous-processing
func Parse(s string) (*Request, error) { return parse(s, false) }

// ParseTemplate is Parse for a string whose parameters may still hold variables, {ext} for example. Such a parameter is
// Open, and its value is in clear even where OSS wants Base64.
func ParseTemplate(s string) (*Request, error) { return parse(s, true) }

func parse(s string, template bool) (r *Request, err error) {
	p := &parser{s: s, template: template, r: &Request{}}
	defer func() {
		if stop := recover(); stop != nil {
			if e, ok := stop.(*SyntaxError); ok {
				r, err = nil, e
				return
			}
			panic(stop)
		}
	}()
	p.parse()
	return p.r, nil
}

type parser struct {
	s        string
	template bool
	r        *Request
	op       *Operation
}

// fail ends parsing; parse turns the panic into its error.
func (p *parser) fail(from, to int, format string, args ...any) {
	panic(&SyntaxError{Offset: from, End: max(to, from), Message: fmt.Sprintf(format, args...)})
}

func (p *parser) parse() {
	if strings.HasPrefix(p.s, "x-oss-async-process=") {
		p.fail(0, len("x-oss-async-process="), "leave out x-oss-async-process=: it names the field of the request, the process comes after it")
	}
	operation, directives, more := strings.Cut(p.s, "|")
	p.operation(operation)
	if more {
		if i := strings.IndexByte(directives, '|'); i >= 0 {
			at := len(operation) + 1 + i
			p.fail(at, len(p.s), "a second |: directives of sys are joined by /, as in |sys/saveas,…/notify,…")
		}
		p.directives(directives, len(operation)+1)
	}
}

// operation reads "category/action,k_v…/pre,k_v…".
func (p *parser) operation(s string) {
	category, _, ok := strings.Cut(s, "/")
	switch {
	case s == "":
		p.fail(0, 0, "the operation is missing: write CATEGORY/ACTION,NAME_VALUE…, for example doc/convert,target_pdf")
	case category == "sys":
		p.fail(0, len(s), "the operation is missing before sys/: write CATEGORY/ACTION,NAME_VALUE…|sys/…")
	case !ok || category == "":
		p.fail(0, len(s), "%q is no operation: write CATEGORY/ACTION, for example doc/convert", s)
	}
	head := end(s, len(category)+1, "/,")
	if head == len(category)+1 {
		p.fail(0, head, "the operation has no action: write CATEGORY/ACTION, for example doc/convert")
	}
	p.r.Operation = s[:head]
	p.op, _ = Lookup(p.r.Operation)
	params := &p.r.Params
	encoded := p.op.base64
	for at := head; at < len(s); {
		if s[at] == '/' {
			to := end(s, at+1, ",/")
			where := s[at+1 : to]
			if where != "pre" && where != "sur" {
				p.fail(at, to, "a second action %q: an asynchronous request holds one operation, and only /pre and /sur clips may follow it", "/"+where)
			}
			p.r.Clips = append(p.r.Clips, Clip{Where: where})
			params = &p.r.Clips[len(p.r.Clips)-1].Params
			encoded = func(name string) bool { return name == clipKey }
			at = to
			continue
		}
		*params, at = p.param(*params, s, at, 0, encoded, clipHeads)
	}
}

var (
	clipHeads      = []string{"/pre", "/sur"}
	directiveHeads = []string{"/saveas", "/notify"}
)

// directives reads "sys/saveas,b_…,o_…/notify,topic_…"; offset is where s begins in the whole string.
func (p *parser) directives(s string, offset int) {
	rest, ok := strings.CutPrefix(s, "sys/")
	if !ok {
		p.fail(offset, offset+len(s), "only sys/ directives come after |: sys/saveas,…, sys/notify,…")
	}
	at := len(s) - len(rest) - 1
	for at < len(s) {
		to := end(s, at+1, ",/")
		name := s[at+1 : to]
		var params []Param
		from := at
		for at = to; at < len(s) && s[at] == ','; {
			params, at = p.param(params, s, at, offset, func(string) bool { return true }, directiveHeads)
		}
		switch {
		case name == "saveas" && p.r.Target == nil && p.r.Notify == nil:
			p.r.Target = p.saveas(params, offset+from+1, offset+at)
		case name == "notify" && p.r.Notify == nil:
			p.r.Notify = p.notify(params, offset+from+1, offset+at)
		case name == "saveas" || name == "notify":
			p.fail(offset+from+1, offset+to, "sys/%s a second time or out of order: write sys/saveas,…/notify,…", name)
		default:
			p.fail(offset+from+1, offset+to, "%q is no directive of sys: there are saveas and notify", name)
		}
	}
}

func (p *parser) saveas(params []Param, from, to int) *Location {
	target := &Location{}
	seen := map[string]bool{}
	for _, q := range params {
		switch {
		case seen[q.Name]:
			p.fail(from, to, "sys/saveas has %s_ twice", q.Name)
		case q.Value == "":
			p.fail(from, to, "%s_ of sys/saveas is empty", q.Name)
		case q.Name == "b":
			target.Bucket = q.Value
		case q.Name == "o":
			target.Key = q.Value
		default:
			p.fail(from, to, "sys/saveas has no parameter %q: it takes o_ (the key) and b_ (the bucket)", q.Name)
		}
		seen[q.Name] = true
	}
	if target.Key == "" {
		p.fail(from, to, "sys/saveas needs o_: the key of the target in Base64")
	}
	return target
}

func (p *parser) notify(params []Param, from, to int) *string {
	topic := ""
	for _, q := range params {
		switch {
		case q.Name != "topic":
			p.fail(from, to, "sys/notify has no parameter %q: it takes topic_", q.Name)
		case topic != "":
			p.fail(from, to, "sys/notify has topic_ twice")
		case q.Value == "":
			p.fail(from, to, "topic_ of sys/notify is empty")
		}
		topic = q.Value
	}
	return &topic
}

// param reads ",NAME_VALUE" at s[at] and returns where the next thing begins. A Base64 value of the standard alphabet
// and a key with variables may hold slashes: theirs ends at a comma or at one of heads, and any other at a slash too.
func (p *parser) param(params []Param, s string, at, offset int, encoded func(name string) bool, heads []string) ([]Param, int) {
	at++ // the comma
	stop := end(s, at, ",/")
	name, value, ok := strings.Cut(s[at:stop], "_")
	switch {
	case stop == at:
		p.fail(offset+at-1, offset+at, "nothing between , and %s: write NAME_VALUE", next(s, stop))
	case !ok:
		p.fail(offset+at, offset+stop, "parameter %q has no value: write %s_VALUE", name, name)
	case name == "":
		p.fail(offset+at, offset+stop, "%q has no name: write NAME_VALUE", s[at:stop])
	}
	if !encoded(name) {
		return append(params, Param{Name: name, Value: value, Open: p.template && strings.Contains(value, "{")}), stop
	}
	for stop < len(s) && s[stop] == '/' && !startsAny(s[stop:], heads) {
		stop = end(s, stop+1, ",/")
	}
	value = s[at+len(name)+1 : stop]
	if p.template && strings.Contains(value, "{") {
		return append(params, Param{Name: name, Value: value, Open: true}), stop
	}
	plain, ok := DecodeBase64(value)
	if !ok {
		p.fail(offset+at, offset+stop, "%s is Base64 in OSS: %q is not; did you mean %s_%s?", name, value, name, EncodeBase64(value))
	}
	return append(params, Param{Name: name, Value: plain}), stop
}

// end returns where the first byte of stops comes in s from from on, and len(s) where none does.
func end(s string, from int, stops string) int {
	if i := strings.IndexAny(s[from:], stops); i >= 0 {
		return from + i
	}
	return len(s)
}

// next names what stands at s[at], for a message.
func next(s string, at int) string {
	if at == len(s) {
		return "the end"
	}
	return s[at : at+1]
}

// startsAny says whether s begins with one of heads as a whole word.
func startsAny(s string, heads []string) bool {
	for _, h := range heads {
		if rest, ok := strings.CutPrefix(s, h); ok && (rest == "" || rest[0] == ',' || rest[0] == '/') {
			return true
		}
	}
	return false
}
