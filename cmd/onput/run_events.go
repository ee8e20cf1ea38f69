package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/handler"
	"onput/internal/localcloud"
	"onput/internal/text"
	"onput/internal/userinput"
	"onput/process"
	"onput/rules"
)

// captured are events of --event, which a run delivers to the function as they are.
type captured struct {
	files    []string
	events   []userinput.Event
	uploads  []rules.Upload // of all events
	region   string         // of the uploads, "" if they name none
	contents map[process.Location]string
}

// standIn is the content of an object that an event names, unless --put gives one.
const standIn = "This stands for an object that a captured event names.\n"

// readCaptured reads events from files. It fails if a file holds anything else, or if the events are of several regions, since
// the local cloud has one.
func readCaptured(ctx context.Context, files []string, stdin io.Reader) (*captured, error) {
	c := &captured{files: files, contents: map[process.Location]string{}}
	for i, name := range files {
		if name == "-" && slices.Contains(files[:i], name) {
			return nil, usageError{errors.New("--event -: standard input can be read once")}
		}
		data, err := readFile(ctx, name, stdin, userinput.MaxEvents)
		if err != nil {
			return nil, fmt.Errorf("--event: %w", err)
		}
		events, err := userinput.Events(data)
		if err != nil {
			return nil, fmt.Errorf("--event %s: %w", name, err)
		}
		c.events = append(c.events, events...)
	}
	for i := range c.events {
		c.uploads = append(c.uploads, c.events[i].Uploads...)
	}
	for i := range c.uploads {
		u := &c.uploads[i]
		switch {
		case !process.ValidBucket(u.Bucket):
			return nil, fmt.Errorf("--event: %q is not a bucket name: write one into the event", u.Bucket)
		case u.Region != "" && !oss.IsValidRegion(u.Region):
			return nil, fmt.Errorf("--event: %q is not a region name: write one into the event, such as cn-hangzhou", u.Region)
		case u.Region != "" && c.region != "" && u.Region != c.region:
			return nil, fmt.Errorf("--event: the events are of the regions %s and %s: run those of one region at a time", c.region, u.Region)
		}
		c.region = cmp.Or(c.region, u.Region)
	}
	return c, nil
}

// addContents takes files of --put as the content of objects that the events name. FILE=KEY is the object with that key, FILE
// alone the one whose key ends in that name, or the only one.
func (c *captured) addContents(puts []string) error {
	for _, put := range puts {
		f, named, err := parsePut(put)
		if err != nil {
			return err
		}
		found := false
		for i := range c.uploads {
			at := process.Location{Bucket: c.uploads[i].Bucket, Key: c.uploads[i].Key}
			if at.Key == f.key || at.String() == f.key || !named && (path.Base(at.Key) == f.key || len(c.uploads) == 1) {
				c.contents[at] = f.path
				found = true
			}
		}
		if !found {
			return fmt.Errorf("--put %s: no event names the object %s; write FILE=KEY with a key of the events", put, text.Printable(f.key))
		}
	}
	return nil
}

// delivery is an event that was delivered to the function.
type delivery struct {
	event    *userinput.Event
	result   localcloud.Result
	received []localcloud.Process // by OSS, during the invocation
}

// runCaptured puts the objects of the events in place, delivers one event after the other, and reports.
func (r *localRun) runCaptured(ctx context.Context, binary, fcRuntime string, c *captured) error {
	r.topics = r.topicsOf(c.uploads)
	var buckets []string
	for i := range c.uploads {
		buckets = append(buckets, c.uploads[i].Bucket)
	}
	if err := r.start(binary, fcRuntime, nil, buckets...); err != nil {
		return err
	}
	for i := range c.uploads {
		if err := r.putInPlace(ctx, process.Location{Bucket: c.uploads[i].Bucket, Key: c.uploads[i].Key}, c); err != nil {
			return err
		}
	}
	var deliveries []delivery
	for i := range c.events {
		before := len(r.cloud.Processes())
		result, err := r.cloud.Invoke(ctx, c.events[i].Payload)
		if err != nil {
			return fmt.Errorf("invoking the function: %w", err)
		}
		deliveries = append(deliveries, delivery{&c.events[i], result, r.cloud.Processes()[before:]})
	}
	if err := r.cloud.Drain(ctx); err != nil {
		return fmt.Errorf("waiting for the function: %w", err)
	}
	return r.reportCaptured(c, deliveries)
}

// putInPlace puts an object that an event names into the local OSS. A key that OSS refuses is left out: its event cannot be
// real, and the function decides on it.
func (r *localRun) putInPlace(ctx context.Context, at process.Location, c *captured) error {
	var body io.Reader = strings.NewReader(standIn)
	if name := c.contents[at]; name != "" {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		body = file
	}
	_, err := r.client.PutObject(ctx, r.attributes.AddToRequest(&oss.PutObjectRequest{Bucket: &at.Bucket, Key: &at.Key, Body: body}))
	var refused *oss.ServiceError
	if errors.As(err, &refused) && refused.StatusCode == 400 {
		printf(r.err, "onput: OSS refuses the object %s: %s\n", text.Printable(at.String()), refused.Message)
		return nil
	}
	return err
}

// reportCaptured prints what the function did with each event, in its own words. It returns exit(1) if an invocation failed.
func (r *localRun) reportCaptured(c *captured, deliveries []delivery) error {
	fmt.Fprint(r.out, "\nDelivered to the function:\n\n")
	table := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "UPLOAD\tRULE\tTARGET\tTASK")
	for i := range deliveries {
		r.printDelivery(table, &deliveries[i])
	}
	table.Flush()
	p := &runReport{localRun: r, received: r.cloud.Processes()}
	for i := range p.received {
		p.matched = append(p.matched, i)
	}
	p.printReceived()
	r.mu.Lock()
	p.problems = slices.Concat(r.completions.report(r.streams, p.received, r.topics), r.failed)
	r.mu.Unlock()
	if err := p.printProblems(); err != nil {
		return err
	}
	printf(r.out, "\n%s, %s submitted. Next steps:\n\n", text.Plural(len(c.events), "event"), text.Plural(len(p.received), "process"))
	p.printSteps(c.explain())
	return nil
}

// explain returns the arguments of a command that explains the first events, "" if there is none.
func (c *captured) explain() string {
	switch {
	case len(c.uploads) == 0: // completion messages alone
		return ""
	case c.files[0] == "-": // read already
		return "explain " + quoteShell(process.Location{Bucket: c.uploads[0].Bucket, Key: c.uploads[0].Key}.String())
	}
	return "explain --event " + quoteShell(c.files[0])
}

// printDelivery prints the rows of one event: the function's answer, or what its rules would do if the invocation failed.
func (r *localRun) printDelivery(w io.Writer, d *delivery) {
	row := func(bucket, key, rule, target, state string) {
		location := text.Printable(process.Location{Bucket: bucket, Key: key}.String())
		printf(w, "%s\t%s\t%s\t%s\n", location, rule, text.Printable(target), state)
	}
	var answer handler.Answer
	if d.result.FunctionError != "" || json.Unmarshal(d.result.Answer, &answer) != nil {
		for i := range d.event.Uploads {
			u := &d.event.Uploads[i]
			tasks, _ := r.set.MatchPossible(u)
			for k := range tasks {
				state := "failed"
				if slices.ContainsFunc(d.received, func(p localcloud.Process) bool { return isRequestOf(&p, &tasks[k]) }) {
					if state = string(handler.Submitted); tasks[k].Synchronous {
						state = string(handler.Done)
					}
				}
				row(u.Bucket, u.Key, tasks[k].Rule, tasks[k].Target.String(), state)
			}
			if tasks == nil {
				row(u.Bucket, u.Key, "-", "", "failed")
			}
		}
		return
	}
	for _, u := range answer.Uploads {
		for _, t := range u.Tasks {
			row(u.Bucket, u.Key, t.Rule, cmp.Or(t.Target, "message to a topic"), string(t.Status))
		}
		switch {
		case u.Skipped != "":
			row(u.Bucket, u.Key, "-", "nothing fired: "+u.Skipped, "")
		case len(u.Tasks) == 0:
			row(u.Bucket, u.Key, "-", "nothing fired", "")
		}
	}
	for _, t := range answer.Completions {
		printf(w, "task %s\t%s\t\t%s\n", text.Printable(t.TaskID), cmp.Or(t.Rule, "-"), string(t.Status))
	}
}

// parameterOf returns the parameter of the request for a process.
func parameterOf(synchronous bool) string {
	if synchronous {
		return "x-oss-process"
	}
	return "x-oss-async-process"
}

// isRequestOf reports whether OSS received a process for a task.
func isRequestOf(p *localcloud.Process, t *rules.Task) bool {
	return p.Source == t.Source && p.Body == parameterOf(t.Synchronous)+"="+t.Request()
}
