package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"onput/internal/claims"
	"onput/internal/event"
	"onput/internal/ossclient"
	"onput/internal/text"
	"onput/process"
)

// TestCompletionBounds checks that the report of a message of any size is bounded.
func TestCompletionBounds(t *testing.T) {
	long := strings.Repeat("x", 1000)
	payload := finishedTask(long, "Failed", long, strings.Repeat(long, 100), `"Targets":[`+strings.TrimSuffix(strings.Repeat(`{"URI":"oss://b/`+long+`"},`, 5000), ",")+`]`)
	h, log := newTestHandler(t, "http://127.0.0.1:1")
	answer, err := h.Invoke(fcContext(t.Context()), []byte(payload))
	if err == nil || len(err.Error()) > 2000 || len(answer.Completions) != 1 || log.Len() > 32<<10 {
		t.Errorf("an error of %d bytes, %d completions, a log of %d bytes", len(fmt.Sprint(err)), len(answer.Completions), log.Len())
	}
	many := "[" + strings.TrimSuffix(strings.Repeat(finishedTask("M-1", "Failed", "C", long)+",", 1000), ",") + "]"
	answer, err = h.Invoke(fcContext(t.Context()), []byte(many))
	if err == nil || len(err.Error()) > text.MaxError || !strings.HasSuffix(err.Error(), "more, all in the log") || len(answer.Completions) != 1000 {
		t.Errorf("an error of %d bytes, %d completions", len(fmt.Sprint(err)), len(answer.Completions))
	}
}

// notes holds the notes of tasks by bucket/id.
type notes map[string]claims.Note

func (n notes) find(_ context.Context, bucket, taskID string) (claims.Note, error) {
	switch note, ok := n[bucket+"/"+taskID]; {
	case ok:
		return note, nil
	case taskID == "MediaConvert-unreachable":
		return claims.Note{}, errors.New("GetObject oss://state/x: 503 ServiceUnavailable:\nlater")
	case taskID == "MediaConvert-panic":
		panic("no such thing")
	}
	return claims.Note{}, claims.ErrNotFound
}

// withNotes is an OSS with notes in the upload's bucket.
type withNotes struct {
	*ossclient.Client
	notes notes
}

func (w withNotes) Read(ctx context.Context, region string, at process.Location, max int64) (claims.Object, error) {
	id, ok := strings.CutPrefix(at.Key, ".onput/tasks/")
	if !ok {
		return w.Client.Read(ctx, region, at, max)
	}
	note, err := w.notes.find(ctx, at.Bucket, id)
	data, _ := json.Marshal(note)
	return claims.Object{Data: data}, err
}

// TestInvokeCompletions compares answer, error and log of invocations with completion messages with golden files.
func TestInvokeCompletions(t *testing.T) {
	ok := finishedTask("MediaConvert-db7f", "Succeeded", "", "")
	bad := finishedTask("MediaConvert-bad", "Failed", "InvalidMedia", "the stream\nof \"test.mp4\" is broken")
	unknown := finishedTask("MediaConvert-unknown", "Failed", "", "")
	for _, tt := range []struct {
		name    string
		payload string
		logOnly bool
		without bool // notes
		want    error
	}{
		{name: "completed", payload: topic(ok)},
		{name: "completed-without-claims", payload: topic(ok), without: true},
		{name: "failed", payload: topic(bad), want: &TaskFailed{}},
		{name: "failed-without-a-note", payload: topic(unknown), want: &TaskFailed{}},
		{name: "several", payload: "[" + topic(ok) + "," + queue(quote(bad)) + "," + unknown + "]", want: &TaskFailed{}},
		{name: "note-unreadable", payload: "[" + finishedTask("MediaConvert-unreachable", "Succeeded", "", "") + "," +
			finishedTask("MediaConvert-panic", "Succeeded", "", "") + "]"},
		{name: "with-uploads", payload: "[" + ok + "," + record("a.docx") + "," + bad + "]", want: &TaskFailed{}},
		{name: "with-a-bad-record", payload: "[" + bad + ",{}]", want: &TaskFailed{}},
		{name: "with-a-rejected-upload", payload: "[" + bad + "," + record("rejected.docx") + "]", want: &TaskFailed{}},
		{name: "with-a-throttled-upload", payload: "[" + bad + "," + record("throttled.docx") + "]", want: &TransientError{}},
		{name: "mode-log", payload: topic(bad), logOnly: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, perKey(map[string]http.HandlerFunc{
				"rejected.docx":  refuse(403, "AccessDenied", "no"),
				"throttled.docx": refuse(503, "ServiceUnavailable", "Please reduce your rate."),
			}))
			h, log := newTestHandler(t, s.URL)
			h.LogOnly = tt.logOnly
			if !tt.without {
				h.Rules = fixed{set: parseRules(t, ruleFile+"claims: {prefix: .onput/}\n")}
				h.Submitter = withNotes{h.Submitter.(*ossclient.Client), notes{
					"acme-uploads/MediaConvert-db7f": {TaskID: "MediaConvert-db7f", Bucket: "acme-uploads", Key: "immtest/test.mp4", Rule: "stills", Output: 1, Invocation: "1-64", Upload: "58F9"},
					"acme-uploads/MediaConvert-bad":  {TaskID: "MediaConvert-bad", Bucket: "acme-uploads", Key: "immtest/te\nst.mp4", Rule: "stills"},
				}}
			}
			got, err := h.Invoke(fcContext(t.Context()), []byte(tt.payload))
			if fmt.Sprintf("%T", err) != fmt.Sprintf("%T", tt.want) {
				t.Errorf("error is a %T; want %T", err, tt.want)
			}
			answer, jsonErr := json.MarshalIndent(got, "", "  ")
			if jsonErr != nil {
				t.Fatal(jsonErr)
			}
			golden(t, "completion-"+tt.name+".txt", fmt.Sprintf("%s\n\n%v\n\n%s", answer, err, sorted(log.String())))
		})
	}
}

// FuzzCompletion checks that the report of any content is safe, in any envelope.
func FuzzCompletion(f *testing.F) {
	f.Add(contentOf(finishedTask("MediaConvert-db7f", "Succeeded", "", "")))
	f.Add(contentOf(finishedTask("MediaConvert-bad", "Failed", "C", "a\nb")))
	f.Add(`{"TaskId":"DecodeBlindWatermark-1","Status":"Succeeded","Content":"\u001b[31m"}`)
	f.Add(`{"TaskId":"x","Status":"Failed","SourceURI":"oss:///","Targets":[[[{"URI":"\u2028"}]]]}`)
	f.Fuzz(func(t *testing.T, content string) {
		uploads, alone, errAlone := event.Decode([]byte(content))
		_, wrapped, errWrapped := event.Decode([]byte(topic(`{"id":"I","source":"acs.imm","type":"imm:Task:X","content":` + quote(content) + `}`)))
		if json.Valid([]byte(content)) && strings.HasPrefix(content, "{") && errAlone == nil && len(alone) == 1 && len(uploads) == 0 {
			if errWrapped != nil || len(wrapped) != 1 {
				t.Fatalf("alone it is understood, wrapped not: %v", errWrapped)
			}
		}
		for _, completions := range [][]event.Completion{alone, wrapped} {
			if len(completions) == 0 {
				continue
			}
			log := new(bytes.Buffer)
			h := &Handler{}
			answer := &Answer{}
			inv := newInvocation(t.Context())
			inv.log = newLog(log, slog.LevelInfo)
			finished := h.complete(t.Context(), inv, completions, notes{}.find, answer)
			if err := invocationError(nil, nil, finished); err != nil {
				for i, line := range strings.Split(err.Error(), "\n") {
					if i > 0 && !strings.HasPrefix(line, "task ") && !strings.HasPrefix(line, "and ") {
						t.Errorf("a line of the error is forged: %q", line)
					}
					for _, r := range line {
						if !strconv.IsPrint(r) {
							t.Errorf("the error does not print: %q", line)
						}
					}
				}
			}
			if n := strings.Count(log.String(), "\n"); n != len(completions) || len(answer.Completions) != n {
				t.Errorf("%d lines, %d answers, %d completions", n, len(answer.Completions), len(completions))
			}
			for line := range strings.Lines(log.String()) {
				var entry map[string]any
				if err := json.Unmarshal([]byte(line), &entry); err != nil || entry["msg"] != "completed" && entry["msg"] != "failed" {
					t.Errorf("%v: %s", err, line)
				}
			}
		}
	})
}
