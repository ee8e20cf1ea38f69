package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"onput/internal/localcloud"
)

// explain --look compares what OSS says of the object, with the key of the environment, and asks for no more than rules need.
func TestExplainLook(t *testing.T) {
	cloud, err := localcloud.StartOSS(localcloud.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer cloud.Close()
	if err := cloud.CreateBucket("acme-uploads"); err != nil {
		t.Fatal(err)
	}
	owner := cloud.Credential()
	client := oss.NewClient(oss.LoadDefaultConfig().WithRegion(cloud.Region()).WithEndpoint(cloud.Endpoint()).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(owner.AccessKeyID, owner.AccessKeySecret)))
	if _, err := client.PutObject(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("acme-uploads"), Key: oss.Ptr("incoming/a.docx"), Body: strings.NewReader("four"), ContentType: oss.Ptr("text/x"),
		Metadata: map[string]string{"visibility": "public"}, Tagging: oss.Ptr("team=legal&state=draft"), StorageClass: oss.StorageClassIA}); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OSS_ACCESS_KEY_ID", owner.AccessKeyID)
	t.Setenv("OSS_ACCESS_KEY_SECRET", owner.AccessKeySecret)
	rules := root + "/examples/marked/rules.yaml"
	explain := func(args ...string) (int, string) {
		var printed bytes.Buffer
		args = append([]string{"explain", "--look", "--region", cloud.Region(), "--endpoint", cloud.Endpoint()}, args...)
		return run(args, &streams{in: strings.NewReader(""), out: &printed, err: &printed}), printed.String()
	}
	for _, tt := range []struct {
		args   []string
		status int
		want   []string
		asked  string
	}{
		{args: []string{"incoming/a.docx", rules}, asked: "HeadObject GetObjectTagging", want: []string{
			"oss://acme-uploads/incoming/a.docx, 4 bytes, text/x, meta visibility=public, tag state=draft, tag team=legal, IA\n",
			"fired  website\n", `contracts  tags state: "draft" does not match "signed"`}},
		{args: []string{"incoming/a.docx", rules, "--tag", "team=legal", "--tag", "state=signed"}, asked: "HeadObject", want: []string{"2 of 2 rules fired"}},
		{args: []string{"incoming/a.docx", root + "/examples/dates/rules.yaml"}, asked: "HeadObject"},
		{args: []string{"incoming/none.docx", rules}, status: 1, asked: "HeadObject", want: []string{"onput: --look: there is no object oss://acme-uploads/incoming/none.docx\n"}},
		{args: []string{"oss://elsewhere/a.docx", rules}, status: 1, asked: "HeadObject", want: []string{"404 NoSuchBucket"}},
	} {
		before := len(cloud.Requests())
		status, printed := explain(tt.args...)
		if status != tt.status {
			t.Errorf("%s: status %d", tt.args, status)
		}
		for _, want := range tt.want {
			if !strings.Contains(printed, want) {
				t.Errorf("%s: printed\n%s\nwithout %q", tt.args, printed, want)
			}
		}
		var asked []string
		for _, r := range cloud.Requests()[before:] {
			asked = append(asked, r.Operation)
		}
		if got := strings.Join(asked, " "); got != tt.asked {
			t.Errorf("%s: asked %q, want %q", tt.args, got, tt.asked)
		}
	}
}

// replay asks for what the rules need as the function does, to show tasks and to fire them.
func TestReplayLooks(t *testing.T) {
	cloud, err := localcloud.StartOSS(localcloud.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer cloud.Close()
	for _, bucket := range []string{"src", "dst"} {
		if err := cloud.CreateBucket(bucket); err != nil {
			t.Fatal(err)
		}
	}
	owner := cloud.Credential()
	client := oss.NewClient(oss.LoadDefaultConfig().WithRegion(cloud.Region()).WithEndpoint(cloud.Endpoint()).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(owner.AccessKeyID, owner.AccessKeySecret)))
	for key, tags := range map[string]string{"web.docx": "team=web", "api.docx": "team=api"} {
		if _, err := client.PutObject(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("src"), Key: &key, Body: strings.NewReader("x"), Tagging: &tags}); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	rules := write("rules.yaml", "version: 1\nsources: [src]\nclaims: {bucket: dst}\nrules:\n"+
		"  - {name: web, match: {key: '*.docx', tags: {team: web}}, process: 'doc/convert,target_pdf', target: {bucket: dst, key: 'pdf/{barename}.pdf'}}\n")
	var records string
	for _, key := range []string{"web.docx", "api.docx", "gone.docx"} {
		payload := `{"events":[{"eventName":"ObjectCreated:PutObject","eventTime":"2026-01-02T03:04:05.000Z","region":"cn-hangzhou",` +
			`"oss":{"bucket":{"name":"src"},"object":{"key":"` + key + `","size":1,"eTag":"E"}},"responseElements":{"requestId":"` + key + `"}}]}`
		line, err := json.Marshal(localcloud.Failure{RequestPayload: payload})
		if err != nil {
			t.Fatal(err)
		}
		records += string(line) + "\n"
	}
	file := write("failures.json", records)
	replay := func(args ...string) (int, string) {
		var printed bytes.Buffer
		args = append([]string{"replay", file, "--rules", rules, "--region", cloud.Region(), "--endpoint", cloud.Endpoint()}, args...)
		return run(args, &streams{in: strings.NewReader(""), out: &printed, err: &printed}), printed.String()
	}
	t.Setenv("OSS_ACCESS_KEY_ID", "")
	if status, printed := replay(); status != 1 || !strings.Contains(printed, "no credentials") {
		t.Errorf("without a key: status %d\n%s", status, printed)
	}
	t.Setenv("OSS_ACCESS_KEY_ID", owner.AccessKeyID)
	t.Setenv("OSS_ACCESS_KEY_SECRET", owner.AccessKeySecret)
	for _, tt := range []struct {
		args  []string
		wants []string
	}{
		{nil, []string{"oss://src/web.docx: web: would fire", "oss://src/api.docx: nothing fires", "oss://src/gone.docx: skipped: the object is gone", "1 task to fire"}},
		{[]string{"--yes"}, []string{"oss://src/web.docx: web: fired", "oss://src/api.docx: nothing fires", "oss://src/gone.docx: skipped: the object is gone"}},
	} {
		status, printed := replay(tt.args...)
		if status != 0 {
			t.Errorf("%v: status %d", tt.args, status)
		}
		for _, want := range tt.wants {
			if !strings.Contains(printed, want) {
				t.Errorf("%v: printed\n%s\nwithout %q", tt.args, printed, want)
			}
		}
	}
	if n := len(cloud.Processes()); n != 1 {
		t.Errorf("%d processes", n)
	}
}
