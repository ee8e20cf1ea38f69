package rulefile

import (
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// Patterns and templates begin with characters that mean something else to YAML, and hold brackets. Those that are not quoted
// are found here, in the line that the YAML library cannot read.

// explainUnquoted reports the unquoted text that keeps the YAML library from reading a line at a column. It returns false if
// there is none.
func (p *parser) explainUnquoted(line, column int) bool {
	text := p.line(line)
	before, _ := splitAt(text, column)
	from, to, inFlow := flowItem(text, len(before))
	if !inFlow {
		from, to = blockValue(text, before)
	}
	value := strings.TrimLeft(text[from:to], " ")
	from = to - len(value)
	value = strings.TrimRight(value, " ")
	reason := whyQuote(value, inFlow)
	if reason == "" {
		return false
	}
	p.report(position{line, utf8.RuneCountInString(text[:from]) + 1, utf8.RuneCountInString(value)}, "yaml", false,
		"quote the %s: %s; %s", noun(text[:from]), quoteYAML(value), reason)
	return true
}

// explainComment reports a text in a list or map in brackets that a comment cuts, so that the brackets are not closed. It
// returns false if the line has none.
func (p *parser) explainComment(line int) bool {
	text := p.line(line)
	cut := strings.Index(text, " #")
	if cut < 0 {
		return false
	}
	from, _, inFlow := flowItem(text[:cut], cut)
	value := strings.TrimLeft(text[from:], " ")
	if from = len(text) - len(value); !inFlow || from >= cut || strings.ContainsAny(value[:1], `"'`) {
		return false
	}
	value = strings.TrimRight(value, " ]}")
	p.report(position{line, utf8.RuneCountInString(text[:from]) + 1, utf8.RuneCountInString(value)}, "yaml", false,
		"quote the %s: %s; unquoted, a blank and # begin a comment", noun(text[:from]), quoteYAML(value))
	return true
}

// whyQuote returns why a text must be quoted, "" if it need not.
func whyQuote(value string, inFlow bool) string {
	if value == "" {
		return ""
	}
	switch c := value[0]; c {
	case '*':
		return "unquoted, * begins an alias and { a map"
	case '@', '%', '`':
		return "an unquoted text cannot begin with " + value[:1]
	case '&', '!':
		if strings.ContainsAny(value, "*/") && !strings.Contains(value, ": ") {
			return "unquoted, " + value[:1] + " begins " + map[byte]string{'&': "an anchor", '!': "a tag"}[c]
		}
	case '>', '|':
		if strings.Trim(value[1:], "+-0123456789") != "" {
			return "unquoted, " + value[:1] + " begins a text of several lines"
		}
	case '"', '\'':
		if end := closingQuote(value); end > 0 && end < len(value) {
			return "nothing can follow the closing quotation mark"
		}
	case '[':
		if end := strings.IndexByte(value, ']'); end > 0 && end+1 < len(value) && value[end+1] != ' ' {
			return "unquoted, [ begins a list"
		}
	case '{':
		if end := strings.IndexByte(value, '}'); !inFlow && end > 0 && !strings.HasSuffix(value, "}") {
			return "unquoted, * begins an alias and { a map"
		}
	}
	if inFlow && strings.ContainsAny(value, "{[") && value[0] != '"' && value[0] != '\'' {
		return "unquoted, * begins an alias and { a map"
	}
	return ""
}

// noun returns the word for a value in a message, after the text of its line before it.
func noun(before string) string {
	field := strings.TrimRight(before, " [{\"'")
	field = strings.TrimSuffix(field, ":")
	field = field[strings.LastIndexAny(field, " {,[")+1:]
	switch {
	case strings.Contains(before, "target:"):
		return "target"
	case field == "name" || field == "description" || field == "process" || field == "notify":
		return "text"
	}
	return "pattern"
}

// quoteYAML returns a text in quotation marks.
func quoteYAML(s string) string {
	if strings.ContainsAny(s, `"\`) {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return `"` + s + `"`
}

// blockValue returns the range of the value of a line that begins in before or ends it.
func blockValue(line, before string) (from, to int) {
	if i := strings.LastIndex(before, ": "); i >= 0 {
		from = i + 2
	} else if i := strings.LastIndex(before, "- "); i >= 0 {
		from = i + 2
	}
	to = len(line)
	if i := strings.Index(line[from:], " #"); i >= 0 {
		to = from + i
	}
	return from, to
}

// group matches brackets of a pattern or a template.
var group = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(\{[A-Za-z_][A-Za-z0-9_|]*(:\*\*)?\}|\{[^{}:" ]*,[^{}:" ]*\}|\[[^\[\]{}:," ]*\])`)
})

// flowItem returns the range of the entry, in the list or map in brackets that a line holds, that has the byte at. It takes
// brackets next to a text for a part of it. It reports false if at is not between brackets.
func flowItem(line string, at int) (from, to int, ok bool) {
	depth := 0
	for i := 0; i < len(line); {
		c := line[i]
		inText := i > from && line[i-1] != ' ' // of the entry
		found := ""
		if depth > 0 {
			found = group().FindString(line[i:])
		}
		after := i + len(found)
		switch {
		case found != "" && (inText || after < len(line) && !strings.ContainsRune(" ,]}", rune(line[after]))):
			i = after
			continue
		case (c == '"' || c == '\'') && !inText:
			end := closingQuote(line[i:])
			if end < 0 {
				return 0, 0, false
			}
			i += end
			continue
		case c == '#' && i > 0 && line[i-1] == ' ':
			return 0, 0, false
		case (c == '[' || c == '{') && !inText && (depth > 0 || followsIndicator(line[:i])):
			if i >= at && depth > 0 {
				return 0, 0, false
			}
			depth++
			from = i + 1
		case depth > 0 && (c == ']' || c == '}' || c == ','):
			if i >= at {
				return from, i, true
			}
			if c != ',' {
				depth--
			}
			from = i + 1
		case c == ':' && strings.HasPrefix(line[i+1:], " ") || depth == 0 && c == '-' && strings.HasPrefix(line[i+1:], " "):
			from = i + 2
		}
		i++
	}
	return from, len(line), depth > 0
}

// followsIndicator reports whether a value begins after a part of a line.
func followsIndicator(before string) bool {
	before = strings.TrimRight(before, " ")
	return before == "" || strings.HasSuffix(before, ":") || strings.HasSuffix(before, "-")
}
