package ossclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/google/go-cmp/cmp"

	"onput/internal/ossclient/osstest"
	"onput/process"
	"onput/rules"
)

// manyRules returns rules that ask, if match does, over and over.
func manyRules(t *testing.T, count int, match string) *rules.Set {
	text := "version: 1\nsources: [acme-state]\ndefaults: {target: {bucket: acme-derived}}\nrules:\n"
	for i := range count {
		text += fmt.Sprintf("  - {name: r%d, match: %s, process: 'doc/convert,target_pdf', target: '%[1]d/{basename}.pdf'}\n", i, match)
	}
	set, err := rules.Parse("rules.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// An upload whose rules need no fact from OSS makes no request. One that needs some makes exactly one of each kind, whatever
// the number of rules.
func TestLookUpRequests(t *testing.T) {
	local, c := stateOSS(t)
	owner := local.Credential()
	uploader := oss.NewClient(oss.LoadDefaultConfig().WithRegion(local.Region()).WithEndpoint(local.Endpoint()).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(owner.AccessKeyID, owner.AccessKeySecret)))
	if _, err := uploader.PutObject(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("acme-state"), Key: oss.Ptr("a.docx"), Body: strings.NewReader("x"),
		Metadata: map[string]string{"Visibility": "public"}, Tagging: oss.Ptr("team=web"), StorageClass: oss.StorageClassIA}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		match string
		want  string // operations
		tasks int
	}{
		{`"*.docx"`, "", 200},
		{`{key: "*.pdf", meta: {visibility: public}}`, "", 0},
		{`{meta: {visibility: public}}`, "HeadObject", 200},
		{`{class: IA, meta: {visibility: public}}`, "HeadObject", 200},
		{`{tags: {team: web}}`, "GetObjectTagging", 200},
		{`{meta: {visibility: public}, tags: {team: web}, class: IA}`, "HeadObject GetObjectTagging", 200},
		{`{meta: {visibility: private}, tags: {team: web}}`, "HeadObject", 0}, // the metadata decides
	} {
		set := manyRules(t, 200, tt.match)
		u := &rules.Upload{Event: "ObjectCreated:PutObject", Region: "cn-hangzhou", Bucket: "acme-state", Key: "a.docx", Size: 1}
		before := len(local.Requests())
		if err := c.LookUp(withCaller(t), set, u); err != nil {
			t.Errorf("%s: %v", tt.match, err)
		}
		var made []string
		for _, r := range local.Requests()[before:] {
			made = append(made, r.Operation)
		}
		if got := strings.Join(made, " "); got != tt.want || len(set.Match(u)) != tt.tasks {
			t.Errorf("%s: made %q, want %q; %d tasks, want %d", tt.match, got, tt.want, len(set.Match(u)), tt.tasks)
		}
	}
}

// One answer to HeadObject tells metadata and class, also if one rule needs the one and a later rule the other.
func TestLookUpTwoRules(t *testing.T) {
	set, err := rules.Parse("rules.yaml", []byte("version: 1\nsources: [acme-state]\ndefaults: {target: {bucket: acme-derived}}\nrules:\n"+
		"  - {name: a, stop: true, match: {meta: {m: x}}, process: 'doc/convert,target_pdf', target: 'a/{key}.pdf'}\n"+
		"  - {name: b, match: {class: IA}, process: 'doc/convert,target_pdf', target: 'b/{key}.pdf'}\n"))
	if err != nil {
		t.Fatal(err)
	}
	server := osstest.Serve(t, osstest.Raw(200, "", "x-oss-request-id", "5", "x-oss-storage-class", "IA"))
	c, _ := newTestClient(t, server.URL)
	u := &rules.Upload{Event: "ObjectCreated:PutObject", Region: "cn-hangzhou", Bucket: "acme-state", Key: "a.docx", Size: 1}
	tasks, err := c.Match(withCaller(t), set, u)
	if err != nil || len(tasks) != 1 || tasks[0].Rule != "b" || server.Requests() != 1 {
		t.Errorf("%v, %v, %d requests", tasks, err, server.Requests())
	}
}

// Questions are repeated whatever went wrong, as long as OSS may still answer, and their errors are never in doubt.
func TestQuestions(t *testing.T) {
	at := process.Location{Bucket: "acme-uploads", Key: "a.docx"}
	head := osstest.Raw(200, "", "x-oss-request-id", "5", "x-oss-storage-class", "IA", "X-Oss-Meta-Team", "web", "ETag", `"E7"`, "Content-Type", "image/png")
	tags := osstest.Raw(200, "<Tagging><TagSet><Tag><Key>team</Key><Value>web</Value></Tag></TagSet></Tagging>", "x-oss-request-id", "5")
	gone := osstest.Raw(404, "", "x-oss-request-id", "5")
	for _, tt := range []struct {
		name     string
		script   []http.HandlerFunc
		requests int
		gone     bool
		tagsGone bool
		err      string // of both; "" for none
	}{
		{name: "answered", script: []http.HandlerFunc{nil}, requests: 1},
		{name: "hung up", script: []http.HandlerFunc{osstest.HangUp(true), osstest.HangUp(false), nil}, requests: 3},
		{name: "never an answer", script: []http.HandlerFunc{osstest.HangUp(true)}, requests: 5, err: "*ossclient.TransientError"},
		{name: "500", script: []http.HandlerFunc{osstest.Refuse(500, "InternalError", "oops"), nil}, requests: 2},
		{name: "503", script: []http.HandlerFunc{osstest.Refuse(503, "Busy", "oops"), nil}, requests: 2},
		{name: "never", script: []http.HandlerFunc{osstest.Refuse(500, "InternalError", "oops")}, requests: 5, err: "*ossclient.TransientError"},
		{name: "proxy", script: []http.HandlerFunc{osstest.Raw(200, "<html>")}, requests: 1, err: "*ossclient.TransientError"},
		{name: "denied", script: []http.HandlerFunc{osstest.Refuse(403, "AccessDenied", "no")}, requests: 1, err: "*ossclient.PermanentError"},
		{name: "gone", script: []http.HandlerFunc{gone}, requests: 1, gone: true, tagsGone: true},
		{name: "no key", script: []http.HandlerFunc{osstest.Refuse(404, "NoSuchKey", "no", "x-oss-request-id", "5")}, requests: 1, gone: true, tagsGone: true},
		{name: "no bucket", script: []http.HandlerFunc{osstest.Raw(404, "", "x-oss-request-id", "5", "x-oss-err", "PEVycm9yPjxDb2RlPk5vU3VjaEJ1Y2tldDwvQ29kZT48L0Vycm9yPg==")}, requests: 1, err: "*ossclient.PermanentError"},
		{name: "404 of a proxy", script: []http.HandlerFunc{osstest.Raw(404, "")}, requests: 1, err: "*ossclient.PermanentError"},
	} {
		ask := func(answer http.HandlerFunc, question func(*Client) (any, error), want any, gone bool) {
			script := make([]http.HandlerFunc, len(tt.script))
			for i, line := range tt.script {
				if script[i] = line; line == nil {
					script[i] = answer
				}
			}
			server := osstest.Serve(t, script...)
			c, _ := newTestClient(t, server.URL)
			got, err := question(c)
			if gone != (err == ErrGone) || err != nil && !gone && fmt.Sprintf("%T", err) != tt.err || err == nil && tt.err != "" {
				t.Errorf("%s: %T %v", tt.name, err, err)
			}
			if transient, ok := errors.AsType[*TransientError](err); ok && (transient.InDoubt || strings.Contains(err.Error(), "may have taken")) {
				t.Errorf("%s: in doubt: %v", tt.name, err)
			}
			if diff := cmp.Diff(want, got); err == nil && diff != "" {
				t.Errorf("%s: %s", tt.name, diff)
			}
			if n := server.Requests(); n != tt.requests {
				t.Errorf("%s: %d requests", tt.name, n)
			}
		}
		ask(head, func(c *Client) (any, error) { return c.Head(withCaller(t), "", at) },
			Head{Meta: map[string]string{"team": "web"}, Class: "IA", Type: "image/png", ETag: "E7", Size: -1}, tt.gone)
		ask(tags, func(c *Client) (any, error) { return c.Tags(withCaller(t), "", at) }, map[string]string{"team": "web"}, tt.tagsGone)
	}
}

// A question that hangs is asked again within the time of the invocation.
func TestQuestionHangs(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	server := osstest.Serve(t, hang, osstest.Raw(200, "", "x-oss-request-id", "5", "x-oss-storage-class", "IA"))
	c, _ := newTestClient(t, server.URL)
	ctx, cancel := context.WithTimeout(withCaller(t), 3*time.Second)
	defer cancel()
	if head, err := c.Head(ctx, "", process.Location{Bucket: "acme-uploads", Key: "a"}); err != nil || head.Class != "IA" || server.Requests() != 2 {
		t.Errorf("%+v, %v, %d requests", head, err, server.Requests())
	}
}

// Tags that are not XML, or broke off, count as no answer.
func TestTagsUnreadable(t *testing.T) {
	for _, body := range []string{"", "not XML", "<Tagging><TagSet><Tag>"} {
		server := osstest.Serve(t, osstest.Raw(200, body, "x-oss-request-id", "5"))
		c, _ := newTestClient(t, server.URL)
		if tags, err := c.Tags(withCaller(t), "", process.Location{Bucket: "acme-uploads", Key: "a"}); err == nil {
			t.Errorf("%q: %v", body, tags)
		}
	}
}
