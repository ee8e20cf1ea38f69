package glob

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a pattern.
const (
	MaxLength       = 4096   // bytes of a pattern
	MaxAlternatives = 1000   // that braces may expand to
	maxTokens       = 50_000 // tokens of all alternatives together
	maxNesting      = 20     // braces in braces
)

// Error says where and why a pattern is wrong. Offset and End are positions in bytes.
type Error struct {
	Offset, End int
	Message     string
}

func (e *Error) Error() string { return e.Message }

// elem is an element of a pattern as written. Braces {a,b} are several: open, the elements of a, comma, the elements of
// b, closed.
type elem struct {
	kind       kind
	text       string // of a literal; of a capture its name
	class      *class // of a class
	offset, to int    // bytes of the pattern
	next, end  int    // of open, comma and closed: the next one of the same braces, and the index after the braces
}

type kind uint8

const (
	literal     kind = iota // text
	anyChar                 // ?
	inClass                 // [a-z]
	star                    // *
	deep                    // **
	capture                 // {name}
	deepCapture             // {name:**}
	open                    // {
	comma
	closed // }
)

type parser struct {
	s            string
	at           int
	fold         bool
	value        bool // see ParseValue: / is an ordinary character, captures are not allowed
	names        []string
	opened       []int // the opening elements of open braces
	alternatives [][]token
}

// failed is the panic of fail. parse returns it as its error.
type failed struct{ *Error }

func (p *parser) fail(from, to int, format string, args ...any) {
	panic(failed{&Error{from, to, fmt.Sprintf(format, args...)}})
}

// parse reads and expands the whole pattern. The error is an [*Error].
func (p *parser) parse() (pattern *Pattern, err error) {
	defer func() {
		if stop := recover(); stop != nil {
			f, ok := stop.(failed)
			if !ok {
				panic(stop)
			}
			pattern, err = nil, f.Error
		}
	}()
	switch {
	case p.s == "":
		p.fail(0, 0, "the pattern is empty")
	case len(p.s) > MaxLength:
		p.fail(0, len(p.s), "the pattern has %d bytes; at most %d are allowed", len(p.s), MaxLength)
	case !utf8.ValidString(p.s):
		p.fail(0, len(p.s), "the pattern is not valid UTF-8")
	}
	var room [2][16]elem // on the stack, enough for most patterns
	elems := p.read(room[0][:0])
	n, total := count(elems, 0, len(elems))
	if n > MaxAlternatives {
		p.fail(0, len(p.s), "the braces make more than %d alternatives: split the pattern into several", MaxAlternatives)
	}
	if total > maxTokens {
		p.fail(0, len(p.s), "the pattern grows too large when its braces are expanded: split it into several")
	}
	p.alternatives = make([][]token, 0, n)
	p.expand(elems, 0, room[1][:0])
	base := !p.value && !slices.ContainsFunc(elems, func(l elem) bool { return strings.Contains(l.literal(), "/") })
	return &Pattern{source: p.s, fold: p.fold, base: base, names: p.names, alternatives: p.alternatives}, nil
}

// read appends the elements of the pattern.
func (p *parser) read(elems []elem) []elem {
	for p.at < len(p.s) {
		from := p.at
		switch c := p.s[p.at]; {
		case c == '{':
			if len(p.opened) == maxNesting {
				p.fail(from, p.at+1, "braces are nested more than %d deep", maxNesting)
			}
			p.at++
			if name, kind, ok := p.captureName(); ok {
				p.capture(name, from)
				elems = append(elems, elem{kind: kind, text: name, offset: from, to: p.at})
				break
			}
			p.opened = append(p.opened, len(elems))
			elems = append(elems, elem{kind: open, offset: from, end: len(elems)})
		case c == '}' && len(p.opened) == 0:
			p.fail(p.at, p.at+1, `unmatched }: write \} for a literal one`)
		case c == '}':
			p.at++
			elems = p.close(elems)
		case c == ',' && len(p.opened) > 0:
			p.at++
			elems = p.next(elems, comma)
		case c == '[':
			elems = append(elems, p.class())
		case c == '*':
			for p.at < len(p.s) && p.s[p.at] == '*' {
				p.at++
			}
			l := elem{kind: star, offset: from, to: p.at}
			if p.at-from == 2 && !p.value {
				l.kind = deep
			} else if p.at-from > 2 {
				p.fail(from, p.at, "%s: write * for any characters but /, or ** for any folders", p.s[from:p.at])
			}
			elems = append(elems, l)
		case c == '?':
			p.at++
			elems = append(elems, elem{kind: anyChar})
		default:
			elems = append(elems, elem{kind: literal, text: p.literal()})
		}
	}
	if last := len(p.opened) - 1; last >= 0 {
		p.fail(elems[p.opened[last]].offset, len(p.s), `unmatched {: write \{ for a literal one`)
	}
	return elems
}

// literal reads literal characters, escaped or not.
func (p *parser) literal() string {
	var before []byte // the text before the last escape
	from := p.at
	for p.at < len(p.s) && !p.special(p.s[p.at]) {
		if p.s[p.at] != '\\' {
			p.at++
			continue
		}
		before = append(before, p.s[from:p.at]...)
		from = p.at + 1
		p.char()
	}
	if before == nil {
		return p.s[from:p.at]
	}
	return string(append(before, p.s[from:p.at]...))
}

// special reports whether an unescaped c has a meaning of its own.
func (p *parser) special(c byte) bool {
	switch c {
	case '{', '}', '[', '*', '?':
		return true
	}
	return c == ',' && len(p.opened) > 0
}

// char reads one character, escaped or not.
func (p *parser) char() rune {
	from := p.at
	if p.s[p.at] == '\\' {
		p.at++
		if p.at == len(p.s) {
			p.fail(from, p.at, `a \ at the end escapes nothing: write \\ for a literal one`)
		}
	}
	r, size := utf8.DecodeRuneInString(p.s[p.at:])
	p.at += size
	return r
}

// next appends a comma or the end of the innermost braces, and links the element before to it.
func (p *parser) next(elems []elem, kind kind) []elem {
	braces := &elems[p.opened[len(p.opened)-1]]
	elems[braces.end].next = len(elems)
	braces.end = len(elems)
	return append(elems, elem{kind: kind})
}

// close appends the end of the innermost braces.
func (p *parser) close(elems []elem) []elem {
	elems = p.next(elems, closed)
	last := len(p.opened) - 1
	begin, end := p.opened[last], len(elems)
	p.opened = p.opened[:last]
	if from := elems[begin].offset; elems[begin].next == end-1 {
		p.fail(from, p.at, "%s is neither a capture {name}, {name:**} nor alternatives {a,b}", p.s[from:p.at])
	}
	elems[end-1].next = end
	for i := begin; i < end; i = elems[i].next {
		elems[i].end = end
	}
	return elems
}

// captureName reads NAME} or NAME:**}. It reads nothing if something else comes.
func (p *parser) captureName() (string, kind, bool) {
	rest := p.s[p.at:]
	n := 0
	for n < len(rest) && identifier(rest[n], n > 0) {
		n++
	}
	switch {
	case n > 0 && strings.HasPrefix(rest[n:], "}"):
		p.at += n + 1
		return rest[:n], capture, true
	case n > 0 && strings.HasPrefix(rest[n:], ":**}"):
		p.at += n + 4
		return rest[:n], deepCapture, true
	}
	return "", 0, false
}

// identifier reports whether c may be part of the name of a capture, after its first character if later is set.
func identifier(c byte, later bool) bool {
	return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' || later && '0' <= c && c <= '9'
}

// capture adds the name of a capture, if it is allowed here.
func (p *parser) capture(name string, from int) {
	switch {
	case p.value:
		p.fail(from, p.at, "{%s} is a capture, and only key patterns can capture: write {a,b} for alternatives", name)
	case len(p.opened) > 0:
		p.fail(from, p.at, "capture {%s} cannot be inside {a,b}", name)
	case slices.Contains(p.names, name):
		p.fail(from, p.at, "{%s} is captured twice", name)
	}
	p.names = append(p.names, name)
}

// class reads [a-z] or [!a-z].
func (p *parser) class() elem {
	from := p.at
	p.at++
	c := &class{}
	if p.at < len(p.s) && (p.s[p.at] == '!' || p.s[p.at] == '^') {
		if p.s[p.at] == '^' {
			p.fail(from, p.at+1, `[^…] is not supported: write [!…] to exclude characters, or [\^…] to include ^`)
		}
		c.negated = true
		p.at++
	}
	for {
		if p.at == len(p.s) {
			p.fail(from, len(p.s), `unmatched [: write \[ for a literal one`)
		}
		if p.s[p.at] == ']' {
			break
		}
		start := p.at
		lo := p.char()
		hi := lo
		if p.at+1 < len(p.s) && p.s[p.at] == '-' && p.s[p.at+1] != ']' {
			p.at++
			hi = p.char()
		}
		if hi < lo {
			p.fail(start, p.at, "range %s is reversed: swap its ends", p.s[start:p.at])
		}
		if lo <= '/' && '/' <= hi && !p.value {
			switch {
			case lo == hi:
				p.fail(start, p.at, "a class never matches /: remove it")
			case lo == '/':
				p.fail(start, p.at, "a class never matches /: begin the range after it, with %c", lo+1)
			case hi == '/':
				p.fail(start, p.at, "a class never matches /: end the range before it, with %c", hi-1)
			}
			// The other characters of a range over / stay.
			c.ranges = append(c.ranges, [2]rune{lo, '/' - 1}, [2]rune{'/' + 1, hi})
			continue
		}
		c.ranges = append(c.ranges, [2]rune{lo, hi})
	}
	p.at++
	if len(c.ranges) == 0 {
		p.fail(from, p.at, `the class is empty: write [\]] for one that contains ]`)
	}
	return elem{kind: inClass, class: c, offset: from, to: p.at}
}

// count returns how many alternatives the elements from from to to expand to, and how many characters and wildcards
// they have together. It stops counting above MaxAlternatives.
func count(elems []elem, from, to int) (n, size int) {
	n = 1
	for at := from; at < to; at++ {
		switch l := &elems[at]; l.kind {
		case open:
			choices, of := 0, 0
			for ; elems[at].kind != closed; at = elems[at].next {
				c, s := count(elems, at+1, elems[at].next)
				choices, of = choices+c, of+s
			}
			size = size*choices + n*of
			n = min(n*choices, MaxAlternatives+1)
		case literal:
			size += n * utf8.RuneCountInString(l.text)
		default:
			size += n
		}
	}
	return n, size
}

// expand adds the alternatives that begin with chosen and go on with the elements from at on: one for each choice in
// braces.
func (p *parser) expand(elems []elem, at int, chosen []elem) {
	for at < len(elems) {
		switch l := &elems[at]; l.kind {
		case open:
			for ; elems[at].kind != closed; at = elems[at].next {
				p.expand(elems, at+1, chosen)
			}
			return
		case comma, closed: // the end of the choice
			at = l.end
		default:
			chosen = append(chosen, *l)
			at++
		}
	}
	if !p.value {
		p.checkDeep(chosen)
	}
	p.alternatives = append(p.alternatives, p.tokens(chosen))
}

// checkDeep fails if ** or {name:**} is not alone in its segment.
func (p *parser) checkDeep(elems []elem) {
	for i, l := range elems {
		if l.kind != deep && l.kind != deepCapture {
			continue
		}
		if i > 0 && !strings.HasSuffix(elems[i-1].literal(), "/") || i+1 < len(elems) && !strings.HasPrefix(elems[i+1].literal(), "/") {
			text := p.s[l.offset:l.to]
			if l.kind == deep {
				p.fail(l.offset, l.to, "** must stand alone between slashes, as in a/**/*.mp4; for any characters but /, write *")
			}
			p.fail(l.offset, l.to, "%s must stand alone between slashes, as in a/%s/b", text, text)
		}
	}
}

// literal returns the text of a literal, "" for other elements.
func (l *elem) literal() string {
	if l.kind == literal {
		return l.text
	}
	return ""
}

// tokens compiles an alternative. It joins adjacent literals, and ** takes the slash after it.
func (p *parser) tokens(elems []elem) []token {
	var room [16]token
	tokens := room[:0]
	text := ""
	flush := func() {
		if p.fold {
			text = FoldString(text)
		}
		if text != "" {
			tokens = append(tokens, token{op: opText, text: text, slash: p.value})
		}
		text = ""
	}
	taken := !p.value // whether a slash here has been taken; a leading one only anchors the pattern
	for i := range elems {
		l := &elems[i]
		if l.kind == literal {
			if taken {
				text += strings.TrimPrefix(l.text, "/")
			} else {
				text += l.text
			}
			taken = false
			continue
		}
		flush()
		last := i+1 == len(elems)
		t := token{class: l.class, slash: p.value}
		switch l.kind {
		case anyChar:
			t.op = opAny
		case inClass:
			t.op = opClass
		case star:
			if t.op = opStar; p.value {
				t.op = opRest
			}
		case capture:
			t.op = opCapture
		case deep:
			if t.op = opDeep; last {
				t.op = opRest
			}
		case deepCapture:
			if t.op = opDeepCapture; last {
				t.op = opRestCapture
			}
		}
		taken = t.op == opDeep || t.op == opDeepCapture
		tokens = append(tokens, t)
	}
	flush()
	return slices.Clone(tokens)
}

// class is a set of characters.
type class struct {
	ranges  [][2]rune
	negated bool
}

// matches reports whether the class matches r.
func (c *class) matches(r rune, fold bool) bool {
	in := c.has(r)
	if fold {
		for o := unicode.SimpleFold(r); !in && o != r; o = unicode.SimpleFold(o) {
			in = c.has(o)
		}
	}
	return in != c.negated
}

// has reports whether r is in one of the ranges.
func (c *class) has(r rune) bool {
	for _, span := range c.ranges {
		if span[0] <= r && r <= span[1] {
			return true
		}
	}
	return false
}
