package account

import (
	"context"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// checkBuckets looks at every bucket that is used: whether it is there, whose, where, and how it keeps its objects.
func checkBuckets(ctx context.Context, e *examination) {
	e.present = map[string]bool{}
	for _, b := range e.needs.Buckets {
		if info := e.bucketInfo(ctx, b); info != nil {
			e.checkStorage(ctx, b, info)
		}
		if e.over {
			return
		}
	}
	for _, unknown := range e.needs.Unknown {
		e.report("bucket", "", "not-checked", unknown)
	}
}

// bucketInfo returns what OSS tells of a bucket that can be used, and nil of one that cannot.
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketinfo
func (e *examination) bucketInfo(ctx context.Context, b Bucket) *oss.BucketInfo {
	const check = "bucket"
	result, err := e.oss.GetBucketInfo(ctx, &oss.GetBucketInfoRequest{Bucket: &b.Name})
	refused := refusalOf(err)
	switch {
	case refused == nil:
	case refused.is(keyCodes):
		e.report("credentials", "", "credentials-refused", "OSS says "+refused.String())
	case refused.is(stoppedCodes):
		e.report("account", "", "account-stopped", "OSS says "+refused.String())
	case refused.code == "NoSuchBucket":
		e.report(check, b.Name, "bucket-missing", "there is no such bucket: "+b.uses())
	case refused.endpoint != "":
		e.report(check, b.Name, "bucket-elsewhere", "it is in "+refused.endpoint+", not in "+e.account.Region+": "+b.uses())
	case refused.is(deniedCodes):
		e.report(check, b.Name, "bucket-denied", "OSS says "+refused.String()+": "+b.uses())
	default:
		e.report(check, b.Name, "unexpected-answer", "GetBucketInfo: "+refused.String())
	}
	if refused != nil {
		return nil
	}
	info := &result.BucketInfo
	region := only(anID, strings.TrimPrefix(oss.ToString(info.Location), "oss-"))
	owner := ""
	if info.Owner != nil {
		owner = only(anAccount, oss.ToString(info.Owner.ID))
	}
	if region == "" || owner == "" {
		e.report(check, b.Name, "unexpected-answer", "GetBucketInfo: the answer was not understood: "+b.uses())
		return nil
	}
	if e.owner == "" { // without STS: the first bucket's owner is what the others are held to
		e.owner = owner
	}
	switch {
	case region != e.account.Region:
		e.report(check, b.Name, "bucket-elsewhere", "it is in "+region+", not in "+e.account.Region+": "+b.uses())
	case owner != e.owner:
		e.report(check, b.Name, "bucket-of-another", "it belongs to "+owner+", not to "+e.owner+": "+b.uses())
	default:
		e.present[b.Name] = true
		e.ok(check, b.Name, "in "+region+", account "+owner+": "+b.uses())
		return info
	}
	return nil
}

// uses says what a bucket is for: "source and claims".
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
