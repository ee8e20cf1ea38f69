package e2e

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"onput/internal/localcloud"
	"onput/process"
)

// The function sends the process strings of OSS's documentation.
func TestDocumentedProcesses(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		const dest = "|sys/saveas,b_ZGVzdC1idWNrZXQ,o_"
		const notify = "/notify,topic_QXVkaW9Db252ZXJ0"
		want := []string{
			"doc/convert,target_png,source_docx|sys/saveas,b_dGVzdC1idWNrZXQ,o_ZG9jX2ltYWdlcy97aW5kZXh9LnBuZw/notify,topic_dGVzdC10b3BpYw",
			"doc/convert,pages_MS0xMA,target_png,source_docx|sys/saveas,b_dGVzdC1idWNrZXQ,o_ZG9jX2ltYWdlcy97aW5kZXh9LnBuZw",
			"style/StyleName|sys/saveas,b_b3V0YnVja2V0,o_b3V0b2JqcHJlZml4LnthdXRvZXh0fQ",
			"video/animation,f_gif,w_100,h_100,inter_1000" + dest + "ZGVzdGV4YW1wbGUuZ2lm" + notify,
			"video/sprite,f_jpg,sw_100,sh_100,inter_10000,tw_10,th_10,pad_0,margin_0" + dest + "ZXhhbXBsZS5qcGc" + notify,
			"video/snapshots,f_jpg,w_100,h_100,scaletype_crop,inter_10000" + dest + "ZGVzdC5wbmc" + notify,
			"video/concat,ss_0,f_mp4,vcodec_h264,fps_25,vb_1000000,acodec_aac,ab_96000,ar_48000,ac_2,align_1/pre,o_Y29uY2F0MS5tcDQ/sur,o_Y29uY2F0Mi5tcDQ,t_0" + dest + "ZGVzdC5tcDQ" + notify,
			"audio/convert,ss_10000,t_60000,f_aac,ab_96000" + dest + "ZGVzdC5hYWM" + notify,
			"audio/concat,f_aac,ac_1,ar_44100,ab_96000,align_2/pre,o_c3JjMS5tcDM/pre,o_c3JjMi5tcDM,t_0" + dest + "ZGVzdC5hYWM" + notify,
			"image/deblindwatermark,s_low,t_text|sys/notify,topic_aW1tLWJsaW5kd2F0ZXJtYXJrLXRlc3Q",
			"video/convert,f_avi,vcodec_h265,s_1920x1080,vb_2000000,fps_30,acodec_aac,ab_100000,sn_1" + dest + "ZGVtby5tcDQ",
		}
		rules := "version: 1\nsources: [src]\nrules:\n"
		buckets := map[string]bool{}
		for i, s := range want {
			// The rule is built from the parsed string, so that the function has to build the string again.
			r, err := process.Parse(s)
			if err != nil {
				t.Fatal(err)
			}
			op, _, _ := strings.Cut(s, "|")
			rules += fmt.Sprintf("  - name: r%d\n    match: %d.in\n    process: %q\n", i, i, op)
			if r.Target != nil {
				rules += fmt.Sprintf("    target: {bucket: %s, key: %q}\n", r.Target.Bucket, r.Target.Key)
				buckets[r.Target.Bucket] = true
			}
			if r.Notify != nil {
				rules += fmt.Sprintf("    notify: %s\n", *r.Notify)
			}
		}
		w := in.newWorld(t, rules)
		for bucket := range buckets {
			if err := w.CreateBucket(bucket); err != nil {
				t.Fatal(err)
			}
		}
		for i, s := range want {
			w.put(fmt.Sprintf("%d.in", i))
			if got := w.bodies(); len(got) != i+1 || got[i] != s {
				t.Fatalf("got %q\nwant %s last", got, s)
			}
		}
	})
}

// Whatever a key contains, the task is for that object, and the target has its characters.
func TestKeysArriveUnchanged(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, `
version: 1
sources: [src]
rules:
  - {name: all, match: "**", process: "doc/convert,target_pdf,source_docx", target: {bucket: dst, key: "{dirname}/{barename}.pdf"}}
`)
		for key, target := range map[string]string{
			"plain.docx":                       "plain.pdf",
			"文档/报告 第1版.docx":                   "文档/报告 第1版.pdf",
			"a b+c%2Fd&e#f?g=h.docx":           "a b+c%2Fd&e#f?g=h.pdf",
			"100%.docx":                        "100%.pdf",
			"{index}/{a}{{b}}.docx":            "{{index}}/{{a}}{{{{b}}}}.pdf",
			"line\nbreak\r\ttab.docx":          "line\nbreak\r\ttab.pdf",
			"../../etc/x.docx":                 "../../etc/x.pdf",
			"./a/./b.docx":                     "./a/./b.pdf",
			"a//b.docx":                        "a//b.pdf",
			"quote\"'`$(x).docx":               "quote\"'`$(x).pdf",
			"comma,slash|pipe.docx":            "comma,slash|pipe.pdf",
			strings.Repeat("k", 1018) + ".doc": strings.Repeat("k", 1018) + ".pdf",
		} {
			before := len(w.Processes())
			w.put(key)
			all := w.Processes()
			if len(all) != before+1 {
				t.Errorf("%q: %d processes; failures: %v", key, len(all)-before, w.Failures())
				continue
			}
			p := all[before]
			if p.Source != (process.Location{Bucket: "src", Key: key}) {
				t.Errorf("%q: source %q", key, p.Source)
			}
			if want := (process.Location{Bucket: "dst", Key: target}); *p.Request.Target != want {
				t.Errorf("%q: target %q, want %q", key, *p.Request.Target, want)
			}
		}
	})
}

// A key that would end a parameter sends nothing, nor does one that makes an invalid bucket.
func TestHostileKeysSendNothing(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, `
version: 1
sources: [src]
rules:
  - {name: doc, match: "*.docx*", process: "doc/convert,target_pdf,source_{ext}", target: {bucket: dst, key: a.pdf}}
  - {name: bucket, match: "{tenant}/*.txt", process: "doc/convert,target_pdf,source_txt", target: {bucket: "{tenant}-out", key: a.pdf}}
`)
		for _, key := range []string{"x.docx,target_txt", "x.docx|sys", "Bad_Tenant/x.txt", "文/x.txt", "\u009b31m\u202e\x7f.docx,x\u2028::error::"} {
			r := w.invoke(`{"events":[` + record(key) + `]}`)
			if r.ErrorType != "PermanentError" || !strings.Contains(r.ErrorMessage, "nothing was sent") {
				t.Errorf("%s: %s %s %s", key, r.Answer, r.ErrorType, r.ErrorMessage)
			}
		}
		if got := w.bodies(); len(got) != 0 {
			t.Errorf("OSS got %q", got)
		}
		for _, r := range w.Requests() {
			if r.Operation == "AsyncProcessObject" {
				t.Errorf("OSS was asked: %+v", r)
			}
		}
	})
}

// The same record fires the same task in every envelope.
func TestEnvelopes(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, pdfRules)
		w.put("in/a.docx")
		rec := record("in/a.docx")
		native := `{"events":[` + rec + `]}`
		text := func(s string) string { b, _ := json.Marshal(s); return string(b) }
		b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
		cloudEvent := `{"specversion":"1.0","id":"1","source":"acs.oss","type":"oss:ObjectCreated:PutObject","data":` + rec + `}`
		topic := func(message string) string {
			return `{"TopicOwner":"1","Message":` + text(message) + `,"Subscriber":"1","PublishTime":1550216480040,"TopicName":"t","MessageId":"2"}`
		}
		queue := func(body string) string {
			return `{"specversion":"1.0","type":"mns:Queue:SendMessage","data":{"requestId":"1","messageId":"2","messageBody":` + text(body) + `}}`
		}
		nested := strings.Replace(rec, `"oss":{`, `"oss":{"region":"cn-hangzhou","responseElements":{"requestId":"1"},`, 1)
		nested = strings.Replace(strings.Replace(nested, `"region":"cn-hangzhou","oss"`, `"oss"`, 1), `,"responseElements":{"requestId":"58F9FF2D3DF792092E12044C"}}`, `}`, 1)
		var want string
		for _, tt := range []struct{ name, payload string }{
			{"native", native},
			{"a CloudEvent", cloudEvent},
			{"an array of CloudEvents", `[` + cloudEvent + `]`},
			{"a bare record", rec},
			{"an array of records", `[` + rec + `]`},
			{"a record with its brace slipped", `{"events":[` + nested + `]}`},
			{"an SMQ topic message", topic(native)},
			{"an SMQ topic message in Base64", topic(b64(native))},
			{"an SMQ topic message with hostile attributes", `{"events":[],"data":{},` + topic(b64(native))[1:]},
			{"SMQ STREAM", b64(native)},
			{"SMQ STREAM with attributes", `{"body":` + text(b64(native)) + `,"attrs":{"Extend":"{}"}}`},
			{"an SMQ queue through EventBridge", `[` + queue(native) + `]`},
			{"an SMQ queue in Base64", `[` + queue(b64(native)) + `]`},
			{"JSON in a string", text(native)},
		} {
			t.Run(tt.name, func(t *testing.T) {
				r := w.invoke(tt.payload)
				if r.ErrorType != "" {
					t.Fatalf("%s: %s", r.ErrorType, r.ErrorMessage)
				}
				var answer struct {
					Uploads []struct {
						Bucket, Key, Event string
						Tasks              []struct{ Rule, Status, Process, Target string }
					}
				}
				if err := json.Unmarshal(r.Answer, &answer); err != nil {
					t.Fatal(err)
				}
				got := fmt.Sprintf("%+v", answer)
				if want == "" {
					want = `{Uploads:[{Bucket:src Key:in/a.docx Event:ObjectCreated:PutObject Tasks:[{Rule:pdf Status:submitted Process:doc/convert,target_pdf Target:oss://dst/in/a.pdf}]}]}`
				}
				if got != want {
					t.Errorf("\n got %s\nwant %s", got, want)
				}
			})
		}
	})
}

func TestPayloadsOfSomethingElse(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, pdfRules)
		for _, payload := range []string{
			"", "hello", "null", "5", strings.Repeat(" ", 10<<20+1), "[]", "{}", `{"events":[]}`, `{"events":{}}`, `{"hello":"world"}`, `{"Message":"hello topic","TopicName":"t"}`,
			`"e30="`, strings.Repeat("[", 1<<20), strings.Repeat(`{"data":`, 1<<17), `{"events":[{"oss":{"bucket":{"name":"b"},"object":{}}}]}`,
		} {
			r := w.invoke(payload)
			if r.ErrorType != "EventError" || r.FunctionError != localcloud.Handled {
				t.Errorf("%.40q: %s %s %s", payload, r.FunctionError, r.ErrorType, r.ErrorMessage)
			}
		}
		// It is the same process all along.
		if n := w.starts.Load(); n != 1 {
			t.Errorf("%d processes served the invocations", n)
		}
	})
}

// If one of two records fails at OSS, the other is submitted, and the error names the failed one only.
func TestOneOfTwoFails(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, pdfRules)
		w.put("good.docx")
		r := w.invoke(`{"events":[` + record("missing.docx") + `,` + record("good.docx") + `]}`)
		if r.ErrorType != "PermanentError" {
			t.Errorf("%s: %s", r.ErrorType, r.ErrorMessage)
		}
		for _, part := range []string{"1 of 2 tasks failed", "AsyncProcessObject oss://src/missing.docx", "rule pdf", "404 NoSuchKey", "request id "} {
			if !strings.Contains(r.ErrorMessage, part) {
				t.Errorf("the message does not say %q: %s", part, r.ErrorMessage)
			}
		}
		if strings.Contains(r.ErrorMessage, "good.docx") {
			t.Errorf("the message names the task that did not fail: %s", r.ErrorMessage)
		}
		if n := len(w.Processes()); n != 2 {
			t.Errorf("OSS took %d processes, want one for the upload and one for the invocation", n)
		}
	})
}

// OSS's answer decides whether a submission is tried again, and which error ends the invocation.
func TestFailures(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		submissions := func(answers ...localcloud.Fault) (localcloud.Faults, *atomic.Int32) {
			var mu sync.Mutex
			tries := new(atomic.Int32)
			return localcloud.Faults{Before: func(r localcloud.Request) localcloud.Fault {
				if r.Operation != "AsyncProcessObject" {
					return localcloud.Fault{}
				}
				tries.Add(1)
				mu.Lock()
				defer mu.Unlock()
				if len(answers) == 0 {
					return localcloud.Fault{}
				}
				f := answers[0]
				if len(answers) > 1 {
					answers = answers[1:]
				}
				return f
			}}, tries
		}
		status := func(status int, code string) localcloud.Fault {
			return localcloud.Fault{Status: status, Code: code, Message: "Said OSS."}
		}
		for _, tt := range []struct {
			name      string
			faults    []localcloud.Fault
			errorType string
			tries     int32
			says      string
		}{
			{"429, then fine", []localcloud.Fault{status(429, "TooManyRequests"), {}}, "", 2, ""},
			{"503, then fine", []localcloud.Fault{status(503, "ServiceUnavailable"), status(503, "ServiceUnavailable"), {}}, "", 3, ""},
			{"throttled by IMM, then fine", []localcloud.Fault{{Status: 400, Code: "Imm Client", Message: "Throttling.User, Request was denied."}, {}}, "", 2, ""},
			{"503 for ever", []localcloud.Fault{status(503, "ServiceUnavailable")}, "TransientError", 5, "503 ServiceUnavailable: Said OSS."},
			{"500", []localcloud.Fault{status(500, "InternalError")}, "TransientError", 1, "500 InternalError: Said OSS."},
			{"403", []localcloud.Fault{status(403, "AccessDenied")}, "PermanentError", 1, "403 AccessDenied: Said OSS."},
			{"404", []localcloud.Fault{status(404, "NoSuchKey")}, "PermanentError", 1, "404 NoSuchKey: Said OSS."},
			{"no answer", []localcloud.Fault{{Drop: true}, {}}, "TransientError", 1, "OSS may have taken it"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				w := in.newWorld(t, pdfRules)
				w.put("a.docx")
				faults, tries := submissions(tt.faults...)
				w.SetFaults(faults)
				r := w.invoke(`{"events":[` + record("a.docx") + `]}`)
				if r.ErrorType != tt.errorType || !strings.Contains(r.ErrorMessage, tt.says) {
					t.Errorf("%s %s", r.ErrorType, r.ErrorMessage)
				}
				if tt.errorType != "" && !strings.Contains(r.ErrorMessage, "AsyncProcessObject oss://src/a.docx") {
					t.Errorf("the message does not name operation and object: %s", r.ErrorMessage)
				}
				if n := tries.Load(); n != tt.tries {
					t.Errorf("OSS was asked %d times, want %d", n, tt.tries)
				}
			})
		}
	})
}

// A refused connection is tried again, five times at most.
func TestRefusedConnection(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := l.Addr().String()
		l.Close()
		w := in.newWorld(t, pdfRules, "OSS_ENDPOINT=http://"+address)
		r := w.invoke(`{"events":[` + record("a.docx") + `]}`)
		if r.ErrorType != "TransientError" || !strings.Contains(r.ErrorMessage, "nothing was sent") || !strings.Contains(r.ErrorMessage, "after 5 attempts") {
			t.Errorf("%s %s", r.ErrorType, r.ErrorMessage)
		}
	})
}

// If OSS hangs, the invocation ends within its timeout and reports it.
func TestHangingOSS(t *testing.T) {
	if testing.Short() {
		t.Skip("in short mode: it waits for most of the function's timeout")
	}
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		release := make(chan struct{})
		defer close(release)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release })}
		go server.Serve(l)
		defer server.Close()
		w := in.newWorldWithin(t, 10*time.Second, pdfRules, "OSS_ENDPOINT=http://"+l.Addr().String())
		r := w.invokeToTheEnd(`{"events":[` + record("a.docx") + `]}`)
		if r.FunctionError != localcloud.Handled || r.ErrorType != "TransientError" || !strings.Contains(r.ErrorMessage, "OSS may have taken it") {
			t.Errorf("%s %s %s", r.FunctionError, r.ErrorType, r.ErrorMessage)
		}
	})
}

// A rule file that does not load fails every invocation with all its errors, and does not end the process.
func TestBrokenRules(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, "version: 1\nrules:\n  - name: a\n    match: *.docx\n")
		for range 2 {
			r := w.invoke(`{"events":[` + record("a.docx") + `]}`)
			if r.FunctionError != localcloud.Handled || r.ErrorType != "RulesError" || !strings.Contains(r.ErrorMessage, "rules.yaml:4:12: error: quote the pattern") {
				t.Errorf("%s %s %s", r.FunctionError, r.ErrorType, r.ErrorMessage)
			}
		}
	})
}

// Function Compute retries a failure; if it lasts, the event ends at the onFailure destination.
func TestRetriesAndDestination(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, pdfRules)
		if err := w.BindIMM("src", false); err != nil {
			t.Fatal(err)
		}
		w.put("a.docx")
		failures := w.Failures()
		if len(failures) != 1 || failures[0].RequestContext.InvokeCount != 4 {
			t.Fatalf("%+v, want one failure after four tries", failures)
		}
		if !strings.Contains(failures[0].RequestPayload, `"a.docx"`) || !strings.Contains(failures[0].Payload, "PermanentError") ||
			!strings.Contains(failures[0].Payload, "404 Imm Client: ResourceNotFound") {
			t.Errorf("%+v", failures[0])
		}
	})
}

// With notify, a task that OSS could not finish reaches the onFailure destination, and one that it finished is a log line.
// The notes of claims give rule and upload. One invocation runs at a time, because a message may arrive before its note.
func TestFailedTask(t *testing.T) {
	t.Run("topic", func(t *testing.T) {
		testFailedTask(t, func(f *localcloud.Function) { f.Concurrency = 1 })
	})
	t.Run("EventBridge", func(t *testing.T) {
		testFailedTask(t, func(f *localcloud.Function) { f.Concurrency, f.Topics, f.Completions = 1, nil, true })
	})
}

func testFailedTask(t *testing.T, hear func(*localcloud.Function)) {
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorldWith(t, strings.Replace(pdfRules, "process:", "notify: done, process:", 1)+"claims: {prefix: .onput/}\n",
			func(_ *localcloud.Options, f *localcloud.Function) { hear(f) })
		w.SetFaults(localcloud.Faults{Task: func(p localcloud.Process) localcloud.TaskResult {
			if p.Source.Key == "bad.docx" {
				return localcloud.TaskResult{Code: "InvalidDocument", Message: "the file is\ndamaged"}
			}
			return localcloud.TaskResult{}
		}})
		w.put("good.docx")
		w.put("bad.docx")
		processes := w.Processes()
		if len(processes) != 2 {
			t.Fatalf("%d processes", len(processes))
		}
		good, bad := processes[0], processes[1]
		failures := w.Failures()
		if len(failures) != 1 || failures[0].RequestContext.InvokeCount != 4 {
			t.Fatalf("%+v, want one failure after four tries", failures)
		}
		var doc struct{ ErrorType, ErrorMessage string }
		if err := json.Unmarshal([]byte(failures[0].Payload), &doc); err != nil {
			t.Fatal(err)
		}
		want := "1 of 1 finished tasks failed in OSS:\ntask " + bad.TaskID + ", oss://src/bad.docx, rule pdf: InvalidDocument: the file is damaged"
		if doc.ErrorType != "TaskFailed" || doc.ErrorMessage != want || !strings.Contains(failures[0].RequestPayload, bad.TaskID) {
			t.Errorf("%+v\nwant %s", failures[0], want)
		}
		completed := 0
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, line := range w.log {
			var entry map[string]any
			if json.Unmarshal([]byte(line), &entry) == nil && entry["msg"] == "completed" {
				completed++
				if entry["taskId"] != good.TaskID || entry["eventId"] != good.EventID || entry["taskType"] != "OfficeConversion" ||
					entry["rule"] != "pdf" || entry["bucket"] != "src" || entry["key"] != "good.docx" ||
					fmt.Sprint(entry["sources"]) != "[oss://src/good.docx]" || fmt.Sprint(entry["targets"]) != "[oss://dst/good.pdf]" {
					t.Errorf("the line is %s", line)
				}
			}
		}
		if completed != 1 {
			t.Errorf("%d lines say completed", completed)
		}
	})
}

// A multipart upload fires once, when it is complete, although the trigger delivers an event for each part.
func TestMultipartUploadFiresOnce(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, pdfRules)
		up := oss.NewUploader(w.client, func(o *oss.UploaderOptions) { o.PartSize = 128 << 10 })
		_, err := up.UploadFrom(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("src"), Key: oss.Ptr("big.docx")},
			strings.NewReader(strings.Repeat("x", 500<<10)))
		if err != nil {
			t.Fatal(err)
		}
		w.drain()
		if got := w.bodies(); len(got) != 1 {
			t.Errorf("%d processes: %q", len(got), got)
		}
		if len(w.Failures()) > 0 {
			t.Errorf("%+v", w.Failures())
		}
	})
}

// In log mode the function decides and reports everything, and sends nothing.
func TestLogMode(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, pdfRules, "ONPUT_MODE=log")
		r := w.invoke(`{"events":[` + record("a.docx") + `]}`)
		if r.ErrorType != "" || !strings.Contains(string(r.Answer), `"status":"logged"`) || !strings.Contains(string(r.Answer), "oss://dst/a.pdf") {
			t.Errorf("%s %s", r.Answer, r.ErrorMessage)
		}
		if len(w.Processes()) > 0 {
			t.Error("something was sent")
		}
	})
}

// The answer has the documented form, and a log line has the same facts and the ids of the request.
func TestAnswerAndLog(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, pdfRules)
		w.put("a.docx")
		r := w.invoke(`{"events":[` + record("a.docx") + `]}`)
		processes := w.Processes()
		p := processes[len(processes)-1]
		want := fmt.Sprintf(`{"requestId":%q,"uploads":[{"bucket":"src","key":"a.docx","event":"ObjectCreated:PutObject","tasks":[`+
			`{"rule":"pdf","status":"submitted","process":"doc/convert,target_pdf","target":"oss://dst/a.pdf","taskId":%q,"eventId":%q,"requestId":%q}]}]}`,
			r.RequestID, p.TaskID, p.EventID, p.OSSRequest)
		if string(r.Answer) != want {
			t.Errorf("\n got %s\nwant %s", r.Answer, want)
		}
		page, err := os.ReadFile("../docs/reference.md")
		if err != nil {
			t.Fatal(err)
		}
		shown := strings.NewReplacer(r.RequestID, "…", p.TaskID, "OfficeConversion-…", p.EventID, "…", p.OSSRequest, "…").Replace(want)
		if !strings.Contains(string(page), shown) {
			t.Errorf("docs/reference.md does not show the answer\n%s", shown)
		}
		var line map[string]any
		for _, text := range r.Log {
			if strings.HasPrefix(text, "{") {
				if err := json.Unmarshal([]byte(text), &line); err != nil {
					t.Fatal(err)
				}
			}
		}
		for name, value := range map[string]any{
			"msg": "task", "level": "INFO", "invocation": r.RequestID, "bucket": "src", "key": "a.docx", "event": "ObjectCreated:PutObject",
			"rule": "pdf", "status": "submitted", "process": "doc/convert,target_pdf", "target": "oss://dst/a.pdf", "httpStatus": 200.0,
			"requestId": p.OSSRequest, "eventId": p.EventID, "taskId": p.TaskID, "processRequestId": p.RequestID, "attempts": 1.0,
		} {
			if line[name] != value {
				t.Errorf("the log line has %s %v, want %v", name, line[name], value)
			}
		}
	})
}

// Rules in OSS are read with the function's own credentials. A wrong key is refused.
func TestRulesFromOSS(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, "unused", "ONPUT_RULES=oss://dst/rules.yaml")
		r := w.invoke(`{"events":[` + record("a.docx") + `]}`)
		if r.ErrorType != "RulesError" || !strings.Contains(r.ErrorMessage, "404 NoSuchKey") {
			t.Errorf("%s %s", r.ErrorType, r.ErrorMessage)
		}
		w = in.newWorld(t, "unused", "ONPUT_RULES=oss://dst/rules.yaml")
		stored, err := w.client.PutObject(t.Context(), &oss.PutObjectRequest{
			Bucket: oss.Ptr("dst"), Key: oss.Ptr("rules.yaml"), Body: strings.NewReader(pdfRules)})
		if err != nil {
			t.Fatal(err)
		}
		w.put("a.docx")
		if got := w.bodies(); len(got) != 1 {
			t.Errorf("%q %+v", got, w.Failures())
		}
		etag, err := json.Marshal(stored.ETag)
		if err != nil {
			t.Fatal(err)
		}
		if lines := w.logged(`"rulesETag":` + string(etag)); len(lines) != 1 {
			t.Errorf("the log does not say which rules are in force: %q", w.log)
		}
		other := oss.NewClient(oss.LoadDefaultConfig().WithRegion(w.Region()).WithEndpoint(w.Endpoint()).
			WithCredentialsProvider(credentials.NewStaticCredentialsProvider(w.Credential().AccessKeyID, "wrong")))
		_, err = other.GetObject(t.Context(), &oss.GetObjectRequest{Bucket: oss.Ptr("dst"), Key: oss.Ptr("rules.yaml")})
		var service *oss.ServiceError
		if !errors.As(err, &service) || service.StatusCode != 403 || service.Code != "SignatureDoesNotMatch" {
			t.Errorf("a wrong signature: %v", err)
		}
	})
}

// If a machine fails, its invocation in flight is retried in another process.
func TestKill(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, pdfRules)
		var submissions atomic.Int32
		w.SetFaults(localcloud.Faults{Before: func(r localcloud.Request) localcloud.Fault {
			if r.Operation != "AsyncProcessObject" || submissions.Add(1) > 1 {
				return localcloud.Fault{}
			}
			if err := w.Kill(1); err != nil {
				t.Error(err)
			}
			return localcloud.Fault{Drop: true}
		}})
		w.put("a.docx")
		if got := w.bodies(); len(got) != 1 || submissions.Load() != 2 || w.starts.Load() != 2 || len(w.Failures()) > 0 {
			t.Errorf("%d processes after %d submissions by %d processes of the function, %v", len(got), submissions.Load(), w.starts.Load(), w.Failures())
		}
		if first := w.results[0]; len(w.results) != 2 || first.FunctionError != localcloud.Unhandled || first.ErrorType != "FunctionExited" {
			t.Errorf("%+v", w.results)
		}
	})
}

// The process asks for its first invocation, or listens, before the rules are loaded. An invocation waits for them until its
// time is over.
func TestRulesStillLoading(t *testing.T) {
	if testing.Short() {
		t.Skip("in short mode: it waits for most of the function's timeout")
	}
	mkfifo, err := exec.LookPath("mkfifo")
	if err != nil {
		t.Skip("without mkfifo no file can be made to wait for its content")
	}
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		file := filepath.Join(t.TempDir(), "rules.yaml")
		if out, err := exec.Command(mkfifo, file).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		w := in.newWorldWithin(t, 10*time.Second, "unused", "ONPUT_RULES="+file, "ONPUT_MODE=log")
		payload := `{"events":[` + record("a.docx") + `]}`
		r := w.invokeToTheEnd(payload)
		starts := w.starts.Load()
		if r.ErrorType != "TransientError" || r.ErrorMessage != "rules not read: "+file+" was still being loaded when the invocation's time was used up" {
			t.Fatalf("%s %s", r.ErrorType, r.ErrorMessage)
		}
		if err := os.WriteFile(file, []byte(pdfRules), 0o644); err != nil {
			t.Fatal(err)
		}
		if r := w.invoke(payload); r.ErrorType != "" || w.starts.Load() != starts {
			t.Errorf("%s %s, %d processes", r.ErrorType, r.ErrorMessage, w.starts.Load())
		}
	})
}

// An instance of the custom runtime that is to end answers its invocations in flight first.
func TestCustomInstanceEnds(t *testing.T) {
	t.Parallel()
	w := fcRuntime("custom").newWorld(t, pdfRules)
	submitted, stopping := make(chan struct{}), make(chan struct{})
	w.onLogLine = func(line string) {
		if strings.HasPrefix(line, "FC PreStop Start") {
			close(stopping)
		}
	}
	w.SetFaults(localcloud.Faults{Before: func(r localcloud.Request) localcloud.Fault {
		if r.Operation == "AsyncProcessObject" {
			close(submitted)
			<-stopping
		}
		return localcloud.Fault{}
	}})
	if _, err := w.client.PutObject(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("src"), Key: oss.Ptr("a.docx"), Body: strings.NewReader("x")}); err != nil {
		t.Fatal(err)
	}
	<-submitted
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if len(w.results) != 1 || w.results[0].ErrorType != "" || len(w.bodies()) != 1 {
		t.Errorf("%+v", w.results)
	}
}
