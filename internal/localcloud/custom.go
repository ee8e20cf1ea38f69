package localcloud

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"onput/internal/clock"
)

// custom is the custom runtime. The process is an HTTP server and gets invocations as requests, many at once.
//
// https://www.alibabacloud.com/help/en/functioncompute/fc/principles-1
type custom struct {
	*child
	address   string
	transport *http.Transport
	listening chan struct{} // closed once the process listens
}

// MaxConcurrency is the largest instanceConcurrency of Function Compute:
// https://www.alibabacloud.com/help/en/functioncompute/fc/configure-the-concurrency-of-a-single-instance
const MaxConcurrency = 200

// newCustom reserves a port for the server of a process.
func newCustom(c *child) (functionRuntime, string, error) {
	port, err := freePort()
	if err != nil {
		return nil, "", err
	}
	r := &custom{
		child:     c,
		address:   net.JoinHostPort("127.0.0.1", port),
		transport: &http.Transport{MaxIdleConnsPerHost: MaxConcurrency, DisableCompression: true},
		listening: make(chan struct{}),
	}
	go r.waitUntilListening()
	return r, "FC_SERVER_PORT=" + port, nil
}

// freePort returns an unused port. It is below the ephemeral ports, so that no outgoing connection takes it before the
// process listens.
func freePort() (string, error) {
	for tries := 0; ; tries++ {
		port := strconv.Itoa(10_000 + rand.N(22_000))
		listener, err := net.Listen("tcp", "0.0.0.0:"+port)
		if err == nil {
			return port, listener.Close()
		}
		if tries == 100 {
			return "", err
		}
	}
}

// waitUntilListening tries to connect until the process listens or ends.
func (r *custom) waitUntilListening() {
	var dialer net.Dialer
	for pause := time.Millisecond; ; pause = min(2*pause, 16*time.Millisecond) {
		conn, err := dialer.DialContext(r.alive, "tcp", r.address)
		if err == nil {
			conn.Close()
			r.wasReady.Store(true)
			close(r.listening)
			return
		}
		if clock.Wait(r.alive, pause) != nil {
			return
		}
	}
}

// dispatch sends the job once the process listens.
func (r *custom) dispatch(ctx context.Context, j *job) error {
	select {
	case <-r.listening:
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil { // it may be listening as well
		return err
	}
	go r.post(j)
	return nil
}

// post sends a job as a request. It tries again if nothing listens: for a moment, another program that looks for a free port
// may have listened instead of the process. If post fails later, the process is about to end, which awaitResult notices.
func (r *custom) post(j *job) {
	resp, err := r.request(r.alive, http.MethodPost, "/invoke", r.headers(j.invocation), bytes.NewReader(j.payload))
	for errors.Is(err, syscall.ECONNREFUSED) && clock.Wait(r.alive, time.Millisecond) == nil {
		resp, err = r.request(r.alive, http.MethodPost, "/invoke", r.headers(j.invocation), bytes.NewReader(j.payload))
	}
	if err != nil {
		return
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err == nil {
		j.replies <- reply{resp.StatusCode != http.StatusOK, body}
	}
}

// request sends a request to the server of the process.
func (r *custom) request(ctx context.Context, method, path string, header http.Header, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+r.address+path, body)
	if err != nil {
		return nil, err
	}
	req.Header = header
	return r.transport.RoundTrip(req)
}

// stop calls the pre-stop hook and then sends SIGTERM.
//
// https://www.alibabacloud.com/help/en/functioncompute/fc-2-0/user-guide/lifecycle-hooks-for-function-instances-2
func (r *custom) stop(ctx context.Context) {
	if resp, err := r.request(ctx, http.MethodGet, "/pre-stop", http.Header{}, nil); err == nil {
		resp.Body.Close()
	}
	if r.cmd.Process.Signal(syscall.SIGTERM) == nil {
		<-ctx.Done()
	}
}

func (r *custom) close() { r.transport.CloseIdleConnections() }
