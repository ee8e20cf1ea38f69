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

// checkTopics asks SMQ whether the topics are there.
//
// https://help.aliyun.com/zh/mns/developer-reference/gettopicattributes
func checkTopics(ctx context.Context, e *examination) {
	const check = "topic"
	for _, topic := range e.needs.Topics {
		if e.account.SMQ == nil || e.owner == "" {
			e.report(check, topic, "not-checked", "SMQ was not asked; look whether the topic is there in its console")
			continue
		}
		switch refused := e.topic(ctx, topic); {
		case refused == nil:
			e.ok(check, topic, "is there")
		case refused.code == "TopicNotExist":
			e.report(check, topic, "topic-missing", "there is no such topic in "+e.account.Region)
		default:
			e.report(check, topic, "not-checked", "mns:GetTopicAttributes: "+refused.String())
		}
	}
}

// topic asks for the attributes of a topic, GET /topics/NAME.
func (e *examination) topic(ctx context.Context, name string) *refusal {
	endpoint := e.account.SMQ(e.owner)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/topics/"+url.PathEscape(name), nil)
	if err != nil {
		return &refusal{withoutAnswer: endpoint + " is no URL"}
	}
	req.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	req.Header.Set("x-mns-version", "2015-06-06")
	if token := e.account.Credentials.SecurityToken; token != "" {
		req.Header.Set("security-token", token)
	}
	signSMQ(req, e.account.Credentials.AccessKeyID, e.account.Credentials.AccessKeySecret)
	resp, err := e.plain.Do(req)
	if err != nil {
		return &refusal{withoutAnswer: noAnswer(err)}
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK && resp.Header.Get("x-mns-request-id") != "" {
		return nil
	}
	var said struct{ Code, RequestId string }
	xml.NewDecoder(resp.Body).Decode(&said) // what is not understood is left out
	return &refusal{status: resp.StatusCode, code: only(aCode, said.Code), id: only(anID, said.RequestId)}
}

// signSMQ signs a request without a body that has a Date and of SMQ's own headers the version alone.
//
// https://www.alibabacloud.com/help/en/mns/developer-reference/request-protocol-description
func signSMQ(req *http.Request, id, secret string) {
	mac := hmac.New(sha1.New, []byte(secret))
	io.WriteString(mac, req.Method+"\n\n\n"+req.Header.Get("Date")+"\nx-mns-version:"+req.Header.Get("x-mns-version")+"\n"+req.URL.RequestURI())
	req.Header.Set("Authorization", "MNS "+id+":"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
