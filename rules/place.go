package rules

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// A message points at bytes of a scalar's value, and an editor shows the file. What the value's bytes are written as is
// found here by reading the scalar once more from where its node begins, in the ways that YAML writes one: plain, in single
// and double quotes, literal and folded blocks. Where this reading and the library's differ, nothing is pointed at but the
// beginning of the scalar: a wrong place is worse than a rough one.
//
// https://yaml.org/spec/1.2.2/#chapter-7-flow-style-productions and chapter 8.

// span is what a byte of a value is written as: bytes of the file, several for \u00e9, none of them a letter for a fold.
type span struct{ from, to int }

// spansOf returns the span of each byte of a scalar's value, and where the value itself begins, behind a quote; ok is false
// where the file was not understood.
func (d *document) spansOf(n *yaml.Node) (spans []span, start int, ok bool) {
	s, start, ok := d.rescan(n)
	return s.spans, start, ok
}

func (d *document) rescan(n *yaml.Node) (s rescan, start int, ok bool) {
	if n.Kind != yaml.ScalarNode || n.Line < 1 || n.Line > len(d.lines()) {
		return s, 0, false
	}
	s = rescan{src: d.src, at: d.lines()[n.Line-1]}
	for range n.Column - 1 {
		_, size := utf8.DecodeRuneInString(s.src[s.at:])
		s.at += size
	}
	s.properties()
	start = s.at
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		start++
		s.doubleQuoted()
	case n.Style&yaml.SingleQuotedStyle != 0:
		start++
		s.singleQuoted()
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return s.block(n)
	default:
		s.plain(len(n.Value))
	}
	return s, start, string(s.value) == n.Value
}

// width is how many characters a node takes on its first line, its quotes among them: 1 for a block, a map or a list.
func (d *document) width(n *yaml.Node) int {
	s, _, ok := d.rescan(n)
	if !ok || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return 1
	}
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		s.at++ // the closing quote
	}
	_, rest := split(d.line(n.Line), n.Column)
	if written := s.at - d.lines()[n.Line-1] - (len(d.line(n.Line)) - len(rest)); written < len(rest) {
		rest = rest[:max(written, 0)]
	}
	return max(utf8.RuneCountInString(rest), 1)
}

// placeOf returns where the bytes from to to of a scalar's value stand: line, column and width in characters, what is on
// further lines left out. ok is false where that is not known.
func (d *document) placeOf(n *yaml.Node, from, to int) (line, column, width int, ok bool) {
	spans, start, ok := d.spansOf(n)
	if !ok || from > to || to > len(spans) {
		return 0, 0, 0, false
	}
	end := start
	switch {
	case from < len(spans):
		start, end = spans[from].from, spans[from].to
	case len(spans) > 0:
		start, end = spans[len(spans)-1].to, spans[len(spans)-1].to
	}
	if to > from {
		end = spans[to-1].to
	}
	line = d.lineOf(start)
	text := d.line(line)
	first := min(start-d.lines()[line-1], len(text))
	last := min(end-d.lines()[line-1], len(text))
	return line, utf8.RuneCountInString(text[:first]) + 1, max(utf8.RuneCountInString(text[first:max(first, last)]), 1), true
}

// breakAt returns how many bytes the line break at s[i:] has, 0 if there is none. These are the breaks by which the YAML
// library counts lines.
func breakAt(s string, i int) int {
	if i >= len(s) {
		return 0
	}
	switch rest := s[i:]; {
	case rest[0] == '\n':
		return 1
	case strings.HasPrefix(rest, "\r\n"), strings.HasPrefix(rest, "\u0085"):
		return 2
	case rest[0] == '\r':
		return 1
	case strings.HasPrefix(rest, "\u2028"), strings.HasPrefix(rest, "\u2029"):
		return 3
	}
	return 0
}

// rescan reads one scalar.
type rescan struct {
	src   string
	at    int
	value []byte
	spans []span
}

// piece is a part of a value and where it is written.
type piece struct {
	text string
	span
}

func (s *rescan) put(pieces ...piece) {
	for _, p := range pieces {
		s.value = append(s.value, p.text...)
		for range len(p.text) {
			s.spans = append(s.spans, p.span)
		}
	}
}

func (s *rescan) more() bool { return s.at < len(s.src) }

// take reads size bytes that mean text.
func (s *rescan) take(text string, size int) piece {
	p := piece{text, span{s.at, s.at + size}}
	s.at += size
	return p
}

// char reads a character that means itself.
func (s *rescan) char() piece {
	_, size := utf8.DecodeRuneInString(s.src[s.at:])
	return s.take(s.src[s.at:s.at+size], size)
}

// lineBreak reads a line break. All mean \n but the separators of Unicode, which mean themselves.
func (s *rescan) lineBreak() piece {
	size := breakAt(s.src, s.at)
	if size == 3 {
		return s.char()
	}
	return s.take("\n", size)
}

func (s *rescan) blank() bool { return s.src[s.at] == ' ' || s.src[s.at] == '\t' }

// properties skips the tag and the anchor before a scalar.
func (s *rescan) properties() {
	for s.more() && (s.src[s.at] == '!' || s.src[s.at] == '&') {
		for s.more() && !s.blank() && breakAt(s.src, s.at) == 0 {
			s.at++
		}
		s.blanks(false)
		s.value, s.spans = nil, nil
	}
}

// blanks reads white space and line breaks between words and puts what they mean: white space itself, one break a space,
// several one less. After an escaped break, which means nothing, broken is true from the start.
func (s *rescan) blanks(broken bool) {
	var white, first, further []piece
	for s.more() {
		switch {
		case breakAt(s.src, s.at) > 0 && !broken:
			broken = true
			first = append(first, s.lineBreak())
		case breakAt(s.src, s.at) > 0:
			further = append(further, s.lineBreak())
		case s.blank() && !broken:
			white = append(white, s.char())
		case s.blank():
			s.at++
		default:
			s.fold(broken, white, first, further)
			return
		}
	}
	s.fold(broken, white, first, further)
}

func (s *rescan) fold(broken bool, white, first, further []piece) {
	switch {
	case !broken:
		s.put(white...)
	case len(first) == 0 || first[0].text != "\n":
		s.put(first...)
		s.put(further...)
	case len(further) == 0:
		s.put(piece{" ", first[0].span})
	default:
		s.put(further...)
	}
}

// plain reads a value of so many bytes. Where it ends need not be found out: the library has.
func (s *rescan) plain(size int) {
	for s.more() && len(s.value) < size {
		if s.blank() || breakAt(s.src, s.at) > 0 {
			s.blanks(false)
		} else {
			s.put(s.char())
		}
	}
}

func (s *rescan) singleQuoted() {
	for s.at++; s.more(); {
		switch {
		case strings.HasPrefix(s.src[s.at:], "''"):
			s.put(s.take("'", 2))
		case s.src[s.at] == '\'':
			return
		case s.blank() || breakAt(s.src, s.at) > 0:
			s.blanks(false)
		default:
			s.put(s.char())
		}
	}
}

func (s *rescan) doubleQuoted() {
	for s.at++; s.more(); {
		switch {
		case s.src[s.at] == '"':
			return
		case s.src[s.at] == '\\' && breakAt(s.src, s.at+1) > 0:
			s.at += 1 + breakAt(s.src, s.at+1)
			s.blanks(true)
		case s.src[s.at] == '\\' && s.at+1 < len(s.src):
			s.escape()
		case s.blank() || breakAt(s.src, s.at) > 0:
			s.blanks(false)
		default:
			s.put(s.char())
		}
	}
}

var escapes = map[byte]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b", ' ': " ",
	'"': `"`, '/': "/", '\\': `\`, 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

// escape reads \n, \x0a, \u000a or \U0000000a and its like.
func (s *rescan) escape() {
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s.src[s.at+1]]
	if digits == 0 {
		s.put(s.take(escapes[s.src[s.at+1]], 2))
		return
	}
	size := min(2+digits, len(s.src)-s.at)
	r, err := strconv.ParseUint(s.src[s.at+2:s.at+size], 16, 32)
	if err != nil {
		r = utf8.RuneError
	}
	s.put(s.take(string(rune(r)), size))
}

// block reads a literal or folded block. Its indentation is that of its first line with text, or less where an indicator
// says so: then it is the one with which the value comes out.
func (s *rescan) block(n *yaml.Node) (_ rescan, start int, ok bool) {
	chomping, indicator := byte(0), false
	for s.at++; s.more() && breakAt(s.src, s.at) == 0; s.at++ {
		switch c := s.src[s.at]; c {
		case '+', '-':
			chomping = c
		case '1', '2', '3', '4', '5', '6', '7', '8', '9':
			indicator = true
		case '#':
			for s.more() && breakAt(s.src, s.at) == 0 {
				s.at++
			}
			s.at--
		}
	}
	s.at += breakAt(s.src, s.at)
	start = s.at
	deepest, line := 0, 0
	for i := start; i < len(s.src); {
		if size := breakAt(s.src, i); size > 0 {
			deepest = max(deepest, line)
			i, line = i+size, 0
			continue
		}
		if s.src[i] != ' ' {
			deepest = line
			break
		}
		i, line = i+1, line+1
	}
	least := deepest
	if indicator {
		least = 0
		deepest = min(deepest, n.Column+9) // no indicator asks for more
	}
	for indent := deepest; indent >= least; indent-- {
		try := rescan{src: s.src, at: start}
		try.lines(indent, n.Style&yaml.FoldedStyle != 0, chomping)
		if string(try.value) == n.Value {
			return try, start, true
		}
	}
	return *s, 0, false
}

// lines reads the lines of a block that are indented by that many spaces.
func (s *rescan) lines(indent int, folded bool, chomping byte) {
	breaks, column := s.emptyLines(indent)
	var last []piece // the break that ended the line before
	wasBlank := false
	for column == indent && s.more() {
		isBlank := s.blank()
		if folded && !wasBlank && !isBlank && len(last) > 0 && last[0].text == "\n" {
			if len(breaks) == 0 {
				s.put(piece{" ", last[0].span})
			}
		} else {
			s.put(last...)
		}
		s.put(breaks...)
		wasBlank, last = isBlank, nil
		for s.more() && breakAt(s.src, s.at) == 0 {
			s.put(s.char())
		}
		if s.more() {
			last = append(last, s.lineBreak())
		}
		breaks, column = s.emptyLines(indent)
	}
	if chomping != '-' {
		s.put(last...)
	}
	if chomping == '+' {
		s.put(breaks...)
	}
}

// emptyLines reads lines without text, and the indentation of the one that has some: how many spaces it has, as far as
// they are indentation.
func (s *rescan) emptyLines(indent int) (breaks []piece, column int) {
	for s.more() {
		switch {
		case breakAt(s.src, s.at) > 0:
			breaks, column = append(breaks, s.lineBreak()), 0
		case s.src[s.at] == ' ' && column < indent:
			s.at, column = s.at+1, column+1
		default:
			return breaks, column
		}
	}
	return breaks, column
}
