package localcloud

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// STS returns the Security Token Service. GetCallerIdentity reports the owner's key as the account, a key with a security
// token as a role, and any other key as a RAM user.
//
// https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-getcalleridentity
func (o *OSS) STS() http.Handler {
	return o.openAPI("GetCallerIdentity", "2015-04-01", func(cred Credential, _ url.Values) (any, *Error) {
		type identity struct{ IdentityType, AccountId, RequestId, PrincipalId, Arn string }
		i := identity{AccountId: o.opts.AccountID, RequestId: newRequestID(), PrincipalId: o.opts.AccountID}
		switch account := "acs:ram::" + o.opts.AccountID + ":"; {
		case cred.AccessKeyID == o.owner.AccessKeyID:
			i.IdentityType, i.Arn = "Account", account+"root"
		case cred.SecurityToken != "":
			i.IdentityType, i.Arn = "AssumedRoleUser", account+"assumed-role/deployer/session"
		default:
			i.IdentityType, i.Arn = "RAMUser", account+"user/deployer"
		}
		return i, nil
	})
}

// noAttachment is the message of IMM and OSS about a bucket that is not bound to a project.
const noAttachment = "The specified resource Attachment is not found."

// IMM returns Intelligent Media Management. GetOSSBucketAttachment reports the project that a bucket is bound to.
//
// https://www.alibabacloud.com/help/en/imm/developer-reference/api-imm-2020-09-30-getossbucketattachment
func (o *OSS) IMM() http.Handler {
	return o.openAPI("GetOSSBucketAttachment", "2020-09-30", func(_ Credential, query url.Values) (any, *Error) {
		if b, ok := o.store.config(query.Get("OSSBucket")); !ok || b.unbound {
			return nil, newError(404, "ResourceNotFound", noAttachment)
		}
		type attachment struct{ RequestId, ProjectName, CreateTime, UpdateTime string }
		at := creationDate.Format(time.RFC3339)
		return attachment{newRequestID(), "onput", at, at}, nil
	})
}

// openAPI returns a service with one action, which takes parameters and an ACS3-HMAC-SHA256 signature.
//
// https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
func (o *OSS) openAPI(action, version string, run func(Credential, url.Values) (any, *Error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, _ := url.ParseQuery(r.URL.RawQuery)
		cred, refused := o.authenticateOpenAPI(r, query)
		if refused == nil && (r.Header.Get("X-Acs-Action") != action || r.Header.Get("X-Acs-Version") != version) {
			refused = newError(404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method.")
		}
		var answer any
		if refused == nil {
			answer, refused = run(cred, query)
		}
		status := http.StatusOK
		if refused != nil {
			status = refused.Status
			answer = struct{ RequestId, HostId, Code, Message string }{newRequestID(), r.Host, refused.Code, refused.Message}
		}
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(answer)
	})
}

// authenticateOpenAPI checks the signature, time and body of a request, and returns the credential that signed it.
func (o *OSS) authenticateOpenAPI(r *http.Request, query url.Values) (Credential, *Error) {
	const scheme = "ACS3-HMAC-SHA256"
	h := r.Header
	mismatch := newError(400, "SignatureDoesNotMatch", "Specified signature is not matched with our calculation.")
	rest, ok := strings.CutPrefix(h.Get("Authorization"), scheme+" ")
	fields := authorizationFields(rest)
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 1<<20))
	digest := fmt.Sprintf("%x", sha256.Sum256(body))
	at, dateErr := time.Parse("2006-01-02T15:04:05Z", h.Get("X-Acs-Date"))
	cred, known := o.credential(fields["Credential"])
	switch {
	case !ok || err != nil || h.Get("X-Acs-Content-Sha256") != digest:
		return cred, mismatch
	case dateErr != nil || at.Sub(o.opts.Now()).Abs() > maxSkew:
		return cred, newError(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
	case !known:
		return cred, newError(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
	case h.Get("X-Acs-Security-Token") != cred.SecurityToken:
		return cred, newError(400, "InvalidSecurityToken.MismatchWithAccessKey", "The specified SecurityToken is not matched with the AccessKey.")
	}
	signed := strings.Split(fields["SignedHeaders"], ";")
	var headers strings.Builder
	for _, name := range signed {
		value := h.Get(name)
		if name == "host" {
			value = r.Host
		}
		headers.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	for name := range h { // the service's own headers must be signed
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-acs-") && !slices.Contains(signed, name) {
			return cred, mismatch
		}
	}
	var params []string
	for _, name := range slices.Sorted(maps.Keys(query)) {
		params = append(params, percentEncode(name)+"="+percentEncode(query.Get(name)))
	}
	canonical := strings.Join([]string{
		r.Method, r.URL.EscapedPath(), strings.Join(params, "&"), headers.String(), fields["SignedHeaders"], digest,
	}, "\n")
	signature := hmacSum(sha256.New, []byte(cred.AccessKeySecret), fmt.Sprintf("%s\n%x", scheme, sha256.Sum256([]byte(canonical))))
	if !hmac.Equal(fmt.Appendf(nil, "%x", signature), []byte(fields["Signature"])) {
		return cred, mismatch
	}
	return cred, nil
}
