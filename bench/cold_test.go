package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"onput/internal/build"
	"onput/internal/workload"
	"onput/rules"
)

// BenchmarkColdStart measures a new process, from just before it is started: until it asks for its first invocation, and
// until it has answered that. It reports the medians of all starts. The bare function shows what the SDK and the system
// take. onput only logs what it would submit (ONPUT_MODE=log), so OSS has no part in it.
func BenchmarkColdStart(b *testing.B) {
	few := workload.New(fewRules)
	event := events(b, few, 1)[0]
	bare := compile(b, ".", "./bare")
	b.Run("bare", func(b *testing.B) {
		benchmarkStarts(b, bare, nil, event, "hello")
	})
	onput := compile(b, root, build.Function)
	for _, count := range []int{fewRules, 1000, 10_000} {
		b.Run(fmt.Sprintf("rules=%d", count), func(b *testing.B) {
			if testing.Short() && count > 1000 {
				b.Skip("in short mode")
			}
			w := workload.New(count)
			env := []string{"ONPUT_RULES=" + sealedFile(b, w), "ONPUT_MODE=log"}
			benchmarkStarts(b, onput, env, events(b, w, 1)[0], `"status":"logged"`)
		})
	}
}

func benchmarkStarts(b *testing.B, program string, env []string, event []byte, want string) {
	var polls, answers []time.Duration
	for b.Loop() {
		s, err := coldStart(program, env, event)
		if err != nil {
			b.Fatal(err)
		}
		if !strings.Contains(s.body, want) {
			b.Fatalf("the answer has no %s: %s", want, s.body)
		}
		if s.poll <= 0 || s.answer < s.poll {
			b.Fatalf("%+v", s)
		}
		polls, answers = append(polls, s.poll), append(answers, s.answer)
	}
	slices.Sort(polls)
	slices.Sort(answers)
	b.ReportMetric(float64(polls[len(polls)/2].Nanoseconds()), "poll-ns")
	b.ReportMetric(float64(answers[len(answers)/2].Nanoseconds()), "answer-ns")
	b.ReportMetric(0, "ns/op")
}

// compile builds a program as it is deployed, but for this system, and returns its path.
func compile(tb testing.TB, dir, pkg string) string {
	path := filepath.Join(tb.TempDir(), "program")
	cmd := build.Command(tb.Context(), dir, pkg, path)
	cmd.Env = append(cmd.Env, "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	return path
}

// sealedFile writes a workload's rules, sealed as onput package does, and returns their path.
func sealedFile(tb testing.TB, w *workload.Workload) string {
	path, file := filepath.Join(tb.TempDir(), "rules.yaml"), w.File()
	set, err := rules.Parse(path, file)
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, append(rules.Unsealed(file), set.Seal()...), 0o644); err != nil {
		tb.Fatal(err)
	}
	return path
}

// events returns native events of count uploads that fire one task each.
func events(tb testing.TB, w *workload.Workload, count int) [][]byte {
	sample, err := os.ReadFile(filepath.Join(root, "internal", "event", "testdata", "events", "native-doc-2022.json"))
	if err != nil {
		tb.Fatal(err)
	}
	set, err := rules.Parse("rules.yaml", w.File())
	if err != nil {
		tb.Fatal(err)
	}
	var payloads [][]byte
	for _, key := range w.Keys(1, 2*count+100) {
		u := &rules.Upload{Event: "ObjectCreated:PutObject", Bucket: workload.Bucket, Key: key, Size: 1}
		if len(payloads) < count && len(set.Match(u)) == 1 {
			event := strings.NewReplacer("source/a.png", key, "testbucket", workload.Bucket).Replace(string(sample))
			payloads = append(payloads, []byte(event))
		}
	}
	if len(payloads) < count {
		tb.Fatal("too few keys fire one task")
	}
	return payloads
}

// start is one cold start, measured from just before the process is started.
type start struct {
	poll   time.Duration // until it asks for its first invocation
	answer time.Duration // until it has answered that
	body   string        // the answer
}

// startLimit is how long a cold start may take.
const startLimit = time.Minute

// coldStart runs a program as the built-in Go runtime does, with a Runtime API of its own that serves one event, and kills
// it after its answer. The API listens before the clock starts, and answers at once.
func coldStart(program string, env []string, payload []byte) (start, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return start{}, err
	}
	const invocations = "/2020-11-11/runtime/invocation/"
	polled, answered, body := make(chan time.Time, 1), make(chan time.Time, 1), make(chan string, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+invocations+"next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case polled <- time.Now():
			const timeout = 60 * time.Second
			h := w.Header()
			h.Set("x-fc-request-id", "1-cold")
			h.Set("x-fc-function-deadline", strconv.FormatInt(time.Now().Add(timeout).UnixMilli(), 10))
			h.Set("x-fc-function-timeout", strconv.Itoa(int(timeout.Seconds())))
			h.Set("x-fc-access-key-id", "STS.cold")
			h.Set("x-fc-access-key-secret", "secret")
			h.Set("x-fc-security-token", "token")
			h.Set("x-fc-region", "cn-hangzhou")
			w.Write(payload)
		default:
			<-r.Context().Done() // the SDK asks for the next one while it handles the first
		}
	})
	mux.HandleFunc("POST "+invocations+"{id}/{what}", func(w http.ResponseWriter, r *http.Request) {
		answered <- time.Now()
		answer, _ := io.ReadAll(r.Body)
		body <- string(answer)
	})
	server := &http.Server{Handler: mux}
	defer server.Close() // after the process has ended: the SDK asks again without a pause where nobody answers
	go server.Serve(listener)

	cmd := exec.Command(program)
	cmd.Env = append(env, "FC_RUNTIME_API="+listener.Addr().String(), "FC_REGION=cn-hangzhou")
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return start{}, err
	}
	exited := make(chan struct{})
	go func() {
		cmd.Wait()
		close(exited)
	}()
	var s start
	select {
	case at := <-answered:
		s = start{poll: (<-polled).Sub(began), answer: at.Sub(began), body: <-body}
	case <-exited:
		err = fmt.Errorf("%s ended before it answered: %s\n%s", program, cmd.ProcessState, &printed)
	case <-time.After(startLimit):
		err = errors.New(program + " did not answer")
	}
	cmd.Process.Kill()
	<-exited
	return s, err
}
