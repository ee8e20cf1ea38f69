package localcloud

import (
	"errors"
	"strings"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/google/go-cmp/cmp"
)

// The OSS SDK reads back the settings of a bucket.
func TestBucket(t *testing.T) {
	o := startOSS(t, Options{})
	c := client(o, o.Credential())
	info := func() []string {
		r, err := c.GetBucketInfo(t.Context(), &oss.GetBucketInfoRequest{Bucket: oss.Ptr(bucketA)})
		if err != nil {
			return []string{code(err)}
		}
		b := r.BucketInfo
		return []string{oss.ToString(b.Location), oss.ToString(b.Owner.ID), oss.ToString(b.StorageClass), oss.ToString(b.Versioning),
			oss.ToString(b.SseRule.SSEAlgorithm), oss.ToString(b.SseRule.KMSMasterKeyID)}
	}
	worm := func() string {
		r, err := c.GetBucketWorm(t.Context(), &oss.GetBucketWormRequest{Bucket: oss.Ptr(bucketA)})
		if err != nil {
			return code(err)
		}
		return string(r.WormConfiguration.State)
	}
	for _, tt := range []struct {
		set  Bucket
		want []string
		worm string
	}{
		{want: []string{"oss-cn-hangzhou", "1234567890123456", "Standard", "", "", ""}, worm: "404 NoSuchWORMConfiguration"},
		{set: Bucket{StorageClass: "Archive", Versioning: "Suspended", Encryption: "KMS", KMSKey: "9468da86", Retention: "Locked"},
			want: []string{"oss-cn-hangzhou", "1234567890123456", "Archive", "Suspended", "KMS", "9468da86"}, worm: "Locked"},
		{set: Bucket{Location: "cn-shanghai"}, want: []string{"oss-cn-shanghai", "1234567890123456", "Standard", "", "", ""}, worm: "403 AccessDenied"},
		{set: Bucket{Owner: "6543210987654321"}, want: []string{"403 AccessDenied"}, worm: "403 AccessDenied"},
	} {
		if err := o.SetBucket(bucketA, tt.set); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, info()); diff != "" {
			t.Errorf("%+v: info (-want +got):\n%s", tt.set, diff)
		}
		if got := worm(); got != tt.worm {
			t.Errorf("%+v: retention %s, want %s", tt.set, got, tt.worm)
		}
	}
	if err := o.SetBucket("no-such-bucket", Bucket{}); code(err) != "404 NoSuchBucket: The specified bucket does not exist." {
		t.Errorf("a bucket that is not there: %v", err)
	}
}

// A request for a bucket of another region is refused with the endpoint to use.
func TestOtherRegion(t *testing.T) {
	o := startOSS(t, Options{})
	if err := o.SetBucket(bucketA, Bucket{Location: "cn-shanghai"}); err != nil {
		t.Fatal(err)
	}
	_, err := client(o, o.Credential()).HeadObject(t.Context(), &oss.HeadObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("a")})
	var refused *oss.ServiceError
	if !errors.As(err, &refused) || refused.Code != "AccessDenied" || !strings.Contains(string(refused.Snapshot), "<Endpoint>oss-cn-shanghai.aliyuncs.com</Endpoint>") {
		t.Errorf("%v", err)
	}
}
