package rulefile

import (
	"errors"
	"regexp"
	"strings"
	"sync"
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
	if p.explainUnclosedQuote(e.ContextMark.Line, line) || p.explainMissingSpace(line) {
		return
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

var (
	beginsQuoted = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^ *(?:- +)*(?:[a-z_]+: +)?(["'])`) })
	lacksSpace   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^( *(?:- +)?(?:[a-z_]+:|-))[^\s:/-].*$`) })
)

// explainUnclosedQuote reports a text whose quotation mark is closed only by that of a later text, on a line from context to
// line. It returns false if there is none.
func (p *parser) explainUnclosedQuote(context, line int) bool {
	for n := max(context, 1); n < line; n++ {
		found := beginsQuoted().FindStringSubmatchIndex(p.line(n))
		if found == nil {
			continue
		}
		at := found[2]
		from := p.lines()[n-1] + at
		end := closingQuote(p.Text[from:])
		if end < 0 || !strings.Contains(p.Text[from:from+end], "\n") || strings.ContainsAny(p.Text[from+end:][:1], " \r\n,") {
			continue
		}
		text := strings.TrimRight(p.line(n), " \r")
		last, size := utf8.DecodeLastRuneInString(text)
		if _, ok := lookalikes[last]; ok {
			at = len(text) - size
			p.report(position{n, utf8.RuneCountInString(text[:at]) + 1, 1}, "yaml", false, "%s", lookalike{char: last})
			return true
		}
		p.report(position{n, utf8.RuneCountInString(text[:at]) + 1, 1}, "yaml", false, "unclosed %s: add the closing %[1]s", text[at:at+1])
		return true
	}
	return false
}

// explainMissingSpace reports a field or an entry on the line before, or on this one, without the space after its colon or hyphen, so
// that YAML takes it for text. It returns false if there is none.
func (p *parser) explainMissingSpace(line int) bool {
	for _, n := range []int{p.lineBefore(line), line} {
		text := p.line(n)
		found := lacksSpace().FindStringSubmatchIndex(text)
		if found == nil || strings.Contains(text[:found[3]], ": ") {
			continue
		}
		mark := text[found[3]-1 : found[3]]
		if mark == "-" && !strings.Contains(text, ":") && !strings.ContainsAny(text[found[3]:][:1], `"'*{[`) {
			continue
		}
		p.report(position{n, utf8.RuneCountInString(text[:found[3]]), 1}, "yaml", false, "a space is missing after the %s: write %s",
			map[string]string{":": "colon", "-": "hyphen"}[mark], strings.TrimSpace(text[:found[3]]+" "+text[found[3]:]))
		return true
	}
	return false
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
