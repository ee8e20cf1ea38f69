package compile

import (
	"fmt"
	"strings"

	"onput/internal/glob"
	"onput/internal/rulefile"
	"onput/internal/text"
)

// negates reports whether an entry begins with !, which negates in other tools. It then reports the error negation.
func (c *compiler) negates(s rulefile.Scalar, remedy string) bool {
	if !strings.HasPrefix(s.Text, "!") {
		return false
	}
	c.ErrorInText(s, 0, 1, "negation", `! does not negate: `+remedy+`, or \! for the character`)
	return true
}

// useNot returns the remedy for a negated text: the patterns of not that leave out the same keys.
func useNot(patterns ...string) string {
	if patterns[0] == "" {
		return "remove it"
	}
	patterns[0] = withoutGroup(patterns[0])
	return "write not: " + yamlList(patterns)
}

// withoutGroup returns a pattern that begins with the parentheses of !(a|b), as shells write it, in the notation of patterns.
func withoutGroup(pattern string) string {
	inner, after, closed := strings.Cut(strings.TrimPrefix(pattern, "("), ")")
	switch {
	case pattern == "" || pattern[0] != '(' || !closed || strings.Contains(inner, "("):
		return pattern
	case strings.Contains(inner, "|"):
		inner = "{" + strings.ReplaceAll(inner, "|", ",") + "}"
	}
	return inner + after
}

// useList returns the remedy for a negated value of a condition that cannot be turned around.
func useList(values string) string { return "list the " + values + " that are meant" }

// texts returns the texts of prefix or suffix, unescaped. It reports negations and wildcards.
func (c *compiler) texts(field string, list []rulefile.Scalar) []string {
	var all []string
	for _, s := range list {
		negated := strings.TrimPrefix(s.Text, "!")
		excluded := []string{"**/*" + negated}
		if field == "prefix" {
			if excluded = []string{negated + "**"}; !strings.HasSuffix(negated, "/") {
				excluded = []string{"/" + negated + "*", "/" + negated + "*/**"}
			}
		} else if !strings.Contains(negated, "/") {
			excluded[0] = "*" + negated
		}
		if c.negates(s, useNot(excluded...)) {
			continue
		}
		text, wildcard := unescape(s.Text)
		if wildcard >= 0 {
			c.reportWildcard(s, wildcard, field+" is a text", textRemedy(field, s.Text))
			continue
		}
		all = append(all, text)
	}
	return all
}

// reportWildcard reports the wildcard at an offset of a text in which it has no meaning.
func (c *compiler) reportWildcard(s rulefile.Scalar, at int, where, remedy string) {
	char := s.Text[at : at+1]
	message := fmt.Sprintf(`%s, not a pattern, so that %s is itself: %s, or \%[2]s for the character`, where, char, remedy)
	if strings.HasPrefix(s.Text[max(at-1, 0):], "${") {
		message = where + ", and ${…} is not filled in there: write its value"
	}
	c.ErrorInText(s, at, at+1, "literal-wildcard", message)
}

const (
	wildcards = `*?[{`
	escapable = wildcards + `]}!\` // after a \ in a text
)

// unescape returns a text with \* and its like replaced by the characters, and the offset of the first wildcard without \,
// or -1. Other backslashes are characters.
func unescape(s string) (text string, wildcard int) {
	if !strings.ContainsAny(s, wildcards+`\`) {
		return s, -1
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && strings.IndexByte(escapable, s[i+1]) >= 0:
			i++
		case strings.IndexByte(wildcards, s[i]) >= 0:
			return "", i
		}
		b.WriteByte(s[i])
	}
	return b.String(), -1
}

// textRemedy returns what to write instead of a prefix or suffix with wildcards.
func textRemedy(field, s string) string {
	plain := strings.TrimRight(s, "*")
	if field == "suffix" {
		plain = strings.TrimLeft(s, "*")
		for rest, ok := strings.CutPrefix(plain, "/*"); ok; rest, ok = strings.CutPrefix(plain, "/*") {
			plain = strings.TrimLeft(rest, "*")
		}
	}
	all := alternatives(plain)
	switch {
	case plain == "":
		return "leave it out"
	case all != nil:
		return "write " + field + ": " + yamlList(all)
	case field == "prefix":
		return useKey(below(s))
	case !strings.Contains(s, "/"):
		return useKey("*" + strings.TrimLeft(s, "*"))
	case strings.HasPrefix(s, "**/"):
		return useKey(s)
	case strings.HasPrefix(s, "/"):
		return useKey("**" + s)
	}
	return useKey("**/*" + strings.TrimLeft(s, "*"))
}

// sourceRemedy returns what to write instead of a source whose prefix has wildcards.
func sourceRemedy(bucket, prefix string) string {
	source := func(prefix string) string {
		if prefix == "" {
			return bucket
		}
		return bucket + "/" + prefix
	}
	if all := alternatives(strings.TrimRight(prefix, "*")); all != nil {
		for i, prefix := range all {
			all[i] = source(prefix)
		}
		return "write " + strings.Join(all, " and ")
	}
	folder := prefix[:strings.IndexAny(prefix, wildcards)]
	folder = folder[:strings.LastIndexByte(folder, '/')+1]
	return "write " + source(folder) + ", and in the rules " + strings.TrimPrefix(useKey(below(prefix)), "write ")
}

// alternatives returns the texts that a text with at most one pair of braces stands for, nil if it has other wildcards.
func alternatives(s string) []string {
	before, rest, _ := strings.Cut(s, "{")
	inner, after, closed := strings.Cut(rest, "}")
	if !closed {
		before, inner = s, ""
	} else if !strings.Contains(inner, ",") {
		return nil
	}
	if strings.ContainsAny(before+inner+after, wildcards) {
		return nil
	}
	var all []string
	for choice := range strings.SplitSeq(inner, ",") {
		all = append(all, before+choice+after)
	}
	return all
}

// below returns the pattern that somebody means by a prefix with wildcards.
func below(prefix string) string {
	last := prefix[strings.LastIndexByte(prefix, '/')+1:]
	switch {
	case last == "":
		return prefix + "**"
	case strings.Contains(last, ".") || strings.HasSuffix(last, "*"):
		return prefix
	}
	return prefix + "/**"
}

// useKey returns the advice to write a pattern, if it is one.
func useKey(pattern string) string {
	if _, err := glob.Parse(pattern, false); err != nil {
		return "write a pattern of key instead"
	}
	return fmt.Sprintf("write key: %q", pattern)
}

// yamlList returns texts as YAML, one alone or a list.
func yamlList(texts []string) string {
	if len(texts) == 1 {
		return text.QuoteAll(texts)[0]
	}
	return "[" + strings.Join(text.QuoteAll(texts), ", ") + "]"
}
