package ruleset

import "strings"

// DefaultEvents are the events that fire a rule without events. CopyObject is not one of them, because OSS raises it again
// for every rename and every change of metadata.
var DefaultEvents = []string{"PutObject", "PostObject", "CompleteMultipartUpload"}

// KnownEvents are the events that OSS documents: https://help.aliyun.com/zh/functioncompute/fc-3-0/user-guide/overview-of-oss-trigger.
var KnownEvents = []string{
	"ObjectCreated:PutObject", "ObjectCreated:PostObject", "ObjectCreated:CopyObject", "ObjectCreated:AppendObject",
	"ObjectCreated:PutSymlink", "ObjectCreated:CompleteMultipartUpload", "ObjectCreated:InitiateMultipartUpload",
	"ObjectCreated:UploadPart", "ObjectCreated:UploadPartCopy", "ObjectRemoved:DeleteObject", "ObjectRemoved:DeleteObjects",
	"ObjectRemoved:AbortMultipartUpload", "ObjectModified:UpdateObjectMeta", "ObjectModified:ChangeStorageClass",
	"ObjectReplication:ObjectCreated", "ObjectReplication:ObjectModified", "ObjectReplication:ObjectRemoved",
	"ObjectRestore:FinishRestore",
}

// ComesBeforeObject reports whether an event is a step of an incomplete multipart upload.
func ComesBeforeObject(event string) bool {
	return event == "ObjectCreated:InitiateMultipartUpload" || event == "ObjectCreated:UploadPart" ||
		event == "ObjectCreated:UploadPartCopy"
}

// ComesAfterObject reports whether an event says that an object is gone.
func ComesAfterObject(event string) bool {
	return strings.HasPrefix(event, "ObjectRemoved:") || event == "ObjectReplication:ObjectRemoved"
}

// QualifyEvent returns the name of an event as in event records: with ObjectCreated: if it names no kind, and without the
// oss: of triggers.
func QualifyEvent(name string) string {
	name = strings.TrimPrefix(name, "oss:")
	if strings.Contains(name, ":") {
		return name
	}
	return "ObjectCreated:" + name
}
