package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"onput/internal/build"
	"onput/internal/event"
	"onput/internal/localcloud"
	"onput/process"
	"onput/rules"
)

// RunCmd does the main job on this machine: it builds the function, starts a local OSS and a local Function Compute
// runtime, uploads files, and shows what the function fired.
type RunCmd struct {
	Dir     string   `default:"." help:"Root of the project."`
	Rules   string   `default:"" help:"Rule file to run instead of the rules/rules.yaml of the project; seen from here."`
	Put     []string `placeholder:"FILE[=KEY]" sep:"none" help:"File to upload instead of the samples. KEY is its key; the prefix of the first source is put before it unless it is there."`
	Runtime string   `enum:"go1,custom" default:"go1" help:"Runtime of Function Compute: go1, one upload at a time, or custom, up to 200 at once."`
	Bucket  string   `placeholder:"NAME" help:"Bucket to upload to; the first source of the rules if not given."`
	Verbose bool     `short:"v" help:"Print every line of the function's log."`
}

// Help is shown by onput run --help.
func (*RunCmd) Help() string {
	return "Nothing leaves this machine: OSS and Function Compute are local, and OSS's processes are accepted but not carried out."
}

// upload is a file, where it goes, and for the samples what it must fire.
type upload struct {
	file      string
	key       string // the prefix of the source goes before it, if it is not there
	operation string // "" where only the rules say
}

// samples is one upload for each asynchronous operation.
var samples = []upload{
	{"report.docx", "documents/report.docx", "doc/convert"},
	{"clip.mp4", "videos/clip.mp4", "video/convert"},
	{"clip.mp4", "animations/clip.mp4", "video/animation"},
	{"clip.mp4", "sprites/clip.mp4", "video/sprite"},
	{"clip.mp4", "snapshots/clip.mp4", "video/snapshots"},
	{"clip.mp4", "episodes/clip.mp4", "video/concat"},
	{"voice.mp3", "audio/voice.mp3", "audio/convert"},
	{"voice.mp3", "podcasts/voice.mp3", "audio/concat"},
	{"photo.jpg", "watermarked/photo.jpg", "image/deblindwatermark"},
}

// runLimit bounds the whole run.
const runLimit = 5 * time.Minute

// Run uploads and reports. It returns exit(1) unless every upload fired exactly what the rules say. What it made on this
// machine is gone when it returns, also when it was interrupted.
func (c *RunCmd) Run(s *streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := c.run(ctx, s)
	if err != nil && ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return err
}

func (c *RunCmd) run(ctx context.Context, s *streams) error {
	ctx, cancel := context.WithTimeout(ctx, runLimit)
	defer cancel()
	if _, err := os.Stat(filepath.Join(c.Dir, "main.go")); err != nil {
		return fmt.Errorf("%s is not the root of the project: go there, or give --dir", c.Dir)
	}
	file := c.Rules
	switch file {
	case "":
		file = filepath.Join(c.Dir, "rules", "rules.yaml")
	case "-":
		return errors.New("--rules -: the function reads the rules, too, and has no standard input; give a file")
	}
	temp, err := os.MkdirTemp("", "onput-run-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	r := &job{streams: s, verbose: c.Verbose, messages: messages{}}
	r.cloud, err = localcloud.Start(localcloud.Options{Dir: filepath.Join(temp, "oss"), Watch: r.watch, AnyTarget: true})
	if err != nil {
		return err
	}
	defer r.cloud.Close()
	restore, err := r.environment(file)
	if err != nil {
		return err
	}
	defer restore()
	if r.set, err = loadRules(file, s); err != nil {
		return err
	}
	r.place = r.set.ExampleUploadLocation()
	if c.Bucket != "" {
		r.place.Bucket = c.Bucket
	}
	uploads, err := c.uploads(r.place.Key)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, "Building the function …")
	binary := filepath.Join(temp, "main")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if err := c.build(ctx, s, binary); err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	r.subscribed = r.topics(uploads)
	if err := r.start(binary, c.Runtime); err != nil {
		return err
	}
	for _, u := range uploads {
		if err := r.upload(ctx, u); err != nil {
			return err
		}
	}
	if err := r.cloud.Drain(ctx); err != nil {
		return fmt.Errorf("waiting for the function: %w", err)
	}
	return r.report()
}

// build builds the function. Interrupted, it lets the go command end by itself.
func (c *RunCmd) build(ctx context.Context, s *streams, binary string) error {
	cmd := build.Command(ctx, c.Dir, build.Function, binary)
	cmd.Env = append(cmd.Env, "GOTMPDIR="+filepath.Dir(binary)) // its work is in the folder that is removed at the end
	cmd.Stdout, cmd.Stderr = s.err, s.err
	cmd.Cancel = func() error {
		if cmd.Process.Signal(os.Interrupt) == nil {
			return nil
		}
		return cmd.Process.Kill() // Windows has no such signal
	}
	cmd.WaitDelay = 5 * time.Second
	return cmd.Run()
}

// uploads returns what to upload, the given files or the samples, with whole keys.
func (c *RunCmd) uploads(prefix string) ([]upload, error) {
	var all []upload
	if c.Put == nil {
		all = slices.Clone(samples)
		for i := range all {
			all[i].file = filepath.Join(c.Dir, "testdata", "samples", all[i].file)
			if c.Rules != "" {
				all[i].operation = "" // other rules, other operations
			}
		}
	}
	for _, put := range c.Put {
		file, key, named := put, "", false
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			if file, key, named = strings.Cut(put, "="); !named {
				return nil, fmt.Errorf("there is no file %s", put)
			}
		}
		if info, err := os.Stat(file); err == nil && info.IsDir() {
			return nil, fmt.Errorf("--put %s: it is a directory; give a file", file)
		}
		switch {
		case !named:
			key = filepath.Base(file)
		case key == "":
			return nil, fmt.Errorf("--put %s: the key is empty; write FILE=KEY, or FILE alone", put)
		}
		all = append(all, upload{file: file, key: key})
	}
	seen := map[string]bool{}
	for i := range all {
		u := &all[i]
		if !strings.HasPrefix(u.key, prefix) {
			u.key = prefix + u.key
		}
		if seen[u.key] {
			return nil, fmt.Errorf("two files would be %s; give one another key: FILE=KEY", printable(u.key))
		}
		seen[u.key] = true
	}
	return all, nil
}

// job is a run under way: the cloud, what was uploaded, and what the function was given.
type job struct {
	*streams
	set     *rules.Set
	place   process.Location
	verbose bool
	cloud   *localcloud.Cloud
	client  *oss.Client
	put     []upload

	subscribed []localcloud.TopicTrigger

	mu       sync.Mutex
	events   [][]byte // payloads
	failed   []string // what invocations ended with
	messages messages
}

// start deploys the function in the local cloud, in a runtime. A failed invocation is not tried again: what it did not
// fire would fail again, and what it did fire would be fired twice.
func (r *job) start(binary, fcRuntime string) error {
	buckets := []string{r.place.Bucket}
	if claims := r.set.Claims(); claims != nil && claims.Bucket != "" {
		buckets = append(buckets, claims.Bucket)
	}
	for _, name := range buckets {
		if err := r.cloud.CreateBucket(name); err != nil {
			return err
		}
	}
	r.cloud.SetFaults(localcloud.Faults{Task: func(localcloud.Process) localcloud.TaskResult { return localcloud.TaskResult{After: taskTime} }})
	owner := r.cloud.Credential()
	r.client = oss.NewClient(oss.LoadDefaultConfig().
		WithRegion(r.cloud.Region()).
		WithEndpoint(r.cloud.Endpoint()).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(owner.AccessKeyID, owner.AccessKeySecret)))
	env := os.Environ()
	for _, name := range given {
		env = append(env, name+"="+os.Getenv(name))
	}
	atOnce := 1
	if fcRuntime == "custom" {
		atOnce = localcloud.MaxConcurrency
	}
	return r.cloud.Deploy(localcloud.Function{
		Binary:      binary,
		Runtime:     fcRuntime,
		Concurrency: atOnce,
		Env:         env,
		Retries:     -1,
		Triggers: []localcloud.Trigger{{
			Bucket: r.place.Bucket,
			Events: []string{"oss:ObjectCreated:PutObject", "oss:ObjectCreated:PostObject", "oss:ObjectCreated:CompleteMultipartUpload"},
			Prefix: r.place.Key,
		}},
		Topics: r.subscribed,
	})
}

// settings are the environment variables that the function and the OSS SDK read: those of the run are not the caller's,
// which may belong to a real cloud.
var settings = []string{
	"OSS_ENDPOINT", "OSS_REGION", "OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN",
	"ONPUT_MODE", "ONPUT_RULES", "LOG_LEVEL", "FC_RUNTIME_API", "FC_SERVER_PORT", "FC_CUSTOM_LISTEN_PORT",
}

// given are the environment variables that the local Function Compute sets. Here they are as the caller has them, or empty.
var given = []string{"FC_REGION", "FC_ACCOUNT_ID", "FC_FUNCTION_NAME", "FC_FUNCTION_HANDLER", "FC_FUNCTION_MEMORY_SIZE"}

// environment makes this process's environment the function's, so that ${env(…)} in the rules is the same to both, until
// restore is called.
func (r *job) environment(rulesFile string) (restore func(), err error) {
	if rulesFile, err = filepath.Abs(rulesFile); err != nil {
		return nil, err
	}
	values := map[string]string{"OSS_ENDPOINT": r.cloud.Endpoint(), "OSS_REGION": r.cloud.Region(), "ONPUT_RULES": rulesFile}
	before := map[string]string{}
	for _, name := range settings {
		if value, ok := os.LookupEnv(name); ok {
			before[name] = value
		}
	}
	set := func(values map[string]string) {
		for _, name := range settings {
			os.Unsetenv(name)
			if value, ok := values[name]; ok {
				os.Setenv(name, value)
			}
		}
	}
	set(values)
	return func() { set(before) }, nil
}

// watch takes down what happens in the cloud.
func (r *job) watch(e localcloud.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := e.(type) {
	case localcloud.InvocationStarted:
		r.events = append(r.events, e.Payload)
	case localcloud.InvocationEnded:
		if e.Result.FunctionError != "" {
			r.failed = append(r.failed, e.Result.ErrorType+": "+e.Result.ErrorMessage)
		}
		r.messages.understood(e.Result)
	case localcloud.LogLine:
		if r.verbose {
			fmt.Fprintln(r.err, e.Text)
		}
	}
}

// upload puts one file into the bucket, as any client would.
func (r *job) upload(ctx context.Context, u upload) error {
	_, err := r.client.PutObjectFromFile(ctx, &oss.PutObjectRequest{Bucket: oss.Ptr(r.place.Bucket), Key: oss.Ptr(u.key)}, u.file)
	if err != nil {
		return fmt.Errorf("upload of %s: %w", u.file, err)
	}
	r.put = append(r.put, u)
	return nil
}

// report prints what was fired and holds it against what the rules say.
func (r *job) report() error {
	received := r.cloud.Processes()
	told := r.told()
	var problems []string
	table := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(r.out, "\nUploaded to oss://%s:\n\n", r.place.Bucket)
	fmt.Fprintln(table, "UPLOAD\tRULE\tOPERATION\tTARGET\tTASK")
	taken := make([]bool, len(received))
	var order []int // of received: as the tasks stand in the table, because one upload's are sent side by side
	for _, u := range r.put {
		key := printable(u.key)
		var tasks []rules.Task
		reason := ""
		for i := range told[u.key] {
			e := &told[u.key][i]
			tasks = append(tasks, r.set.Match(e)...)
			if skip := r.set.Skip(e); skip != "" {
				reason = ": " + skip
			}
		}
		if len(told[u.key]) == 0 {
			problems = append(problems, fmt.Sprintf("the function was not told of %s", key))
		}
		if len(tasks) == 0 {
			fmt.Fprintf(table, "%s\t-\tnothing fired%s\t\t\n", key, reason)
		}
		if u.operation != "" && (len(tasks) != 1 || operation(tasks[0].Process) != u.operation) {
			problems = append(problems, fmt.Sprintf("%s should have fired %s alone", key, u.operation))
		}
		for _, t := range tasks {
			target, id := printable(t.Target.String()), ""
			if target == "" {
				target = "message to " + t.Notify
			}
			for i, p := range received {
				if !taken[i] && p.Source == t.Source && p.Body == "x-oss-async-process="+t.Request() {
					taken[i], id = true, p.TaskID
					order = append(order, i)
					break
				}
			}
			switch {
			case id != "" || t.Log:
			case t.Err != nil:
				problems = append(problems, fmt.Sprintf("%s: rule %s: %v", key, t.Rule, t.Err))
			default:
				problems = append(problems, fmt.Sprintf("%s: rule %s fired nothing that OSS took", key, t.Rule))
			}
			if t.Log {
				id = "(mode: log)"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", key, t.Rule, operation(t.Process), target, id)
		}
	}
	table.Flush()
	fmt.Fprintf(r.out, "\nWhat OSS received:\n\n")
	for i, p := range received {
		if !taken[i] {
			order = append(order, i)
			problems = append(problems, fmt.Sprintf("OSS received a process for %s that no rule explains", printable(p.Source.String())))
		}
	}
	for _, i := range order {
		fmt.Fprintf(r.out, "POST %s?x-oss-async-process\n  %s\n", printable("/"+received[i].Source.Key), printable(received[i].Body))
	}
	if len(received) == 0 {
		fmt.Fprintln(r.out, "nothing")
	}
	r.mu.Lock()
	problems = append(problems, r.messages.report(r.streams, received, r.subscribed)...)
	problems = append(problems, r.failed...)
	r.mu.Unlock()
	if len(problems) > 0 {
		fmt.Fprintf(r.err, "\n%s:\n%s\n", count(len(problems), "problem"), strings.Join(problems, "\n"))
		return exit(exitFailed)
	}
	if len(received) == 0 {
		fmt.Fprintln(r.out, "\nNothing was to be fired. Files of your own: --put FILE=KEY; why a key fires nothing: onput explain KEY FILE")
	}
	fmt.Fprintf(r.out, `
%s, %s fired as the rules say. How to go on:

  onput run --rules FILE --put FILE   your own rules and files
  onput check rules/rules.yaml        what is wrong or doubtful in the rules
  docs/deploy.md                      into your own account
`, count(len(r.put), "upload"), count(len(received), "process"))
	return nil
}

// told returns the uploads that the function was told of, by key.
func (r *job) told() map[string][]rules.Upload {
	r.mu.Lock()
	defer r.mu.Unlock()
	told := map[string][]rules.Upload{}
	for _, payload := range r.events {
		uploads, _, err := event.Decode(payload)
		if err != nil {
			r.failed = append(r.failed, err.Error())
		}
		for _, u := range uploads {
			told[u.Key] = append(told[u.Key], u)
		}
	}
	return told
}

// operation returns the name at the beginning of a process string.
func operation(process string) string {
	name, _, _ := strings.Cut(process, ",")
	return name
}
