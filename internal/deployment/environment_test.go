package deployment

import (
	"testing"

	"onput/internal/serverlessdevs"
)

// The caller's variables count without a Serverless Devs file, and with one the file's alone.
func TestEnvironment(t *testing.T) {
	t.Setenv("ONPUT_TEST_A", "caller")
	t.Setenv("ONPUT_TEST_B", "caller")
	variables := map[string]string{"ONPUT_TEST_A": "file"}
	for _, tt := range []struct {
		name       string
		in         Environment
		a, b, none string
	}{
		{"caller", CallersEnvironment(nil), "caller", "caller", ""},
		{"caller and others", CallersEnvironment(variables), "file", "caller", ""},
		{"file", NewEnvironment(serverlessdevs.Function{File: "s.yaml", Environment: variables}), "file", "", ""},
		{"no file", NewEnvironment(), "caller", "caller", ""},
		{"no function", NewEnvironment(serverlessdevs.Function{}), "caller", "caller", ""},
	} {
		if a, b, none := tt.in.Get("ONPUT_TEST_A"), tt.in.Get("ONPUT_TEST_B"), tt.in.Get("ONPUT_TEST_C"); a != tt.a || b != tt.b || none != tt.none {
			t.Errorf("%s: %q, %q, %q; want %q, %q, %q", tt.name, a, b, none, tt.a, tt.b, tt.none)
		}
	}
}
