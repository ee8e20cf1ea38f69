package handler

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
)

// exchange is one HTTP request to OSS and what became of it. The OSS SDK takes it for its HTTP client. It knows what the
// SDK's error does not tell: whether a request left the process at all, and what OSS answered even where the SDK cannot
// read the answer.
type exchange struct {
	transport http.RoundTripper
	limit     int64 // bytes that are read of the body of a 2xx answer

	called bool         // the SDK got as far as sending
	signed secrets      // what the request's headers hold of its signature and credentials
	conn   *countedConn // nil while there was no connection
	before int64        // bytes written to conn before the request
	err    error        // why there is no answer

	status  int // 0 without an answer
	header  http.Header
	body    []byte
	bodyErr error  // the body broke off
	code    string // OSS's error code, once it was judged
}

// Do sends the request and reads the answer whole. It goes to the transport directly: no redirect is followed, since a
// signed request is for one host only.
func (x *exchange) Do(req *http.Request) (*http.Response, error) {
	x.called = true
	x.signed = signedBy(req.Header)
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{GotConn: x.gotConn})
	resp, err := x.transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		x.err = err
		return nil, err
	}
	x.status, x.header = resp.StatusCode, resp.Header
	limit := x.limit
	if x.status/100 != 2 {
		limit = maxAnswer
	}
	x.body, x.bodyErr = io.ReadAll(io.LimitReader(resp.Body, limit))
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(x.body))
	return resp, nil
}

// signedBy returns what an answer may repeat of a signed request and nobody else may read. The secret of the access key
// is never sent. "OSS4-HMAC" stands at the head of what OSS says it signed itself.
//
// https://help.aliyun.com/en/oss/developer-reference/recommend-to-use-signature-version-4
func signedBy(header http.Header) secrets {
	authorization := header.Get("Authorization")
	_, signature, _ := strings.Cut(authorization, "Signature=")
	_, credential, _ := strings.Cut(authorization, "Credential=")
	accessKeyID, _, _ := strings.Cut(credential, "/")
	return secrets{"OSS4-HMAC", authorization, signature, accessKeyID, header.Get("x-oss-security-token")}
}

func (x *exchange) gotConn(info httptrace.GotConnInfo) {
	if conn, ok := info.Conn.(*countedConn); ok {
		x.conn, x.before = conn, conn.written.Load()
	}
}

// wentOut reports whether any byte of the request was written. Connections carry one request at a time, and the
// transport ends its writing before it returns an error.
func (x *exchange) wentOut() bool {
	return x.conn != nil && x.conn.written.Load() > x.before
}

// countedConn counts what is written to a connection: above TLS, so that handshakes and alerts do not count.
type countedConn struct {
	net.Conn
	written atomic.Int64
}

// Write counts bytes before they leave and takes back what did not, so that no byte is ever out and uncounted.
func (c *countedConn) Write(p []byte) (int, error) {
	c.written.Add(int64(len(p)))
	n, err := c.Conn.Write(p)
	c.written.Add(int64(n - len(p)))
	return n, err
}

// newTransport returns the transport that all requests share. An answer may take as long as the invocation has, so there
// is no timeout but for connecting. OSS closes idle connections after a minute; being first avoids requests that are lost
// on a closing connection. 200 is the largest instanceConcurrency of Function Compute.
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

func counted(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &countedConn{Conn: conn}, nil
	}
}
