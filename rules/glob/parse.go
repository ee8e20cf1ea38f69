package glob

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a pattern. A pattern beyond them is refused with an error that names them.
const (
	MaxLength       = 4096   // bytes of a pattern
	MaxAlternatives = 1000   // what its braces may expand to
	maxTokens       = 50_000 // tokens of all alternatives together
	maxNesting      = 20     // braces in braces
)

// Error says where and why a pattern is wrong. Offset and End are bytes of the pattern.
type Error struct {
	Offset, End int
	Message     string
}

func (e *Error) Error() string { return e.Message }

// leaf is one element of a pattern as written.
type leaf struct {
	kind       kind
	r          rune   // of a literal
	class      *class // of a class
	name       string // of a capture
	offset, to int    // bytes of the pattern
}

type kind uint8

const (
	literal     kind = iota
	anyChar          // ?
	inClass          // [a-z]
	star             // *
	deep             // **
	capture          // {name}
	deepCapture      // {name:**}
	slash            // /
)

// item is a leaf or, where alternatives are there, {a,b}.
type item struct {
	leaf
	alternatives [][]item
}

type parser struct {
	s     string
	at    int
	value bool // of ParseValue: / is an ordinary character, captures do not belong
	names []string
	depth int // how many braces are open
}

// failed is what fail panics with; parse turns it into its error.
type failed struct{ *Error }

func (p *parser) fail(from, to int, format string, args ...any) {
	panic(failed{&Error{from, to, fmt.Sprintf(format, args...)}})
}

// parse reads the whole pattern and expands it. The error is an *Error.
func (p *parser) parse() (alternatives [][]leaf, err error) {
	defer func() {
		if stop := recover(); stop != nil {
			f, ok := stop.(failed)
			if !ok {
				panic(stop)
			}
			alternatives, err = nil, f.Error
		}
	}()
	switch {
	case p.s == "":
		p.fail(0, 0, "the pattern is empty")
	case len(p.s) > MaxLength:
		p.fail(0, len(p.s), "the pattern has %d bytes, at most %d are allowed", len(p.s), MaxLength)
	case !utf8.ValidString(p.s):
		p.fail(0, len(p.s), "the pattern is not valid UTF-8")
	}
	items := p.sequence()
	if p.at < len(p.s) {
		p.fail(p.at, p.at+1, `unmatched }; a literal one is written \}`)
	}
	n, total := count(items)
	if n > MaxAlternatives {
		p.fail(0, len(p.s), "the braces make more than %d alternatives: split the pattern into several", MaxAlternatives)
	}
	if total > maxTokens {
		p.fail(0, len(p.s), "the pattern grows too large when its braces are expanded: split it into several")
	}
	alternatives = expand(items)
	if !p.value {
		for _, alternative := range alternatives {
			p.checkDeep(alternative)
		}
	}
	return alternatives, nil
}

// sequence reads up to the end, or inside braces up to a , or }.
func (p *parser) sequence() []item {
	var items []item
	for p.at < len(p.s) {
		from := p.at
		c := p.s[p.at]
		switch {
		case p.depth > 0 && (c == ',' || c == '}') || c == '}':
			return items
		case c == '{':
			items = append(items, p.braces())
			continue
		case c == '[':
			items = append(items, item{leaf: p.class()})
			continue
		case c == '*':
			for p.at < len(p.s) && p.s[p.at] == '*' {
				p.at++
			}
			l := leaf{kind: star, offset: from, to: p.at}
			if p.at-from == 2 && !p.value {
				l.kind = deep
			} else if p.at-from > 2 {
				p.fail(from, p.at, "%s: write * for a run without /, or ** for a run of whole segments", p.s[from:p.at])
			}
			items = append(items, item{leaf: l})
			continue
		case c == '?':
			p.at++
			items = append(items, item{leaf: leaf{kind: anyChar, offset: from, to: p.at}})
			continue
		}
		r := p.char()
		l := leaf{kind: literal, r: r, offset: from, to: p.at}
		if r == '/' && !p.value {
			l.kind = slash
		}
		items = append(items, item{leaf: l})
	}
	return items
}

// char reads one character, escaped or not.
func (p *parser) char() rune {
	from := p.at
	if p.s[p.at] == '\\' {
		p.at++
		if p.at == len(p.s) {
			p.fail(from, p.at, `a \ at the end escapes nothing; a literal one is written \\`)
		}
	}
	r, size := utf8.DecodeRuneInString(p.s[p.at:])
	p.at += size
	return r
}

// braces reads {a,b}, {name} or {name:**}.
func (p *parser) braces() item {
	from := p.at
	p.at++
	if p.depth++; p.depth > maxNesting {
		p.fail(from, p.at, "braces are nested more than %d deep", maxNesting)
	}
	if name, kind, ok := p.captureName(); ok {
		p.depth--
		return item{leaf: p.capture(name, kind, from)}
	}
	var alternatives [][]item
	for {
		alternatives = append(alternatives, p.sequence())
		if p.at == len(p.s) {
			p.fail(from, len(p.s), `unmatched {; a literal one is written \{`)
		}
		p.at++
		if p.s[p.at-1] == '}' {
			break
		}
	}
	p.depth--
	if len(alternatives) == 1 {
		p.fail(from, p.at, "%s is neither a capture {name}, {name:**} nor alternatives {a,b}", p.s[from:p.at])
	}
	return item{leaf: leaf{offset: from, to: p.at}, alternatives: alternatives}
}

// captureName reads NAME} or NAME:**} and leaves at where it was if that is not what comes.
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

// identifier says whether c may stand in the name of a capture.
func identifier(c byte, later bool) bool {
	return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' || later && '0' <= c && c <= '9'
}

func (p *parser) capture(name string, kind kind, from int) leaf {
	switch {
	case p.value:
		p.fail(from, p.at, "{%s} is a capture, and only patterns of keys capture; alternatives are written {a,b}", name)
	case p.depth > 0:
		p.fail(from, p.at, "a capture {%s} cannot stand inside of {a,b}", name)
	}
	for _, n := range p.names {
		if n == name {
			p.fail(from, p.at, "{%s} is captured twice", name)
		}
	}
	p.names = append(p.names, name)
	return leaf{kind: kind, name: name, offset: from, to: p.at}
}

// class reads [a-z] or [!a-z].
func (p *parser) class() leaf {
	from := p.at
	p.at++
	c := &class{}
	if p.at < len(p.s) && (p.s[p.at] == '!' || p.s[p.at] == '^') {
		if p.s[p.at] == '^' {
			p.fail(from, p.at+1, `write [!…] for a class of other characters, or [\^…] for one with ^`)
		}
		c.negated = true
		p.at++
	}
	for {
		if p.at == len(p.s) {
			p.fail(from, len(p.s), `unmatched [; a literal one is written \[`)
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
			p.fail(start, p.at, "%s is a range backwards", p.s[start:p.at])
		}
		if lo <= '/' && '/' <= hi && !p.value {
			if lo == hi {
				p.fail(start, p.at, "a class never matches /: take it out")
			}
			// A range over / keeps its other characters.
			c.ranges = append(c.ranges, [2]rune{lo, '/' - 1}, [2]rune{'/' + 1, hi})
			continue
		}
		c.ranges = append(c.ranges, [2]rune{lo, hi})
	}
	p.at++
	if len(c.ranges) == 0 {
		p.fail(from, p.at, `the class is empty; one with ] is written [\]]`)
	}
	return leaf{kind: inClass, class: c, offset: from, to: p.at}
}

// count returns how many alternatives items expand to, and how many leaves these have together; above MaxAlternatives
// something larger.
func count(items []item) (n, leaves int) {
	n = 1
	for _, it := range items {
		if it.alternatives == nil {
			leaves += n
			continue
		}
		choices, of := 0, 0
		for _, a := range it.alternatives {
			c, l := count(a)
			choices, of = choices+c, of+l
		}
		leaves = leaves*choices + n*of
		if n *= choices; n > MaxAlternatives {
			return MaxAlternatives + 1, leaves
		}
	}
	return n, leaves
}

// expand returns every way to choose one alternative of each brace.
func expand(items []item) [][]leaf {
	all := [][]leaf{nil}
	for _, it := range items {
		if it.alternatives == nil {
			for i := range all {
				all[i] = append(all[i], it.leaf)
			}
			continue
		}
		var tails [][]leaf
		for _, a := range it.alternatives {
			tails = append(tails, expand(a)...)
		}
		var next [][]leaf
		for _, head := range all {
			for _, tail := range tails {
				next = append(next, append(head[:len(head):len(head)], tail...))
			}
		}
		all = next
	}
	return all
}

// checkDeep insists that ** and {name:**} stand alone in their segments.
func (p *parser) checkDeep(leaves []leaf) {
	for i, l := range leaves {
		if l.kind != deep && l.kind != deepCapture {
			continue
		}
		if i > 0 && leaves[i-1].kind != slash || i+1 < len(leaves) && leaves[i+1].kind != slash {
			text := p.s[l.offset:l.to]
			if l.kind == deep {
				p.fail(l.offset, l.to, "** must stand alone between slashes, as in a/**/*.mp4; a run without / is written *")
			}
			p.fail(l.offset, l.to, "%s must stand alone between slashes, as in a/%s/b", text, text)
		}
	}
}

// class is a set of characters.
type class struct {
	ranges  [][2]rune
	negated bool
}

func (c *class) matches(r rune, fold bool) bool {
	in := c.has(r)
	if fold {
		for o := unicode.SimpleFold(r); !in && o != r; o = unicode.SimpleFold(o) {
			in = c.has(o)
		}
	}
	return in != c.negated
}

func (c *class) has(r rune) bool {
	for _, span := range c.ranges {
		if span[0] <= r && r <= span[1] {
			return true
		}
	}
	return false
}
