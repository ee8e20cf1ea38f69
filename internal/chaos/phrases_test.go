package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"onput/internal/claims"
	"onput/internal/localcloud"
	"onput/internal/ossclient"
	"onput/internal/ossclient/osstest"
	"onput/process"
	"onput/rules"
)

// The comment of package claims lists the excuses of the ledger, and one that no storm needs.
func TestExcusesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../claims/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "// # Why OSS takes a task again\n")
	var documented []string
	for _, item := range regexp.MustCompile(`(?m)^//   - ([a-z ]+): `).FindAllStringSubmatch(list, -1) {
		documented = append(documented, item[1])
	}
	if diff := cmp.Diff(append(slices.Clone(excuseNames[none+1:]), "deleted"), documented, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("(-ledger.go +claims/doc.go):\n%s", diff)
	}
}

// watchLog feeds the ledger a line of the function's log.
func watchLog(t *testing.T, l *ledger, fields map[string]string) {
	t.Helper()
	line, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	l.watch(localcloud.LogLine{Text: string(line)})
}

// The ledger recognizes the error of a submission whose answer did not come in time, as package ossclient words it.
func TestLedgerKnowsUnansweredSubmission(t *testing.T) {
	for _, synchronous := range []bool{false, true} {
		testUnansweredSubmission(t, synchronous)
	}
}

func testUnansweredSubmission(t *testing.T, synchronous bool) {
	ctx, cancel := context.WithCancel(t.Context())
	server := osstest.Serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel() // the invocation's time is over before the answer
		<-r.Context().Done()
	})
	client, err := ossclient.New(server.URL, "cn-hangzhou")
	if err != nil {
		t.Fatal(err)
	}
	ctx = ossclient.WithCaller(ctx, &ossclient.Caller{Region: "cn-hangzhou",
		Credentials: credentials.Credentials{AccessKeyID: osstest.KeyID, AccessKeySecret: osstest.Secret}})
	source := process.Location{Bucket: uploadsBucket, Key: "a.docx"}
	_, err = client.Submit(ctx, &rules.Upload{Bucket: source.Bucket, Key: source.Key}, &rules.Task{Rule: "pages", Source: source, Process: "p", Synchronous: synchronous})
	if err == nil {
		t.Fatal("the submission succeeded")
	}
	l := newLedger(time.Hour)
	watchLog(t, l, map[string]string{"invocation": "1", "key": source.Key, "process": "p", "error": err.Error()})
	if !l.unanswered[submission{tryOf("1", 0), source.Key, "p"}] {
		t.Errorf("ledger.go does not recognize the error of package ossclient: %v", err)
	}
}

// fullStore takes the first append, which claims the task, and no other.
type fullStore struct {
	appends int
	gone    bool // the claim is gone afterwards
	fails   bool // the first append fails as well
}

func (s *fullStore) Append(context.Context, process.Location, int64, []byte) error {
	if s.appends++; s.appends > 1 || s.fails {
		return errors.New("AppendObject: nothing was sent")
	}
	return nil
}

func (s *fullStore) Read(context.Context, process.Location, int64) (claims.Object, error) {
	if (s.appends == 0 || s.gone) && !s.fails {
		return claims.Object{}, claims.ErrNotFound
	}
	return claims.Object{}, errors.New("GetObject: nothing was sent")
}

// The ledger recognizes the warning about a submission that could not be recorded in time, as package claims words it. It is no
// excuse that another delivery took the claim over before.
func TestLedgerKnowsUnrecordedSubmission(t *testing.T) {
	for _, gone := range []bool{false, true} {
		testUnrecordedSubmission(t, gone)
	}
}

func testUnrecordedSubmission(t *testing.T, gone bool) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	task := claims.Task{Source: process.Location{Bucket: uploadsBucket, Key: "a.docx"}, Upload: claims.Upload{RequestID: "upload"}, Rule: "pages", Process: "p"}
	outcome, err := claims.New(&fullStore{gone: gone}, claims.Settings{Prefix: ".onput/"}).Do(ctx, task, func(context.Context) (claims.Receipt, error) {
		if !gone {
			cancel() // the invocation's time is over
		}
		return claims.Receipt{RequestID: "r1"}, nil
	})
	cancel()
	if err != nil || !strings.Contains(strings.Join(outcome.Warnings, ""), "its claim does not say so") {
		t.Fatalf("%+v, %v", outcome, err)
	}
	l := ledgerOf(nil, "took a.docx p by 1 as r1")
	watchLog(t, l, map[string]string{"key": "a.docx", "requestId": "r1", "claim": strings.Join(outcome.Warnings, "; ")})
	if got := l.byRequest["r1"].unrecorded; got == gone {
		t.Errorf("the claim is gone: %v; unrecorded: %v, by the warning of package claims: %q", gone, got, outcome.Warnings)
	}
}

// The ledger recognizes the warning about a submission without a claim, as package claims words it.
func TestLedgerKnowsUnclaimedSubmission(t *testing.T) {
	task := claims.Task{Source: process.Location{Bucket: uploadsBucket, Key: "a.docx"}, Upload: claims.Upload{RequestID: "upload"}, Rule: "pages", Process: "p"}
	settings := claims.Settings{Prefix: ".onput/", SubmitUnclaimed: true}
	outcome, err := claims.New(&fullStore{fails: true}, settings).Do(t.Context(), task, func(context.Context) (claims.Receipt, error) {
		return claims.Receipt{RequestID: "r1"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l := newLedger(time.Hour)
	watchLog(t, l, map[string]string{"invocation": "1", "key": "a.docx", "process": "p", "requestId": "r1", "claim": strings.Join(outcome.Warnings, "; ")})
	if !l.unclaimed[submission{tryOf("1", 0), "a.docx", "p"}] {
		t.Errorf("ledger.go does not recognize the warning of package claims: %q", outcome.Warnings)
	}
}
