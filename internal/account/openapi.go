package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
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

// callOpenAPI calls an action of STS or IMM and decodes the response into result.
//
// https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
func (e *examination) callOpenAPI(ctx context.Context, endpoint, action, version string, query url.Values, result any) *apiError {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/?"+strings.ReplaceAll(query.Encode(), "+", "%20"), nil)
	if err != nil {
		return &apiError{noResponse: endpoint + " is not a URL"}
	}
	h := req.Header
	h.Set("x-acs-action", action)
	h.Set("x-acs-version", version)
	h.Set("x-acs-date", time.Now().UTC().Format("2006-01-02T15:04:05Z"))
	h.Set("x-acs-signature-nonce", rand.Text())
	h.Set("x-acs-content-sha256", emptySHA256)
	if token := e.account.Credentials.SecurityToken; token != "" {
		h.Set("x-acs-security-token", token)
	}
	signOpenAPI(req, e.account.Credentials.AccessKeyID, e.account.Credentials.AccessKeySecret)
	return e.call(req, json.Unmarshal, func(_ http.Header, body []byte) bool { return json.Unmarshal(body, result) == nil })
}

// call sends a request to STS, IMM or SMQ. It returns nil if the status is 200 and accept takes the response, otherwise the
// error that the body describes.
func (e *examination) call(
	req *http.Request, unmarshal func([]byte, any) error, accept func(http.Header, []byte) bool,
) *apiError {
	resp, err := e.httpClient.Do(req)
	if err != nil {
		return &apiError{noResponse: transportFailure(err)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return &apiError{noResponse: transportFailure(err)}
	}
	if resp.StatusCode == http.StatusOK && accept(resp.Header, body) {
		return nil
	}
	var failure struct{ Code, RequestId, Message string }
	unmarshal(body, &failure) // the fields remain empty if this fails
	return &apiError{status: resp.StatusCode, code: sanitize(codePattern, failure.Code), id: sanitize(idPattern, failure.RequestId),
		noAttachment: isNoAttachment(failure.Message)}
}

// emptySHA256 is the digest of an empty body.
const emptySHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// signOpenAPI signs a request without a body with ACS3-HMAC-SHA256. Its query must be sorted and escaped as in RFC 3986.
func signOpenAPI(req *http.Request, id, secret string) {
	signed := map[string]string{"host": req.URL.Host}
	for name, values := range req.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-acs-") {
			signed[name] = values[0]
		}
	}
	names := slices.Sorted(maps.Keys(signed))
	headers := ""
	for _, name := range names {
		headers += name + ":" + signed[name] + "\n"
	}
	signedNames := strings.Join(names, ";")
	canonical := sha256.Sum256([]byte(strings.Join(
		[]string{req.Method, "/", req.URL.RawQuery, headers, signedNames, emptySHA256}, "\n")))
	mac := hmac.New(sha256.New, []byte(secret))
	io.WriteString(mac, "ACS3-HMAC-SHA256\n"+hex.EncodeToString(canonical[:]))
	req.Header.Set("Authorization", fmt.Sprintf("ACS3-HMAC-SHA256 Credential=%s,SignedHeaders=%s,Signature=%x",
		id, signedNames, mac.Sum(nil)))
}
