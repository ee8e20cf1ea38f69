package account

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"pgregory.net/rapid"

	"onput/process"
)

// The documented example of a signature.
//
// https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
func TestSignOpenAPI(t *testing.T) {
	req, err := http.NewRequest("POST", "https://ecs.cn-shanghai.aliyuncs.com/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"x-acs-action": "RunInstances", "x-acs-content-sha256": emptySHA256, "x-acs-date": "2023-10-26T10:22:32Z",
		"x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d", "x-acs-version": "2014-05-26",
	} {
		req.Header.Set(name, value)
	}
	signOpenAPI(req, "YourAccessKeyId", "YourAccessKeySecret")
	const want = "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version," +
		"Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
	if got := req.Header.Get("Authorization"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// The documented example of a signature, which the page truncates.
//
// https://www.alibabacloud.com/help/en/message-service/latest/how-do-i-obtain-the-signature-string-of-an-api-request
func TestSignSMQ(t *testing.T) {
	req, err := http.NewRequest("GET", "https://1234567890123456.mns.cn-hangzhou.aliyuncs.com/MyQueue", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Date", "Thu, 09 Jul 2015 03:01:34 GMT")
	req.Header.Set("x-mns-version", "2015-06-06")
	signSMQ(req, "TestAccessID", "TestAccessSecret")
	if got := req.Header.Get("Authorization"); !strings.HasPrefix(got, "MNS TestAccessID:uwx3yeWoILzgmvesW0BQSgfM") {
		t.Errorf("%s", got)
	}
}

// The request of checkIMM has no effect: the process is invalid and the key does not exist.
func TestInvalidProcess(t *testing.T) {
	request, err := process.Parse(invalidProcess)
	if err != nil {
		t.Fatal(err)
	}
	refused := false
	for _, problem := range request.Check() {
		refused = refused || !problem.Warning && problem.Param == "target"
	}
	if !refused || request.Target != nil || request.Notify != nil {
		t.Errorf("%s is a process that OSS may take: %+v", invalidProcess, request)
	}
	keys := map[string]bool{}
	for range 1000 {
		keys[missingKey()] = true
	}
	if len(keys) != 1000 {
		t.Errorf("%d keys of 1000 differ", len(keys))
	}
}

// Two triggers overlap if there is an object that both match.
func TestSharedEvent(t *testing.T) {
	text := rapid.StringMatching(`[ab]{0,3}`)
	events := rapid.SliceOfN(rapid.SampledFrom([]string{"oss:ObjectCreated:*", "oss:ObjectCreated:PutObject", "oss:ObjectCreated:CopyObject", "oss:ObjectRemoved:*"}), 1, 2)
	rapid.Check(t, func(t *rapid.T) {
		a := Trigger{Prefix: text.Draw(t, "prefix a"), Suffix: text.Draw(t, "suffix a"), Events: events.Draw(t, "events a")}
		b := notification{Prefix: text.Draw(t, "prefix b"), Suffix: text.Draw(t, "suffix b"), Events: events.Draw(t, "events b")}
		key := longer(a.Prefix, b.Prefix) + "ccc" + longer(a.Suffix, b.Suffix) // long enough for prefix and suffix not to overlap
		both := strings.HasPrefix(key, a.Prefix) && strings.HasPrefix(key, b.Prefix) && strings.HasSuffix(key, a.Suffix) && strings.HasSuffix(key, b.Suffix)
		event := ""
		for _, name := range []string{"oss:ObjectCreated:PutObject", "oss:ObjectCreated:CopyObject", "oss:ObjectRemoved:DeleteObject"} {
			if takes(a.Events, name) && takes(b.Events, name) {
				event = name
			}
		}
		if got, want := sharedEvent(a, b) != "", both && event != ""; got != want {
			t.Errorf("%+v and %+v: %v, want %v", a, b, got, want)
		}
	})
}

// A function's triggers are its own in any version.
func TestIsOwn(t *testing.T) {
	e := &examination{needs: Needs{Function: "onput"}}
	for arn, want := range map[string]bool{
		"acs:fc:cn-hangzhou:1:functions/onput":                       true,
		"acs:fc:cn-hangzhou:1:functions/onput/prod":                  true,
		"acs:fc:cn-hangzhou:1:functions/onput2":                      false,
		"acs:fc:cn-hangzhou:1:services/media.LATEST/functions/onput": false,
		"acs:fc:cn-hangzhou:1:services/onput/functions/scan":         false,
		"": false,
	} {
		if got := e.isOwn(notification{ARN: arn}); got != want {
			t.Errorf("%s: %v, want %v", arn, got, want)
		}
	}
}

func longer(a, b string) string {
	if len(b) > len(a) {
		return b
	}
	return a
}

func takes(events []string, name string) bool {
	for _, e := range events {
		if e == name || strings.HasSuffix(e, "*") && strings.HasPrefix(name, strings.TrimSuffix(e, "*")) {
			return true
		}
	}
	return false
}

// An endless response is cut off, and an empty one is not accepted.
func TestEndlessResponses(t *testing.T) {
	for _, status := range []int{200, 403} {
		var sent atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Oss-Request-Id", "5F1A")
			w.WriteHeader(status)
			text := []byte("<BucketInfo>" + strings.Repeat(" ", 1<<20))
			for range 64 {
				n, err := w.Write(text)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		}))
		findings := Examine(context.Background(), Account{Region: "cn-hangzhou", Endpoint: server.URL, STS: server.URL, IMM: server.URL,
			SMQ:         func(string) string { return server.URL },
			Credentials: credentials.Credentials{AccessKeyID: "LTAI5tKey", AccessKeySecret: "the-secret"}},
			Needs{Buckets: []Bucket{{"acme-uploads", true, true, true, true}}})
		server.Close()
		if n := sent.Load(); n > 64<<20 {
			t.Errorf("%d: %d bytes were read", status, n)
		}
		if last := findings[len(findings)-1]; last.Subject != "acme-uploads" || last.Code != "unexpected-answer" {
			t.Errorf("%d: %+v", status, last)
		}
	}
}

func TestBlankResponse(t *testing.T) {
	for _, answer := range []string{"<BucketInfo></BucketInfo>", "<BucketInfo><Buck", "", "<html>Log in</html>"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Oss-Request-Id", "5F1A")
			io.WriteString(w, answer)
		}))
		findings := Examine(context.Background(), Account{Region: "cn-hangzhou", Endpoint: server.URL,
			Credentials: credentials.Credentials{AccessKeyID: "LTAI5tKey", AccessKeySecret: "the-secret"}},
			Needs{Buckets: []Bucket{{"acme-uploads", true, true, true, true}}})
		server.Close()
		last := findings[len(findings)-1]
		if last.Code != "unexpected-answer" || !strings.HasPrefix(last.Message, "GetBucketInfo: the answer was not understood") {
			t.Errorf("%q: %+v", answer, last)
		}
	}
}

// Responses are untrusted and may repeat the request. No finding holds a secret or a second line.
func TestHostileResponses(t *testing.T) {
	secrets := []string{"LTAI5tKey", "the-secret", "the-token", "Signature="}
	for name, answer := range map[string]func(echo string) (int, string){
		"errors": func(echo string) (int, string) {
			return 403, fmt.Sprintf("<Error><Code>%[1]s</Code><Message>%[1]s</Message><RequestId>%[1]s</RequestId><EC>%[1]s</EC><Endpoint>%[1]s</Endpoint></Error>", echo)
		},
		"json": func(echo string) (int, string) {
			return 400, fmt.Sprintf(`{"Code":%[1]q,"Message":%[1]q,"RequestId":%[1]q}`, echo)
		},
		"nothing that is known": func(echo string) (int, string) { return 200, echo },
		"buckets": func(echo string) (int, string) {
			return 200, fmt.Sprintf(`<BucketInfo><Bucket><Location>%[1]s</Location><StorageClass>%[1]s Archive</StorageClass><Owner><ID>%[1]s</ID></Owner></Bucket></BucketInfo>`, echo)
		},
		"identity": func(echo string) (int, string) {
			return 200, fmt.Sprintf(`{"IdentityType":%[1]q,"AccountId":%[1]q,"Arn":%[1]q,"ProjectName":%[1]q}`, echo)
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				echo := r.Header.Get("Authorization") + " " + r.Header.Get("x-oss-security-token") + r.Header.Get("x-acs-security-token") + r.Header.Get("security-token") + "\nLTAI5tKey"
				status, body := answer(echo)
				w.Header().Set("X-Oss-Request-Id", "LTAI5tKey, really")
				w.WriteHeader(status)
				io.WriteString(w, body)
			}))
			defer server.Close()
			findings := Examine(context.Background(), Account{Region: "cn-hangzhou", Endpoint: server.URL, STS: server.URL, IMM: server.URL,
				SMQ:         func(string) string { return server.URL },
				Credentials: credentials.Credentials{AccessKeyID: "LTAI5tKey", AccessKeySecret: "the-secret", SecurityToken: "the-token"}},
				Needs{Buckets: []Bucket{{"acme-uploads", true, true, true, true}}, Topics: []string{"done"},
					Triggers: []Trigger{{Bucket: "acme-uploads", Events: []string{"oss:ObjectCreated:PutObject"}}}})
			if len(findings) < 3 {
				t.Errorf("only %d findings", len(findings))
			}
			all, err := json.Marshal(findings)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range secrets {
				if strings.Contains(string(all), secret) {
					t.Errorf("%s comes back: %s", secret, all)
				}
			}
			for _, f := range findings {
				if strings.ContainsAny(f.Message, "\r\n") {
					t.Errorf("a message of several lines: %q", f.Message)
				}
			}
		})
	}
}
