package localcloud

import (
	"path"
	"strconv"
	"strings"
	"time"

	"onput/internal/clock"
	"onput/process"
)

// TaskResult is the result of a task. The task fails if Code is set.
type TaskResult struct {
	After   time.Duration // from acceptance to the end
	Code    string        // IMM's error code
	Message string
}

// finishTask ends an accepted task. It publishes the message before the response to the submission, so that a client that
// has the response and then drains the queue has seen it.
func (o *OSS) finishTask(p Process) {
	var result TaskResult
	if task := o.faults.Load().Task; task != nil {
		result = task(p)
	}
	ended := TaskEnded{Process: p, Result: result}
	if notify := p.Request.Notify; notify != nil && *notify != "" {
		ended.Topic = *notify
		ended.Message = p.completionMessage(result, o.opts.Region, o.opts.AccountID)
		if d := o.function.Load(); d != nil {
			d.onPublished(ended.Topic, ended.Message, result.After)
		}
	}
	if result.After == 0 {
		o.emit(ended)
		return
	}
	o.running.Go(func() {
		if clock.Wait(o.ctx, result.After) == nil {
			o.emit(ended)
		}
	})
}

// completionMessage returns the message that OSS publishes when the task has ended. Its content for document conversion and
// blind watermarks is not documented; here it is that of a media task, and Content holds the text of a watermark.
//
// https://help.aliyun.com/zh/imm/developer-reference/asynchronous-notification-format
func (p *Process) completionMessage(result TaskResult, region, account string) []byte {
	type uri struct{ URI string }
	type target struct {
		URI      string
		Subtitle struct{ Extract uri }
		Image    struct{ Sprites, Snapshots, Animations []uri }
	}
	type source struct {
		URI             string
		SubtitleSources []uri
	}
	kind, _, _ := strings.Cut(p.TaskID, "-")
	status := "Succeeded"
	if result.Code != "" {
		status = "Failed"
	}
	content := struct {
		ProjectName, DatasetName, RequestId, StartTime, EndTime, UserData string
		TaskType, TaskId, Status, Code, Message, EventSourceId            string
		Content                                                           string `json:",omitempty"`
		Sources                                                           []source
		Targets                                                           []target
	}{
		ProjectName: "local", RequestId: p.RequestID, TaskType: kind, TaskId: p.TaskID, Status: status, Code: result.Code, Message: result.Message,
		StartTime: p.Time.UTC().Format(time.RFC3339Nano), EndTime: p.Time.Add(result.After).UTC().Format(time.RFC3339Nano),
		Sources: []source{{URI: p.Source.String()}},
	}
	if kind == "DecodeBlindWatermark" && result.Code == "" {
		content.Content = "the local OSS reads no watermarks"
	}
	if to := p.Request.Target; to != nil {
		at := uri{process.Location{Bucket: to.Bucket, Key: to.Key}.String()}
		var t target
		switch path.Base(p.Request.Operation) {
		case "snapshots":
			t.Image.Snapshots = []uri{at}
		case "sprite":
			t.Image.Sprites = []uri{at}
		case "animation":
			t.Image.Animations = []uri{at}
		default:
			t.URI = at.URI
		}
		content.Targets = []target{t}
	}
	return mustJSON(struct {
		ID      string `json:"id"`
		Source  string `json:"source"`
		Type    string `json:"type"`
		Subject string `json:"subject"`
		Time    string `json:"time"`
		Content string `json:"content"`
	}{
		ID: p.EventID, Source: "acs.imm", Type: "imm:Task:" + kind, Subject: "acs:imm:" + region + ":" + account + ":local/imm:Task:" + kind,
		Time: strconv.FormatInt(p.Time.Add(result.After).UnixMilli(), 10), Content: string(mustJSON(content)),
	})
}
