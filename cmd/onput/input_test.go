package main

import (
	"os"
	"testing"
)

// Variables have the given values until restore, then those of before.
func TestSetenv(t *testing.T) {
	t.Setenv("ONPUT_TEST_SET", "before")
	restore := setenv(map[string]string{"ONPUT_TEST_SET": "within", "ONPUT_TEST_UNSET": ""})
	if _, ok := os.LookupEnv("ONPUT_TEST_UNSET"); !ok || os.Getenv("ONPUT_TEST_SET") != "within" {
		t.Error("the environment is not the function's")
	}
	restore()
	if _, ok := os.LookupEnv("ONPUT_TEST_UNSET"); ok || os.Getenv("ONPUT_TEST_SET") != "before" {
		t.Error("the environment is not what it was")
	}
}
