package rulefile

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// A diagnostic is about some bytes of a scalar's value, and the YAML library knows only where the scalar begins. To find
// the bytes in the file, scalarScanner decodes the scalar again, in each of YAML's styles: plain, single-quoted,
// double-quoted, literal and folded. If its result differs from the library's, the position is that of the whole scalar.
//
// https://yaml.org/spec/1.2.2/#chapter-7-flow-style-productions and chapter 8.

// position is a range of characters on one line of the file. Line and column count from 1.
type position struct{ line, column, width int }

// byteRange is a range of offsets in the file.
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

// nodeWidth returns the width of a node on its first line, quotes included. It is 1 for a block, a map or a list.
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

// findValue returns the position of the bytes from to to of a scalar's value, as far as they are on one line. It reports
// false if the position is unknown.
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

// scan decodes a scalar. It returns the offset at which the value begins, after an opening quote, and reports false if the
// result is not the node's value.
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

// scalarScanner decodes one scalar, and records for each byte of the value the bytes of the file that it comes from.
type scalarScanner struct {
	text    string // of the file
	at      int
	value   []byte
	written []byteRange // by byte of value: several bytes for \u00e9, a line break for a folded space
}

// decodedRun is a part of a value and the bytes of the file that it comes from.
type decodedRun struct {
	text string
	byteRange
}

// emit appends decoded text to the value.
func (s *scalarScanner) emit(runs ...decodedRun) {
	for _, r := range runs {
		s.value = append(s.value, r.text...)
		for range len(r.text) {
			s.written = append(s.written, r.byteRange)
		}
	}
}

func (s *scalarScanner) more() bool { return s.at < len(s.text) }

func (s *scalarScanner) isBlank() bool { return s.text[s.at] == ' ' || s.text[s.at] == '\t' }

func (s *scalarScanner) isLineBreak() bool { return lineBreakSize(s.text, s.at) > 0 }

// take consumes size bytes that decode to text.
func (s *scalarScanner) take(text string, size int) decodedRun {
	run := decodedRun{text, byteRange{s.at, s.at + size}}
	s.at += size
	return run
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

// skipProperties skips the tag and the anchor before a scalar.
func (s *scalarScanner) skipProperties() {
	for s.more() && (s.text[s.at] == '!' || s.text[s.at] == '&') {
		for s.more() && !s.isBlank() && !s.isLineBreak() {
			s.at++
		}
		s.foldableSpace(false)
		s.value, s.written = nil, nil
	}
}

// charOrSpace decodes the next character, or the run of white space and line breaks that begins here.
func (s *scalarScanner) charOrSpace() {
	if s.isBlank() || s.isLineBreak() {
		s.foldableSpace(false)
	} else {
		s.emit(s.char())
	}
}

// foldableSpace decodes white space and line breaks between words: white space stays, one break becomes a space, n breaks
// become n-1. broken is true after an escaped break, which decodes to nothing.
func (s *scalarScanner) foldableSpace(broken bool) {
	var white, first, further []decodedRun
	for s.more() && (s.isBlank() || s.isLineBreak()) {
		switch {
		case s.isBlank() && broken:
			s.at++
		case s.isBlank():
			white = append(white, s.char())
		case broken:
			further = append(further, s.lineBreak())
		default:
			broken = true
			first = append(first, s.lineBreak())
		}
	}
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

// plain decodes an unquoted value of size bytes.
func (s *scalarScanner) plain(size int) {
	for s.more() && len(s.value) < size {
		s.charOrSpace()
	}
}

func (s *scalarScanner) singleQuoted() {
	for s.at++; s.more(); {
		switch {
		case strings.HasPrefix(s.text[s.at:], "''"):
			s.emit(s.take("'", 2))
		case s.text[s.at] == '\'':
			return
		default:
			s.charOrSpace()
		}
	}
}

func (s *scalarScanner) doubleQuoted() {
	for s.at++; s.more(); {
		switch size := lineBreakSize(s.text, s.at+1); {
		case s.text[s.at] == '"':
			return
		case s.text[s.at] == '\\' && size > 0:
			s.at += 1 + size
			s.foldableSpace(true)
		case s.text[s.at] == '\\' && s.at+1 < len(s.text):
			s.escape()
		default:
			s.charOrSpace()
		}
	}
}

var escapes = map[byte]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b", ' ': " ",
	'"': `"`, '/': "/", '\\': `\`, 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

// escape decodes an escape sequence: \n, \x0a, \u000a, \U0000000a.
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

// block decodes a literal or folded block. Its indentation is that of its first line with text. With an indentation
// indicator it may be less, so block tries each until the value is the node's.
func (s *scalarScanner) block(n *yaml.Node) (_ scalarScanner, start int, ok bool) {
	chomping, indicator := byte(0), false
	for s.at++; s.more() && !s.isLineBreak(); s.at++ {
		switch c := s.text[s.at]; c {
		case '+', '-':
			chomping = c
		case '1', '2', '3', '4', '5', '6', '7', '8', '9':
			indicator = true
		case '#':
			for s.at+1 < len(s.text) && lineBreakSize(s.text, s.at+1) == 0 {
				s.at++
			}
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

// lines decodes the lines of a block that are indented by indent spaces.
func (s *scalarScanner) lines(indent int, folded bool, chomping byte) {
	breaks, column := s.emptyLines(indent)
	var last []decodedRun // the break that ended the previous line
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
		for s.more() && !s.isLineBreak() {
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
		case s.isLineBreak():
			breaks, column = append(breaks, s.lineBreak()), 0
		case s.text[s.at] == ' ' && column < indent:
			s.at, column = s.at+1, column+1
		default:
			return breaks, column
		}
	}
	return breaks, column
}
