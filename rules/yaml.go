package rules

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"onput/internal/spelling"
)

// MaxFile is how many bytes a rule file may have.
const MaxFile = 64 << 20

// document is a rule file while it is read: its text, and what is found in it.
type document struct {
	name     string
	src      string
	lines    []int // where each line begins in src
	errors   Diagnostics
	warnings Diagnostics
	warn     bool // whether warnings are wanted
}

func newDocument(name, src string) *document {
	d := &document{name: name, src: src, lines: []int{0}}
	for i := range len(src) {
		if src[i] == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	return d
}

// read returns the root mapping of the file, nil if there is none.
func (d *document) read() *yaml.Node {
	if len(d.src) > MaxFile {
		d.add(0, 0, 1, "too-large", false, "the file has %d bytes, at most %d are allowed", len(d.src), MaxFile)
		return nil
	}
	if !utf8.ValidString(d.src) {
		line := 1 + strings.Count(d.src[:invalidAt(d.src)], "\n")
		d.add(line, 1, 1, "yaml", false, "the file is not valid UTF-8")
		return nil
	}
	var root yaml.Node
	if err := yaml.Load([]byte(d.src), &root); err != nil {
		d.yamlError(err)
		return nil
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) == 0 {
		d.add(1, 1, 1, "yaml", false, "the file holds no rules: it begins with version: 1")
		return nil
	}
	return root.Content[0]
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

// yamlError reports what the YAML library refuses. It relies on the library's positions only: the two mistakes that every
// author of patterns makes are told by the text at the place.
func (d *document) yamlError(err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) || e.Mark.Line == 0 {
		d.add(0, 0, 1, "yaml", false, "not one YAML document: the file is empty or holds several")
		return
	}
	line, column := e.Mark.Line, e.Mark.Column
	text := d.line(line)
	for _, at := range []int{column, e.ContextMark.Column} {
		before, rest := split(text, at)
		if word := pattern(before, rest); word != "" {
			d.add(line, utf8.RuneCountInString(text[:strings.LastIndex(text, word)])+1, utf8.RuneCountInString(word), "yaml", false,
				"quote the pattern: \"%s\"; unquoted, * begins an alias and { a map", word)
			return
		}
	}
	message := e.Message
	if e.ContextMsg != "" {
		message = e.ContextMsg + ": " + message
	}
	d.add(line, column, 1, "yaml", false, "not valid YAML: %s", message)
}

// pattern returns the unquoted pattern that a YAML error at the border of before and rest is about, "" if it is not about
// one.
func pattern(before, rest string) string {
	value := before + rest
	if i := strings.LastIndex(before, ": "); i >= 0 {
		value = value[i+2:]
	} else if i := strings.LastIndex(before, "- "); i >= 0 {
		value = value[i+2:]
	}
	value = strings.TrimSpace(value)
	if i := strings.Index(value, " #"); i >= 0 {
		value = strings.TrimSpace(value[:i])
	}
	if strings.HasPrefix(value, "*") || strings.HasPrefix(value, "{") && strings.Contains(value, "}") && !strings.HasSuffix(value, "}") {
		return value
	}
	return ""
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
	if n < 1 || n > len(d.lines) {
		return ""
	}
	text := d.src[d.lines[n-1]:]
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	return strings.TrimSuffix(text, "\r")
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
	d.add(n.Line, n.Column, width(n), code, false, format, args...)
}

// warning reports a warning about a whole node.
func (d *document) warning(n *yaml.Node, code, format string, args ...any) {
	d.add(n.Line, n.Column, width(n), code, true, format, args...)
}

// failIn reports an error about the bytes from to to of a scalar's value.
func (d *document) failIn(n *yaml.Node, from, to int, code, format string, args ...any) {
	d.in(n, from, to, code, false, format, args...)
}

// in reports what is about the bytes from to to of a scalar's value.
func (d *document) in(n *yaml.Node, from, to int, code string, warning bool, format string, args ...any) {
	column, w := n.Column, width(n)
	if c, ok := d.columnOf(n, from); ok {
		column, w = c, utf8.RuneCountInString(n.Value[from:to])
	}
	d.add(n.Line, column, w, code, warning, format, args...)
}

// columnOf returns the column of a byte of a scalar's value, and false where the scalar is not written on one line letter
// by letter.
func (d *document) columnOf(n *yaml.Node, at int) (int, bool) {
	column := n.Column
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		column++
	}
	_, rest := split(d.line(n.Line), column)
	if at > len(n.Value) || !strings.HasPrefix(rest, n.Value[:at]) {
		return 0, false
	}
	return column + utf8.RuneCountInString(n.Value[:at]), true
}

// width is how many characters a node takes on its first line.
func width(n *yaml.Node) int {
	w := utf8.RuneCountInString(n.Value)
	switch {
	case n.Kind != yaml.ScalarNode:
		return 1
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		return w + 2
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return 1
	}
	return w
}

// pairs goes through the known fields of a mapping. Anything else, and what stands there twice, is an error.
func (d *document) pairs(n *yaml.Node, what string, known []string) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			d.fail(n, "type", "%s is a map with %s, not %s", what, strings.Join(known, ", "), describe(n))
			return
		}
		seen := firsts{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			switch {
			case d.twice(seen, key):
			case !slices.Contains(known, key.Value) || key.Kind != yaml.ScalarNode:
				meant := "known are " + strings.Join(known, ", ")
				if word := spelling.Closest(key.Value, known); word != "" {
					meant = fmt.Sprintf("did you mean %q?", word)
				}
				d.fail(key, "unknown-field", "%s has no field %q; %s", what, key.Value, meant)
			case !yield(key.Value, value):
				return
			}
		}
	}
}

// firsts is where each key of a mapping came first.
type firsts map[string]int

// twice reports a key of a mapping that was there before.
func (d *document) twice(seen firsts, key *yaml.Node) bool {
	if line, ok := seen[key.Value]; ok {
		d.fail(key, "duplicate-key", "%q stands here twice; the first is in line %d", key.Value, line)
		return true
	}
	seen[key.Value] = key.Line
	return false
}

// refuseAliases reports anchors and aliases: a rule says itself what it does.
func (d *document) refuseAliases(n *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		d.fail(n, "alias", "aliases are not allowed; if *%s is a pattern, quote it: \"*%s\"", n.Value, n.Value)
		return
	}
	if n.Anchor != "" {
		d.fail(n, "alias", "anchors are not allowed: there is an anchor &%s", n.Anchor)
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
		d.fail(n, "type", "%s is empty", what)
	case n.Tag == "!!bool":
		d.fail(n, "type", "%s is text, not %s: quote it", what, n.Value)
	case strings.ContainsRune(n.Value, 0):
		d.fail(n, "type", "%s holds a NUL character", what)
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
		d.fail(n, "type", "%s is an empty list: nothing could match it", what)
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
