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

// refusal is an answer that is not the one that was asked for: of OSS, STS, IMM or SMQ.
type refusal struct {
	status        int // of HTTP; 0 without an answer
	code, ec, id  string
	endpoint      string // region of the endpoint that OSS names instead
	imm           string // IMM's code, where it is IMM that refuses: InvalidArgument
	noAttachment  bool   // IMM knows no project that the bucket is bound to
	withoutAnswer string // why there is none
}

// What codes, ids and endpoints look like. Anything else is not repeated.
var (
	aCode      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9. ]{0,79}$`)
	anID       = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
	anEndpoint = regexp.MustCompile(`<Endpoint>oss-([a-z0-9-]{1,40}?)(-internal)?\.aliyuncs\.com</Endpoint>`)
)

func only(like *regexp.Regexp, s string) string {
	if like.MatchString(s) {
		return s
	}
	return ""
}

// refusalOf reads the error of the OSS SDK; nil for none.
func refusalOf(err error) *refusal {
	if err == nil {
		return nil
	}
	var service *oss.ServiceError
	if !errors.As(err, &service) {
		return &refusal{withoutAnswer: noAnswer(err)}
	}
	r := &refusal{status: service.StatusCode, code: only(aCode, service.Code), ec: only(anID, service.EC), id: only(anID, service.RequestID)}
	if m := anEndpoint.FindSubmatch(service.Snapshot); m != nil {
		r.endpoint = string(m[1])
	}
	if r.code == "Imm Client" { // "IMM code, IMM message"
		r.imm, _, _ = strings.Cut(service.Message, ",")
		r.imm = only(aCode, r.imm)
		r.noAttachment = saysNoAttachment(service.Message)
	}
	return r
}

// saysNoAttachment says whether IMM's message is that the bucket is not bound to a project.
func saysNoAttachment(message string) bool {
	return strings.Contains(message, "The specified resource Attachment is not found")
}

// String says what was answered: "403 AccessDenied (EC 0003-00000905, request id 534B…)".
func (r *refusal) String() string {
	if r.status == 0 {
		return r.withoutAnswer
	}
	s := fmt.Sprintf("%d %s", r.status, cmp.Or(r.code, "without a code"))
	if r.imm != "" {
		s += ": " + r.imm
	}
	var more []string
	if r.ec != "" {
		more = append(more, "EC "+r.ec)
	}
	if r.id != "" {
		more = append(more, "request id "+r.id)
	}
	if more != nil {
		s += " (" + strings.Join(more, ", ") + ")"
	}
	return s
}

// What OSS, STS, IMM and SMQ say of a key, of an account, and of a bucket. STS and IMM add a detail to some:
// InvalidAccessKeyId.NotFound.
//
// https://www.alibabacloud.com/help/en/oss/how-to-troubleshoot-403-status-code-when-you-access-oss
var (
	keyCodes     = []string{"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSecurityToken", "SecurityTokenExpired", "AccessKeyIdAndSecurityTokenNotMatch"}
	stoppedCodes = []string{"InDebt", "InDebtOverdue", "UserDisable", "AbnormalBucketOwnerStatus"}
	deniedCodes  = []string{"AccessDenied", "BucketNotBelongTo"}
)

// is says whether the code is one of those.
func (r *refusal) is(codes []string) bool {
	code, _, _ := strings.Cut(r.code, ".")
	return slices.Contains(codes, code)
}

// noAnswer says why there is no answer, in words of the network and of nobody else.
func noAnswer(err error) string {
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.As(err, &certificate):
		return "its certificate is not trusted, or that of another host"
	case errors.As(err, &op):
		return op.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in " + patience.String()
	case errors.Is(err, context.Canceled):
		return "interrupted"
	}
	return "the answer was not understood"
}
