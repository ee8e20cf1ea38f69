package localcloud

import "strings"

// operation is one operation of OSS. A request is for it if it has the method, the query parameter and the header, and is
// for a bucket or an object as the operation is.
type operation struct {
	name   string
	method string
	bucket bool   // on the bucket, not on an object
	query  string // NAME or NAME=VALUE
	header string
	do     func(*OSS, *call) (*response, error) // nil if not implemented
}

// operations are OSS's operations in the order in which they are tried, specific ones first.
var operations = []operation{
	{name: "AppendObject", method: "POST", query: "append", do: (*OSS).appendObject},
	{name: "InitiateMultipartUpload", method: "POST", query: "uploads", do: (*OSS).initiateMultipartUpload},
	{name: "CompleteMultipartUpload", method: "POST", query: "uploadId", do: (*OSS).completeMultipartUpload},
	{name: "AsyncProcessObject", method: "POST", query: "x-oss-async-process", do: (*OSS).asyncProcessObject},
	{name: "ProcessObject", method: "POST", query: "x-oss-process"},
	{name: "ProcessObject", method: "GET", query: "x-oss-process"},
	{name: "UploadPartCopy", method: "PUT", query: "partNumber", header: "X-Oss-Copy-Source"},
	{name: "UploadPart", method: "PUT", query: "partNumber", do: (*OSS).uploadPart},
	{name: "AbortMultipartUpload", method: "DELETE", query: "uploadId", do: (*OSS).abortMultipartUpload},
	{name: "ListParts", method: "GET", query: "uploadId"},
	{name: "GetObjectMeta", method: "HEAD", query: "objectMeta", do: (*OSS).getObject},
	{name: "CopyObject", method: "PUT", header: "X-Oss-Copy-Source", do: (*OSS).copyObject},
	{name: "PutObject", method: "PUT", do: (*OSS).putObject},
	{name: "GetObject", method: "GET", do: (*OSS).getObject},
	{name: "HeadObject", method: "HEAD", do: (*OSS).getObject},
	{name: "DeleteObject", method: "DELETE", do: (*OSS).deleteObject},

	{name: "ListObjectsV2", method: "GET", bucket: true, query: "list-type=2", do: (*OSS).listObjectsV2},
	{name: "GetBucketInfo", method: "GET", bucket: true, query: "bucketInfo", do: (*OSS).getBucketInfo},
	{name: "GetBucketArchiveDirectRead", method: "GET", bucket: true, query: "bucketArchiveDirectRead", do: (*OSS).getBucketArchiveDirectRead},
	{name: "GetBucketWorm", method: "GET", bucket: true, query: "worm", do: (*OSS).getBucketWorm},
	{name: "GetBucketNotification", method: "GET", bucket: true, query: "notification", do: (*OSS).getBucketNotification},
	{name: "PutBucket", method: "PUT", bucket: true, do: (*OSS).putBucket},
}

// findOperation returns the operation that the call is for, without a name if it is unknown.
func (c *call) findOperation() operation {
	for _, op := range operations {
		if op.method != c.Method || op.bucket != (c.Key == "" && c.Bucket != "") || c.Bucket == "" {
			continue
		}
		if op.header != "" && c.http.Header.Get(op.header) == "" {
			continue
		}
		name, value, _ := strings.Cut(op.query, "=")
		if name != "" && (!c.query.Has(name) || value != "" && c.query.Get(name) != value) {
			continue
		}
		if name == "" && c.isSubresource() {
			continue
		}
		return op
	}
	return operation{}
}

// isSubresource reports whether the request is for a sub-resource of an object or bucket, such as ?acl or ?tagging. A
// sub-resource is a parameter without a value. A version of an object counts as one.
func (c *call) isSubresource() bool {
	for name, values := range c.query {
		if values[0] == "" || name == "versionId" || name == "list-type" {
			return true
		}
	}
	return false
}
