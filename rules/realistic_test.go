package rules

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRealisticFilesAreSilent loads the files of testdata/realistic, which people in forty jobs could have written. They hold no
// mistakes, so a finding about one is a false alarm.
func TestRealisticFilesAreSilent(t *testing.T) {
	names, err := filepath.Glob("testdata/realistic/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 40 {
		t.Fatalf("%d files", len(names))
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := Load(name, src, Options{Getenv: func(string) string { return "" }})
		if err != nil {
			t.Error(err)
			continue
		}
		if len(file.Warnings) > 0 {
			t.Error(file.Warnings)
		}
		for _, result := range file.RunTests() {
			if !result.Passed() {
				t.Errorf("%s: upload %s does not fire what its test says", name, result.Test.Upload.Key)
			}
		}
	}
}
