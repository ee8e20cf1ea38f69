package account

import (
	"context"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// checkStorage checks how a bucket stores its objects.
func (e *examination) checkStorage(ctx context.Context, b Bucket, info *oss.BucketInfo) {
	word := func(s *string) string { return sanitize(idPattern, oss.ToString(s)) }
	e.checkClass(ctx, b, word(info.StorageClass))
	e.checkVersions(b, word(info.Versioning))
	e.checkEncryption(b, word(info.SseRule.SSEAlgorithm), oss.ToString(info.SseRule.KMSMasterKeyID) != "")
	e.checkRetention(ctx, b)
}

// checkClass checks the default storage class. Objects of Archive, ColdArchive and DeepColdArchive must be restored before
// GetObject and PostProcessTask can read them, unless they are Archive and the bucket allows real-time access.
//
// https://alibabacloud.com/help/en/oss/upload-download-and-manage-objects-restore-objects
// https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketarchivedirectread
func (e *examination) checkClass(ctx context.Context, b Bucket, class string) {
	const check = "storage class"
	if !strings.HasSuffix(class, "Archive") {
		e.ok(check, b.Name, class)
		return
	}
	message := class
	if class == "Archive" {
		result, err := e.oss.GetBucketArchiveDirectRead(ctx, &oss.GetBucketArchiveDirectReadRequest{Bucket: &b.Name})
		if err != nil {
			message += "; whether with real-time access, oss:GetBucketArchiveDirectRead: " + asAPIError(err).String()
		} else if c := result.ArchiveDirectReadConfiguration; c != nil && oss.ToBool(c.Enabled) {
			e.ok(check, b.Name, "Archive, with real-time access")
			return
		}
	}
	e.reportIf(b.Source, check, b.Name, "source-archived", message)
	e.reportIf(b.Claims, check, b.Name, "claims-archived", message)
	e.reportIf(b.Target, check, b.Name, "target-archived", message)
}

// checkVersions checks versioning. It does not matter for claims, because AppendObject creates no versions.
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

// checkEncryption checks the default encryption.
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/appendobject
// https://alibabacloud.com/help/en/oss/support/http-status-code-403
func (e *examination) checkEncryption(b Bucket, algorithm string, ownKey bool) {
	const check = "encryption"
	switch {
	case algorithm == "" || algorithm == "None":
		e.ok(check, b.Name, "none")
	case !ownKey:
		e.ok(check, b.Name, algorithm)
	default:
		e.reportIf(b.Claims, check, b.Name, "claims-encrypted", algorithm+" with a key of your own")
		e.reportIf(b.Source || b.Target, check, b.Name, "bucket-encrypted", algorithm+" with a key of your own")
	}
}

// checkRetention checks the retention (WORM) policy, which is in force as soon as it is created, locked or not. The page
// documents the states InProgress and Locked; Expired has been seen.
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketworm
func (e *examination) checkRetention(ctx context.Context, b Bucket) {
	const check = "retention"
	result, err := e.oss.GetBucketWorm(ctx, &oss.GetBucketWormRequest{Bucket: &b.Name})
	if apiErr := asAPIError(err); apiErr != nil {
		if apiErr.code == "NoSuchWORMConfiguration" {
			e.ok(check, b.Name, "no policy")
		} else {
			e.report(check, b.Name, "not-checked", "oss:GetBucketWorm: "+apiErr.String())
		}
		return
	}
	state := ""
	if result.WormConfiguration != nil {
		state = sanitize(idPattern, string(result.WormConfiguration.State))
	}
	switch {
	case state == "Expired":
		e.ok(check, b.Name, "a policy that has expired")
	case !b.Claims && !b.Target:
		e.ok(check, b.Name, "a policy, "+state+"; uploads are only read")
	default:
		e.reportIf(b.Claims, check, b.Name, "claims-retained", "a policy, "+state)
		e.reportIf(b.Target, check, b.Name, "target-retained", "a policy, "+state)
	}
}
