package event

import (
	"cmp"
	"strings"

	"github.com/tidwall/gjson"

	"onput/internal/safejson"
	"onput/internal/text"
	"onput/process"
)

// Completion is a message that a task ended, from the SMQ topic that the task's notify names, or from EventBridge. It names
// the task, but neither the rule nor the upload. Its texts are bounded and fit on one line, except for the URIs, which are as OSS writes them.
//
// https://help.aliyun.com/zh/imm/developer-reference/asynchronous-notification-format
type Completion struct {
	EventID  string // the id that the submission was answered with; "" if the message has none
	TaskID   string
	TaskType string // MediaConvert, OfficeConversion, DecodeBlindWatermark
	Failed   bool
	Code     string // IMM's, of a task that failed
	Message  string
	Text     string   // of a blind watermark; no source confirms that "Content" holds it
	Sources  []string // oss://bucket/key; the first of them
	Targets  []string
}

// Bounds of a message. A line of the log has 32 KB, and video/snapshots may write thousands of objects.
const (
	maxURIs    = 20      // sources, and targets
	maxURIText = 8 << 10 // bytes of them
	maxText    = 2000    // bytes of a code, a message, or a watermark's text
	maxID      = 200     // bytes of an id or a type
)

// completion decodes a completion message, or its content alone, and reports whether o is one. A message without a known
// status counts as not understood.
func (d *decoder) completion(o gjson.Result, outer cloudEvent) bool {
	content := o
	if inner := o.Get("content"); inner.Exists() {
		if !outer.fromIMM && o.Get("source").Str != "acs.imm" && !strings.HasPrefix(o.Get("type").Str, "imm:") {
			return false
		}
		content = inner
		if inner.Type == gjson.String {
			content, _ = safejson.Parse(inner.Str)
		}
		if safejson.Member(content, "TaskId").Str == "" {
			d.fail("found an IMM message whose content is not a task: " + text.Excerpt(o.Raw))
			return true
		}
	}
	status := safejson.Member(content, "Status")
	if safejson.Member(content, "TaskId").Str == "" || !status.Exists() {
		return false
	}
	line := func(v gjson.Result, name string, max int) string {
		return text.OneLine(safejson.Member(v, name).Str, max)
	}
	c := Completion{
		TaskID:   line(content, "TaskId", maxID),
		TaskType: line(content, "TaskType", maxID),
		Code:     line(content, "Code", maxText),
		Message:  line(content, "Message", maxText),
		Text:     line(content, "Content", maxText),
		Sources:  uris(content, "Sources", "SourceURI"),
		Targets:  uris(content, "Targets", "TargetURI"),
	}
	if content.Raw != o.Raw {
		c.EventID = line(o, "id", maxID)
	}
	c.EventID = cmp.Or(c.EventID, line(content, "EventId", maxID), text.OneLine(outer.id, maxID))
	if c.Failed = status.Str == "Failed"; !c.Failed && status.Str != "Succeeded" {
		d.fail("found a completion message whose status is " + text.Excerpt(status.Raw) + ", neither Succeeded nor Failed")
		return true
	}
	d.completions = append(d.completions, c)
	return true
}

// uris returns the URIs anywhere inside the member list, in their order, and the URI of the member single. Transcodes have
// them at Targets[].URI, pictures at Targets[].Image.Snapshots[].URI.
func uris(content gjson.Result, list, single string) []string {
	var found []string
	room := maxURIText
	take := func(uri string) {
		if uri != "" && len(found) < maxURIs && len(uri) <= room {
			room -= len(uri)
			found = append(found, uri)
		}
	}
	var collect func(v gjson.Result)
	collect = func(v gjson.Result) { // at most safejson.MaxNesting levels
		if !v.IsObject() && !v.IsArray() {
			return
		}
		v.ForEach(func(name, value gjson.Result) bool {
			if collect(value); name.Str == "URI" {
				take(value.Str)
			}
			return true
		})
	}
	collect(safejson.Member(content, list))
	take(safejson.Member(content, single).Str)
	return found
}

// Bucket returns the bucket of the first source, or "" if the message names none.
func (c *Completion) Bucket() string {
	if len(c.Sources) == 0 {
		return ""
	}
	rest, _ := strings.CutPrefix(c.Sources[0], "oss://")
	bucket, _, _ := strings.Cut(rest, "/")
	if !process.ValidBucketTemplate(bucket) {
		return ""
	}
	return bucket
}

// Failure returns why a task failed, in IMM's words. They may repeat object keys.
func (c *Completion) Failure() string {
	switch {
	case c.Code != "" && c.Message != "":
		return c.Code + ": " + c.Message
	case c.Code == "" && c.Message == "":
		return "OSS does not say why"
	}
	return c.Code + c.Message
}
