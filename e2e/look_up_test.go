package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/internal/localcloud"
)

const markedRules = `
version: 1
sources: [src]
defaults: {target: {bucket: dst}}
claims: {bucket: dst}
rules:
  - {name: any, match: "*.docx", process: "doc/convert,target_txt", target: "any/{barename}.txt"}
  - {name: public, match: {key: "*.docx", meta: {visibility: public}}, process: "doc/convert,target_pdf", target: "public/{barename}.pdf"}
  - {name: web, match: {key: "*.docx", tags: {team: [web, "app-*"]}, class: Standard}, process: "doc/convert,target_png", target: "web/{barename}/{index}.png"}
`

// Uploads fire the rules that their metadata, tags and storage class meet, whether the event says so or OSS has to be asked.
func TestLookUp(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, markedRules)
		put := func(key string, change func(*oss.PutObjectRequest)) {
			r := &oss.PutObjectRequest{Bucket: oss.Ptr("src"), Key: &key, Body: strings.NewReader("x")}
			change(r)
			if _, err := w.client.PutObject(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			w.drain()
		}
		for _, tt := range []struct {
			key   string
			put   func(*oss.PutObjectRequest)
			fired string // folders of the targets
			asked string
		}{
			{key: "plain.docx", put: func(*oss.PutObjectRequest) {}, fired: "any", asked: "HeadObject GetObjectTagging"},
			{key: "public.docx", put: func(r *oss.PutObjectRequest) { r.Metadata = map[string]string{"Visibility": "public"} }, fired: "any public", asked: "HeadObject GetObjectTagging"},
			{key: "web.docx", put: func(r *oss.PutObjectRequest) { r.Tagging = oss.Ptr("team=app-7&x=y") }, fired: "any web", asked: "HeadObject GetObjectTagging"},
			{key: "both.docx", put: func(r *oss.PutObjectRequest) {
				r.Metadata, r.Tagging = map[string]string{"visibility": "public"}, oss.Ptr("team=web")
			}, fired: "any public web", asked: "HeadObject GetObjectTagging"},
			{key: "archived.docx", put: func(r *oss.PutObjectRequest) {
				r.Tagging, r.StorageClass = oss.Ptr("team=web"), oss.StorageClassArchive
			}, fired: "any", asked: "HeadObject"},
			{key: "other.mov", put: func(r *oss.PutObjectRequest) { r.Metadata = map[string]string{"visibility": "public"} }},
		} {
			before := len(w.Requests())
			put(tt.key, tt.put)
			var fired, asked []string
			for _, p := range w.Processes() {
				if p.Source.Key == tt.key {
					folder, _, _ := strings.Cut(p.Request.Target.Key, "/")
					fired = append(fired, folder)
				}
			}
			for _, r := range w.Requests()[before:] {
				if r.AccessKeyID == w.role.AccessKeyID && (r.Operation == "HeadObject" || r.Operation == "GetObjectTagging") {
					asked = append(asked, r.Operation)
				}
			}
			slices.Sort(fired)
			if got := strings.Join(fired, " "); got != tt.fired {
				t.Errorf("%s fired %q, want %q", tt.key, got, tt.fired)
			}
			if got := strings.Join(asked, " "); got != tt.asked {
				t.Errorf("%s asked %q, want %q", tt.key, got, tt.asked)
			}
		}
		// An event without metadata, of an object that is there, and of one that is gone.
		answer := w.invoke(`{"events":[` + record("public.docx") + `,` + record("gone.docx") + `]}`)
		if got := string(answer.Answer); !strings.Contains(got, `"skipped":"the object is gone`) || !strings.Contains(got, `"rule":"public"`) {
			t.Errorf("answer: %s", got)
		}
	})
}

// An upload about which OSS does not answer fails, is retried, and fires each task once in the end.
func TestLookUpRetried(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, markedRules)
		w.injectFault(moment{operation: "HeadObject"}, 5, fault(localcloud.Fault{Status: 500, Code: "InternalError"}))
		_, err := w.client.PutObject(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("src"), Key: oss.Ptr("a.docx"), Body: strings.NewReader("x"),
			Metadata: map[string]string{"visibility": "public"}, Tagging: oss.Ptr("team=web")})
		if err != nil {
			t.Fatal(err)
		}
		w.drain()
		if got := w.ended(); !slices.Equal(got, []string{"TransientError", "duplicate duplicate submitted"}) {
			t.Errorf("ended %q", got)
		}
		if n := len(w.Processes()); n != 3 {
			t.Errorf("%d processes", n)
		}
	})
}
