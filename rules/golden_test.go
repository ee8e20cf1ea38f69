package rules

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onput/process"
)

var update = flag.Bool("update", false, "write what comes out into the golden files")

// TestErrors compares the diagnostics of each file in testdata/err with the .out file next to it.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("../testdata/err/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := Parse(name, src)
			var got Diagnostics
			if !errors.As(err, &got) {
				got = s.Warnings()
			}
			if len(got) == 0 {
				t.Error("nothing is said about the file")
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".out"
			text := got.Error() + "\n"
			if *update {
				if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), text); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFine loads files that have no errors and no warnings, including the rules that are deployed.
func TestFine(t *testing.T) {
	files, err := filepath.Glob("../testdata/ok/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range append(files, "rules.yaml") {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Parse(file, src)
		if err != nil {
			t.Error(err)
			continue
		}
		if warnings := s.Warnings(); len(warnings) > 0 {
			t.Error(warnings)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"../testdata/err/*.yaml", "../testdata/ok/*.yaml", "rules.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src, "incoming/documents/a.docx")
		}
	}
	f.Fuzz(func(t *testing.T, src []byte, key string) {
		s, err := Parse("rules.yaml", src)
		if err != nil {
			d, ok := err.(Diagnostics)
			if !ok || len(d) == 0 {
				t.Fatalf("an error without diagnostics: %v", err)
			}
			for _, one := range d {
				if one.Line > 0 && one.Column < 1 || one.Width < 1 || one.Code == "" || one.Message == "" {
					t.Fatalf("incomplete: %+v", one)
				}
			}
			if d.Error() == "" {
				t.Fatal("no text")
			}
			return
		}
		s.Warnings()
		for _, task := range s.Match(put(key)) {
			if task.Err != nil {
				continue
			}
			if r, err := process.Parse(task.Request()); err != nil || r.String() != task.Request() {
				t.Fatalf("what is sent does not parse: %v: %+v", err, task)
			}
		}
	})
}
