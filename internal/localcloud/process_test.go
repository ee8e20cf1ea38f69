package localcloud

import (
	"encoding/base64"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/google/go-cmp/cmp"

	"onput/process"
)

func TestAsyncProcess(t *testing.T) {
	var seen events
	o := startOSS(t, Options{Watch: seen.watch})
	for _, name := range []string{"test-bucket", "outbucket", "unbound"} {
		if err := o.CreateBucket(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.BindIMM("unbound", false); err != nil {
		t.Fatal(err)
	}
	c := client(o, o.Credential())
	for _, at := range []process.Location{{Bucket: bucketA, Key: "a b.docx"}, {Bucket: "unbound", Key: "a b.docx"}} {
		if _, err := c.PutObject(t.Context(), &oss.PutObjectRequest{Bucket: &at.Bucket, Key: &at.Key, Body: strings.NewReader("x")}); err != nil {
			t.Fatal(err)
		}
	}
	b64 := base64.RawURLEncoding.EncodeToString
	saveas := "|sys/saveas,b_dGVzdC1idWNrZXQ,o_ZG9jX2ltYWdlcy97aW5kZXh9LnBuZw" // test-bucket, doc_images/{index}.png
	const imm400, imm404 = "400 Imm Client: InvalidArgument, ", "404 Imm Client: ResourceNotFound, The specified resource "
	for _, tt := range []struct {
		name, bucket, key string
		process           string // "" for an empty body
		form, bare        bool   // percent-encoded; without the parameter's name
		task, want        string // the beginning of the task id, or the error
	}{
		{name: "document", process: "doc/convert,target_png,source_docx" + saveas + "/notify,topic_dGVzdC10b3BpYw", task: "OfficeConversion-"},
		{name: "percent-encoded", process: "doc/convert,target_png,source_docx" + saveas, form: true, task: "OfficeConversion-"},
		{name: "video", process: "video/convert,f_avi,vcodec_h265,s_1920x1080,vb_2000000,fps_30,acodec_aac,ab_100000,sn_1" + saveas, task: "MediaConvert-"},
		{name: "watermark", process: "image/deblindwatermark,s_low,t_text|sys/notify,topic_aW1tLWJsaW5kd2F0ZXJtYXJrLXRlc3Q", task: "DecodeBlindWatermark-"},
		{name: "style", process: "style/::h264-mp4-1080p|sys/saveas,b_b3V0YnVja2V0,o_b3V0b2JqcHJlZml4LnthdXRvZXh0fQ", task: "MediaConvert-"},
		{name: "empty", want: "400 InvalidRequest: no x-oss-async-process parameter found"},
		{name: "no parameter", process: "doc/convert,target_png,source_docx" + saveas, bare: true, want: "400 InvalidRequest: no x-oss-async-process parameter found"},
		{name: "no object", key: "gone", process: "doc/convert,target_png,source_docx" + saveas, want: "404 NoSuchKey: The specified key does not exist."},
		{name: "no bucket", bucket: "no-such-bucket", process: "doc/convert,target_png,source_docx" + saveas, want: "404 NoSuchBucket: The specified bucket does not exist."},
		{name: "not bound", bucket: "unbound", process: "doc/convert,target_png,source_docx" + saveas, want: imm404 + "Attachment is not found."},
		{name: "parameter missing", process: "doc/convert,source_docx" + saveas, want: imm400 + "[target]:"},
		{name: "parameter unknown", process: "doc/convert,target_png,source_docx,colour_red" + saveas, want: imm400 + "[colour]:"},
		{name: "grammar", process: "doc/convert,target_png|sys/saveas,b_!,o_!", want: imm400},
		{name: "synchronous", process: "image/resize,w_100" + saveas, want: imm404 + "Route is not found."},
		{name: "unknown", process: "doc/burn,w_100" + saveas, want: imm404 + "Route is not found."},
		{name: "target bucket invalid", process: "doc/convert,target_png,source_docx|sys/saveas,b_" + b64([]byte("No_Bucket")) + ",o_eA", want: imm400 + "[sys/saveas]:"},
		{name: "target bucket missing", process: "doc/convert,target_png,source_docx|sys/saveas,b_" + b64([]byte("not-there")) + ",o_eA", want: "404 NoSuchBucket: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := "x-oss-async-process=" + tt.process
			switch {
			case tt.process == "":
				body = ""
			case tt.bare:
				body = tt.process
			case tt.form:
				body = "x-oss-async-process=" + url.QueryEscape(tt.process)
			}
			key, bucket := tt.key, tt.bucket
			if key == "" {
				key = "a b.docx"
			}
			if bucket == "" {
				bucket = bucketA
			}
			accepted, refused := len(o.Processes()), len(of[ProcessRefused](&seen))
			_, err := c.InvokeOperation(t.Context(), &oss.OperationInput{OpName: "AsyncProcessObject", Method: "POST", Bucket: &bucket, Key: &key,
				Parameters: map[string]string{"x-oss-async-process": ""}, Body: strings.NewReader(body)})
			if tt.want != "" {
				if got := codeAndMessage(err); !strings.HasPrefix(got, tt.want) {
					t.Errorf("%s, want %s", got, tt.want)
				}
				if got := o.Processes()[accepted:]; len(got) != 0 {
					t.Errorf("accepted: %+v", got)
				}
				if got := len(of[ProcessRefused](&seen)) - refused; got != 1 && bucket != "no-such-bucket" {
					t.Errorf("%d events", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := o.Processes()[accepted:]
			if len(got) != 1 {
				t.Fatalf("accepted: %+v", got)
			}
			p := got[0]
			want := Process{Time: p.Time, Source: process.Location{Bucket: bucketA, Key: "a b.docx"}, Body: body, Request: p.Request,
				AccessKeyID: o.Credential().AccessKeyID, OSSRequest: p.OSSRequest, EventID: p.EventID, RequestID: p.RequestID, TaskID: p.TaskID}
			if diff := cmp.Diff(want, p); diff != "" {
				t.Error(diff)
			}
			if !strings.HasPrefix(p.TaskID, tt.task) || p.Request.String() != tt.process {
				t.Errorf("task %s, process %s", p.TaskID, p.Request)
			}
		})
	}
}

func codeAndMessage(err error) string {
	se, ok := err.(*oss.ServiceError)
	if oe, isOp := err.(*oss.OperationError); isOp {
		se, ok = oe.Unwrap().(*oss.ServiceError)
	}
	if !ok {
		return code(err)
	}
	return code(err) + ": " + se.Message
}

func TestAsyncProcessIDs(t *testing.T) {
	o := startOSS(t, Options{})
	c := client(o, o.Credential())
	put(t, c, "a.docx", "x")
	r, err := c.AsyncProcessObject(t.Context(), &oss.AsyncProcessObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("a.docx"),
		AsyncProcess: oss.Ptr("doc/convert,target_png,source_docx|sys/saveas,o_YS97aW5kZXh9LnBuZw")})
	if err != nil {
		t.Fatal(err)
	}
	p := o.Processes()[0]
	if r.EventId != p.EventID || r.RequestId != p.RequestID || r.TaskId != p.TaskID || r.Headers.Get("x-oss-request-id") != p.OSSRequest {
		t.Errorf("%+v, %+v", r, p)
	}
	for _, tt := range []struct{ got, want string }{
		{r.EventId, `^[0-9A-F]{3}-[0-9A-Za-z]{27}$`},
		{r.RequestId, `^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$`},
		{r.TaskId, `^OfficeConversion-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`},
		{p.OSSRequest, `^[0-9A-F]{24}$`},
	} {
		if !regexp.MustCompile(tt.want).MatchString(tt.got) {
			t.Errorf("%s is not %s", tt.got, tt.want)
		}
	}
}

func TestReopenForgetsWhatIsNotComplete(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "oss")
	o := startOSS(t, Options{Dir: dir})
	c := client(o, o.Credential())
	r, err := c.InitiateMultipartUpload(t.Context(), &oss.InitiateMultipartUploadRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("p")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.UploadPart(t.Context(), &oss.UploadPartRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("p"), UploadId: r.UploadId, PartNumber: 1, Body: strings.NewReader("x")}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.AppendObject(t.Context(), &oss.AppendObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("log"), Position: oss.Ptr(int64(0)), Body: strings.NewReader("one ")}); err != nil {
		t.Fatal(err)
	}
	o.Close()
	o = startOSS(t, Options{Dir: dir})
	c = client(o, o.Credential())
	if left, _ := filepath.Glob(filepath.Join(dir, stagingDir, "*")); len(left) != 0 {
		t.Errorf("left in staging: %v", left)
	}
	if _, err := c.AppendObject(t.Context(), &oss.AppendObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("log"), Position: oss.Ptr(int64(4)), Body: strings.NewReader("two")}); err != nil {
		t.Fatal(err)
	}
	if got := get(t, c, "log"); got != "one two" {
		t.Errorf("%q", got)
	}
}

// With AnyTarget a process may name any valid target bucket.
func TestAnyTarget(t *testing.T) {
	o := startOSS(t, Options{AnyTarget: true})
	c := client(o, o.Credential())
	put(t, c, "a.docx", "x")
	for _, tt := range []struct{ bucket, want string }{
		{"not-there", ""},
		{"out-{year}", ""},
		{"No_Bucket", "400 Imm Client"},
		{"out-{barename}", "400 Imm Client"},
	} {
		saveas := process.EncodeBase64(tt.bucket) + ",o_eA"
		_, err := c.AsyncProcessObject(t.Context(), &oss.AsyncProcessObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("a.docx"),
			AsyncProcess: oss.Ptr("doc/convert,target_png,source_docx|sys/saveas,b_" + saveas)})
		if got := code(err); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.bucket, got, tt.want)
		}
	}
}

// Buckets may have names that Windows reserves.
func TestReservedBuckets(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "oss")
	names := []string{"con", "nul", "aux", "prn", "com1", "lpt9", "console"}
	o := startOSS(t, Options{Dir: dir})
	for _, name := range names {
		if err := o.CreateBucket(name); err != nil {
			t.Fatal(err)
		}
		if _, err := client(o, o.Credential()).PutObject(t.Context(), &oss.PutObjectRequest{Bucket: &name, Key: oss.Ptr("a"), Body: strings.NewReader(name)}); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != (name == "console") {
			t.Errorf("folder %s: %v", name, err)
		}
	}
	o.Close()
	o = startOSS(t, Options{Dir: dir})
	for _, name := range names {
		if _, err := client(o, o.Credential()).HeadObject(t.Context(), &oss.HeadObjectRequest{Bucket: &name, Key: oss.Ptr("a")}); err != nil {
			t.Errorf("%s, opened again: %v", name, err)
		}
	}
}
