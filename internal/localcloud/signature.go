package localcloud

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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

// authorization holds the parts of a request's signature.
type authorization struct {
	id, date, region string   // of Credential=ID/DATE/REGION/oss/aliyun_v4_request
	additional       []string // names of further signed headers, see alwaysSigned
	signature        string
	token            string
	signed           time.Time
	expires          time.Duration // of a presigned URL; 0 for the header form
}

// authenticate checks a request's V4 signature and returns its access key id. The signature is in the Authorization header
// or in the query of a presigned URL.
//
// https://help.aliyun.com/zh/oss/developer-reference/recommend-to-use-signature-version-4
// https://help.aliyun.com/zh/oss/developer-reference/add-signatures-to-urls
func (o *OSS) authenticate(r *http.Request, bucket, key string, query url.Values) (string, error) {
	var a *authorization
	var err error
	switch {
	case r.Header.Get("Authorization") != "":
		a, err = headerAuthorization(r.Header)
	case query.Has("x-oss-signature-version"):
		a, err = queryAuthorization(query)
	default:
		err = newError(403, "AccessDenied", "You have no right to access this object because of bucket acl.")
	}
	if err != nil {
		return "", err
	}
	cred, err := o.authorize(a)
	if err != nil {
		return a.id, err
	}
	want := sign(cred.AccessKeySecret, a, stringToSign(a, canonicalRequest(r, a, bucket, key, query)))
	if !hmac.Equal([]byte(want), []byte(a.signature)) {
		return a.id, errSignatureMismatch()
	}
	return a.id, nil
}

func errSignatureMismatch() *Error {
	return &Error{Status: 403, Code: "SignatureDoesNotMatch", EC: "0002-00000040",
		Message: "The request signature we calculated does not match the signature you provided. Check your key and signing method."}
}

// authorize checks an authorization apart from the signature itself, and returns its credential.
func (o *OSS) authorize(a *authorization) (Credential, error) {
	cred, ok := o.credential(a.id)
	switch now := o.now(); {
	case !ok:
		return cred, newError(403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records.")
	case a.token == "" && cred.SecurityToken != "":
		return cred, newError(403, "AccessDenied", "The security token of a temporary access key is missing.")
	case a.token != cred.SecurityToken:
		return cred, newError(403, "InvalidSecurityToken", "The security token you provided is invalid.")
	case a.region != o.region:
		return cred, errInvalidArgument("Invalid signing region in Authorization header: %q, this is %q.", a.region, o.region)
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

// headerAuthorization parses
//
//	Authorization: OSS4-HMAC-SHA256 Credential=…,AdditionalHeaders=a;b,Signature=…
func headerAuthorization(h http.Header) (*authorization, error) {
	scheme, rest, _ := strings.Cut(h.Get("Authorization"), " ")
	if scheme != signatureVersion {
		return nil, errInvalidArgument("The local OSS takes signatures of version 4 (%s) only, not %q.", signatureVersion, scheme)
	}
	a := &authorization{token: h.Get("X-Oss-Security-Token")}
	var credential string
	for field := range strings.SplitSeq(rest, ",") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(field), "="); name {
		case "Credential":
			credential = value
		case "AdditionalHeaders":
			a.additional = strings.Split(strings.ToLower(value), ";")
		case "Signature":
			a.signature = value
		}
	}
	var err error
	if date := h.Get("X-Oss-Date"); date != "" {
		a.signed, err = time.Parse(signatureTime, date)
	} else {
		a.signed, err = http.ParseTime(h.Get("Date"))
	}
	if err != nil {
		return nil, newError(403, "AccessDenied", "The request has no valid x-oss-date or Date.")
	}
	return a, a.parseScope(credential)
}

// queryAuthorization parses the query of a presigned URL.
func queryAuthorization(q url.Values) (*authorization, error) {
	if v := q.Get("x-oss-signature-version"); v != signatureVersion {
		return nil, errInvalidArgument("The local OSS takes signatures of version 4 (%s) only, not %q.", signatureVersion, v)
	}
	a := &authorization{token: q.Get("x-oss-security-token"), signature: q.Get("x-oss-signature")}
	if s := q.Get("x-oss-additional-headers"); s != "" {
		a.additional = strings.Split(strings.ToLower(s), ";")
	}
	var err error
	if a.signed, err = time.Parse(signatureTime, q.Get("x-oss-date")); err != nil {
		return nil, errInvalidArgument("Invalid x-oss-date %q.", q.Get("x-oss-date"))
	}
	seconds, err := strconv.Atoi(q.Get("x-oss-expires"))
	if err != nil || seconds < 1 || seconds > 7*24*3600 {
		return nil, errInvalidArgument("Invalid x-oss-expires %q: 1 to 604800 seconds.", q.Get("x-oss-expires"))
	}
	a.expires = time.Duration(seconds) * time.Second
	return a, a.parseScope(q.Get("x-oss-credential"))
}

// parseScope parses ID/DATE/REGION/oss/aliyun_v4_request.
func (a *authorization) parseScope(credential string) error {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 || parts[3] != "oss" || parts[4] != "aliyun_v4_request" {
		return errInvalidArgument("Invalid credential %q: want ID/DATE/REGION/oss/aliyun_v4_request.", credential)
	}
	a.id, a.date, a.region = parts[0], parts[1], parts[2]
	return nil
}

// canonicalRequest returns the canonical form of a request, which the client signs.
func canonicalRequest(r *http.Request, a *authorization, bucket, key string, query url.Values) string {
	uri := "/"
	if bucket != "" {
		uri += bucket + "/" + key
	}

	var params []string
	for name, values := range query {
		if name == "x-oss-signature" && a.expires != 0 {
			continue
		}
		p := percentEncode(name, false)
		if v := values[len(values)-1]; v != "" {
			p += "=" + percentEncode(v, false)
		}
		params = append(params, p)
	}
	// By name alone, because '=' sorts after characters that a name may hold.
	slices.SortFunc(params, func(a, b string) int {
		x, _, _ := strings.Cut(a, "=")
		y, _, _ := strings.Cut(b, "=")
		return strings.Compare(x, y)
	})

	signed := map[string]string{}
	for name, values := range r.Header {
		if name = strings.ToLower(name); alwaysSigned(name) || slices.Contains(a.additional, name) {
			signed[name] = strings.TrimSpace(strings.Join(values, ","))
		}
	}
	if slices.Contains(a.additional, "host") { // net/http removes it from the header
		signed["host"] = r.Host
	}
	var headers strings.Builder
	for _, name := range slices.Sorted(maps.Keys(signed)) {
		headers.WriteString(name + ":" + signed[name] + "\n")
	}

	payload := r.Header.Get("X-Oss-Content-Sha256")
	if payload == "" {
		payload = "UNSIGNED-PAYLOAD"
	}
	return strings.Join([]string{
		r.Method, percentEncode(uri, true), strings.Join(params, "&"), headers.String(), strings.Join(a.additional, ";"), payload,
	}, "\n")
}

// alwaysSigned reports whether every signature covers the header, given in lower case.
func alwaysSigned(name string) bool {
	return strings.HasPrefix(name, "x-oss-") || name == "content-type" || name == "content-md5"
}

// stringToSign returns the text that the client signs for a canonical request.
func stringToSign(a *authorization, canonical string) string {
	sum := sha256.Sum256([]byte(canonical))
	return strings.Join([]string{
		signatureVersion, a.signed.Format(signatureTime), a.date + "/" + a.region + "/oss/aliyun_v4_request", hex.EncodeToString(sum[:]),
	}, "\n")
}

// sign signs s with a key that is derived for the date, region and product.
func sign(secret string, a *authorization, s string) string {
	key := []byte("aliyun_v4" + secret)
	for _, step := range []string{a.date, a.region, "oss", "aliyun_v4_request", s} {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(step))
		key = h.Sum(nil)
	}
	return hex.EncodeToString(key)
}

// percentEncode encodes every byte that is not unreserved in RFC 3986. It encodes '/' unless keepSlash is set.
func percentEncode(s string, keepSlash bool) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '-', c == '_', c == '.', c == '~', c == '/' && keepSlash:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
