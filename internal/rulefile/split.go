package rulefile

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// The nodes of a whole file take more memory than its compiled rules. So rules that each begin with a hyphen on a line, in
// a block below "rules:", are parsed some at a time. Such a line ends any value of a valid entry before it, so that the parts
// of a valid list are valid lists, and together the same.

// partSize is the number of rules that are parsed at a time. Tests change it.
var partSize = 64

// part is the lines of some entries of the list of rules.
type part struct {
	from, to int // bytes of the file
	line     int // of from, counted from 0
	entries  int
}

// afterRules returns the offset of the line after "rules:", or -1 if there is none.
func afterRules(text string) int {
	at := 0
	if !strings.HasPrefix(text, "rules:") {
		at = strings.Index(text, "\nrules:") + 1
		if at == 0 {
			return -1
		}
	}
	line, _, ok := strings.Cut(text[at:], "\n")
	if value := strings.TrimSpace(line[len("rules:"):]); !ok || value != "" && value[0] != '#' {
		return -1
	}
	return at + len(line) + 1
}

// split returns the parts of the list of rules and the rest of the file, with its first rule and with empty lines for the
// others. It returns no parts if the list is not written so, or is short.
func split(text string) (parts []part, rest string) {
	at := afterRules(text)
	if at < 0 || strings.Count(text, "\r") != strings.Count(text, "\r\n") ||
		strings.Contains(text, "\u0085") || strings.Contains(text, "\u2028") || strings.Contains(text, "\u2029") {
		return nil, "" // or lines would have to be counted in another way
	}
	line, indent, entries, second := strings.Count(text[:at], "\n"), -1, 0, 0
	for l := range strings.Lines(text[at:]) {
		content := strings.TrimLeft(l, " ")
		column := len(l) - len(content)
		blank := strings.TrimRight(content, "\r\n") == "" || content[0] == '#'
		isEntry := strings.HasPrefix(content, "- ") && (indent < 0 || column == indent)
		if !blank && !isEntry && column <= max(indent, 0) {
			break
		}
		if isEntry {
			indent = column
			if entries == 1 {
				second = at
			}
			if entries%partSize == 0 {
				parts = append(parts, part{from: at, line: line})
			}
			entries++
			parts[len(parts)-1].entries++
		}
		at += len(l)
		line++
	}
	if len(parts) < 2 {
		return nil, ""
	}
	for i := range parts {
		parts[i].to = at
		if i+1 < len(parts) {
			parts[i].to = parts[i+1].from
		}
	}
	return parts, text[:second] + strings.Repeat("\n", strings.Count(text[second:at], "\n")) + text[at:]
}

// InParts reports whether [Parse] parses the rules of a text in parts.
func InParts(text string) bool {
	parts, _ := split(text)
	return parts != nil
}

// parseInParts parses the rest of the file, without its rules.
func (p *parser) parseInParts(parts []part, rest string) *File {
	root, ok := p.loadPart(part{to: len(rest)}, rest)
	if !ok || root.Kind != yaml.MappingNode {
		return &File{Irregular: true}
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		rules := root.Content[i+1]
		if root.Content[i].Value == "rules" && rules.Kind == yaml.SequenceNode && len(rules.Content) == 1 && rules.Line == parts[0].line+1 {
			f := p.file(root)
			f.parts, f.current = parts, -1
			return f
		}
	}
	return &File{Irregular: true}
}

// loadPart returns the root node of a part of a text. It reports false if the part is invalid, or holds an alias.
func (p *parser) loadPart(part part, text string) (*yaml.Node, bool) {
	var document yaml.Node
	if yaml.Load([]byte(text[part.from:part.to]), &document) != nil || document.Kind != yaml.DocumentNode || len(document.Content) != 1 {
		return nil, false
	}
	trial := &parser{&Reporter{Document: &Document{}}}
	trial.refuseAliases(document.Content[0])
	moveLines(document.Content[0], part.line)
	return document.Content[0], len(trial.Errors) == 0
}

func moveLines(n *yaml.Node, by int) {
	n.Line += by
	for _, c := range n.Content {
		moveLines(c, by)
	}
}
