package account

import (
	"context"
	"crypto/rand"
	"net/url"
	"regexp"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// invalidProcess lacks a required parameter of doc/convert. IMM refuses it with "InvalidArgument, [target]:is required".
//
// https://help.aliyun.com/en/oss/user-guide/error-response-2326715
const invalidProcess = "doc/convert"

// missingKey returns the key of an object that does not exist: nobody uploads below the prefix, and its 130 random bits are
// unique.
func missingKey() string { return ".onput-doctor/" + rand.Text() }

// checkIMM checks that the source buckets of processes that IMM carries out are bound to a project, without which nothing is
// processed.
//
// It submits a process to OSS, as the function does, and reads the error. This is the only request that is no query. It can
// have no effect, for two independent reasons: the object does not exist, and IMM refuses the process. OSS bills it like any
// other request, IMM has no conversion to bill.
//
// IMM's error tells whether the bucket is bound. If OSS reports the missing object first, as the order of its checks is not
// documented, or refuses the access key, checkIMM asks IMM for the project.
func checkIMM(ctx context.Context, e *examination) {
	const check = "IMM"
	for _, b := range e.needs.Buckets {
		if !b.IMM || !e.usable[b.Name] {
			continue
		}
		_, err := e.oss.AsyncProcessObject(ctx, &oss.AsyncProcessObjectRequest{
			Bucket: &b.Name, Key: oss.Ptr(missingKey()), AsyncProcess: oss.Ptr(invalidProcess),
		})
		apiErr := asAPIError(err)
		switch {
		case apiErr == nil: // never seen; a task would find no object
			apiErr = &apiError{noResponse: "OSS accepted an empty process"}
		case apiErr.noAttachment:
			e.report(check, b.Name, "imm-unbound", "not bound to a project")
			continue
		case apiErr.imm == "InvalidArgument":
			e.ok(check, b.Name, "bound to a project")
			continue
		}
		unknown := "OSS does not say: " + apiErr.String()
		if e.account.IMM == "" {
			e.report(check, b.Name, "not-checked", unknown+"; check under Data Processing in the OSS console")
			continue
		}
		switch project, immErr := e.immProject(ctx, b.Name); {
		case immErr == nil:
			e.ok(check, b.Name, "bound to the project "+project)
		case immErr.noAttachment:
			e.report(check, b.Name, "imm-unbound", "not bound to a project")
		default:
			e.report(check, b.Name, "not-checked", unknown+"; and imm:GetOSSBucketAttachment: "+immErr.String())
		}
	}
}

var projectPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// immProject asks IMM for the project that a bucket is bound to.
//
// https://www.alibabacloud.com/help/en/imm/developer-reference/api-imm-2020-09-30-getossbucketattachment
func (e *examination) immProject(ctx context.Context, bucket string) (project string, apiErr *apiError) {
	var attachment struct{ ProjectName string }
	apiErr = e.callOpenAPI(ctx, e.account.IMM, "GetOSSBucketAttachment", "2020-09-30", url.Values{"OSSBucket": {bucket}}, &attachment)
	return sanitize(projectPattern, attachment.ProjectName), apiErr
}
