package localcloud

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"onput/process"
)

// Process is a process that OSS accepted. An asynchronous one is checked against the catalogue, gets ids, and its task ends, but
// nothing is converted. A synchronous one is carried out.
type Process struct {
	Time        time.Time
	Source      process.Location
	Body        string           // of the POST, exactly as received
	Request     *process.Request // the parsed body
	AccessKeyID string
	OSSRequest  string // x-oss-request-id
	EventID     string // the three ids of the response to an asynchronous process
	RequestID   string
	TaskID      string

	Synchronous   bool
	Size          int64 // of the result of a synchronous process, in bytes
	Width, Height int   // of the result, in pixels
}

// Processes returns all accepted processes, oldest first.
func (o *OSS) Processes() []Process {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.processes)
}

// https://www.alibabacloud.com/help/en/oss/user-guide/asynchronous-processing
func (o *OSS) asyncProcessObject(c *call) (*response, error) {
	data, err := c.readBody(1 << 20)
	if err != nil {
		return nil, err
	}
	body := string(data)
	p := Process{Time: o.opts.Now(), Source: process.Location{Bucket: c.Bucket, Key: c.Key}, Body: body, AccessKeyID: c.AccessKeyID,
		OSSRequest: c.ID, EventID: newIMMEventID(), RequestID: newRequestID()}
	if err := o.acceptProcess(&p); err != nil {
		refused := c.asError(err)
		c.Status = refused.Status
		o.emit(ProcessRefused{Request: c.Request, Body: body, Err: refused})
		return nil, refused
	}
	o.mu.Lock()
	o.processes = append(o.processes, p)
	o.mu.Unlock()
	o.emit(TaskAccepted{p})
	o.finishTask(p)
	ids, err := json.Marshal(struct{ EventId, RequestId, TaskId string }{p.EventID, p.RequestID, p.TaskID})
	return newResponse().with("application/json", string(ids)), err
}

// acceptProcess checks a process as OSS and IMM do, and gives it a task id.
func (o *OSS) acceptProcess(p *Process) error {
	text, ok := processParameter(p.Body, "x-oss-async-process")
	if !ok {
		return newError(400, "InvalidRequest", "no x-oss-async-process parameter found")
	}
	// Which of the following two OSS checks first is not documented.
	if b, ok := o.store.config(p.Source.Bucket); !ok || b.unbound {
		return immError(404, p, "ResourceNotFound, "+noAttachment)
	}
	_, f, err := o.store.open(p.Source.Bucket, p.Source.Key)
	if err != nil {
		return err
	}
	f.Close()
	if p.Request, err = process.Parse(text); err != nil {
		return immError(400, p, "InvalidArgument, "+err.Error())
	}
	op, ok := process.Lookup(p.Request.Operation)
	if !ok || op.Synchronous {
		return immError(404, p, "ResourceNotFound, The specified resource Route is not found.")
	}
	for _, problem := range p.Request.Check() {
		message := problem.Message
		if problem.Param != "" {
			message = "[" + problem.Param + "]:" + message
		}
		if !problem.Warning {
			return immError(400, p, "InvalidArgument, "+message)
		}
	}
	if target := p.Request.Target; target != nil && target.Bucket != "" && !o.opts.AnyTarget {
		if _, ok := o.store.config(target.Bucket); !ok {
			return errNoSuchBucket()
		}
	}
	p.TaskID = cmp.Or(op.Task, "MediaConvert") + "-" + newUUID() // the task of a style is not known here
	return nil
}

// processParameter returns the process in a body, raw as most SDKs send it or encoded as a form. A raw process always has a
// slash, a form never.
func processParameter(body, name string) (string, bool) {
	text, ok := strings.CutPrefix(body, name+"=")
	if !ok || text == "" {
		return "", false
	}
	if !strings.Contains(text, "/") {
		if decoded, err := url.QueryUnescape(text); err == nil {
			return decoded, true
		}
	}
	return text, true
}

// immError returns an error of Intelligent Media Management as OSS wraps it: IMM's code, message and request id.
//
// https://help.aliyun.com/en/oss/user-guide/error-response-2326715
func immError(status int, p *Process, message string) *Error {
	return newError(status, "Imm Client", "%s %s", message, p.RequestID)
}
