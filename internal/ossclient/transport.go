package ossclient

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"onput/internal/clock"
)

// countedConn counts the bytes written to a connection, and writes none after the deadline of the request that uses it.
// It sits above TLS, so handshakes and alerts do not count.
type countedConn struct {
	net.Conn
	written  atomic.Int64
	deadline atomic.Pointer[time.Time] // nil without a deadline
}

var errTimeUsedUp = errors.New(TimeUsedUp)

// Write counts bytes before they leave, and then subtracts the ones that did not, so that no byte is out and uncounted.
//
// It reads the clock, because another delivery may own the task once the time is over. A context does not know: in an
// instance that was paused, the timer that ends it runs late.
func (c *countedConn) Write(p []byte) (int, error) {
	if deadline := c.deadline.Load(); deadline != nil && clock.Left(*deadline, time.Now()) <= 0 {
		return 0, errTimeUsedUp
	}
	c.written.Add(int64(len(p)))
	n, err := c.Conn.Write(p)
	c.written.Add(int64(n - len(p)))
	return n, err
}

// newTransport returns a transport that counts bytes. Its only timeout is for connecting, since an answer may take as long as
// the invocation has. It closes idle connections before OSS does, after a minute, so that no request is lost on one.
func newTransport(config *tls.Config) *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	tlsDialer := &tls.Dialer{NetDialer: dialer, Config: config}
	return &http.Transport{
		DialContext:         counted(dialer.DialContext),
		DialTLSContext:      counted(tlsDialer.DialContext),
		IdleConnTimeout:     50 * time.Second,
		MaxIdleConnsPerHost: 200, // Function Compute's largest instanceConcurrency
		DisableCompression:  true,
	}
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// counted makes dial return a [countedConn].
func counted(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &countedConn{Conn: conn}, nil
	}
}
