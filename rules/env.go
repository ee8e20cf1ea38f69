package rules

import (
	"os"
	"strings"
)

// env replaces ${env('NAME')} and ${env('NAME','default')}, as Serverless Devs writes them, by the environment's values.
// It is read once, when the file is loaded. It reports what is wrong and returns false then.
func (d *document) env(s scalar) (_ scalar, ok bool) {
	if !strings.Contains(s.text, "${") {
		return s, true
	}
	var b strings.Builder
	ok = true
	rest := s.text
	for {
		i := strings.Index(rest, "${")
		if i < 0 {
			b.WriteString(rest)
			return scalar{b.String(), s.node}, ok
		}
		b.WriteString(rest[:i])
		from := len(s.text) - len(rest) + i
		n := strings.IndexByte(rest[i:], '}')
		if n < 0 {
			d.failIn(s.node, from, len(s.text), "env", "unmatched ${: write ${env('NAME')} or ${env('NAME','default')}")
			return scalar{b.String(), s.node}, false
		}
		expression := rest[i+2 : i+n]
		rest = rest[i+n+1:]
		name, value, fallback, understood := parseEnv(expression)
		set := os.Getenv(name)
		d.environment = append(d.environment, name, set)
		switch {
		case !understood:
			ok = false
			d.failIn(s.node, from, from+n+1, "env", "${%s} is not known: write ${env('NAME')} or ${env('NAME','default')}", expression)
		case set != "":
			b.WriteString(set)
		case fallback:
			b.WriteString(value)
		default:
			ok = false
			d.failIn(s.node, from, from+n+1, "env", "the environment variable %s is not set: set it, or give a default: ${env('%s','…')}", name, name)
		}
	}
}

// parseEnv reads env('NAME') or env('NAME','default'), in either kind of quotes.
func parseEnv(s string) (name, value string, fallback, ok bool) {
	s, ok = strings.CutPrefix(strings.TrimSpace(s), "env(")
	if !ok || !strings.HasSuffix(s, ")") {
		return "", "", false, false
	}
	name, rest, ok := quoted(s[:len(s)-1])
	if !ok || name == "" {
		return "", "", false, false
	}
	if rest == "" {
		return name, "", false, true
	}
	rest, ok = strings.CutPrefix(rest, ",")
	if !ok {
		return "", "", false, false
	}
	value, rest, ok = quoted(rest)
	return name, value, true, ok && rest == ""
}

// quoted reads a quoted text and returns what comes after it.
func quoted(s string) (text, rest string, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" || s[0] != '\'' && s[0] != '"' {
		return "", "", false
	}
	text, rest, ok = strings.Cut(s[1:], s[:1])
	return text, strings.TrimSpace(rest), ok
}
