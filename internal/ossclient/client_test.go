package ossclient

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"onput/rules"
)

func TestNew(t *testing.T) {
	for _, test := range []struct{ endpoint, region, setting string }{
		{"internal", "", ""},
		{"public", "cn-hangzhou", ""},
		{"internal", "oss-cn-hangzhou", ""},
		{"http://127.0.0.1:9000", "", ""},
		{"https://oss-cn-hangzhou.aliyuncs.com/", "", ""},
		{"oss-cn-hangzhou.aliyuncs.com", "", "OSS_ENDPOINT"},
		{"intrenal", "", "OSS_ENDPOINT"},
		{"ftp://x", "", "OSS_ENDPOINT"},
		{"https://", "", "OSS_ENDPOINT"},
		{"https://user:" + secret + "@x", "", "OSS_ENDPOINT"},
		{"https://x/path", "", "OSS_ENDPOINT"},
		{"https://x?a=b", "", "OSS_ENDPOINT"},
		{"internal", "cn_hangzhou", "OSS_REGION"},
	} {
		_, err := New(test.endpoint, test.region)
		var settings *SettingsError
		if errors.As(err, &settings) {
			if settings.Setting != test.setting || strings.Contains(err.Error(), secret) {
				t.Errorf("%s, %s: %v", test.endpoint, test.region, err)
			}
		} else if err != nil || test.setting != "" {
			t.Errorf("%s, %s: %v; want an error about %q", test.endpoint, test.region, err, test.setting)
		}
	}
}

// TestEndpoint checks the host that a request goes to.
func TestEndpoint(t *testing.T) {
	for _, test := range []struct{ endpoint, region, invocation, upload, host string }{
		{"internal", "", "cn-hangzhou", "", "acme-uploads.oss-cn-hangzhou-internal.aliyuncs.com"},
		{"internal", "cn-beijing", "cn-hangzhou", "", "acme-uploads.oss-cn-hangzhou-internal.aliyuncs.com"},
		{"internal", "cn-beijing", "", "", "acme-uploads.oss-cn-beijing-internal.aliyuncs.com"},
		{"public", "", "cn-hangzhou", "ap-southeast-1", "acme-uploads.oss-ap-southeast-1.aliyuncs.com"},
		{"https://example.com:8443", "", "cn-hangzhou", "", "acme-uploads.example.com:8443"},
		{"http://127.0.0.1:9000", "", "cn-hangzhou", "", "127.0.0.1:9000"},
	} {
		c, err := New(test.endpoint, test.region)
		if err != nil {
			t.Fatal(err)
		}
		var host string
		c.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			host = r.URL.Host
			return nil, errors.New("not sent")
		})
		c.Wait = func(context.Context, time.Duration) error { return context.Canceled }
		caller := testCaller()
		caller.Region = test.invocation
		c.Submit(WithCaller(t.Context(), caller), &rules.Upload{Region: test.upload}, task())
		if host != test.host {
			t.Errorf("%+v: host is %s", test, host)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
