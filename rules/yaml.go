package rules

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"onput/internal/glob"
	"onput/internal/text"
)

// MaxFile is how many bytes a rule file may have.
const MaxFile = 64 << 20

// document is a rule file while it is read: its text, and what is found in it.
type document struct {
	name     string
	src      string
	begins   []int // of lines
	errors   Diagnostics
	warnings Diagnostics
	warn     bool   // whether warnings are wanted
	seal     string // the digest that the file itself says it has: with the right one it need not be proved

	environment []string // names and values of the variables that the file asks for

	// What many rules have in common is compiled once.
	patterns  map[patternText]*glob.Pattern
	processes map[string]*compiledProcess // strings that nothing is said about, without variables
	actions   map[string]*action          // without variables
	targets   map[targetText]*target      // that nothing is said about, without captures
}

// newDocument takes a file as it is. A byte order mark at its beginning is no character of it.
func newDocument(name, src string) *document {
	return &document{name: name, src: strings.TrimPrefix(src, "\ufeff"),
		patterns: map[patternText]*glob.Pattern{}, processes: map[string]*compiledProcess{},
		actions: map[string]*action{}, targets: map[targetText]*target{}}
}

// lines returns where each line begins in src. Only messages ask for it.
func (d *document) lines() []int {
	if d.begins == nil {
		d.begins = []int{0}
		for i := 0; i < len(d.src); {
			if size := breakAt(d.src, i); size > 0 {
				i += size
				d.begins = append(d.begins, i)
			} else {
				i++
			}
		}
	}
	return d.begins
}

// read returns the root mapping of the file, nil if there is none.
func (d *document) read() *yaml.Node {
	if d.refuseText(); len(d.errors) > 0 {
		return nil
	}
	var root yaml.Node
	if err := yaml.Load([]byte(d.src), &root); err != nil {
		d.yamlError(err)
		return nil
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) == 0 {
		d.noRules()
		return nil
	}
	return root.Content[0]
}

// refuseText reports what no YAML can be.
func (d *document) refuseText() {
	if len(d.src) > MaxFile {
		d.add(0, 0, 1, "too-large", false, "the file has %d bytes, at most %d are allowed", len(d.src), MaxFile)
	} else if !utf8.ValidString(d.src) {
		d.addAt(invalidAt(d.src), "yaml", "the file is not valid UTF-8: a byte here is part of no character")
	} else if i := forbiddenAt(d.src); i >= 0 {
		r, _ := utf8.DecodeRuneInString(d.src[i:])
		d.addAt(i, "yaml", "a control character, U+%04X: take it out; in a double-quoted text it may be written \\u%04x", r, r)
	}
}

func (d *document) noRules() {
	d.add(1, 1, 1, "yaml", false, "the file holds no rules: it begins with version: 1, and rules: comes after it")
}

// forbidden says whether YAML refuses a character wherever it stands.
func forbidden(r rune) bool {
	switch {
	case r == '\t' || r == '\n' || r == '\r' || r == 0x85:
		return false
	case r < ' ' || 0x7f <= r && r < 0xa0:
		return true
	}
	return r == 0xfffe || r == 0xffff
}

// forbiddenAt returns where the first forbidden character of a text stands, -1 if it has none.
func forbiddenAt(s string) int {
	for i := 0; i < len(s); i++ {
		if c := s[i]; ' ' <= c && c < 0x7f || c == '\n' {
			continue // most are
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if forbidden(r) {
			return i
		}
		i += size - 1
	}
	return -1
}

// addAt reports an error about the character at a byte of the file.
func (d *document) addAt(at int, code, format string, args ...any) {
	line := d.lineOf(at)
	from := d.lines()[line-1]
	d.add(line, utf8.RuneCountInString(d.src[from:at])+1, 1, code, false, format, args...)
}

func invalidAt(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return len(s)
}

// yamlError reports what the YAML library refuses. It relies on the library's positions only: the mistakes that authors of
// patterns make are told by the text at the place.
func (d *document) yamlError(err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) || e.Mark.Line == 0 {
		if line := d.secondDocument(); line > 0 {
			d.add(line, 1, 3, "yaml", false, "a second YAML document begins here: a rule file is one; take the line out, or split the file")
			return
		}
		d.noRules()
		return
	}
	line, column := e.Mark.Line, e.Mark.Column
	text := d.line(line)
	for _, at := range []int{column, e.ContextMark.Column} {
		before, rest := split(text, at)
		if from, to := pattern(before, rest); to > from {
			word := text[from:to]
			what := "pattern"
			if strings.Contains(text[:from], "target:") {
				what = "target"
			}
			d.add(line, utf8.RuneCountInString(text[:from])+1, utf8.RuneCountInString(word), "yaml", false,
				"quote the %s: \"%s\"; unquoted, * begins an alias and { a map", what, word)
			return
		}
	}
	_, rest := split(text, column)
	switch {
	case strings.HasPrefix(rest, "\t"):
		d.add(line, column, 1, "yaml", false, "a tab cannot indent: use spaces")
		return
	case rest != "" && strings.ContainsRune("@`%", rune(rest[0])):
		d.add(line, column, 1, "yaml", false, "an unquoted text cannot begin with %c: quote it", rest[0])
		return
	case strings.HasPrefix(rest, ": "):
		d.add(line, column, 1, "yaml", false, "a second : in the line, and a space after it: quote a text that holds both, or begin a new line")
		return
	}
	if rest == "" && e.ContextMark.Line > 0 { // what began there does not end
		line, column = e.ContextMark.Line, e.ContextMark.Column
		_, rest = split(d.line(line), column)
		for _, pair := range []string{`""`, "''", "[]", "{}"} {
			if strings.HasPrefix(rest, pair[:1]) {
				d.add(line, column, 1, "yaml", false, "what begins here does not end: the closing %s is missing", pair[1:])
				return
			}
		}
	}
	if strings.TrimSpace(d.src[min(d.lines()[min(line, len(d.lines()))-1], len(d.src)):]) == "" {
		last := strings.TrimRight(d.src, " \t\r\n")
		_, size := utf8.DecodeLastRuneInString(last)
		d.addAt(len(last)-size, "yaml", "the file ends here in the middle of a list, a map or a text: something that closes it is missing")
		return
	}
	message := e.Message
	if e.ContextMsg != "" {
		message = e.ContextMsg + ": " + message
	}
	d.add(line, column, 1, "yaml", false, "not valid YAML: %s", message)
}

// secondDocument returns the line that begins another YAML document, 0 if there is none.
func (d *document) secondDocument() int {
	content := false
	for i := range d.lines() {
		text := d.line(i + 1)
		switch {
		case strings.HasPrefix(text, "---") && content:
			return i + 1
		case strings.HasPrefix(text, "..."):
			content = true // what comes after it is another
			if i+2 <= len(d.lines()) {
				return i + 1
			}
		case text != "" && text[0] != '#' && text[0] != '%':
			content = true
		}
	}
	return 0
}

// pattern returns the bytes of a line that are the unquoted pattern which a YAML error at the border of before and rest is
// about, none if it is not about one.
func pattern(before, rest string) (from, to int) {
	line := before + rest
	if i := strings.LastIndex(before, ": "); i >= 0 {
		from = i + 2
	} else if i := strings.LastIndex(before, "- "); i >= 0 {
		from = i + 2
	}
	to = len(line)
	if i := strings.Index(line[from:], " #"); i >= 0 {
		to = from + i
	}
	for strings.HasPrefix(line[from:to], " ") {
		from++
	}
	if strings.HasPrefix(line[from:to], "[") { // the item of the list that the border is in
		depth, list := 0, from
		for i := from; i < to; i++ {
			switch c := line[i]; {
			case c == '{':
				depth++
			case c == '}':
				depth--
			case i == list || c == ',' && depth <= 0 && i < len(before):
				from = i + 1
			case (c == ',' || c == ']') && depth <= 0 && i >= len(before):
				to = i
			}
		}
	}
	from += len(line[from:to]) - len(strings.TrimLeft(line[from:to], " "))
	value := strings.TrimRight(line[from:to], " ")
	if strings.HasPrefix(value, "*") || strings.HasPrefix(value, "{") && strings.Contains(value, "}") && !strings.HasSuffix(value, "}") {
		return from, from + len(value)
	}
	return 0, 0
}

// split cuts a line before the given column.
func split(line string, column int) (before, rest string) {
	for i := range line {
		if column--; column <= 0 {
			return line[:i], line[i:]
		}
	}
	return line, ""
}

// line returns the text of a line, counted from 1.
func (d *document) line(n int) string {
	if n < 1 || n > len(d.lines()) {
		return ""
	}
	from, to := d.lines()[n-1], len(d.src)
	if n < len(d.lines()) {
		to = d.lines()[n]
	}
	for from < to && breakAt(d.src[:to], to-1) == 1 {
		to--
	}
	return strings.TrimRight(d.src[from:to], "\u0085\u2028\u2029")
}

// lineOf returns the line, counted from 1, of a byte of the file.
func (d *document) lineOf(at int) int {
	i, found := slices.BinarySearch(d.lines(), at)
	if found {
		return i + 1
	}
	return i
}

func (d *document) add(line, column, width int, code string, warning bool, format string, args ...any) {
	if warning && !d.warn {
		return
	}
	list := &d.errors
	if warning {
		list = &d.warnings
	}
	*list = append(*list, Diagnostic{
		File: d.name, Line: line, Column: column, Width: max(width, 1), Warning: warning,
		Message: fmt.Sprintf(format, args...), Code: code, Source: d.line(line),
	})
}

// fail reports an error about a whole node.
func (d *document) fail(n *yaml.Node, code, format string, args ...any) {
	d.add(n.Line, n.Column, d.width(n), code, false, format, args...)
}

// warning reports a warning about a whole node.
func (d *document) warning(n *yaml.Node, code, format string, args ...any) {
	if !d.warn {
		return // its width is not needed
	}
	d.add(n.Line, n.Column, d.width(n), code, true, format, args...)
}

// failIn reports an error about the bytes from to to of a scalar's value.
func (d *document) failIn(n *yaml.Node, from, to int, code, format string, args ...any) {
	d.in(n, from, to, code, false, format, args...)
}

// in reports what is about the bytes from to to of a scalar's value.
func (d *document) in(n *yaml.Node, from, to int, code string, warning bool, format string, args ...any) {
	if warning && !d.warn {
		return // its place is not needed
	}
	line, column, w, ok := d.placeOf(n, from, to)
	if !ok {
		line, column, w = n.Line, n.Column, d.width(n)
	}
	d.add(line, column, w, code, warning, format, args...)
}

// pairs goes through the known fields of a mapping. Anything else, and what stands there twice, is an error.
func (d *document) pairs(n *yaml.Node, what string, known []string) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			d.fail(n, "type", "%s is a map with %s, not %s", what, strings.Join(known, ", "), describe(n))
			return
		}
		var seen firsts
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			switch {
			case key.Kind != yaml.ScalarNode:
				d.fail(key, "type", "a field of %s is a word, not %s; known are %s", what, describe(key), strings.Join(known, ", "))
			case d.twice(&seen, key):
			case !slices.Contains(known, key.Value):
				meant := "known are " + strings.Join(known, ", ")
				if word := text.Closest(key.Value, known); word != "" {
					meant = fmt.Sprintf("did you mean %q?", word)
				}
				d.fail(key, "unknown-field", "%s has no field %q; %s", what, key.Value, meant)
			case !yield(key.Value, value):
				return
			}
		}
	}
}

// lacks says whether a mapping has neither a field nor one that was probably meant to be it: that has been reported.
func lacks(n *yaml.Node, field string, known []string) bool {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if name := n.Content[i].Value; name == field || !slices.Contains(known, name) && text.Closest(name, known) == field {
			return false
		}
	}
	return n.Kind == yaml.MappingNode
}

// firsts is where each key of a mapping came first.
type firsts struct {
	few  [12]*yaml.Node // the first n, and the usual mapping has no more
	n    int
	more map[string]*yaml.Node
}

// add returns the key that was there before, nil if the key is the first of its name.
func (f *firsts) add(key *yaml.Node) *yaml.Node {
	for _, first := range f.few[:f.n] {
		if first.Value == key.Value {
			return first
		}
	}
	if f.n < len(f.few) {
		f.few[f.n] = key
		f.n++
		return nil
	}
	first, ok := f.more[key.Value]
	if ok {
		return first
	}
	if f.more == nil {
		f.more = map[string]*yaml.Node{}
	}
	f.more[key.Value] = key
	return nil
}

// twice reports a key of a mapping that was there before.
func (d *document) twice(seen *firsts, key *yaml.Node) bool {
	if first := seen.add(key); first != nil {
		d.fail(key, "duplicate-key", "%q stands here twice, first in line %d: leave out one", key.Value, first.Line)
		return true
	}
	return false
}

// refuseAliases reports anchors and aliases, because a rule says itself what it does, and tags, because the field says what
// a value is.
func (d *document) refuseAliases(n *yaml.Node) {
	if n.Style&yaml.TaggedStyle != 0 {
		d.add(n.Line, n.Column, len(n.Tag), "tag", false, "tags are not allowed: leave out %s", n.Tag)
	}
	if n.Kind == yaml.AliasNode {
		d.fail(n, "alias", "aliases are not allowed; if *%s is a pattern, quote it: \"*%s\"", n.Value, n.Value)
		return
	}
	if n.Anchor != "" {
		d.fail(n, "alias", "anchors are not allowed: leave out &%s, and repeat what it stands for", n.Anchor)
	}
	for _, c := range n.Content {
		d.refuseAliases(c)
	}
}

// text reads a scalar that is text. Numbers and dates count as they are written.
func (d *document) text(n *yaml.Node, what string) (scalar, bool) {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.fail(n, "type", "%s is text, not %s", what, describe(n))
	case n.Tag == "!!null" && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0:
		d.fail(n, "type", "%s is empty: give it a value, or leave it out", what)
	case n.Tag == "!!bool":
		d.fail(n, "type", "%s is text, not %s: quote it", what, n.Value)
	case strings.ContainsRune(n.Value, 0):
		d.failIn(n, strings.IndexByte(n.Value, 0), strings.IndexByte(n.Value, 0)+1, "type", "%s holds a NUL character: take it out", what)
	default:
		return scalar{n.Value, n}, true
	}
	return scalar{}, false
}

// texts reads a text or a list of texts that is not empty.
func (d *document) texts(n *yaml.Node, what string) []scalar {
	if n.Kind == yaml.MappingNode {
		d.fail(n, "type", "%s is text or a list of texts, not a map", what)
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		if s, ok := d.text(n, what); ok {
			return []scalar{s}
		}
		return nil
	}
	if len(n.Content) == 0 {
		d.fail(n, "type", "%s is an empty list: name at least one, or leave it out", what)
	}
	var list []scalar
	for _, c := range n.Content {
		if s, ok := d.text(c, what); ok {
			list = append(list, s)
		}
	}
	return list
}

func (d *document) boolean(n *yaml.Node, what string) bool {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		d.fail(n, "type", "%s is true or false, not %s", what, describe(n))
		return false
	}
	return strings.EqualFold(n.Value, "true")
}

// describe names a node for a message.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a map"
	case n.Kind == yaml.SequenceNode && len(n.Content) == 0:
		return "an empty list"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	}
	if n.Tag == "!!null" {
		return "nothing"
	}
	return fmt.Sprintf("%q", n.Value)
}

// scalar is a text with its place in the file.
type scalar struct {
	text string
	node *yaml.Node
}
