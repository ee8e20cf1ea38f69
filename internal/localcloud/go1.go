package localcloud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// go1 is an instance of the built-in Go runtime: a process that asks a Runtime API for its invocations, as
// fc-runtime-go-sdk does. The process is started for the first invocation, and again for the next one after it ended.
type go1 struct {
	*deployed
	number int           // from 1
	gone   chan struct{} // closed with the instance

	mu     sync.Mutex
	child  *child
	deaths int // processes in a row that ended without asking for work
	closed bool
}

const (
	runtimeAPI = "/2020-11-11/runtime/invocation/"
	startLimit = 30 * time.Second // for a process to ask for work
)

func newGo1(d *deployed, number int) *go1 {
	return &go1{deployed: d, number: number, gone: make(chan struct{})}
}

// child is one process, with a Runtime API of its own.
type child struct {
	*go1
	cmd    *exec.Cmd
	server *http.Server
	work   chan *job     // to whoever asks for it
	exited chan struct{} // closed when the process is gone and all its output is read
	line   []byte        // what is there of the line that the process is writing

	mu     sync.Mutex
	polled bool // it asked for work
	job    *job // that its replies and log lines belong to
}

// job is one try of an invocation in a child.
type job struct {
	*invocation
	reply chan reply    // what the process posted
	ended chan struct{} // closed when the last of its log lines is read
	log   []string
}

type reply struct {
	failed bool
	body   []byte
}

func (g *go1) invoke(inv *invocation) Result {
	r := Result{RequestID: inv.id, Instance: g.number, Retry: inv.retry}
	j := &job{invocation: inv, reply: make(chan reply, 1), ended: make(chan struct{})}
	for {
		c, err := g.ready(j)
		if err != nil {
			return r.unhandled("FunctionNotStarted", err.Error())
		}
		polled, err := c.hand(j)
		if err != nil && polled {
			continue // the process served others before, and ended without having seen this one
		}
		if err != nil {
			r = r.unhandled("FunctionNotStarted", err.Error())
		} else {
			g.emit(InvocationStarted{inv.id, g.number, inv.retry, inv.payload})
			began := time.Now()
			r = c.finish(j, r)
			r.Duration = time.Since(began)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.job = nil
		r.Log = j.log
		return r
	}
}

// ready returns the process, and starts one if there is none. Where processes end again and again before they ask for work, it
// takes its time. From now on what the process writes belongs to j.
func (g *go1) ready(j *job) (*child, error) {
	g.mu.Lock()
	c, deaths := g.child, g.deaths
	g.mu.Unlock()
	if c != nil {
		select {
		case <-c.exited:
		default:
			c.mu.Lock()
			c.job = j
			c.mu.Unlock()
			return c, nil
		}
	}
	if deaths > 1 {
		pause := time.NewTimer(min(time.Second, time.Millisecond<<min(deaths, 10)))
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-g.gone:
		}
	}
	c, err := g.start(j)
	if err != nil {
		return nil, err
	}
	g.emit(FunctionStarted{g.number, c.cmd.Process.Pid})
	go c.wait()
	return c, nil
}

func (g *go1) start(j *job) (*child, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, errClosed
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &child{go1: g, work: make(chan *job), exited: make(chan struct{}), job: j}
	c.cmd = exec.Command(g.Binary)
	c.cmd.Dir = g.Dir
	c.cmd.Env = append(g.env(), "FC_RUNTIME_API="+listener.Addr().String())
	c.cmd.Stdout, c.cmd.Stderr = c, c // one for both, so that the lines keep their order
	c.cmd.WaitDelay = time.Second     // for processes that it started and that hold on to its output
	c.server = &http.Server{Handler: http.HandlerFunc(c.serve), ErrorLog: log.New(io.Discard, "", 0)}
	if err := c.cmd.Start(); err != nil {
		listener.Close()
		return nil, err
	}
	go c.server.Serve(listener)
	g.child = c
	return c, nil
}

// wait sees the process to its end.
func (c *child) wait() {
	c.cmd.Wait()
	c.flush()
	// Not before the process is gone: the SDK asks again and again, without a pause, where nobody answers.
	c.server.Close()
	c.mu.Lock()
	polled := c.polled
	c.mu.Unlock()
	c.go1.mu.Lock()
	if c.deaths++; polled {
		c.deaths = 0
	}
	c.go1.mu.Unlock()
	c.emit(FunctionExited{c.number, c.cmd.Process.Pid, c.cmd.ProcessState.String()})
	close(c.exited)
}

// kill ends the process and waits until it is gone.
func (c *child) kill() {
	c.cmd.Process.Kill()
	<-c.exited
}

func (g *go1) close() {
	g.mu.Lock()
	g.closed = true
	close(g.gone)
	c := g.child
	g.mu.Unlock()
	if c != nil {
		c.kill()
	}
}

// hand gives the job to the process. On an error the process is gone; polled says whether it ever asked for work.
func (c *child) hand(j *job) (polled bool, err error) {
	timer := time.NewTimer(startLimit)
	defer timer.Stop()
	select {
	case c.work <- j:
	case <-c.exited:
		err = fmt.Errorf("the function ended before it asked for work: %s", c.cmd.ProcessState)
	case <-timer.C:
		c.kill()
		err = fmt.Errorf("the function did not ask for work within %s", startLimit)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.polled, err
}

// finish waits for what comes of a job that the process has: a reply and its last log line, the end of the process, or
// the end of its time.
func (c *child) finish(j *job, r Result) Result {
	timer := time.NewTimer(c.Timeout)
	defer timer.Stop()
	select {
	case a := <-j.reply:
		select { // The SDK writes a last line before it replies, but the line may take longer to get here.
		case <-j.ended:
		case <-c.exited:
		case <-timer.C:
		}
		return r.replied(a)
	case <-timer.C:
		c.kill()
		return r.unhandled("FunctionTimedOut", fmt.Sprintf("Function timed out after %g seconds", c.Timeout.Seconds()))
	case <-c.exited:
		select {
		case a := <-j.reply: // it was in time
			return r.replied(a)
		default:
			return r.unhandled("FunctionExited", fmt.Sprintf("Process exited unexpectedly before completing request: %s", c.cmd.ProcessState))
		}
	}
}

func (r Result) unhandled(errorType, message string) Result {
	r.FunctionError, r.ErrorType, r.ErrorMessage = Unhandled, errorType, message
	r.Answer, _ = json.Marshal(map[string]string{"errorMessage": message, "errorType": errorType})
	return r
}

func (r Result) replied(a reply) Result {
	r.Answer = a.body
	if a.failed {
		var doc struct {
			ErrorMessage, ErrorType string
			StackTrace              json.RawMessage // of a panic
		}
		json.Unmarshal(a.body, &doc)
		r.FunctionError, r.ErrorType, r.ErrorMessage = Handled, doc.ErrorType, doc.ErrorMessage
		if len(doc.StackTrace) > 0 {
			r.FunctionError = Unhandled
		}
	}
	return r
}

// serve is the Runtime API.
func (c *child) serve(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, runtimeAPI)
	id, what, _ := strings.Cut(path, "/")
	switch {
	case ok && r.Method == http.MethodGet && path == "next":
		c.next(w, r)
	case ok && r.Method == http.MethodPost && (what == "response" || what == "error"):
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		c.mu.Lock()
		j := c.job
		c.mu.Unlock()
		if j == nil || j.id != id {
			http.Error(w, "no such invocation: "+id, http.StatusNotFound)
			return
		}
		select {
		case j.reply <- reply{what == "error", body}:
		default:
			http.Error(w, "this invocation was answered before: "+id, http.StatusConflict)
		}
	default:
		http.NotFound(w, r)
	}
}

// next answers a poll once there is an invocation.
func (c *child) next(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.polled = true
	c.mu.Unlock()
	select {
	case j := <-c.work:
		for name, value := range c.headers(j.invocation) {
			w.Header().Set(name, value)
		}
		w.Write(j.payload)
	case <-r.Context().Done():
	}
}

// headers is what a runtime tells the function of an invocation. Its deadline counts from now.
func (d *deployed) headers(inv *invocation) map[string]string {
	return map[string]string{
		"x-fc-request-id":        inv.id,
		"x-fc-function-type":     "0",
		"x-fc-function-deadline": strconv.FormatInt(time.Now().Add(d.Timeout).UnixMilli(), 10),
		"x-fc-function-timeout":  strconv.Itoa(int(math.Ceil(d.Timeout.Seconds()))),
		"x-fc-function-name":     d.Name,
		"x-fc-function-handler":  "main",
		"x-fc-function-memory":   strconv.Itoa(d.Memory),
		"x-fc-access-key-id":     d.Credential.AccessKeyID,
		"x-fc-access-key-secret": d.Credential.AccessKeySecret,
		"x-fc-security-token":    d.Credential.SecurityToken,
		"x-fc-region":            d.region,
		"x-fc-account-id":        d.account,
		"x-fc-qualifier":         "LATEST",
		"x-fc-retry-count":       strconv.Itoa(inv.retry),
		"Content-Type":           "application/octet-stream",
	}
}

// Write takes what the process writes, and splits it into lines. os/exec makes one call at a time.
func (c *child) Write(b []byte) (int, error) {
	n := len(b)
	for {
		line, rest, found := bytes.Cut(b, []byte("\n"))
		c.line = append(c.line, line...)
		if !found {
			return n, nil
		}
		c.flush()
		b = rest
	}
}

// flush hands on the line that is there.
func (c *child) flush() {
	if len(c.line) == 0 {
		return
	}
	text := string(c.line)
	c.line = c.line[:0]
	var id string
	c.mu.Lock()
	if j := c.job; j != nil {
		id = j.id
		j.log = append(j.log, text)
		if strings.Contains(text, "FC Invoke End RequestId: "+id) {
			select {
			case <-j.ended: // the function has written this line itself
			default:
				close(j.ended)
			}
		}
	}
	c.mu.Unlock()
	c.emit(LogLine{c.number, id, text})
}
