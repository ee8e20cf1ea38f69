package rulefile

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"onput/internal/text"
)

// Entries iterates over the keys and values of a mapping. It leaves out duplicate keys, which it reports, and keys that are
// not scalars, which it passes to reject.
func (r *Reporter) Entries(n *yaml.Node, reject func(key *yaml.Node)) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		seen := map[string]*yaml.Node{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			if key.Kind != yaml.ScalarNode {
				reject(key)
			} else if first := seen[key.Value]; first != nil {
				r.Error(key, "duplicate-key", "duplicate key %q (first on line %d); remove one", key.Value, first.Line)
			} else {
				seen[key.Value] = key
				if !yield(key, value) {
					return
				}
			}
		}
	}
}

// fields iterates over the known fields of a mapping. It reports anything else.
func (p *parser) fields(n *yaml.Node, what string, known []string) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			p.Error(n, "type", "%s must be a map with %s, not %s", what, strings.Join(known, ", "), Describe(n))
			return
		}
		reject := func(key *yaml.Node) {
			p.Error(key, "type", "a field name of %s must be a word, not %s; use one of %s", what, Describe(key), strings.Join(known, ", "))
		}
		texts, rest := cutTexts(n, known)
		for key, value := range p.Entries(n, reject) {
			if rest[key] {
				continue
			}
			if text := texts[value]; text != "" {
				p.Error(value, "yaml", "quote the text, because a comma ends it inside {…}: %q", text)
				continue
			}
			if slices.Contains(known, key.Value) {
				if !yield(key.Value, value) {
					return
				}
				continue
			}
			if found, ok := oddCharacter(key.Value); ok {
				p.ErrorIn(key, found.at, found.at+utf8.RuneLen(found.char), "unknown-field", "%s has no field %q: %s", what, key.Value, found)
				continue
			}
			meant := meantField(what, key, value, known)
			if braced := bracedName(n); braced != "" {
				meant += fmt.Sprintf("; if %s is a text, quote it: %q", braced, braced)
			}
			p.Error(key, "unknown-field", "%s has no field %q; %s", what, key.Value, meant)
		}
	}
}

// isMissing reports whether a mapping has neither a field nor a misspelling of it, which has been reported.
func isMissing(n *yaml.Node, field string, known []string) bool {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		name := fieldName(n.Content[i].Value)
		if name == field || !slices.Contains(known, name) && (text.Closest(name, known) == field || isMeant(name, field)) {
			return false
		}
	}
	return n.Kind == yaml.MappingNode
}

// ReadText returns a scalar as text, numbers and dates as written. It reports anything else, and returns false.
func (r *Reporter) ReadText(n *yaml.Node, what string) (Scalar, bool) {
	switch nul := strings.IndexByte(n.Value, 0); {
	case bracedName(n) != "":
		r.Error(n, "type", "%s must be text, not a map: quote it: %q", what, bracedName(n))
	case n.Kind != yaml.ScalarNode:
		r.Error(n, "type", "%s must be text, not %s", what, Describe(n))
	case n.Tag == "!!null" && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0:
		r.Error(n, "type", "%s is empty: give it a value, or remove it", what)
	case n.Tag == "!!bool":
		r.Error(n, "type", "%s must be text, not %s: quote it", what, n.Value)
	case nul >= 0:
		r.ErrorIn(n, nul, nul+1, "type", "%s contains a NUL character: remove it", what)
	default:
		return Scalar{n.Value, n}, true
	}
	return Scalar{}, false
}

// refuseAliases reports aliases and anchors, because a rule must be readable on its own. It reports tags, because the field
// determines the type of a value.
func (p *parser) refuseAliases(n *yaml.Node) {
	if n.Style&yaml.TaggedStyle != 0 {
		message := "remove " + n.Tag
		if pattern, ok := negatedPattern(n); ok {
			message = fmt.Sprintf("! does not negate: write not: %q; if ! begins a name, quote it: '\\!%s'", pattern, pattern)
		}
		p.report(position{n.Line, n.Column, len(n.Tag)}, "tag", false, "tags are not allowed: %s", message)
	}
	if n.Kind == yaml.AliasNode {
		p.Error(n, "alias", "aliases are not allowed; if *%s is a pattern, quote it: \"*%s\"", n.Value, n.Value)
		return
	}
	if n.Anchor != "" && isNothing(n) {
		p.Error(n, "alias", "anchors are not allowed; if &%s is a pattern, quote it: \"&%s\"", n.Anchor, n.Anchor)
	} else if n.Anchor != "" {
		p.Error(n, "alias", "anchors are not allowed: remove &%s, and repeat its value where it is needed", n.Anchor)
	}
	for _, c := range n.Content {
		p.refuseAliases(c)
	}
}

// isNothing reports whether a node is written as nothing at all.
func isNothing(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0
}

// negatedPattern returns the pattern that was meant by a tag such as !*.tmp, without its !.
func negatedPattern(n *yaml.Node) (pattern string, ok bool) {
	pattern, isTag := strings.CutPrefix(n.Tag, "!")
	if !isTag || pattern == "" || pattern[0] == '!' || n.Kind != yaml.ScalarNode || n.Value != "" && !strings.ContainsAny(pattern, "*?/") {
		return "", false
	}
	if n.Value != "" {
		pattern += " " + n.Value
	}
	return pattern, isNothing(n) || n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0
}

// bracedName returns a text such as {barename} that is a map because it was not quoted, "" for any other node.
func bracedName(n *yaml.Node) string {
	if n.Kind != yaml.MappingNode || n.Style&yaml.FlowStyle == 0 || len(n.Content) != 2 || !isNothing(n.Content[1]) {
		return ""
	}
	return "{" + n.Content[0].Value + "}"
}

// texts returns the texts of a text or a non-empty list.
func (p *parser) texts(n *yaml.Node, what string) []Scalar {
	if n.Kind == yaml.MappingNode {
		p.Error(n, "type", "%s must be text or a list of texts, not a map", what)
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		if s, ok := p.ReadText(n, what); ok {
			return []Scalar{s}
		}
		return nil
	}
	if len(n.Content) == 0 {
		p.Error(n, "type", "%s is an empty list: add a value, or remove it", what)
	}
	var list []Scalar
	for _, c := range n.Content {
		if s, ok := p.ReadText(c, what); ok {
			list = append(list, s)
		}
	}
	return list
}

func (p *parser) boolean(n *yaml.Node, what string) bool {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		p.Error(n, "type", "%s must be true or false, not %s", what, Describe(n))
		return false
	}
	return strings.EqualFold(n.Value, "true")
}

// Describe returns a node in words, for messages: "a map", or its text in quotes.
func Describe(n *yaml.Node) string {
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
	return text.Excerpt(n.Value)
}

// Scalar is a text with its node in the file.
type Scalar struct {
	Text string
	Node *yaml.Node
}
