package ossclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"onput/internal/claims"
	"onput/internal/localcloud"
	"onput/process"
)

// stateOSS returns a local OSS with the bucket acme-state, and a client that sends to it.
func stateOSS(t *testing.T) (*localcloud.OSS, *Client) {
	local, err := localcloud.StartOSS(localcloud.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { local.Close() })
	local.AddCredential(localcloud.Credential{AccessKeyID: keyID, AccessKeySecret: secret, SecurityToken: token})
	if err := local.CreateBucket("acme-state"); err != nil {
		t.Fatal(err)
	}
	c, _ := newTestClient(t, local.Endpoint())
	return local, c
}

// TestObjects checks the errors of requests for claims, one after the other.
func TestObjects(t *testing.T) {
	local, c := stateOSS(t)
	ctx := withCaller(t)
	at := func(key string) process.Location { return process.Location{Bucket: "acme-state", Key: key} }
	nowhere := process.Location{Bucket: "nowhere", Key: "x"}
	read := func(l process.Location, max int64) error { _, err := c.Read(ctx, "", l, max); return err }
	if err := c.Put(ctx, "", at("normal"), "application/json", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name  string
		fault localcloud.Faults
		do    func() error
		is    error // of errors.Is; nil for none
		text  string
	}{
		{name: "create", do: func() error { return c.Append(ctx, "", at("log"), 0, []byte("one\n")) }},
		{name: "create again", do: func() error { return c.Append(ctx, "", at("log"), 0, []byte("one\n")) }, is: claims.ErrPosition},
		{name: "append", do: func() error { return c.Append(ctx, "", at("log"), 4, []byte("two\n")) }},
		{name: "append too far", do: func() error { return c.Append(ctx, "", at("log"), 80, []byte("x")) }, is: claims.ErrPosition},
		{name: "not appendable", do: func() error { return c.Append(ctx, "", at("normal"), 2, []byte("x")) }, is: claims.ErrNotAppendable},
		{name: "no bucket", do: func() error { return c.Append(ctx, "", nowhere, 0, []byte("x")) }, text: "AppendObject oss://nowhere/x: 404 NoSuchBucket"},
		{name: "nothing to read", do: func() error { return read(at("none"), 10) }, is: claims.ErrNotFound},
		{name: "no bucket to read", do: func() error { return read(nowhere, 10) }, text: "GetObject oss://nowhere/x: 404 NoSuchBucket"},
		{name: "another region", do: func() error { return c.Append(ctx, "cn-beijing", at("log"), 8, []byte("x")) }, text: "AppendObject oss://acme-state/log: 4"},
		{name: "no answer", fault: localcloud.Faults{Before: func(localcloud.Request) localcloud.Fault { return localcloud.Fault{Drop: true} }},
			do: func() error { return c.Append(ctx, "", at("log"), 8, []byte("x")) }, is: claims.ErrInDoubt, text: "the request went out and no answer came back"},
		{name: "500", fault: localcloud.Faults{After: func(localcloud.Request) localcloud.Fault { return localcloud.Fault{Status: 500, Code: "InternalError"} }},
			do: func() error { return c.Append(ctx, "", at("log"), 8, []byte("x")) }, is: claims.ErrInDoubt, text: "500 InternalError"},
		{name: "503", fault: localcloud.Faults{Before: func(localcloud.Request) localcloud.Fault { return localcloud.Fault{Status: 503, Code: "Busy"} }},
			do: func() error { return c.Append(ctx, "", at("log"), 9, []byte("x")) }, text: "503 Busy:"},
		{name: "denied", fault: localcloud.Faults{Before: func(localcloud.Request) localcloud.Fault { return localcloud.Fault{Status: 403, Code: "AccessDenied"} }},
			do: func() error { return c.Put(ctx, "", at("p"), "text/plain", nil) }, text: "PutObject oss://acme-state/p: 403 AccessDenied"},
	} {
		local.SetFaults(step.fault)
		err := step.do()
		if (err != nil) != (step.is != nil || step.text != "") || step.is != nil && !errors.Is(err, step.is) || err != nil && !strings.Contains(err.Error(), step.text) {
			t.Errorf("%s: %v", step.name, err)
		}
		for _, other := range []error{claims.ErrPosition, claims.ErrNotAppendable, claims.ErrNotFound, claims.ErrInDoubt} {
			if other != step.is && errors.Is(err, other) {
				t.Errorf("%s: %v is also %q", step.name, err, other)
			}
		}
	}
	local.SetFaults(localcloud.Faults{})
	got, err := c.Read(ctx, "", at("log"), 6)
	if err != nil || string(got.Data) != "one\ntw" {
		t.Errorf("%q, %v", got.Data, err)
	}
	if age := time.Since(got.Modified); age < 0 || age > time.Minute || got.Date.Before(got.Modified) || time.Since(got.Date) > time.Minute {
		t.Errorf("modified %v, date %v", got.Modified, got.Date)
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { // no times, and less than was promised
		w.Header()["Date"] = nil
		w.Header().Set("x-oss-request-id", "534B")
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "x")
	}, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		w.Header().Set("x-oss-request-id", "534B")
	})
	c, _ = newTestClient(t, s.URL)
	if _, err := c.Read(ctx, "", at("log"), 200); err == nil || !strings.Contains(err.Error(), "the answer was cut off") {
		t.Errorf("half an object: %v", err)
	}
	if got, err := c.Read(ctx, "", at("log"), 200); err != nil || !got.Modified.IsZero() || !got.Date.IsZero() {
		t.Errorf("without times: %+v, %v", got, err)
	}
}

// TestForeignAnswers checks that a 200 without OSS's headers, say of a proxy, is in doubt.
func TestForeignAnswers(t *testing.T) {
	ctx, at := withCaller(t), process.Location{Bucket: "acme-state", Key: "k"}
	with := func(header ...string) http.HandlerFunc {
		return raw(200, "", append(header, "x-oss-request-id", "534B")...)
	}
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		do     func(*Client) error
		ok     bool
	}{
		{"append", with(), func(c *Client) error { return c.Append(ctx, "", at, 4, []byte("line\n")) }, false},
		{"append to another object", with("x-oss-next-append-position", "5"), func(c *Client) error { return c.Append(ctx, "", at, 4, []byte("line\n")) }, false},
		{"append well", with("x-oss-next-append-position", "9"), func(c *Client) error { return c.Append(ctx, "", at, 4, []byte("line\n")) }, true},
		{"put", raw(200, "<html>"), func(c *Client) error { return c.Put(ctx, "", at, "application/json", []byte("{}")) }, false},
		{"put well", with(), func(c *Client) error { return c.Put(ctx, "", at, "application/json", []byte("{}")) }, true},
		{"read", raw(200, "<html>"), func(c *Client) error { _, err := c.Read(ctx, "", at, 10); return err }, false},
		{"read well", with(), func(c *Client) error { _, err := c.Read(ctx, "", at, 10); return err }, true},
	} {
		c, _ := newTestClient(t, serve(t, tt.answer).URL)
		err := tt.do(c)
		if tt.ok {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		var transient *TransientError
		if !errors.As(err, &transient) || !transient.InDoubt || !strings.Contains(err.Error(), "the 200 is not from OSS") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestObjectTime checks that a hanging request names the time limit that ended it.
// Time is the fake time of testing/synctest.
func TestObjectTime(t *testing.T) { synctest.Test(t, testObjectTime) }

func testObjectTime(t *testing.T) {
	c, _ := newTestClient(t, "http://oss.test")
	c.Transport.(*http.Transport).DialContext = counted(func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go io.Copy(io.Discard, there)
		return here, nil
	})
	mine := errors.New("the time of the request was used up")
	for _, cause := range []error{nil, mine} {
		ctx, cancel := context.WithDeadlineCause(withCaller(t), time.Now().Add(5*time.Second), cause)
		err := c.Append(ctx, "", process.Location{Bucket: "acme-state", Key: "k"}, 0, nil)
		cancel()
		want := TimeUsedUp
		if cause != nil {
			want = cause.Error()
		}
		if !errors.Is(err, claims.ErrInDoubt) || !strings.Contains(err.Error(), "("+want+")") {
			t.Errorf("%v; want %s", err, want)
		}
	}
}
