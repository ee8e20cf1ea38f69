package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"onput/internal/attributes"
	"onput/internal/build"
	"onput/internal/deployment"
	"onput/internal/localcloud"
	"onput/internal/localimages"
	"onput/internal/text"
	"onput/process"
	"onput/rules"
)

// RunCmd runs the function on this machine. It builds the function, starts a local OSS and a local Function Compute, uploads
// files, and shows the tasks that were fired.
type RunCmd struct {
	Dir     string   `placeholder:"DIR" help:"Source tree of onput, with the function to build, samples and rules."`
	Rules   []string `placeholder:"FILE" sep:"none" help:"Rule file. Default: rules/rules.yaml or rules.yaml."`
	Event   []string `placeholder:"FILE" sep:"none" help:"File with captured events to deliver instead of uploading files, in any form that the function understands; - is standard input. The flag can be repeated. Objects that the events name are put in place first, with the content of --put FILE=KEY, or of a few bytes."`
	Put     []string `placeholder:"FILE[=KEY]" sep:"none" help:"File to upload instead of the samples, as KEY. Any file will do, and the flag can be repeated. The prefix of the first source is put before KEY unless it is there."`
	Runtime string   `enum:"go1,custom" default:"go1" help:"Runtime of Function Compute: go1 (one upload at a time) or custom (up to 200 at once)."`
	Bucket  string   `placeholder:"NAME" help:"Bucket to upload to. Default: the first source of the rules."`
	Verbose bool     `short:"v" help:"Print every line of the function's log."`

	Attributes attributes.Flags `embed:""`
}

// Help is shown by onput run --help.
func (*RunCmd) Help() string {
	return "Nothing leaves this machine: OSS and Function Compute are local, and the local OSS carries out the processes of images. It accepts all others, but converts nothing."
}

// Examples end onput run --help.
func (*RunCmd) Examples() []string {
	return []string{
		"onput run",
		"onput run --put report.docx=incoming/documents/report.docx",
		"onput run --event event.json  # a captured event",
		"onput run --put report.docx --meta visibility=public --tag team=web",
		"onput run --runtime custom --verbose",
	}
}

// Validate refuses a second rule file, which would be left out.
func (c *RunCmd) Validate() error {
	if len(c.Rules) > 1 {
		return fmt.Errorf("--rules is given more than once: a run has one rule file, not %s", text.JoinAnd(c.Rules))
	}
	return nil
}

// rulesFile returns the file of --rules, "" without the flag.
func (c *RunCmd) rulesFile() string { return strings.Join(c.Rules, "") }

// putFile is a file to upload.
type putFile struct {
	path      string
	key       string // without the prefix of the source, if it does not begin with it
	operation string // the only operation that it must fire; "" to let the rules decide
}

// samples has a file for each asynchronous operation, and a photo.
var samples = []putFile{
	{"report.docx", "documents/report.docx", "doc/convert"},
	{"clip.mp4", "videos/clip.mp4", "video/convert"},
	{"clip.mp4", "animations/clip.mp4", "video/animation"},
	{"clip.mp4", "sprites/clip.mp4", "video/sprite"},
	{"clip.mp4", "snapshots/clip.mp4", "video/snapshots"},
	{"clip.mp4", "episodes/clip.mp4", "video/concat"},
	{"voice.mp3", "audio/voice.mp3", "audio/convert"},
	{"voice.mp3", "podcasts/voice.mp3", "audio/concat"},
	{"photo.jpg", "photos/photo.jpg", ""},
	{"photo.jpg", "watermarked/photo.jpg", "image/deblindwatermark"},
}

// uploadEvent is the event of each upload.
const uploadEvent = "ObjectCreated:PutObject"

// runTimeout bounds the whole run, with timeoutPerFile more for each file of --put.
const (
	runTimeout     = 5 * time.Minute
	timeoutPerFile = time.Second
)

// maxUnanswered bounds the uploads that invoke the function at once: this machine, which processes pictures one after the
// other, is slower than OSS, and invocations that wait for it would run out of time.
const maxUnanswered = 20

// Run uploads the files and reports. It returns exit(1) unless every upload fired exactly the tasks of the rules. It removes
// its files, also if it is interrupted.
func (c *RunCmd) Run(s *streams) error {
	ctx, stop := untilSignal(s)
	defer stop()
	return unlessInterrupted(ctx, c.run(ctx, s))
}

func (c *RunCmd) run(ctx context.Context, s *streams) error {
	ctx, cancel := context.WithTimeout(ctx, runTimeout+time.Duration(len(c.Put))*timeoutPerFile)
	defer cancel()
	source, err := sourceTree(c.Dir, s)
	if err != nil {
		return err
	}
	if c.rulesFile() == "-" {
		return errors.New("--rules -: the function reads the rules too and has no standard input; give a file")
	}
	file := c.rulesFile()
	if err := defaultRules(&file, c.Dir); err != nil {
		return err
	}
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("--rules %s: not a regular file; give a file that the function can read too", file)
	}
	if c.Event != nil && c.Bucket != "" {
		return usageError{errors.New("--bucket is for uploads, and the events of --event name their own")}
	}
	captured, err := readCaptured(ctx, c.Event, s.in)
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "onput-run-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	r := &localRun{streams: s, dir: c.Dir, inTree: source != "",
		shipped: source != "" && c.rulesFile() == "", rules: file, verbose: c.Verbose, completions: completions{}}
	if r.attributes, err = c.Attributes.Parse(); err != nil {
		return usageError{err}
	}
	r.cloud, err = localcloud.Start(localcloud.Options{Dir: filepath.Join(temp, "oss"), Watch: r.watch, AnyTarget: true, Region: captured.region,
		Images: localimages.NewEngine()})
	if err != nil {
		return err
	}
	defer r.cloud.Close()
	if r.env, err = r.settings(file); err != nil {
		return err
	}
	loaded, err := loadRules(ctx, file, deployment.CallersEnvironment(r.env), s)
	if err != nil {
		return err
	}
	r.set, r.source = loaded.Set, loaded.Set.ExampleUploadLocation()
	if c.Bucket != "" {
		r.source.Bucket = c.Bucket
	}
	var files []putFile
	if c.Event != nil {
		err = captured.addContents(c.Put)
	} else {
		files, err = c.files(r, temp, source)
	}
	if err != nil {
		return err
	}
	binary := filepath.Join(temp, "main.exe") // Windows wants the extension
	if source == "" {
		err = writeEmbedded(build.EmbeddedFunction(runtime.GOOS, runtime.GOARCH), binary)
	} else {
		fmt.Fprintln(s.out, "Building the function …")
		if err = c.build(ctx, s, source, binary); err != nil {
			err = fmt.Errorf("go build: %w", err)
		}
	}
	if err != nil {
		return err
	}
	if c.Event != nil {
		return r.runCaptured(ctx, binary, c.Runtime, captured)
	}
	r.topics = r.topicsOf(r.uploadsOf(files))
	if err := r.start(binary, c.Runtime, []localcloud.Trigger{{
		Bucket: r.source.Bucket,
		Events: []string{"oss:ObjectCreated:PutObject", "oss:ObjectCreated:PostObject", "oss:ObjectCreated:CompleteMultipartUpload"},
		Prefix: r.source.Key,
	}}); err != nil {
		return err
	}
	for some := range slices.Chunk(files, maxUnanswered) {
		for _, f := range some {
			if err := r.upload(ctx, f); err != nil {
				return err
			}
		}
		if err := r.cloud.Drain(ctx); err != nil {
			return fmt.Errorf("waiting for the function: %w", err)
		}
	}
	return r.report(ctx)
}

// build builds the function.
func (c *RunCmd) build(ctx context.Context, s *streams, source, binary string) error {
	cmd := build.Command(ctx, source, build.Function, binary)
	cmd.Env = append(cmd.Env, "GOTMPDIR="+filepath.Dir(binary)) // in the directory that is removed at the end
	cmd.Stdout, cmd.Stderr = s.err, s.err
	return cmd.Run()
}

// files returns the files of --put or the samples, with complete keys. Without a source tree, it writes the samples to temp.
func (c *RunCmd) files(r *localRun, temp, source string) ([]putFile, error) {
	var all []putFile
	if c.Put == nil {
		all = slices.Clone(samples)
		if c.rulesFile() != "" || source == "" { // each operation is only in the rules of the source tree
			all = r.samplesThatFire()
		}
	}
	for i := range all {
		name := all[i].path
		if source != "" {
			all[i].path = filepath.Join(source, filepath.FromSlash(build.Samples), name)
			continue
		}
		all[i].path = filepath.Join(temp, name)
		if err := writeEmbedded(build.EmbeddedSamples+"/"+name, all[i].path); err != nil {
			return nil, err
		}
	}
	for _, put := range c.Put {
		f, _, err := parsePut(put)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	seen := map[string]bool{}
	for i := range all {
		u := &all[i]
		if !strings.HasPrefix(u.key, r.source.Key) {
			u.key = r.source.Key + u.key
		}
		if seen[u.key] {
			return nil, fmt.Errorf("two files have the key %s; give one of them another with FILE=KEY", text.Printable(u.key))
		}
		seen[u.key] = true
	}
	return all, nil
}

// parsePut returns the file that --put names and its key, and whether the key is given. Without one it is the name of the file.
func parsePut(put string) (f putFile, named bool, err error) {
	path, key := put, ""
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || put == "" {
		path, key, named = strings.Cut(put, "=")
	}
	info, err := os.Stat(path)
	switch {
	case path == "":
		return f, named, fmt.Errorf("--put %q names no file; write FILE=KEY, or FILE alone", put)
	case errors.Is(err, fs.ErrNotExist):
		return f, named, fmt.Errorf("there is no file %s", path)
	case err != nil:
		return f, named, fmt.Errorf("--put: %w", err)
	case info.IsDir():
		return f, named, fmt.Errorf("--put %s: a directory; give a file", path)
	case !info.Mode().IsRegular(): // a pipe may never open, and a device never end
		return f, named, fmt.Errorf("--put %s: not a regular file; write its content to a file and give that", path)
	case !named:
		key = filepath.Base(path)
	case key == "":
		return f, named, fmt.Errorf("--put %s: the key is empty; write FILE=KEY, or FILE alone", put)
	case key[0] == '/':
		return f, named, fmt.Errorf("--put %s: keys do not begin with /; write %s=%s", put, path, strings.TrimLeft(key, "/"))
	}
	return putFile{path: path, key: key}, named, nil
}

// uploadsOf returns the uploads of some files, as far as they are known before.
func (r *localRun) uploadsOf(files []putFile) (uploads []rules.Upload) {
	for _, f := range files {
		uploads = append(uploads, rules.Upload{Event: uploadEvent, Bucket: r.source.Bucket, Key: f.key, Size: -1})
	}
	return uploads
}

// samplesThatFire returns a key for each sample for which a rule fires, or all samples if none does. A condition on metadata
// counts as met.
func (r *localRun) samplesThatFire() []putFile {
	var all, firing []putFile
	for _, f := range samples {
		all = append(all, putFile{path: f.path, key: f.key})
		u := rules.Upload{Event: uploadEvent, Bucket: r.source.Bucket, Key: r.source.Key + f.key}
		e := r.set.Explain(&u, rules.GivenBucket|rules.GivenEvent)
		known := slices.ContainsFunc(firing, func(known putFile) bool { return known.path == f.path })
		if len(e.Tasks()) > 0 && !known {
			firing = append(firing, putFile{path: f.path, key: f.key})
		}
	}
	if firing == nil {
		return all
	}
	return firing
}

// localRun is the state of one run of the command.
type localRun struct {
	*streams
	dir     string            // of --dir
	inTree  bool              // the function was built from the source tree
	shipped bool              // the rules are those of the source tree
	rules   string            // rule file
	env     map[string]string // settings of the function
	set     *rules.Set
	source  process.Location // bucket and prefix of the uploads
	verbose bool
	cloud   *localcloud.Cloud
	client  *oss.Client
	put     []putFile // uploaded

	attributes attributes.Attributes // of each upload

	topics []string // that rules name for the uploads

	mu          sync.Mutex
	events      [][]byte // payloads of the invocations
	failed      []string // errors of the invocations
	completions completions
}

// start deploys the function in the local cloud, with the buckets that it needs. Failed invocations are not retried, because a retry would fire the other
// tasks twice.
func (r *localRun) start(binary, fcRuntime string, triggers []localcloud.Trigger, more ...string) error {
	buckets := append([]string{r.source.Bucket}, more...)
	if claims := r.set.Claims(); claims != nil && claims.Bucket != "" {
		buckets = append(buckets, claims.Bucket)
	}
	for _, name := range buckets {
		if err := r.cloud.CreateBucket(name); err != nil {
			return err
		}
	}
	r.cloud.SetFaults(localcloud.Faults{Task: func(localcloud.Process) localcloud.TaskResult { return localcloud.TaskResult{After: taskDuration} }})
	owner := r.cloud.Credential()
	r.client = oss.NewClient(oss.LoadDefaultConfig().
		WithRegion(r.cloud.Region()).
		WithEndpoint(r.cloud.Endpoint()).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(owner.AccessKeyID, owner.AccessKeySecret)))
	concurrency := 1
	if fcRuntime == "custom" {
		concurrency = localcloud.MaxConcurrency
	}
	var topics []localcloud.TopicTrigger
	for _, topic := range r.topics {
		topics = append(topics, localcloud.TopicTrigger{Topic: topic, Format: "JSON"})
	}
	return r.cloud.Deploy(localcloud.Function{
		Binary:      binary,
		Runtime:     fcRuntime,
		Concurrency: concurrency,
		Env:         r.environ(),
		Retries:     -1,
		Triggers:    triggers,
		Topics:      topics,
	})
}

// watch records the events of the cloud.
func (r *localRun) watch(e localcloud.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := e.(type) {
	case localcloud.InvocationStarted:
		r.events = append(r.events, e.Payload)
	case localcloud.InvocationEnded:
		if e.Result.FunctionError != "" {
			r.failed = append(r.failed, e.Result.ErrorType+": "+e.Result.ErrorMessage)
		}
		r.completions.record(e.Result)
	case localcloud.LogLine:
		if r.verbose {
			printf(r.err, "%s\n", e.Text)
		}
	}
}

// upload puts a file into the bucket, like any client.
func (r *localRun) upload(ctx context.Context, f putFile) error {
	request := r.attributes.AddToRequest(&oss.PutObjectRequest{Bucket: oss.Ptr(r.source.Bucket), Key: oss.Ptr(f.key)})
	_, err := r.client.PutObjectFromFile(ctx, request, f.path)
	if err != nil {
		return fmt.Errorf("upload of %s: %w", f.path, err)
	}
	r.put = append(r.put, f)
	return nil
}
