package localcloud

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The other services refuse unsigned requests. Tests of package account show that they accept signed ones.
func TestUnsigned(t *testing.T) {
	o := startOSS(t, Options{})
	o.CreateTopic("done")
	now := time.Now().UTC()
	for _, tt := range []struct {
		name    string
		handler http.Handler
		method  string
		path    string
		header  map[string]string
		want    string
	}{
		{name: "STS", handler: o.STS(), method: "POST", path: "/", want: "SignatureDoesNotMatch",
			header: map[string]string{"X-Acs-Action": "GetCallerIdentity", "X-Acs-Version": "2015-04-01"}},
		{name: "IMM, a signature of another key", handler: o.IMM(), method: "POST", path: "/?OSSBucket=" + bucketA, want: "SignatureDoesNotMatch",
			header: map[string]string{"X-Acs-Action": "GetOSSBucketAttachment", "X-Acs-Version": "2020-09-30", "X-Acs-Date": now.Format("2006-01-02T15:04:05Z"),
				"X-Acs-Content-Sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
				"Authorization":        "ACS3-HMAC-SHA256 Credential=" + o.Credential().AccessKeyID + ",SignedHeaders=host,Signature=00"}},
		{name: "SMQ", handler: o.SMQ(), method: "GET", path: "/topics/done", want: "InvalidAuthorizationHeader",
			header: map[string]string{"Date": now.Format(http.TimeFormat)}},
		{name: "SMQ, a signature of another key", handler: o.SMQ(), method: "GET", path: "/topics/done", want: "SignatureDoesNotMatch",
			header: map[string]string{"Date": now.Format(http.TimeFormat), "Authorization": "MNS " + o.Credential().AccessKeyID + ":AAAA"}},
		{name: "SMQ, an old one", handler: o.SMQ(), method: "GET", path: "/topics/done", want: "TimeExpired",
			header: map[string]string{"Date": now.Add(-time.Hour).Format(http.TimeFormat), "Authorization": "MNS " + o.Credential().AccessKeyID + ":AAAA"}},
	} {
		r := httptest.NewRequest(tt.method, tt.path, nil)
		for name, value := range tt.header {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		tt.handler.ServeHTTP(w, r)
		if w.Code < 400 || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s: %d %s, want %s", tt.name, w.Code, w.Body, tt.want)
		}
	}
}
