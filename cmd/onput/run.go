package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"onput/handler"
	"onput/internal/localcloud"
	"onput/process"
	"onput/rules"
)

// RunCmd does the main job on this machine: it builds the function, starts a local OSS and a local Function Compute
// runtime, uploads files, and shows what the function fired.
type RunCmd struct {
	Dir     string   `default:"." help:"Root of the project."`
	Rules   string   `default:"" help:"Rule file to run instead of rules/rules.yaml."`
	Put     []string `placeholder:"FILE[=KEY]" sep:"none" help:"File to upload instead of the samples; KEY is its name in the bucket."`
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
	key       string // without the prefix of the source
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

// Run uploads and reports. It returns exit(1) unless every upload fired exactly what the rules say.
func (c *RunCmd) Run(s *streams) error {
	if _, err := os.Stat(filepath.Join(c.Dir, "main.go")); err != nil {
		return fmt.Errorf("%s is not the root of the project: go there, or give --dir", c.Dir)
	}
	file := c.Rules
	if file == "" {
		file = filepath.Join(c.Dir, "rules", "rules.yaml")
	}
	set, err := loadRules(file, s)
	if err != nil {
		return err
	}
	uploads, err := c.uploads()
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "onput-run-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	ctx, cancel := context.WithTimeout(context.Background(), runLimit)
	defer cancel()

	fmt.Fprintln(s.out, "Building the function …")
	binary := filepath.Join(temp, "main")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, ".")
	build.Dir = c.Dir
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is deployed; no C compiler is needed
	build.Stdout, build.Stderr = s.err, s.err
	if err := build.Run(); err != nil {
		return fmt.Errorf("go build: %w", err)
	}

	place := set.UploadPlace()
	if c.Bucket != "" {
		place.Bucket = c.Bucket
	}
	r := &job{streams: s, set: set, place: place, verbose: c.Verbose}
	if err := r.start(temp, binary, file); err != nil {
		return err
	}
	defer r.cloud.Close()
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

// uploads returns what to upload: the given files or the samples.
func (c *RunCmd) uploads() ([]upload, error) {
	if c.Put == nil {
		all := slices.Clone(samples)
		for i := range all {
			all[i].file = filepath.Join(c.Dir, "testdata", "samples", all[i].file)
			if c.Rules != "" {
				all[i].operation = "" // other rules, other operations
			}
		}
		return all, nil
	}
	var all []upload
	for _, put := range c.Put {
		file, key, ok := put, "", false
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			if file, key, ok = strings.Cut(put, "="); !ok {
				return nil, fmt.Errorf("there is no file %s", put)
			}
		}
		if !ok {
			key = filepath.Base(file)
		}
		all = append(all, upload{file: file, key: key})
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

	mu     sync.Mutex
	events [][]byte // payloads of first tries
	failed []string // what invocations ended with, retries included
}

// start starts the local cloud with the function in it.
func (r *job) start(dir, binary, rulesFile string) error {
	rulesFile, err := filepath.Abs(rulesFile)
	if err != nil {
		return err
	}
	r.cloud, err = localcloud.Start(localcloud.Options{Dir: filepath.Join(dir, "oss"), Watch: r.watch})
	if err != nil {
		return err
	}
	if err := r.cloud.CreateBucket(r.place.Bucket); err != nil {
		r.cloud.Close()
		return err
	}
	owner := r.cloud.Credential()
	r.client = oss.NewClient(oss.LoadDefaultConfig().
		WithRegion(r.cloud.Region()).
		WithEndpoint(r.cloud.Endpoint()).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(owner.AccessKeyID, owner.AccessKeySecret)))
	err = r.cloud.Deploy(localcloud.Function{
		Binary: binary,
		Env: append(environment(),
			"ONPUT_RULES="+rulesFile,
			"OSS_ENDPOINT="+r.cloud.Endpoint(),
		),
		Triggers: []localcloud.Trigger{{
			Bucket: r.place.Bucket,
			Events: []string{"oss:ObjectCreated:PutObject", "oss:ObjectCreated:PostObject", "oss:ObjectCreated:CompleteMultipartUpload"},
			Prefix: r.place.Key,
		}},
	})
	if err != nil {
		r.cloud.Close()
	}
	return err
}

// environment is this process's, which the rules may read, without what belongs to real clouds.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "OSS_") || strings.HasPrefix(v, "FC_") || strings.HasPrefix(v, "ALIBABA_CLOUD_") || strings.HasPrefix(v, "ONPUT_MODE=")
	})
}

// watch takes down what happens in the cloud.
func (r *job) watch(e localcloud.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := e.(type) {
	case localcloud.InvocationStarted:
		if e.Retry == 0 {
			r.events = append(r.events, e.Payload)
		}
	case localcloud.InvocationEnded:
		if e.Result.FunctionError != "" {
			r.failed = append(r.failed, e.Result.ErrorType+": "+e.Result.ErrorMessage)
		}
	case localcloud.LogLine:
		if r.verbose {
			fmt.Fprintln(r.err, e.Text)
		}
	}
}

// upload puts one file into the bucket, as any client would. A target's bucket is there before it is needed.
func (r *job) upload(ctx context.Context, u upload) error {
	key := u.key
	if !strings.HasPrefix(key, r.place.Key) {
		key = r.place.Key + key
	}
	u.key = key
	for _, t := range r.set.Match(&rules.Upload{Event: "ObjectCreated:PutObject", Bucket: r.place.Bucket, Key: key, Size: -1}) {
		if t.Target.Bucket != "" && t.Err == nil {
			if err := r.cloud.CreateBucket(t.Target.Bucket); err != nil {
				return err
			}
		}
	}
	_, err := r.client.PutObjectFromFile(ctx, &oss.PutObjectRequest{Bucket: oss.Ptr(r.place.Bucket), Key: oss.Ptr(key)}, u.file)
	if err != nil {
		return fmt.Errorf("upload of %s: %w", u.file, err)
	}
	r.put = append(r.put, u)
	return nil
}

// report prints what was fired and holds it against what the rules say.
func (r *job) report() error {
	received := r.cloud.Processes()
	fired := r.expected()
	var problems []string
	table := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(r.out, "\nUploaded to oss://%s:\n\n", r.place.Bucket)
	fmt.Fprintln(table, "UPLOAD\tRULE\tOPERATION\tTARGET\tTASK")
	taken := make([]bool, len(received))
	var order []int // of received: as the tasks stand in the table, because one upload's are sent side by side
	for _, u := range r.put {
		tasks := fired[u.key]
		if len(tasks) == 0 {
			fmt.Fprintf(table, "%s\t-\tnothing fired\t\t\n", u.key)
		}
		if u.operation != "" && (len(tasks) != 1 || operation(tasks[0].Process) != u.operation) {
			problems = append(problems, fmt.Sprintf("%s should have fired %s alone", u.key, u.operation))
		}
		for _, t := range tasks {
			target, id := t.Target.String(), ""
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
				problems = append(problems, fmt.Sprintf("%s: rule %s: %v", u.key, t.Rule, t.Err))
			default:
				problems = append(problems, fmt.Sprintf("%s: rule %s fired nothing that OSS took", u.key, t.Rule))
			}
			if t.Log {
				id = "(mode: log)"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", u.key, t.Rule, operation(t.Process), target, id)
		}
	}
	table.Flush()
	fmt.Fprintf(r.out, "\nWhat OSS received:\n\n")
	for i, p := range received {
		if !taken[i] {
			order = append(order, i)
			problems = append(problems, fmt.Sprintf("OSS received a process for %s that no rule explains", p.Source))
		}
	}
	for _, i := range order {
		fmt.Fprintf(r.out, "POST /%s?x-oss-async-process\n  %s\n", received[i].Source.Key, received[i].Body)
	}
	if len(received) == 0 {
		fmt.Fprintln(r.out, "nothing")
	}
	r.mu.Lock()
	problems = append(problems, r.failed...)
	r.mu.Unlock()
	if len(problems) > 0 {
		fmt.Fprintf(r.err, "\n%s:\n%s\n", count(len(problems), "problem"), strings.Join(problems, "\n"))
		return exit(exitFailed)
	}
	fmt.Fprintf(r.out, `
%s, %s fired as the rules say. How to go on:

  onput run --rules FILE --put FILE   your own rules and files
  onput check rules/rules.yaml        what is wrong or doubtful in the rules
  docs/deploy.md                      into your own account
`, count(len(r.put), "upload"), count(len(received), "process"))
	return nil
}

// expected returns the tasks that the rules fire for the events that the function was given, by key.
func (r *job) expected() map[string][]rules.Task {
	r.mu.Lock()
	defer r.mu.Unlock()
	fired := map[string][]rules.Task{}
	for _, payload := range r.events {
		uploads, err := handler.Decode(payload)
		if err != nil {
			r.failed = append(r.failed, err.Error())
		}
		for i := range uploads {
			fired[uploads[i].Key] = append(fired[uploads[i].Key], r.set.Match(&uploads[i])...)
		}
	}
	return fired
}

// operation returns the name at the beginning of a process string.
func operation(process string) string {
	name, _, _ := strings.Cut(process, ",")
	return name
}
