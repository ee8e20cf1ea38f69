package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The tests in this file start the binary with the settings that they are about, without the local cloud.

// runFunction runs the function until it ends. Its environment is env alone.
func runFunction(t *testing.T, env ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), functionPath)
	cmd.Env = append([]string{}, env...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.Run()
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

func TestRunElsewhere(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := runFunction(t)
	if code != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit status %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	for _, part := range []string{"FC_RUNTIME_API", "FC_SERVER_PORT", "onput run"} {
		if !strings.Contains(stderr, part) {
			t.Errorf("it does not say %s: %s", part, stderr)
		}
	}
}

// Our packages allocate next to nothing before main begins, because every start of an instance pays for it. A regular
// expression at package level takes 10 kB and more, and a good part of a millisecond.
func TestStartsLight(t *testing.T) {
	t.Parallel()
	_, _, trace := runFunction(t, "GODEBUG=inittrace=1") // it ends with status 2: nothing invokes it
	traced := regexp.MustCompile(`(?m)^init (\S+) @.*, (\d+) bytes, `).FindAllStringSubmatch(trace, -1)
	if len(traced) < 10 {
		t.Fatalf("no trace: %s", trace)
	}
	for _, init := range traced {
		name := init[1]
		if n, _ := strconv.Atoi(init[2]); n > 4<<10 && (name == "main" || strings.HasPrefix(name, "onput/")) {
			t.Errorf("%s takes %d bytes before main begins", name, n)
		}
	}
}

// settingsRules has a rule whose task fails for the key x.docx,y.
const settingsRules = `
version: 1
rules:
  - {name: a, match: "*.docx*", process: "doc/convert,target_png,source_{ext}", target: {bucket: acme-derived, key: "{barename}/{index}.png"}}
`

// upload is the record of an upload that names no region.
func upload(key string) string {
	quoted, _ := json.Marshal(key)
	return `{"eventName":"ObjectCreated:PutObject","oss":{"bucket":{"name":"acme-uploads"},"object":{"key":` + string(quoted) + `}}}`
}

// A setting that cannot be used fails every invocation with an error that names it, and does not end the process.
func TestSettings(t *testing.T) {
	t.Parallel()
	_, rules := writeRules(t, settingsRules)
	for _, tt := range []struct {
		env  []string
		want string // the error; "" for none
		mode string // if there is no error
	}{
		{env: nil, mode: "fire"},
		{env: []string{"ONPUT_MODE=fire", "LOG_LEVEL=info", "OSS_ENDPOINT=internal", "FC_REGION=cn-hangzhou"}, mode: "fire"},
		{env: []string{"ONPUT_MODE=log", "LOG_LEVEL=error"}, mode: "log"},
		{env: []string{"LOG_LEVEL=debug", "OSS_ENDPOINT=http://127.0.0.1:9000", "OSS_REGION=cn-beijing"}, mode: "fire"},
		{env: []string{"ONPUT_MODE=fier"}, want: `ONPUT_MODE is "fier"; want one of fire, log`},
		{env: []string{"LOG_LEVEL=INFO"}, want: `LOG_LEVEL is "INFO"; want one of debug, info, warn, error`},
		{env: []string{"OSS_ENDPOINT=nowhere"}, want: "OSS_ENDPOINT is not understood; want internal, public, or a URL such as https://oss-cn-hangzhou.aliyuncs.com"},
		{env: []string{"OSS_REGION=no region"}, want: `OSS_REGION is "no region"; want a region such as cn-hangzhou`},
		{env: []string{"ONPUT_RULES=oss://bucket"}, want: `ONPUT_RULES is "oss://bucket"; want a path, or oss://BUCKET/KEY`},
	} {
		t.Run(strings.Join(tt.env, " "), func(t *testing.T) {
			t.Parallel()
			p := startProcess(t, "FC_SERVER_PORT", append([]string{"ONPUT_RULES=" + rules}, tt.env...)...)
			if tt.want != "" {
				for range 2 {
					p.wantError(upload("a.txt"), "SettingsError", tt.want)
				}
				return
			}
			if status, answer := p.request("POST", "/invoke", upload("a.txt")); status != 200 {
				t.Errorf("%d %s", status, answer)
			}
			// Without credentials a task that is to be submitted fails before anything is sent.
			status, answer := p.request("POST", "/invoke", upload("a.docx"))
			if logged := status == 200 && strings.Contains(answer, `"status":"logged"`); logged != (tt.mode == "log") {
				t.Errorf("want mode %s: %d %s", tt.mode, status, answer)
			}
		})
	}
}

// wantError invokes the function and compares its error.
func (p *functionProcess) wantError(payload, errorType, message string) {
	p.t.Helper()
	status, answer := p.request("POST", "/invoke", payload)
	var failure struct{ ErrorType, ErrorMessage string }
	if err := json.Unmarshal([]byte(answer), &failure); err != nil || status != 404 || failure.ErrorType != errorType || failure.ErrorMessage != message {
		p.t.Errorf("%d %s\nwant %s: %s", status, answer, errorType, message)
	}
}

// The log has the lines of LOG_LEVEL and above.
func TestLogLevel(t *testing.T) {
	skipWithoutSignals(t)
	t.Parallel()
	_, rules := writeRules(t, settingsRules)
	levels := []string{"DEBUG", "INFO", "WARN", "ERROR"}
	for _, tt := range []struct{ env, lowest string }{
		{"", "INFO"}, {"LOG_LEVEL=debug", "DEBUG"}, {"LOG_LEVEL=info", "INFO"}, {"LOG_LEVEL=warn", "WARN"}, {"LOG_LEVEL=error", "ERROR"},
		{"LOG_LEVEL=INFO", "INFO"}, // not understood
	} {
		t.Run(tt.env, func(t *testing.T) {
			t.Parallel()
			p := startProcess(t, "FC_SERVER_PORT", "ONPUT_RULES="+rules, "ONPUT_MODE=log", tt.env)
			// One invocation for each level: a line for debugging, a task, a task that would fail, and a payload that is no event.
			for _, payload := range []string{upload("a.txt"), upload("a.docx"), upload("x.docx,y"), "hello"} {
				p.request("POST", "/invoke", payload)
			}
			p.stop()
			got := map[string]bool{}
			for line := range strings.Lines(p.output.String()) {
				var entry struct{ Level string }
				if json.Unmarshal([]byte(line), &entry) == nil {
					got[entry.Level] = true
				}
			}
			for i, level := range levels {
				want := i >= slices.Index(levels, tt.lowest)
				if tt.env == "LOG_LEVEL=INFO" { // every invocation fails
					want = level == "ERROR"
				}
				if got[level] != want {
					t.Errorf("%s lines: %v, want %v\n%s", level, got[level], want, &p.output)
				}
			}
		})
	}
}

// Without OSS_ENDPOINT and OSS_REGION requests go to the internal endpoint of FC_REGION. The error tells which name was
// looked up. No name server is asked: a part of the name is longer than the 63 characters that the DNS allows.
func TestEndpoint(t *testing.T) {
	t.Parallel()
	_, rules := writeRules(t, settingsRules)
	long := strings.Repeat("x", 60)
	for _, tt := range []struct {
		env  []string
		host string
	}{
		{[]string{"FC_REGION=cn-nowhere-" + long}, "acme-uploads.oss-cn-nowhere-" + long + "-internal.aliyuncs.com"},
		{[]string{"FC_REGION=cn-nowhere", "OSS_REGION=cn-elsewhere-" + long}, "acme-uploads.oss-cn-elsewhere-" + long + "-internal.aliyuncs.com"},
		{[]string{"FC_REGION=cn-nowhere-" + long, "OSS_ENDPOINT=public"}, "acme-uploads.oss-cn-nowhere-" + long + ".aliyuncs.com"},
		{[]string{"FC_REGION=cn-nowhere", "OSS_ENDPOINT=http://onput-" + long + ".invalid"}, "acme-uploads.onput-" + long + ".invalid"},
	} {
		t.Run(strings.Join(tt.env, " "), func(t *testing.T) {
			t.Parallel()
			p := startProcess(t, "FC_SERVER_PORT", append([]string{"ONPUT_RULES=" + rules, "OSS_ACCESS_KEY_ID=id", "OSS_ACCESS_KEY_SECRET=secret"}, tt.env...)...)
			if status, answer := p.request("POST", "/invoke", upload("a.docx")); status != 404 || !strings.Contains(answer, "lookup "+tt.host+": ") {
				t.Errorf("%d %s; want a lookup of %s", status, answer, tt.host)
			}
		})
	}
}

// Without ONPUT_RULES the rules are read from the program's own folder, wherever it is started.
func TestRulesBesideProgram(t *testing.T) {
	t.Parallel()
	status, answer := startProcess(t, "FC_SERVER_PORT").request("POST", "/invoke", "")
	if want := filepath.Join(filepath.Dir(functionPath), "rules.yaml"); status != 404 || !strings.Contains(answer, `"errorType":"RulesError"`) || !strings.Contains(answer, want) {
		t.Errorf("%d %s; want one about %s", status, answer, want)
	}
}

// A Runtime API that is gone is not polled thousands of times a second: ten polls take the ten pauses. FC_RUNTIME_API wins
// over a port.
func TestRuntimeAPIGone(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(functionPath)
	cmd.Env = []string{"FC_RUNTIME_API=" + unusedAddress(t), "FC_SERVER_PORT=9000", "FC_CUSTOM_LISTEN_PORT=9000"}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	lines := bufio.NewScanner(stderr)
	for range 10 {
		if !lines.Scan() || !strings.Contains(lines.Text(), "failed to get the next invoke") {
			t.Fatalf("%q, %v", lines.Text(), lines.Err())
		}
	}
	if took := time.Since(began); took < 1023*time.Millisecond {
		t.Errorf("ten polls in %v", took)
	}
}
