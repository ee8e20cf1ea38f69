package localcloud

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
)

// submit submits an asynchronous process of an object and returns the task id.
func submit(t *testing.T, c *oss.Client, key, process string) string {
	t.Helper()
	r, err := c.AsyncProcessObject(t.Context(), &oss.AsyncProcessObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr(key), AsyncProcess: oss.Ptr(process)})
	if err != nil {
		t.Fatal(err)
	}
	return r.TaskId
}

// The end of a task that names a topic invokes the function subscribed to it, in either format and as reliably as an
// upload.
func TestTopics(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, runtime string) {
		c, seen := startFunction(t, Function{Runtime: runtime, Topics: []TopicTrigger{{"done", "JSON"}, {"done", "STREAM"}, {"elsewhere", "STREAM"}}})
		c.SetFaults(Faults{Task: func(p Process) TaskResult {
			if p.Source.Key == "bad.mp4" {
				return TaskResult{Code: "InvalidMedia", Message: "no stream", After: time.Millisecond}
			}
			return TaskResult{}
		}})
		k := client(c.OSS, c.Credential())
		const saveas = "|sys/saveas,b_YWNtZS11cGxvYWRz,o_YS57YXV0b2V4dH0" // acme-uploads, a.{autoext}
		const notify = "/notify,topic_ZG9uZQ"                             // done
		for _, key := range []string{"good.mp4", "bad.mp4"} {
			put(t, k, key, "x")
		}
		good := submit(t, k, "good.mp4", "video/snapshots,f_jpg"+saveas+notify)
		bad := submit(t, k, "bad.mp4", "video/convert,f_mp4,vcodec_h264"+saveas+notify)
		submit(t, k, "good.mp4", "video/convert,f_mp4,vcodec_h264"+saveas) // without a topic
		if err := c.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}

		var got []string
		for _, e := range of[InvocationStarted](seen) {
			message := string(e.Payload)
			format := "STREAM"
			if envelope := gjson.Parse(message); envelope.Get("Message").Exists() {
				format, message = "JSON", envelope.Get("Message").String()
				if envelope.Get("TopicName").String() != "done" || envelope.Get("PublishTime").Type != gjson.Number {
					t.Errorf("the envelope is %s", envelope.Raw)
				}
			}
			m := gjson.Parse(message)
			content := gjson.Parse(m.Get("content").String())
			got = append(got, fmt.Sprint(format, " ", m.Get("type"), " ", content.Get("TaskId"), " ", content.Get("Status"), " ", content.Get("Code"), " ",
				content.Get("Message"), " ", content.Get("Sources.0.URI"), " ", content.Get("Targets.0.URI").String()+content.Get("Targets.0.Image.Snapshots.0.URI").String()))
		}
		var want []string
		for _, format := range []string{"JSON", "STREAM"} {
			want = append(want,
				format+" imm:Task:MediaConvert "+good+" Succeeded   oss://acme-uploads/good.mp4 oss://acme-uploads/a.{autoext}",
				format+" imm:Task:MediaConvert "+bad+" Failed InvalidMedia no stream oss://acme-uploads/bad.mp4 oss://acme-uploads/a.{autoext}")
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// The end of each task invokes a function that EventBridge triggers, with or without a topic.
func TestCompletionEvents(t *testing.T) {
	c, seen := startFunction(t, Function{Completions: true})
	k := client(c.OSS, c.Credential())
	put(t, k, "a.docx", "x")
	const saveas = "doc/convert,target_pdf|sys/saveas,b_YWNtZS11cGxvYWRz,o_YS5wZGY"
	want := []string{submit(t, k, "a.docx", saveas), submit(t, k, "a.docx", saveas+"/notify,topic_ZG9uZQ")}
	if err := c.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range of[InvocationStarted](seen) {
		event := gjson.ParseBytes(e.Payload)
		if event.Get("type").Str != "imm:Task:OfficeConversion" || event.Get("source").Str != "acs.imm" || event.Get("specversion").Str != "1.0" {
			t.Errorf("the event is %s", event.Raw)
		}
		got = append(got, event.Get("data.TaskId").Str)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A task without a topic ends, too.
func TestTaskEnded(t *testing.T) {
	ended := make(chan TaskEnded, 2)
	o := startOSS(t, Options{Watch: func(e Event) {
		if e, ok := e.(TaskEnded); ok {
			ended <- e
		}
	}})
	k := client(o, o.Credential())
	put(t, k, "a.docx", "x")
	for _, after := range []time.Duration{0, time.Millisecond} {
		o.SetFaults(Faults{Task: func(Process) TaskResult { return TaskResult{After: after} }})
		id := submit(t, k, "a.docx", "doc/convert,target_pdf|sys/saveas,b_YWNtZS11cGxvYWRz,o_YS5wZGY")
		if e := <-ended; e.Process.TaskID != id || e.Result.After != after || e.Topic != "" || e.Message != nil {
			t.Errorf("%+v", e)
		}
	}
	id := submit(t, k, "a.docx", "image/deblindwatermark,s_low,t_text|sys/notify,topic_ZG9uZQ")
	if e := <-ended; e.Topic != "done" || !strings.Contains(string(e.Message), id) || !strings.Contains(string(e.Message), "Content") {
		t.Errorf("%+v", e)
	}
}

// A trigger delivers an upload once after each delay that the fault returns.
func TestDeliveries(t *testing.T) {
	c, seen := startFunction(t, Function{Triggers: []Trigger{{Bucket: bucketA, Events: []string{"oss:ObjectCreated:*"}}}})
	c.SetFaults(Faults{Deliveries: func(e ObjectCreated) []time.Duration {
		return map[string][]time.Duration{"once": {0}, "never": nil, "late": {time.Millisecond}, "thrice": {0, time.Millisecond, 0}}[e.Key]
	}})
	k := client(c.OSS, c.Credential())
	for _, key := range []string{"once", "never", "late", "thrice"} {
		put(t, k, key, "x")
	}
	if err := c.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, e := range of[InvocationStarted](seen) {
		got[gjson.GetBytes(e.Payload, "events.0.oss.object.key").String()]++
	}
	if diff := cmp.Diff(map[string]int{"once": 1, "late": 1, "thrice": 3}, got); diff != "" {
		t.Error(diff)
	}
}
