package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// docs/deploy.md names each role and each permission of the shipped rules, for every deployment.
func TestDocumentedPermissions(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join(root, "docs", "deploy.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range deployments {
		var out, problems strings.Builder
		c := PolicyCmd{File: filepath.Join(root, "rules", "rules.yaml"), S: filepath.Join(root, file), Account: accountID,
			IMMProject: "onput", IMMRole: "onput-imm", Format: "json"}
		if err := c.Run(&streams{out: &out, err: &problems}); err != nil || problems.Len() > 0 {
			t.Fatalf("%s: %v %s", file, err, &problems)
		}
		var roles []roleJSON
		if err := json.Unmarshal([]byte(out.String()), &roles); err != nil {
			t.Fatal(err)
		}
		want := []string{"onput-function", "onput-trigger", "onput-imm"}
		if file == "s.eventbridge.yaml" { // EventBridge has a role of its own
			want = []string{"onput-function", "onput-imm"}
		}
		var names []string
		for _, r := range roles {
			names = append(names, r.Role)
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("%s: roles (-want +got):\n%s", file, diff)
		}
		for _, r := range roles {
			words := []string{r.Role, r.Trust.Statement[0].Principal.Service[0]}
			for _, s := range r.Policy.Statement {
				words = append(words, s.Action...)
			}
			for _, word := range words {
				if !strings.Contains(string(doc), "`"+word+"`") {
					t.Errorf("%s: docs/deploy.md does not name %s of %s", file, word, r.Role)
				}
			}
		}
	}
}

func TestQuoteShell(t *testing.T) {
	for word, want := range map[string]string{"onput-function": "onput-function", "": "''", "a b": "'a b'", `it's`: `'it'\''s'`, "$(x)": "'$(x)'"} {
		if got := quoteShell(word); got != want {
			t.Errorf("%q: %s, want %s", word, got, want)
		}
	}
}
