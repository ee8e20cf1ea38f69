package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"onput/handler"
	"onput/internal/event"
	"onput/internal/ossclient"
	"onput/process"
	"onput/rules"
)

// ReplayCmd fires what failed: events that Function Compute gave up, and tasks that the function recorded.
type ReplayCmd struct {
	Records  []string `arg:"" name:"record" help:"File of what onFailure delivered, one or many as JSON; - for standard input; or oss://BUCKET/PREFIX of the records that failures.permanent: record leaves."`
	Rules    string   `default:"rules/rules.yaml" help:"Rule file, or oss://BUCKET/KEY."`
	S        string   `name:"s" placeholder:"s.yaml" help:"Serverless Devs file of the function, whose environmentVariables the rules read in ${env(…)}."`
	Yes      bool     `help:"Fire. Without it nothing is sent, and what would be fired is shown."`
	Again    bool     `help:"Without claims in the rules: fire every task of an event, also those that were fired before one failed."`
	Done     string   `placeholder:"FILE" help:"Log of what was replayed from files. What stands in it is left out, so that an interrupted replay goes on."`
	Region   string   `env:"OSS_REGION" placeholder:"REGION" help:"Region of OSS where events name none, and of the records in OSS; OSS_REGION if not given."`
	Endpoint string   `env:"OSS_ENDPOINT" default:"public" help:"internal, public or a URL; OSS_ENDPOINT if not given."`
	JSON     bool     `name:"json" help:"Print JSON."`
}

// Help is shown by onput replay --help.
func (*ReplayCmd) Help() string {
	return "The rules decide anew, in this version of the function, with the key in OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET (and OSS_SESSION_TOKEN). " +
		"Claims keep what was fired from being fired twice. Records in OSS are deleted once their task is fired. " +
		"${env(…)} in the rules is read here: give --s, or set what the function has, or other targets are other tasks."
}

// replayLimit bounds the time that one failure takes: it is the deadline of an invocation.
const replayLimit = time.Minute

// maxRecord bounds the bytes that are read of a record in OSS. The function writes 128 KB of event and little else.
const maxRecord = 1 << 20

// Run replays. It returns exit(1) where something cannot be replayed or failed again, exit(2) where the flags are at fault.
func (c *ReplayCmd) Run(s *streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return c.run(ctx, s)
}

func (c *ReplayCmd) run(ctx context.Context, s *streams) error {
	r := &replay{ReplayCmd: c, streams: s}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	items, err := r.find(ctx)
	if err != nil {
		return err
	}
	r.answer.Fired = c.Yes
	if err := r.all(ctx, items); err != nil {
		return err
	}
	if c.JSON {
		if err := printJSON(s.out, &r.answer); err != nil {
			return err
		}
	} else {
		r.summary()
	}
	if len(r.answer.Problems) > 0 || r.answer.Failed > 0 || r.answer.Left > 0 {
		return exit(exitFailed)
	}
	return nil
}

// replay is a replay under way.
type replay struct {
	*ReplayCmd
	*streams
	set      *rules.Set
	oss      *ossclient.Client
	client   *oss.Client // for records in OSS; nil if there are none
	done     map[string]bool
	doneFile *os.File
	progress *progress
	answer   replayJSON
}

// item is something to replay: a failure, or the record of one that is still to be read.
type item struct {
	failure failure
	at      *process.Location
}

// usage returns exit(2) after it said what is wrong with the command line.
func (r *replay) usage(format string, args ...any) error {
	fmt.Fprintf(r.err, "onput: "+format+"\n", args...)
	return exit(exitUsage)
}

// prepare reads the rules and sees that everything is there before anything is sent.
func (r *replay) prepare(ctx context.Context) (err error) {
	r.answer.Failures, r.answer.Problems = []failureJSON{}, []problem{}
	r.Endpoint = cmp.Or(r.Endpoint, "public") // OSS_ENDPOINT may be set to nothing
	if r.oss, err = ossclient.New(r.Endpoint, r.Region); err != nil {
		return r.usage("%v", err)
	}
	if r.Again && r.Yes && r.Done == "" {
		return r.usage("--again needs --done FILE: without claims, that log alone keeps a second run from firing everything once more")
	}
	inOSS := strings.HasPrefix(r.Rules, "oss://")
	for _, name := range r.Records {
		if place, ok := strings.CutPrefix(name, "oss://"); ok {
			inOSS = true
			if bucket, _, _ := strings.Cut(place, "/"); !process.ValidBucket(bucket) {
				return r.usage("%s: a bucket is missing, or is none; write oss://BUCKET/PREFIX", printable(name))
			}
			if r.Region == "" {
				return r.usage("%s: give --region or set OSS_REGION", name)
			}
			r.client = r.newClient()
		}
	}
	if r.Yes || inOSS {
		if _, err := credentials.NewEnvironmentVariableCredentialsProvider().GetCredentials(ctx); err != nil {
			return errors.New("no credentials: set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET")
		}
	}
	if r.S != "" {
		d, err := readDeployment(r.S)
		if err != nil {
			return err
		}
		defer d.enter()()
	}
	r.set, err = handler.OpenRules(r.Rules, r.oss, slog.New(slog.DiscardHandler)).Current(ctx)
	var found rules.Diagnostics
	if errors.As(err, &found) {
		printErrors(r.err, r.Rules, found)
		return exit(exitFailed)
	}
	return err
}

func (r *replay) newClient() *oss.Client {
	config := oss.LoadDefaultConfig().WithRegion(r.Region).WithUserAgent("onput").
		WithCredentialsProvider(credentials.NewEnvironmentVariableCredentialsProvider())
	switch r.Endpoint {
	case "public":
	case "internal":
		config.WithUseInternalEndpoint(true)
	default:
		config.WithEndpoint(r.Endpoint)
	}
	return oss.NewClient(config)
}

// find reads files and lists prefixes. What is found twice is replayed once.
func (r *replay) find(ctx context.Context) ([]item, error) {
	var all []item
	seen := map[string]bool{}
	for _, name := range r.Records {
		if place, ok := strings.CutPrefix(name, "oss://"); ok {
			listed, err := r.list(ctx, place)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			for _, it := range listed {
				if at := it.at.String(); !seen[at] {
					all = append(all, it)
					seen[at] = true
				}
			}
			continue
		}
		data, err := readFile(name, r.in)
		if err != nil {
			return nil, err
		}
		failures, problems := readFailures(name, false, data)
		r.answer.Problems = append(r.answer.Problems, problems...)
		for _, f := range failures {
			if !seen[f.id] {
				all = append(all, item{failure: f})
			}
			seen[f.id] = true
		}
	}
	return all, nil
}

// list returns the objects below BUCKET/PREFIX.
func (r *replay) list(ctx context.Context, place string) ([]item, error) {
	bucket, prefix, _ := strings.Cut(place, "/")
	var all []item
	pages := r.client.NewListObjectsV2Paginator(&oss.ListObjectsV2Request{Bucket: oss.Ptr(bucket), Prefix: oss.Ptr(prefix)})
	for pages.HasNext() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, brief(err)
		}
		for _, o := range page.Contents {
			if o.Size == 0 && strings.HasSuffix(*o.Key, "/") {
				continue // a folder, as OSS's console makes them
			}
			all = append(all, item{at: &process.Location{Bucket: bucket, Key: *o.Key}})
		}
	}
	return all, nil
}

// brief returns an error of the OSS SDK without the request that it repeats.
func brief(err error) error {
	var service *oss.ServiceError
	switch {
	case !errors.As(err, &service):
		return errors.New(unsigned(err.Error()))
	case service.Code == "BadErrorResponse": // the SDK's own: its message quotes what was answered
		return fmt.Errorf("%d: the answer is no error document of OSS", service.StatusCode)
	}
	return fmt.Errorf("%d %s: %s (request id %s)", service.StatusCode, unsigned(service.Code), unsigned(service.Message), unsigned(service.RequestID))
}

// unsigned returns what a server said, fit for a terminal, or a remark in its place where it repeats what was signed.
func unsigned(said string) string {
	caller := ossclient.Caller{Credentials: credentials.Credentials{
		AccessKeyID:     os.Getenv("OSS_ACCESS_KEY_ID"),
		AccessKeySecret: os.Getenv("OSS_ACCESS_KEY_SECRET"),
		SecurityToken:   os.Getenv("OSS_SESSION_TOKEN"),
	}}
	return printable(caller.Secrets().Redact(said))
}

// read reads the record of a failure. It reports false after it took down why it cannot.
func (r *replay) read(ctx context.Context, it *item) bool {
	if it.at == nil {
		return true
	}
	name := it.at.String()
	result, err := r.client.GetObject(ctx, &oss.GetObjectRequest{Bucket: &it.at.Bucket, Key: &it.at.Key})
	if err != nil {
		r.problem(name, "%v", brief(err))
		return false
	}
	defer result.Body.Close()
	data, err := io.ReadAll(io.LimitReader(result.Body, maxRecord+1))
	if err != nil || len(data) > maxRecord {
		r.problem(name, "the object cannot be read, or is larger than %d bytes", maxRecord)
		return false
	}
	failures, problems := readFailures(name, true, data)
	for _, p := range problems {
		r.problem(p.Place, "%s", p.Message)
	}
	switch {
	case len(problems) > 0:
		return false
	case len(failures) != 1:
		r.problem(name, "%d failures are in the object, which is no record of one: replay it as a file", len(failures))
		return false
	}
	it.failure = failures[0]
	return true
}

// problem takes down what cannot be replayed.
func (r *replay) problem(place, format string, args ...any) {
	r.answer.Problems = append(r.answer.Problems, problem{place, fmt.Sprintf(format, args...)})
}

// all goes through what is to be replayed, one after the other. What is in flight when a signal comes is ended first.
func (r *replay) all(ctx context.Context, items []item) error {
	if err := r.openDone(); err != nil {
		return err
	}
	if r.doneFile != nil {
		defer r.doneFile.Close()
	}
	if r.Yes {
		r.progress = newProgress(r.err, len(items))
		defer r.progress.clear()
	}
	for i := range items {
		if ctx.Err() != nil {
			r.answer.Left = len(items) - i
			break
		}
		remark := ""
		if n := r.answer.Failed; n > 0 {
			remark = fmt.Sprintf(", %s failed", count(n, "task"))
		}
		r.progress.show(i, remark)
		it := &items[i]
		if it.at == nil && r.done[it.failure.id] {
			r.answer.Before++
			continue
		}
		ctx := context.WithoutCancel(ctx)
		if r.read(ctx, it) {
			if err := r.one(ctx, it); err != nil {
				return err
			}
		}
	}
	return nil
}

// one replays a failure, or shows what that would fire.
func (r *replay) one(ctx context.Context, it *item) error {
	f := &it.failure
	told := failureJSON{Place: f.place, RequestID: f.request, Error: f.why}
	whole := false // everything in it was understood and tried
	switch {
	case !r.Yes:
		told.Uploads = r.plan(f)
	case f.task == nil && r.set.Claims() == nil && !r.Again:
		r.problem(f.place, "not replayed: the rules have no claims, so that nothing tells which of its tasks were fired before; "+
			"add claims to them, or fire all of its tasks with --again --done FILE")
		return nil
	default:
		told.Uploads, whole = r.fire(ctx, f)
	}
	r.count(&told)
	if f.task != nil && told.tasks() == 0 {
		r.problem(f.place, "rule %s%s does not fire for %s any more",
			printable(f.task.Rule), output(f.task.Output), printable("oss://"+f.task.Bucket+"/"+f.task.Key))
	}
	if whole && told.finished(f.task != nil) {
		if err := r.finish(ctx, it); err != nil {
			return err
		}
	}
	r.answer.Failures = append(r.answer.Failures, told)
	if !r.JSON {
		r.progress.clear()
		r.print(&told)
	}
	return nil
}

func output(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" output %d", n)
}

// pending is the status of a task that would be fired.
const pending handler.Status = "pending"

// plan returns what a failure would fire.
func (r *replay) plan(f *failure) []handler.UploadAnswer {
	uploads, _, err := event.Decode(f.payload)
	if err != nil { // some of its records are none; the others are
		r.problem(f.place, "%v", err)
	}
	var all []handler.UploadAnswer
	for i := range uploads {
		u := &uploads[i]
		a := handler.UploadAnswer{Bucket: u.Bucket, Key: u.Key, Event: u.Event, Skipped: r.set.Skip(u), Tasks: []handler.TaskAnswer{}}
		if a.Skipped == "" {
			for _, t := range r.set.Match(u) {
				if !f.wants(u, &t) {
					continue
				}
				task := handler.TaskAnswer{Rule: t.Rule, Output: t.Output, Status: pending, Process: t.Process, Target: t.Target.String()}
				switch {
				case t.Err != nil:
					task.Status, task.Error = handler.Failed, "cannot be sent: "+t.Err.Error()
				case t.Log:
					task.Status = handler.Logged
				}
				a.Tasks = append(a.Tasks, task)
			}
		}
		all = append(all, a)
	}
	return all
}

// fire hands the event of a failure to the handler, as the invocation that it was. It reports whether every record of the
// event came to tasks that were tried.
func (r *replay) fire(ctx context.Context, f *failure) ([]handler.UploadAnswer, bool) {
	h := handler.Handler{Rules: fixedRules{r.set}, Submitter: r.oss, Log: slog.New(slog.DiscardHandler), Only: f.wants}
	ctx, cancel := context.WithTimeout(fccontext.NewContext(ctx, &fccontext.FcContext{RequestID: f.request}), replayLimit)
	defer cancel()
	answer, err := h.Invoke(ctx, f.payload)
	tasksFailed := false
	for _, u := range answer.Uploads {
		for _, t := range u.Tasks {
			tasksFailed = tasksFailed || t.Status == handler.Failed
		}
	}
	if err != nil && !tasksFailed { // a task that failed says so itself
		r.problem(f.place, "%v", err)
	}
	return answer.Uploads, err == nil
}

// fixedRules are rules that do not change.
type fixedRules struct{ set *rules.Set }

// Current returns the rules.
func (f fixedRules) Current(context.Context) (*rules.Set, error) { return f.set, nil }

// openDone reads the log of what was replayed, and opens it to go on.
func (r *replay) openDone() error {
	r.done = map[string]bool{}
	if r.Done == "" {
		return nil
	}
	flags := os.O_RDONLY
	if r.Yes {
		flags = os.O_RDWR | os.O_CREATE | os.O_APPEND
	}
	f, err := os.OpenFile(r.Done, flags, 0o644)
	if errors.Is(err, os.ErrNotExist) {
		return nil // nothing was replayed yet
	}
	if err != nil {
		return err
	}
	r.doneFile = f
	data, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(data)) {
		id, _, _ := strings.Cut(line, " ")
		r.done[id] = true
	}
	if r.Yes && len(data) > 0 && data[len(data)-1] != '\n' {
		_, err = f.WriteString("\n")
	}
	return err
}

// finish sees that a failure is not replayed again: its record is deleted, or it goes into the log.
func (r *replay) finish(ctx context.Context, it *item) error {
	if it.at != nil {
		if _, err := r.client.DeleteObject(ctx, &oss.DeleteObjectRequest{Bucket: &it.at.Bucket, Key: &it.at.Key}); err != nil {
			r.problem(it.failure.place, "replayed, and not deleted: %v", brief(err))
		}
		return nil
	}
	if r.doneFile == nil {
		return nil
	}
	// One write, so that a line is whole or not there.
	if _, err := fmt.Fprintf(r.doneFile, "%s %s\n", it.failure.id, printable(it.failure.place)); err != nil {
		return fmt.Errorf("%s: %w", it.failure.place, err)
	}
	return nil
}

// What --json prints.
type (
	replayJSON struct {
		Fired      bool          `json:"fired"`      // with --yes; else nothing was sent
		Failures   []failureJSON `json:"failures"`   // that were replayed, or would be
		Problems   []problem     `json:"problems"`   // what cannot be replayed
		Pending    int           `json:"pending"`    // tasks that would be fired
		Submitted  int           `json:"submitted"`  // tasks
		Duplicates int           `json:"duplicates"` // tasks that were fired before, say their claims
		Failed     int           `json:"failed"`     // tasks
		Before     int           `json:"before"`     // failures that stand in the --done log
		Left       int           `json:"left"`       // failures that were not looked at, because of a signal
	}
	failureJSON struct {
		Place     string                 `json:"place"`
		RequestID string                 `json:"requestId,omitempty"`
		Error     string                 `json:"error"`
		Uploads   []handler.UploadAnswer `json:"uploads"`
	}
)

// tasks returns how many tasks there are.
func (f *failureJSON) tasks() int {
	n := 0
	for i := range f.Uploads {
		n += len(f.Uploads[i].Tasks)
	}
	return n
}

// finished says whether nothing is left to be fired. Of the one task of a record that is so only if OSS took it.
func (f *failureJSON) finished(recorded bool) bool {
	taken := 0
	for i := range f.Uploads {
		for _, t := range f.Uploads[i].Tasks {
			switch t.Status {
			case handler.Submitted, handler.Duplicate:
				taken++
			case handler.Failed:
				return false
			}
		}
	}
	return !recorded || taken > 0
}

func (r *replay) count(f *failureJSON) {
	for i := range f.Uploads {
		for _, t := range f.Uploads[i].Tasks {
			switch t.Status {
			case pending:
				r.answer.Pending++
			case handler.Submitted:
				r.answer.Submitted++
			case handler.Duplicate:
				r.answer.Duplicates++
			case handler.Failed:
				r.answer.Failed++
			}
		}
	}
}

// print prints a failure and its tasks.
func (r *replay) print(f *failureJSON) {
	fmt.Fprintf(r.out, "%s: %s\n", printable(f.Place), strings.Join(nonempty(printable(f.RequestID), printable(f.Error)), ", "))
	for i := range f.Uploads {
		u := &f.Uploads[i]
		where := printable("oss://" + u.Bucket + "/" + u.Key)
		switch {
		case u.Skipped != "":
			fmt.Fprintf(r.out, "  %s: skipped: %s\n", where, u.Skipped)
		case len(u.Tasks) == 0:
			fmt.Fprintf(r.out, "  %s: nothing fires\n", where)
		}
		for _, t := range u.Tasks {
			fmt.Fprintf(r.out, "  %s: %s%s: %s\n", where, t.Rule, output(t.Output), strings.Join(nonempty(
				map[handler.Status]string{pending: "would fire", handler.Submitted: "fired", handler.Duplicate: "fired before",
					handler.Logged: "mode log: sends nothing", handler.Failed: "failed"}[t.Status],
				printable(t.TaskID), printable(t.Process), printable(t.Target), printable(t.Error)), "  "))
		}
	}
}

// summary prints what it all came to.
func (r *replay) summary() {
	r.progress.clear()
	for _, p := range r.answer.Problems {
		fmt.Fprintf(r.err, "%s: %s\n", printable(p.Place), p.Message)
	}
	a := &r.answer
	texts := []string{count(len(a.Failures), "failure")}
	if a.Before > 0 {
		texts = append(texts, fmt.Sprintf("%d replayed before", a.Before))
	}
	if a.Fired {
		texts = append(texts, count(a.Submitted, "task")+" fired", fmt.Sprintf("%d fired before", a.Duplicates))
	} else {
		texts = append(texts, count(a.Pending, "task")+" to fire")
	}
	if a.Failed > 0 {
		texts = append(texts, fmt.Sprintf("%d failed", a.Failed))
	}
	if len(a.Problems) > 0 {
		texts = append(texts, count(len(a.Problems), "problem"))
	}
	if a.Left > 0 {
		texts = append(texts, fmt.Sprintf("interrupted with %d left", a.Left))
	}
	fmt.Fprintln(r.out, strings.Join(texts, ", "))
	switch {
	case a.Fired || a.Pending == 0:
	case r.set.Claims() != nil:
		fmt.Fprintln(r.out, "Nothing was sent: --yes fires them, but for those that their claims say were fired before.")
	default:
		fmt.Fprintln(r.out, "Nothing was sent: --yes fires them. The rules have no claims, so that tasks of an event that were fired before are fired again, which needs --again.")
	}
}
