package main

import "testing"

// A variable of the Serverless Devs file hides that of the caller, even if it is empty.
func TestEnvironment(t *testing.T) {
	t.Setenv("ONPUT_TEST_A", "caller")
	t.Setenv("ONPUT_TEST_B", "caller")
	getenv := getenvWith(map[string]string{"ONPUT_TEST_A": "file", "ONPUT_TEST_B": ""})
	for name, want := range map[string]string{"ONPUT_TEST_A": "file", "ONPUT_TEST_B": "", "ONPUT_TEST_C": ""} {
		if got := getenv(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := getenvWith(nil)("ONPUT_TEST_A"); got != "caller" {
		t.Errorf("without a file ONPUT_TEST_A is %q", got)
	}
}
