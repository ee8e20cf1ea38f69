package account

import (
	"context"
	"crypto/rand"
	"net/url"
	"regexp"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// probe is the process that is asked for. It lacks a parameter that doc/convert must have, and IMM refuses it with
// "InvalidArgument, [target]:is required".
//
// https://help.aliyun.com/en/oss/user-guide/error-response-2326715
const probe = "doc/convert"

// probeKey returns the key of an object that does not exist. Nobody uploads below the prefix, and 130 random bits do not
// come up twice.
func probeKey() string { return ".onput-doctor/" + rand.Text() }

// checkIMM asks whether the source buckets are bound to a project of IMM, without which nothing is processed.
//
// It asks OSS for a process, as the function does, and goes by why OSS refuses. That is the one request of doctor that is no
// query, and nothing can come of it, for two reasons each of which is enough: there is no object of that key, and the
// process is one that IMM does not take. So no task begins, nothing is read, written or notified, and IMM, which bills what
// it has converted, has nothing to bill. OSS counts the request, as it counts every other one.
//
// An answer of IMM's says whether the bucket is bound. In which order OSS looks at object and bucket is not documented:
// NoSuchKey, which it may say without asking IMM, leaves that open, and so does a key that may not process. Then IMM itself
// is asked for the project.
func checkIMM(ctx context.Context, e *examination) {
	const check = "IMM"
	for _, b := range e.needs.Buckets {
		if !b.Source || !e.present[b.Name] {
			continue
		}
		_, err := e.oss.AsyncProcessObject(ctx, &oss.AsyncProcessObjectRequest{
			Bucket: &b.Name, Key: oss.Ptr(probeKey()), AsyncProcess: oss.Ptr(probe),
		})
		refused := refusalOf(err)
		switch {
		case refused != nil && refused.noAttachment:
			e.report(check, b.Name, "imm-unbound", "not bound to a project")
			continue
		case refused != nil && refused.imm == "InvalidArgument":
			e.ok(check, b.Name, "bound to a project")
			continue
		case refused == nil: // never seen; a task, if there is one, finds no object
			refused = &refusal{withoutAnswer: "OSS took a process of nothing"}
		}
		if e.account.IMM == "" {
			e.report(check, b.Name, "not-checked", "OSS does not tell: "+refused.String()+"; look whether it is bound, under Data Processing in the OSS console")
			continue
		}
		switch project, unsaid := e.attachment(ctx, b.Name); {
		case unsaid == nil:
			e.ok(check, b.Name, "bound to the project "+project)
		case unsaid.noAttachment:
			e.report(check, b.Name, "imm-unbound", "not bound to a project")
		default:
			e.report(check, b.Name, "not-checked", "OSS does not tell: "+refused.String()+"; and imm:GetOSSBucketAttachment: "+unsaid.String())
		}
	}
}

var aProject = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// attachment asks IMM to which project a bucket is bound.
//
// https://www.alibabacloud.com/help/en/imm/developer-reference/api-imm-2020-09-30-getossbucketattachment
func (e *examination) attachment(ctx context.Context, bucket string) (project string, refused *refusal) {
	var attachment struct{ ProjectName string }
	refused = e.openAPI(ctx, e.account.IMM, "GetOSSBucketAttachment", "2020-09-30", url.Values{"OSSBucket": {bucket}}, &attachment)
	return only(aProject, attachment.ProjectName), refused
}
