package localcloud

import (
	"encoding/json"
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

// finishTask ends an accepted task. It queues the message before the response to the submission, so that a client that has
// the response can drain the queue.
func (o *OSS) finishTask(p Process) {
	var result TaskResult
	if task := o.faults.Load().Task; task != nil {
		result = task(p)
	}
	ended := TaskEnded{Process: p, Result: result}
	message := newCompletionMessage(p, result, o.opts.Region, o.opts.AccountID)
	if notify := p.Request.Notify; notify != nil && *notify != "" {
		ended.Topic = *notify
		ended.Message = mustJSON(message)
	}
	if d := o.function.Load(); d != nil {
		d.onPublished(ended.Topic, ended.Message, result.After)
		d.onTaskEnded(message, result.After)
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

// completionMessage is the message that OSS publishes when a task has ended. Its content for document conversion and
// blind watermarks is not documented; here it is that of a media task, and Content holds the text of a watermark.
//
// https://help.aliyun.com/zh/imm/developer-reference/asynchronous-notification-format
type completionMessage struct {
	ID      string `json:"id"`
	Source  string `json:"source"`
	Type    string `json:"type"`
	Subject string `json:"subject"`
	Time    string `json:"time"` // Unix time in milliseconds
	Content string `json:"content"`
}

func newCompletionMessage(p Process, result TaskResult, region, account string) completionMessage {
	kind, _, _ := strings.Cut(p.TaskID, "-")
	content := document{
		"ProjectName": "local", "DatasetName": "", "RequestId": p.RequestID, "UserData": "", "EventSourceId": "",
		"StartTime": p.Time.UTC().Format(time.RFC3339Nano), "EndTime": p.Time.Add(result.After).UTC().Format(time.RFC3339Nano),
		"TaskType": kind, "TaskId": p.TaskID, "Status": "Succeeded", "Code": result.Code, "Message": result.Message,
		"Sources": []document{{"URI": p.Source.String(), "SubtitleSources": nil}}, "Targets": nil,
	}
	if result.Code != "" {
		content["Status"] = "Failed"
	} else if kind == "DecodeBlindWatermark" {
		content["Content"] = "the local OSS reads no watermarks"
	}
	if to := p.Request.Target; to != nil {
		uri := process.Location{Bucket: to.Bucket, Key: to.Key}.String()
		image := document{"Sprites": nil, "Snapshots": nil, "Animations": nil}
		target := document{"URI": "", "Subtitle": document{"Extract": document{"URI": ""}}, "Image": image}
		switch path.Base(p.Request.Operation) {
		case "snapshots":
			image["Snapshots"] = []document{{"URI": uri}}
		case "sprite":
			image["Sprites"] = []document{{"URI": uri}}
		case "animation":
			image["Animations"] = []document{{"URI": uri}}
		default:
			target["URI"] = uri
		}
		content["Targets"] = []document{target}
	}
	return completionMessage{
		ID: p.EventID, Source: "acs.imm", Type: "imm:Task:" + kind,
		Subject: "acs:imm:" + region + ":" + account + ":local/imm:Task:" + kind,
		Time:    strconv.FormatInt(p.Time.Add(result.After).UnixMilli(), 10),
		Content: string(mustJSON(content)),
	}
}

// cloudEvent returns the event that EventBridge passes to the function. That data holds the content as an object is not
// confirmed.
//
// https://www.alibabacloud.com/help/en/eventbridge/user-guide/imm-events
func (m completionMessage) cloudEvent(at time.Time) []byte {
	return mustJSON(document{
		"id": m.ID, "source": m.Source, "type": m.Type, "subject": m.Subject, "specversion": "1.0",
		"time": at.UTC().Format(time.RFC3339), "datacontenttype": "application/json;charset=utf-8",
		"data": json.RawMessage(m.Content),
	})
}
