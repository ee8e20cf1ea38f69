package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/schollz/progressbar/v3"

	"onput/handler"
	"onput/internal/deployment"
	"onput/internal/ossclient"
	"onput/internal/text"
	"onput/process"
	"onput/rules"
)

// ReplayCmd fires events that Function Compute gave up and tasks that the function recorded as failed.
type ReplayCmd struct {
	Records  []string `arg:"" name:"record" help:"JSON file with one or more messages delivered by onFailure; - for standard input; or oss://BUCKET/PREFIX of records left by failures.permanent: record."`
	Rules    string   `placeholder:"FILE" help:"Rule file, or oss://BUCKET/KEY. Default: rules/rules.yaml or rules.yaml."`
	S        string   `name:"s" placeholder:"s.yaml" help:"Serverless Devs file of the function. Its environmentVariables replace ${env(…)} in the rules."`
	Yes      bool     `help:"Fire the tasks. Without it, they are only shown."`
	Again    bool     `help:"If the rules have no claims: fire every task of an event, including those fired before one failed."`
	Changed  bool     `help:"If the rules have changed the process or target of a record since, fire the task as the rules have it now."`
	Done     string   `placeholder:"FILE" help:"Log of the failures replayed from files. Failures in it are skipped, so an interrupted replay can be resumed."`
	Region   string   `env:"OSS_REGION" placeholder:"REGION" help:"Region of the records in OSS, and of events that name none."`
	Endpoint string   `env:"OSS_ENDPOINT" default:"public" help:"Endpoint of OSS: internal, public, or a URL."`
	JSON     bool     `name:"json" help:"Print JSON."`
}

// Help is shown by onput replay --help.
func (*ReplayCmd) Help() string {
	return "The rules are applied again, by this version of onput, with the key in OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET (and OSS_SESSION_TOKEN). " +
		"Claims keep tasks from being fired twice. Records in OSS are deleted once their task is fired. " +
		"${env(…)} in the rules is read on this machine: give --s, or set the variables as the function has them, because a task with another target is another task."
}

// Examples end onput replay --help.
func (*ReplayCmd) Examples() []string {
	return []string{
		"onput replay failures.json                            # show what would be fired",
		"onput replay failures.json --yes --done replayed.log  # fire it",
		"onput replay oss://acme-derived/.onput/failed/ --region cn-hangzhou",
	}
}

// Run replays the failures. It returns exit(1) if something cannot be replayed or fails again, exit(2) if the flags are wrong.
func (c *ReplayCmd) Run(s *streams) error {
	ctx, stop := untilSignal(s)
	defer stop()
	return unlessInterrupted(ctx, c.run(ctx, s))
}

func (c *ReplayCmd) run(ctx context.Context, s *streams) error {
	r := &replay{ReplayCmd: c, streams: s}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	failures, err := r.collect(ctx)
	if err != nil {
		return err
	}
	r.report.Fired = c.Yes
	if err := r.replayAll(ctx, failures); err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(s.out, &r.report)
	} else {
		r.printSummary()
	}
	return cmp.Or(err, exitIf(len(r.report.Problems) > 0 || r.report.Failed > 0 || r.report.Left > 0))
}

// replay is the state of one run of the command.
type replay struct {
	*ReplayCmd
	*streams
	set     *rules.Set
	oss     *ossclient.Client
	client  *oss.Client // for records in OSS; nil if there are none
	done    map[string]bool
	doneLog *os.File
	bar     *progressbar.ProgressBar
	report  replayReport

	inputBytes int64 // read from files
}

// prepare checks the flags and reads the rules. It sends no task.
func (r *replay) prepare(ctx context.Context) (err error) {
	r.report.Failures, r.report.Problems = []failureReport{}, []problem{}
	r.Endpoint = cmp.Or(r.Endpoint, "public") // OSS_ENDPOINT may be set to nothing
	if r.oss, err = ossclient.New(r.Endpoint, r.Region); err != nil {
		return usageError{err}
	}
	if r.Again && r.Yes && r.Done == "" {
		return usageError{errors.New("--again needs --done FILE: without claims, only that log keeps a second run from firing everything again")}
	}
	for _, name := range r.Records {
		if location, ok := strings.CutPrefix(name, "oss://"); ok {
			if bucket, _, _ := strings.Cut(location, "/"); !process.ValidBucket(bucket) {
				return usageError{fmt.Errorf("%s: a bucket is missing, or is none; write oss://BUCKET/PREFIX", text.Printable(name))}
			}
			if r.Region == "" {
				return usageError{fmt.Errorf("%s: give --region or set OSS_REGION", name)}
			}
			r.client = r.newClient()
		}
	}
	if r.Yes || r.client != nil || strings.HasPrefix(r.Rules, "oss://") {
		if _, err := credentials.NewEnvironmentVariableCredentialsProvider().GetCredentials(ctx); err != nil {
			return errors.New("no credentials: set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET")
		}
	}
	function, err := readFunction(ctx, r.S)
	if err != nil {
		return err
	}
	if err := defaultRules(&r.Rules, ""); err != nil {
		return err
	}
	if !strings.HasPrefix(r.Rules, "oss://") {
		file, err := loadRules(ctx, r.Rules, deployment.NewEnvironment(*function), r.streams)
		if err != nil {
			return fmt.Errorf("rules not read: %w", err)
		}
		r.set = file.Set
		return nil
	}
	source := handler.OpenRules(r.Rules, r.oss, slog.New(slog.DiscardHandler), deployment.NewEnvironment(*function).Get, nil)
	r.set, _, err = source.Current(ctx)
	var errs rules.Diagnostics
	if errors.As(err, &errs) {
		printErrors(r.err, r.Rules, errs)
		return exit(exitFailed)
	}
	return err
}

// collect reads files and lists prefixes. It returns each failure once.
func (r *replay) collect(ctx context.Context) ([]failure, error) {
	var all []failure
	for _, name := range r.Records {
		if location, ok := strings.CutPrefix(name, "oss://"); ok {
			records, err := r.listRecords(ctx, location)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			all = append(all, records...)
			continue
		}
		data, err := r.readInput(ctx, name)
		if err != nil {
			return nil, err
		}
		failures, problems := readFailures(name, false, data)
		r.report.Problems = append(r.report.Problems, problems...)
		all = append(all, failures...)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(f failure) bool {
		key := cmp.Or(f.id, f.origin)
		again := seen[key]
		seen[key] = true
		return again
	}), nil
}

// addProblem reports something that cannot be replayed.
func (r *replay) addProblem(origin, format string, args ...any) {
	r.report.Problems = append(r.report.Problems, problem{origin, fmt.Sprintf(format, args...)})
}

// replayAll replays failures one after the other. A signal stops it after the current one.
func (r *replay) replayAll(ctx context.Context, failures []failure) error {
	if err := r.openDone(ctx); err != nil {
		return err
	}
	defer r.doneLog.Close() // does nothing without a log
	r.bar = newProgressBar(r.err, len(failures), r.Yes && isTerminal(r.err))
	defer r.bar.Clear()
	for i := range failures {
		if ctx.Err() != nil {
			r.report.Left = len(failures) - i
			break
		}
		if n := r.report.Failed; n > 0 {
			r.bar.Describe(text.Plural(n, "task") + " failed")
		}
		r.bar.Set(i)
		f := &failures[i]
		ctx := context.WithoutCancel(ctx)
		switch {
		case f.record == nil && r.done[f.id]:
			r.report.Before++
		case f.record == nil || r.readRecord(ctx, f):
			if err := r.replayOne(ctx, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// replayOne fires the tasks of a failure, or without --yes shows them.
func (r *replay) replayOne(ctx context.Context, f *failure) error {
	report := failureReport{Origin: f.origin, RequestID: text.Truncate(f.requestID, maxReason), Error: f.reason}
	complete := false // everything in the event was decoded and tried
	switch {
	case !r.Yes:
		report.Uploads = r.plan(ctx, f)
	case f.task == nil && r.set.Claims() == nil && !r.Again:
		r.addProblem(f.origin, "not replayed: the rules have no claims, so nothing tells which of its tasks were fired before; "+
			"add claims to them, or fire all of its tasks with --again --done FILE")
		return nil
	default:
		report.Uploads, complete = r.fire(ctx, f)
	}
	r.report.add(&report)
	if f.task != nil && len(countTasks(report.Uploads)) == 0 {
		r.addProblem(f.origin, "%s", r.refusal(ctx, f))
	}
	if complete && report.finished(f.task != nil) {
		if err := r.markDone(ctx, f); err != nil {
			return err
		}
	}
	if !r.JSON {
		r.bar.Clear()
		r.print(&report)
	}
	return nil
}

// markDone keeps a failure from being replayed again: it deletes the record, or adds the failure to the log.
func (r *replay) markDone(ctx context.Context, f *failure) error {
	switch {
	case f.record != nil:
		_, err := r.client.DeleteObject(ctx, &oss.DeleteObjectRequest{Bucket: &f.record.Bucket, Key: &f.record.Key})
		if err != nil {
			r.addProblem(f.origin, "replayed, but not deleted: %v", shortError(err))
		}
	case r.doneLog != nil:
		// A single write, so that a line is either complete or missing.
		if _, err := fmt.Fprintf(r.doneLog, "%s %s\n", f.id, text.Printable(f.origin)); err != nil {
			return fmt.Errorf("%s: %w", f.origin, err)
		}
	}
	return nil
}

// openDone reads the log of --done, and opens it for writing if tasks are fired. The log has a line for each failure from a
// file that was replayed: its id and its origin.
func (r *replay) openDone(ctx context.Context) error {
	r.done = map[string]bool{}
	if r.Done == "" {
		return nil
	}
	if info, err := os.Stat(r.Done); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("--done %s is not a regular file: give a file that keeps what is written to it", r.Done)
	}
	data, err := readFile(ctx, r.Done, nil, maxInput)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for line := range strings.Lines(string(data)) {
		id, _, _ := strings.Cut(line, " ")
		r.done[id] = true
	}
	if !r.Yes {
		return nil
	}
	r.doneLog, err = os.OpenFile(r.Done, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err == nil && len(data) > 0 && data[len(data)-1] != '\n' {
		_, err = r.doneLog.WriteString("\n")
	}
	return err
}
