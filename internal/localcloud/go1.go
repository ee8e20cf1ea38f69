package localcloud

import (
	"context"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"strings"
)

// go1 is the built-in Go runtime. The process polls a Runtime API for one invocation after the other, as fc-runtime-go-sdk
// does.
type go1 struct {
	*child
	server *http.Server // the Runtime API, of this process only
	work   chan *job    // jobs for the next poll
}

const runtimeAPI = "/2020-11-11/runtime/invocation/"

// newGo1 starts the Runtime API of a process.
func newGo1(c *child) (functionRuntime, string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	g := &go1{child: c, work: make(chan *job)}
	g.server = &http.Server{Handler: http.HandlerFunc(g.serve), ErrorLog: log.New(io.Discard, "", 0)}
	go g.server.Serve(listener)
	return g, "FC_RUNTIME_API=" + listener.Addr().String(), nil
}

// dispatch waits until the process polls.
func (g *go1) dispatch(ctx context.Context, j *job) error {
	select {
	case g.work <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *go1) stop(context.Context) {}

func (g *go1) close() { g.server.Close() }

// serve handles the requests of the Runtime API.
func (g *go1) serve(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, runtimeAPI)
	id, what, _ := strings.Cut(path, "/")
	switch {
	case ok && r.Method == http.MethodGet && path == "next":
		g.next(w, r)
	case ok && r.Method == http.MethodPost && (what == "response" || what == "error"):
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		j := g.job(id)
		if j == nil {
			http.Error(w, "no such invocation: "+id, http.StatusNotFound)
			return
		}
		select {
		case j.replies <- reply{what == "error", body}:
		default:
			http.Error(w, "this invocation was answered before: "+id, http.StatusConflict)
		}
	default:
		http.NotFound(w, r)
	}
}

// next answers a poll as soon as there is a job.
func (g *go1) next(w http.ResponseWriter, r *http.Request) {
	g.wasReady.Store(true)
	select {
	case j := <-g.work:
		maps.Copy(w.Header(), g.headers(j.invocation))
		w.Write(j.payload)
	case <-r.Context().Done():
	}
}
