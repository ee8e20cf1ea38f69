package glob

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var quotedText = regexp.MustCompile("`([^`]*)`")

func texts(cell string) []string {
	var all []string
	for _, m := range quotedText.FindAllStringSubmatch(cell, -1) {
		all = append(all, m[1])
	}
	return all
}

// TestSpecification runs the tables of PATTERNS.md.
func TestSpecification(t *testing.T) {
	page, err := os.ReadFile("../../rules/PATTERNS.md")
	if err != nil {
		t.Fatal(err)
	}
	compile := map[string]func(string) (*Pattern, error){
		"pattern":                func(s string) (*Pattern, error) { return Parse(s, false) },
		"pattern, ignoring case": func(s string) (*Pattern, error) { return Parse(s, true) },
		"glob of a value":        func(s string) (*Pattern, error) { return ParseValue(s, false) },
	}
	var kind, second string
	examples := 0
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "|") {
			kind = ""
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if kind == "" {
			kind, second = cells[0], cells[1]
			continue
		}
		if strings.HasPrefix(cells[0], "---") || compile[kind] == nil {
			continue
		}
		source := texts(cells[0])[0]
		t.Run(source, func(t *testing.T) {
			examples++
			p, err := compile[kind](source)
			if cells[1] == "error" {
				if e, ok := err.(*Error); !ok || e.Offset < 0 || e.End < e.Offset || e.End > len(source) {
					t.Fatalf("got %v, %v; want an error with a place", p, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if second == "key" {
				testCaptures(t, p, texts(cells[1])[0], texts(cells[2]))
				return
			}
			for _, key := range texts(cells[1]) {
				if !p.Match(key) {
					t.Errorf("does not match %q", key)
				}
			}
			for _, key := range texts(cells[2]) {
				if p.Match(key) {
					t.Errorf("matches %q", key)
				}
			}
		})
	}
	if examples < 60 {
		t.Errorf("only %d examples found: is the page's form understood?", examples)
	}
}

func testCaptures(t *testing.T, p *Pattern, key string, want []string) {
	t.Helper()
	values, ok := p.Captures(key)
	if !ok {
		t.Fatalf("does not match %q", key)
	}
	var got []string
	for i, name := range p.Names() {
		got = append(got, name+"="+values[i])
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%q gives %q, want %q", key, got, want)
	}
}
