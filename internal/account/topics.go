package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"time"
)

// checkTopics asks SMQ whether the topics exist.
//
// https://help.aliyun.com/zh/mns/developer-reference/gettopicattributes
func checkTopics(ctx context.Context, e *examination) {
	const check = "topic"
	for _, topic := range e.needs.Topics {
		if e.account.SMQ == nil || e.accountID == "" {
			e.report(check, topic, "not-checked", "SMQ was not asked; check in its console that the topic exists")
			continue
		}
		switch apiErr := e.getTopic(ctx, topic); {
		case apiErr == nil:
			e.ok(check, topic, "exists")
		case apiErr.code == "TopicNotExist":
			e.report(check, topic, "topic-missing", "there is no such topic in "+e.account.Region)
		default:
			e.report(check, topic, "not-checked", "mns:GetTopicAttributes: "+apiErr.String())
		}
	}
}

// getTopic asks SMQ for the attributes of a topic.
func (e *examination) getTopic(ctx context.Context, name string) *apiError {
	endpoint := e.account.SMQ(e.accountID)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/topics/"+url.PathEscape(name), nil)
	if err != nil {
		return &apiError{noResponse: endpoint + " is not a URL"}
	}
	req.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	req.Header.Set("x-mns-version", "2015-06-06")
	if token := e.account.Credentials.SecurityToken; token != "" {
		req.Header.Set("security-token", token)
	}
	signSMQ(req, e.account.Credentials.AccessKeyID, e.account.Credentials.AccessKeySecret)
	return e.call(req, xml.Unmarshal, func(h http.Header, _ []byte) bool { return h.Get("x-mns-request-id") != "" })
}

// signSMQ signs a request without a body whose only SMQ header is x-mns-version.
//
// https://www.alibabacloud.com/help/en/mns/developer-reference/request-protocol-description
func signSMQ(req *http.Request, id, secret string) {
	mac := hmac.New(sha1.New, []byte(secret))
	io.WriteString(mac, req.Method+"\n\n\n"+req.Header.Get("Date")+"\nx-mns-version:"+req.Header.Get("x-mns-version")+"\n"+req.URL.RequestURI())
	req.Header.Set("Authorization", "MNS "+id+":"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
