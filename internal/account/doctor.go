// Package doctor asks an account of Alibaba Cloud whether everything that the function needs is in place. It only reads:
// every request is one that queries, but for the probe in imm.go, which nothing can come of, and which says why.
//
//	findings := account.Examine(ctx, account, needs)
//
// A finding is ok, a warning or a fault, each of a check and, where a check is about one of several things, of a bucket or
// topic. One that is not ok has a code, and what the code means and what to do about it stands in Advices, which
// docs/doctor.md repeats.
//
// Each check is a function in a file that is named after what it looks at. They run in the order in which one builds on the
// other; where nothing more can be asked before something is mended, the findings end with that.
//
// Of what servers say, only codes, ids and names reach a finding, and only those that look like it: answers may repeat what
// was signed, and proxies answer as well.
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

// Account is how an account is asked.
type Account struct {
	Region      string                  // of the function: "cn-hangzhou"
	Credentials credentials.Credentials // without keys where there are none
	Endpoint    string                  // URL of OSS
	STS         string                  // URLs of the other services; "" for one that is not asked
	IMM         string
	SMQ         func(accountID string) string // the host has the account's id in it; nil where it is not asked
}

// Needs is what the function uses in the account.
type Needs struct {
	Buckets  []Bucket
	Unknown  []string // what is used and cannot be looked at, because only an upload tells which it is: sentences
	Topics   []string // of SMQ
	Triggers []Trigger
	Function string // name of the function, by which it knows its own triggers; "" where that is not known
}

// Bucket is a bucket and what it is for.
type Bucket struct {
	Name                   string
	Source, Target, Claims bool
}

// Trigger is a native OSS trigger that is to be deployed.
type Trigger struct {
	Bucket, Prefix, Suffix string
	Events                 []string // oss:ObjectCreated:PutObject
}

// Finding is one line of what was found.
type Finding struct {
	Check   string `json:"check"`
	Subject string `json:"subject"` // a bucket or topic; "" where there is only one of its kind
	Status  Status `json:"status"`
	Code    string `json:"code"` // of an advice; "" where all is well
	Message string `json:"message"`
	Remedy  string `json:"remedy"` // "" where all is well
}

// Ends says whether nothing more could be asked after this finding.
func (f Finding) Ends() bool { return f.Code != "" && advice(f.Code).Fatal }

// Examine asks the account. The findings are in the order of the questions.
func Examine(ctx context.Context, a Account, n Needs) []Finding {
	e := &examination{account: a, needs: n}
	e.plain = &http.Client{
		Transport:     brief{http.DefaultTransport},
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // what is signed is for one host
	}
	e.oss = oss.NewClient(oss.NewConfig().
		WithRegion(a.Region).WithEndpoint(a.Endpoint).
		WithCredentialsProvider(credentials.CredentialsProviderFunc(func(context.Context) (credentials.Credentials, error) { return a.Credentials, nil })).
		WithRetryer(retry.NopRetryer{}).WithHttpClient(e.plain).
		WithUserAgent("onput-doctor"),
		func(o *oss.Options) { o.FeatureFlags &^= oss.FeatureCorrectClockSkew }) // a skewed clock is what is looked for
	for _, check := range []func(context.Context, *examination){
		checkEndpoint, checkCredentials, checkBuckets, checkIMM, checkTriggers, checkTopics,
	} {
		if check(ctx, e); e.over {
			break
		}
	}
	return e.findings
}

// patience is how long the whole of an answer may take, however slowly it drips, and maxAnswer how many of its bytes are read: it has a few hundred.
const (
	patience  = 10 * time.Second
	maxAnswer = 1 << 16
)

// brief is a transport that ends answers after maxAnswer bytes. The OSS SDK reads to the end, and some have none.
type brief struct{ http.RoundTripper }

func (b brief) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}

// examination is what is known while the account is asked.
type examination struct {
	account  Account
	needs    Needs
	oss      *oss.Client
	plain    *http.Client // of the OSS SDK, and for requests that it cannot make
	findings []Finding
	over     bool // nothing more can be asked

	owner   string          // id of the account that the key belongs to; "" while it is not known
	present map[string]bool // buckets that are there, ours, and in the region
}

// ok reports that all is well.
func (e *examination) ok(check, subject, message string) {
	e.findings = append(e.findings, Finding{Check: check, Subject: subject, Message: message})
}

// report reports what code means. The message says what was seen.
func (e *examination) report(check, subject, code, message string) {
	a := advice(code)
	e.findings = append(e.findings, Finding{check, subject, a.Status, a.Code, message, a.Remedy})
	e.over = e.over || a.Fatal
}
