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

// Write counts bytes before they leave and takes back the ones that did not, so that no byte is out and uncounted.
func (c *countedConn) Write(p []byte) (int, error) {
	c.written.Add(int64(len(p)))
	n, err := c.Conn.Write(p)
	c.written.Add(int64(n - len(p)))
	return n, err
}

// newTransport returns a transport that counts bytes. It has no timeout but for connecting, since an answer may take as
// long as the invocation has.
//
// OSS closes idle connections after a minute; closing them first avoids requests that are lost on a closing connection.
// 200 is the largest instanceConcurrency of Function Compute.
func newTransport(config *tls.Config) *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	tlsDialer := &tls.Dialer{NetDialer: dialer, Config: config}
	return &http.Transport{
		DialContext:         counted(dialer.DialContext),
		DialTLSContext:      counted(tlsDialer.DialContext),
		IdleConnTimeout:     50 * time.Second,
		MaxIdleConnsPerHost: 200,
		DisableCompression:  true,
	}
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// counted returns dial with its connections counted.
func counted(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &countedConn{Conn: conn}, nil
	}
}
