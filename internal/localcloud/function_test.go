package localcloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/fc-runtime-go-sdk/fc"
	"github.com/aliyun/fc-runtime-go-sdk/fc/messages"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"
	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
)

// TestMain runs the test binary as a function, with the SDK of real functions, if a runtime started it.
func TestMain(m *testing.M) {
	switch os.Getenv("TEST_FUNCTION") {
	case "":
		os.Exit(m.Run())
	case "broken":
		fmt.Println("cannot start")
		os.Exit(3)
	}
	if port := os.Getenv("FC_SERVER_PORT"); port != "" {
		log.Fatal(http.ListenAndServe("0.0.0.0:"+port, http.HandlerFunc(serve)))
	}
	fc.Start(handle)
}

// serve serves the handler as a custom runtime, doing what the SDK does in the built-in one.
func serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/invoke" {
		fmt.Println("hook:", r.Method, r.URL.Path)
		return
	}
	payload, _ := io.ReadAll(r.Body)
	if string(payload) == `{"do":"503"}` {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "not now")
		fmt.Println("FC Invoke End RequestId:", r.Header.Get("x-fc-request-id"))
		return
	}
	number := func(name string) int { n, _ := strconv.Atoi(r.Header.Get(name)); return n }
	req := &messages.InvokeRequest{
		Payload:   payload,
		RequestId: r.Header.Get("x-fc-request-id"),
		Context: fccontext.FcContext{
			Credentials: fccontext.Credentials{AccessKeyId: r.Header.Get("x-fc-access-key-id"),
				AccessKeySecret: r.Header.Get("x-fc-access-key-secret"), SecurityToken: r.Header.Get("x-fc-security-token")},
			Function: fccontext.Function{Name: r.Header.Get("x-fc-function-name"), Memory: r.Header.Get("x-fc-function-memory"),
				Timeout: number("x-fc-function-timeout")},
			Region: r.Header.Get("x-fc-region"), AccountId: r.Header.Get("x-fc-account-id"), RetryCount: number("x-fc-retry-count"),
		},
	}
	deadline := number("x-fc-function-deadline")
	req.Deadline.Seconds, req.Deadline.Nanos = int64(deadline/1000), int64(deadline%1000)*1e6
	const event, invoke = 101, 0 // the SDK's constants for an event function and an invocation
	var resp messages.InvokeResponse
	fc.NewFunction(handle, event).Invoke(req, &resp, invoke)
	if resp.Error != nil {
		w.WriteHeader(http.StatusNotFound)
		resp.Payload, _ = json.Marshal(resp.Error)
	}
	w.Write(resp.Payload)
}

// inEachRuntime runs a test as a subtest in each runtime.
func inEachRuntime(t *testing.T, test func(t *testing.T, runtime string)) {
	for _, runtime := range []string{"go1", "custom"} {
		t.Run(runtime, func(t *testing.T) { test(t, runtime) })
	}
}

type boomError struct{}

func (*boomError) Error() string { return "boom" }

// handle executes the command in the payload, or in the key of its object.
func handle(ctx context.Context, payload []byte) (any, error) {
	call, _ := fccontext.FromContext(ctx)
	what := gjson.GetBytes(payload, "do").String()
	if what == "" {
		what = filepath.Base(gjson.GetBytes(payload, "events.0.oss.object.key").String())
	}
	fmt.Println("to do:", what)
	fmt.Fprintln(os.Stderr, "pid:", os.Getpid())
	switch what {
	case "error":
		return nil, &boomError{}
	case "wrapped":
		return nil, fmt.Errorf("wrapped: %w", io.EOF)
	case "panic":
		panic("aargh")
	case "exit":
		os.Exit(4)
	case "fatal":
		log.Fatal("fatal")
	case "hang":
		select {}
	case "hang on":
		deadline, _ := ctx.Deadline()
		<-time.After(time.Until(deadline) / 2)
		fmt.Println("half of the time is over")
		select {}
	case "hang once":
		if call.RetryCount == 0 {
			select {}
		}
	case "hold out":
		signal.Ignore(syscall.SIGTERM)
	case "third time":
		if call.RetryCount < 2 {
			return nil, &boomError{}
		}
	case "meet":
		resp, err := http.Get(gjson.GetBytes(payload, "url").String())
		if err != nil {
			return nil, err
		}
		resp.Body.Close()
	case "context":
		deadline, _ := ctx.Deadline()
		dir, _ := os.Getwd()
		return map[string]any{
			"request": call.RequestID, "region": call.Region, "account": call.AccountId, "key": call.Credentials, "function": call.Function,
			"left": time.Until(deadline).Milliseconds(), "dir": filepath.Base(dir), "env": os.Environ(), "retry": call.RetryCount,
		}, nil
	}
	return map[string]any{"did": what, "retry": call.RetryCount, "pid": os.Getpid()}, nil
}

// events collects the events of a cloud.
type events struct {
	mu   sync.Mutex
	all  []Event
	more *sync.Cond // created by the first wait
}

func (e *events) watch(ev Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, ev)
	if e.more != nil {
		e.more.Broadcast()
	}
}

// await waits until the function has logged so many lines like this.
func (e *events) await(text string, times int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.more == nil {
		e.more = sync.NewCond(&e.mu)
	}
	lines := func() (n int) {
		for _, ev := range e.all {
			if line, ok := ev.(LogLine); ok && line.Text == text {
				n++
			}
		}
		return n
	}
	for lines() < times {
		e.more.Wait()
	}
}

// of returns all events of type T.
func of[T Event](e *events) []T {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []T
	for _, ev := range e.all {
		if ev, ok := ev.(T); ok {
			list = append(list, ev)
		}
	}
	return list
}

// startFunction starts a cloud with this test binary as its function.
func startFunction(t testing.TB, f Function) (*Cloud, *events) {
	t.Helper()
	var seen events
	c, err := Start(Options{Dir: filepath.Join(t.TempDir(), "oss"), Watch: seen.watch})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.CreateBucket(bucketA); err != nil {
		t.Fatal(err)
	}
	if f.Binary, err = os.Executable(); err != nil {
		t.Fatal(err)
	}
	if f.Env == nil {
		f.Env = []string{"TEST_FUNCTION=yes"}
	}
	if err := c.Deploy(f); err != nil {
		t.Fatal(err)
	}
	return c, &seen
}

func invoke(t testing.TB, c *Cloud, what string) Result {
	t.Helper()
	r, err := c.Invoke(t.Context(), fmt.Appendf(nil, `{"do":%q}`, what))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return r
}

func TestInvoke(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, runtime string) {
		c, seen := startFunction(t, Function{Runtime: runtime, Timeout: 20 * time.Second})
		pid := func() int64 { return gjson.GetBytes(invoke(t, c, "answer").Answer, "pid").Int() }
		for _, tt := range []struct {
			do, kind, errorType, message string
			dies                         bool
		}{
			{do: "answer"},
			{do: "error", kind: Handled, errorType: "boomError", message: "boom"},
			{do: "wrapped", kind: Handled, errorType: "wrapError", message: "wrapped: EOF"},
			{do: "panic", kind: Unhandled, errorType: "string", message: "aargh"},
			{do: "exit", kind: Unhandled, errorType: "FunctionExited", message: "Process exited unexpectedly before completing request: exit status 4", dies: true},
			{do: "fatal", kind: Unhandled, errorType: "FunctionExited", message: "Process exited unexpectedly before completing request: exit status 1", dies: true},
		} {
			before := pid()
			r := invoke(t, c, tt.do)
			if r.FunctionError != tt.kind || r.ErrorType != tt.errorType || r.ErrorMessage != tt.message {
				t.Errorf("%s: %+v", tt.do, r)
			}
			if tt.kind == "" && gjson.GetBytes(r.Answer, "did").String() != tt.do || !json.Valid(r.Answer) || r.Duration <= 0 {
				t.Errorf("%s: %+v", tt.do, r)
			}
			if tt.kind != "" && gjson.GetBytes(r.Answer, "errorMessage").String() != tt.message {
				t.Errorf("%s answers %s", tt.do, r.Answer)
			}
			for _, line := range []string{"to do: " + tt.do, fmt.Sprint("pid: ", before)} {
				if !slices.Contains(r.Log, line) {
					t.Errorf("%s: no line %q in %q", tt.do, line, r.Log)
				}
			}
			if dies := pid() != before; dies != tt.dies {
				t.Errorf("%s: another process: %v", tt.do, dies)
			}
		}
		c.Close()
		if started, exited := of[FunctionStarted](seen), of[FunctionExited](seen); len(started) != 3 || len(exited) != 3 ||
			exited[2].Status != map[string]string{"go1": "signal: killed", "custom": "signal: terminated"}[runtime] {
			t.Errorf("started %+v, exited %+v", started, exited)
		}
		if _, err := c.Invoke(t.Context(), nil); !errors.Is(err, errClosed) {
			t.Errorf("invoke after close: %v", err)
		}
	})
}

func TestTimeout(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, runtime string) {
		c, seen := startFunction(t, Function{Runtime: runtime, Timeout: 300 * time.Millisecond})
		r := invoke(t, c, "hang")
		if r.FunctionError != Unhandled || r.ErrorType != "FunctionTimedOut" || r.ErrorMessage != "Function timed out after 0.3 seconds" || r.Duration < 300*time.Millisecond {
			t.Errorf("%+v", r)
		}
		if exited := of[FunctionExited](seen); len(exited) != 1 {
			t.Errorf("exited %+v", exited)
		}
	})
}

func TestInvocationContext(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, runtime string) {
		dir := t.TempDir()
		key := Credential{"STS.NX", "secret", "token"}
		c, _ := startFunction(t, Function{Runtime: runtime, Timeout: 20 * time.Second, Dir: dir, Env: []string{"TEST_FUNCTION=yes", "COLOR=blue"}, Memory: 128, Credential: key})
		r := invoke(t, c, "context")
		got := gjson.ParseBytes(r.Answer)
		for path, want := range map[string]string{
			"request": r.RequestID, "region": "cn-hangzhou", "account": "1234567890123456", "key.AccessKeyId": key.AccessKeyID,
			"key.AccessKeySecret": key.AccessKeySecret, "key.SecurityToken": key.SecurityToken, "function.Name": "onput", "function.Memory": "128",
			"function.Timeout": "20", "dir": filepath.Base(dir), `env.#(=="COLOR=blue")`: "COLOR=blue", `env.#(%"FC_REGION=*")`: "FC_REGION=cn-hangzhou", "retry": "0",
		} {
			if got := got.Get(path).String(); got != want {
				t.Errorf("%s: %q, want %q", path, got, want)
			}
		}
		if left := got.Get("left").Int(); left < 10_000 || left > 20_000 {
			t.Errorf("%d ms left", left)
		}
		if !strings.HasPrefix(r.RequestID, "1-") || len(r.RequestID) != len("1-65f0a1b2-12345678-0123456789ab") {
			t.Errorf("request id %s", r.RequestID)
		}
		put(t, client(c.OSS, key), "by the function", "x") // OSS accepts its key
	})
}

func TestFunctionThatDoesNotStart(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, runtime string) {
		c, seen := startFunction(t, Function{Runtime: runtime, Env: []string{"TEST_FUNCTION=broken"}, Retries: 2, RetryPause: 1})
		r := invoke(t, c, "answer")
		if r.FunctionError != Unhandled || r.ErrorType != "FunctionNotStarted" || !strings.Contains(r.ErrorMessage, "exit status 3") || !slices.Contains(r.Log, "cannot start") {
			t.Errorf("%+v", r)
		}
		if _, err := c.Deliver([]byte("{}")); err != nil {
			t.Fatal(err)
		}
		if err := c.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if failures := c.Failures(); len(failures) != 1 || len(of[FunctionStarted](seen)) != 4 {
			t.Errorf("%+v", failures)
		}
	})
}

// The end of a process between two invocations affects neither.
func TestDeathBetweenInvocations(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, runtime string) {
		c, seen := startFunction(t, Function{Runtime: runtime})
		for range 3 {
			if r := invoke(t, c, "answer"); r.FunctionError != "" {
				t.Fatalf("%+v", r)
			}
			if err := c.Kill(1); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(of[FunctionStarted](seen)); n != 3 {
			t.Errorf("%d processes", n)
		}
	})
}

func TestRetries(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, runtime string) {
		for _, tt := range []struct {
			do       string
			retries  int
			attempts int
			fails    string
		}{
			{do: "answer", attempts: 1},
			{do: "third time", attempts: 3},
			{do: "third time", retries: 1, attempts: 2, fails: Handled},
			{do: "error", attempts: 4, fails: Handled},
			{do: "error", retries: -1, attempts: 1, fails: Handled},
			{do: "panic", retries: 1, attempts: 2, fails: Unhandled},
			{do: "exit", retries: 1, attempts: 2, fails: Unhandled},
		} {
			t.Run(fmt.Sprint(tt.do, tt.retries), func(t *testing.T) {
				c, seen := startFunction(t, Function{Runtime: runtime, Retries: tt.retries, RetryPause: 1})
				payload := fmt.Sprintf(`{"do":%q}`, tt.do)
				id, err := c.Deliver([]byte(payload))
				if err != nil {
					t.Fatal(err)
				}
				if err := c.Drain(t.Context()); err != nil {
					t.Fatal(err)
				}
				ended := of[InvocationEnded](seen)
				if len(ended) != tt.attempts || len(of[InvocationStarted](seen)) != tt.attempts || len(of[InvocationRetried](seen)) != tt.attempts-1 {
					t.Errorf("%d attempts: %+v", len(ended), ended)
				}
				for i, e := range ended {
					if e.Result.Retry != i || e.Result.RequestID != id {
						t.Errorf("attempt %d: %+v", i, e.Result)
					}
				}
				if tt.fails == "" {
					if f := c.Failures(); len(f) != 0 {
						t.Errorf("%+v", f)
					}
					return
				}
				want := []Failure{{
					RequestContext: FailureContext{RequestID: id, FunctionARN: "acs:fc:cn-hangzhou:1234567890123456:functions/onput",
						Condition: tt.fails, InvokeCount: tt.attempts},
					RequestPayload: payload, Response: FailureOutcome{200, tt.fails}, Payload: string(ended[len(ended)-1].Result.Answer),
				}}
				got := c.Failures()
				for i := range got {
					if got[i].Timestamp == 0 {
						t.Error("no time")
					}
					got[i].Timestamp = 0
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	})
}

func TestInstances(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, runtime string) {
		c, _ := startFunction(t, Function{Runtime: runtime, Instances: 2})
		both := make(chan struct{})
		var mu sync.Mutex
		n := 0
		barrier := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			if n++; n == 2 {
				close(both)
			}
			mu.Unlock()
			<-both
		}))
		defer barrier.Close()
		var wg sync.WaitGroup
		var instances [2]int
		for i := range instances {
			wg.Go(func() {
				r, err := c.Invoke(context.Background(), fmt.Appendf(nil, `{"do":"meet","url":%q}`, barrier.URL))
				if err != nil || r.FunctionError != "" {
					t.Errorf("%+v, %v", r, err)
				}
				instances[i] = r.Instance
			})
		}
		wg.Wait()
		if instances[0] == instances[1] {
			t.Errorf("instances %v", instances)
		}
	})
}

func TestCloseKillsWhatHangs(t *testing.T) {
	t.Parallel()
	inEachRuntime(t, func(t *testing.T, runtime string) {
		c, seen := startFunction(t, Function{Runtime: runtime})
		result := make(chan error, 1)
		go func() {
			_, err := c.Invoke(context.Background(), []byte(`{"do":"hang"}`))
			result <- err
		}()
		seen.await("to do: hang", 1)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Drain(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("drain: %v", err)
		}
		c.Close()
		<-result
		if exited := of[FunctionExited](seen); len(exited) != 1 {
			t.Errorf("%+v", exited)
		}
	})
}

func TestTriggers(t *testing.T) {
	c, seen := startFunction(t, Function{Triggers: []Trigger{
		{Bucket: bucketA, Events: []string{"oss:ObjectCreated:PutObject", "oss:ObjectCreated:CompleteMultipartUpload"}, Prefix: "in/", Suffix: ".docx"},
		{Bucket: bucketA, Events: []string{"oss:ObjectCreated:*"}, Prefix: "all/"},
		{Bucket: "another", Events: []string{"oss:ObjectCreated:*"}},
	}})
	k := client(c.OSS, c.Credential())
	for _, key := range []string{"in/a.docx", "in/a.pdf", "out/a.docx", "all/x", "all/\xff\n\"{}"} {
		put(t, k, key, "hello")
	}
	if _, err := k.CopyObject(t.Context(), &oss.CopyObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("all/copy"), SourceKey: oss.Ptr("all/x")}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.CopyObject(t.Context(), &oss.CopyObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("in/copy.docx"), SourceKey: oss.Ptr("all/x")}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.AppendObject(t.Context(), &oss.AppendObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("all/log"), Position: oss.Ptr(int64(0)), Body: strings.NewReader("abc")}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.NewUploader(func(o *oss.UploaderOptions) { o.PartSize = 100 << 10; o.ParallelNum = 1 }).UploadFrom(t.Context(),
		&oss.PutObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("all/big")}, bytes.NewReader(make([]byte, 250<<10))); err != nil {
		t.Fatal(err)
	}
	if err := c.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range of[InvocationStarted](seen) {
		o := gjson.GetBytes(e.Payload, "events.0")
		got = append(got, fmt.Sprintf("%s %s %d", o.Get("eventName"), o.Get("oss.object.key").String(), o.Get("oss.object.size").Int()))
	}
	want := []string{
		"ObjectCreated:PutObject in/a.docx 5",
		"ObjectCreated:PutObject all/x 5",
		"ObjectCreated:PutObject all/\xff\n\"{} 5",
		"ObjectCreated:CopyObject all/copy 5",
		"ObjectCreated:AppendObject all/log 3",
		"ObjectCreated:InitiateMultipartUpload all/big 0",
		"ObjectCreated:UploadPart all/big 102400",
		"ObjectCreated:UploadPart all/big 102400",
		"ObjectCreated:UploadPart all/big 51200",
		"ObjectCreated:CompleteMultipartUpload all/big 256000",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRecord(t *testing.T) {
	clock := time.Date(2022, 8, 13, 6, 45, 43, 7e6, time.UTC)
	e := ObjectCreated{
		Event: "ObjectCreated:PutObject", Bucket: "testbucket", Key: "source/a.png", Size: 122539, Delta: 122539, ETag: "688A", Position: -1,
		Header: map[string]string{"Content-Type": "application/zip", "X-Oss-Meta-Last-Modified": "20250213"}, RequestID: "58F9", Time: clock, SourceIP: "140.205.0.1",
	}
	want := `{"events":[{"eventName":"ObjectCreated:PutObject","eventSource":"acs:oss","eventTime":"2022-08-13T06:45:43.007Z","eventVersion":"1.0",` +
		`"oss":{"bucket":{"arn":"acs:oss:cn-hangzhou:123456789:testbucket","name":"testbucket","ownerIdentity":"123456789"},` +
		`"object":{"deltaSize":122539,"eTag":"688A","key":"source/a.png","objectMeta":{"mimeType":"application/zip",` +
		`"userMeta":{"x-oss-meta-last-modified":"20250213"}},"size":122539},"ossSchemaVersion":"1.0","ruleId":"9ada"},` +
		`"region":"cn-hangzhou","requestParameters":{"sourceIPAddress":"140.205.0.1"},"responseElements":{"requestId":"58F9"},` +
		`"userIdentity":{"principalId":"123456789"}}]}`
	if diff := cmp.Diff(want, string(e.payload("cn-hangzhou", "123456789", "9ada"))); diff != "" {
		t.Error(diff)
	}
}

func TestDeployRefuses(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ok := Trigger{Bucket: bucketA, Events: []string{"oss:ObjectCreated:*"}}
	for _, tt := range []struct {
		f    Function
		want string
	}{
		{Function{Binary: "no/such/file"}, "function: stat no/such/file: no such file or directory"},
		{Function{Binary: t.TempDir()}, "is a folder"},
		{Function{Binary: self, Retries: 9}, "function: 9 retries, more than 8"},
		{Function{Binary: self, Runtime: "go2"}, `function: no runtime is called "go2"; there are go1 and custom`},
		{Function{Binary: self, Concurrency: 2}, "function: 2 invocations at once in an instance of go1, more than 1"},
		{Function{Binary: self, Runtime: "custom", Concurrency: 201}, "function: 201 invocations at once in an instance of custom, more than 200"},
		{Function{Binary: self, Triggers: []Trigger{ok, {Bucket: "X"}}}, `trigger: "X" is no bucket name`},
		{Function{Binary: self, Triggers: []Trigger{{Bucket: bucketA}}}, "trigger on acme-uploads: no events"},
		{Function{Binary: self, Triggers: []Trigger{{Bucket: bucketA, Events: []string{"ObjectCreated:*"}}}}, "is no event name"},
		{Function{Binary: self, Topics: []TopicTrigger{{Format: "JSON"}}}, "topic trigger: no topic"},
		{Function{Binary: self, Topics: []TopicTrigger{{"t", "XML"}}}, `topic trigger on t: no format is called "XML"; there are STREAM and JSON`},
		{Function{Binary: self, Triggers: []Trigger{ok}}, ""},
		{Function{Binary: self}, "function: one is deployed already"},
	} {
		if tt.want == "" {
			continue
		}
		c, err := Start(Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if strings.Contains(tt.want, "already") {
			if err := c.Deploy(tt.f); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Deploy(tt.f); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
}

// Each attempt may have a credential of its own, which OSS accepts.
func TestCredentialOf(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, runtime string) {
		c, _ := startFunction(t, Function{Runtime: runtime, CredentialOf: func(id string, retry int) Credential {
			return Credential{AccessKeyID: fmt.Sprint("STS.", id, ".", retry), AccessKeySecret: "s", SecurityToken: "t"}
		}})
		r := invoke(t, c, "context")
		want := "STS." + r.RequestID + ".0"
		if got := gjson.GetBytes(r.Answer, "key.AccessKeyId").String(); got != want {
			t.Errorf("the function has %s, want %s: %s", got, want, r.Answer)
		}
		if k, ok := c.credential(want); !ok || k.AccessKeySecret != "s" || k.SecurityToken != "t" {
			t.Errorf("OSS has %+v", k)
		}
	})
}
