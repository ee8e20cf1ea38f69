package process

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"onput/internal/text"
)

// SyntaxError is the error of a string that is not a process string.
type SyntaxError struct {
	Offset, End int // the bytes at fault: from Offset, the first byte being 0, up to but not including End
	Message     string
}

// Error returns the message with the position, counted from 1.
func (e *SyntaxError) Error() string { return fmt.Sprintf("at byte %d: %s", e.Offset+1, e.Message) }

// Parse parses a process string, with or without sys directives, and decodes its Base64. [Request.Check] finds out whether
// the operation and its parameters exist and are valid. The error is a [*SyntaxError].
//
// The grammar: https://help.aliyun.com/zh/oss/asynchronous-processing
func Parse(s string) (*Request, error) { return parse(s, false) }

// ParseTemplate is like [Parse], but parameters may hold variables such as {ext}. Such a parameter is open, and its value is
// not decoded.
func ParseTemplate(s string) (*Request, error) { return parse(s, true) }

func parse(s string, template bool) (r *Request, err error) {
	p := &parser{s: s, template: template, r: &Request{}}
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *SyntaxError:
			r, err = nil, e
		default:
			panic(e)
		}
	}()
	p.parse()
	return p.r, nil
}

// parser parses one process string into r. It panics with a *SyntaxError, which parse recovers.
type parser struct {
	s        string
	template bool
	r        *Request
	op       *Operation // nil if OSS has no such operation
}

// fail stops parsing with an error for the bytes from from to to.
func (p *parser) fail(from, to int, format string, args ...any) {
	panic(&SyntaxError{Offset: from, End: max(to, from), Message: fmt.Sprintf(format, args...)})
}

func (p *parser) parse() {
	if field := requestField().FindString(p.s); field != "" {
		p.fail(0, len(field), "remove %s, which is the name of the request field: the process begins after it", strings.TrimPrefix(field, "?"))
	}
	operation, directives, more := strings.Cut(p.s, "|")
	if at := IndexDirectives(p.s); p.template {
		if operation, directives, more = p.s, "", at >= 0; more {
			operation, directives = p.s[:at], p.s[at+1:]
		}
	}
	p.operation(operation)
	if more {
		if i := strings.IndexByte(directives, '|'); i >= 0 {
			at := len(operation) + 1 + i
			p.fail(at, len(p.s), "a second |: join sys directives with /, as in |sys/saveas,…/notify,…")
		}
		p.directives(len(operation) + 1)
	}
}

// IndexDirectives returns the index of the | before the sys directives of a process with variables, whose filters follow a | as
// well; -1 if there are none.
func IndexDirectives(s string) int {
	inVariable := false
	return strings.IndexFunc(s, func(r rune) bool {
		switch r {
		case '{', '}':
			inVariable = r == '{'
		}
		return r == '|' && !inVariable
	})
}

// requestField matches the field of a request that holds a process, and a URL before it.
var requestField = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z]+://[^?]*)?\??(x-oss-(async-)?)?process=`)
})

// operation parses "category/action,k_v…/pre,k_v…" or "image/action,k_v…/action,k_v…".
func (p *parser) operation(s string) {
	category, _, ok := strings.Cut(s, "/")
	switch {
	case s == "":
		p.fail(0, 0, "the operation is missing: write CATEGORY/ACTION,NAME_VALUE…, for example doc/convert,target_pdf")
	case category == "sys":
		p.fail(0, len(s), "the operation is missing before sys/: write CATEGORY/ACTION,NAME_VALUE…|sys/…")
	case !ok || category == "":
		p.fail(0, len(s), "invalid operation %q: %s", s, categoryAdvice(s))
	}
	head := indexAnyFrom(s, len(category)+1, "/,")
	if head == len(category)+1 {
		p.fail(0, head, "the operation has no action: write CATEGORY/ACTION, for example doc/convert")
	}
	p.r.Operation = s[:head]
	p.op, _ = Lookup(p.r.Operation)
	g := grammar{op: p.op, heads: clipHeads}
	chained := category+"/" == imagePrefix && (p.op == nil || p.op.Chained())
	if chained {
		g = chainGrammar(p.op)
	} else if p.op != nil {
		g.known = p.op.Parameters
	}
	params := &p.r.Params
	for at := head; at < len(s); {
		if s[at] == '/' {
			to := indexAnyFrom(s, at+1, ",/")
			name := s[at+1 : to]
			switch {
			case chained && name == "":
				p.fail(at, to, "nothing after /: write the next action, or remove the /")
			case chained:
				p.r.Chain = append(p.r.Chain, Action{Name: name})
				params = &p.r.Chain[len(p.r.Chain)-1].Params
				op, _ := Lookup(imagePrefix + name)
				g = chainGrammar(op)
			case name == "pre" || name == "sur":
				p.r.Clips = append(p.r.Clips, Clip{Where: name})
				params = &p.r.Clips[len(p.r.Clips)-1].Params
				g.known = clipParameters
			default:
				p.fail(at, to, "a second action %q: an asynchronous request has one operation, and only /pre and /sur clips may follow it", "/"+name)
			}
			at = to
			continue
		}
		*params, at = p.param(*params, s, at, g)
	}
}

// grammar says how the parameters of an operation, an image action or a clip are written.
type grammar struct {
	op     *Operation  // nil if OSS has no such operation
	known  []Parameter // those whose kinds are known
	all    bool        // every value is Base64
	bare   bool        // values may stand alone, without a name
	comma  bool        // a comma may follow the last parameter: OSS ignores it
	heads  []string    // the words that can follow a value, each with its slash
	action bool        // an image action can follow a value
}

// chainGrammar returns the grammar of an image action, nil for an unknown one.
func chainGrammar(op *Operation) grammar {
	g := grammar{op: op, action: true, comma: true, bare: op == nil || op.Positional() != nil}
	if op != nil {
		g.known = op.Parameters
	}
	return g
}

// encoded reports whether the values of the parameter with that name are Base64.
func (g *grammar) encoded(name string) bool {
	if g.all {
		return true
	}
	p := givenParameter(g.known, Param{Name: name})
	return p != nil && p.Kind.Base64()
}

// ends reports whether a value ends before s, which begins with a slash.
func (g *grammar) ends(s string) bool {
	word := s[1:indexAnyFrom(s, 1, ",/")]
	return slices.Contains(g.heads, "/"+word) || g.action && looksLikeAction(word)
}

// looksLikeAction reports whether a word is an image action or a misspelling of one.
func looksLikeAction(word string) bool {
	names := imageActionNames()
	return slices.Contains(names, word) || cannotStore(imagePrefix+word) != "" ||
		consistsOf(word, lowerLetters+"-") && text.Closest(word, names) != ""
}

// categoryAdvice returns what to write instead of an operation without a category.
func categoryAdvice(s string) string {
	written, params, more := strings.Cut(strings.TrimPrefix(s, "/"), ",")
	for _, op := range Operations() {
		category, action, _ := strings.Cut(op.Name, "/")
		rest, ok := strings.CutPrefix(written, category)
		switch {
		case !ok || action == "":
		case len(rest) > 1 && rest[1:] == action: // another separator than /
			return "write " + strings.TrimSuffix(op.Name+","+params, ",")
		case rest == "" && more && (params == action || strings.HasPrefix(params, action+",")):
			return "write " + category + "/" + params
		}
	}
	return "write CATEGORY/ACTION, for example doc/convert"
}

// The clips and directives that can follow a parameter.
var (
	clipHeads      = []string{"/pre", "/sur"}
	directiveHeads = []string{"/saveas", "/notify"}
)

// directives parses "sys/saveas,b_…,o_…/notify,topic_…", which begins at start.
func (p *parser) directives(start int) {
	s := p.s
	if !strings.HasPrefix(s[start:], "sys/") {
		p.fail(start, len(s), "only sys/ directives may follow |: write sys/saveas,… or sys/notify,…")
	}
	for at := start + len("sys"); at < len(s); {
		from := at + 1
		to := indexAnyFrom(s, from, ",/")
		name := s[from:to]
		var params []Param
		for at = to; at < len(s) && s[at] == ','; {
			params, at = p.param(params, s, at, grammar{op: p.op, all: true, heads: directiveHeads})
		}
		switch {
		case name == "saveas" && p.r.Target == nil && p.r.Notify == nil:
			p.r.Target = p.saveas(params, from, at)
		case name == "notify" && p.r.Notify == nil:
			p.r.Notify = p.notify(params, from, at)
		case name == "saveas" || name == "notify":
			p.fail(from, to, "sys/%s is repeated or out of order: write sys/saveas,…/notify,…", name)
		default:
			p.fail(from, to, "unknown sys directive %q: use saveas or notify", name)
		}
	}
}

// saveas returns the target that a directive with params names. from and to are the directive's bytes.
func (p *parser) saveas(params []Param, from, to int) *Location {
	target := &Location{}
	seen := map[string]bool{}
	for _, q := range params {
		switch {
		case seen[q.Name]:
			p.fail(from, to, "sys/saveas has %s_ twice: remove one", q.Name)
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
		p.fail(from, to, "sys/saveas needs o_, the target's key in Base64")
	}
	return target
}

// notify returns the topic that a directive with params names, "" for none.
func (p *parser) notify(params []Param, from, to int) *string {
	topic := ""
	for _, q := range params {
		switch {
		case q.Name != "topic":
			p.fail(from, to, "sys/notify has no parameter %q: it takes topic_", q.Name)
		case topic != "":
			p.fail(from, to, "sys/notify has topic_ twice: remove one")
		case q.Value == "":
			p.fail(from, to, "topic_ of sys/notify is empty")
		}
		topic = q.Value
	}
	return &topic
}

// param parses ",NAME_VALUE" at s[at], or ",VALUE" if values may stand alone, and returns where it ends. A value ends at a
// comma or slash. An encoded one, though, may hold slashes, as standard Base64 and keys with variables do; it ends at a comma
// or before a word that can follow it.
func (p *parser) param(params []Param, s string, at int, g grammar) ([]Param, int) {
	at++ // the comma
	stop := indexAnyFrom(s, at, ",/")
	name, value, ok := strings.Cut(s[at:stop], "_")
	sign := at + max(0, strings.IndexAny(s[at:stop], "=:"))
	if g.bare && (!ok || p.template && strings.Contains(name, "{")) {
		name, value, ok = "", s[at:stop], true
	}
	var meant *Parameter // by NAME=VALUE
	if g.op != nil {
		meant = findParameter(g.op.Parameters, s[at:sign])
	}
	switch {
	case meant != nil && meant.Positional:
		p.fail(at, stop, "write %s: its value needs no name", meant.written(cmp.Or(s[sign+1:stop], "VALUE")))
	case meant != nil:
		p.fail(at, stop, "write %s: a _ separates a parameter from its value", meant.written(cmp.Or(s[sign+1:stop], "VALUE")))
	case strings.HasPrefix(s[at:], " "):
		p.fail(at, stop-len(strings.TrimLeft(s[at:stop], " ")), "remove the space after the comma: a process has no spaces between parameters")
	case stop == at && g.comma && (stop == len(s) || s[stop] == '/'):
		return append(params, Param{}), stop
	case stop == at:
		p.fail(at-1, at, "nothing between , and %s: write NAME_VALUE", tokenAt(s, stop))
	case !ok:
		p.fail(at, stop, "parameter %q has no value: write %s", name, g.withValue(name))
	case name == "" && (!g.bare || value != s[at:stop]):
		p.fail(at, stop, "%q has no name: write NAME_VALUE", s[at:stop])
	}
	encoded := g.encoded(name)
	if encoded {
		for stop < len(s) && s[stop] == '/' && !g.ends(s[stop:]) {
			stop = indexAnyFrom(s, stop+1, ",/")
		}
		value = s[at+len(name)+1 : stop]
	}
	param := Param{Name: name, Value: value, Open: p.template && strings.Contains(value, "{")}
	if encoded && !param.Open {
		if param.Value, ok = DecodeBase64(value); !ok {
			p.fail(at, stop, "%s must be Base64 in OSS's notation, and %q is not; did you mean %s_%s?", name, value, name, EncodeBase64(value))
		}
	}
	return append(params, param), stop
}

// withValue returns how to write a parameter that has no _.
func (g *grammar) withValue(word string) string {
	longest := ""
	for _, p := range g.known {
		if name := p.Name; len(name) > max(2, len(longest)) && len(name) < len(word) && strings.HasPrefix(word, name) {
			longest = name
		}
	}
	if value := strings.TrimLeft(word[len(longest):], "-. "); longest != "" && value != "" {
		return longest + "_" + value
	}
	return word + "_VALUE"
}

// indexAnyFrom returns the index of the first of chars in s from from on, len(s) if there is none.
func indexAnyFrom(s string, from int, chars string) int {
	if i := strings.IndexAny(s[from:], chars); i >= 0 {
		return from + i
	}
	return len(s)
}

// tokenAt returns the byte at s[at] for a message.
func tokenAt(s string, at int) string {
	if at == len(s) {
		return "the end"
	}
	return s[at : at+1]
}
