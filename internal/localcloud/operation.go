package localcloud

import (
	"slices"
	"strings"
)

// operation is one operation of OSS. Its requests have the method, the query parameter and the header.
type operation struct {
	name   string
	method string
	bucket bool   // on the bucket, not on an object
	query  string // NAME or NAME=VALUE
	header string
	do     func(*OSS, *call) (*response, error) // nil if not implemented
}

// operations are OSS's operations, in the order in which a request is compared with them: specific ones first.
var operations = []operation{
	{name: "AppendObject", method: "POST", query: "append", do: (*OSS).appendObject},
	{name: "InitiateMultipartUpload", method: "POST", query: "uploads", do: (*OSS).initiateMultipartUpload},
	{name: "CompleteMultipartUpload", method: "POST", query: "uploadId", do: (*OSS).completeMultipartUpload},
	{name: "AsyncProcessObject", method: "POST", query: "x-oss-async-process", do: (*OSS).asyncProcessObject},
	{name: "ProcessObject", method: "POST", query: "x-oss-process", do: (*OSS).processObject},
	{name: "ProcessObject", method: "GET", query: "x-oss-process", do: (*OSS).processedObject},
	{name: "UploadPartCopy", method: "PUT", query: "partNumber", header: "X-Oss-Copy-Source"},
	{name: "UploadPart", method: "PUT", query: "partNumber", do: (*OSS).uploadPart},
	{name: "AbortMultipartUpload", method: "DELETE", query: "uploadId", do: (*OSS).abortMultipartUpload},
	{name: "ListParts", method: "GET", query: "uploadId"},
	{name: "GetObjectMeta", method: "HEAD", query: "objectMeta", do: (*OSS).getObject},
	{name: "PutObjectTagging", method: "PUT", query: "tagging", do: (*OSS).putObjectTagging},
	{name: "GetObjectTagging", method: "GET", query: "tagging", do: (*OSS).getObjectTagging},
	{name: "DeleteObjectTagging", method: "DELETE", query: "tagging", do: (*OSS).deleteObjectTagging},
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

// findOperation returns the operation of the call, without a name if it is unknown.
func (c *call) findOperation() operation {
	if i := slices.IndexFunc(operations, c.is); i >= 0 {
		return operations[i]
	}
	return operation{}
}

// is reports whether the call requests an operation.
func (c *call) is(op operation) bool {
	name, value, _ := strings.Cut(op.query, "=")
	switch {
	case op.method != c.Method, c.Bucket == "", op.bucket != (c.Key == ""), op.header != "" && c.http.Header.Get(op.header) == "":
		return false
	case name == "":
		return !c.isSubresource()
	}
	return c.query.Has(name) && (value == "" || c.query.Get(name) == value)
}

// isSubresource reports whether the request is for a sub-resource, such as ?acl, or for a version of an object. A
// sub-resource is a parameter without a value.
func (c *call) isSubresource() bool {
	for name, values := range c.query {
		if values[0] == "" || name == "versionId" || name == "list-type" {
			return true
		}
	}
	return false
}
