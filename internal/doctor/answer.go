package doctor

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// refusal is an answer that is not the one that was asked for: of OSS, STS, IMM or SMQ.
type refusal struct {
	status        int // of HTTP; 0 without an answer
	code, ec, id  string
	endpoint      string // the one that OSS names instead
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
	r.noAttachment = r.code == "Imm Client" && strings.Contains(service.Message, "resource Attachment is not found")
	return r
}

// String says what was answered: "403 AccessDenied (EC 0003-00000905, request id 534B…)".
func (r *refusal) String() string {
	if r.status == 0 {
		return r.withoutAnswer
	}
	s := fmt.Sprintf("%d %s", r.status, cmp.Or(r.code, "without a code"))
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

// credentials says whether it is the access key that is refused, whatever is asked.
//
// https://www.alibabacloud.com/help/en/oss/how-to-troubleshoot-403-status-code-when-you-access-oss
func (r *refusal) credentials() bool {
	for _, code := range []string{"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSecurityToken", "SecurityTokenExpired", "AccessKeyIdAndSecurityTokenNotMatch"} {
		if strings.HasPrefix(r.code, code) { // STS and IMM add a detail: InvalidAccessKeyId.NotFound
			return true
		}
	}
	return false
}

// denied says whether the key lacks a permission. IMM and SMQ have codes of their own for it.
func (r *refusal) denied() bool { return r.status == 403 }

// noAnswer says why there is no answer, in words of the network and of nobody else.
func noAnswer(err error) string {
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.As(err, &certificate):
		return "its certificate is not trusted: " + certificate.Err.Error()
	case errors.As(err, &op):
		return op.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in " + patience.String()
	case errors.Is(err, context.Canceled):
		return "interrupted"
	}
	return "what answers does not speak HTTP"
}
