package rules

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"onput/internal/glob"
	"onput/internal/text"
	"onput/process"
)

// template is a text with variables: the name of a target, or a parameter of a process.
type template struct {
	parts []part
	stem  bool // it begins with {dirname}/{barename}, as the names of results beside their sources do
}

// part is a literal text, a variable that an upload gives, or one that OSS fills in.
type part struct {
	kind    partKind
	literal string // of a literal, braces single; of oss the name
	sent    string // the same as it stands in the name of a target
	capture string // of a capture its name
}

type partKind uint8

const (
	literalPart partKind = iota
	ossPart              // handed on for OSS to fill in
	bucketPart
	keyPart
	dirnamePart
	basenamePart
	barenamePart
	extPart
	etagPart
	capturePart
)

var uploadVariables = map[string]partKind{
	"bucket": bucketPart, "key": keyPart, "dirname": dirnamePart, "basename": basenamePart, "barename": barenamePart,
	"ext": extPart, "etag": etagPart,
}

// Variables that OSS fills in: with the time, and for each object that some operation writes.
var clockVariables, outputVariables = process.ClockVariables(), process.OutputVariables()

// reserved says whether a capture may not have this name, because a variable has it.
func reserved(name string) bool {
	_, ok := uploadVariables[name]
	return ok || slices.Contains(clockVariables, name) || slices.Contains(outputVariables, name)
}

// templateError says where a template is wrong. Offset and End are bytes of it.
type templateError struct {
	offset, end int
	code        string
	message     string
}

// scope is what variables a template may hold.
type scope struct {
	captures []string // the captures of the rule
	lenient  bool     // a pattern could not be read: whatever may be a capture is taken to be one
	clock    bool     // whether OSS fills in the clock's variables
	oss      []string // others that it fills in
	tags     bool     // whether OSS's tags.* are handed on
	instead  string   // why its other variables do not belong here, for the message
	op       string   // the operation that has none of them
}

// parseTemplate reads a template, as far as it is right, and says all that is wrong. {{ and }} are literal braces.
func parseTemplate(s string, in scope) (t template, wrong []templateError) {
	t.parts = make([]part, 0, min(2*strings.Count(s, "{")+1, 8))
	from := 0         // where the literal begins that is read
	var before []byte // what is before that, where some of it is left out
	flush := func(to int) {
		p := part{literal: s[from:to], sent: s[from:to]}
		if before != nil {
			p.literal = string(append(before, p.literal...))
			p.sent, before = process.EscapeBraces(p.literal), nil
		}
		if p.literal != "" {
			t.parts = append(t.parts, p)
		}
	}
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c != '{' && c != '}':
			i++
		case i+1 < len(s) && s[i+1] == c:
			before = append(before, s[from:i+1]...)
			i += 2
			from = i
		case c == '}':
			wrong = append(wrong, templateError{offset: i, end: i + 1, code: "template", message: "unmatched }; a literal one is written }}"})
			before = append(before, s[from:i]...)
			i++
			from = i
		default:
			n := strings.IndexByte(s[i:], '}')
			if n < 0 {
				return t, append(wrong, templateError{offset: i, end: len(s), code: "template", message: "unmatched {; a literal one is written {{"})
			}
			p, message := in.variable(s[i+1 : i+n])
			if message != "" {
				wrong = append(wrong, templateError{offset: i, end: i + n + 1, code: "unknown-variable", message: message})
			}
			flush(i)
			t.parts = append(t.parts, p)
			i += n + 1
			from = i
		}
	}
	flush(len(s))
	t.stem = len(t.parts) > 2 && t.parts[0].kind == dirnamePart && t.parts[1].literal == "/" && t.parts[2].kind == barenamePart
	return t, wrong
}

// variable finds out what {name} is, or says why it is nothing.
func (in scope) variable(name string) (part, string) {
	if kind, ok := uploadVariables[name]; ok {
		return part{kind: kind}, ""
	}
	if slices.Contains(in.captures, name) {
		return part{kind: capturePart, capture: name}, ""
	}
	if slices.Contains(in.oss, name) || in.clock && slices.Contains(clockVariables, name) || in.tags && strings.HasPrefix(name, "tags.") {
		return part{kind: ossPart, literal: name, sent: "{" + name + "}"}, ""
	}
	if in.op != "" && reserved(name) {
		return part{}, fmt.Sprintf("{%s} does not belong here: %s has no such output", name, in.op)
	}
	if in.instead != "" && reserved(name) {
		return part{}, fmt.Sprintf("{%s} does not belong here: %s", name, in.instead)
	}
	if in.lenient && !reserved(name) {
		return part{kind: capturePart, capture: name}, ""
	}
	ours := append(append(process.KeyVariables(), "etag"), in.captures...)
	all := slices.Clone(ours)
	if in.clock {
		all = append(all, clockVariables...)
	}
	if meant := text.Closest(name, append(all, in.oss...)); meant != "" {
		return part{}, fmt.Sprintf("unknown variable {%s}; did you mean {%s}?", name, meant)
	}
	known := "{" + strings.Join(append(ours, in.oss...), "}, {") + "}"
	if in.clock { // these are many, and named by their kind
		known += " and the clock's, {year} to {sec}"
	}
	return part{}, fmt.Sprintf("unknown variable {%s}; the pattern captures no such name, and there are %s", name, known)
}

// open says whether the template holds anything that only an upload gives.
func (t template) open() bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return p.kind != literalPart })
}

// needsUpload says whether the template holds variables that an upload gives, rather than OSS.
func (t template) needsUpload() bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return p.kind != literalPart && p.kind != ossPart })
}

// captures returns the names of the captures that the template uses.
func (t template) captures() []string {
	var names []string
	for _, p := range t.parts {
		if p.kind == capturePart {
			names = append(names, p.capture)
		}
	}
	return names
}

// scene is what an upload gives to templates. It is filled in as templates ask for it.
type scene struct {
	u        *Upload
	room     []byte // where texts are written; what has been stays as it is
	split    bool
	dirname  string
	basename string
	barename string
	ext      string
	matched  *glob.Pattern // the key pattern that decides
	captured []string      // what its captures took
	held     held          // whether the key holds braces
}

// stem returns {dirname}/{barename}, doubled, which is the key without its extension, and false where it is not that
// simple: a folder that is empty takes the slash with it, and a bare name may be empty.
func (s *scene) stem() (string, bool) {
	key := s.u.Key
	if strings.IndexByte(key, '/') <= 0 {
		return "", false
	}
	end := len(key)
	for i := len(key) - 1; ; i-- {
		if key[i] == '.' {
			end = i
		}
		if key[i] == '.' || key[i] == '/' {
			break
		}
	}
	if key[end-1] == '/' {
		return "", false
	}
	if s.braces(keyPart) {
		return process.EscapeBraces(key[:end]), true
	}
	return key[:end], true
}

// held says whether something is there, once it has been looked for.
type held uint8

const (
	unknown held = iota
	no
	yes
)

// braces says whether a value may hold any: all variables but two are parts of the key.
func (s *scene) braces(kind partKind) bool {
	if kind == bucketPart || kind == etagPart {
		return true
	}
	if s.held == unknown {
		s.held = no
		if hasBraces(s.u.Key) {
			s.held = yes
		}
	}
	return s.held == yes
}

func hasBraces(s string) bool {
	return strings.IndexByte(s, '{') >= 0 || strings.IndexByte(s, '}') >= 0
}

// value returns what a variable is.
func (s *scene) value(p *part) string {
	switch p.kind {
	case bucketPart:
		return s.u.Bucket
	case keyPart:
		return s.u.Key
	case etagPart:
		return s.u.ETag
	case capturePart:
		return s.capture(p.capture)
	}
	if !s.split {
		s.dirname, s.basename, s.barename, s.ext = process.SplitKey(s.u.Key)
		s.split = true
	}
	switch p.kind {
	case dirnamePart:
		return s.dirname
	case basenamePart:
		return s.basename
	case barenamePart:
		return s.barename
	case extPart:
		return s.ext
	}
	return ""
}

func (s *scene) capture(name string) string {
	if s.matched == nil {
		return ""
	}
	if s.captured == nil {
		s.captured, _ = s.matched.Captures(s.u.Key)
	}
	for i, n := range s.matched.Names() {
		if n == name && i < len(s.captured) {
			return s.captured[i]
		}
	}
	return ""
}

// expand fills the template in. Where a variable is empty, a slash that follows it goes with it. For the name of a target
// (name), braces are doubled, literal ones and those of values, because OSS expands the name once more.
func (t template) expand(s *scene, name bool) string {
	if len(t.parts) == 1 && t.parts[0].kind == literalPart {
		if name {
			return t.parts[0].sent
		}
		return t.parts[0].literal
	}
	b, from := s.room, len(s.room)
	parts := t.parts
	if t.stem && name {
		if stem, ok := s.stem(); ok {
			b, parts = append(b, stem...), parts[3:]
		}
	}
	empty := false
	for i := range parts {
		p := &parts[i]
		text := p.sent
		switch p.kind {
		case literalPart:
			if !name {
				text = p.literal
			}
			if empty {
				text = strings.TrimPrefix(text, "/")
			}
			empty = false
		case ossPart:
			empty = false
		default:
			text = s.value(p)
			if empty = text == ""; name && s.braces(p.kind) {
				text = process.EscapeBraces(text)
			}
		}
		b = append(b, text...)
	}
	s.room = b
	return unsafe.String(unsafe.SliceData(b[from:]), len(b)-from) // nobody writes there again
}
