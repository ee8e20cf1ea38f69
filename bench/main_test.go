package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMeasure runs every benchmark once, with few rules, and checks that the report shows each.
func TestMeasure(t *testing.T) {
	short := slices.Clone(suites)
	for i, s := range short {
		short[i].args = []string{s.args[0], "-benchtime=1x", "-short"}
	}
	text, err := measure(1, short, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), resultsFile)
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := readResults(file)
	if err != nil {
		t.Fatal(err)
	}
	report := r.report()
	for _, part := range []string{
		"| onput  ", "first pass", "gobwas/glob v", "doublestar v", "lower bound", "loading 1,000 rules", "decoding an event of 728 bytes",
		"an invocation", "first poll, 20 rules", "first answer, 1,000 rules", "go1, 1 at once", "custom, 200 at once",
	} {
		if !strings.Contains(report, part) {
			t.Errorf("the report does not have %q:\n%s", part, report)
		}
	}
	for m, values := range r.values {
		if slices.Min(values) < 0 || strings.HasPrefix(m.unit, "sec/") && slices.Min(values) == 0 {
			t.Errorf("%+v: %v", m, values)
		}
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"-rounds", "0"}, {"-what"}, {"more"}} {
		var stdout, stderr bytes.Buffer
		if err := run(args, &stdout, &stderr); err == nil || stdout.Len() > 0 {
			t.Errorf("%q: %v, %s", args, err, &stdout)
		}
	}
}

// TestPublished compares the documents and the picture with results.txt.
func TestPublished(t *testing.T) {
	const remedy = "is not what results.txt gives: cd bench && go run . -update"
	r, err := readResults(resultsFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.pages() {
		if page, want, err := p.insert(); err != nil {
			t.Error(err)
		} else if page != want {
			t.Errorf("%s %s", p.file, remedy)
		}
	}
	shown, err := os.ReadFile(pictureFile)
	if err != nil {
		t.Fatal(err)
	}
	if want, err := r.picture(); err != nil {
		t.Error(err)
	} else if !bytes.Equal(shown, want) {
		t.Errorf("%s %s", pictureFile, remedy)
	}
}

// TestValue checks what is published of several rounds.
func TestValue(t *testing.T) {
	file := filepath.Join(t.TempDir(), resultsFile)
	text := "go: go1.26\ncpu: X  \n" +
		"BenchmarkMatch/rules=10-2 \t 100 \t 30 ns/op \t 1 allocs/key\n" +
		"BenchmarkMatch/rules=1000 \t 1 \t 50 ns/op\n" +
		"PASS\nok  \tonput/rules\t1.0s\n" +
		"BenchmarkMatch/rules=10-2 \t 100 \t 20 ns/op \t 3 allocs/key\n" +
		"BenchmarkMatch/rules=10-2 \t 100 \t 40 ns/op \t 2 allocs/key\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := readResults(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := duration(r.seconds("Match/rules=10")); got != "20 ns" {
		t.Errorf("the fastest is %s", got)
	}
	if got := r.value("Match/rules=10", "allocs/key"); got != 2 {
		t.Errorf("the median is %v", got)
	}
	if got := r.value("Match/rules=10", "B/op"); got != 0 || r.has("Match") {
		t.Errorf("what was not measured is %v", got)
	}
	if got := r.counts("Match"); !slices.Equal(got, []int{10, 1000}) {
		t.Errorf("numbers of rules are %v", got)
	}
	if r.config["cpu"] != "X" || r.config["go"] != "go1.26" {
		t.Errorf("%v", r.config)
	}
}
