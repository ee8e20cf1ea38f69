package text

import "testing"

func TestClosest(t *testing.T) {
	words := []string{"match", "process", "target", "notify", "stop", "outputs"}
	for word, want := range map[string]string{
		"mach":    "match",
		"mtach":   "match",
		"proces":  "process",
		"traget":  "target",
		"output":  "outputs",
		"stp":     "stop",
		"target":  "", // the word itself is no suggestion
		"xyzzy":   "",
		"":        "",
		"m":       "",
		"notifys": "notify",
	} {
		if got := Closest(word, words); got != want {
			t.Errorf("Closest(%q) = %q, want %q", word, got, want)
		}
	}
}
