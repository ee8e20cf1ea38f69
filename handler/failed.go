package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"onput/rules"
)

// What becomes of a task that no retry can help: failures.permanent in the rules says it. Whatever it is, the task stands in
// the answer and in the log as failed, with its error.

// FailureRecord is the object that failures.permanent: record leaves for a task, as JSON: all that it takes to fire the task
// later, and nothing secret. The event is one that the function understands, of the one upload.
type FailureRecord struct {
	Version   int             `json:"version"`   // 1
	Time      time.Time       `json:"time"`      // when the task failed, by the function's clock
	RequestID string          `json:"requestId"` // of the invocation
	Bucket    string          `json:"bucket"`    // of the upload
	Key       string          `json:"key"`       // U+FFFD stands for what is no UTF-8; the event has it as it was
	Rule      string          `json:"rule"`
	Output    int             `json:"output"`
	Process   string          `json:"process"`
	Target    string          `json:"target"`    // oss://bucket/key, as in the answer
	ErrorType string          `json:"errorType"` // PermanentError
	Error     string          `json:"error"`
	Event     json.RawMessage `json:"event"` // {"events":[RECORD]}
}

// recordVersion is FailureRecord.Version.
const recordVersion = 1

// maxEventRecord bounds the bytes of an upload's event record that are kept. An asynchronous invocation, as OSS's triggers
// make them, has no more than 128 KB of all records.
//
// https://help.aliyun.com/zh/functioncompute/fc/product-overview/limits-of-usage
const maxEventRecord = 128 << 10

// settle does with a failed task what the rules say of failures: it fails the invocation if j.err is still set then.
func (h *Handler) settle(ctx context.Context, inv *invocation, j *job) {
	defer j.survive(inv)
	var permanent *PermanentError
	if inv.set.Permanent() == rules.FailPermanent || !errors.As(j.err, &permanent) {
		return
	}
	if inv.set.Permanent() == rules.RecordPermanent {
		if err := h.record(ctx, inv, j); err != nil {
			text := j.err.Error() + "; the failure could not be recorded: " + err.Error()
			j.err = &PermanentError{text: text}
			var transient *TransientError
			if errors.As(err, &transient) {
				j.err = &TransientError{text: text}
			}
			j.answer.Error = text
			return
		}
	}
	j.err = nil
}

// record writes down that a task failed. Who fails again, after a retry of the invocation or another delivery, writes the
// same object.
func (h *Handler) record(ctx context.Context, inv *invocation, j *job) error {
	c, s, err := h.claims(inv, j.upload)
	if err != nil {
		return err
	}
	event, err := eventOf(j.upload)
	if err != nil {
		return err
	}
	record := FailureRecord{
		Version:   recordVersion,
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
		Event:     event,
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(record); err != nil {
		return errors.New("it does not fit into JSON")
	}
	task := claimed(inv, j)
	at := c.Failed(&task)
	if err := s.objects.Put(ctx, s.region, at, "application/json", b.Bytes()); err != nil {
		return err
	}
	if j.kept == nil {
		j.kept = &kept{}
	}
	j.kept.record = at.String()
	return nil
}

// eventOf returns the event of one upload: its record, as it came. Where the record leaves to the CloudEvent around it what
// the event is called, or the request id, it gets such an envelope again.
func eventOf(u *rules.Upload) (json.RawMessage, error) {
	if n := len(u.Record.Raw); n > maxEventRecord {
		return nil, errors.New("its event record has " + strconv.Itoa(n) + " bytes, more than " + strconv.Itoa(maxEventRecord))
	}
	event := `{"events":[` + u.Record.Raw + `]}`
	if again, err := Decode([]byte(event)); err == nil && again[0].Event == u.Event && again[0].RequestID == u.RequestID {
		return json.RawMessage(event), nil
	}
	id, err := json.Marshal(u.RequestID)
	if err != nil {
		return nil, err
	}
	name, err := json.Marshal("oss:" + u.Event)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `{"events":[{"type":%s,"id":%s,"data":%s}]}`, name, id, u.Record.Raw), nil
}
