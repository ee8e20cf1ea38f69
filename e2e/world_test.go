package e2e

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"onput/internal/localcloud"
)

// world is a local cloud in which the function is deployed, and the uploader's client.
type world struct {
	*localcloud.Cloud
	t      testing.TB
	client *oss.Client
	role   localcloud.Credential // of the function
	dir    string                // of the local OSS
	rules  string                // path of the rule file

	firstRules string // the text in the rule file at the start
	ruleObject string // oss://BUCKET/KEY if the rules are in OSS instead
	accesses   accesses

	tooManyRules bool // to derive policies from in the time of a test

	starts    atomic.Int32 // of the function's process
	onLogLine func(string) // if not nil, called with each line of the function's log; set before the first invocation

	mu      sync.Mutex
	log     []string
	exits   []string // statuses of the function's processes that ended
	results []localcloud.Result
	events  []string // payloads of the invocations
}

// fcRuntime names one of Function Compute's runtimes, as the local cloud does.
type fcRuntime string

// inEachRuntime runs a test in both runtimes at once.
func inEachRuntime(t *testing.T, test func(t *testing.T, in fcRuntime)) {
	t.Parallel()
	inRuntimes(t, test, "go1", "custom")
}

// inAnyRuntime is like inEachRuntime, for tests of code that does not depend on the runtime: short tests run it in one.
func inAnyRuntime(t *testing.T, test func(t *testing.T, in fcRuntime)) {
	t.Parallel()
	if testing.Short() {
		inRuntimes(t, test, "custom")
		return
	}
	inRuntimes(t, test, "go1", "custom")
}

func inRuntimes(t *testing.T, test func(t *testing.T, in fcRuntime), runtimes ...fcRuntime) {
	for _, in := range runtimes {
		t.Run(string(in), func(t *testing.T) {
			t.Parallel()
			test(t, in)
		})
	}
}

// defaultTimeout is the function's timeout, long enough for a busy machine.
const defaultTimeout = time.Minute

// newWorld deploys the function with a rule file.
// Its triggers fire for every ObjectCreated event of the bucket src, and for messages of the topic done.
func (in fcRuntime) newWorld(t *testing.T, rules string, env ...string) *world {
	t.Helper()
	return in.newWorldWithin(t, defaultTimeout, rules, env...)
}

// newWorldWithin is like newWorld, with a timeout of the function.
func (in fcRuntime) newWorldWithin(t *testing.T, timeout time.Duration, rules string, env ...string) *world {
	t.Helper()
	return in.newWorldWith(t, rules, func(_ *localcloud.Options, f *localcloud.Function) { f.Timeout, f.Env = timeout, env })
}

// newWorldWith is like newWorld, but change may modify the options of cloud and function first. Env comes in addition to
// the settings for rules and OSS.
func (in fcRuntime) newWorldWith(t testing.TB, rules string, change func(*localcloud.Options, *localcloud.Function)) *world {
	t.Helper()
	dir, file := writeRules(t, rules)
	w := &world{t: t, dir: filepath.Join(dir, "oss"), rules: file, firstRules: rules, role: localcloud.Credential{
		AccessKeyID: "STS.function", AccessKeySecret: "very-secret-of-the-function", SecurityToken: "token-of-the-function"}}
	options := localcloud.Options{Dir: w.dir, Watch: w.watch}
	f := localcloud.Function{
		Binary:      functionPath,
		Runtime:     string(in),
		Concurrency: map[fcRuntime]int{"go1": 1, "custom": localcloud.MaxConcurrency}[in],
		Timeout:     defaultTimeout,
		Credential:  w.role,
		Triggers:    []localcloud.Trigger{{Bucket: "src", Events: []string{"oss:ObjectCreated:*"}}},
		Topics:      []localcloud.TopicTrigger{{Topic: "done", Format: "JSON"}},
	}
	change(&options, &f)
	var err error
	if w.Cloud, err = localcloud.Start(options); err != nil {
		t.Fatal(err)
	}
	for _, setting := range f.Env {
		if place, ok := strings.CutPrefix(setting, "ONPUT_RULES=oss:"); ok {
			w.ruleObject = "oss:" + place
		}
	}
	t.Cleanup(func() {
		w.checkAllowed()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		w.checkSecrets()
		if n := len(w.exits); in == "custom" && n > 0 && w.exits[n-1] != "exit status 0" && runtime.GOOS != "windows" { // it has no SIGTERM
			t.Errorf("the last process ended with %v", w.exits)
		}
	})
	for _, bucket := range []string{"src", "dst"} {
		if err := w.CreateBucket(bucket); err != nil {
			t.Fatal(err)
		}
	}
	f.Env = append([]string{"ONPUT_RULES=" + file, "OSS_ENDPOINT=" + w.Endpoint()}, f.Env...)
	if err := w.Deploy(f); err != nil {
		t.Fatal(err)
	}
	w.client = clientOf(w.OSS)
	return w
}

// writeRules writes a rule file into a folder of the test's own.
func writeRules(t testing.TB, rules string) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	file = filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(file, []byte(rules), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir, file
}

// clientOf returns a client of an OSS with the uploader's credentials.
func clientOf(o *localcloud.OSS) *oss.Client {
	owner := o.Credential()
	return oss.NewClient(oss.LoadDefaultConfig().
		WithRegion(o.Region()).
		WithEndpoint(o.Endpoint()).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(owner.AccessKeyID, owner.AccessKeySecret)))
}

// watch records an event of the local cloud.
func (w *world) watch(e localcloud.Event) {
	w.accesses.watch(e)
	switch e := e.(type) {
	case localcloud.FunctionStarted:
		w.starts.Add(1)
	case localcloud.FunctionExited:
		w.mu.Lock()
		defer w.mu.Unlock()
		w.exits = append(w.exits, e.Status)
	case localcloud.InvocationStarted:
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events = append(w.events, string(e.Payload))
	case localcloud.InvocationEnded:
		w.mu.Lock()
		defer w.mu.Unlock()
		w.results = append(w.results, e.Result)
	case localcloud.LogLine:
		w.mu.Lock()
		defer w.mu.Unlock()
		w.log = append(w.log, e.Text)
		if w.onLogLine != nil {
			w.onLogLine(e.Text)
		}
	}
}

// checkSecrets looks for credentials and signatures in everything that the function wrote: its log, answers and errors,
// the records at the onFailure destination, and the objects in OSS.
func (w *world) checkSecrets() {
	w.mu.Lock()
	defer w.mu.Unlock()
	look := func(what, text string) {
		for _, secret := range []string{w.role.AccessKeyID, w.role.AccessKeySecret, w.role.SecurityToken, "OSS4-HMAC", "Signature=", "Authorization"} {
			if strings.Contains(text, secret) {
				w.t.Errorf("%s holds %q: %s", what, secret, text)
			}
		}
	}
	for _, line := range w.log {
		look("the log", line)
		w.checkLogLine(line)
	}
	for _, r := range w.results {
		look("an answer", string(r.Answer))
		look("an error", r.ErrorType+" "+r.ErrorMessage)
		if n := len(r.ErrorMessage); n > 16<<10 {
			w.t.Errorf("an error has %d bytes", n)
		}
	}
	for _, f := range w.Failures() {
		look("what onFailure got", f.Payload)
	}
	err := filepath.WalkDir(w.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		look(path, string(content))
		return err
	})
	if err != nil {
		w.t.Error(err)
	}
}

// runtimeLine matches the log lines of the FC SDK and of the custom runtime: start and end of an invocation, and the
// document of an error.
var runtimeLine = regexp.MustCompile(`^(FC \w+ (Start|End) RequestId: .*|\d{4}/\d\d/\d\d \S+  ?\S+ \[ERROR\] \{| "error(Message|Type)": ".*",?|\})$`)

// checkLogLine checks that the function or its runtime wrote a log line. Untrusted input, such as keys and messages, must
// not start a line of its own, nor be obeyed by the terminal that shows the log.
func (w *world) checkLogLine(line string) {
	if strings.ContainsFunc(line, func(r rune) bool { return !strconv.IsGraphic(r) }) {
		w.t.Errorf("a line that does not print: %q", line)
	}
	if runtimeLine.MatchString(line) {
		return
	}
	var entry struct{ Time, Level, Msg string }
	if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Time == "" || entry.Level == "" ||
		!slices.Contains([]string{"task", "skipped", "unmatched", "invocation", "completed", "failed", "rules read", "rules not read again; the last good version stays in force"}, entry.Msg) {
		w.t.Errorf("a line that the log should not have: %q", line)
	}
}

// put uploads an object to src and waits until the function has handled it.
func (w *world) put(key string) {
	w.t.Helper()
	_, err := w.client.PutObject(w.t.Context(), &oss.PutObjectRequest{
		Bucket: oss.Ptr("src"), Key: oss.Ptr(key), Body: strings.NewReader("content")})
	if err != nil {
		w.t.Fatal(err)
	}
	w.drain()
}

// drain waits until the function has handled everything.
func (w *world) drain() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Minute)
	defer cancel()
	if err := w.Drain(ctx); err != nil {
		w.t.Fatal(err)
	}
}

// invoke invokes the function synchronously.
func (w *world) invoke(payload string) localcloud.Result {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Minute)
	defer cancel()
	r, err := w.Invoke(ctx, []byte(payload))
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// invokeToTheEnd invokes the function with a payload that takes all of its time. If a busy machine exceeds the second that
// the function reserves for its report, it invokes it once more.
func (w *world) invokeToTheEnd(payload string) localcloud.Result {
	w.t.Helper()
	r := w.invoke(payload)
	if r.ErrorType == "FunctionTimedOut" {
		w.t.Log("invoked again after a timeout")
		r = w.invoke(payload)
	}
	return r
}

// bodies returns the process strings that OSS took.
func (w *world) bodies() []string {
	var all []string
	for _, p := range w.Processes() {
		if p.AccessKeyID != w.role.AccessKeyID {
			w.t.Errorf("sent with the key %s, not the function's", p.AccessKeyID)
		}
		all = append(all, strings.TrimPrefix(p.Body, "x-oss-async-process="))
	}
	return all
}

// record returns an event record of an upload to src.
func record(key string) string {
	quoted, _ := json.Marshal(key)
	return `{"eventName":"ObjectCreated:PutObject","eventSource":"acs:oss","eventTime":"2026-01-02T03:04:05.000Z","region":"cn-hangzhou",` +
		`"oss":{"bucket":{"name":"src","arn":"acs:oss:cn-hangzhou:1:src"},"object":{"key":` + string(quoted) + `,"size":7,"eTag":"E"}},` +
		`"responseElements":{"requestId":"58F9FF2D3DF792092E12044C"}}`
}

const pdfRules = `
version: 1
sources: [src]
rules:
  - {name: pdf, match: {key: "*.docx", not: ".onput/**"}, process: "doc/convert,target_pdf", target: {bucket: dst, key: "{dirname}/{barename}.pdf"}}
`
