package compile

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"onput/internal/rulefile"
	"onput/internal/text"
)

// Environment looks up the environment variables of a rule file. It records them, because a seal covers their values.
type Environment struct {
	Getenv func(string) string
	SetIn  string   // where variables are set, for messages; "" for the environment
	Read   []string // name, value, name, value, …
}

func (e *Environment) get(name string) string {
	value := e.Getenv(name)
	e.Read = append(e.Read, name, value)
	return value
}

// unsetVariable begins the error about a variable that is not set.
const unsetVariable = "the environment variable "

// Compiled on demand, so that the function starts without them.
var (
	envReference = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{[^}]*\}?`) })
	envCall      = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^\$\{\s*env\(\s*(?:'([^']+)'|"([^"]+)")\s*(,\s*(?:'([^']*)'|"([^"]*)")\s*)?\)\s*\}$`)
	})
)

// expandEnv replaces ${env('NAME')} and ${env('NAME','default')}, the notation of Serverless Devs. It reports false after
// an error.
func (c *compiler) expandEnv(s rulefile.Scalar) (_ rulefile.Scalar, ok bool) {
	ok = true
	if !strings.Contains(s.Text, "${") {
		return s, true
	}
	var b strings.Builder
	end := 0
	for _, at := range envReference().FindAllStringIndex(s.Text, -1) {
		value, err := c.env.expand(s.Text[at[0]:at[1]])
		if err != nil {
			ok = false
			c.ErrorIn(s.Node, at[0], at[1], "env", "%s", err)
		}
		b.WriteString(s.Text[end:at[0]] + value)
		end = at[1]
	}
	b.WriteString(s.Text[end:])
	return rulefile.Scalar{Text: b.String(), Node: s.Node}, ok
}

// refusesEnv reports a reference such as ${env('NAME')} where none may stand, if the part of a text between from and to is in
// one. It returns false if it is not.
func (c *compiler) refusesEnv(s rulefile.Scalar, from, to int) bool {
	begin := strings.LastIndex(s.Text[:min(from+1, len(s.Text))], "{") - 1
	if begin < 0 || s.Text[begin] != '$' || !strings.ContainsAny(s.Text[begin:to], "(.") {
		return false
	}
	c.ErrorInText(s, begin, to, "env", fmt.Sprintf(
		"%s is not filled in here, only in sources, target buckets, notify and claims: write its value", s.Text[begin:to]))
	return true
}

// MergeUnset joins the errors about one variable that is not set at its first place, because one setting mends them all.
func MergeUnset(sorted rulefile.Diagnostics) rulefile.Diagnostics {
	first, more := map[string]int{}, map[string]int{} // by message, which names the variable
	var merged rulefile.Diagnostics
	for _, d := range sorted {
		if strings.HasPrefix(d.Message, unsetVariable) {
			if _, known := first[d.Message]; known {
				more[d.Message]++
				continue
			}
			first[d.Message] = len(merged)
		}
		merged = append(merged, d)
	}
	for message, n := range more {
		merged[first[message]].Message += " (and " + text.Plural(n, "more place") + ")"
	}
	return merged
}

// expand returns the value of one reference to a variable.
func (e *Environment) expand(reference string) (string, error) {
	call := envCall().FindStringSubmatch(reference)
	switch {
	case !strings.HasSuffix(reference, "}"):
		return "", fmt.Errorf("unmatched ${: write ${env('NAME')} or ${env('NAME','default')}")
	case call == nil:
		return "", fmt.Errorf("invalid reference %s: write ${env('NAME')} or ${env('NAME','default')}", reference)
	}
	name, fallback := call[1]+call[2], call[4]+call[5]
	value := e.get(name)
	if !utf8.ValidString(value) {
		return "", fmt.Errorf("the environment variable %s is not valid UTF-8", name)
	}
	if value == "" && call[3] == "" {
		if e.SetIn != "" {
			return "", fmt.Errorf(unsetVariable+"%s is not set in %s: set it there, or give a default: ${env('%s','…')}", name, e.SetIn, name)
		}
		return "", fmt.Errorf(unsetVariable+"%s is not set: set it, or give a default: ${env('%s','…')}", name, name)
	}
	return cmp.Or(value, fallback), nil
}
