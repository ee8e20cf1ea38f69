package ossclient

import (
	"io"
	"net"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
	"testing"
)

// brokenConn fails before a byte is written, as a connection does that the other side has closed.
type brokenConn struct{ net.Conn }

func (brokenConn) Write([]byte) (int, error) { return 0, syscall.EPIPE }

// breakingConn works until broken is set.
type breakingConn struct {
	net.Conn
	broken *atomic.Bool
}

func (c breakingConn) Write(p []byte) (int, error) {
	if c.broken.Load() {
		return 0, syscall.EPIPE
	}
	return c.Conn.Write(p)
}

// TestSentBytes checks that only bytes of this request count, and only written ones.
func TestSentBytes(t *testing.T) {
	here, there := net.Pipe()
	go io.Copy(io.Discard, there)
	var broken atomic.Bool
	conn := &countedConn{Conn: breakingConn{here, &broken}}
	write := func() { io.WriteString(conn, "POST / HTTP/1.1\r\n") }
	write()
	var a attempt
	if a.sentBytes() {
		t.Error("went out without a connection")
	}
	a.gotConn(httptrace.GotConnInfo{Conn: conn, Reused: true})
	if a.sentBytes() {
		t.Error("what was written before counts")
	}
	broken.Store(true)
	write()
	if a.sentBytes() {
		t.Error("what was not written counts")
	}
	broken.Store(false)
	write()
	if !a.sentBytes() {
		t.Error("what was written does not count")
	}
	here.Close()
}
