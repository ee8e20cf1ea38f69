package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The settings of claims and failures, with environment variables filled in.
func TestClaims(t *testing.T) {
	t.Setenv("TEST_STATE", "acme-state")
	for _, tt := range []struct {
		file      string
		claims    *Claims
		permanent PermanentFailurePolicy
	}{
		{"", nil, FailPermanent},
		{"claims: {}", &Claims{Prefix: ".onput/"}, FailPermanent},
		{`claims: {bucket: "${env('TEST_STATE')}", prefix: "${env('TEST_FOLDER','state')}/x/", by: content, unreachable: fire}`,
			&Claims{Bucket: "acme-state", Prefix: "state/x/", ByContent: true, Fire: true}, FailPermanent},
		{"claims: {by: upload, unreachable: fail}\nfailures: {permanent: record}", &Claims{Prefix: ".onput/"}, RecordPermanent},
		{"failures: {permanent: fail}", nil, FailPermanent},
		{"failures: {permanent: log}", nil, LogPermanent},
		{"failures: {}", nil, FailPermanent},
	} {
		set, err := Parse("rules.yaml", []byte("version: 1\n"+tt.file+"\nrules:\n  - {name: a, match: \"*.docx\", process: \"doc/convert,target_pdf\", target: a.pdf}\n"))
		if err != nil {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		if diff := cmp.Diff(tt.claims, set.Claims()); diff != "" || set.PermanentFailurePolicy() != tt.permanent {
			t.Errorf("%s: %s failures %d, want %d", tt.file, diff, set.PermanentFailurePolicy(), tt.permanent)
		}
	}
	_, err := Parse("rules.yaml", []byte("version: 1\nclaims: {prefix: \""+strings.Repeat("x", 512)+"/\"}\nrules:\n  - {name: a, match: \"*.docx\", process: \"doc/convert,target_pdf\", target: a.pdf}\n"))
	if err == nil || !strings.Contains(err.Error(), "claims.prefix has 513 bytes; at most 512") {
		t.Errorf("a long prefix: %v", err)
	}
}
