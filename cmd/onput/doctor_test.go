package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onput/internal/account"
	"onput/internal/localcloud"
)

// patient is an account to examine: the services of the local cloud, each at its own port.
type patient struct {
	*localcloud.OSS
	key           localcloud.Credential // that the command asks with
	oss           string                // URL
	sts, imm, smq string                // URLs; "" for one that is not given
	file, s       string
	args          []string
}

func newPatient(t *testing.T, now func() time.Time) *patient {
	t.Helper()
	o, err := localcloud.StartOSS(localcloud.Options{Dir: t.TempDir(), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	p := &patient{OSS: o, key: localcloud.Credential{AccessKeyID: "LTAI5tDeployer", AccessKeySecret: "deployers-secret"},
		oss: o.Endpoint(), file: "testdata/doctor/rules.yaml", s: "testdata/doctor/s.yaml"}
	o.AddCredential(p.key)
	for _, service := range []struct {
		url     *string
		handler http.Handler
	}{{&p.sts, o.STS()}, {&p.imm, o.IMM()}, {&p.smq, o.SMQ()}} {
		*service.url = p.serve(t, service.handler)
	}
	for _, bucket := range []string{"acme-uploads", "acme-derived", "acme-state"} {
		if err := o.CreateBucket(bucket); err != nil {
			t.Fatal(err)
		}
	}
	o.CreateTopic("media-done")
	o.CreateTopic("onput-failures")
	return p
}

func (p *patient) serve(t *testing.T, h http.Handler) (url string) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// set sets the properties of a bucket.
func (p *patient) set(t *testing.T, bucket string, b localcloud.Bucket) {
	t.Helper()
	if err := p.SetBucket(bucket, b); err != nil {
		t.Fatal(err)
	}
}

// deny makes OSS refuse an operation like for a missing permission.
func (p *patient) deny(operation string) {
	p.refuse(operation, localcloud.Fault{Status: 403, Code: "AccessDenied", Message: "You have no right to access this object."})
}

func (p *patient) refuse(operation string, f localcloud.Fault) {
	p.SetFaults(localcloud.Faults{Before: func(r localcloud.Request) localcloud.Fault {
		if r.Operation == operation {
			return f
		}
		return localcloud.Fault{}
	}})
}

var (
	requestID = regexp.MustCompile(`request id [0-9A-F-]+`)
	dialed    = regexp.MustCompile(`dial tcp [^\[]*`)
)

// examine runs the real command. It returns its output, without the parts that differ between runs, and its exit status.
func (p *patient) examine(t *testing.T, args ...string) (output string, status int) {
	t.Helper()
	args = append([]string{"doctor", p.file, "--s", p.s, "--endpoint", p.oss}, args...)
	for flag, url := range map[string]string{"--sts": p.sts, "--imm": p.imm, "--smq": p.smq} {
		if url != "" {
			args = append(args, flag, url)
		}
	}
	cmd := exec.CommandContext(t.Context(), "onput", append(args, p.args...)...)
	cmd.Env = append(os.Environ(), "ONPUT_BUCKET=", "OSS_REGION=",
		"OSS_ACCESS_KEY_ID="+p.key.AccessKeyID, "OSS_ACCESS_KEY_SECRET="+p.key.AccessKeySecret, "OSS_SESSION_TOKEN="+p.key.SecurityToken)
	printed, err := cmd.CombinedOutput()
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) {
		t.Fatal(err)
	}
	for _, secret := range []string{p.key.AccessKeySecret, p.key.SecurityToken, p.key.AccessKeyID, "Signature="} {
		if secret != "" && strings.Contains(string(printed), secret) {
			t.Errorf("it prints %q:\n%s", secret, printed)
		}
	}
	text := strings.ReplaceAll(string(printed), p.oss, "http://oss")
	text = requestID.ReplaceAllString(dialed.ReplaceAllString(text, "dial tcp … "), "request id …")
	return text, cmd.ProcessState.ExitCode()
}

// harmless checks that the command changed nothing in the account.
func (p *patient) harmless(t *testing.T) {
	t.Helper()
	if fired := p.Processes(); len(fired) > 0 {
		t.Errorf("it fired %v", fired)
	}
	for _, r := range p.Requests() {
		reads := slices.Contains([]string{"", "GetBucketInfo", "GetBucketArchiveDirectRead", "GetBucketWorm", "GetBucketNotification"}, r.Operation) && (r.Method == "GET" || r.Method == "HEAD")
		probes := r.Operation == "AsyncProcessObject" && strings.HasPrefix(r.Key, ".onput-doctor/") && r.Status >= 400
		if !reads && !probes {
			t.Errorf("it asked for %s %s %s/%s, answered with %d", r.Operation, r.Method, r.Bucket, r.Key, r.Status)
		}
	}
}

// TestDoctor produces each fault in the local cloud and compares the output with a golden file: all of it for a healthy
// account, otherwise the lines that are not ok.
func TestDoctor(t *testing.T) {
	others := func(n int, prefix string) (all []localcloud.Notification) {
		for i := range n {
			all = append(all, localcloud.Notification{Function: "acs:fc:cn-hangzhou:1234567890123456:functions/unzip",
				Events: []string{"oss:ObjectCreated:*"}, Prefix: prefix, Suffix: fmt.Sprintf("%d.zip", i)})
		}
		return all
	}
	ours := localcloud.Notification{Function: "acs:fc:cn-hangzhou:1234567890123456:functions/onput",
		Events: []string{"oss:ObjectCreated:PutObject"}, Prefix: "incoming/"}

	cases := []struct {
		name   string
		now    func() time.Time
		ail    func(t *testing.T, p *patient) // what is wrong with the account
		status int
	}{
		{name: "healthy"},
		{name: "healthy-deployed", ail: func(t *testing.T, p *patient) {
			p.set(t, "acme-uploads", localcloud.Bucket{Versioning: "Enabled", Encryption: "AES256", Retention: "Locked",
				Notifications: append(others(1, "zips/"), ours)})
			p.set(t, "acme-derived", localcloud.Bucket{StorageClass: "IA", Versioning: "Suspended", Encryption: "KMS", Retention: "Expired"})
		}},
		{name: "healthy-temporary", ail: func(t *testing.T, p *patient) {
			p.key = localcloud.Credential{AccessKeyID: "STS.deployer", AccessKeySecret: "temporary-secret", SecurityToken: "temporary-token"}
			p.AddCredential(p.key)
		}},
		{name: "oss-alone", ail: func(t *testing.T, p *patient) { p.sts, p.imm, p.smq = "", "", "" }},
		{name: "target-open", ail: func(t *testing.T, p *patient) { p.file = "testdata/doctor/open.yaml" }},

		{name: "endpoint-unreachable", status: 1, ail: func(t *testing.T, p *patient) { p.Close() }},
		{name: "endpoint-foreign", status: 1, ail: func(t *testing.T, p *patient) { p.oss = p.serve(t, http.NotFoundHandler()) }},
		{name: "clock-skewed", status: 1, now: func() time.Time { return time.Now().Add(-20 * time.Minute) }},
		{name: "clock-off", now: func() time.Time { return time.Now().Add(5 * time.Minute) }},

		{name: "credentials-missing", status: 1, ail: func(t *testing.T, p *patient) { p.key = localcloud.Credential{} }},
		{name: "credentials-tokenless", status: 1, ail: func(t *testing.T, p *patient) {
			p.key = localcloud.Credential{AccessKeyID: "STS.deployer", AccessKeySecret: "temporary-secret"}
		}},
		{name: "credentials-unknown", status: 1, ail: func(t *testing.T, p *patient) { p.key.AccessKeyID = "LTAI5tNobody" }},
		{name: "credentials-mistyped", status: 1, ail: func(t *testing.T, p *patient) { p.key.AccessKeySecret = "another-secret" }},
		{name: "credentials-refused-by-oss", status: 1, ail: func(t *testing.T, p *patient) { p.sts, p.key.AccessKeySecret = "", "another-secret" }},
		{name: "credentials-token-expired", status: 1, ail: func(t *testing.T, p *patient) {
			p.key = localcloud.Credential{AccessKeyID: "STS.deployer", AccessKeySecret: "temporary-secret", SecurityToken: "old-token"}
			p.AddCredential(localcloud.Credential{AccessKeyID: "STS.deployer", AccessKeySecret: "temporary-secret", SecurityToken: "new-token"})
		}},
		{name: "account-stopped", status: 1, ail: func(t *testing.T, p *patient) {
			p.refuse("GetBucketInfo", localcloud.Fault{Status: 403, Code: "InDebt", Message: "Current user is indebted"})
		}},
		{name: "root-account", ail: func(t *testing.T, p *patient) { p.key = p.Credential() }},
		{name: "sts-unreachable", ail: func(t *testing.T, p *patient) { p.sts = "http://127.0.0.1:1" }},

		{name: "bucket-missing", status: 1, ail: func(t *testing.T, p *patient) {
			p.s = edited(t, p.s, "bucket: acme-uploads", "bucket: acme-nowhere")
		}},
		{name: "bucket-of-somebody", status: 1, ail: func(t *testing.T, p *patient) { p.set(t, "acme-derived", localcloud.Bucket{Owner: "6543210987654321"}) }},
		{name: "bucket-of-another", status: 1, ail: func(t *testing.T, p *patient) {
			p.set(t, "acme-derived", localcloud.Bucket{Owner: "6543210987654321", Shared: true})
		}},
		{name: "bucket-denied", status: 1, ail: func(t *testing.T, p *patient) { p.deny("GetBucketInfo") }},
		{name: "bucket-elsewhere", status: 1, ail: func(t *testing.T, p *patient) { p.set(t, "acme-derived", localcloud.Bucket{Location: "cn-shanghai"}) }},
		{name: "bucket-elsewhere-by-endpoint", status: 1, ail: func(t *testing.T, p *patient) {
			p.refuse("GetBucketInfo", localcloud.Fault{Status: 403, Code: "AccessDenied", Endpoint: "oss-cn-shanghai.aliyuncs.com",
				Message: "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint."})
		}},
		{name: "other-region", status: 1, ail: func(t *testing.T, p *patient) { p.args = []string{"--region", "cn-shanghai"} }},

		{name: "archived", status: 1, ail: func(t *testing.T, p *patient) {
			p.set(t, "acme-uploads", localcloud.Bucket{StorageClass: "Archive"})
			p.set(t, "acme-derived", localcloud.Bucket{StorageClass: "ColdArchive"})
			p.set(t, "acme-state", localcloud.Bucket{StorageClass: "DeepColdArchive"})
		}},
		{name: "archived-and-denied", status: 1, ail: func(t *testing.T, p *patient) {
			p.set(t, "acme-uploads", localcloud.Bucket{StorageClass: "Archive"})
			p.deny("GetBucketArchiveDirectRead")
		}},
		{name: "healthy-archived", ail: func(t *testing.T, p *patient) {
			p.set(t, "acme-uploads", localcloud.Bucket{StorageClass: "Archive", DirectRead: true})
		}},
		{name: "versioned", ail: func(t *testing.T, p *patient) { p.set(t, "acme-derived", localcloud.Bucket{Versioning: "Enabled"}) }},
		{name: "encrypted", ail: func(t *testing.T, p *patient) {
			for _, bucket := range []string{"acme-uploads", "acme-derived", "acme-state"} {
				p.set(t, bucket, localcloud.Bucket{Encryption: "KMS", KMSKey: "9468da86-3509-4f8d-a61e-6eab1eac****"})
			}
		}},
		{name: "retained", status: 1, ail: func(t *testing.T, p *patient) {
			p.set(t, "acme-derived", localcloud.Bucket{Retention: "Locked"})
			p.set(t, "acme-state", localcloud.Bucket{Retention: "InProgress"})
		}},
		{name: "retention-denied", ail: func(t *testing.T, p *patient) { p.deny("GetBucketWorm") }},

		{name: "imm-unbound", status: 1, ail: func(t *testing.T, p *patient) { p.BindIMM("acme-uploads", false) }},
		{name: "imm-unbound-says-imm", status: 1, ail: func(t *testing.T, p *patient) {
			p.BindIMM("acme-uploads", false)
			p.deny("AsyncProcessObject")
		}},
		{name: "imm-bound-says-oss", ail: func(t *testing.T, p *patient) {
			p.imm = ""
			p.refuse("AsyncProcessObject", localcloud.Fault{Status: 400, Code: "Imm Client", Message: "InvalidArgument, [target]:is required. 9D31D05E"})
		}},
		{name: "imm-throttled", ail: func(t *testing.T, p *patient) {
			p.imm = ""
			p.refuse("AsyncProcessObject", localcloud.Fault{Status: 400, Code: "Imm Client", Message: "Throttling.User, Request was denied due to user flow control."})
		}},
		{name: "imm-denied", ail: func(t *testing.T, p *patient) {
			p.imm = p.serve(t, refusing{403, `{"Code":"NoPermission","Message":"no"}`})
		}},

		{name: "trigger-overlaps", status: 1, ail: func(t *testing.T, p *patient) {
			p.set(t, "acme-uploads", localcloud.Bucket{Notifications: append(others(1, "incoming/zips/"), localcloud.Notification{
				Function: "acs:fc:cn-hangzhou:1234567890123456:services/media.LATEST/functions/scan", Events: []string{"oss:ObjectCreated:PutObject"}})})
		}},
		{name: "trigger-overlaps-its-own", status: 1, ail: func(t *testing.T, p *patient) {
			p.s = edited(t, p.s, "        - triggerName: on-upload\n", `        - triggerName: on-document
          triggerType: oss
          sourceArn: "acs:oss:${vars.region}:1234567890123456:${vars.bucket}"
          triggerConfig: {events: ["oss:ObjectCreated:*"], filter: {key: {prefix: "", suffix: .docx}}}
        - triggerName: on-upload
`)
		}},
		{name: "triggers-apart", ail: func(t *testing.T, p *patient) {
			p.set(t, "acme-uploads", localcloud.Bucket{Notifications: []localcloud.Notification{
				{Function: "acs:fc:cn-hangzhou:1234567890123456:functions/clean", Events: []string{"oss:ObjectRemoved:*"}},
				{Function: "acs:fc:cn-hangzhou:1234567890123456:functions/parts", Events: []string{"oss:ObjectCreated:UploadPart"}, Prefix: "incoming/"},
			}})
		}},
		{name: "triggers-full", status: 1, ail: func(t *testing.T, p *patient) {
			p.set(t, "acme-uploads", localcloud.Bucket{Notifications: others(10, "zips/")})
		}},
		{name: "triggers-denied", ail: func(t *testing.T, p *patient) { p.deny("GetBucketNotification") }},

		{name: "topic-missing", status: 1, ail: func(t *testing.T, p *patient) { p.DeleteTopic("media-done") }},
		{name: "topic-denied", ail: func(t *testing.T, p *patient) {
			p.smq = p.serve(t, refusing{403, `<Error><Code>AccessDenied</Code><RequestId>5F1A</RequestId></Error>`})
		}},
	}
	said := make([]string, len(cases))
	t.Run("cases", func(t *testing.T) {
		for i, tt := range cases {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				p := newPatient(t, tt.now)
				if tt.ail != nil {
					tt.ail(t, p)
				}
				got, status := p.examine(t)
				p.harmless(t)
				if status != tt.status {
					t.Errorf("exit status %d, want %d", status, tt.status)
				}
				said[i] = got
			})
		}
	})
	var all strings.Builder
	for i, tt := range cases {
		fmt.Fprintf(&all, "-- %s --\n", tt.name)
		healthy := strings.HasPrefix(tt.name, "healthy")
		for line := range strings.Lines(said[i]) {
			if isOK := strings.HasPrefix(line, "ok "); healthy || !isOK {
				all.WriteString(line)
			}
		}
		if healthy && !strings.HasSuffix(said[i], " checks, 0 faults, 0 warnings\n") {
			t.Errorf("%s: a healthy account has findings", tt.name)
		}
	}
	golden(t, "testdata/doctor/cases.txt", all.String())
	for _, a := range account.Advices {
		if !strings.Contains(all.String(), "["+a.Code+"]\n         "+a.Remedy+"\n") {
			t.Errorf("no case produces %s", a.Code)
		}
	}
}

// TestDoctorJSON compares the output of --json with a golden file.
func TestDoctorJSON(t *testing.T) {
	t.Parallel()
	p := newPatient(t, nil)
	p.BindIMM("acme-uploads", false)
	p.args = []string{"--json"}
	got, status := p.examine(t)
	if status != 1 {
		t.Errorf("exit status %d, want 1", status)
	}
	golden(t, "testdata/doctor/unbound.json", got)
}

// The shipped rules and deployments fit a healthy account.
func TestDoctorShipped(t *testing.T) {
	for _, s := range deployments {
		t.Run(s, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, nil)
			p.file, p.s = filepath.Join(root, "rules/rules.yaml"), filepath.Join(root, s)
			if got, status := p.examine(t); status != 0 || !strings.HasSuffix(got, ", 0 faults, 0 warnings\n") {
				t.Errorf("exit status %d:\n%s", status, got)
			}
		})
	}
}

// The policy in docs/doctor.md allows exactly the requests in its table.
func TestDoctorPolicy(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/doctor.md"))
	if err != nil {
		t.Fatal(err)
	}
	table, rest, _ := strings.Cut(string(page), "```json\n")
	block, _, ok := strings.Cut(rest, "```")
	var policy struct {
		Version   string
		Statement []struct {
			Effect           string
			Action, Resource any
		}
	}
	if err := json.Unmarshal([]byte(block), &policy); err != nil || !ok {
		t.Fatal(err)
	}
	action := regexp.MustCompile(`\b(oss|imm|mns):\w+`)
	allowed := action.FindAllString(block, -1)
	allowed = slices.DeleteFunc(allowed, func(a string) bool { return strings.HasSuffix(a, ":cn") }) // of an ARN
	asked := action.FindAllString(table, -1)
	slices.Sort(allowed)
	slices.Sort(asked)
	if diff := cmp.Diff(slices.Compact(asked), allowed); diff != "" {
		t.Errorf("-asked for +allowed:\n%s", diff)
	}
}

// TestDoctorPage compares the table in docs/doctor.md with the code.
func TestDoctorPage(t *testing.T) {
	file := filepath.Join(root, "docs/doctor.md")
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- advices, written by go test ./cmd/onput -run DoctorPage -update -->\n\n", "\n<!-- /advices -->"
	before, rest, ok := strings.Cut(string(page), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table", file)
	}
	var table strings.Builder
	table.WriteString("| code | | what it means | what to do |\n|---|---|---|---|\n")
	for _, a := range account.Advices {
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", a.Code, a.Status, a.Meaning, a.Remedy)
	}
	golden(t, file, before+begin+table.String()+end+after)
}

// edited returns a copy of a file with a text replaced.
func edited(t *testing.T, file, text, other string) string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(src), text) {
		t.Fatalf("%s has no %q", file, text)
	}
	copied := filepath.Join(t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(copied, []byte(strings.Replace(string(src), text, other, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	return copied
}

// refusing is a service that refuses every request, in its own format.
type refusing struct {
	status int
	body   string
}

func (r refusing) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(r.status)
	w.Write([]byte(r.body))
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("-%s +what came out:\n%s", file, diff)
	}
}
