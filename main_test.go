package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"onput/handler"
	"onput/process"
	"onput/rules"
)

func TestRunElsewhere(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run(func(string) string { return "" }, &stdout, &stderr)
	if code != 2 || stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("exit status %d, stdout %q, stderr %q", code, &stdout, &stderr)
	}
	for _, part := range []string{"FC_RUNTIME_API", "FC_SERVER_PORT", "onput run"} {
		if !strings.Contains(stderr.String(), part) {
			t.Errorf("it does not say %s: %s", part, &stderr)
		}
	}
}

// TestStartsLight: what our packages do before main begins is next to nothing, because every start of an instance pays for
// it. A regular expression at the level of a package takes some 10 kB and more, and a good part of a millisecond.
func TestStartsLight(t *testing.T) {
	t.Parallel()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Env = []string{"GODEBUG=inittrace=1"}
	trace, _ := cmd.CombinedOutput() // it ends with status 2: nothing invokes it
	traced := regexp.MustCompile(`(?m)^init (\S+) @.*, (\d+) bytes, `).FindAllSubmatch(trace, -1)
	if len(traced) < 10 {
		t.Fatalf("no trace: %s", trace)
	}
	for _, init := range traced {
		name := string(init[1])
		if n, _ := strconv.Atoi(string(init[2])); n > 4<<10 && (name == "main" || strings.HasPrefix(name, "onput/")) {
			t.Errorf("%s takes %d bytes before main begins", name, n)
		}
	}
}

// TestSettings: every setting that cannot be used ends every invocation with an error that names it, and not the process.
func TestSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(path, []byte("version: 1\nrules:\n  - name: a\n    match: \"*.docx\"\n"+
		"    process: doc/convert,target_png,source_docx\n    target: {bucket: acme-derived, key: \"{barename}/{index}.png\"}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	const none = `{"eventName":"ObjectCreated:PutObject","oss":{"bucket":{"name":"acme-uploads"},"object":{"key":"a.txt"}}}`
	tests := []struct {
		env     map[string]string
		logOnly bool
		level   slog.Level
		want    string // the error; "" for none
	}{
		{env: map[string]string{}},
		{env: map[string]string{"ONPUT_MODE": "fire", "LOG_LEVEL": "info", "OSS_ENDPOINT": "internal", "FC_REGION": "cn-hangzhou"}},
		{env: map[string]string{"ONPUT_MODE": "log", "LOG_LEVEL": "error"}, logOnly: true, level: slog.LevelError},
		{env: map[string]string{"LOG_LEVEL": "debug", "OSS_ENDPOINT": "http://127.0.0.1:9000", "OSS_REGION": "cn-beijing"}, level: slog.LevelDebug},
		{env: map[string]string{"ONPUT_MODE": "fier"}, want: `ONPUT_MODE is "fier"; want one of fire, log`},
		{env: map[string]string{"LOG_LEVEL": "INFO"}, want: `LOG_LEVEL is "INFO"; want one of debug, info, warn, error`},
		{env: map[string]string{"OSS_ENDPOINT": "nowhere"}, want: "OSS_ENDPOINT is not understood; want internal, public, or a URL such as https://oss-cn-hangzhou.aliyuncs.com"},
		{env: map[string]string{"OSS_REGION": "no region"}, want: `OSS_REGION is "no region"; want a region such as cn-hangzhou`},
		{env: map[string]string{"ONPUT_RULES": "oss://bucket"}, want: `ONPUT_RULES is "oss://bucket"; want a path, or oss://BUCKET/KEY`},
	}
	for _, test := range tests {
		if test.env["ONPUT_RULES"] == "" {
			test.env["ONPUT_RULES"] = path
		}
		var stdout bytes.Buffer
		h := newHandler(func(name string) string { return test.env[name] }, &stdout)
		_, err := h.Invoke(t.Context(), []byte(none))
		var settings *handler.SettingsError
		switch {
		case test.want == "":
			if err != nil {
				t.Errorf("%v: %v", test.env, err)
			}
		case !errors.As(err, &settings) || err.Error() != test.want:
			t.Errorf("%v: %T %v\nwant %s", test.env, err, err, test.want)
		}
		if h.LogOnly != test.logOnly || !h.Log.Enabled(context.Background(), test.level) || h.Log.Enabled(context.Background(), test.level-1) {
			t.Errorf("%v: log only: %v, not level %v", test.env, h.LogOnly, test.level)
		}
	}
}

// TestWhereTo: without OSS_ENDPOINT and OSS_REGION requests go to the internal endpoint of FC_REGION. No name is looked up
// for real; the error tells which one would be.
func TestWhereTo(t *testing.T) {
	resolver := net.DefaultResolver
	defer func() { net.DefaultResolver = resolver }()
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no network in this test")
	}}
	t.Setenv("OSS_ACCESS_KEY_ID", "id")
	t.Setenv("OSS_ACCESS_KEY_SECRET", "secret")
	var tries sync.WaitGroup
	for _, test := range []struct {
		env  map[string]string
		host string
	}{
		{map[string]string{"FC_REGION": "cn-nowhere"}, "acme-uploads.oss-cn-nowhere-internal.aliyuncs.com"},
		{map[string]string{"FC_REGION": "cn-nowhere", "OSS_REGION": "cn-elsewhere"}, "acme-uploads.oss-cn-elsewhere-internal.aliyuncs.com"},
		{map[string]string{"FC_REGION": "cn-nowhere", "OSS_ENDPOINT": "public"}, "acme-uploads.oss-cn-nowhere.aliyuncs.com"},
		{map[string]string{"FC_REGION": "cn-nowhere", "OSS_ENDPOINT": "http://onput.invalid"}, "acme-uploads.onput.invalid"},
	} {
		tries.Go(func() { // side by side, because of the pauses between the tries of each
			h := newHandler(func(name string) string { return test.env[name] }, new(bytes.Buffer))
			task := rules.Task{Source: process.Location{Bucket: "acme-uploads", Key: "a.docx"}, Process: "doc/convert,target_png"}
			_, err := h.Submitter.Submit(t.Context(), &rules.Upload{}, &task)
			if err == nil || !strings.Contains(err.Error(), "lookup "+test.host+": ") && !strings.Contains(err.Error(), "lookup "+test.host+" on ") {
				t.Errorf("%v: %v; want a lookup of %s", test.env, err, test.host)
			}
		})
	}
	tries.Wait()
}

// TestRulesBesideProgram: without ONPUT_RULES the rules are looked for in the program's folder, wherever it is started.
func TestRulesBesideProgram(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	_, err = newHandler(func(string) string { return "" }, new(bytes.Buffer)).Invoke(t.Context(), nil)
	var rules *handler.RulesError
	if want := filepath.Join(filepath.Dir(program), "rules.yaml"); !errors.As(err, &rules) || !strings.Contains(err.Error(), want) {
		t.Errorf("%T %v; want one about %s", err, err, want)
	}
}
