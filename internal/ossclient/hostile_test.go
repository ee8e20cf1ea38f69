package ossclient

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// hostileServer answers a request, or does not.
type hostileServer struct {
	name    string
	answer  string
	then    string // written again and again
	pause   time.Duration
	hangs   bool // silence instead of closing the connection
	deaf    bool // the request is not read
	takes   bool // a submission counts as taken, because the answer names the task
	refuses bool // the answer says that OSS did not take the request
}

var hostileServers = []hostileServer{
	{name: "deaf", deaf: true, hangs: true},
	{name: "silent", hangs: true},
	{name: "closes"},
	{name: "half a status line", answer: "HTTP/1.1 20", hangs: true},
	{name: "a status line that drips", answer: "HTTP/1.1 200 O", then: "K", pause: time.Second},
	{name: "headers that drip", answer: "HTTP/1.1 200 OK\r\n", then: "X-A: b\r\n", pause: time.Second},
	{name: "endless headers", answer: "HTTP/1.1 200 OK\r\n", then: "X-A: " + strings.Repeat("b", 64<<10) + "\r\n"},
	{name: "no HTTP", answer: "\x00\x00\x12\x04\r\n", hangs: true},
	{name: "HTTP/2", answer: "HTTP/2 200\r\n\r\n", hangs: true},

	{name: "100 alone", answer: "HTTP/1.1 100 Continue\r\n\r\n", hangs: true},
	{name: "102 alone", answer: "HTTP/1.1 102 Processing\r\n\r\n", hangs: true},
	{name: "103 that drips", then: "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", pause: time.Second},
	{name: "endless 103", then: "HTTP/1.1 103 Early Hints\r\nLink: " + strings.Repeat("x", 64<<10) + "\r\n\r\n"},
	{name: "101", answer: "HTTP/1.1 101 Switching Protocols\r\n\r\n", hangs: true},
	{name: "101 to WebSocket", answer: "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", hangs: true},
	{name: "101 with a body", answer: "HTTP/1.1 101 Switching Protocols\r\nContent-Length: 1000\r\n\r\n", then: "x", pause: time.Second},
	{name: "101 with an endless body", answer: "HTTP/1.1 101 Switching Protocols\r\n\r\n", then: strings.Repeat("x", 64<<10)},
	{name: "101 and an answer", answer: "HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", hangs: true},
	{name: "199", answer: "HTTP/1.1 199 x\r\n\r\n", hangs: true},
	{name: "status 0", answer: "HTTP/1.1 000 x\r\n\r\n", hangs: true},
	{name: "status 99", answer: "HTTP/1.1 099 x\r\n\r\n", hangs: true},

	{name: "an upgrade with 200", answer: "HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", hangs: true},
	{name: "a length and no body", answer: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", hangs: true},
	{name: "a length that is too large", answer: "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + ids, hangs: true, takes: true},
	{name: "a length that is huge", answer: "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n", then: "x", pause: time.Second},
	{name: "a length that is too small", answer: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + ids, hangs: true},
	{name: "a length below zero", answer: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + ids, hangs: true},
	{name: "two lengths", answer: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 20\r\n\r\n" + ids, hangs: true},
	{name: "no length", answer: "HTTP/1.1 200 OK\r\n\r\n" + ids, hangs: true, takes: true},
	{name: "a body that drips", answer: "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", then: "x", pause: time.Second},
	{name: "an endless body", answer: "HTTP/1.1 200 OK\r\n\r\n", then: strings.Repeat("x", 64<<10)},
	{name: "endless chunks", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", then: "1000\r\n" + strings.Repeat("x", 0x1000) + "\r\n"},
	{name: "chunks that drip", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", then: "1\r\nx\r\n", pause: time.Second},
	{name: "a chunk that is huge", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n", then: "x", pause: time.Second},
	{name: "a chunk size that drips", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", then: "0", pause: time.Second},
	{name: "trailers that drip", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-A\r\n\r\n0\r\n", then: "X-A: b\r\n", pause: time.Second},
	{name: "no body with 204", answer: "HTTP/1.1 204 No Content\r\nContent-Length: 100\r\n\r\n", hangs: true},
	{name: "an error that drips", answer: "HTTP/1.1 403 Forbidden\r\n\r\n<Error>", then: "x", pause: time.Second, refuses: true},
	{name: "an endless error", answer: "HTTP/1.1 500 Internal Server Error\r\n\r\n", then: strings.Repeat("x", 64<<10)},
	{name: "an endless refusal", answer: "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 100\r\n\r\n", hangs: true, refuses: true},
	{name: "a redirect that hangs", answer: "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://oss.test/\r\nContent-Length: 100\r\n\r\n", hangs: true, refuses: true},
}

// hostileTimeout is the time of a request to a hostile server.
const hostileTimeout = 30 * time.Second

func (s *hostileServer) serve(conn net.Conn) {
	silent := func() { io.Copy(io.Discard, conn) } // until the client closes the connection
	if s.deaf {
		time.Sleep(2 * hostileTimeout)
		return
	}
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	io.Copy(io.Discard, request.Body)
	_, err = io.WriteString(conn, s.answer)
	for err == nil && s.then != "" {
		time.Sleep(s.pause)
		_, err = io.WriteString(conn, s.then)
	}
	if s.hangs {
		silent()
	}
}

// TestHostileServers checks that each request ends with its context, whatever answers, and leaves nothing behind.
func TestHostileServers(t *testing.T) {
	const timeout = hostileTimeout
	for _, server := range hostileServers {
		for _, request := range requests {
			if testing.Short() && request.name != "submit" {
				continue
			}
			t.Run(server.name+"/"+request.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := newPipeClient(t, &pipes{serve: server.serve})
					ctx, cancel := context.WithTimeout(withCaller(t), timeout)
					defer cancel()
					ended := make(chan error, 1)
					go func() { ended <- request.send(ctx, c) }()
					var err error
					select {
					case err = <-ended:
					case <-time.After(timeout + 100*time.Millisecond):
						t.Fatal("it outlives its context")
					}
					time.Sleep(2 * timeout) // no goroutine is left after that
					if request.name != "submit" {
						return
					}
					var transient *TransientError
					inDoubt := errors.As(err, &transient) && transient.InDoubt
					if (err == nil) != server.takes || inDoubt != !(server.takes || server.refuses || server.deaf && strings.Contains(err.Error(), "nothing was sent")) {
						t.Errorf("%v, in doubt: %v", err, inDoubt)
					}
				})
			})
		}
	}
}
