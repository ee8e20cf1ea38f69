package account

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// apiError is the failure of a request to OSS, STS, IMM or SMQ.
type apiError struct {
	status       int // of HTTP; 0 without a response
	code, ec, id string
	endpoint     string // region of the endpoint that OSS names instead of this one
	imm          string // IMM's code, if the error is IMM's: InvalidArgument
	noAttachment bool   // IMM has no project that the bucket is bound to
	noResponse   string // the reason, without a response
}

// The forms of codes, ids and endpoints. Anything else is not repeated.
var (
	codePattern     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9. ]{0,79}$`)
	idPattern       = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
	endpointPattern = regexp.MustCompile(`<Endpoint>oss-([a-z0-9-]{1,40}?)(-internal)?\.aliyuncs\.com</Endpoint>`)
)

// sanitize returns s if it has the expected form, otherwise "".
func sanitize(like *regexp.Regexp, s string) string {
	if like.MatchString(s) {
		return s
	}
	return ""
}

// asAPIError converts an error of the OSS SDK, which may be nil.
func asAPIError(err error) *apiError {
	if err == nil {
		return nil
	}
	var service *oss.ServiceError
	if !errors.As(err, &service) {
		return &apiError{noResponse: transportFailure(err)}
	}
	r := &apiError{status: service.StatusCode, code: sanitize(codePattern, service.Code), ec: sanitize(idPattern, service.EC),
		id: sanitize(idPattern, service.RequestID)}
	if m := endpointPattern.FindSubmatch(service.Snapshot); m != nil {
		r.endpoint = string(m[1])
	}
	if r.code == "Imm Client" { // "IMM code, IMM message"
		code, _, _ := strings.Cut(service.Message, ",")
		r.imm = sanitize(codePattern, code)
		r.noAttachment = isNoAttachment(service.Message)
	}
	return r
}

// isNoAttachment reports whether IMM's message says that the bucket is not bound to a project.
func isNoAttachment(message string) bool {
	return strings.Contains(message, "The specified resource Attachment is not found")
}

// String describes the response: "403 AccessDenied (EC 0003-00000905, request id 534B…)".
func (r *apiError) String() string {
	if r.status == 0 {
		return r.noResponse
	}
	s := fmt.Sprintf("%d %s", r.status, cmp.Or(r.code, "without a code"))
	if r.imm != "" {
		s += ": " + r.imm
	}
	switch {
	case r.ec != "" && r.id != "":
		return s + " (EC " + r.ec + ", request id " + r.id + ")"
	case r.ec != "":
		return s + " (EC " + r.ec + ")"
	case r.id != "":
		return s + " (request id " + r.id + ")"
	}
	return s
}

// Codes for a bad key, a stopped account and a forbidden bucket. STS and IMM add a detail to some:
// InvalidAccessKeyId.NotFound.
//
// https://www.alibabacloud.com/help/en/oss/how-to-troubleshoot-403-status-code-when-you-access-oss
var (
	keyCodes = []string{"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSecurityToken", "SecurityTokenExpired",
		"AccessKeyIdAndSecurityTokenNotMatch"}
	stoppedCodes = []string{"InDebt", "InDebtOverdue", "UserDisable", "AbnormalBucketOwnerStatus"}
	deniedCodes  = []string{"AccessDenied", "BucketNotBelongTo"}
)

// hasCode reports whether the code, without its detail, is among codes.
func (r *apiError) hasCode(codes []string) bool {
	code, _, _ := strings.Cut(r.code, ".")
	return slices.Contains(codes, code)
}

// transportFailure returns the reason why there is no response. It repeats no untrusted text.
func transportFailure(err error) string {
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.As(err, &certificate):
		return "its certificate is not trusted, or belongs to another host"
	case errors.As(err, &op):
		return op.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in " + requestTimeout.String()
	case errors.Is(err, context.Canceled):
		return "interrupted"
	}
	return "the answer was not understood"
}
