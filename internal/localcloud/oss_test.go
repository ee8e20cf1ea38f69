package localcloud

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/retry"
	"github.com/google/go-cmp/cmp"

	"onput/process"
)

const bucketA = "acme-uploads"

func startOSS(t testing.TB, opts Options) *OSS {
	t.Helper()
	if opts.Dir == "" {
		opts.Dir = filepath.Join(t.TempDir(), "oss")
	}
	o, err := StartOSS(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	if err := o.CreateBucket(bucketA); err != nil {
		t.Fatal(err)
	}
	return o
}

// client is an OSS SDK client without retries.
func client(o *OSS, c Credential, edit ...func(*oss.Config)) *oss.Client {
	cfg := oss.LoadDefaultConfig().WithRegion(o.Region()).WithEndpoint(o.Endpoint()).WithRetryer(retry.NopRetryer{}).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(c.AccessKeyID, c.AccessKeySecret, c.SecurityToken))
	for _, f := range edit {
		f(cfg)
	}
	return oss.NewClient(cfg)
}

func put(t testing.TB, c *oss.Client, key, body string) *oss.PutObjectResult {
	t.Helper()
	r, err := c.PutObject(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr(key), Body: strings.NewReader(body)})
	if err != nil {
		t.Fatalf("put %q: %v", key, err)
	}
	return r
}

func get(t testing.TB, c *oss.Client, key string) string {
	t.Helper()
	r, err := c.GetObject(t.Context(), &oss.GetObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr(key)})
	if err != nil {
		t.Fatalf("get %q: %v", key, err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatalf("get %q: %v", key, err)
	}
	return string(b)
}

// code returns the status and code of OSS's error: "404 NoSuchKey"; "" for none.
func code(err error) string {
	var se *oss.ServiceError
	if errors.As(err, &se) {
		return fmt.Sprintf("%d %s", se.StatusCode, se.Code)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestObjects(t *testing.T) {
	o := startOSS(t, Options{})
	c := client(o, o.Credential())
	ctx := t.Context()

	created, err := c.PutObject(ctx, &oss.PutObjectRequest{
		Bucket: oss.Ptr(bucketA), Key: oss.Ptr("in/a.docx"), Body: strings.NewReader("hello"),
		Metadata: map[string]string{"owner": "me"}, ContentType: oss.Ptr("text/x-a"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := oss.ToString(created.ETag), `"5D41402ABC4B2A76B9719D911017C592"`; got != want {
		t.Errorf("ETag %s, want %s", got, want)
	}
	head, err := c.HeadObject(ctx, &oss.HeadObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("in/a.docx")})
	if err != nil {
		t.Fatal(err)
	}
	if head.ContentLength != 5 || head.Metadata["owner"] != "me" || oss.ToString(head.ContentType) != "text/x-a" ||
		oss.ToString(head.ETag) != oss.ToString(created.ETag) || oss.ToString(head.ObjectType) != "Normal" {
		t.Errorf("head: %+v", head)
	}
	_, err = c.PutObject(ctx, &oss.PutObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("in/a.docx"),
		Body: strings.NewReader("x"), ForbidOverwrite: oss.Ptr("true")})
	if got := code(err); got != "409 FileAlreadyExists" {
		t.Errorf("forbidden overwrite: %s", got)
	}
	_, err = c.PutObject(ctx, &oss.PutObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("in/a.docx"),
		Body: strings.NewReader("x"), ContentMD5: oss.Ptr("AAAAAAAAAAAAAAAAAAAAAA==")})
	if got := code(err); got != "400 InvalidDigest" {
		t.Errorf("wrong MD5: %s", got)
	}
	copied, err := c.CopyObject(ctx, &oss.CopyObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("b + c?.docx"), SourceKey: oss.Ptr("in/a.docx")})
	if err != nil || oss.ToString(copied.ETag) != oss.ToString(created.ETag) || get(t, c, "b + c?.docx") != "hello" {
		t.Errorf("copy: %+v, %v", copied, err)
	}
	for _, key := range []string{"in/a.docx", "in/a.docx", "never"} { // the second delete returns 204, too
		if r, err := c.DeleteObject(ctx, &oss.DeleteObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr(key)}); err != nil || r.StatusCode != 204 {
			t.Errorf("delete %s: %v", key, err)
		}
	}
	_, err = c.GetObject(ctx, &oss.GetObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("in/a.docx")})
	if got := code(err); got != "404 NoSuchKey" {
		t.Errorf("get after delete: %s", got)
	}
	_, err = c.HeadObject(ctx, &oss.HeadObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("in/a.docx")})
	if got := code(err); got != "404 NoSuchKey" {
		t.Errorf("head after delete: %s", got)
	}
	_, err = c.GetObject(ctx, &oss.GetObjectRequest{Bucket: oss.Ptr("no-such-bucket"), Key: oss.Ptr("a")})
	var se *oss.ServiceError
	if !errors.As(err, &se) || se.Code != "NoSuchBucket" || se.EC != "0015-00000101" || se.RequestID == "" {
		t.Errorf("no bucket: %v", err)
	}
	_, err = c.GetObjectAcl(ctx, &oss.GetObjectAclRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("a")})
	if got := code(err); got != "501 NotImplemented" {
		t.Errorf("acl: %s", got)
	}
	if _, err := c.PutBucket(ctx, &oss.PutBucketRequest{Bucket: oss.Ptr("another")}); err != nil {
		t.Errorf("put bucket: %v", err)
	}
}

func TestRanges(t *testing.T) {
	o := startOSS(t, Options{})
	c := client(o, o.Credential())
	etag := oss.ToString(put(t, c, "k", "0123456789").ETag)
	for _, tt := range []struct{ header, want string }{
		{"Range: bytes=2-4", "206 234 bytes 2-4/10"},
		{"Range: bytes=7-", "206 789 bytes 7-9/10"},
		{"Range: bytes=-3", "206 789 bytes 7-9/10"},
		{"Range: bytes=0-0", "206 0 bytes 0-0/10"},
		{"Range: bytes=5-20", "200 0123456789 "},
		{"Range: bytes=10-12", "200 0123456789 "},
		{"Range: bytes=4-2", "200 0123456789 "},
		{"Range: bytes=10-", "200 0123456789 "},
		{"Range: bytes=-10", "206 0123456789 bytes 0-9/10"},
		{"Range: bytes=-20", "200 0123456789 "},
		{"Range: bytes=-0", "200 0123456789 "},
		{"Range: bytes=-", "200 0123456789 "},
		{"Range: bytes=x-3", "200 0123456789 "},
		{"Range: lines=1-2", "200 0123456789 "},
		{"If-None-Match: " + etag, "304 BadErrorResponse"},
		{`If-None-Match: "0"`, "200 0123456789 "},
		{"If-Match: " + etag, "200 0123456789 "},
		{`If-Match: "0"`, "412 PreconditionFailed"},
	} {
		headers := map[string]string{}
		for h := range strings.SplitSeq(tt.header, ",") {
			name, value, _ := strings.Cut(h, ": ")
			headers[name] = value
		}
		out, err := c.InvokeOperation(t.Context(), &oss.OperationInput{
			OpName: "GetObject", Method: "GET", Bucket: oss.Ptr(bucketA), Key: oss.Ptr("k"), Headers: headers})
		got := code(err)
		if err == nil {
			b, _ := io.ReadAll(out.Body)
			out.Body.Close()
			got = fmt.Sprintf("%d %s %s", out.StatusCode, b, out.Headers.Get("Content-Range"))
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.header, got, tt.want)
		}
	}
}

// hostileKeys are keys that a careless server would clean, decode, split or write elsewhere.
var hostileKeys = []string{
	"a", "A", "a/b", "a/b/", "a//b", ".", "..", "../a", "../../../../etc/passwd", "a/../b", "./a", "a/./b", `..\a`, `C:\a`,
	"%2F", "%2f", "%", "%zz", "%00", "a%20b", "a b", "a+b", " ", "+", "?", "a?b=c&d", "#", "a#b", "&", "=", ";", "a;b", ":", "*", "|", "<x>", `"`, "'",
	"a\nb", "a\r\nb", "\x00", "\x7f", "中文/文件.docx", "é", "e\u0301", "\xff\xfe", "a\xc3(", ".meta", ".meta/a.json", ".staging", "CON", "con.docx",
	"{barename}", "{{x}}", "?append&position=0", strings.Repeat("x", 1023), strings.Repeat("../", 341), strings.Repeat("中", 341), "日.docx,target_txt",
}

func TestHostileKeys(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "oss")
	o := startOSS(t, Options{Dir: dir})
	c := client(o, o.Credential())
	for i, key := range hostileKeys {
		put(t, c, key, fmt.Sprint(i, key))
	}
	check := func(o *OSS) {
		c := client(o, o.Credential())
		for i, key := range hostileKeys {
			if got, want := get(t, c, key), fmt.Sprint(i, key); got != want {
				t.Errorf("key %q holds %q", key, got)
			}
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(hostileKeys)), listAll(t, c, 7, "")); diff != "" {
			t.Error(diff)
		}
	}
	check(o)
	onlyInside(t, parent, dir)
	o.Close()
	check(startOSS(t, Options{Dir: dir})) // a second OSS finds the objects again

	_, err := client(startOSS(t, Options{}), o.Credential()).GetObject(t.Context(), &oss.GetObjectRequest{
		Bucket: oss.Ptr(bucketA), Key: oss.Ptr("x")})
	if got := code(err); got != "403 SignatureDoesNotMatch" { // the second cloud has another secret
		t.Error(got)
	}
}

func TestKeyTooLong(t *testing.T) {
	o := startOSS(t, Options{})
	_, err := client(o, o.Credential()).PutObject(t.Context(), &oss.PutObjectRequest{
		Bucket: oss.Ptr(bucketA), Key: oss.Ptr(strings.Repeat("x", 1024)), Body: strings.NewReader("x")})
	if got := code(err); got != "400 InvalidObjectName" {
		t.Error(got)
	}
}

// TestKeyBeginsWithSlash checks that an object cannot have a name that OSS does not allow, neither from a PUT nor as a target.
func TestKeyBeginsWithSlash(t *testing.T) {
	o := startOSS(t, Options{})
	for _, key := range []string{"/lead.mp4", `\lead.mp4`} {
		_, err := client(o, o.Credential()).PutObject(t.Context(), &oss.PutObjectRequest{
			Bucket: oss.Ptr(bucketA), Key: oss.Ptr(key), Body: strings.NewReader("x")})
		if got := code(err); got != "400 InvalidObjectName" {
			t.Errorf("%s: %s", key, got)
		}
		r := process.Request{Operation: "doc/convert", Params: []process.Param{{Name: "target", Value: "pdf"}}, Target: &process.Location{Key: key}}
		if problems := r.Check(); len(problems) != 1 || problems[0].Code != "sys-directive" {
			t.Errorf("%s: %v", key, problems)
		}
	}
}

// onlyInside checks that files were written only below dir, and only where the store keeps them.
func onlyInside(t testing.TB, parent, dir string) {
	t.Helper()
	err := filepath.WalkDir(parent, func(path string, e fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(dir, path)
		depth := strings.Count(rel, string(filepath.Separator))
		switch {
		case err != nil || relErr != nil:
			return errors.Join(err, relErr)
		case path == parent || rel == "." || e.IsDir() && (rel == bucketA || rel == filepath.Join(bucketA, metaDir) || rel == stagingDir):
		case e.IsDir(), !strings.HasPrefix(rel, bucketA), depth > 2:
			t.Errorf("unexpected: %s", rel)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func FuzzKey(f *testing.F) {
	for _, key := range hostileKeys {
		f.Add(key)
	}
	parent := f.TempDir()
	dir := filepath.Join(parent, "oss")
	o := startOSS(f, Options{Dir: dir})
	c := client(o, o.Credential())
	f.Fuzz(func(t *testing.T, key string) {
		if key == "" || len(key) > 1023 || process.BeginsWithSlash(key) {
			return // not a valid key
		}
		put(t, c, key, "body of "+key)
		if got := get(t, c, key); got != "body of "+key {
			t.Errorf("got %q", got)
		}
		if _, err := c.DeleteObject(t.Context(), &oss.DeleteObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr(key)}); err != nil {
			t.Error(err)
		}
		onlyInside(t, parent, dir)
		if left, _ := os.ReadDir(filepath.Join(dir, bucketA)); len(left) != 1 { // .meta
			t.Errorf("left behind: %v", left)
		}
	})
}

// listAll lists a bucket page by page and returns keys and, with a delimiter, common prefixes in order.
func listAll(t testing.TB, c *oss.Client, pageSize int32, prefix string, edit ...func(*oss.ListObjectsV2Request)) []string {
	t.Helper()
	req := &oss.ListObjectsV2Request{Bucket: oss.Ptr(bucketA), MaxKeys: pageSize, Prefix: oss.Ptr(prefix)}
	for _, f := range edit {
		f(req)
	}
	var keys []string
	p := c.NewListObjectsV2Paginator(req)
	for p.HasNext() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n := len(page.Contents) + len(page.CommonPrefixes); n > int(pageSize) || n != page.KeyCount {
			t.Errorf("page of %d, KeyCount %d", n, page.KeyCount)
		}
		for _, obj := range page.Contents {
			keys = append(keys, *obj.Key)
		}
		for _, cp := range page.CommonPrefixes {
			keys = append(keys, *cp.Prefix)
		}
	}
	return keys
}

func TestListObjects(t *testing.T) {
	o := startOSS(t, Options{})
	c := client(o, o.Credential())
	for _, key := range []string{"a", "a/1", "a/2", "a/3/x", "a0", "b/1", "b/2", "B", "中"} {
		put(t, c, key, key)
	}
	for _, tt := range []struct {
		prefix, delimiter, after string
		want                     []string
	}{
		{want: []string{"B", "a", "a/1", "a/2", "a/3/x", "a0", "b/1", "b/2", "中"}},
		{prefix: "a/", want: []string{"a/1", "a/2", "a/3/x"}},
		{after: "a/2", want: []string{"a/3/x", "a0", "b/1", "b/2", "中"}},
		{delimiter: "/", want: []string{"B", "a", "a/", "a0", "b/", "中"}},
		{prefix: "a/", delimiter: "/", want: []string{"a/1", "a/2", "a/3/"}},
		{prefix: "nothing"},
	} {
		for _, size := range []int32{1, 2, 1000} {
			got := listAll(t, c, size, tt.prefix, func(r *oss.ListObjectsV2Request) {
				if tt.delimiter != "" {
					r.Delimiter = oss.Ptr(tt.delimiter)
				}
				if tt.after != "" {
					r.StartAfter = oss.Ptr(tt.after)
				}
			})
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%+v by %d:\n%s", tt, size, diff)
			}
		}
	}
}

func TestAppend(t *testing.T) {
	o := startOSS(t, Options{})
	c := client(o, o.Credential())
	add := func(key, body string, position int64) (*oss.AppendObjectResult, error) {
		return c.AppendObject(t.Context(), &oss.AppendObjectRequest{
			Bucket: oss.Ptr(bucketA), Key: oss.Ptr(key), Position: oss.Ptr(position), Body: strings.NewReader(body), InitHashCRC64: oss.Ptr("0")})
	}
	first, err := add("log", "one\n", 0)
	if err != nil || first.NextPosition != 4 {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := c.AppendObject(t.Context(), &oss.AppendObjectRequest{ // continues the checksum
		Bucket: oss.Ptr(bucketA), Key: oss.Ptr("log"), Position: oss.Ptr(int64(4)), Body: strings.NewReader("two\n"), InitHashCRC64: first.HashCRC64})
	if err != nil || second.NextPosition != 8 || get(t, c, "log") != "one\ntwo\n" {
		t.Fatalf("%+v, %v", second, err)
	}
	_, err = add("log", "late\n", 4)
	var se *oss.ServiceError
	if code(err) != "409 PositionNotEqualToLength" || !errors.As(err, &se) || se.Headers.Get("x-oss-next-append-position") != "8" {
		t.Errorf("late append: %v", err)
	}
	put(t, c, "plain", "x")
	if _, err = add("plain", "y", 1); code(err) != "409 ObjectNotAppendable" {
		t.Errorf("append to a plain object: %v", err)
	}
	if _, err = add("new", "y", 1); code(err) != "409 PositionNotEqualToLength" {
		t.Errorf("append beyond nothing: %v", err)
	}
}

func TestConcurrentAppends(t *testing.T) {
	o := startOSS(t, Options{})
	c := client(o, o.Credential())
	for position := range int64(10) {
		var wg sync.WaitGroup
		results := make([]string, 8)
		for i := range results {
			wg.Go(func() {
				_, err := c.AppendObject(context.Background(), &oss.AppendObjectRequest{
					Bucket: oss.Ptr(bucketA), Key: oss.Ptr("log"), Position: oss.Ptr(position), Body: strings.NewReader(fmt.Sprint(i))})
				results[i] = code(err)
			})
		}
		wg.Wait()
		won := slices.Index(results, "")
		lost := slices.DeleteFunc(slices.Clone(results), func(s string) bool { return s != "409 PositionNotEqualToLength" })
		if won < 0 || len(lost) != len(results)-1 {
			t.Fatalf("position %d: %q", position, results)
		}
		if got := get(t, c, "log"); got[position:] != fmt.Sprint(won) {
			t.Fatalf("position %d: %d won, but the object is %q", position, won, got)
		}
	}
}

func TestMultipart(t *testing.T) {
	o := startOSS(t, Options{})
	c := client(o, o.Credential())
	data := bytes.Repeat([]byte("0123456789abcdef"), 40<<10) // 640 KB
	r, err := c.NewUploader(func(o *oss.UploaderOptions) { o.PartSize = 200 << 10 }).UploadFrom(t.Context(),
		&oss.PutObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("big a.mp4")}, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if etag := oss.ToString(r.ETag); !strings.HasSuffix(etag, `-4"`) || get(t, c, "big a.mp4") != string(data) {
		t.Errorf("ETag %s", etag)
	}

	begin := func() *string {
		t.Helper()
		r, err := c.InitiateMultipartUpload(t.Context(), &oss.InitiateMultipartUploadRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("p")})
		if err != nil {
			t.Fatal(err)
		}
		return r.UploadId
	}
	part := func(id *string, n int32, body string) oss.UploadPart {
		t.Helper()
		r, err := c.UploadPart(t.Context(), &oss.UploadPartRequest{
			Bucket: oss.Ptr(bucketA), Key: oss.Ptr("p"), UploadId: id, PartNumber: n, Body: strings.NewReader(body)})
		if err != nil {
			t.Fatal(err)
		}
		return oss.UploadPart{PartNumber: n, ETag: r.ETag}
	}
	complete := func(id *string, parts ...oss.UploadPart) string {
		_, err := c.CompleteMultipartUpload(t.Context(), &oss.CompleteMultipartUploadRequest{
			Bucket: oss.Ptr(bucketA), Key: oss.Ptr("p"), UploadId: id, CompleteMultipartUpload: &oss.CompleteMultipartUpload{Parts: parts}})
		return code(err)
	}
	id := begin()
	small, last := part(id, 1, "small"), part(id, 2, "last")
	if got := complete(id, small, last); got != "400 EntityTooSmall" {
		t.Errorf("small part: %s", got)
	}
	if got := complete(id, oss.UploadPart{PartNumber: 1, ETag: last.ETag}); got != "400 InvalidPart" {
		t.Errorf("wrong ETag: %s", got)
	}
	if got := complete(id, last); got != "" {
		t.Errorf("complete: %s", got)
	}
	if got := get(t, c, "p"); got != "last" {
		t.Errorf("object: %q", got)
	}
	id = begin()
	part(id, 1, "x")
	if _, err := c.AbortMultipartUpload(t.Context(), &oss.AbortMultipartUploadRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("p"), UploadId: id}); err != nil {
		t.Error(err)
	}
	if got := complete(id, small); got != "404 NoSuchUpload" {
		t.Errorf("complete after abort: %s", got)
	}
	if left, _ := os.ReadDir(filepath.Join(o.store.dir, stagingDir)); len(left) != 0 {
		t.Errorf("left in staging: %v", left)
	}
}

func TestSignature(t *testing.T) {
	clock := time.Now()
	o := startOSS(t, Options{Now: func() time.Time { return clock }})
	sts := Credential{"STS.NTemporary", "secret", "token/with+signs="}
	o.AddCredential(sts)
	own := o.Credential()
	put(t, client(o, own), "k ?&=+%", "x")
	for _, tt := range []struct {
		name string
		cred Credential
		edit func(*oss.Config)
		skew time.Duration
		want string
	}{
		{name: "owner", cred: own},
		{name: "temporary", cred: sts},
		{name: "additional headers", cred: own, edit: func(c *oss.Config) { c.WithAdditionalHeaders([]string{"user-agent", "x-extra"}) }},
		{name: "wrong secret", cred: Credential{own.AccessKeyID, "wrong", ""}, want: "403 SignatureDoesNotMatch"},
		{name: "unknown id", cred: Credential{"LTAINobody", "x", ""}, want: "403 InvalidAccessKeyId"},
		{name: "token missing", cred: Credential{sts.AccessKeyID, sts.AccessKeySecret, ""}, want: "403 AccessDenied"},
		{name: "token wrong", cred: Credential{sts.AccessKeyID, sts.AccessKeySecret, "other"}, want: "403 InvalidSecurityToken"},
		{name: "token too many", cred: Credential{own.AccessKeyID, own.AccessKeySecret, "other"}, want: "403 InvalidSecurityToken"},
		{name: "region", cred: own, edit: func(c *oss.Config) { c.WithRegion("cn-beijing") }, want: "400 InvalidArgument"},
		{name: "version 1", cred: own, edit: func(c *oss.Config) { c.WithSignatureVersion(oss.SignatureVersionV1) }, want: "400 InvalidArgument"},
		{name: "anonymous", edit: func(c *oss.Config) { c.WithCredentialsProvider(credentials.NewAnonymousCredentialsProvider()) }, want: "403 AccessDenied"},
		{name: "early", cred: own, skew: 16 * time.Minute, want: "403 RequestTimeTooSkewed"},
		{name: "late", cred: own, skew: -16 * time.Minute, want: "403 RequestTimeTooSkewed"},
		{name: "a bit late", cred: own, skew: -14 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clock = time.Now().Add(tt.skew)
			if tt.edit == nil {
				tt.edit = func(*oss.Config) {}
			}
			_, err := client(o, tt.cred, tt.edit).GetObject(t.Context(), &oss.GetObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("k ?&=+%")})
			if got := code(err); got != tt.want {
				t.Errorf("%s, want %q", got, tt.want)
			}
			if log := o.Requests(); log[len(log)-1].AccessKeyID != tt.cred.AccessKeyID && tt.name != "version 1" {
				t.Errorf("log says %+v", log[len(log)-1])
			}
		})
	}
}

func TestPresign(t *testing.T) {
	clock := time.Now()
	o := startOSS(t, Options{Now: func() time.Time { return clock }})
	sts := Credential{"STS.NTemporary", "secret", "token/with+signs="}
	o.AddCredential(sts)
	for _, cred := range []Credential{o.Credential(), sts} {
		c := client(o, cred)
		clock = time.Now()
		put(t, c, "a b/中+.txt", "signed")
		p, err := c.Presign(t.Context(), &oss.GetObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("a b/中+.txt"),
			ResponseContentType: oss.Ptr("text/plain; a=b c")}, oss.PresignExpires(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		fetch := func(u string) string {
			resp, err := http.Get(u)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			b, _ := io.ReadAll(resp.Body)
			return fmt.Sprintf("%d %s", resp.StatusCode, b)
		}
		if got := fetch(p.URL); got != "200 signed" {
			t.Errorf("presigned: %s", got)
		}
		if got := fetch(p.URL + "&x=y"); !strings.Contains(got, "SignatureDoesNotMatch") {
			t.Errorf("tampered: %s", got)
		}
		clock = clock.Add(2 * time.Hour)
		if got := fetch(p.URL); !strings.Contains(got, "Request has expired") {
			t.Errorf("expired: %s", got)
		}
	}
}

func TestFaults(t *testing.T) {
	const noAnswer = "operation error PutObject: Put" // followed by EOF, reset or closed
	o := startOSS(t, Options{})
	c := client(o, o.Credential())
	for _, tt := range []struct {
		name   string
		fault  Fault
		after  bool
		want   string
		stored bool
	}{
		{name: "refused", fault: Fault{Status: 503, Code: "ServiceUnavailable", Header: http.Header{"Retry-After": {"1"}}}, want: "503 ServiceUnavailable"},
		{name: "done but refused", fault: Fault{Status: 500, Code: "InternalError"}, after: true, want: "500 InternalError", stored: true},
		{name: "dropped", fault: Fault{Drop: true}, want: noAnswer},
		{name: "done but dropped", fault: Fault{Drop: true}, after: true, want: noAnswer, stored: true},
		{name: "hangs", fault: Fault{Hang: true}, want: "context canceled"},
		{name: "done but hangs", fault: Fault{Hang: true}, after: true, want: "context canceled", stored: true},
		{name: "slow", fault: Fault{Delay: time.Microsecond}, stored: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			fault := func(r Request) Fault {
				if r.Operation != "PutObject" || r.Bucket != bucketA || r.Key != tt.name {
					return Fault{}
				}
				if tt.fault.Hang {
					time.AfterFunc(0, cancel)
				}
				return tt.fault
			}
			faults := Faults{Before: fault}
			if tt.after {
				faults = Faults{After: fault}
			}
			o.SetFaults(faults)
			defer o.SetFaults(Faults{})
			_, err := c.PutObject(ctx, &oss.PutObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr(tt.name), Body: strings.NewReader("x")})
			if got := code(err); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("%s, want %s", got, tt.want)
			}
			_, err = c.HeadObject(t.Context(), &oss.HeadObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr(tt.name)})
			if stored := err == nil; stored != tt.stored {
				t.Errorf("stored: %v", stored)
			}
		})
	}
}

// OSS may execute a request after the client has given up, once all of it is sent.
func TestLate(t *testing.T) {
	created := make(chan string, 1)
	o := startOSS(t, Options{Watch: func(e Event) {
		if e, ok := e.(ObjectCreated); ok {
			created <- e.Key
		}
	}})
	c := client(o, o.Credential())
	put, err := c.Presign(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("late")}, oss.PresignExpires(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(put.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", at.Host)
	if err != nil {
		t.Fatal(err)
	}
	sent := make(chan struct{})
	o.SetFaults(Faults{Before: func(Request) Fault {
		<-sent
		conn.Close()
		return Fault{Late: time.Millisecond}
	}})
	_, err = fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 1\r\n\r\nx", at.RequestURI(), at.Host)
	close(sent)
	if err != nil {
		t.Fatal(err)
	}
	if key := <-created; key != "late" {
		t.Errorf("%s was created", key)
	}
	o.SetFaults(Faults{})
	if got := get(t, c, "late"); got != "x" {
		t.Errorf("it is %q", got)
	}
}

func TestCloseEndsHangingRequests(t *testing.T) {
	o := startOSS(t, Options{})
	hanging := make(chan struct{})
	o.SetFaults(Faults{Before: func(Request) Fault { close(hanging); return Fault{Hang: true} }})
	done := make(chan error)
	go func() {
		_, err := client(o, o.Credential()).GetObject(context.Background(), &oss.GetObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("k")})
		done <- err
	}()
	<-hanging
	o.Close()
	if err := <-done; err == nil {
		t.Error("no error")
	}
}

func TestRequestLog(t *testing.T) {
	o := startOSS(t, Options{})
	c := client(o, o.Credential())
	r := put(t, c, "k", "x")
	c.GetObject(t.Context(), &oss.GetObjectRequest{Bucket: oss.Ptr(bucketA), Key: oss.Ptr("gone")})
	log := o.Requests()
	if len(log) != 2 {
		t.Fatalf("%+v", log)
	}
	want := []Request{
		{Time: log[0].Time, ID: r.Headers.Get("x-oss-request-id"), Signed: log[0].Signed, Operation: "PutObject", Method: "PUT", Bucket: bucketA, Key: "k", AccessKeyID: o.Credential().AccessKeyID, Status: 200},
		{Time: log[1].Time, ID: log[1].ID, Signed: log[1].Signed, Operation: "GetObject", Method: "GET", Bucket: bucketA, Key: "gone", AccessKeyID: o.Credential().AccessKeyID, Status: 404, Code: "NoSuchKey"},
	}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Error(diff)
	}
	if age := log[0].Time.Sub(log[0].Signed); age < 0 || age > time.Minute {
		t.Errorf("signed %s before it came", age)
	}
	if r.Headers.Get("Server") != "AliyunOSS" || r.Headers.Get("Date") == "" {
		t.Errorf("headers: %v", r.Headers)
	}
}

func TestBadRequests(t *testing.T) {
	o := startOSS(t, Options{})
	c := client(o, o.Credential())
	put(t, c, "k", "x")
	for _, tt := range []struct{ method, key, query, header, want string }{
		{"POST", "k", "append&position=x", "", "400 InvalidArgument"},
		{"POST", "k", "append&position=-1", "", "400 InvalidArgument"},
		{"PUT", "k", "partNumber=0&uploadId=X", "", "400 InvalidArgument"},
		{"PUT", "k", "partNumber=1&uploadId=X", "", "404 NoSuchUpload"},
		{"GET", "k", "uploadId=X", "", "501 NotImplemented"},
		{"DELETE", "k", "uploadId=X", "", "404 NoSuchUpload"},
		{"POST", "k", "uploadId=X", "", "400 MalformedXML"},
		{"GET", "", "list-type=2&max-keys=0", "", "400 InvalidArgument"},
		{"GET", "", "list-type=2&max-keys=1001", "", "400 InvalidArgument"},
		{"GET", "", "list-type=2&encoding-type=xml", "", "400 InvalidArgument"},
		{"GET", "", "list-type=2&continuation-token=*", "", "400 InvalidArgument"},
		{"GET", "", "", "", "501 NotImplemented"},
		{"GET", "", "acl", "", "501 NotImplemented"},
		{"POST", "", "", "", "501 NotImplemented"},
		{"POST", "k", "", "", "501 NotImplemented"},
		{"PUT", "k", "acl", "", "501 NotImplemented"},
		{"GET", "k", "versionId=1", "", "501 NotImplemented"},
		{"GET", "k", "x-oss-process=image/info", "", "400 InvalidArgument"},
		{"PUT", "k2", "", "X-Oss-Copy-Source: /nowhere", "400 InvalidArgument"},
		{"PUT", "k2", "", "X-Oss-Copy-Source: /acme-uploads/gone", "404 NoSuchKey"},
		{"PUT", "k2", "", "X-Oss-Copy-Source: /no-such-bucket/k", "404 NoSuchBucket"},
		{"PUT", "k2", "", "X-Oss-Copy-Source: /acme-uploads/k,X-Oss-Copy-Source-If-Match: 0", "412 PreconditionFailed"},
	} {
		in := &oss.OperationInput{OpName: "Op", Method: tt.method, Bucket: oss.Ptr(bucketA), Headers: map[string]string{}, Parameters: map[string]string{}}
		if tt.key != "" {
			in.Key = oss.Ptr(tt.key)
		}
		query, _ := url.ParseQuery(tt.query)
		for name := range query {
			in.Parameters[name] = query.Get(name)
		}
		for h := range strings.SplitSeq(tt.header, ",") {
			name, value, _ := strings.Cut(h, ": ")
			in.Headers[name] = value
		}
		if _, err := c.InvokeOperation(t.Context(), in); code(err) != tt.want {
			t.Errorf("%+v: %s", tt, code(err))
		}
	}
}
