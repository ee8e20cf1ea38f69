package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/handler"
	"onput/internal/event"
	"onput/internal/localcloud"
)

// The tests in this file start the binary as an instance of the custom runtime and invoke it themselves, because they need
// what the local cloud's Function Compute does not do.

// functionProcess is the function's process, which listens on a port.
type functionProcess struct {
	t      *testing.T
	url    string
	cmd    *exec.Cmd
	output output
}

// output collects what a process writes while it runs.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// startProcess starts the function with the environment env and waits until it listens.
// portVariable is the variable that names its port.
func startProcess(t *testing.T, portVariable string, env ...string) *functionProcess {
	t.Helper()
	return startProgram(t, functionPath, portVariable, env...)
}

// startProgram is like startProcess, for a program that becomes the function.
func startProgram(t *testing.T, program, portVariable string, env ...string) *functionProcess {
	t.Helper()
	address := unusedAddress(t)
	_, port, _ := net.SplitHostPort(address)
	p := &functionProcess{t: t, url: "http://" + address, cmd: exec.Command(program)}
	p.cmd.Dir = t.TempDir()
	p.cmd.Env = append([]string{portVariable + "=" + port}, env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		p.cmd.Wait()
	})
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return p
		}
		if err := p.cmd.Process.Signal(syscall.Signal(0)); err != nil {
			t.Fatal(err)
		}
	}
}

func skipWithoutSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signal to end a process with")
	}
}

// terminate sends SIGTERM.
func (p *functionProcess) terminate() {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Error(err)
	}
}

// stop ends the process and waits for it. All that it wrote is in its output then.
func (p *functionProcess) stop() {
	p.t.Helper()
	p.terminate()
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("%v\n%s", err, &p.output)
	}
}

// unusedAddress returns an address at which nobody listens. No outgoing connection is given its port, either.
func unusedAddress(t *testing.T) string {
	for {
		listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(10_000+rand.N(22_000)))
		if err == nil {
			listener.Close()
			return listener.Addr().String()
		}
	}
}

// request sends a request to the process. Headers are name, value, name…
// Without an answer the status is 0 and answer is the error.
func (p *functionProcess) request(method, path, body string, headers ...string) (status int, answer string) {
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(b)
}

// instance is a process and the OSS that it submits to.
type instance struct {
	*functionProcess
	*localcloud.OSS
}

// startInstance starts an OSS with the buckets src and dst, and a process with a rule file.
func startInstance(t *testing.T, portVariable, rules string) *instance {
	t.Helper()
	return startInstanceOf(t, functionPath, portVariable, rules)
}

// startInstanceOf is like startInstance, for a program that becomes the function, and more environment.
func startInstanceOf(t *testing.T, program, portVariable, rules string, env ...string) *instance {
	t.Helper()
	skipWithoutSignals(t)
	dir, file := writeRules(t, rules)
	server, err := localcloud.StartOSS(localcloud.Options{Dir: filepath.Join(dir, "oss")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	for _, bucket := range []string{"src", "dst"} {
		if err := server.CreateBucket(bucket); err != nil {
			t.Fatal(err)
		}
	}
	p := startProgram(t, program, portVariable, append(env, "ONPUT_RULES="+file, "OSS_ENDPOINT="+server.Endpoint())...)
	return &instance{functionProcess: p, OSS: server}
}

// put uploads objects into src.
func (i *instance) put(keys ...string) {
	i.t.Helper()
	client := clientOf(i.OSS)
	for _, key := range keys {
		if _, err := client.PutObject(i.t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("src"), Key: oss.Ptr(key), Body: strings.NewReader("x")}); err != nil {
			i.t.Fatal(err)
		}
	}
}

// invoke invokes the function with the credentials of a role.
func (i *instance) invoke(id, payload string, role localcloud.Credential) (status int, answer string) {
	i.t.Helper()
	return i.invokeWithin(time.Minute, id, payload, role)
}

// invokeWithin is like invoke, with a timeout of the function.
func (i *instance) invokeWithin(timeout time.Duration, id, payload string, role localcloud.Credential) (status int, answer string) {
	i.t.Helper()
	return i.request("POST", "/invoke", payload, "x-fc-request-id", id, "x-fc-region", i.Region(),
		"x-fc-function-deadline", strconv.FormatInt(time.Now().Add(timeout).UnixMilli(), 10),
		"x-fc-access-key-id", role.AccessKeyID, "x-fc-access-key-secret", role.AccessKeySecret, "x-fc-security-token", role.SecurityToken)
}

// One instance serves 200 invocations at once: OSS answers no submission before all have arrived. Each submission has the
// credentials of its invocation.
func TestTwoHundredAtOnce(t *testing.T) {
	t.Parallel()
	const many = localcloud.MaxConcurrency
	i := startInstance(t, "FC_SERVER_PORT", pdfRules)
	roles := make([]localcloud.Credential, many)
	keys := make([]string, many)
	for n := range many {
		roles[n] = localcloud.Credential{AccessKeyID: fmt.Sprint("STS.", n), AccessKeySecret: fmt.Sprint("secret of ", n), SecurityToken: fmt.Sprint("token-", n)}
		i.AddCredential(roles[n])
		keys[n] = fmt.Sprint(n, ".docx")
	}
	i.put(keys...)
	var arrived sync.WaitGroup
	arrived.Add(many)
	i.SetFaults(localcloud.Faults{Before: func(r localcloud.Request) localcloud.Fault {
		if r.Operation == "AsyncProcessObject" {
			arrived.Done()
			arrived.Wait()
		}
		return localcloud.Fault{}
	}})
	var flight sync.WaitGroup
	for n := range many {
		flight.Go(func() {
			id := fmt.Sprint("1-", n)
			status, answer := i.invoke(id, `{"events":[`+record(keys[n])+`]}`, roles[n])
			var a handler.Answer
			if err := json.Unmarshal([]byte(answer), &a); err != nil || status != 200 || a.RequestID != id || a.Uploads[0].Key != keys[n] || a.Uploads[0].Tasks[0].Status != handler.Submitted {
				t.Errorf("%s: %d %s", id, status, answer)
			}
		})
	}
	flight.Wait()
	processes := i.Processes()
	if len(processes) != many {
		t.Errorf("%d processes", len(processes))
	}
	for _, p := range processes {
		n, _ := strconv.Atoi(strings.TrimSuffix(p.Source.Key, ".docx"))
		if p.AccessKeyID != roles[n].AccessKeyID {
			t.Errorf("%s was sent with %s", p.Source.Key, p.AccessKeyID)
		}
	}
	i.stop()
	for n := range many {
		for _, line := range []string{"FC Invoke Start RequestId: 1-%d\n", "FC Invoke End RequestId: 1-%d\n"} {
			if line = fmt.Sprintf(line, n); strings.Count(i.output.String(), line) != 1 {
				t.Errorf("log: not once: %s", line)
			}
		}
		if strings.Contains(i.output.String(), roles[n].AccessKeySecret) || strings.Contains(i.output.String(), roles[n].SecurityToken+`"`) {
			t.Errorf("log: credentials of %d", n)
		}
	}
}

// On SIGTERM the process answers the invocations in flight, refuses new ones, and exits with 0. On a second SIGTERM it ends
// at once.
func TestTerminated(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		again    bool
		answered int // status of the invocation in flight, 0 without an answer
		status   string
	}{
		{"once", false, 200, "exit status 0"},
		{"twice", true, 0, "signal: terminated"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := startInstance(t, "FC_CUSTOM_LISTEN_PORT", pdfRules)
			i.put("a.docx")
			role := i.Credential()
			submitted, release := make(chan struct{}), make(chan struct{})
			i.SetFaults(localcloud.Faults{Before: func(r localcloud.Request) localcloud.Fault {
				if r.Operation == "AsyncProcessObject" {
					close(submitted)
					<-release
				}
				return localcloud.Fault{}
			}})
			var flight sync.WaitGroup
			flight.Go(func() {
				status, answer := i.invoke("1-first", `{"events":[`+record("a.docx")+`]}`, role)
				if status != tt.answered || status == 200 && !strings.Contains(answer, `"status":"submitted"`) {
					t.Errorf("%d %s", status, answer)
				}
			})
			<-submitted
			i.terminate()
			for {
				status, answer := i.invoke("1-second", `{"events":[`+record("a.txt")+`]}`, role)
				if status == 200 { // the signal has not arrived yet
					continue
				}
				if status != 404 || !strings.Contains(answer, `"errorType":"TransientError"`) {
					t.Errorf("%d %s", status, answer)
				}
				break
			}
			if tt.again {
				i.terminate()
				flight.Wait()
			}
			close(release)
			flight.Wait()
			i.cmd.Wait()
			if got := i.cmd.ProcessState.String(); got != tt.status {
				t.Errorf("the process ended with %s, want %s\n%s", got, tt.status, &i.output)
			}
		})
	}
}

// On SIGTERM the process ends, although OSS lets an invocation hang.
func TestTerminatedWhileOSSHangs(t *testing.T) {
	t.Parallel()
	skipWithoutSignals(t)
	for _, tt := range []struct{ name, answer, then string }{
		{"no answer", "", ""},
		{"no final answer", "HTTP/1.1 103 Early Hints\r\n\r\n", ""},
		{"another protocol", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", ""},
		{"a body that does not come", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", ""},
		{"a body that drips", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			arrived := make(chan struct{}, 100)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				_, err = io.WriteString(conn, tt.answer)
				arrived <- struct{}{}
				for err == nil && tt.then != "" {
					_, err = io.WriteString(conn, tt.then)
					time.Sleep(50 * time.Millisecond)
				}
				io.Copy(io.Discard, conn) // until the function closes the connection
			}))
			defer server.Close()
			_, file := writeRules(t, pdfRules)
			p := startProcess(t, "FC_SERVER_PORT", "ONPUT_RULES="+file, "OSS_ENDPOINT="+server.URL)
			i := &instance{functionProcess: p}
			var flight sync.WaitGroup
			flight.Go(func() {
				const timeout = 3 * time.Second
				start := time.Now()
				status, answer := i.request("POST", "/invoke", `{"events":[`+record("a.docx")+`]}`, "x-fc-region", "cn-hangzhou",
					"x-fc-function-deadline", strconv.FormatInt(start.Add(timeout).UnixMilli(), 10),
					"x-fc-access-key-id", "STS.x", "x-fc-access-key-secret", "secret")
				if status != 404 || !strings.Contains(answer, `"errorType":"TransientError"`) {
					t.Errorf("%d %s after %v", status, answer, time.Since(start))
				}
			})
			<-arrived
			p.terminate()
			stuck := time.AfterFunc(30*time.Second, func() { p.cmd.Process.Kill() })
			defer stuck.Stop()
			err := p.cmd.Wait()
			flight.Wait()
			if err != nil {
				t.Errorf("%v\n%s", err, &p.output)
			}
		})
	}
}

// Requests that are no valid invocations get an error, and the instance goes on.
func TestCustomBinaryPaths(t *testing.T) {
	t.Parallel()
	i := startInstance(t, "FC_SERVER_PORT", pdfRules)
	for _, tt := range []struct {
		method, path, body string
		status             int
		answer             string
	}{
		{"POST", "/initialize", "", 200, ""},
		{"GET", "/invoke", "", 405, "Method Not Allowed"},
		{"POST", "/nothing", "", 404, "404 page not found"},
		{"POST", "/invoke", "hello", 404, `{"errorMessage":"event not understood: found neither JSON nor Base64 of it: `},
		{"POST", "/invoke", strings.Repeat(" ", event.MaxPayload+1), 404, `{"errorMessage":"event not understood: 10485761 bytes; at most 10485760 are read","errorType":"EventError"}`},
		{"POST", "/invoke", `{"events":[` + record("a.txt") + `]}`, 200, `{"requestId":"1-a","uploads":[{"bucket":"src","key":"a.txt","event":"ObjectCreated:PutObject","tasks":[]}]}`},
	} {
		status, answer := i.request(tt.method, tt.path, tt.body, "x-fc-request-id", "1-a")
		if status != tt.status || !strings.HasPrefix(answer, tt.answer) {
			t.Errorf("%s %s: %d %s", tt.method, tt.path, status, answer)
		}
	}
}

// A port that cannot be listened on ends the process, with a reason.
func TestCustomWithoutPort(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, inUse, _ := net.SplitHostPort(taken.Addr().String())
	for port, want := range map[string]string{inUse: "address already in use", "no port": "unknown port", "70000": "invalid port"} {
		code, _, stderr := runFunction(t, "FC_SERVER_PORT="+port, "ONPUT_RULES="+filepath.Join(t.TempDir(), "none"))
		if code != 2 || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "onput: ") ||
			!strings.Contains(stderr, "FC_SERVER_PORT") || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit status %d, %s", port, code, stderr)
		}
	}
}
