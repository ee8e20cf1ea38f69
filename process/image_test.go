package process

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// linesOf returns the lines of a file of testdata without comments and empty ones.
func linesOf(t testing.TB, name string) (all []string) {
	src, err := os.ReadFile("../testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(src)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all
}

// Every documented process of images is parsed, printed byte for byte and free of errors.
func TestDocumentedImages(t *testing.T) {
	lines := linesOf(t, "images.txt")
	if len(lines) < 28 {
		t.Fatalf("only %d lines", len(lines))
	}
	for _, line := range lines {
		s, want, ok := strings.Cut(line, " -> ")
		if !ok {
			want = s
		}
		r, err := Parse(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if got := r.String(); got != want {
			t.Errorf("%s\nis printed as %s\n        want %s", s, got, want)
		}
		if again, err := Parse(want); err != nil || cmp.Diff(r, again) != "" {
			t.Errorf("%s: printed and parsed again it differs: %v %s", s, err, cmp.Diff(r, again))
		}
		for _, p := range r.CheckOperation() {
			if !p.Warning {
				t.Errorf("%s: %s", s, p.Message)
			}
		}
		if style := strings.HasPrefix(s, "style/"); r.Synchronous() == style {
			t.Errorf("%s: synchronous is %v", s, r.Synchronous())
		}
	}
}

// A misspelt action after an encoded value is an action, and a part of a value that looks like none belongs to the value.
func TestActionAfterValue(t *testing.T) {
	for s, want := range map[string]string{
		"image/watermark,text_YWJj/formatt,webp":      "watermark formatt",
		"image/watermark,text_YWJj/info":              "watermark info",
		"image/watermark,text_Pz8/Pz8/blur,r_1,s_1":   "watermark blur",
		"image/watermark,text_Pz8/YWJj,g_se/rotate,9": "watermark rotate",
	} {
		r, err := Parse(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		var names []string
		for _, a := range r.Actions() {
			names = append(names, a.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s has the actions %s, want %s", s, got, want)
		}
	}
}

// Every process that OSS is documented to refuse is an error.
func TestRefusedImages(t *testing.T) {
	lines := linesOf(t, "images-refused.txt")
	if len(lines) != 53 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, line := range lines {
		code, s, _ := strings.Cut(line, " ")
		r, err := Parse(s)
		if err != nil {
			t.Logf("%s: %v", s, err)
			continue
		}
		failed := ""
		for _, p := range r.CheckOperation() {
			if !p.Warning {
				failed = p.Message
			}
		}
		if failed == "" {
			t.Errorf("%s is no error, but OSS refuses it: %s", s, code)
		}
		t.Logf("%s: %s", s, failed)
	}
}
