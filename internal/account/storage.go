package account

import (
	"context"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// checkStorage looks at how a bucket keeps its objects, which decides what can be done with them.
func (e *examination) checkStorage(ctx context.Context, b Bucket, info *oss.BucketInfo) {
	e.checkClass(ctx, b, only(anID, oss.ToString(info.StorageClass)))
	e.checkVersions(b, only(anID, oss.ToString(info.Versioning)))
	e.checkEncryption(b, only(anID, oss.ToString(info.SseRule.SSEAlgorithm)), oss.ToString(info.SseRule.KMSMasterKeyID) != "")
	e.checkRetention(ctx, b)
}

// checkClass looks at the storage class of objects that do not ask for another one. Those of Archive, ColdArchive and
// DeepColdArchive must be restored before they are read, GetObject and PostProcessTask among others; Archive alone can be read
// at once where the bucket allows it.
//
// https://alibabacloud.com/help/en/oss/upload-download-and-manage-objects-restore-objects
func (e *examination) checkClass(ctx context.Context, b Bucket, class string) {
	const check = "storage class"
	message := class
	switch {
	case !strings.HasSuffix(class, "Archive"):
		e.ok(check, b.Name, class)
		return
	case class == "Archive":
		switch enabled, refused := e.directRead(ctx, b.Name); {
		case enabled:
			e.ok(check, b.Name, "Archive, with real-time access")
			return
		case refused != nil:
			message += "; whether with real-time access, oss:GetBucketArchiveDirectRead: " + refused.String()
		}
	}
	if b.Source {
		e.report(check, b.Name, "source-archived", message)
	}
	if b.Claims {
		e.report(check, b.Name, "claims-archived", message)
	}
	if b.Target {
		e.report(check, b.Name, "target-archived", message)
	}
}

// directRead says whether Archive objects of a bucket can be read without being restored.
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketarchivedirectread
func (e *examination) directRead(ctx context.Context, bucket string) (bool, *refusal) {
	result, err := e.oss.GetBucketArchiveDirectRead(ctx, &oss.GetBucketArchiveDirectReadRequest{Bucket: &bucket})
	if err != nil {
		return false, refusalOf(err)
	}
	c := result.ArchiveDirectReadConfiguration
	return c != nil && oss.ToBool(c.Enabled), nil
}

// checkVersions looks at versioning. Claims do not mind: AppendObject makes no versions, and the newest counts.
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/appendobject
func (e *examination) checkVersions(b Bucket, versioning string) {
	const check = "versioning"
	switch {
	case versioning == "Enabled" && b.Target:
		e.report(check, b.Name, "target-versioned", versioning)
	case versioning == "":
		e.ok(check, b.Name, "never enabled")
	default:
		e.ok(check, b.Name, versioning)
	}
}

// checkEncryption looks at the encryption that objects get which do not ask for another one.
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/appendobject
// https://alibabacloud.com/help/en/oss/support/http-status-code-403
func (e *examination) checkEncryption(b Bucket, algorithm string, ownKey bool) {
	const check = "encryption"
	switch {
	case algorithm == "" || algorithm == "None":
		e.ok(check, b.Name, "none")
		return
	case !ownKey:
		e.ok(check, b.Name, algorithm)
		return
	}
	if b.Claims {
		e.report(check, b.Name, "claims-encrypted", algorithm+" with a key of your own")
	}
	if b.Source || b.Target {
		e.report(check, b.Name, "bucket-encrypted", algorithm+" with a key of your own")
	}
}

// checkRetention looks at the retention (WORM) policy, which is in force from when it is made, locked or not. The page knows
// InProgress and Locked; others have met Expired.
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketworm
func (e *examination) checkRetention(ctx context.Context, b Bucket) {
	const check = "retention"
	result, err := e.oss.GetBucketWorm(ctx, &oss.GetBucketWormRequest{Bucket: &b.Name})
	refused := refusalOf(err)
	switch {
	case refused == nil:
	case refused.code == "NoSuchWORMConfiguration":
		e.ok(check, b.Name, "no policy")
		return
	default:
		e.report(check, b.Name, "not-checked", "oss:GetBucketWorm: "+refused.String())
		return
	}
	state := ""
	if result.WormConfiguration != nil {
		state = only(anID, string(result.WormConfiguration.State))
	}
	switch {
	case state == "Expired":
		e.ok(check, b.Name, "a policy that has expired")
		return
	case !b.Claims && !b.Target:
		e.ok(check, b.Name, "a policy, "+state+"; uploads are only read")
		return
	}
	if b.Claims {
		e.report(check, b.Name, "claims-retained", "a policy, "+state)
	}
	if b.Target {
		e.report(check, b.Name, "target-retained", "a policy, "+state)
	}
}
