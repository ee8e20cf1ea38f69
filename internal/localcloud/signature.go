package localcloud

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Credential is an access key. One with a security token is temporary, and requests signed with it must have the token.
type Credential struct {
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string
}

const (
	signatureVersion = "OSS4-HMAC-SHA256"
	signatureTime    = "20060102T150405Z"
	maxSkew          = 15 * time.Minute
)

// authorization is the signature of a request and the values that went into it.
type authorization struct {
	id, date, region string   // of Credential=ID/DATE/REGION/oss/aliyun_v4_request
	additional       []string // names of signed headers besides those of alwaysSigned
	signature        string
	token            string
	signed           time.Time
	expires          time.Duration // of a presigned URL; 0 if the signature is in the header
}

// authenticate checks a request's V4 signature and returns its access key id. The signature is in the Authorization header
// or in the query of a presigned URL.
//
// https://help.aliyun.com/zh/oss/developer-reference/recommend-to-use-signature-version-4
// https://help.aliyun.com/zh/oss/developer-reference/add-signatures-to-urls
func (o *OSS) authenticate(c *call) (string, error) {
	a, err := c.parseAuthorization()
	if err != nil {
		return "", err
	}
	c.Signed = a.signed
	cred, err := o.authorize(a)
	if err == nil && !hmac.Equal([]byte(a.signature), []byte(a.sign(cred.AccessKeySecret, c.canonicalRequest(a)))) {
		err = &Error{Status: 403, Code: "SignatureDoesNotMatch", EC: "0002-00000040",
			Message: "The request signature we calculated does not match the signature you provided. Check your key and signing method."}
	}
	return a.id, err
}

// authorize checks everything but the signature itself, and returns the credential.
func (o *OSS) authorize(a *authorization) (Credential, error) {
	cred, ok := o.credential(a.id)
	switch now := o.opts.Now(); {
	case !ok:
		return cred, newError(403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records.")
	case a.token == "" && cred.SecurityToken != "":
		return cred, newError(403, "AccessDenied", "The security token of a temporary access key is missing.")
	case a.token != cred.SecurityToken:
		return cred, newError(403, "InvalidSecurityToken", "The security token you provided is invalid.")
	case a.region != o.opts.Region:
		return cred, errInvalidArgument("Invalid signing region in Authorization header: %q, this is %q.", a.region, o.opts.Region)
	case a.date != a.signed.Format("20060102"):
		return cred, errInvalidArgument("Invalid signing date in Authorization header: %q, the request is of %s.", a.date, a.signed.Format(signatureTime))
	case a.signed.Sub(now) > maxSkew, a.expires == 0 && now.Sub(a.signed) > maxSkew:
		return cred, &Error{Status: 403, Code: "RequestTimeTooSkewed", EC: "0002-00000504", ServerTime: now,
			Message: "The difference between the request time and the current time is too large."}
	case a.expires != 0 && now.Sub(a.signed) > a.expires:
		return cred, newError(403, "AccessDenied", "Request has expired.")
	}
	return cred, nil
}

// signatureParameters returns the query parameters of a request's signature. A signature in the header
//
//	Authorization: OSS4-HMAC-SHA256 Credential=…,AdditionalHeaders=a;b,Signature=…
//
// is returned in the form that it has in the query of a presigned URL, without x-oss-expires.
func (c *call) signatureParameters() url.Values {
	h := c.http.Header
	if h.Get("Authorization") == "" {
		return c.query
	}
	version, rest, _ := strings.Cut(h.Get("Authorization"), " ")
	fields := authorizationFields(rest)
	date := h.Get("X-Oss-Date")
	if t, err := http.ParseTime(h.Get("Date")); date == "" && err == nil {
		date = t.Format(signatureTime)
	}
	return url.Values{
		"x-oss-signature-version":  {version},
		"x-oss-credential":         {fields["Credential"]},
		"x-oss-additional-headers": {fields["AdditionalHeaders"]},
		"x-oss-signature":          {fields["Signature"]},
		"x-oss-security-token":     {h.Get("X-Oss-Security-Token")},
		"x-oss-date":               {date},
	}
}

// authorizationFields parses the fields of an Authorization header, NAME=VALUE,….
func authorizationFields(s string) map[string]string {
	fields := map[string]string{}
	for field := range strings.SplitSeq(s, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		fields[name] = value
	}
	return fields
}

// parseAuthorization parses the signature of a request.
func (c *call) parseAuthorization() (*authorization, error) {
	q := c.signatureParameters()
	if !q.Has("x-oss-signature-version") {
		return nil, newError(403, "AccessDenied", "You have no right to access this object because of bucket acl.")
	}
	if version := q.Get("x-oss-signature-version"); version != signatureVersion {
		return nil, errInvalidArgument("The local OSS takes signatures of version 4 (%s) only, not %q.", signatureVersion, version)
	}
	a := &authorization{signature: q.Get("x-oss-signature"), token: q.Get("x-oss-security-token"),
		additional: strings.Split(strings.ToLower(q.Get("x-oss-additional-headers")), ";")}
	scope := strings.Split(q.Get("x-oss-credential"), "/")
	if len(scope) != 5 || scope[3] != "oss" || scope[4] != "aliyun_v4_request" {
		return nil, errInvalidArgument("Invalid credential %q: want ID/DATE/REGION/oss/aliyun_v4_request.", q.Get("x-oss-credential"))
	}
	a.id, a.date, a.region = scope[0], scope[1], scope[2]
	var err error
	if a.signed, err = time.Parse(signatureTime, q.Get("x-oss-date")); err != nil {
		return nil, newError(403, "AccessDenied", "The request has no valid x-oss-date or Date.")
	}
	if c.http.Header.Get("Authorization") == "" {
		seconds, err := strconv.Atoi(q.Get("x-oss-expires"))
		if err != nil || seconds < 1 || seconds > 7*24*3600 {
			return nil, errInvalidArgument("Invalid x-oss-expires %q: 1 to 604800 seconds.", q.Get("x-oss-expires"))
		}
		a.expires = time.Duration(seconds) * time.Second
	}
	return a, nil
}

// canonicalRequest returns the canonical form of a request, which the client signs.
func (c *call) canonicalRequest(a *authorization) string {
	uri := "/"
	if c.Bucket != "" {
		uri += c.Bucket + "/" + c.Key
	}
	params := map[string]string{} // encoded, since they are sorted so
	for name, values := range c.query {
		if name != "x-oss-signature" || a.expires == 0 {
			params[percentEncode(name)] = percentEncode(values[len(values)-1])
		}
	}
	var query []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if value := params[name]; value != "" {
			name += "=" + value
		}
		query = append(query, name)
	}
	signed := map[string]string{}
	for name, values := range c.http.Header {
		if name = strings.ToLower(name); alwaysSigned(name) || slices.Contains(a.additional, name) {
			signed[name] = strings.TrimSpace(strings.Join(values, ","))
		}
	}
	if slices.Contains(a.additional, "host") { // net/http removes it from the header
		signed["host"] = c.http.Host
	}
	var headers strings.Builder
	for _, name := range slices.Sorted(maps.Keys(signed)) {
		headers.WriteString(name + ":" + signed[name] + "\n")
	}
	payload := c.http.Header.Get("X-Oss-Content-Sha256")
	if payload == "" {
		payload = "UNSIGNED-PAYLOAD"
	}
	return strings.Join([]string{
		c.Method, encodePath(uri), strings.Join(query, "&"), headers.String(), strings.Join(a.additional, ";"), payload,
	}, "\n")
}

// alwaysSigned reports whether every signature covers the header, given in lower case.
func alwaysSigned(name string) bool {
	return strings.HasPrefix(name, "x-oss-") || name == "content-type" || name == "content-md5"
}

// sign returns the signature of a canonical request. Its key is derived from the secret, date, region and product.
func (a *authorization) sign(secret, canonical string) string {
	key := []byte("aliyun_v4" + secret)
	for _, s := range []string{a.date, a.region, "oss", "aliyun_v4_request", fmt.Sprintf("%s\n%s\n%s/%s/oss/aliyun_v4_request\n%x",
		signatureVersion, a.signed.Format(signatureTime), a.date, a.region, sha256.Sum256([]byte(canonical)))} {
		key = hmacSum(sha256.New, key, s)
	}
	return hex.EncodeToString(key)
}

func hmacSum(h func() hash.Hash, key []byte, s string) []byte {
	mac := hmac.New(h, key)
	io.WriteString(mac, s)
	return mac.Sum(nil)
}

// percentEncode encodes every byte that is not unreserved in RFC 3986.
func percentEncode(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// encodePath is like percentEncode but leaves slashes as they are.
func encodePath(s string) string { return strings.ReplaceAll(percentEncode(s), "%2F", "/") }
