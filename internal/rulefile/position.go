package rulefile

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// A diagnostic is about bytes of a scalar's value, and an editor shows the file. To find where those bytes are written,
// scalarScanner reads the scalar again from where its node begins, in each of YAML's styles: plain, single-quoted,
// double-quoted, literal and folded. Where its result differs from the library's, a diagnostic points at the beginning of the
// scalar: a wrong position is worse than a rough one.
//
// https://yaml.org/spec/1.2.2/#chapter-7-flow-style-productions and chapter 8.

// position is a place in the file: line and column from 1, column and width in characters.
type position struct{ line, column, width int }

// byteRange is the bytes of the file that one byte of a value is written as: several for \u00e9, a line break for a fold.
type byteRange struct{ from, to int }

// nodePosition returns the position of a whole node.
func (s *Source) nodePosition(n *yaml.Node) position {
	return position{n.Line, n.Column, s.nodeWidth(n)}
}

// valuePosition returns the position of the bytes from to to of a scalar's value, or of the scalar if that is unknown.
func (s *Source) valuePosition(n *yaml.Node, from, to int) position {
	if at, ok := s.findValue(n, from, to); ok {
		return at
	}
	return s.nodePosition(n)
}

// nodeWidth returns how many characters a node takes on its first line, quotes included: 1 for a block, a map or a list.
func (s *Source) nodeWidth(n *yaml.Node) int {
	scanned, _, ok := s.scan(n)
	if !ok || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return 1
	}
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		scanned.at++ // the closing quote
	}
	_, rest := splitAt(s.line(n.Line), n.Column)
	if size := scanned.at - s.lines()[n.Line-1] - (len(s.line(n.Line)) - len(rest)); size < len(rest) {
		rest = rest[:max(size, 0)]
	}
	return max(utf8.RuneCountInString(rest), 1)
}

// findValue returns the position of the bytes from to to of a scalar's value, leaving out further lines. It reports false
// if the position is unknown.
func (s *Source) findValue(n *yaml.Node, from, to int) (_ position, ok bool) {
	scanned, start, ok := s.scan(n)
	written := scanned.written
	if !ok || from > to || to > len(written) {
		return position{}, false
	}
	end := start
	switch {
	case from < len(written):
		start, end = written[from].from, written[from].to
	case len(written) > 0:
		start, end = written[len(written)-1].to, written[len(written)-1].to
	}
	if to > from {
		end = written[to-1].to
	}
	line := s.lineOf(start)
	text := s.line(line)
	first := min(start-s.lines()[line-1], len(text))
	last := min(end-s.lines()[line-1], len(text))
	width := utf8.RuneCountInString(text[first:max(first, last)])
	return position{line, utf8.RuneCountInString(text[:first]) + 1, max(width, 1)}, true
}

// scan reads a scalar again. It returns the offset at which the value begins, after an opening quote, and reports false if
// the value read is not the node's.
func (s *Source) scan(n *yaml.Node) (_ scalarScanner, start int, ok bool) {
	if n.Kind != yaml.ScalarNode || n.Line < 1 || n.Line > len(s.lines()) {
		return scalarScanner{}, 0, false
	}
	scan := scalarScanner{text: s.Text, at: s.lines()[n.Line-1]}
	for range n.Column - 1 {
		_, size := utf8.DecodeRuneInString(scan.text[scan.at:])
		scan.at += size
	}
	scan.skipProperties()
	start = scan.at
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		start++
		scan.doubleQuoted()
	case n.Style&yaml.SingleQuotedStyle != 0:
		start++
		scan.singleQuoted()
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return scan.block(n)
	default:
		scan.plain(len(n.Value))
	}
	return scan, start, string(scan.value) == n.Value
}

// scalarScanner reads one scalar.
type scalarScanner struct {
	text    string
	at      int
	value   []byte
	written []byteRange
}

// decodedRun is a part of a value and the bytes of the file it is written as.
type decodedRun struct {
	text string
	byteRange
}

func (s *scalarScanner) emit(runs ...decodedRun) {
	for _, p := range runs {
		s.value = append(s.value, p.text...)
		for range len(p.text) {
			s.written = append(s.written, p.byteRange)
		}
	}
}

func (s *scalarScanner) more() bool { return s.at < len(s.text) }

// take consumes size bytes that decode to text.
func (s *scalarScanner) take(text string, size int) decodedRun {
	p := decodedRun{text, byteRange{s.at, s.at + size}}
	s.at += size
	return p
}

// char consumes a character that stands for itself.
func (s *scalarScanner) char() decodedRun {
	_, size := utf8.DecodeRuneInString(s.text[s.at:])
	return s.take(s.text[s.at:s.at+size], size)
}

// lineBreak consumes a line break. It decodes to \n, except for the Unicode separators, which stand for themselves.
func (s *scalarScanner) lineBreak() decodedRun {
	size := lineBreakSize(s.text, s.at)
	if size == 3 {
		return s.char()
	}
	return s.take("\n", size)
}

func (s *scalarScanner) isBlank() bool { return s.text[s.at] == ' ' || s.text[s.at] == '\t' }

// properties skips the tag and the anchor before a scalar.
func (s *scalarScanner) skipProperties() {
	for s.more() && (s.text[s.at] == '!' || s.text[s.at] == '&') {
		for s.more() && !s.isBlank() && lineBreakSize(s.text, s.at) == 0 {
			s.at++
		}
		s.scanFoldableSpace(false)
		s.value, s.written = nil, nil
	}
}

// scanFoldableSpace consumes white space and line breaks between words and emits the decoded text: white space stays, one
// break becomes a space, n breaks become n-1. broken is true after an escaped break, which decodes to nothing.
func (s *scalarScanner) scanFoldableSpace(broken bool) {
	var white, first, further []decodedRun
	for s.more() {
		switch {
		case lineBreakSize(s.text, s.at) > 0 && !broken:
			broken = true
			first = append(first, s.lineBreak())
		case lineBreakSize(s.text, s.at) > 0:
			further = append(further, s.lineBreak())
		case s.isBlank() && !broken:
			white = append(white, s.char())
		case s.isBlank():
			s.at++
		default:
			s.fold(broken, white, first, further)
			return
		}
	}
	s.fold(broken, white, first, further)
}

func (s *scalarScanner) fold(broken bool, white, first, further []decodedRun) {
	switch {
	case !broken:
		s.emit(white...)
	case len(first) == 0 || first[0].text != "\n":
		s.emit(first...)
		s.emit(further...)
	case len(further) == 0:
		s.emit(decodedRun{" ", first[0].byteRange})
	default:
		s.emit(further...)
	}
}

// plain reads an unquoted value of size bytes; the library has found its end.
func (s *scalarScanner) plain(size int) {
	for s.more() && len(s.value) < size {
		if s.isBlank() || lineBreakSize(s.text, s.at) > 0 {
			s.scanFoldableSpace(false)
		} else {
			s.emit(s.char())
		}
	}
}

func (s *scalarScanner) singleQuoted() {
	for s.at++; s.more(); {
		switch {
		case strings.HasPrefix(s.text[s.at:], "''"):
			s.emit(s.take("'", 2))
		case s.text[s.at] == '\'':
			return
		case s.isBlank() || lineBreakSize(s.text, s.at) > 0:
			s.scanFoldableSpace(false)
		default:
			s.emit(s.char())
		}
	}
}

func (s *scalarScanner) doubleQuoted() {
	for s.at++; s.more(); {
		switch {
		case s.text[s.at] == '"':
			return
		case s.text[s.at] == '\\' && lineBreakSize(s.text, s.at+1) > 0:
			s.at += 1 + lineBreakSize(s.text, s.at+1)
			s.scanFoldableSpace(true)
		case s.text[s.at] == '\\' && s.at+1 < len(s.text):
			s.escape()
		case s.isBlank() || lineBreakSize(s.text, s.at) > 0:
			s.scanFoldableSpace(false)
		default:
			s.emit(s.char())
		}
	}
}

var escapes = map[byte]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b", ' ': " ",
	'"': `"`, '/': "/", '\\': `\`, 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

// escape reads an escape sequence: \n, \x0a, \u000a, \U0000000a.
func (s *scalarScanner) escape() {
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s.text[s.at+1]]
	if digits == 0 {
		s.emit(s.take(escapes[s.text[s.at+1]], 2))
		return
	}
	size := min(2+digits, len(s.text)-s.at)
	r, err := strconv.ParseUint(s.text[s.at+2:s.at+size], 16, 32)
	if err != nil {
		r = utf8.RuneError
	}
	s.emit(s.take(string(rune(r)), size))
}

// block reads a literal or folded block. Its indentation is that of its first line with text. With an indentation indicator
// it may be less: block tries each until the value comes out right.
func (s *scalarScanner) block(n *yaml.Node) (_ scalarScanner, start int, ok bool) {
	chomping, indicator := byte(0), false
	for s.at++; s.more() && lineBreakSize(s.text, s.at) == 0; s.at++ {
		switch c := s.text[s.at]; c {
		case '+', '-':
			chomping = c
		case '1', '2', '3', '4', '5', '6', '7', '8', '9':
			indicator = true
		case '#':
			for s.more() && lineBreakSize(s.text, s.at) == 0 {
				s.at++
			}
			s.at--
		}
	}
	s.at += lineBreakSize(s.text, s.at)
	start = s.at
	deepest, line := 0, 0
	for i := start; i < len(s.text); {
		if size := lineBreakSize(s.text, i); size > 0 {
			deepest = max(deepest, line)
			i, line = i+size, 0
			continue
		}
		if s.text[i] != ' ' {
			deepest = line
			break
		}
		i, line = i+1, line+1
	}
	shallowest := deepest
	if indicator {
		shallowest = 0
		deepest = min(deepest, n.Column+9) // no indicator asks for more
	}
	for indent := deepest; indent >= shallowest; indent-- {
		try := scalarScanner{text: s.text, at: start}
		try.lines(indent, n.Style&yaml.FoldedStyle != 0, chomping)
		if string(try.value) == n.Value {
			return try, start, true
		}
	}
	return *s, 0, false
}

// lines reads the lines of a block that are indented by indent spaces.
func (s *scalarScanner) lines(indent int, folded bool, chomping byte) {
	breaks, column := s.emptyLines(indent)
	var last []decodedRun // the break that ended the line before
	wasBlank := false
	for column == indent && s.more() {
		isBlank := s.isBlank()
		if folded && !wasBlank && !isBlank && len(last) > 0 && last[0].text == "\n" {
			if len(breaks) == 0 {
				s.emit(decodedRun{" ", last[0].byteRange})
			}
		} else {
			s.emit(last...)
		}
		s.emit(breaks...)
		wasBlank, last = isBlank, nil
		for s.more() && lineBreakSize(s.text, s.at) == 0 {
			s.emit(s.char())
		}
		if s.more() {
			last = append(last, s.lineBreak())
		}
		breaks, column = s.emptyLines(indent)
	}
	if chomping != '-' {
		s.emit(last...)
	}
	if chomping == '+' {
		s.emit(breaks...)
	}
}

// emptyLines consumes lines without text, and the indentation of the next line, at most indent spaces. It returns the line
// breaks and the number of spaces.
func (s *scalarScanner) emptyLines(indent int) (breaks []decodedRun, column int) {
	for s.more() {
		switch {
		case lineBreakSize(s.text, s.at) > 0:
			breaks, column = append(breaks, s.lineBreak()), 0
		case s.text[s.at] == ' ' && column < indent:
			s.at, column = s.at+1, column+1
		default:
			return breaks, column
		}
	}
	return breaks, column
}
