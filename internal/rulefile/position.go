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

// nodePosition returns the position of a node, quotes included. Its width is 1 for a block, a map or a list.
func (d *Document) nodePosition(n *yaml.Node) position {
	at := position{n.Line, n.Column, 1}
	if scan, ok := d.scan(n); ok && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		at.width = d.positionOf(scan.begin, scan.at).width
	}
	return at
}

// valuePosition returns the position of the bytes from to to of a scalar's value, or of the scalar if that is unknown.
func (d *Document) valuePosition(n *yaml.Node, from, to int) position {
	if at, ok := d.findValue(n, from, to); ok {
		return at
	}
	return d.nodePosition(n)
}

// findValue returns the position of the bytes from to to of a scalar's value. It reports false if the position is unknown.
func (d *Document) findValue(n *yaml.Node, from, to int) (_ position, ok bool) {
	scan, ok := d.scan(n)
	if !ok || from > to || to > len(scan.written) {
		return position{}, false
	}
	at := byteRange{scan.start, scan.start}
	switch size := len(scan.written); {
	case from < size:
		at = scan.written[from]
	case size > 0:
		at.from, at.to = scan.written[size-1].to, scan.written[size-1].to
	}
	if to > from {
		at.to = scan.written[to-1].to
	}
	return d.positionOf(at.from, at.to), true
}

// positionOf returns the position of a range of offsets, without the part after the first line.
func (d *Document) positionOf(from, to int) position {
	line := d.lineOf(from)
	begin, text := d.lines()[line-1], d.line(line)
	first, last := min(from-begin, len(text)), min(to-begin, len(text))
	width := utf8.RuneCountInString(text[first:max(first, last)])
	return position{line, utf8.RuneCountInString(text[:first]) + 1, max(width, 1)}
}

// scan decodes a scalar. It reports false if the result is not the node's value.
func (d *Document) scan(n *yaml.Node) (_ scalarScanner, ok bool) {
	if n.Kind != yaml.ScalarNode || n.Line < 1 || n.Line > len(d.lines()) {
		return scalarScanner{}, false
	}
	scan := scalarScanner{text: d.Text, at: d.lines()[n.Line-1]}
	for range n.Column - 1 {
		_, size := utf8.DecodeRuneInString(scan.text[scan.at:])
		scan.at += size
	}
	scan.begin = scan.at
	scan.skipProperties()
	scan.start = scan.at
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		scan.start++
		scan.doubleQuoted()
	case n.Style&yaml.SingleQuotedStyle != 0:
		scan.start++
		scan.singleQuoted()
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return scan.block(n)
	default:
		scan.plain(len(n.Value))
	}
	return scan, string(scan.value) == n.Value
}

// scalarScanner decodes one scalar, and records for each byte of the value the bytes of the file that it comes from.
type scalarScanner struct {
	text    string // of the file
	begin   int    // of the node
	start   int    // of the value, after an opening quote or the header of a block
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
			s.at++
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
			s.at++
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
func (s *scalarScanner) block(n *yaml.Node) (_ scalarScanner, ok bool) {
	end := s.at
	for end < len(s.text) && lineBreakSize(s.text, end) == 0 {
		end++
	}
	header, _, _ := strings.Cut(s.text[s.at:end], "#") // |2+ # comment
	s.at = end + lineBreakSize(s.text, end)
	s.start = s.at
	space := s.text[s.at : len(s.text)-len(strings.TrimLeft(s.text[s.at:], " \r\n\u0085\u2028\u2029"))]
	deepest := len(space) - len(strings.TrimRight(space, " "))
	shallowest := deepest
	if strings.ContainsAny(header, "123456789") {
		shallowest = 0
		deepest = min(deepest, n.Column+9) // an indicator is one digit
	}
	for indent := deepest; indent >= shallowest; indent-- {
		try := *s
		try.lines(indent, header)
		if string(try.value) == n.Value {
			return try, true
		}
	}
	return *s, false
}

// lines decodes the lines of a block that are indented by indent spaces. The header tells the style and the chomping.
func (s *scalarScanner) lines(indent int, header string) {
	folded := strings.HasPrefix(header, ">")
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
	if !strings.Contains(header, "-") {
		s.emit(last...)
	}
	if strings.Contains(header, "+") {
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

// CommentAfter returns the comment on the line in which an unquoted scalar ends, from its # on; "" if there is none.
func (d *Document) CommentAfter(n *yaml.Node) string {
	scan, ok := d.scan(n)
	if !ok || n.Style != 0 {
		return ""
	}
	line := d.lineOf(scan.at)
	text := d.line(line)
	rest := strings.TrimLeft(text[min(scan.at-d.lines()[line-1], len(text)):], " ")
	if !strings.HasPrefix(rest, "#") {
		return ""
	}
	return rest
}
