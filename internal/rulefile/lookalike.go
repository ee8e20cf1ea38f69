package rulefile

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Input methods, word processors and web pages put characters in place of those of YAML that look the same. YAML takes them
// for text, and often fails only on the next line.

// lookalikes are the characters that stand for one of YAML, by the message's name and the remedy.
var lookalikes = map[rune]struct{ name, write string }{
	'：': {"a full-width colon", `":" and a space`},
	'，': {"a full-width comma", `","`}, '、': {"a full-width comma", `","`},
	'［': {"a full-width bracket", `"["`}, '］': {"a full-width bracket", `"]"`}, '【': {"a full-width bracket", `"["`},
	'｛': {"a full-width brace", `"{"`}, '｝': {"a full-width brace", `"}"`},
	'“': {"a typographic quotation mark", `"`}, '”': {"a typographic quotation mark", `"`}, '„': {"a typographic quotation mark", `"`},
	'‘': {"a typographic quotation mark", `'`}, '’': {"a typographic quotation mark", `'`}, '＂': {"a full-width quotation mark", `"`},
	'＇': {"a full-width quotation mark", `'`}, '＃': {"a full-width number sign", "#"},
	'–': {"a dash", `the hyphen "-"`}, '—': {"a dash", `the hyphen "-"`}, '－': {"a full-width hyphen", `the hyphen "-"`},
}

// lookalike is a character of a line that stands in place of one of YAML.
type lookalike struct {
	at    int // byte of the line
	char  rune
	early bool // YAML may fail only on a later line
}

// String returns the message about the character.
func (l lookalike) String() string {
	if is, ok := lookalikes[l.char]; ok {
		return fmt.Sprintf("%c (U+%04X) is %s, which YAML takes for text: write %s", l.char, l.char, is.name, is.write)
	}
	switch {
	case l.char == '\u00a0':
		return "U+00A0 is a no-break space, which YAML takes for text: write a space"
	case l.char == '\u3000':
		return "U+3000 is an ideographic space, which YAML takes for text: write a space"
	case unicode.IsSpace(l.char):
		return fmt.Sprintf("U+%04X is a space that YAML takes for text: write an ordinary one", l.char)
	}
	return fmt.Sprintf("U+%04X does not show, and YAML takes it for text: remove it", l.char)
}

// isOddBlank reports whether a character looks like a blank or does not show, and is no blank of YAML.
func isOddBlank(r rune) bool { return r > 0x7f && (unicode.IsSpace(r) || unicode.Is(unicode.Cf, r)) }

// findLookalike returns the first character outside of quotes and comments that stands where one of YAML belongs.
func findLookalike(line string) (_ lookalike, ok bool) {
	content := strings.TrimLeftFunc(line, func(r rune) bool { return r == ' ' || isOddBlank(r) })
	for i, r := range line[:len(line)-len(content)] {
		if isOddBlank(r) {
			return lookalike{i, r, true}, true
		}
	}
	if r, n := utf8.DecodeRuneInString(content); r == '＃' || lookalikes[r].write == lookalikes['–'].write && followsBlank(content[n:]) {
		return lookalike{len(line) - len(content), r, true}, true
	}
	depth, key, begins := 0, false, true // the nesting of brackets, a key before here, a value or an entry begins here
	for i := len(line) - len(content); i < len(line); {
		r, n := utf8.DecodeRuneInString(line[i:])
		rest := line[i+n:]
		next, _ := utf8.DecodeRuneInString(rest)
		at := lookalike{at: i, char: r}
		switch {
		case begins && r == ' ':
			i += n
			continue
		case r == '#' && (begins || strings.HasSuffix(line[:i], " ")):
			return lookalike{}, false
		case begins && (r == '"' || r == '\''):
			end := closingQuote(line[i:])
			if end < 0 {
				return lookalike{}, false
			}
			n = end
		case begins && strings.ContainsRune("“”„‘’＂＇［｛【", r):
			return at, true
		case r == '：' && (depth > 0 || !key && isWord(line[len(line)-len(content):i])):
			at.early = true
			return at, true
		case depth > 0 && strings.ContainsRune("，、］｝", r):
			return at, true
		case (r == ':' || begins && r == '-') && isOddBlank(next):
			return lookalike{i + n, next, true}, true
		case r == ':' && (next == ' ' || rest == ""):
			key, begins = true, true
			i += n
			continue
		case begins && r == '-' && next == ' ':
			i += n
			continue
		case begins && (r == '[' || r == '{'):
			depth++
			i += n
			continue
		case depth > 0 && (r == ']' || r == '}'):
			depth--
		case depth > 0 && r == ',':
			begins = true
			i += n
			continue
		}
		begins = false
		i += n
	}
	return lookalike{}, false
}

// oddCharacter returns a character in the key of a field that YAML takes for a part of it.
func oddCharacter(key string) (_ lookalike, ok bool) {
	last, n := utf8.DecodeLastRuneInString(key)
	if isOddBlank(last) {
		return lookalike{at: len(key) - n, char: last}, true
	}
	return findLookalike(key)
}

// fieldName returns the name of the field that was meant by a key with a character like one of YAML.
func fieldName(key string) string {
	if found, ok := findLookalike(key); ok && found.at > 0 {
		key = strings.TrimSuffix(key[:found.at], ":")
	}
	return strings.TrimFunc(key, isOddBlank)
}

// followsBlank reports whether a text begins with a blank of any kind.
func followsBlank(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == ' ' || isOddBlank(r)
}

// isWord reports whether a text is the name of a field, after the hyphen of an entry.
func isWord(s string) bool {
	s = strings.TrimLeft(strings.TrimPrefix(s, "-"), " ")
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_ ") == ""
}

// closingQuote returns the length of the quoted text that s begins with, -1 if it does not end.
func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && s[0] == '"':
			i++
		case s[i] == s[0] && s[0] == '\'' && strings.HasPrefix(s[i+1:], "'"):
			i++
		case s[i] == s[0]:
			return i + 1
		}
	}
	return -1
}

// explainLookalike reports a character that keeps the YAML library from reading line, or an earlier line. It returns false if
// there is none.
func (p *parser) explainLookalike(line, context int) bool {
	for _, n := range []int{context, p.lineBefore(line), line} {
		if found, ok := findLookalike(p.line(n)); ok && (n == line || n == context || found.early) {
			p.report(position{n, utf8.RuneCountInString(p.line(n)[:found.at]) + 1, 1}, "yaml", false, "%s", found)
			return true
		}
	}
	return false
}

// lineBefore returns the last line before another that has content, 0 if there is none.
func (p *parser) lineBefore(line int) int {
	for line--; line > 0; line-- {
		if text := strings.TrimSpace(p.line(line)); text != "" && text[0] != '#' {
			break
		}
	}
	return max(line, 0)
}
