package account

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/retry"
)

// Needs are the things in the account that the function uses.
type Needs struct {
	Buckets  []Bucket
	Unknown  []string // sentences about buckets that cannot be checked, because their names depend on the upload
	Topics   []string // of SMQ
	Triggers []Trigger
	Function string // name of the function, which identifies its triggers; "" if not known
}

// Bucket is a bucket and its uses.
type Bucket struct {
	Name                   string
	Source, Target, Claims bool
	IMM                    bool // a source of processes that IMM carries out
}

// Trigger is a native OSS trigger that is to be deployed.
type Trigger struct {
	Bucket, Prefix, Suffix string
	Events                 []string // oss:ObjectCreated:PutObject
}

// Finding is one result of an examination.
type Finding struct {
	Check   string `json:"check"`
	Subject string `json:"subject"` // a bucket or topic; "" if the check has only one object
	Status  Status `json:"status"`
	Code    string `json:"code"` // of an Advice; "" if ok
	Message string `json:"message"`
	Remedy  string `json:"remedy"` // "" if ok
}

// Fatal reports whether the examination ended with this finding.
func (f Finding) Fatal() bool { return f.Code != "" && advice(f.Code).Fatal }

// Examine examines the account. The findings are in the order of the checks.
func Examine(ctx context.Context, a Account, n Needs) []Finding {
	e := &examination{account: a, needs: n, usable: map[string]bool{}}
	e.httpClient = &http.Client{
		Transport:     limitedTransport{http.DefaultTransport},
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a signature is for one host
	}
	e.oss = oss.NewClient(oss.NewConfig().
		WithRegion(a.Region).WithEndpoint(a.Endpoint).
		WithCredentialsProvider(credentials.CredentialsProviderFunc(
			func(context.Context) (credentials.Credentials, error) { return a.Credentials, nil })).
		WithRetryer(retry.NopRetryer{}).WithHttpClient(e.httpClient).WithUserAgent("onput-doctor"),
		func(o *oss.Options) { o.FeatureFlags &^= oss.FeatureCorrectClockSkew }) // checkClock looks for a skewed clock
	for _, check := range []func(context.Context, *examination){
		checkEndpoint, checkCredentials, checkBuckets, checkIMM, checkTriggers, checkTopics,
	} {
		if check(ctx, e); e.stopped {
			break
		}
	}
	return e.findings
}

// A response may take requestTimeout until its last byte, and only maxResponse bytes of it are read. Usually it has a few
// hundred.
const (
	requestTimeout = 10 * time.Second
	maxResponse    = 1 << 16
)

// limitedTransport ends responses after maxResponse bytes, because the OSS SDK would read an endless one.
type limitedTransport struct{ http.RoundTripper }

func (t limitedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxResponse), resp.Body}
	}
	return resp, err
}

// examination is the state of an examination.
type examination struct {
	account    Account
	needs      Needs
	oss        *oss.Client
	httpClient *http.Client // also of the OSS SDK
	findings   []Finding
	stopped    bool // after a fatal finding

	accountID string          // id of the account that the key belongs to; "" if not known yet
	usable    map[string]bool // buckets that exist in the account and region
}

// ok adds a finding without a problem.
func (e *examination) ok(check, subject, message string) {
	e.findings = append(e.findings, Finding{Check: check, Subject: subject, Message: message})
}

// report adds a warning or fault with a code of an [Advice]. The message describes the case.
func (e *examination) report(check, subject, code, message string) {
	a := advice(code)
	e.findings = append(e.findings, Finding{check, subject, a.Status, a.Code, message, a.Remedy})
	e.stopped = e.stopped || a.Fatal
}

// reportIf is [examination.report] if affected is set.
func (e *examination) reportIf(affected bool, check, subject, code, message string) {
	if affected {
		e.report(check, subject, code, message)
	}
}
