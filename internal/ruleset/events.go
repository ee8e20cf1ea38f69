package ruleset

import "strings"

// DefaultEvents are the events that fire a rule without events. CopyObject is not one of them, because every rename and every
// change of metadata raises it again.
var DefaultEvents = []string{"PutObject", "PostObject", "CompleteMultipartUpload"}

// KnownEvents are the documented events: https://help.aliyun.com/zh/functioncompute/fc-3-0/user-guide/overview-of-oss-trigger.
var KnownEvents = []string{
	"ObjectCreated:PutObject", "ObjectCreated:PostObject", "ObjectCreated:CopyObject", "ObjectCreated:AppendObject",
	"ObjectCreated:PutSymlink", "ObjectCreated:CompleteMultipartUpload", "ObjectCreated:InitiateMultipartUpload",
	"ObjectCreated:UploadPart", "ObjectCreated:UploadPartCopy", "ObjectRemoved:DeleteObject", "ObjectRemoved:DeleteObjects",
	"ObjectRemoved:AbortMultipartUpload", "ObjectModified:UpdateObjectMeta", "ObjectModified:ChangeStorageClass",
	"ObjectReplication:ObjectCreated", "ObjectReplication:ObjectModified", "ObjectReplication:ObjectRemoved",
	"ObjectRestore:FinishRestore",
}

// ComesBeforeObject reports whether an event is a step before a multipart upload is complete.
func ComesBeforeObject(event string) bool {
	switch event {
	case "ObjectCreated:InitiateMultipartUpload", "ObjectCreated:UploadPart", "ObjectCreated:UploadPartCopy":
		return true
	}
	return false
}

// ComesAfterObject reports whether an event says that an object is gone.
func ComesAfterObject(event string) bool {
	return strings.HasPrefix(event, "ObjectRemoved:") || event == "ObjectReplication:ObjectRemoved"
}

// QualifyEvent returns the name of an event as records have it: with ObjectCreated: if there is no other kind, and without
// the oss: of triggers.
func QualifyEvent(name string) string {
	name = strings.TrimPrefix(name, "oss:")
	if strings.Contains(name, ":") {
		return name
	}
	return "ObjectCreated:" + name
}
