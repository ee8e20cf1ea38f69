package ossclient

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"onput/internal/ossclient/osstest"
	"onput/process"
	"onput/rules"
)

// Short names for the scripts of these tests.
var (
	serve, newServer                  = osstest.Serve, osstest.NewServer
	answer, take, raw, refuse, hangUp = osstest.Answer, osstest.Take, osstest.Raw, osstest.Refuse, osstest.HangUp
)

const (
	keyID, secret, token = osstest.KeyID, osstest.Secret, osstest.Token
	ids                  = osstest.IDs
)

// withCaller returns the context of an invocation.
func withCaller(t *testing.T) context.Context { return WithCaller(t.Context(), testCaller()) }

func testCaller() *Caller {
	return &Caller{
		Region:      "cn-hangzhou",
		Credentials: credentials.Credentials{AccessKeyID: keyID, AccessKeySecret: secret, SecurityToken: token},
	}
}

func task() *rules.Task {
	return &rules.Task{
		Rule:    "docx-to-png",
		Source:  process.Location{Bucket: "acme-uploads", Key: "in/a b+%2F文.docx"},
		Target:  process.Location{Bucket: "acme-derived", Key: "a/{index}.png"},
		Process: "doc/convert,target_png,source_docx",
		Notify:  "media-done",
	}
}

// newTestClient returns a client that does not wait, and the pauses that it would have made.
func newTestClient(t *testing.T, url string) (c *Client, pauses *[]time.Duration) {
	c, err := New(url, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Transport.(*http.Transport).CloseIdleConnections)
	pauses = new([]time.Duration)
	c.jitter = func() float64 { return 0.5 }
	c.Wait = func(ctx context.Context, d time.Duration) error {
		*pauses = append(*pauses, d)
		return ctx.Err()
	}
	return c, pauses
}

// checkError checks the type and the text of an error.
func checkError(t *testing.T, err, kind error, head, text string, inDoubt bool) {
	t.Helper()
	var transient *TransientError
	var permanent *PermanentError
	ok := err == nil
	switch kind.(type) {
	case *TransientError:
		ok = errors.As(err, &transient) && transient.InDoubt == inDoubt
	case *PermanentError:
		ok = errors.As(err, &permanent)
	}
	if !ok {
		t.Errorf("error is %T %v; want %T, in doubt: %v", err, err, kind, inDoubt)
	}
	if err == nil {
		return
	}
	want, anything := strings.CutSuffix(text, "…")
	got, isHead := strings.CutPrefix(err.Error(), head)
	if !isHead || got != want && !(anything && strings.HasPrefix(got, want)) {
		t.Errorf("error is\n%s\nwant\n%s%s", err, head, text)
	}
}
