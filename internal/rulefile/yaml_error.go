package rulefile

import (
	"errors"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// explainYAMLError reports an error of the YAML library. It uses the error's positions, and its text only as a last resort:
// the text of the file tells the common mistakes apart.
func (p *parser) explainYAMLError(err error) {
	report := func(line, column, width int, format string, args ...any) {
		p.report(position{line, column, width}, "yaml", false, format, args...)
	}
	var e *yaml.LoadError
	if !errors.As(err, &e) || e.Mark.Line == 0 {
		if line := p.secondDocumentLine(); line > 0 {
			report(line, 1, 3, "a second YAML document begins here: remove the line, or split the file")
		} else {
			p.reportNoRules()
		}
		return
	}
	line, column := e.Mark.Line, e.Mark.Column
	if p.explainLookalike(line, e.ContextMark.Line) {
		return
	}
	text := p.line(line)
	for _, at := range []yaml.Mark{e.Mark, e.ContextMark} {
		if at.Line == line && p.explainUnquoted(line, at.Column) {
			return
		}
	}
	_, rest := splitAt(text, column)
	switch {
	case strings.HasPrefix(rest, "\t"):
		report(line, column, 1, "tabs cannot be used for indentation: use spaces")
		return
	case strings.HasPrefix(rest, "- "):
		report(line, column, 1, "a list cannot begin here: begin it on the next line, or write it in brackets")
		return
	case strings.HasPrefix(rest, ": "):
		report(line, column, 1, "a second \": \" on the line: quote the text that contains it, or begin a new line")
		return
	}
	if rest == "" && e.ContextMark.Line > 0 { // the text, list or map that begins at ContextMark does not end
		line, column = e.ContextMark.Line, e.ContextMark.Column
		_, rest = splitAt(p.line(line), column)
		for _, pair := range []string{`""`, "''", "[]", "{}"} {
			if strings.HasPrefix(rest, pair[:1]) {
				report(line, column, 1, "unclosed %s: add the closing %s", pair[:1], pair[1:])
				return
			}
		}
	}
	if strings.TrimSpace(p.Text[p.lines()[min(line, len(p.lines()))-1]:]) == "" {
		last := strings.TrimRight(p.Text, " \t\r\n")
		_, size := utf8.DecodeLastRuneInString(last)
		p.errorAt(len(last)-size, "yaml", "the file ends inside a list, a map or a text: close it")
		return
	}
	if p.explainComment(e.ContextMark.Line) {
		return
	}
	message := e.Message
	if e.ContextMsg != "" {
		message = e.ContextMsg + ": " + message
	}
	report(line, column, 1, "not valid YAML: %s", message)
}

// secondDocumentLine returns the line that begins another YAML document, 0 if there is none.
func (p *parser) secondDocumentLine() int {
	content := false
	for i := range p.lines() {
		text := p.line(i + 1)
		switch {
		case strings.HasPrefix(text, "---") && content:
			return i + 1
		case strings.HasPrefix(text, "..."):
			content = true // anything after it is another document
			if i+2 <= len(p.lines()) {
				return i + 1
			}
		case text != "" && text[0] != '#' && text[0] != '%':
			content = true
		}
	}
	return 0
}

// splitAt splits a line before the given column, counted from 1 in characters.
func splitAt(line string, column int) (before, rest string) {
	for i := range line {
		if column--; column <= 0 {
			return line[:i], line[i:]
		}
	}
	return line, ""
}
