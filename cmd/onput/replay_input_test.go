package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"onput/internal/event"

	"github.com/google/go-cmp/cmp"
)

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// eventOf returns an event of one upload.
func eventOf(key string) string {
	return `{"events":[{"eventName":"ObjectCreated:PutObject","oss":{"bucket":{"name":"src"},"object":{"key":` + quoted(key) + `,"size":1}}}]}`
}

// delivered returns an onFailure delivery of an event.
func delivered(request, event string) string {
	return `{"timestamp":1,"requestContext":{"requestId":` + quoted(request) + `,"condition":"UnhandledInvocationError"},"requestPayload":` + quoted(event) +
		`,"responsePayload":` + quoted(`{"errorMessage":"1 of 1 tasks failed:\nmore","errorType":"TransientError"}`) + `}`
}

func TestReadFailures(t *testing.T) {
	a, b := delivered("1-a", eventOf("a.docx")), delivered("1-b", eventOf("b.docx"))
	record := `{"version":1,"requestId":"1-r","bucket":"src","key":"a.docx","rule":"pdf","output":2,"errorType":"PermanentError","error":"no","event":` + eventOf("a.docx") + `}`
	topic := func(message string) string {
		return `{"TopicOwner":"1","Message":` + quoted(message) + `,"TopicName":"t","MessageId":"2"}`
	}
	base64Of := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	pretty := func(s string) string {
		var out strings.Builder
		var v any
		json.Unmarshal([]byte(s), &v)
		e := json.NewEncoder(&out)
		e.SetIndent("", "  ")
		e.Encode(v)
		return out.String()
	}
	const fromA, fromB = " 1-a TransientError: 1 of 1 tasks failed: more: a.docx", " 1-b TransientError: 1 of 1 tasks failed: more: b.docx"
	for _, tt := range []struct {
		name, data string
		failures   []string // LINE REQUEST REASON: KEY [RULE OUTPUT]
		problems   []string
	}{
		{name: "one", data: a, failures: []string{"f:1" + fromA}},
		{name: "lines", data: a + "\n\n" + b + "\n", failures: []string{"f:1" + fromA, "f:3" + fromB}},
		{name: "no space between", data: a + b, failures: []string{"f:1" + fromA, "f:1" + fromB}},
		{name: "pretty", data: pretty(a) + pretty(b), failures: []string{"f:1" + fromA, "f:10" + fromB}},
		{name: "an array", data: "[\n" + a + ",\n\n" + b + "\n]", failures: []string{"f:2" + fromA, "f:4" + fromB}},
		{name: "arrays in arrays", data: "[" + strings.Repeat("\n", 1000) + "[\n[" + a + "],\n[" + b + "]]]", failures: []string{"f:1002" + fromA, "f:1003" + fromB}},
		{name: "a byte order mark", data: "\ufeff" + a + "\r\n" + b + "\r\n", failures: []string{"f:1" + fromA, "f:2" + fromB}},
		{name: "arrays", data: "[" + a + "]\n[" + b + "]", failures: []string{"f:1" + fromA, "f:2" + fromB}},
		{name: "a topic's message", data: topic("x") + "\n" + topic(a) + "\n" + topic(base64Of(b)), failures: []string{"f:2" + fromA, "f:3" + fromB},
			problems: []string{"f:1: the message in it is not JSON, or is cut off"}},
		{name: "a queue's message", data: "[\n" + `{"specversion":"1.0","data":{"messageBody":` + quoted(a) + `}}]`, failures: []string{"f:2" + fromA}},
		{name: "EventBridge", data: `{"specversion":"1.0","data":` + a + `}`, failures: []string{"f:1" + fromA}},
		{name: "many in a message", data: "\n" + topic("["+a+",\n"+b+"]"), failures: []string{"f:2" + fromA, "f:2" + fromB}},
		{name: "a killed function", data: `{"requestContext":{"requestId":"1-k","condition":"UnhandledInvocationError"},"requestPayload":` + quoted(eventOf("a")) + `}`,
			failures: []string{"f:1 1-k UnhandledInvocationError: a"}},
		{name: "an event that is no text", data: `{"requestPayload":` + eventOf("a") + `}`, failures: []string{"f:1  : a"}},
		{name: "a record", data: record, failures: []string{"f:1 1-r PermanentError: no: a.docx pdf 2"}},
		{name: "another version", data: strings.Replace(record, `"version":1`, `"version":2`, 1), problems: []string{"f:1: the record has version 2; this program reads version 1"}},
		{name: "no record", data: strings.Replace(record, `"output":2`, `"output":"two"`, 1), problems: []string{"f:1: not the record of a task: json: cannot unmarshal string into Go struct field FailureRecord.output of type int"}},

		{name: "nothing", data: " \n", problems: []string{"f:1: it is empty"}},
		{name: "something else", data: `{"hello":1}` + "\n5\n" + a, failures: []string{"f:3" + fromA},
			problems: []string{`f:1: neither a message of onFailure, {"requestPayload":…}, nor the record of a task, {"rule":…,"event":…}`,
				`f:2: neither a message of onFailure, {"requestPayload":…}, nor the record of a task, {"rule":…,"event":…}`}},
		{name: "the event alone", data: eventOf("a"), problems: []string{`f:1: neither a message of onFailure, {"requestPayload":…}, nor the record of a task, {"rule":…,"event":…}`}},
		{name: "cut off", data: a + "\n" + b[:len(b)-20], failures: []string{"f:1" + fromA}, problems: []string{"f:2: the JSON is cut off"}},
		{name: "a line cut off", data: a[:100] + "\n" + b, failures: []string{"f:2" + fromB}, problems: []string{"f:1: invalid character '\\n' in string literal"}},
		{name: "an array cut off", data: "[" + a + ",\n" + b[:80] + "\n" + a, failures: []string{"f:3" + fromA}, problems: []string{"f:1: invalid character '\\n' in string literal",
			"f:2: invalid character '\\n' in string literal"}},
		{name: "an event cut off", data: a + "\n" + delivered("1-c", eventOf("c")[:60]), failures: []string{"f:1" + fromA},
			problems: []string{"f:2: its event is cut off after 60 bytes, the limit of destinations"}},
		{name: "an event of something else", data: delivered("1-c", "hello"),
			problems: []string{"f:1: its event cannot be replayed: event not understood: found neither JSON nor Base64 of it: \"hello\""}},
		{name: "too deep", data: "[[[[[[" + a + "]]]]]]", problems: []string{"f:1: envelopes are nested more than 4 deep"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			failures, problems := readFailures("f", false, []byte(tt.data))
			var got, wrong []string
			for _, f := range failures {
				text := fmt.Sprintf("%s %s %s: %s", f.origin, f.requestID, f.reason, keyOf(f.payload))
				if f.task != nil {
					text += fmt.Sprintf(" %s %d", f.task.Rule, f.task.Output)
				}
				got = append(got, text)
			}
			for _, p := range problems {
				message, _, _ := strings.Cut(p.Message, "; expected ")
				wrong = append(wrong, p.Origin+": "+message)
			}
			if diff := cmp.Diff(tt.failures, got); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.problems, wrong); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// Lines are counted from the last origin, or from the start for an earlier one.
func TestFailureOrigin(t *testing.T) {
	r := failureReader{name: "f", data: []byte("a\n\nb\nc")}
	for _, tt := range []struct {
		at   int
		want string
	}{{0, "f:1"}, {5, "f:4"}, {3, "f:3"}, {3, "f:3"}, {6, "f:4"}, {1, "f:1"}} {
		if got := r.origin(tt.at); got != tt.want {
			t.Errorf("byte %d: %s, want %s", tt.at, got, tt.want)
		}
	}
}

// BenchmarkReadFailures shows that the time grows linearly with the file.
func BenchmarkReadFailures(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		data := []byte(strings.Repeat(delivered("1", eventOf("a"))+"\n", n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				readFailures("f", false, data)
			}
		})
	}
}

// keyOf returns the key of the first upload of an event.
func keyOf(payload []byte) string {
	var e struct {
		Events []struct {
			OSS struct{ Object struct{ Key string } }
		}
	}
	json.Unmarshal(payload, &e)
	return e.Events[0].OSS.Object.Key
}

// The id of a failure depends on its content alone.
func TestFailureIdentity(t *testing.T) {
	record := func(rule string, output int) string {
		return fmt.Sprintf(`{"version":1,"requestId":"1","rule":%q,"output":%d,"event":%s}`, rule, output, eventOf("a"))
	}
	ids := map[string]string{}
	for _, data := range []string{delivered("1", eventOf("a")), delivered("2", eventOf("a")), delivered("1", eventOf("b")), record("a", 0), record("a", 1), record("b", 0)} {
		first, _ := readFailures("f", false, []byte(data))
		second, _ := readFailures("g", true, []byte("["+data+"]"))
		if len(first) != 1 || len(second) != 1 || first[0].id != second[0].id {
			t.Fatalf("%s: %+v, %+v", data, first, second)
		}
		if other, ok := ids[first[0].id]; ok {
			t.Errorf("%s is taken for %s", data, other)
		}
		ids[first[0].id] = data
	}
}

// endless repeats a text.
type endless string

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], e)
	}
	return n, nil
}

// Input without an end is not read to its end, nor is input that costs more than its size.
func TestReplayBoundsInput(t *testing.T) {
	for name, tt := range map[string]struct {
		data string
		want problem // the last one
		n    int
	}{
		"lines that are no JSON": {strings.Repeat("[x\n", 4*maxProblems), problem{"f:10001", "too many problems; the rest is not read"}, maxProblems + 1},
		"elements":               {"[" + strings.Repeat("0,\n", 4*maxProblems) + "0]", problem{"f:40001", "too many problems; the rest is not read"}, maxProblems + 1},
		"values without an end":  {strings.Repeat("[1,\n", 5000), problem{"f:11", "too many problems; the rest is not read"}, maxCutOff + 1},
	} {
		failures, problems := readFailures("f", false, []byte(tt.data))
		if len(failures) > 0 || len(problems) != tt.n || problems[len(problems)-1] != tt.want {
			t.Errorf("%s: %d failures, %d problems, the last one %+v", name, len(failures), len(problems), problems[len(problems)-1])
		}
	}
	if testing.Short() {
		return
	}
	rules := filepath.Join(root, "rules", "rules.yaml")
	for _, text := range []endless{" ", "[", `{"a":"`, "x\n", endless(delivered("1", eventOf("a")))} {
		var out strings.Builder
		status := run([]string{"replay", "--rules", rules, "-"}, &streams{text, &out, &out})
		if want := "-: the files have more than 64 MiB together; replay them one by one, and split larger ones"; status != exitFailed || !strings.Contains(out.String(), want) {
			t.Errorf("%.10q: exit status %d, %.300q; want %q", text, status, out.String(), want)
		}
	}
}

// Any file gives failures with uploads, or problems, each with a line of the file.
func FuzzReadFailures(f *testing.F) {
	a := delivered("1", eventOf("a"))
	for _, seed := range []string{a, "[" + a + ",\n" + a + "]", `{"Message":` + quoted(a) + `}`, a[:50] + "\n{}", `{"version":1,"rule":"a","event":` + eventOf("a") + `}`, "\"\n\"", "[[[[[[1", "[\n\n\n\n\n\n[{}]]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		failures, problems := readFailures("f", false, data)
		if len(failures)+len(problems) == 0 {
			t.Error("nothing is said")
		}
		lines := 1 + strings.Count(string(data), "\n")
		check := func(origin string) {
			var line int
			if _, err := fmt.Sscanf(origin, "f:%d", &line); err != nil || line < 1 || line > lines {
				t.Errorf("origin %q in %d lines", origin, lines)
			}
		}
		for _, failure := range failures {
			check(failure.origin)
			if uploads, _, _ := event.Decode(failure.payload); len(uploads) == 0 || len(failure.id) != 64 {
				t.Errorf("%+v", failure)
			}
		}
		for _, p := range problems {
			check(p.Origin)
		}
	})
}
