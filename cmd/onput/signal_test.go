//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A signal ends a command that waits for its input. The system ends commands that have nothing to clean up.
func TestInterruptedWhileReading(t *testing.T) {
	t.Parallel()
	rules := filepath.Join(root, "rules", "rules.yaml")
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args   []string
		input  string // "" for standard input
		sig    syscall.Signal
		status int // -1 if the signal ends the process
	}{
		{[]string{"replay", "--rules", rules, "-"}, "", syscall.SIGINT, 130},
		{[]string{"replay", "--rules", rules, "-"}, "", syscall.SIGTERM, 143},
		{[]string{"replay", "--rules", rules, pipe}, pipe, syscall.SIGINT, 130},
		{[]string{"check", "-"}, "", syscall.SIGINT, -1},
		{[]string{"explain", "a.docx", pipe}, pipe, syscall.SIGTERM, -1},
	} {
		cmd := exec.CommandContext(t.Context(), "onput", tt.args...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		input, err := cmd.StdinPipe()
		if err := errors.Join(err, cmd.Start()); err != nil {
			t.Fatal(err)
		}
		if tt.input != "" {
			if input, err = os.OpenFile(tt.input, os.O_WRONLY, 0); err != nil { // once the command opens it, too
				t.Fatal(err)
			}
		}
		// More than a pipe holds, so that the command is reading.
		_, err = io.WriteString(input, strings.Repeat(" ", 1<<20))
		if err := errors.Join(err, cmd.Process.Signal(tt.sig)); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		input.Close()
		if state := cmd.ProcessState; state.ExitCode() != tt.status || tt.status < 0 && state.Sys().(syscall.WaitStatus).Signal() != tt.sig {
			t.Errorf("%q, %v: %v, %s", tt.args, tt.sig, state, &out)
		}
	}
}

// The second signal ends a replay that waits for OSS to answer a submission.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	submitted := make(chan bool, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		submitted <- true
		<-r.Context().Done()
	}))
	defer server.Close()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cmd := exec.CommandContext(t.Context(), "onput", "replay", "--yes", "--again", "--done", filepath.Join(dir, "log"), "--rules", file("rules.yaml", "version: 1\n"+failingRules),
		"--region", "cn-hangzhou", "--endpoint", server.URL, file("dlq.json", delivered("1", eventOf("a.docx"))))
	cmd.Env = append(os.Environ(), "OSS_ACCESS_KEY_ID=id", "OSS_ACCESS_KEY_SECRET=secret")
	stderr, err := cmd.StderrPipe()
	if err := errors.Join(err, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	<-submitted
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	if line, err := lines.ReadString('\n'); line != "onput: interrupted; a second signal ends it immediately\n" {
		t.Errorf("%q, %v", line, err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, lines)
	cmd.Wait()
	if state := cmd.ProcessState; state.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
		t.Error(state)
	}
}

// An interrupted package leaves the earlier one as it is.
func TestPackageInterrupted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// The go command of the test says that it builds, and does not end by itself.
	const fakeGo = "#!/bin/sh\nif [ $1 = env ]; then echo '{}'; exit; fi\necho building >&2\nexec sleep 1000\n"
	out := filepath.Join(dir, "target")
	earlier := map[string]string{packagedFunction: "earlier function", packagedRules: "# checked by onput package: " + strings.Repeat("0", 64) + "\n"}
	err := errors.Join(os.Mkdir(out, 0o755), os.WriteFile(filepath.Join(dir, "go"), []byte(fakeGo), 0o755))
	for name, text := range earlier {
		err = errors.Join(err, os.WriteFile(filepath.Join(out, name), []byte(text), 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "onput", "package", "--dir", root, "--out", out)
	cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	stderr, err := cmd.StderrPipe()
	if err := errors.Join(err, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	if line, err := lines.ReadString('\n'); line != "building\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, lines)
	if cmd.Wait(); cmd.ProcessState.ExitCode() != 130 {
		t.Error(cmd.ProcessState)
	}
	if left := names(t, out); len(left) != 2 {
		t.Errorf("left: %q", left)
	}
	for name, text := range earlier {
		if got, err := os.ReadFile(filepath.Join(out, name)); string(got) != text {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
