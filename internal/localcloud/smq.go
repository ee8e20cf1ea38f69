package localcloud

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// CreateTopic creates a topic of SMQ, unless it exists.
func (o *OSS) CreateTopic(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.topics[name] = true
}

// DeleteTopic deletes a topic of SMQ.
func (o *OSS) DeleteTopic(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.topics, name)
}

// SMQ returns the Simple Message Queue. GetTopicAttributes, GET /topics/NAME, reports whether a topic exists.
//
// https://www.alibabacloud.com/help/en/mns/developer-reference/request-protocol-description
// https://help.aliyun.com/zh/mns/developer-reference/gettopicattributes
func (o *OSS) SMQ() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := strings.ToUpper(randomHex(24))
		w.Header().Set("Content-Type", "text/xml;charset=utf-8")
		w.Header().Set("x-mns-request-id", id)
		w.Header().Set("x-mns-version", "2015-06-06")
		topic, refused := o.authorizedTopic(r)
		if refused != nil {
			w.WriteHeader(refused.Status)
			w.Write(refused.xml(id, "http://"+r.Host))
			return
		}
		io.WriteString(w, xml.Header)
		xml.NewEncoder(w).Encode(struct {
			XMLName                                    xml.Name `xml:"http://mns.aliyuncs.com/doc/v1/ Topic"`
			TopicName                                  string
			MaximumMessageSize, MessageRetentionPeriod int
		}{TopicName: topic, MaximumMessageSize: 65536, MessageRetentionPeriod: 86400})
	})
}

// authorizedTopic checks a request's signature and returns the topic that it asks for.
//
// Errors: https://www.alibabacloud.com/help/doc-detail/27501.html
func (o *OSS) authorizedTopic(r *http.Request) (string, *Error) {
	h := r.Header
	date, dateErr := http.ParseTime(h.Get("Date"))
	credential, signed := strings.CutPrefix(h.Get("Authorization"), "MNS ")
	id, signature, _ := strings.Cut(credential, ":")
	cred, known := o.credential(id)
	name, isTopic := strings.CutPrefix(r.URL.Path, "/topics/")
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case dateErr != nil:
		return "", newError(400, "InvalidDateHeader", "The Date header format is invalid.")
	case o.opts.Now().Sub(date).Abs() > maxSkew:
		return "", newError(408, "TimeExpired", "The http request you sent is expired.")
	case !signed:
		return "", newError(400, "InvalidAuthorizationHeader", "The Authorization header format is invalid.")
	case !known || h.Get("security-token") != cred.SecurityToken:
		return "", newError(403, "InvalidAccessKeyId", "The AccessKey Id you provided is not exist.")
	case !hmac.Equal([]byte(cred.signMNS(r)), []byte(signature)):
		return "", newError(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
	case !isTopic || r.Method != http.MethodGet:
		return "", newError(400, "InvalidRequestURL", "Http request URL format invalid.")
	case !o.topics[name]:
		return "", newError(404, "TopicNotExist", "The topic name you provided is not exist.")
	}
	return name, nil
}

// signMNS returns the signature of a request to SMQ.
func (c Credential) signMNS(r *http.Request) string {
	h := r.Header
	var own strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-mns-") {
			own.WriteString(lower + ":" + h.Get(name) + "\n")
		}
	}
	return base64.StdEncoding.EncodeToString(hmacSum(sha1.New, []byte(c.AccessKeySecret), strings.Join([]string{
		r.Method, h.Get("Content-MD5"), h.Get("Content-Type"), h.Get("Date"), own.String() + r.RequestURI,
	}, "\n")))
}
