package glob

import (
	"slices"
	"strings"
	"testing"

	"onput/internal/automaton"
)

func TestMarkedLanguage(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		marked  []string // < and > are the marks of the first capture, ( and ) of the second
		not     []string
	}{
		{"a/{d:**}/*.x", []string{"a/<>b.x", "a/<b>/c.x", "a/<b/c>/d.x", "a/<>/b.x"}, []string{"a/<b/>c.x", "a/b.x"}},
		{"{a}-{b}.x", []string{"<1>-(2).x", "<1>-(2-3).x", "<->-(2).x", "d/<1>-(2).x"}, []string{"<1-2>-(3).x", "<>-(2).x"}},
		{"{a}{b}", []string{"<1>(2)", "<1>(23)"}, []string{"<12>(3)"}},
		{"in/{t}/{p:**}", []string{"in/<a>/(b/c)", "in/<a>/()"}, []string{"in/<a/b>/(c)"}},
		{"{d:**}/raw/**/*.x", []string{"<a>/raw/b.x", "<>raw/raw/b.x"}, []string{"<raw>/raw/b.x"}},
	} {
		p, err := Parse(tt.pattern, false)
		if err != nil {
			t.Fatal(err)
		}
		d, err := p.MarkedLanguage(automaton.Unlimited(), p.Names())
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range tt.marked {
			if !hasMarked(d, text) {
				t.Errorf("%s lacks %s", tt.pattern, text)
			}
		}
		for _, text := range tt.not {
			if hasMarked(d, text) {
				t.Errorf("%s has %s", tt.pattern, text)
			}
		}
	}
}

// hasMarked reports whether a language has a marked key, whose marks are < and > for the first capture, ( and ) for the second.
func hasMarked(d *automaton.DFA, text string) bool {
	s := int32(0)
	for _, r := range text {
		if i := strings.IndexRune("<>()", r); i >= 0 {
			r = []rune{BeginMark(0), EndMark(0), BeginMark(1), EndMark(1)}[i]
		}
		to, ok := d.Step(s, r)
		if !ok {
			return false
		}
		s = to
	}
	return d.Accepts(s)
}

// Captures decides which of the marked keys a key has, where its captures begin at one place alone.
func TestMarkedLanguageIsThatOfCaptures(t *testing.T) {
	const alphabet = "a-/."
	keys := []string{""}
	for i := 0; i < len(keys) && len(keys[i]) < 5; i++ {
		for _, c := range alphabet {
			keys = append(keys, keys[i]+string(c))
		}
	}
	for _, pattern := range []string{"{a}-{b}", "{a}{b}*", "{a:**}/{b}", "a/{a:**}/{b:**}", "{a}/{b:**}/*.a", "{a:**}/a/**/{b}"} {
		p, err := Parse(pattern, false)
		if err != nil {
			t.Fatal(err)
		}
		d, err := p.MarkedLanguage(automaton.Unlimited(), p.Names())
		if err != nil {
			t.Fatal(err)
		}
		unmarked, matched := map[string][][]string{}, 0
		for _, key := range keys {
			for _, values := range markings(d, 0, key) {
				if !slices.ContainsFunc(unmarked[key], func(v []string) bool { return slices.Equal(v, values) }) {
					unmarked[key] = append(unmarked[key], values)
				}
			}
			values, ok := p.Captures(key)
			if ok {
				matched++
			}
			if ok != (len(unmarked[key]) == 1) || ok && !slices.Equal(unmarked[key][0], values) {
				t.Errorf("%s: %q has %q, want %q", pattern, key, unmarked[key], values)
			}
		}
		if matched == 0 {
			t.Errorf("%s matches no key", pattern)
		}
	}
}

// markings returns the values of two captures in all marked keys of a language that have the rest of a key from a state on.
func markings(d *automaton.DFA, s int32, rest string) (all [][]string) {
	var follow func(s int32, rest string, open int, values [2]string)
	follow = func(s int32, rest string, open int, values [2]string) {
		if rest == "" && d.Accepts(s) {
			all = append(all, values[:])
		}
		for i := range 2 {
			if to, ok := d.Step(s, BeginMark(i)); ok {
				follow(to, rest, i, values)
			}
			if to, ok := d.Step(s, EndMark(i)); ok {
				follow(to, rest, -1, values)
			}
		}
		if rest == "" {
			return
		}
		if to, ok := d.Step(s, rune(rest[0])); ok {
			if open >= 0 {
				values[open] += rest[:1]
			}
			follow(to, rest[1:], open, values)
		}
	}
	follow(s, rest, -1, [2]string{})
	return all
}
