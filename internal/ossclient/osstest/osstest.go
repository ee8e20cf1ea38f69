// Package osstest serves scripted answers of OSS for tests.
package osstest

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// Credentials of the tests, which must never be seen outside of a request.
const (
	KeyID  = "LTAI5tKeyIdOfTheTest"
	Secret = "SecretOfTheTest0123456789"
	Token  = "SecurityTokenOfTheTest0123456789"
)

// Server is an OSS that answers one request after the other from a script. It repeats the last answer.
type Server struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
}

// Serve starts a server for the duration of a test.
func Serve(t *testing.T, script ...http.HandlerFunc) *Server {
	s := NewServer(script...)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// NewServer returns a server that is not started.
func NewServer(script ...http.HandlerFunc) *Server {
	s := &Server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.bodies = append(s.bodies, string(body))
		line := script[min(len(s.bodies), len(script))-1]
		s.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		line(w, r)
	}))
	return s
}

// Received returns the bodies of all requests so far.
func (s *Server) Received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bodies)
}

// Requests returns the number of requests so far.
func (s *Server) Requests() int { return len(s.Received()) }

// IDs is the body of an answer that takes a submission.
const IDs = `{"EventId":"181-1kZ","RequestId":"1D99637F","TaskId":"MediaConvert-e4a7"}`

// Answer answers 200, as OSS does to a submission or an append.
func Answer(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-oss-request-id", "534B")
		w.Header()["Content-Type"] = []string{contentType}
		if query := r.URL.Query(); query.Has("append") {
			position, _ := strconv.ParseInt(query.Get("position"), 10, 64)
			w.Header().Set("x-oss-next-append-position", strconv.FormatInt(position+r.ContentLength, 10))
		}
		io.WriteString(w, body)
	}
}

// Take takes a submission.
var Take = Answer("application/json", IDs)

// Raw answers with a status, a body and headers, given as names and values.
func Raw(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// Refuse answers with an error document.
func Refuse(status int, code, message string, header ...string) http.HandlerFunc {
	return Raw(status, "<Error><Code>"+code+"</Code><Message>"+message+"</Message><RequestId>647E</RequestId><EC>0003-01</EC></Error>",
		append(header, "x-oss-request-id", "647E", "Content-Type", "application/xml")...)
}

// HangUp closes the connection when the request has been read: with a reset, or in good order.
func HangUp(reset bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		if tcp, ok := conn.(*net.TCPConn); ok && reset {
			tcp.SetLinger(0)
		}
		conn.Close()
	}
}
