package ossclient

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"onput/process"
	"onput/rules"
)

// pausedContext is the context of an instance that is paused: its timer does not run.
type pausedContext struct {
	context.Context
	deadline time.Time
}

func (c pausedContext) Deadline() (time.Time, bool) { return c.deadline, true }

// pipes is a network in memory, for tests in fake time: each connection that is dialed is a pipe to serve.
type pipes struct {
	serve func(net.Conn)
	dial  func()          // if not nil, called for each connection
	wrote func(bytes int) // if not nil, called after each write
}

func (p *pipes) transport() *http.Transport {
	return &http.Transport{DialContext: counted(func(context.Context, string, string) (net.Conn, error) {
		if p.dial != nil {
			p.dial()
		}
		here, there := net.Pipe()
		go func() {
			defer there.Close()
			p.serve(there)
		}()
		return writeHook{here, p}, nil
	})}
}

// writeHook is a connection that reports what was written to it.
type writeHook struct {
	net.Conn
	*pipes
}

func (c writeHook) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if c.wrote != nil {
		c.wrote(n)
	}
	return n, err
}

// newPipeClient returns a client that sends through pipes and waits in fake time.
func newPipeClient(t *testing.T, p *pipes) *Client {
	c, err := New("http://oss.test", "")
	if err != nil {
		t.Fatal(err)
	}
	transport := p.transport()
	c.Transport = transport
	t.Cleanup(transport.CloseIdleConnections)
	return c
}

// requests are all kinds of requests that a client sends.
var requests = []struct {
	name string
	send func(context.Context, *Client) error
}{
	{"submit", func(ctx context.Context, c *Client) error {
		_, err := c.Submit(ctx, &rules.Upload{}, task())
		return err
	}},
	{"process", func(ctx context.Context, c *Client) error {
		_, err := c.Submit(ctx, &rules.Upload{}, thumbnail())
		return err
	}},
	{"append", func(ctx context.Context, c *Client) error {
		return c.Append(ctx, "", process.Location{Bucket: "acme-state", Key: "claim"}, 0, []byte("line\n"))
	}},
	{"read", func(ctx context.Context, c *Client) error {
		_, err := c.Read(ctx, "", process.Location{Bucket: "acme-state", Key: "claim"}, 100)
		return err
	}},
	{"read if modified", func(ctx context.Context, c *Client) error {
		_, err := c.ReadIfModified(ctx, process.Location{Bucket: "acme-state", Key: "rules.yaml"}, "", 100)
		return err
	}},
	{"put", func(ctx context.Context, c *Client) error {
		return c.Put(ctx, "", process.Location{Bucket: "acme-state", Key: "record"}, "application/json", []byte("{}"))
	}},
}

// TestLate pauses an instance at each moment before a request is written. Not a byte may leave, although no timer says that
// the time is over.
func TestLate(t *testing.T) {
	for _, test := range []struct {
		name     string
		requests int64 // that leave before the time is over
		send     func(send func(context.Context) error, ctx context.Context, c *Client, p *pipes, pause func()) error
	}{
		{"before the request", 0, func(send func(context.Context) error, ctx context.Context, _ *Client, _ *pipes, pause func()) error {
			pause()
			return send(ctx)
		}},
		{"while connecting", 0, func(send func(context.Context) error, ctx context.Context, _ *Client, p *pipes, pause func()) error {
			p.dial = pause
			return send(ctx)
		}},
		{"with a connection", 0, func(send func(context.Context) error, ctx context.Context, _ *Client, _ *pipes, pause func()) error {
			return send(onGotConn(ctx, pause))
		}},
		{"with a connection that is used again", 1, func(send func(context.Context) error, ctx context.Context, _ *Client, _ *pipes, pause func()) error {
			send(ctx)
			return send(onGotConn(ctx, pause))
		}},
		{"before another try", 1, func(send func(context.Context) error, ctx context.Context, c *Client, _ *pipes, pause func()) error {
			c.Wait = func(context.Context, time.Duration) error { pause(); return nil }
			return send(ctx)
		}},
	} {
		for _, request := range requests {
			t.Run(test.name+"/"+request.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var received, late atomic.Int64 // requests, and bytes after the deadline
					var over atomic.Bool
					p := &pipes{}
					p.serve = answerAll("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", &received)
					p.wrote = func(n int) {
						if over.Load() {
							late.Add(int64(n))
						}
					}
					c := newPipeClient(t, p)
					c.Wait = func(context.Context, time.Duration) error { return errors.New("no other try") }
					pause := func() {
						time.Sleep(2 * time.Second)
						over.Store(true)
					}
					ctx := pausedContext{withCaller(t), time.Now().Add(time.Second)}
					err := test.send(func(ctx context.Context) error { return request.send(ctx, c) }, ctx, c, p, pause)
					var transient *TransientError
					if !errors.As(err, &transient) || transient.InDoubt || !strings.Contains(err.Error(), ": nothing was sent: the invocation's time was used up") {
						t.Errorf("%T %v", err, err)
					}
					if late.Load() > 0 || received.Load() != test.requests {
						t.Errorf("%d bytes left after the deadline; %d requests in all, want %d", late.Load(), received.Load(), test.requests)
					}
				})
			})
		}
	}
}

// onGotConn calls do between the choice of a connection and the first write.
func onGotConn(ctx context.Context, do func()) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { do() }})
}

// answerAll serves each request of a connection with the same answer.
func answerAll(answer string, requests *atomic.Int64) func(net.Conn) {
	return func(conn net.Conn) {
		reader := bufio.NewReader(conn)
		for {
			request, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			requests.Add(1)
			io.Copy(io.Discard, request.Body)
			io.WriteString(conn, answer)
		}
	}
}

// TestLateRest pauses an instance when a part of a request was written. The rest does not follow, and the submission is in
// doubt.
func TestLateRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var received bytes.Buffer
		p := &pipes{serve: func(conn net.Conn) { io.Copy(&received, conn) }}
		p.wrote = func(int) { time.Sleep(2 * time.Second) }
		c := newPipeClient(t, p)
		long := task()
		long.Process += strings.Repeat(",x_1", 10_000)
		_, err := c.Submit(pausedContext{withCaller(t), time.Now().Add(time.Second)}, &rules.Upload{}, long)
		var transient *TransientError
		if !errors.As(err, &transient) || !transient.InDoubt ||
			!strings.HasSuffix(err.Error(), "the request went out and no answer came back: OSS may have taken it (the invocation's time was used up)") {
			t.Errorf("%v", err)
		}
		synctest.Wait()
		if n := received.Len(); n == 0 || n > 8<<10 {
			t.Errorf("%d bytes were written", n)
		}
	})
}
