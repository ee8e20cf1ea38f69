package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/signal"
	"reflect"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fc/messages"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"onput/handler"
)

// custom is the custom runtime: Function Compute starts this program, waits until it listens, and then makes an HTTP
// request of each invocation, up to 200 at once. What the FC SDK does in the built-in Go runtime is done here: context.go
// reads the headers of a request, failure.go writes the document of a failed invocation, and gate.go lets the process end
// without breaking an invocation off.
//
// https://www.alibabacloud.com/help/en/functioncompute/fc/principles-1
// https://help.aliyun.com/en/functioncompute/fc-2-0/user-guide/custom-runtime-specification-details
type custom struct {
	handle func(ctx context.Context, payload []byte) (*handler.Answer, error)
	log    *slog.Logger // of panics
	stdout io.Writer    // of the lines around an invocation
	gate   *gate
}

const (
	headerLimit  = 10 * time.Second // for the headers of a request that has begun
	payloadLimit = time.Minute      // for a payload whose invocation has no deadline
)

// serveCustom serves invocations on a port until the process is told to end (SIGTERM) and those in flight are answered.
// It returns the process's exit status: 0, or 2 where it cannot serve. The handler is made when it listens: no sooner does
// Function Compute send anything.
func serveCustom(port string, ready func() *handler.Handler, stdout, stderr io.Writer) int {
	told, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", "0.0.0.0:"+port) // Function Compute does not come over the loopback
	if err != nil {
		fmt.Fprintf(stderr, "onput: the port that Function Compute names (FC_SERVER_PORT): %v\n", err)
		return 2
	}
	h := ready()
	c := &custom{handle: h.Invoke, log: h.Log, stdout: stdout, gate: newGate()}
	broken := make(chan error, 1)
	go func() { broken <- c.server().Serve(listener) }()
	select {
	case err := <-broken:
		fmt.Fprintf(stderr, "onput: port %s: %v\n", port, err)
		return 2
	case <-told.Done():
	}
	stop() // a second signal ends the process at once
	<-c.gate.close()
	return 0
}

// server returns the HTTP server. It never closes a connection that waits for a request: Function Compute wants it open
// for 15 minutes at least, and an instance that is thawed after a longer time would close it in the face of the
// invocation that it was thawed for.
//
// https://www.alibabacloud.com/help/doc-detail/209248.htm
func (c *custom) server() *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /invoke", c.invoke)
	mux.HandleFunc("POST /initialize", c.hook("Initialize", func() {})) // rules load by themselves
	// Function Compute's pages on hooks say GET, those on runtimes POST:
	// https://www.alibabacloud.com/help/en/functioncompute/fc-2-0/user-guide/lifecycle-hooks-for-function-instances-2
	for _, method := range []string{"GET", "POST"} {
		mux.HandleFunc(method+" /pre-freeze", c.hook("PreFreeze", func() {}))
		mux.HandleFunc(method+" /pre-stop", c.hook("PreStop", func() { <-c.gate.close() }))
	}
	return &http.Server{Handler: mux, ReadHeaderTimeout: headerLimit}
}

// hook returns the handler of a hook in an instance's life. It answers when what is to be done is done.
func (c *custom) hook(name string, do func()) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := contextOf(r.Header).RequestID
		c.started(name, id)
		do()
		c.ended(name, id, true)
		reply(w, http.StatusOK, nil)
	}
}

// invoke takes an invocation from its request to its answer: 200 and what the handler returned, as JSON; or 404 and the
// document of the error.
func (c *custom) invoke(w http.ResponseWriter, r *http.Request) {
	call := contextOf(r.Header)
	if !c.gate.enter() {
		fail(w, transient("the instance is about to end"))
		return
	}
	defer c.gate.leave()
	c.started("Invoke", call.RequestID)
	answer, failure := c.try(w, r, call)
	c.ended("Invoke", call.RequestID, failure == nil)
	if failure != nil {
		fail(w, failure)
		return
	}
	reply(w, http.StatusOK, answer)
}

// try calls the handler, and returns its answer or the document of what went wrong. A panic is the failure of this
// invocation alone. An invocation goes on where its request breaks off, as it does in the built-in runtime: what was
// submitted cannot be taken back, and the log says what became of it.
func (c *custom) try(w http.ResponseWriter, r *http.Request, call *fccontext.FcContext) (answer []byte, failure *messages.InvokeResponse_Error) {
	defer func() {
		if value := recover(); value != nil {
			failure = panicked(value)
			c.log.Error("panic", slog.String("invocation", call.RequestID), slog.String("panic", failure.Message),
				slog.String("stack", string(debug.Stack())))
		}
	}()
	ctx := fccontext.NewContext(context.Background(), call)
	if deadline, ok := deadlineOf(r.Header, time.Now()); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline)
		defer cancel()
	}
	payload, err := readPayload(ctx, w, r)
	if err != nil {
		return nil, transient("the payload broke off: " + err.Error())
	}
	result, err := c.handle(ctx, payload)
	if err == nil {
		answer, err = json.Marshal(result)
	}
	if err != nil {
		return nil, failed(err)
	}
	return answer, nil
}

// readPayload reads the payload of an invocation within its time. Of one that is too long it returns one byte too many,
// so that the handler says so, and passes over the rest: who is still sending would not read the answer.
func readPayload(ctx context.Context, w http.ResponseWriter, r *http.Request) ([]byte, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(payloadLimit)
	}
	connection := http.NewResponseController(w)
	connection.SetReadDeadline(deadline)
	const limit = handler.MaxPayload + 1
	var payload bytes.Buffer
	payload.Grow(int(min(max(r.ContentLength, 0), limit)) + bytes.MinRead)
	_, err := payload.ReadFrom(io.LimitReader(r.Body, limit))
	if err == nil {
		_, err = io.Copy(io.Discard, r.Body)
	}
	if err != nil {
		return nil, err // and the deadline stays: the server looks for the rest of the payload before it answers
	}
	connection.SetReadDeadline(time.Time{})
	return payload.Bytes(), nil
}

// started writes the line by which Function Compute finds the beginning of an invocation in the log, and ended the one of
// its end. A custom runtime writes them itself; these are the FC SDK's, so that one search finds both runtimes' invocations.
func (c *custom) started(what, requestID string) {
	io.WriteString(c.stdout, "FC "+what+" Start RequestId: "+requestID+"\n")
}

func (c *custom) ended(what, requestID string, well bool) {
	line := "FC " + what + " End RequestId: " + requestID
	if !well {
		line += ", Error: Unhandled function error"
	}
	io.WriteString(c.stdout, line+"\n")
}

// transient returns the document of an invocation that did not reach the handler, and that a retry can help.
func transient(why string) *messages.InvokeResponse_Error {
	return &messages.InvokeResponse_Error{Message: "nothing was done: " + why, Type: reflect.TypeFor[handler.TransientError]().Name()}
}

// fail answers that an invocation failed.
func fail(w http.ResponseWriter, failure *messages.InvokeResponse_Error) {
	body, _ := json.Marshal(failure) // strings and numbers always marshal
	reply(w, http.StatusNotFound, body)
}

// reply answers with 200, or with 404 where the function failed; Function Compute wants to read it in a header, too. The
// answer is whole and on its way when reply returns, because the process may end then.
func reply(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Fc-Status", strconv.Itoa(status))
	w.WriteHeader(status)
	w.Write(body)
	http.NewResponseController(w).Flush()
}
