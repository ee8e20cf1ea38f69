package handler

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"onput/internal/event/eventtest"
	"onput/internal/ossclient"
	"onput/internal/ossclient/osstest"
	"onput/rules"
)

// Short names for the many events and answers of these tests.
var (
	quote, record, native, topic, queue = eventtest.Quote, eventtest.Record, eventtest.Native, eventtest.Topic, eventtest.Queue
	envelopes                           = eventtest.Envelopes
	finishedTask, contentOf             = eventtest.CompletionMessage, eventtest.ContentOf

	serve                             = osstest.Serve
	answer, take, raw, refuse, hangUp = osstest.Answer, osstest.Take, osstest.Raw, osstest.Refuse, osstest.HangUp
)

const keyID, secret, token = osstest.KeyID, osstest.Secret, osstest.Token

// fcContext returns the context that the FC runtime gives a handler.
func fcContext(parent context.Context) context.Context {
	return fccontext.NewContext(parent, &fccontext.FcContext{
		RequestID:   "1-65",
		Region:      "cn-hangzhou",
		Credentials: fccontext.Credentials{AccessKeyId: keyID, AccessKeySecret: secret, SecurityToken: token},
	})
}

// withCaller returns the context that Rules and a Submitter get.
func withCaller(t *testing.T) context.Context {
	return ossclient.WithCaller(t.Context(), &newInvocation(fcContext(t.Context())).caller)
}

// newTestClient returns a client that does not wait between attempts.
func newTestClient(t *testing.T, url string) *ossclient.Client {
	c, err := ossclient.New(url, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Transport.(*http.Transport).CloseIdleConnections)
	c.Wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return c
}

func newLog(b *bytes.Buffer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{Level: level}))
}

func parseRules(t testing.TB, src string) *rules.Set {
	set, err := rules.Parse("rules.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return set
}
