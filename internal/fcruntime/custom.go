package fcruntime

import (
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
	"sync"
	"syscall"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fc/messages"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"onput/handler"
	"onput/internal/event"
	"onput/internal/membudget"
)

// custom is the HTTP server of the custom runtime: one request is one invocation, or one lifecycle hook.
type custom struct {
	handle func(ctx context.Context, size int64, read func(grow func(int64) error) ([]byte, error), reply func(*handler.Answer, error))
	log    *slog.Logger // for panics
	stdout io.Writer    // for the start and end line of each invocation
	drain  *drain
}

const (
	headerTimeout  = 10 * time.Second // to read the headers of a request
	payloadTimeout = time.Minute      // to read the payload of an invocation that has no deadline
	longest        = 2 * time.Minute  // an invocation that has no deadline, its payload included
	answerTime     = time.Second      // to write an answer after the deadline
	stallTime      = 5 * time.Second  // for [stallBytes] of a payload that holds memory, and to take an answer
	stallBytes     = 256 << 10
)

// ServeCustom serves invocations on a port until SIGTERM arrives and those in flight are answered, or a second after the last
// of their deadlines if they hang.
// It returns the process's exit status: 0, or 2 if it cannot serve. It calls buildHandler once it listens, because
// Function Compute sends nothing before.
func ServeCustom(port string, buildHandler func() *handler.Handler, stdout, stderr io.Writer) int {
	terminated, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", "0.0.0.0:"+port) // Function Compute does not connect over the loopback interface
	if err != nil {
		fmt.Fprintf(stderr, "onput: the port that Function Compute names (FC_SERVER_PORT): %v\n", err)
		return 2
	}
	h := buildHandler()
	c := &custom{handle: h.InvokeReading, log: h.Log, stdout: stdout, drain: newDrain()}
	serveErr := make(chan error, 1)
	go func() { serveErr <- c.server().Serve(listener) }()
	select {
	case err := <-serveErr:
		fmt.Fprintf(stderr, "onput: port %s: %v\n", port, err)
		return 2
	case <-terminated.Done():
	}
	stop() // a second signal ends the process at once
	<-c.drain.close()
	return 0
}

// server returns the HTTP server. It never closes an idle connection.
// Function Compute wants connections open for at least 15 minutes, and an instance that thaws after a longer freeze would
// close the very connection that its next invocation arrives on.
//
// https://www.alibabacloud.com/help/doc-detail/209248.htm
func (c *custom) server() *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /invoke", c.invoke)
	mux.HandleFunc("POST /initialize", c.hook("Initialize", func() {})) // buildHandler has begun to load the rules
	// Function Compute's pages on hooks say GET, its pages on runtimes say POST:
	// https://www.alibabacloud.com/help/en/functioncompute/fc-2-0/user-guide/lifecycle-hooks-for-function-instances-2
	for _, method := range []string{"GET", "POST"} {
		mux.HandleFunc(method+" /pre-freeze", c.hook("PreFreeze", func() {}))
		mux.HandleFunc(method+" /pre-stop", c.hook("PreStop", func() { <-c.drain.close() }))
	}
	return &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout}
}

// hook returns the handler of a lifecycle hook. It answers after do returns.
func (c *custom) hook(name string, do func()) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := fcContextOf(r.Header).RequestID
		c.logStart(name, id)
		do()
		c.logEnd(name, id, true)
		reply(w, nil, nil)
	}
}

// invoke serves one invocation. It answers with the handler's answer as JSON, or with the error document.
func (c *custom) invoke(w http.ResponseWriter, r *http.Request) {
	fcContext := fcContextOf(r.Header)
	if !c.drain.enter() {
		reply(w, nil, notHandled("the instance is about to end"))
		return
	}
	now := time.Now()
	deadline, ok := deadlineOf(r.Header, now)
	end := deadline
	if !ok {
		end = now.Add(longest)
	}
	leave := sync.OnceFunc(c.drain.leave)
	defer leave()
	defer time.AfterFunc(end.Sub(now)+answerTime, leave).Stop() // the process does not wait for what hangs
	c.logStart("Invoke", fcContext.RequestID)
	ctx := fccontext.NewContext(context.Background(), fcContext)
	if ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline)
		defer cancel()
	}
	c.callHandler(ctx, w, r, fcContext.RequestID, func(answer []byte, failure *messages.InvokeResponse_Error) {
		c.logEnd("Invoke", fcContext.RequestID, failure == nil)
		connection := http.NewResponseController(w)
		taken := min(max(time.Until(end), 0), stallTime) + answerTime // even if a pause went on past the deadline
		connection.SetWriteDeadline(time.Now().Add(taken))
		reply(w, answer, failure)
		connection.SetWriteDeadline(time.Time{})
	})
}

// callHandler reads the payload and calls the handler. It replies with the answer or an error document while the invocation
// holds its memory; a panic fails this invocation alone.
//
// As in go1, ctx does not end with the request: a submission cannot be taken back, and the log must report its result.
func (c *custom) callHandler(ctx context.Context, w http.ResponseWriter, r *http.Request, requestID string, reply func([]byte, *messages.InvokeResponse_Error)) {
	defer func() {
		if value := recover(); value != nil {
			failure := panicDocument(value)
			failure.Message = handler.Secrets(ctx).Redact(failure.Message)
			c.log.Error("panic", slog.String("invocation", requestID), slog.String("panic", failure.Message),
				slog.String("stack", string(debug.Stack())))
			reply(nil, failure)
		}
	}()
	payload, err := newPayload(ctx, w, r)
	if err != nil {
		reply(nil, errorDocument(err))
		return
	}
	c.handle(ctx, payload.size(), payload.read, func(result *handler.Answer, err error) {
		payload.discard()
		var answer []byte
		if err == nil {
			answer, err = json.Marshal(result)
		}
		if err != nil {
			reply(nil, errorDocument(err))
			return
		}
		reply(answer, nil)
	})
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// payload is the payload of an invocation that is still to be read, before the deadline of its context.
type payload struct {
	request    *http.Request
	connection *http.ResponseController
	deadline   time.Time
	data       []byte
	broken     bool // off
}

// maxRead bounds the bytes of a payload that are kept: one too many for a payload that is too long, so that the handler reports it.
const maxRead = event.MaxPayload + 1

// newPayload reads the first bytes of the payload. A client that only declares a payload takes no memory from others.
func newPayload(ctx context.Context, w http.ResponseWriter, r *http.Request) (*payload, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(payloadTimeout)
	}
	p := &payload{request: r, connection: http.NewResponseController(w), deadline: deadline}
	p.connection.SetReadDeadline(deadline)
	p.data = make([]byte, 0, membudget.FreePayload)
	return p, brokenOff(p.fill(cap(p.data)))
}

// fill reads until there are n bytes, for which the buffer has room. It returns io.EOF at the end of the payload.
func (p *payload) fill(n int) error {
	for len(p.data) < n {
		read, err := p.request.Body.Read(p.data[len(p.data):n])
		if p.data = p.data[:len(p.data)+read]; err != nil {
			p.broken = err != io.EOF
			return err
		}
	}
	return nil
}

// expectBytes sets the time at which the next [stallBytes] must have arrived.
func (p *payload) expectBytes() {
	p.connection.SetReadDeadline(earlier(p.deadline, time.Now().Add(stallTime)))
}

// size returns the bytes that reading takes: as many as the client declares.
func (p *payload) size() int64 {
	if n := p.request.ContentLength; 0 <= n && n < maxRead {
		return n
	}
	return maxRead
}

// read reads the payload. Its buffer grows with the bytes that arrive, up to the size, once grow allows it.
func (p *payload) read(grow func(int64) error) ([]byte, error) {
	var err error
	for limit := int(p.size()); err == nil && len(p.data) < limit; {
		if len(p.data) == cap(p.data) {
			size := min(max(2*cap(p.data), stallBytes), limit)
			if err := grow(int64(size)); err != nil {
				return nil, err
			}
			p.data = append(make([]byte, 0, size), p.data...)
		}
		p.expectBytes()
		err = p.fill(min(len(p.data)+stallBytes, cap(p.data), limit))
	}
	if brokenOff(err) != nil {
		return nil, brokenOff(err)
	}
	return p.data, p.discard()
}

// discard discards the rest, because a client that is sending does not read the answer.
func (p *payload) discard() error {
	if p.broken {
		return nil
	}
	var err error
	for err == nil {
		p.expectBytes()
		_, err = io.CopyN(io.Discard, p.request.Body, stallBytes)
	}
	if err == io.EOF {
		err = nil
	}
	if err == nil {
		p.connection.SetReadDeadline(time.Time{}) // else it stays: the server reads the rest before it answers
	}
	return brokenOff(err)
}

func brokenOff(err error) error {
	if err == nil || err == io.EOF {
		return nil
	}
	return &handler.TransientError{Text: "nothing was done: the payload was cut off: " + err.Error()}
}

// logStart writes the line that marks the start of an invocation or hook in the log.
// A custom runtime writes such lines itself; the text is the FC SDK's, so one search finds them in both runtimes.
func (c *custom) logStart(name, requestID string) {
	io.WriteString(c.stdout, "FC "+name+" Start RequestId: "+requestID+"\n")
}

// logEnd writes the line that ends what logStart began.
func (c *custom) logEnd(name, requestID string, ok bool) {
	line := "FC " + name + " End RequestId: " + requestID
	if !ok {
		line += ", Error: Unhandled function error"
	}
	io.WriteString(c.stdout, line+"\n")
}

// notHandled returns the document of an invocation that never reached the handler. A retry can help.
func notHandled(reason string) *messages.InvokeResponse_Error {
	return &messages.InvokeResponse_Error{Message: "nothing was done: " + reason, Type: reflect.TypeFor[handler.TransientError]().Name()}
}

// reply answers 200 with answer, or 404 with the failure if there is one. Function Compute wants the status in a header, too.
// It flushes the response, because the process may end once reply returns.
func reply(w http.ResponseWriter, answer []byte, failure *messages.InvokeResponse_Error) {
	status, body := http.StatusOK, answer
	if failure != nil {
		status = http.StatusNotFound
		body, _ = json.Marshal(failure) // strings and numbers always marshal
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Fc-Status", strconv.Itoa(status))
	w.WriteHeader(status)
	w.Write(body)
	http.NewResponseController(w).Flush()
}
