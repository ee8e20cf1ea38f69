package localcloud

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// Objects keep the user metadata, the storage class and the tags of each request that writes them.
func TestAttributes(t *testing.T) {
	o := startOSS(t, Options{})
	c, ctx := client(o, o.Credential()), t.Context()
	bucket := oss.Ptr(bucketA)
	describe := func(key string) string {
		head, err := c.HeadObject(ctx, &oss.HeadObjectRequest{Bucket: bucket, Key: &key})
		if err != nil {
			return err.Error()
		}
		tags, err := c.GetObjectTagging(ctx, &oss.GetObjectTaggingRequest{Bucket: bucket, Key: &key})
		if err != nil {
			return err.Error()
		}
		var all []string
		for _, tag := range tags.Tags {
			all = append(all, *tag.Key+"="+*tag.Value)
		}
		return fmt.Sprintf("%s %s %s %d", head.Metadata["visibility"], *head.StorageClass, all, head.TaggingCount)
	}
	check := func(key, want string) {
		t.Helper()
		if got := describe(key); got != want {
			t.Errorf("%s: got %s, want %s", key, got, want)
		}
	}
	do := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	body := strings.NewReader("x")
	do(c.PutObject(ctx, &oss.PutObjectRequest{Bucket: bucket, Key: oss.Ptr("put"), Body: body, StorageClass: oss.StorageClassIA,
		Metadata: map[string]string{"Visibility": "public"}, Tagging: oss.Ptr("team=a%26b&x=")}))
	check("put", "public IA [team=a&b x=] 2")
	do(c.CopyObject(ctx, &oss.CopyObjectRequest{Bucket: bucket, Key: oss.Ptr("copy"), SourceKey: oss.Ptr("put")}))
	check("copy", "public Standard [team=a&b x=] 2")
	do(c.CopyObject(ctx, &oss.CopyObjectRequest{Bucket: bucket, Key: oss.Ptr("copy"), SourceKey: oss.Ptr("put"), StorageClass: oss.StorageClassArchive,
		MetadataDirective: oss.Ptr("REPLACE"), TaggingDirective: oss.Ptr("REPLACE"), Tagging: oss.Ptr("y=z")}))
	check("copy", " Archive [y=z] 1")

	up, err := c.InitiateMultipartUpload(ctx, &oss.InitiateMultipartUploadRequest{Bucket: bucket, Key: oss.Ptr("parts"), StorageClass: oss.StorageClassIA,
		Metadata: map[string]string{"visibility": "private"}, Tagging: oss.Ptr("a=b")})
	do(nil, err)
	part, err := c.UploadPart(ctx, &oss.UploadPartRequest{Bucket: bucket, Key: oss.Ptr("parts"), UploadId: up.UploadId, PartNumber: 1, Body: strings.NewReader("x")})
	do(nil, err)
	do(c.CompleteMultipartUpload(ctx, &oss.CompleteMultipartUploadRequest{Bucket: bucket, Key: oss.Ptr("parts"), UploadId: up.UploadId,
		CompleteMultipartUpload: &oss.CompleteMultipartUpload{Parts: []oss.UploadPart{{PartNumber: 1, ETag: part.ETag}}}}))
	check("parts", "private IA [a=b] 1")

	do(c.PutObjectTagging(ctx, &oss.PutObjectTaggingRequest{Bucket: bucket, Key: oss.Ptr("parts"), Tagging: &oss.Tagging{
		TagSet: &oss.TagSet{Tags: []oss.Tag{{Key: oss.Ptr("team"), Value: oss.Ptr("web")}}}}}))
	check("parts", "private IA [team=web] 1")
	do(c.DeleteObjectTagging(ctx, &oss.DeleteObjectTaggingRequest{Bucket: bucket, Key: oss.Ptr("parts")}))
	check("parts", "private IA [] 0")

	if err := o.SetBucket(bucketA, Bucket{StorageClass: "IA"}); err != nil {
		t.Fatal(err)
	}
	put(t, c, "plain", "x")
	check("plain", " IA [] 0")

	for _, tt := range []struct {
		name   string
		change func(*oss.PutObjectRequest)
		want   string
	}{
		{"twice", func(r *oss.PutObjectRequest) { r.Tagging = oss.Ptr("a=1&a=2") }, "InvalidTag"},
		{"eleven", func(r *oss.PutObjectRequest) { r.Tagging = oss.Ptr("a&b&c&d&e&f&g&h&i&j&k") }, "InvalidTag"},
		{"long", func(r *oss.PutObjectRequest) { r.Tagging = oss.Ptr("a=" + strings.Repeat("x", 257)) }, "InvalidTag"},
		{"class", func(r *oss.PutObjectRequest) { r.StorageClass = "Cold" }, "InvalidStorageClass"},
	} {
		r := &oss.PutObjectRequest{Bucket: bucket, Key: oss.Ptr("refused"), Body: strings.NewReader("x")}
		tt.change(r)
		if _, err := c.PutObject(ctx, r); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if got := describe("refused"); !strings.Contains(got, "NoSuchKey") {
		t.Errorf("a refused object is there: %s", got)
	}
	if _, err := c.GetObjectTagging(ctx, &oss.GetObjectTaggingRequest{Bucket: bucket, Key: oss.Ptr("missing")}); err == nil || !strings.Contains(err.Error(), "NoSuchKey") {
		t.Error(err)
	}

	again := startOSS(t, Options{Dir: o.opts.Dir}) // objects keep them on disk
	c = client(again, again.Credential())
	check("copy", " Archive [y=z] 1")
}
