package account

import (
	"context"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// checkBuckets checks the existence, owner, region and storage of every bucket.
func checkBuckets(ctx context.Context, e *examination) {
	e.usable = map[string]bool{}
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
	const check = "bucket"
	result, err := e.oss.GetBucketInfo(ctx, &oss.GetBucketInfoRequest{Bucket: &b.Name})
	apiErr := asAPIError(err)
	switch {
	case apiErr == nil:
	case apiErr.hasCode(keyCodes):
		e.report("credentials", "", "credentials-refused", "OSS says "+apiErr.String())
	case apiErr.hasCode(stoppedCodes):
		e.report("account", "", "account-stopped", "OSS says "+apiErr.String())
	case apiErr.code == "NoSuchBucket":
		e.report(check, b.Name, "bucket-missing", "there is no such bucket: "+b.uses())
	case apiErr.endpoint != "":
		e.report(check, b.Name, "bucket-elsewhere", "it is in "+apiErr.endpoint+", not in "+e.account.Region+": "+b.uses())
	case apiErr.hasCode(deniedCodes):
		e.report(check, b.Name, "bucket-denied", "OSS says "+apiErr.String()+": "+b.uses())
	default:
		e.report(check, b.Name, "unexpected-answer", "GetBucketInfo: "+apiErr.String())
	}
	if apiErr != nil {
		return nil
	}
	info := &result.BucketInfo
	region := sanitize(idPattern, strings.TrimPrefix(oss.ToString(info.Location), "oss-"))
	owner := ""
	if info.Owner != nil {
		owner = sanitize(accountPattern, oss.ToString(info.Owner.ID))
	}
	if region == "" || owner == "" {
		e.report(check, b.Name, "unexpected-answer", "GetBucketInfo: the answer was not understood: "+b.uses())
		return nil
	}
	if e.accountID == "" { // without STS, all buckets must have the first one's owner
		e.accountID = owner
	}
	switch {
	case region != e.account.Region:
		e.report(check, b.Name, "bucket-elsewhere", "it is in "+region+", not in "+e.account.Region+": "+b.uses())
	case owner != e.accountID:
		e.report(check, b.Name, "bucket-of-another", "it belongs to "+owner+", not to "+e.accountID+": "+b.uses())
	default:
		e.usable[b.Name] = true
		e.ok(check, b.Name, "in "+region+", account "+owner+": "+b.uses())
		return info
	}
	return nil
}

// uses returns the uses of a bucket: "source and claims".
func (b Bucket) uses() string {
	var all []string
	for _, use := range []struct {
		is   bool
		name string
	}{{b.Source, "source"}, {b.Target, "target"}, {b.Claims, "claims"}} {
		if use.is {
			all = append(all, use.name)
		}
	}
	return strings.Join(all, " and ")
}
