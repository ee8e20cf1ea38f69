package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"onput/handler"
	"onput/internal/ossclient"
	"onput/rules"
)

// fewRules is how many rules a file has where it is not their number that is measured.
const fewRules = 20

// measureHandling measures handler.Handler.Invoke, from the bytes of an event of one upload that fires one of 20 rules to
// the answer, log line included. OSS answers at once.
func measureHandling(e effort) (cost, error) {
	w := newWorkload(fewRules)
	set, err := rules.Parse("rules.yaml", w.file())
	if err != nil {
		return cost{}, err
	}
	payloads, err := w.events(set, 1)
	if err != nil {
		return cost{}, err
	}
	h := &handler.Handler{Rules: inForce{set}, Submitter: atOnce{}, Log: slog.New(slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelInfo}))}
	ctx, cancel := context.WithTimeout(invocation(), 10*time.Minute)
	defer cancel()
	answer, err := h.Invoke(ctx, payloads[0])
	if err != nil {
		return cost{}, err
	}
	if len(answer.Uploads) != 1 || len(answer.Uploads[0].Tasks) != 1 || answer.Uploads[0].Tasks[0].Status != handler.Submitted {
		return cost{}, fmt.Errorf("one task should have been submitted: %+v", answer)
	}
	return race(e.rounds, e.batch, times(func() { h.Invoke(ctx, payloads[0]) }))[0], nil
}

// events returns native events of so many uploads, each of which fires one task.
func (w *workload) events(set *rules.Set, count int) ([][]byte, error) {
	sample, err := documentedEvent()
	if err != nil {
		return nil, err
	}
	var payloads [][]byte
	match := newOnput(set)
	for _, key := range w.keys(keySeed, 2*count+100) {
		if match(key) == 1 && len(payloads) < count {
			payloads = append(payloads, eventOf(sample, key))
		}
	}
	if len(payloads) < count {
		return nil, errors.New("too few keys fire one task")
	}
	return payloads, nil
}

// eventOf writes another key, and the bucket of the rules, into the documented event.
func eventOf(sample []byte, key string) []byte {
	return []byte(strings.NewReplacer("source/a.png", key, "testbucket", "src").Replace(string(sample)))
}

// invocation returns the context of an invocation as the SDK makes it, but for the deadline.
func invocation() context.Context {
	return fccontext.NewContext(context.Background(), &fccontext.FcContext{
		RequestID: "1-68f0c3a2-15b2f9d1-2f0d6f4f9f3a",
		Credentials: fccontext.Credentials{
			AccessKeyId:     "STS.NTsample0000000000000",
			AccessKeySecret: strings.Repeat("s", 44),
			SecurityToken:   strings.Repeat("t", 600),
		},
		Function:  fccontext.Function{Name: "onput", Handler: "main", Memory: "128", Timeout: 60},
		Region:    "cn-hangzhou",
		AccountId: "1234567890123456",
	})
}

// inForce is a rule set that never changes.
type inForce struct{ set *rules.Set }

func (r inForce) Current(context.Context) (*rules.Set, error) { return r.set, nil }

// atOnce is an OSS that takes every task at once.
type atOnce struct{}

func (atOnce) Submit(context.Context, *rules.Upload, *rules.Task) (ossclient.Receipt, error) {
	return ossclient.Receipt{
		Status:           200,
		RequestID:        "68F0C3A2D5F1A73230A1B2C3",
		EventID:          "0C7-1XqGvzFhJyVvS1Q5ZKv2qQ6tXyz",
		TaskID:           "MediaConvert-6b0a3c1e-8f2d-4c57-9a51-0d6f5e4c3b2a",
		ProcessRequestID: "5F2B7A9C-3D41-5E8F-A6C2-1B0D9E8F7A6B",
		Attempts:         1,
	}, nil
}
