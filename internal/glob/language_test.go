package glob

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onput/internal/automaton"
	"onput/internal/glob/globtest"
)

// language returns the language of a pattern.
func language(t interface{ Fatal(...any) }, p *Pattern) *automaton.DFA {
	n := automaton.NewNFA(automaton.Unlimited())
	n.Accept(p.AddTo(n, 0))
	d, err := n.Deterministic()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The automaton of a pattern accepts the keys that the pattern matches. And, Without, Intersection and Intersects agree
// with it.
func TestLanguages(t *testing.T) {
	upper := strings.NewReplacer("a", "A", "b", "ſ", "é", "É")
	rapid.Check(t, func(t *rapid.T) {
		fold := rapid.Bool().Draw(t, "fold")
		parse := func(name string) *Pattern {
			for {
				if p, err := Parse(globtest.DrawPattern(t, true), fold); err == nil {
					return p
				}
			}
		}
		p, q := parse("p"), parse("q")
		a, b := language(t, p), language(t, q)
		both, err := a.And(b)
		if err != nil {
			t.Fatal(err)
		}
		only, err := a.Without(b)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			key := globtest.DrawKey.Draw(t, "key")
			if rapid.Bool().Draw(t, "upper") {
				key = upper.Replace(key)
			}
			inA, inB := p.Match(key), q.Match(key)
			for _, c := range []struct {
				name      string
				got, want bool
			}{
				{"Has", a.Has(key), inA}, {"And", both.Has(key), inA && inB}, {"Without", only.Has(key), inA && !inB},
			} {
				if c.got != c.want {
					t.Fatalf("%s: %q, %q on %q: %v, want %v", c.name, p, q, key, c.got, c.want)
				}
			}
		}
		for name, d := range map[string]*automaton.DFA{"a": a, "and": both, "without": only} {
			ends := make(automaton.States, d.Size())
			for s := range ends {
				ends[s] = d.Accepts(int32(s))
			}
			text, ok := d.Path(0, ends, automaton.AnySymbols)
			if ok == d.Empty() || ok && !d.Has(text) {
				t.Fatalf("%s of %q, %q: a shortest text is %q, %v; Empty %v", name, p, q, text, ok, d.Empty())
			}
		}
		n := automaton.NewNFA(automaton.Unlimited())
		n.Accept(p.AddTo(n, 0))
		text, _, ok, err := n.Intersection(b)
		if err != nil || ok == both.Empty() || ok && !(p.Match(text) && q.Match(text)) {
			t.Fatalf("%q meets %q: %q, %v", p, q, text, ok)
		}
		if meets, err := n.Intersects(b); err != nil || meets != ok {
			t.Fatalf("%q meets %q: Meets and Meet disagree", p, q)
		}
	})
}

func TestClassLanguages(t *testing.T) {
	for _, fold := range []bool{false, true} {
		for _, source := range []string{"[a-c]", "[!a-c]", "[k]", "[ſ-ƀ]", "[!-0]", "[!!-0]", "[α-ω]", "[\\]]"} {
			p, err := Parse(source, fold)
			if err != nil {
				t.Fatal(err)
			}
			d := language(t, p)
			for r := rune(0); r < 0x3000; r++ {
				if got, want := d.Has(string(r)), p.Match(string(r)); got != want && (r < 0xD800 || r > 0xDFFF) {
					t.Errorf("%s fold %v: %q: %v, want %v", source, fold, r, got, want)
				}
			}
		}
	}
}

// A language that would be exponentially large is given up, in time.
func TestLanguagesAreBounded(t *testing.T) {
	p, err := Parse("*a"+strings.Repeat("?", 40), false)
	if err != nil {
		t.Fatal(err)
	}
	n := automaton.NewNFA(automaton.Unlimited())
	n.Accept(p.AddTo(n, 0))
	if _, err := n.Deterministic(); err != automaton.ErrTooLarge {
		t.Errorf("got %v", err)
	}
}

// The values of a capture are in its language.
func TestCaptureValues(t *testing.T) {
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		p, err := Parse(globtest.DrawPattern(t, true), rapid.Bool().Draw(t, "fold"))
		if err != nil {
			return
		}
		var languages []*automaton.DFA
		for _, name := range p.Names() {
			d, err := CaptureValues(automaton.Unlimited(), []*Pattern{p}, name)
			if err != nil {
				t.Fatal(err)
			}
			languages = append(languages, d)
		}
		for range 20 {
			key := globtest.DrawKey.Draw(t, "key")
			values, _ := p.Captures(key)
			for i, value := range values {
				compared++
				if !languages[i].Has(value) {
					t.Fatalf("%q captures %s=%q of %q, which is not in its language", p, p.Names()[i], value, key)
				}
			}
		}
	})
	if compared == 0 {
		t.Error("nothing was captured")
	}
}

// Captures take as little as they can.
func TestCaptureValuesAreShort(t *testing.T) {
	for _, tt := range []struct{ pattern, name, can, not string }{
		{"{a}-{b}.wav", "a", "x", "x-y"},
		{"{a}-{b}.wav", "a", "-", "--"},
		{"{a}-{b}.wav", "b", "y-z", "y/z"},
		{"{dir:**}/raw/**/*.mp4", "dir", "a/b", "a/raw"},
		{"{dir:**}/raw/**/*.mp4", "dir", "", "raw/b"},
		{"x/{dir:**}", "dir", "a/b/", ""},
		{"{a}/x", "a", "b", ""},
	} {
		p, err := Parse(tt.pattern, false)
		if err != nil {
			t.Fatal(err)
		}
		d, err := CaptureValues(automaton.Unlimited(), []*Pattern{p}, tt.name)
		if err != nil || !d.Has(tt.can) || tt.not != "" && d.Has(tt.not) {
			t.Errorf("%s of %s: %q is no value, or %q is one: %v", tt.name, tt.pattern, tt.can, tt.not, err)
		}
	}
}
