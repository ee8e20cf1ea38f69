package rules

import (
	"strings"

	"onput/internal/rulefile"
)

// environment looks up the environment variables of a rule file. It remembers them, because a seal covers their values.
type environment struct {
	getenv func(string) string
	read   []string // name, value, name, value, …
}

func (e *environment) get(name string) string {
	value := e.getenv(name)
	e.read = append(e.read, name, value)
	return value
}

// expandEnv replaces ${env('NAME')} and ${env('NAME','default')}, as Serverless Devs writes them. It reports false after an
// error.
func (c *compiler) expandEnv(s rulefile.Scalar) (_ rulefile.Scalar, ok bool) {
	if !strings.Contains(s.Text, "${") {
		return s, true
	}
	var b strings.Builder
	ok = true
	rest := s.Text
	for {
		i := strings.Index(rest, "${")
		if i < 0 {
			b.WriteString(rest)
			return rulefile.Scalar{Text: b.String(), Node: s.Node}, ok
		}
		b.WriteString(rest[:i])
		from := len(s.Text) - len(rest) + i
		n := strings.IndexByte(rest[i:], '}')
		if n < 0 {
			c.ErrorIn(s.Node, from, len(s.Text), "env", "unmatched ${: write ${env('NAME')} or ${env('NAME','default')}")
			return rulefile.Scalar{Text: b.String(), Node: s.Node}, false
		}
		expression := rest[i+2 : i+n]
		rest = rest[i+n+1:]
		name, fallback, hasFallback, valid := parseEnv(expression)
		value := c.env.get(name)
		switch {
		case !valid:
			ok = false
			c.ErrorIn(s.Node, from, from+n+1, "env", "${%s} is not known: write ${env('NAME')} or ${env('NAME','default')}", expression)
		case value != "":
			b.WriteString(value)
		case hasFallback:
			b.WriteString(fallback)
		default:
			ok = false
			c.ErrorIn(s.Node, from, from+n+1, "env", "the environment variable %s is not set: set it, or give a default: ${env('%s','…')}", name, name)
		}
	}
}

// parseEnv reads env('NAME') or env('NAME','default'), in either kind of quotes.
func parseEnv(s string) (name, fallback string, hasFallback, ok bool) {
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
	fallback, rest, ok = quoted(rest)
	return name, fallback, true, ok && rest == ""
}

// quoted reads a quoted text and returns the rest.
func quoted(s string) (text, rest string, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" || s[0] != '\'' && s[0] != '"' {
		return "", "", false
	}
	text, rest, ok = strings.Cut(s[1:], s[:1])
	return text, strings.TrimSpace(rest), ok
}
