package account

import (
	"cmp"
	"context"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// checkBuckets checks the existence, owner, region and storage of every bucket.
func checkBuckets(ctx context.Context, e *examination) {
	for _, b := range e.needs.Buckets {
		if info := e.bucketInfo(ctx, b); info != nil {
			e.checkStorage(ctx, b, info)
		}
		if e.stopped {
			return
		}
	}
	for _, unknown := range e.needs.Unknown {
		e.report("bucket", "", "not-checked", unknown)
	}
}

// bucketInfo returns the configuration of a bucket. It returns nil, after a finding, for one that cannot be used.
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketinfo
func (e *examination) bucketInfo(ctx context.Context, b Bucket) *oss.BucketInfo {
	report := func(code, message string) { e.report("bucket", b.Name, code, message+": "+b.uses()) }
	result, err := e.oss.GetBucketInfo(ctx, &oss.GetBucketInfoRequest{Bucket: &b.Name})
	if err != nil {
		switch apiErr := asAPIError(err); {
		case apiErr.hasCode(keyCodes):
			e.report("credentials", "", "credentials-refused", "OSS says "+apiErr.String())
		case apiErr.hasCode(stoppedCodes):
			e.report("account", "", "account-stopped", "OSS says "+apiErr.String())
		case apiErr.code == "NoSuchBucket":
			report("bucket-missing", "there is no such bucket")
		case apiErr.endpoint != "":
			report("bucket-elsewhere", "it is in "+apiErr.endpoint+", not in "+e.account.Region)
		case apiErr.hasCode(deniedCodes):
			report("bucket-denied", "OSS says "+apiErr.String())
		default:
			e.report("bucket", b.Name, "unexpected-answer", "GetBucketInfo: "+apiErr.String())
		}
		return nil
	}
	info := &result.BucketInfo
	region, owner := sanitize(idPattern, strings.TrimPrefix(oss.ToString(info.Location), "oss-")), ""
	if info.Owner != nil {
		owner = sanitize(accountPattern, oss.ToString(info.Owner.ID))
	}
	if region == "" || owner == "" {
		report("unexpected-answer", "GetBucketInfo: the answer was not understood")
		return nil
	}
	e.accountID = cmp.Or(e.accountID, owner) // without STS, all buckets must have the first one's owner
	switch {
	case region != e.account.Region:
		report("bucket-elsewhere", "it is in "+region+", not in "+e.account.Region)
	case owner != e.accountID:
		report("bucket-of-another", "it belongs to "+owner+", not to "+e.accountID)
	default:
		e.usable[b.Name] = true
		e.ok("bucket", b.Name, "in "+region+", account "+owner+": "+b.uses())
		return info
	}
	return nil
}

// uses returns the uses of a bucket: "source and claims".
func (b Bucket) uses() string {
	var all []string
	if b.Source {
		all = append(all, "source")
	}
	if b.Target {
		all = append(all, "target")
	}
	if b.Claims {
		all = append(all, "claims")
	}
	return strings.Join(all, " and ")
}
