package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"onput/internal/event"
	"onput/rules"
)

// FailureRecord is the object that failures.permanent: record writes for a task, as JSON. It holds no secrets, and is enough
// to fire the task later: its event is one that the function accepts, with the one upload.
type FailureRecord struct {
	Version   int             `json:"version"`   // 1
	Time      time.Time       `json:"time"`      // of the failure, by the function's clock
	RequestID string          `json:"requestId"` // of the invocation
	Bucket    string          `json:"bucket"`    // of the upload
	Key       string          `json:"key"`       // with U+FFFD for invalid UTF-8; the event has it as it was
	Rule      string          `json:"rule"`
	Output    int             `json:"output"`
	Process   string          `json:"process"`
	Target    string          `json:"target"`    // oss://bucket/key, as in the answer
	ErrorType string          `json:"errorType"` // PermanentError
	Error     string          `json:"error"`
	Event     json.RawMessage `json:"event"` // {"events":[RECORD]}
}

// maxEventRecord bounds the event record of a failure, in bytes. An asynchronous invocation, as OSS's triggers make them,
// has at most 128 KB of all records.
//
// https://help.aliyun.com/zh/functioncompute/fc/product-overview/limits-of-usage
const maxEventRecord = 128 << 10

// applyFailurePolicy applies failures.permanent to a failed task. It clears j.err if the invocation must not fail. The task
// stays failed in the answer and in the log, with its error.
func (h *Handler) applyFailurePolicy(ctx context.Context, inv *invocation, j *job) {
	defer j.recoverPanic(inv)
	if _, ok := errors.AsType[*PermanentError](j.err); !ok || inv.set.PermanentFailurePolicy() == rules.FailPermanent {
		return
	}
	if inv.set.PermanentFailurePolicy() == rules.RecordPermanent {
		if err := h.recordFailure(ctx, inv, j); err != nil {
			j.err = withText(err, j.err.Error()+"; the failure could not be recorded: "+err.Error())
			j.answer.Error = j.err.Error()
			return
		}
	}
	j.err = nil
}

// recordFailure writes the record of a failed task. A task that fails again, after a retry of the invocation or another
// delivery, replaces its record.
func (h *Handler) recordFailure(ctx context.Context, inv *invocation, j *job) error {
	claimer, store, err := h.claimer(inv, j.upload)
	if err != nil {
		return err
	}
	payload, err := eventOf(j.upload)
	if err != nil {
		return err
	}
	record := FailureRecord{
		Version:   1,
		Time:      time.Now().UTC().Truncate(time.Millisecond),
		RequestID: inv.requestID,
		Bucket:    j.upload.Bucket,
		Key:       j.upload.Key,
		Rule:      j.task.Rule,
		Output:    j.task.Output,
		Process:   j.answer.Process,
		Target:    j.answer.Target,
		ErrorType: "PermanentError",
		Error:     j.answer.Error,
		Event:     payload,
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(record); err != nil {
		return errors.New("it does not fit into JSON")
	}
	task := claimTask(inv, j)
	at := claimer.FailureRecordLocation(&task)
	if err := store.objects.Put(ctx, store.region, at, "application/json", b.Bytes()); err != nil {
		return err
	}
	j.failureRecord = at.String()
	return nil
}

// eventOf returns an event with the unchanged record of one upload. It wraps the record in a CloudEvent if the event's name
// or the request id came from one.
func eventOf(u *rules.Upload) (json.RawMessage, error) {
	if n := len(u.Record.Raw); n > maxEventRecord {
		return nil, errors.New("its event record has " + strconv.Itoa(n) + " bytes, more than " + strconv.Itoa(maxEventRecord))
	}
	payload := `{"events":[` + u.Record.Raw + `]}`
	if again, _, err := event.Decode([]byte(payload)); err == nil && again[0].Event == u.Event && again[0].RequestID == u.RequestID {
		return json.RawMessage(payload), nil
	}
	id, _ := json.Marshal(u.RequestID) // strings always marshal
	name, _ := json.Marshal("oss:" + u.Event)
	return fmt.Appendf(nil, `{"events":[{"type":%s,"id":%s,"data":%s}]}`, name, id, u.Record.Raw), nil
}
