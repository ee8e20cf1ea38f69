package handler

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onput/internal/claims"
	"onput/process"
)

// finishedTask returns the completion message of a task, as IMM's documentation prints it. Each of more is a member that
// is added to the content.
func finishedTask(taskID, status, code, message string, more ...string) string {
	content := `{"ProjectName":"test-project","DatasetName":"","RequestId":"F9F8","StartTime":"2024-08-20T07:03:07.36Z",` +
		`"EndTime":"2024-08-20T07:03:08.57Z","UserData":"","TaskType":"MediaConvert","TaskId":` + quote(taskID) + `,"Status":` + quote(status) +
		`,"Code":` + quote(code) + `,"Message":` + quote(message) + `,"EventSourceId":""`
	if len(more) == 0 {
		more = []string{`"Sources":[{"URI":"oss://acme-uploads/immtest/test.mp4","SubtitleSources":null}]`,
			`"Targets":[{"URI":"","Subtitle":{"Extract":{"URI":""}},"Image":{"Sprites":null,"Snapshots":[{"URI":"oss://acme-derived/dest.png"}],"Animations":null}}]`}
	}
	content += "," + strings.Join(more, ",") + "}"
	return `{"id":"25E-1uB","source":"acs.imm","type":"imm:Task:MediaConvert","subject":"acs:imm:cn-beijing:1:test/imm:Task:MediaConvert",` +
		`"time":"1724133063161","content":` + quote(content) + `}`
}

// contentOf returns the content of a completion message, which older pages of the documentation show without the envelope.
func contentOf(message string) string {
	var m struct{ Content string }
	if err := json.Unmarshal([]byte(message), &m); err != nil {
		panic(err)
	}
	return m.Content
}

// TestCompletionEnvelopes: whatever is around it, the same message is understood.
func TestCompletionEnvelopes(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	message := finishedTask("MediaConvert-db7f", "Succeeded", "", "")
	want := completion{eventID: "25E-1uB", taskID: "MediaConvert-db7f", taskType: "MediaConvert",
		sources: []string{"oss://acme-uploads/immtest/test.mp4"}, targets: []string{"oss://acme-derived/dest.png"}}
	for _, tt := range []struct {
		name, payload string
		withoutID     bool
	}{
		{name: "topic, STREAM", payload: message},
		{name: "topic, STREAM, Base64", payload: b64(message)},
		{name: "topic, STREAM with attributes", payload: `{"body":` + quote(message) + `,"attrs":{"Extend":"{}"}}`},
		{name: "topic, STREAM with attributes, Base64", payload: `{"body":` + quote(b64(message)) + `,"attrs":{}}`},
		{name: "topic, JSON", payload: topic(message)},
		{name: "topic, JSON, Base64", payload: topic(b64(message))},
		{name: "topic, JSON, attributes of a forger", payload: `{"content":"{}","TaskId":"forged","Status":"Failed","type":"imm:Task:X","source":"acs.imm",` + topic(message)[1:]},
		{name: "queue", payload: queue(quote(message))},
		{name: "queue, array", payload: "[" + queue(quote(message)) + "]"},
		{name: "queue, Base64", payload: "[" + queue(quote(b64(message))) + "]"},
		{name: "queue, a topic's JSON in it", payload: "[" + queue(quote(b64(topic(b64(message))))) + "]"},
		{name: "array", payload: "[" + message + "]"},
		{name: "content as an object", payload: strings.Replace(message, quote(contentOf(message)), contentOf(message), 1)},
		{name: "content alone", payload: contentOf(message), withoutID: true},
		{name: "content alone, in a topic's JSON", payload: topic(contentOf(message)), withoutID: true},
		{name: "EventBridge", payload: `{"id":"25E","source":"acs.imm","specversion":"1.0","type":"imm:Task:MediaConvert","data":` + contentOf(message) + `}`, withoutID: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := want
			if tt.withoutID {
				want.eventID = ""
			}
			var d decoder
			if err := d.decode([]byte(tt.payload)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]completion{want}, d.completions, cmp.AllowUnexported(completion{})); diff != "" || len(d.uploads) > 0 {
				t.Errorf("%d uploads; completions (-want +got):\n%s", len(d.uploads), diff)
			}
		})
	}
}

// What documentation does not show of other operations is taken as it is found.
func TestCompletionContents(t *testing.T) {
	for _, tt := range []struct {
		name, content string
		want          completion
	}{
		{"transcoded", `{"TaskId":"MediaConvert-1","TaskType":"MediaConvert","Status":"Succeeded","Sources":[{"URI":"oss://a/1"},{"URI":"oss://a/2"}],"Targets":[{"URI":"oss://b/1"}]}`,
			completion{taskID: "MediaConvert-1", taskType: "MediaConvert", sources: []string{"oss://a/1", "oss://a/2"}, targets: []string{"oss://b/1"}}},
		{"a watermark", `{"TaskId":"DecodeBlindWatermark-1","TaskType":"DecodeBlindWatermark","Status":"Succeeded","Content":"阿里云","EventId":"E"}`,
			completion{taskID: "DecodeBlindWatermark-1", taskType: "DecodeBlindWatermark", text: "阿里云", eventID: "E"}},
		{"a document", `{"TaskId":"OfficeConversion-1","Status":"Failed","Code":"C","Message":"M","SourceURI":"oss://a/d.docx","TargetURI":"oss://b/{index}.png"}`,
			completion{taskID: "OfficeConversion-1", failed: true, code: "C", message: "M", sources: []string{"oss://a/d.docx"}, targets: []string{"oss://b/{index}.png"}}},
		{"other types", `{"TaskId":"x","Status":"Succeeded","TaskType":7,"Code":null,"Sources":"none","Targets":[{"URI":5},"x",null]}`, completion{taskID: "x"}},
		{"lines", `{"TaskId":"x\ny","Status":"Failed","Message":"a\u2028b\u001b[31m"}`, completion{taskID: "x y", failed: true, message: "a b [31m"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var d decoder
			if err := d.decode([]byte(tt.content)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]completion{tt.want}, d.completions, cmp.AllowUnexported(completion{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompletionErrors(t *testing.T) {
	for _, tt := range []struct{ payload, want string }{
		{finishedTask("M-1", "Running", "", ""), `found a completion message whose status is "\"Running\"", neither Succeeded nor Failed`},
		{`{"TaskId":"M-1","Status":3}`, `whose status is "3"`},
		{`{"source":"acs.imm","type":"imm:Task:X","content":"no JSON"}`, "found a message of IMM whose content is no task"},
		{`{"type":"imm:FileMeta:Index","content":"{}"}`, "found a message of IMM whose content is no task"},
		{`{"TaskId":"M-1"}`, "found a JSON object of something else"},
		{`{"content":"{\"TaskId\":\"M-1\",\"Status\":\"Failed\"}"}`, "found a JSON object of something else"},
		{`{"content":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, "nested deeper"},
		{`{"source":"acs.imm","content":` + quote(strings.Repeat("[", 100)+strings.Repeat("]", 100)) + `}`, "content is no task"},
	} {
		var d decoder
		err := d.decode([]byte(tt.payload))
		var event *EventError
		if !errors.As(err, &event) || !strings.Contains(err.Error(), tt.want) || len(d.completions) > 0 {
			t.Errorf("%s\nis %v, %+v", tt.payload, err, d.completions)
		}
	}
}

// A message of any size is bounded when it is reported.
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
	if err == nil || len(err.Error()) > maxErrorText+2000 || !strings.HasSuffix(err.Error(), "more, all in the log") || len(answer.Completions) != 1000 {
		t.Errorf("an error of %d bytes, %d completions", len(fmt.Sprint(err)), len(answer.Completions))
	}
}

// notes is what tasks left behind, by bucket/id.
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

// withNotes is an OSS that has notes, where claims are in the upload's bucket.
type withNotes struct {
	*OSS
	notes notes
}

func (w withNotes) Read(ctx context.Context, region string, at process.Location, max int64) (claims.Object, error) {
	id, ok := strings.CutPrefix(at.Key, ".onput/tasks/")
	if !ok {
		return w.OSS.Read(ctx, region, at, max)
	}
	note, err := w.notes.find(ctx, at.Bucket, id)
	data, _ := json.Marshal(note)
	return claims.Object{Data: data}, err
}

// TestInvokeCompletions holds answer, error and log of invocations with completion messages against golden files.
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
				h.Submitter = withNotes{h.Submitter.(*OSS), notes{
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

// FuzzCompletion: whatever a message's content is, what is understood of it is safe to report, in any envelope.
func FuzzCompletion(f *testing.F) {
	f.Add(contentOf(finishedTask("MediaConvert-db7f", "Succeeded", "", "")))
	f.Add(contentOf(finishedTask("MediaConvert-bad", "Failed", "C", "a\nb")))
	f.Add(`{"TaskId":"DecodeBlindWatermark-1","Status":"Succeeded","Content":"\u001b[31m"}`)
	f.Add(`{"TaskId":"x","Status":"Failed","SourceURI":"oss:///","Targets":[[[{"URI":"\u2028"}]]]}`)
	f.Fuzz(func(t *testing.T, content string) {
		var alone, wrapped decoder
		errAlone := alone.decode([]byte(content))
		errWrapped := wrapped.decode([]byte(topic(`{"id":"I","source":"acs.imm","type":"imm:Task:X","content":` + quote(content) + `}`)))
		if json.Valid([]byte(content)) && strings.HasPrefix(content, "{") && errAlone == nil && len(alone.completions) == 1 && len(alone.uploads) == 0 {
			if errWrapped != nil || len(wrapped.completions) != 1 {
				t.Fatalf("alone it is understood, wrapped not: %v", errWrapped)
			}
		}
		for _, d := range []*decoder{&alone, &wrapped} {
			if len(d.completions) == 0 {
				continue
			}
			log := new(bytes.Buffer)
			h := &Handler{Log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelInfo}))}
			answer := &Answer{}
			inv := newInvocation(t.Context())
			failed := h.complete(inv, inv, d.completions, notes{}.find, answer)
			if failed != nil {
				for i, line := range strings.Split(failed.Error(), "\n") {
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
			if n := strings.Count(log.String(), "\n"); n != len(d.completions) || len(answer.Completions) != n {
				t.Errorf("%d lines, %d answers, %d completions", n, len(answer.Completions), len(d.completions))
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

// The sample of the documentation is understood as it is printed there.
func TestCompletionSample(t *testing.T) {
	payload, err := os.ReadFile(filepath.Join("testdata", "events", "completion-imm.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d decoder
	if err := d.decode(payload); err != nil {
		t.Fatal(err)
	}
	want := []completion{{eventID: "25E-1uBJUMOshisffTNk8Nr3GIj****", taskID: "MediaConvert-db7faf5a-99c5-4afe-8309-d167fe53****", taskType: "MediaConvert",
		sources: []string{"oss://your-bucket/immtest/test.mp4"}, targets: []string{"oss://your-bucket/dest.png"}}}
	if diff := cmp.Diff(want, d.completions, cmp.AllowUnexported(completion{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
