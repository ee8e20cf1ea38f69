package localcloud

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"strings"
	"time"
)

// postObject takes the upload of an HTML form, which is how the console uploads. The form is signed through its policy,
// whose expiration is heeded; its conditions are not checked.
//
// https://www.alibabacloud.com/help/doc-detail/31988.htm
func (o *OSS) postObject(c *call) (*answer, error) {
	malformed := refuse(400, "MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.")
	form, err := c.http.MultipartReader()
	if err != nil {
		return nil, malformed
	}
	fields := http.Header{}
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, malformed
		}
		if part.FormName() != "file" {
			value, err := io.ReadAll(io.LimitReader(part, 1<<20))
			if err != nil {
				return nil, malformed
			}
			fields.Set(part.FormName(), string(value))
			continue
		}
		c.Key = strings.ReplaceAll(fields.Get("key"), "${filename}", path.Base(part.FileName()))
		if c.Key == "" || len(c.Key) > 1023 {
			return nil, refuse(400, "InvalidObjectName", "The length of the object name is %d bytes, not 1 to 1023.", len(c.Key))
		}
		if c.AccessKeyID, err = o.authenticateForm(fields); err != nil {
			return nil, err
		}
		p, err := o.store.stage(part)
		if err != nil {
			return nil, malformed
		}
		c.http.Header = fields // what a PUT has in its header
		a, err := o.finish(c, "Normal", p.etag(), kept(fields), p)
		if err == nil && fields.Get("success_action_status") != "200" {
			a.status = http.StatusNoContent
		}
		return a, err
	}
}

// authenticateForm checks the signature of a form.
//
// https://alibabacloud.com/help/en/oss/developer-reference/signature-version-4-recommend
func (o *OSS) authenticateForm(fields http.Header) (string, error) {
	var policy struct{ Expiration time.Time }
	text, err := base64.StdEncoding.DecodeString(fields.Get("policy"))
	if err != nil || json.Unmarshal(text, &policy) != nil {
		return "", refuse(403, "AccessDenied", "The form has no valid policy.")
	}
	a := &authorization{signature: fields.Get("x-oss-signature"), token: fields.Get("x-oss-security-token")}
	if a.signed, err = time.Parse(signatureTime, fields.Get("x-oss-date")); err != nil {
		return "", invalidArgument("Invalid x-oss-date %q.", fields.Get("x-oss-date"))
	}
	if err := a.scope(fields.Get("x-oss-credential")); err != nil {
		return "", err
	}
	a.expires = max(policy.Expiration.Sub(a.signed), 1)
	cred, err := o.authorize(a)
	if err == nil && !hmac.Equal([]byte(sign(cred.AccessKeySecret, a, fields.Get("policy"))), []byte(a.signature)) {
		err = signatureDoesNotMatch()
	}
	return a.id, err
}
