package ossclient

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// countedConn counts the bytes written to a connection. It sits above TLS, so handshakes and alerts do not count.
type countedConn struct {
	net.Conn
	written atomic.Int64
}

// Write counts bytes before they leave, and then subtracts the ones that did not, so that no byte is out and uncounted.
func (c *countedConn) Write(p []byte) (int, error) {
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
