package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"onput/handler"
	"onput/internal/build"
	"onput/internal/localcloud"
	"onput/internal/localimages"
	"onput/process"
)

// functionDir is the directory of functionBinary, "" before it is built.
var functionDir string

// functionBinary builds the function once.
var functionBinary = sync.OnceValues(func() (string, error) {
	var err error
	if functionDir, err = os.MkdirTemp("", "onput-function-"); err != nil {
		return "", err
	}
	path := filepath.Join(functionDir, "main.exe")
	if out, err := build.Command(context.Background(), root, build.Function, path).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

// failing is a local cloud with a function. Some of its tasks fail until the bucket late exists.
type failing struct {
	*localcloud.Cloud
	t      *testing.T
	dir    string
	client *oss.Client
}

// Each document fires four tasks. Those of rule late and of output 1 of rule ladder write to the bucket late, as does that of a
// photo.
const failingRules = `
rules:
  - {name: pdf, match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: dst, key: "{barename}.pdf"}}
  - {name: late, match: "*.docx", process: "doc/convert,target_txt", target: {bucket: late, key: "{barename}.txt"}}
  - name: ladder
    match: "*.docx"
    outputs:
      - {process: "doc/convert,target_png", target: {bucket: dst, key: "pages/{barename}/{index}.png"}}
      - {process: "doc/convert,target_jpg", target: {bucket: late, key: "pages/{barename}/{index}.jpg"}}
  - {name: thumbnail, match: "*.jpg", process: "image/resize,w_20/format,webp", target: {bucket: late, key: "{barename}.webp"}}
`

// newFailing deploys the function with rules that begin with head.
func newFailing(t *testing.T, head string) *failing {
	t.Helper()
	binary, err := functionBinary()
	if err != nil {
		t.Fatal(err)
	}
	f := &failing{t: t, dir: t.TempDir()}
	f.write("rules.yaml", "version: 1\nsources: [src]\n"+head+failingRules)
	if f.Cloud, err = localcloud.Start(localcloud.Options{Dir: filepath.Join(f.dir, "oss"), Images: localimages.NewEngine()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	for _, bucket := range []string{"src", "dst"} {
		if err := f.CreateBucket(bucket); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Deploy(localcloud.Function{
		Binary:   binary,
		Env:      []string{"ONPUT_RULES=" + filepath.Join(f.dir, "rules.yaml"), "OSS_ENDPOINT=" + f.Endpoint()},
		Retries:  1,
		Triggers: []localcloud.Trigger{{Bucket: "src", Events: []string{"oss:ObjectCreated:*"}}},
	}); err != nil {
		t.Fatal(err)
	}
	owner := f.Credential()
	f.client = oss.NewClient(oss.LoadDefaultConfig().WithRegion(f.Region()).WithEndpoint(f.Endpoint()).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(owner.AccessKeyID, owner.AccessKeySecret)))
	return f
}

func (f *failing) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// upload puts objects and waits until the function has given up on them.
func (f *failing) upload(keys ...string) {
	f.t.Helper()
	for _, key := range keys {
		if _, err := f.client.PutObject(f.t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("src"), Key: &key, Body: strings.NewReader("x")}); err != nil {
			f.t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Minute)
	defer cancel()
	if err := f.Drain(ctx); err != nil {
		f.t.Fatal(err)
	}
}

// lines returns the onFailure deliveries as JSON lines.
func (f *failing) lines() string {
	var b strings.Builder
	for _, failure := range f.Failures() {
		line, err := json.Marshal(failure)
		if err != nil {
			f.t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

// fired returns the number of times that OSS took each process, by KEY OPERATION-TARGET.
func (f *failing) fired() map[string]int {
	all := map[string]int{}
	for _, p := range f.Processes() {
		all[p.Source.Key+" "+p.Request.Params[0].Value]++
	}
	return all
}

// environment returns the environment of the command.
func (f *failing) environment() map[string]string {
	owner := f.Credential()
	return map[string]string{"OSS_ACCESS_KEY_ID": owner.AccessKeyID, "OSS_ACCESS_KEY_SECRET": owner.AccessKeySecret, "OSS_SESSION_TOKEN": "",
		"OSS_ENDPOINT": f.Endpoint(), "OSS_REGION": f.Region()}
}

// replay runs the command in the directory of the cloud.
func (f *failing) replay(args ...string) (status int, out string) {
	f.t.Helper()
	cmd := exec.CommandContext(f.t.Context(), "onput", append([]string{"replay", "--rules", "rules.yaml"}, args...)...)
	cmd.Dir, cmd.Env = f.dir, os.Environ()
	for name, value := range f.environment() {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	b, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		f.t.Fatal(err)
	}
	if secret := f.Credential().AccessKeySecret; strings.Contains(string(b), secret) || strings.Contains(string(b), "Signature") {
		f.t.Errorf("a secret is in what was printed:\n%s", b)
	}
	return cmd.ProcessState.ExitCode(), string(b)
}

// expect runs the command and checks its exit status and output.
func (f *failing) expect(wantStatus int, wants []string, args ...string) {
	f.t.Helper()
	status, out := f.replay(args...)
	if status != wantStatus {
		f.t.Errorf("replay %v: exit status %d, want %d\n%s", args, status, wantStatus, out)
	}
	for _, want := range wants {
		if !strings.Contains(out, want) {
			f.t.Errorf("replay %v did not print %q:\n%s", args, want, out)
		}
	}
}

// tookEach checks how often OSS took the tasks of each key: pdf, txt, png, jpg.
func (f *failing) tookEach(keys []string, times ...int) {
	f.t.Helper()
	fired := f.fired()
	for _, key := range keys {
		for i, kind := range []string{"pdf", "txt", "png", "jpg"} {
			if got := fired[key+" "+kind]; got != times[i] {
				f.t.Errorf("%s: OSS took %s %d times, want %d", key, kind, got, times[i])
			}
		}
	}
}

// With claims, an onFailure delivery fires exactly the missing tasks.
func TestReplayDelivered(t *testing.T) {
	t.Parallel()
	f := newFailing(t, "claims: {bucket: dst}\n")
	keys := []string{"a.docx", "文 b.docx"}
	f.upload(keys...)
	f.tookEach(keys, 1, 0, 1, 0)
	f.write("dlq.json", f.lines()+f.lines()) // delivered twice
	f.expect(0, []string{"dlq.json:1: ", "PermanentError: 2 of 4 tasks failed:", "oss://src/a.docx: late: would fire", "ladder output 1: would fire",
		"2 failures, 8 tasks to fire", "--yes fires them"}, "dlq.json")
	f.tookEach(keys, 1, 0, 1, 0)
	f.expect(1, []string{"oss://src/a.docx: pdf: fired before", "late: failed", "404 NoSuchBucket", "0 tasks fired, 4 fired before, 4 failed"}, "--yes", "--done", "log", "dlq.json")
	f.tookEach(keys, 1, 0, 1, 0)
	if err := f.CreateBucket("late"); err != nil {
		t.Fatal(err)
	}
	f.expect(0, []string{"oss://src/a.docx: late: fired", "2 failures, 4 tasks fired, 4 fired before\n"}, "--yes", "--done", "log", "dlq.json")
	f.tookEach(keys, 1, 1, 1, 1)
	f.expect(0, []string{"0 failures, 2 replayed before, 0 tasks fired"}, "--yes", "--done", "log", "dlq.json")
	f.expect(0, []string{"2 failures, 0 tasks fired, 8 fired before\n"}, "--yes", "dlq.json")
	f.tookEach(keys, 1, 1, 1, 1)
}

// A record of the function fires exactly its task, and is deleted.
func TestReplayRecorded(t *testing.T) {
	t.Parallel()
	f := newFailing(t, "claims: {bucket: dst}\nfailures: {permanent: record}\n")
	keys := []string{"a.docx", "b.docx"}
	f.upload(keys...)
	if n := len(f.Failures()); n > 0 {
		t.Fatalf("%d invocations failed", n)
	}
	const place = "oss://dst/.onput/failed/"
	records := func() int {
		list, err := f.client.ListObjectsV2(t.Context(), &oss.ListObjectsV2Request{Bucket: oss.Ptr("dst"), Prefix: oss.Ptr(".onput/failed/")})
		if err != nil {
			t.Fatal(err)
		}
		return len(list.Contents)
	}
	if n := records(); n != 4 {
		t.Fatalf("%d records", n)
	}
	f.expect(0, []string{place, "PermanentError: AsyncProcessObject oss://src/a.docx, rule late", "4 failures, 4 tasks to fire"}, place)
	f.expect(0, []string{"4 failures, 4 tasks to fire"}, place, "oss://dst/.onput/fail")
	f.expect(1, []string{"0 tasks fired, 0 fired before, 4 failed"}, "--yes", place)
	if n := records(); n != 4 {
		t.Errorf("%d records are left of four whose tasks failed again", n)
	}
	if err := f.CreateBucket("late"); err != nil {
		t.Fatal(err)
	}
	// A folder is no record.
	if _, err := f.client.PutObject(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("late"), Key: oss.Ptr("failed/")}); err != nil {
		t.Fatal(err)
	}
	f.expect(0, []string{"0 failures, 0 tasks fired, 0 fired before\n"}, "--yes", "oss://late/failed/")
	// Something else below the prefix stays where it is. Without claims in the rules, too, only the tasks of the records fire.
	if _, err := f.client.PutObject(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("dst"), Key: oss.Ptr(".onput/failed/no\nte"), Body: strings.NewReader("{}")}); err != nil {
		t.Fatal(err)
	}
	f.write("rules.yaml", "version: 1\nsources: [src]\n"+failingRules)
	f.expect(1, []string{"4 tasks fired, 0 fired before", `"oss://dst/.onput/failed/no\nte": neither a message of onFailure`}, "--yes", place)
	f.tookEach(keys, 1, 1, 1, 1)
	if n := records(); n != 1 {
		t.Errorf("%d objects are left, want the one that is no record", n)
	}
}

// The record of a synchronous task has it done, and is deleted.
func TestReplayPicture(t *testing.T) {
	t.Parallel()
	f := newFailing(t, "claims: {bucket: dst}\nfailures: {permanent: record}\n")
	photo := filepath.Join(root, "testdata", "samples", "photo.jpg")
	if _, err := f.client.PutObjectFromFile(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("src"), Key: oss.Ptr("a.jpg")}, photo); err != nil {
		t.Fatal(err)
	}
	f.upload() // waits
	const place = "oss://dst/.onput/failed/"
	f.expect(0, []string{"PermanentError: ProcessObject oss://src/a.jpg, rule thumbnail, image/resize: 404 NoSuchBucket", "1 failure, 1 task to fire"}, place)
	if err := f.CreateBucket("late"); err != nil {
		t.Fatal(err)
	}
	f.expect(0, []string{"thumbnail: done", "1 failure, 1 task fired, 0 fired before\n"}, "--yes", place)
	f.expect(0, []string{"0 failures, 0 tasks fired"}, "--yes", place)
	if n := len(f.Processes()); n != 1 {
		t.Errorf("OSS did the task %d times", n)
	}
}

// A record whose rule no longer fires stays.
func TestReplayRecordWithoutRule(t *testing.T) {
	t.Parallel()
	f := newFailing(t, "claims: {bucket: dst}\nfailures: {permanent: record}\n")
	f.upload("a.docx")
	f.write("rules.yaml", "version: 1\nsources: [src]\nclaims: {bucket: dst}\nrules:\n  - {name: late, match: x, process: \"doc/convert,target_pdf\", target: {bucket: dst, key: x.pdf}}\n")
	f.expect(1, []string{"rule late does not fire for oss://src/a.docx any more", "rule ladder output 1 does not fire", "2 failures, 0 tasks fired", "2 problems"},
		"--yes", "oss://dst/.onput/failed/")
	f.expect(1, []string{"2 problems"}, "--yes", "oss://dst/.onput/failed/")
	// Whoever wrote the file, nothing in it reaches the terminal as it is.
	f.write("hostile.json", `{"version":1,"rule":"r\u001b[31m","bucket":"b\u001b[31m\nforged","event":{"events":[{"oss":{"bucket":{"name":"src"},"object":{"key":"a\u001b[31m"}}}]}}`)
	f.expect(1, []string{`rule "r\x1b[31m" does not fire for "oss://b\x1b[31m\nforged/"`, "1 problem"}, "hostile.json")
}

// A forged record fires nothing but what the rules fire for its upload.
func TestReplayForged(t *testing.T) {
	t.Parallel()
	f := newFailing(t, "claims: {}\nfailures: {permanent: record}\n")
	if err := f.CreateBucket("late"); err != nil {
		t.Fatal(err)
	}
	f.write("any.yaml", "version: 1\nclaims: {}\n"+failingRules) // any bucket is a source
	upload := func(bucket, key string) string {
		return fmt.Sprintf(`{"eventName":"ObjectCreated:PutObject","oss":{"bucket":{"name":%q},"object":{"key":%q,"size":1,"eTag":"E"}},"responseElements":{"requestId":"1"}}`, bucket, key)
	}
	record := func(fields, events string) string {
		return `{"version":1,"requestId":"1-x","errorType":"PermanentError","error":"e",` + fields + `,"event":{"events":[` + events + `]}}`
	}
	const task = `"bucket":"src","key":"a.docx","rule":"pdf","output":0`
	const truth = task + `,"process":"doc/convert,target_pdf","target":"oss://dst/a.pdf"`
	for _, tt := range []struct{ name, record, says string }{
		{"a target", record(task+`,"process":"doc/convert,target_pdf","target":"oss://evil/a.pdf"`, upload("src", "a.docx")),
			"rule pdf does not fire for oss://src/a.docx as the record says: the rules have changed since and now give doc/convert,target_pdf  oss://dst/a.pdf; fire that with --changed"},
		{"a process", record(task+`,"process":"video/convert,f_mp4"`, upload("src", "a.docx")), "as the record says"},
		{"another upload in the event", record(truth, upload("src", "b.docx")), "rule pdf does not fire for oss://src/a.docx: its event is for another object"},
		{"another bucket in the event", record(truth, upload("secret", "a.docx")), ": its event is for another object"},
		{"two uploads", record(truth, upload("src", "a.docx")+","+upload("src", "b.docx")), "its event has 2 uploads and messages"},
		{"an upload that is no source", record(strings.ReplaceAll(truth, `"src"`, `"secret"`), upload("secret", "a.docx")), "does not fire for oss://secret/a.docx any more"},
		{"a rule", record(strings.ReplaceAll(truth, `"pdf"`, `"mine"`), upload("src", "a.docx")), "rule mine does not fire for oss://src/a.docx any more"},
		{"an output", record(strings.ReplaceAll(truth, `"output":0`, `"output":7`), upload("src", "a.docx")), "rule pdf output 7 does not fire"},
		{"the claims", record(strings.ReplaceAll(truth, `a.docx`, `.onput/a.docx`), upload("src", ".onput/a.docx")), "does not fire for oss://src/.onput/a.docx any more"},
	} {
		f.write("record.json", tt.record)
		f.expect(1, []string{tt.says, "0 tasks to fire"}, "record.json")
		f.expect(1, []string{tt.says, "0 tasks fired, 0 fired before"}, "--yes", "record.json")
	}
	f.write("dlq.json", `{"requestContext":{"requestId":"1-a"},"rule":"pdf","process":"video/convert,f_mp4","target":"oss://evil/a.pdf","requestPayload":{"events":[`+upload("secret", "a.docx")+`]}}`)
	f.expect(0, []string{"oss://secret/a.docx: skipped: the object is in none of the sources", "1 failure, 0 tasks fired"}, "--yes", "dlq.json")
	// An uploader put it into the bucket of uploads, and names another bucket, where the rules would fire.
	const forged = ".onput/failed/0"
	put := func(content string) {
		if _, err := f.client.PutObject(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("src"), Key: oss.Ptr(forged), Body: strings.NewReader(content)}); err != nil {
			t.Fatal(err)
		}
	}
	put(record(strings.ReplaceAll(truth, `"src"`, `"secret"`), upload("secret", "a.docx")))
	f.expect(1, []string{"rule pdf does not fire for oss://secret/a.docx: records of its uploads are in its own bucket", "0 tasks fired"}, "--rules", "any.yaml", "--yes", "oss://src/.onput/failed/")
	if len(f.Processes()) > 0 {
		t.Fatalf("%+v was sent", f.Processes())
	}
	// With --changed the rules' task is fired, and nothing of the record is.
	f.write("record.json", record(task+`,"process":"video/convert,f_mp4","target":"oss://evil/a.pdf"`, upload("src", "a.docx")))
	f.upload("a.docx")
	before := len(f.Processes())
	f.expect(0, []string{"oss://src/a.docx: pdf: fired", "1 failure, 1 task fired"}, "--yes", "--changed", "record.json")
	sent := f.Processes()[before:]
	if want := "doc/convert,target_pdf" + process.Directives(&process.Location{Bucket: "dst", Key: "a.pdf"}, nil); len(sent) != 1 || !strings.HasSuffix(sent[0].Body, want) {
		t.Errorf("%+v", sent)
	}
}

// Without claims, all tasks are fired only with --again, and once.
func TestReplayWithoutClaims(t *testing.T) {
	t.Parallel()
	f := newFailing(t, "")
	f.upload("a.docx")
	f.tookEach([]string{"a.docx"}, 2, 0, 2, 0) // by two tries of the invocation
	if err := f.CreateBucket("late"); err != nil {
		t.Fatal(err)
	}
	f.write("dlq.json", f.lines())
	f.expect(0, []string{"that needs --again"}, "dlq.json")
	f.expect(1, []string{"dlq.json:1: not replayed: the rules have no claims", "0 failures, 0 tasks fired"}, "--yes", "dlq.json")
	f.expect(2, []string{"--again needs --done FILE"}, "--yes", "--again", "dlq.json")
	f.tookEach([]string{"a.docx"}, 2, 0, 2, 0)
	f.expect(0, []string{"1 failure, 4 tasks fired"}, "--yes", "--again", "--done", "log", "dlq.json")
	f.expect(0, []string{"0 failures, 1 replayed before, 0 tasks fired"}, "--yes", "--again", "--done", "log", "dlq.json")
	f.tookEach([]string{"a.docx"}, 3, 1, 3, 1)
	// What was left without an end, by an editor or a full disk, takes nothing of the next line.
	f.write("log", "half a line")
	f.expect(0, []string{"1 failure, 4 tasks fired"}, "--yes", "--again", "--done", "log", "dlq.json")
	f.expect(0, []string{"0 failures, 1 replayed before, 0 tasks fired"}, "--yes", "--again", "--done", "log", "dlq.json")
}

// An interrupted replay finishes the current failure. The next one goes on from there.
func TestReplayInterrupted(t *testing.T) {
	f := newFailing(t, "")
	for _, key := range []string{"a.docx", "b.docx", "c.docx"} { // they fail in this order
		f.upload(key)
	}
	if err := f.CreateBucket("late"); err != nil {
		t.Fatal(err)
	}
	f.write("dlq.json", f.lines())
	for name, value := range f.environment() {
		t.Setenv(name, value)
	}
	file := func(name string) string { return filepath.Join(f.dir, name) }
	var answer replayReport
	replay := func(ctx context.Context) error {
		var out strings.Builder
		c := ReplayCmd{Records: []string{file("dlq.json")}, Rules: file("rules.yaml"), Yes: true, Again: true, Done: file("log"),
			Region: f.Region(), Endpoint: f.Endpoint(), JSON: true}
		err := c.run(ctx, &streams{in: strings.NewReader(""), out: &out, err: os.Stderr})
		answer = replayReport{}
		if err := json.Unmarshal([]byte(out.String()), &answer); err != nil {
			t.Fatal(err)
		}
		return err
	}
	ctx, cancel := context.WithCancel(t.Context())
	f.SetFaults(localcloud.Faults{Before: func(r localcloud.Request) localcloud.Fault {
		if r.Operation == "AsyncProcessObject" && r.Key == "b.docx" {
			cancel() // as a signal would
		}
		return localcloud.Fault{}
	}})
	if err := replay(ctx); err != exit(exitFailed) || len(answer.Failures) != 2 || answer.Submitted != 8 || answer.Left != 1 {
		t.Errorf("interrupted: %v, %+v", err, answer)
	}
	if err := replay(t.Context()); err != nil || len(answer.Failures) != 1 || answer.Submitted != 4 || answer.Before != 2 {
		t.Errorf("again: %v, %+v", err, answer)
	}
	f.tookEach([]string{"a.docx", "b.docx", "c.docx"}, 3, 1, 3, 1)
}

// Answers of a server are bounded, whatever they unpack to, and so is a listing.
func TestReplayBoundsAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("in short mode: it parses megabytes, and waits for the OSS SDK's retries")
	}
	var answer http.HandlerFunc
	pages := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("list-type") {
			pages++
		}
		answer(w, r)
	}))
	defer server.Close()
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(rules, []byte("version: 1\n"+failingRules), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OSS_ACCESS_KEY_ID", "the-key-id")
	t.Setenv("OSS_ACCESS_KEY_SECRET", "the-secret")
	listing := func(w http.ResponseWriter, entry string, n int, more bool) {
		fmt.Fprintf(w, "<ListBucketResult><IsTruncated>%v</IsTruncated><NextContinuationToken>t%d</NextContinuationToken>", more, pages)
		for range n {
			io.WriteString(w, entry)
		}
		io.WriteString(w, "</ListBucketResult>")
	}
	one := func(w http.ResponseWriter) {
		listing(w, "<Contents><Key>failed/a.json</Key><Size>1</Size></Contents>", 1, false)
	}
	packed := func(w http.ResponseWriter, text endless, n int64) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.Copy(z, io.LimitReader(text, n))
		z.Close()
	}
	for _, tt := range []struct {
		name, want string
		answer     http.HandlerFunc
	}{
		{"a listing without an end", "oss://acme-state/failed/: the listing has more than 100000 records, or does not end; give a longer prefix",
			func(w http.ResponseWriter, r *http.Request) { listing(w, "", 0, true) }},
		{"a long listing", "oss://acme-state/failed/: the listing has more than 100000 records",
			func(w http.ResponseWriter, r *http.Request) {
				listing(w, "<Contents><Key>failed/a.json</Key><Size>1</Size></Contents>", 60_000, true)
			}},
		{"a page without an end", "oss://acme-state/failed/: .*the answer has more than 8388608 bytes",
			func(w http.ResponseWriter, r *http.Request) { io.Copy(w, endless("<Contents/>")) }},
		{"a page that unpacks to a gigabyte", "oss://acme-state/failed/: .*deserialization failed",
			func(w http.ResponseWriter, r *http.Request) { packed(w, "<Contents/>", 1<<24) }},
		{"a record without an end", "oss://acme-state/failed/a.json: the object cannot be read, or is larger than 1048576 bytes",
			func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Has("list-type") {
					one(w)
				} else {
					io.Copy(w, endless(" "))
				}
			}},
		{"a record that unpacks to a gigabyte", "oss://acme-state/failed/a.json: invalid character",
			func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Has("list-type") {
					one(w)
				} else {
					packed(w, " ", 1<<24)
				}
			}},
	} {
		answer, pages = tt.answer, 0
		var out strings.Builder
		status := run([]string{"replay", "--rules", rules, "--region", "cn-hangzhou", "--endpoint", server.URL, "oss://acme-state/failed/"}, &streams{strings.NewReader(""), &out, &out})
		if status != exitFailed || !regexp.MustCompile(tt.want).MatchString(out.String()) || pages > maxPages {
			t.Errorf("%s: exit status %d after %d pages, %.500q; want %q", tt.name, status, pages, out.String(), tt.want)
		}
	}
}

// Answers that repeat the signed request are not printed, whoever sends them.
func TestReplaySecrets(t *testing.T) {
	echo := func(r *http.Request) string {
		return r.Header.Get("Authorization") + " " + r.Header.Get("X-Oss-Security-Token") + "\x1b[31m"
	}
	var answer func(w http.ResponseWriter, r *http.Request)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r) }))
	defer server.Close()
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(rules, []byte("version: 1\n"+failingRules), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OSS_ACCESS_KEY_ID", "the-key-id")
	t.Setenv("OSS_ACCESS_KEY_SECRET", "the-secret")
	t.Setenv("OSS_SESSION_TOKEN", "the-token")
	for _, tt := range []struct {
		name, want string
		answer     http.HandlerFunc
	}{
		{"a page that refuses", "403: the answer is not an OSS error document", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(403)
			io.WriteString(w, "<html>"+echo(r))
		}},
		{"a message", "403 AccessDenied: (it repeats what was signed)", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(403)
			io.WriteString(w, "<Error><Code>AccessDenied</Code><Message>you sent "+strings.ReplaceAll(echo(r), "\x1b", "")+"</Message></Error>")
		}},
		{"a page that welcomes", "deserialization failed", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "<html>"+echo(r))
		}},
	} {
		answer = tt.answer
		var out strings.Builder
		status := run([]string{"replay", "--rules", rules, "--region", "cn-hangzhou", "--endpoint", server.URL, "oss://acme-state/failed/"}, &streams{strings.NewReader(""), &out, &out})
		if status != exitFailed || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%s: exit status %d, %q; want %q", tt.name, status, out.String(), tt.want)
		}
		for _, secret := range []string{"the-key-id", "the-token", "OSS4-HMAC", "Signature=", "\x1b"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s: %q is in %q", tt.name, secret, out.String())
			}
		}
	}
}

// Texts from claims are quoted, because anyone with access to the bucket can write them.
func TestReplayPrintsDuplicates(t *testing.T) {
	var out strings.Builder
	r := replay{streams: &streams{out: &out}}
	r.print(&failureReport{Origin: "f:1", Uploads: []handler.UploadAnswer{{Bucket: "src", Key: "a", Tasks: []handler.TaskAnswer{
		{Rule: "pdf", Status: handler.Duplicate, TaskID: "T\x1b[31m"}}}}})
	if strings.Contains(out.String(), "\x1b") || !strings.Contains(out.String(), `fired before  "T\x1b[31m"`) {
		t.Errorf("%q", out.String())
	}
}
