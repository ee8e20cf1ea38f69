package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"time"
)

// start is one cold start: from just before the process is made.
type start struct {
	poll   time.Duration // until it asks for its first invocation
	answer time.Duration // until that is answered
	body   string        // the answer
}

// startLimit is how long a cold start may take.
const startLimit = time.Minute

// coldStart runs a program as the built-in Go runtime does, with a Runtime API of its own that hands it one event, and
// kills it when it has answered. The API listens before the clock starts, and answers at once.
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
	defer server.Close() // after the process is gone: the SDK asks again without a pause where nobody answers
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
