package main

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/retry"

	"onput/internal/clock"
	"onput/internal/event"
	"onput/internal/localcloud"
	"onput/internal/localimages"
	"onput/rules"
)

// Storm is the configuration of one storm.
type Storm struct {
	Binary    string // the function
	Runtime   string // go1 or custom
	Seed      uint64
	Uploads   int
	Calm      bool // nothing goes wrong, but uploads are delivered more than once
	Unclaimed bool // the rules have no claims

	Instances, Concurrency int           // of the function
	Timeout                time.Duration // of an invocation; a hanging request takes all of it, so a storm's length depends on it
	KillEvery, PauseEvery  time.Duration // average time between two kills, and between two pauses
	Limit                  time.Duration // of the whole storm
}

// The buckets, and the rules: one with one task, one with two, one with a completion message, one whose task OSS does at once,
// and ones that ask OSS for tags, metadata and storage class, which some of the uploads have.
const (
	uploadsBucket = "storm-uploads"
	derivedBucket = "storm-derived"
	claimsBucket  = "storm-claims"

	claimsLine = "claims:\n  bucket: storm-claims\n  prefix: .onput/\n"
	ruleFile   = `
version: 1
sources: [storm-uploads]
defaults: {target: {bucket: storm-derived}}
rules:
  - {name: pages, match: "*.docx", process: "doc/convert,target_png", target: "{barename}/{index}.png"}
  - name: ladder
    match: "*.mov"
    outputs:
      - {process: "video/convert,f_mp4,vcodec_h264", target: "{barename}.mp4"}
      - {process: "video/snapshots,f_jpg,num_1", target: "{barename}.jpg"}
  - {name: sound, match: "*.wav", process: "audio/convert,f_mp3", target: "{barename}.mp3", notify: storm-done}
  - {name: thumbnail, match: "*.png", process: "image/resize,w_2/format,jpg", target: "{barename}.jpg"}
  - {name: tagged, match: {key: "*.docx", tags: {team: web}}, process: "doc/convert,target_pdf", target: "tagged/{barename}.pdf"}
  - {name: marked, match: {key: "*.mov", meta: {marked: "yes"}, class: IA}, process: "video/convert,f_flv", target: "marked/{barename}.flv"}
`
)

// maxReplays is how often events that reached onFailure are delivered again. If the machine is busy, some get there again.
const maxReplays = 3

// key returns the key of the nth upload.
func key(n int) string {
	extension := [...]string{"docx", "docx", "png", "mov", "wav"}[n%5]
	return fmt.Sprintf("%06d.%s", n, extension)
}

// object returns the request for the nth upload, and the upload as the rules see it once they know all of it.
func object(n int, region string) (*oss.PutObjectRequest, *rules.Upload) {
	u := &rules.Upload{Event: "ObjectCreated:PutObject", Bucket: uploadsBucket, Key: key(n), Size: 1, Region: region,
		Class: "Standard", Known: rules.GivenByOSS}
	r := &oss.PutObjectRequest{Bucket: oss.Ptr(uploadsBucket), Key: oss.Ptr(u.Key), Body: strings.NewReader(picture)}
	if n%3 == 0 {
		u.Tags, r.Tagging = map[string]string{"team": "web"}, oss.Ptr("team=web")
	}
	if n%4 > 0 {
		u.Meta = map[string]string{"marked": "yes"}
		r.Metadata = u.Meta
	}
	if n%2 == 0 {
		u.Class, r.StorageClass = "IA", oss.StorageClassIA
	}
	return r, u
}

// Run runs the storm, delivers the events that reached onFailure again, and returns the report.
func (s *Storm) Run(ctx context.Context) (*Report, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Limit)
	defer cancel()
	began := time.Now()
	dir, err := os.MkdirTemp("", "onput-storm-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	text, mayFire := ruleFile, !s.Unclaimed && s.Seed%2 == 1
	switch {
	case mayFire:
		text += claimsLine + "  unreachable: fire\n"
	case !s.Unclaimed:
		text += claimsLine
	}
	file := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		return nil, err
	}
	set, err := rules.Parse(file, []byte(text))
	if err != nil {
		return nil, err
	}

	l := newLedger(s.Timeout)
	l.mayFire = mayFire
	cloud, err := localcloud.Start(localcloud.Options{Dir: filepath.Join(dir, "oss"), Watch: l.watch, Images: localimages.NewEngine()})
	if err != nil {
		return nil, err
	}
	defer cloud.Close()
	for _, bucket := range []string{uploadsBucket, derivedBucket, claimsBucket} {
		if err := cloud.CreateBucket(bucket); err != nil {
			return nil, err
		}
	}
	pauses := &pauser{cloud: cloud, timeout: s.Timeout}
	pauses.ctx, pauses.cancel = context.WithCancel(ctx)
	defer pauses.end()
	injector := newFaultInjector(s.Seed, s.Calm, claimsBucket, l, pauses.start)
	cloud.SetFaults(injector.hooks())
	err = cloud.Deploy(localcloud.Function{
		Binary: s.Binary, Runtime: s.Runtime, Instances: s.Instances, Concurrency: s.Concurrency,
		Env:     []string{"ONPUT_RULES=" + file, "OSS_ENDPOINT=" + cloud.Endpoint(), "LOG_LEVEL=info"},
		Timeout: s.Timeout, RetryPause: 100 * time.Millisecond, CredentialOf: l.credentialOf,
		Triggers: []localcloud.Trigger{{Bucket: uploadsBucket, Events: []string{"oss:ObjectCreated:*"}}},
		Topics:   []localcloud.TopicTrigger{{Topic: "storm-done", Format: "JSON"}},
	})
	if err != nil {
		return nil, err
	}

	attacking, stop := context.WithCancel(ctx)
	kills := 0
	var attacks sync.WaitGroup
	if !s.Calm {
		attacks.Go(func() {
			s.repeat(attacking, "kill", s.KillEvery, func(instance int, _ *rand.Rand) {
				if cloud.Kill(instance) == nil {
					kills++
				}
			})
		})
		attacks.Go(func() {
			s.repeat(attacking, "pause", s.PauseEvery, func(instance int, random *rand.Rand) { pauses.start(instance, 0, random) })
		})
	}
	err = s.upload(ctx, cloud, set, l)
	if err == nil {
		err = cloud.Drain(ctx)
	}
	stop()
	attacks.Wait()
	pauses.end()
	if err != nil {
		return nil, fmt.Errorf("storm of %d uploads with seed %d in %s: %w", s.Uploads, s.Seed, s.Runtime, err)
	}

	// Deliver the events that reached onFailure again, as an operator would, without faults.
	cloud.SetFaults(newFaultInjector(s.Seed, true, claimsBucket, l, nil).hooks())
	failures := cloud.Failures()
	reported := map[string]bool{} // keys of their uploads
	for _, f := range failures {
		uploads, _, _ := event.Decode([]byte(f.RequestPayload))
		for _, u := range uploads {
			reported[u.Key] = true
		}
	}
	silent := l.result(reported)
	again := failures
	for round := 0; len(again) > 0 && round < maxReplays; round++ {
		known := len(cloud.Failures())
		for _, f := range again {
			if _, err := cloud.Deliver([]byte(f.RequestPayload)); err != nil {
				return nil, err
			}
		}
		if err := cloud.Drain(ctx); err != nil {
			return nil, err
		}
		again = cloud.Failures()[known:]
	}
	claims := readClaims(filepath.Join(dir, "oss", claimsBucket))
	l.readClaims(claims)
	r := &Report{Storm: s, result: l.result(nil), Kills: kills, Pauses: int(pauses.count.Load()), GivenUp: len(failures), faultCounts: injector.counts(), Took: time.Since(began)}
	r.tryCounts, r.Unexpected = l.counts()
	if len(silent.Lost) > len(r.Lost) { // the second delivery of other events made up for some
		r.Lost = silent.Lost
	}
	wrong := slices.Compact(slices.Concat(r.Lost, r.Unexcused, r.Overdue)) // a task that was taken three times is in it twice
	for _, t := range wrong[:min(len(wrong), 3)] {
		history := l.history(t)
		for _, log := range claims {
			if strings.Contains(log, `"key":"`+t.key+`"`) {
				history += "  claim: " + strings.ReplaceAll(log, "\n", "\n         ") + "\n"
			}
		}
		r.Histories = append(r.Histories, history)
	}
	return r, nil
}

// readClaims returns the logs of claims by the hashes in their names, from the files of their bucket.
func readClaims(dir string) map[string]string {
	logs := map[string]string{}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, file := range files {
		if text, _ := os.ReadFile(file); strings.Contains(string(text), `"claim":`) { // empty for the folder of metadata
			logs[claimHash(filepath.Base(file))] = strings.TrimSpace(string(text))
		}
	}
	return logs
}

var hashPattern = regexp.MustCompile(`claims[/_]([0-9a-f]{64})`)

// claimHash returns the hash in the key or the file name of a claim, or "" if it is none.
func claimHash(name string) string {
	if m := hashPattern.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return ""
}

// picture is the content of each object, a PNG of 4 × 4 pixels. Only thumbnails read it.
var picture = func() string {
	var b strings.Builder
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		panic(err) // a valid image always encodes
	}
	return b.String()
}()

// upload puts the objects, several at once, and records in l which tasks they must fire.
func (s *Storm) upload(ctx context.Context, cloud *localcloud.Cloud, set *rules.Set, l *ledger) error {
	owner := cloud.Credential()
	client := oss.NewClient(oss.LoadDefaultConfig().WithRegion(cloud.Region()).WithEndpoint(cloud.Endpoint()).
		WithRetryer(retry.NopRetryer{}). // a second attempt would be a second upload
		WithReadWriteTimeout(s.Limit).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(owner.AccessKeyID, owner.AccessKeySecret)))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var workers sync.WaitGroup
	var uploads atomic.Int64
	for range 8 {
		workers.Go(func() {
			for n := int(uploads.Add(1)) - 1; n < s.Uploads && ctx.Err() == nil; n = int(uploads.Add(1)) - 1 {
				request, u := object(n, cloud.Region())
				for _, t := range set.Match(u) {
					l.expect(t.Source.Key, parameterOf(&t)+t.Request())
				}
				if _, err := client.PutObject(ctx, request); err != nil {
					cancel(err)
				}
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

// parameterOf returns the parameter of the request that submits a task.
func parameterOf(t *rules.Task) string {
	if t.Synchronous {
		return synchronousParameter
	}
	return asynchronousParameter
}

// repeat calls attack with random instances until ctx ends, every so often on average.
func (s *Storm) repeat(ctx context.Context, purpose string, every time.Duration, attack func(instance int, random *rand.Rand)) {
	random := rand.New(rand.NewPCG(s.Seed, hash(purpose)))
	for clock.Wait(ctx, every/2+time.Duration(random.Int64N(int64(every)))) == nil {
		attack(1+random.IntN(s.Instances), random)
	}
}

// pauser pauses processes of the function.
type pauser struct {
	cloud   *localcloud.Cloud
	timeout time.Duration // of an invocation
	ctx     context.Context
	cancel  context.CancelFunc

	mu      sync.Mutex
	running sync.WaitGroup
	count   atomic.Int64
}

// start stops the process of an instance for a while, half of the times for longer than any invocation in flight in it has.
// It waits until the process is stopped, unless there is a delay. Nothing happens if the instance has no process or a
// paused one, or after end.
func (p *pauser) start(instance int, delay time.Duration, random *rand.Rand) {
	length := time.Duration(random.Int64N(int64(p.timeout)))
	if random.IntN(2) == 0 {
		length = p.timeout + time.Duration(random.Int64N(int64(2*time.Second)))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return
	}
	stopped := make(chan struct{})
	p.running.Go(func() {
		clock.Wait(p.ctx, delay)
		resume, err := p.cloud.Pause(instance)
		close(stopped)
		if err == nil {
			p.count.Add(1)
			clock.Wait(p.ctx, length)
			resume()
		}
	})
	if delay == 0 {
		<-stopped
	}
}

// end lets all processes go on, and waits until they have ended what they were doing when their time was over.
func (p *pauser) end() {
	p.mu.Lock()
	p.cancel()
	p.mu.Unlock()
	p.running.Wait()
}
