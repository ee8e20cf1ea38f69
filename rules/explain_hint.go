package rules

import (
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"onput/internal/glob"
	"onput/internal/ruleset"
)

// hint returns a small change to the rule that makes it match u, "" if there is none: ignoring letter case, another Unicode form, or a key
// pattern that matches in more folders. For an unmet where, it returns the field that is probably meant.
func hint(r *ruleset.Rule, unmet ruleset.Condition, u *Upload, given Given) string {
	switch unmet {
	case ruleset.KeyCondition, ruleset.PrefixCondition, ruleset.SuffixCondition:
		if !r.IgnoreCase && ignoringCase(r).FirstUnmet(u, given) == ruleset.NoCondition {
			return "would match with ignore_case"
		}
		if hint := otherForm(r, u, given); hint != "" {
			return "would match in another Unicode form: " + hint
		}
		if hint := otherForm(ignoringCase(r), u, given); hint != "" {
			return "would match with ignore_case, in another Unicode form: " + hint
		}
	}
	if unmet == ruleset.WhereCondition {
		return ruleset.FieldHint(r.FirstUnmetWhere(u.Record, given).Path, u.Record)
	}
	if unmet != ruleset.KeyCondition {
		return ""
	}
	changed := *r
	for _, p := range r.Keys {
		for _, similar := range similarPatterns(p.String()) {
			pattern, err := glob.Parse(similar, r.IgnoreCase)
			if err != nil {
				continue
			}
			changed.Keys = []*glob.Pattern{pattern}
			if changed.FirstUnmet(u, given) == ruleset.NoCondition {
				return "would match as " + strconv.Quote(similar)
			}
		}
	}
	return ""
}

// ignoringCase returns a copy of the rule with ignore_case.
func ignoringCase(r *ruleset.Rule) *ruleset.Rule {
	folded := *r
	folded.IgnoreCase = true
	folded.Keys, folded.Not = foldPatterns(r.Keys), foldPatterns(r.Not)
	folded.Prefixes, folded.Suffixes = glob.FoldStrings(r.Prefixes), glob.FoldStrings(r.Suffixes)
	return &folded
}

func foldPatterns(patterns []*glob.Pattern) []*glob.Pattern {
	var folded []*glob.Pattern
	for _, p := range patterns {
		if f, err := glob.Parse(p.String(), true); err == nil {
			folded = append(folded, f)
		}
	}
	return folded
}

// otherForm returns which text is in another Unicode form, if the rule matches the key apart from that; else "".
func otherForm(r *ruleset.Rule, u *Upload, given Given) string {
	composed, upload := *r, *u
	composed.Keys, composed.Not = composePatterns(r.Keys, r.IgnoreCase), composePatterns(r.Not, r.IgnoreCase)
	composed.Prefixes, composed.Suffixes = composeTexts(r.Prefixes), composeTexts(r.Suffixes)
	upload.Key = norm.NFC.String(u.Key)
	if composed.FirstUnmet(&upload, given) != ruleset.NoCondition {
		return ""
	}
	if upload.Key != u.Key {
		return keyNotComposed
	}
	return "the rule's text is not in NFC, and the key is"
}

const keyNotComposed = "the key is not in NFC, as macOS writes names"

// sourceHint returns why an object is in none of the sources, if it would be in one but for letter case or its Unicode form;
// else "". The bucket counts unless it is assumed.
func (s *Set) sourceHint(u *Upload, assumed bool) string {
	key := norm.NFC.String(u.Key)
	for i := range s.compiled.Sources {
		source := &s.compiled.Sources[i]
		if !assumed && !source.Contains(u.Bucket, source.Prefix) {
			continue
		}
		prefix := norm.NFC.String(source.Prefix)
		where := "; it would be in " + strconv.Quote(source.String())
		switch {
		case strings.HasPrefix(key, prefix) && key != u.Key:
			return where + " in another Unicode form: " + keyNotComposed
		case strings.HasPrefix(key, prefix):
			return where + " in another Unicode form: the source is not in NFC, and the key is"
		case prefix != "" && strings.HasPrefix(glob.FoldString(key), glob.FoldString(prefix)):
			return where + " but for letter case, which counts in sources"
		}
	}
	return ""
}

func composePatterns(patterns []*glob.Pattern, fold bool) []*glob.Pattern {
	var composed []*glob.Pattern
	for _, p := range patterns {
		if c, err := glob.Parse(norm.NFC.String(p.String()), fold); err == nil {
			composed = append(composed, c)
		}
	}
	return composed
}

func composeTexts(texts []string) []string {
	var composed []string
	for _, t := range texts {
		composed = append(composed, norm.NFC.String(t))
	}
	return composed
}

// similarPatterns returns patterns that match more than pattern: its base name in any folder, in any folder below the one it
// names, or everything in a folder or below a pattern that names one.
func similarPatterns(pattern string) []string {
	slash := strings.LastIndexByte(pattern, '/')
	folder, name := pattern[:slash+1], pattern[slash+1:]
	switch {
	case slash < 0:
		return nil
	case slash == 0:
		return []string{name}
	case name == "":
		return []string{pattern + "**"}
	}
	return []string{folder + "**/" + name, "**/" + strings.TrimPrefix(pattern, "/"), pattern + "/**"}
}
