package main

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/retry"

	"onput/internal/event"
	"onput/internal/localcloud"
	"onput/process"
	"onput/rules"
)

// Storm is one to be had.
type Storm struct {
	Binary    string // the function
	Runtime   string // go1 or custom
	Seed      uint64
	Uploads   int
	Calm      bool // nothing goes wrong, but that uploads are told of more than once
	Unclaimed bool // the rules have no claims

	// How the function is run. A request that hangs ends with the try, so the timeout is what a storm's length depends on.
	Instances, Concurrency int
	Timeout                time.Duration
	KillEvery              time.Duration // about
	Limit                  time.Duration // of it all
}

// The buckets, and the rules: one task, two tasks, and one with a completion message.
const (
	uploadsBucket = "storm-uploads"
	derivedBucket = "storm-derived"
	claimsBucket  = "storm-claims"

	claimsLine = "claims: {bucket: storm-claims, prefix: .onput/}\n"
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
`
)

// key returns the key of an upload.
func key(n int) string {
	extension := [...]string{"docx", "docx", "docx", "mov", "wav"}[n%5]
	return fmt.Sprintf("%06d.%s", n, extension)
}

// Report is what came of a storm.
type Report struct {
	*Storm
	result
	Deliveries  int
	Tries       int        // of invocations, those with completion messages among them
	Completions int        // of these
	Kills       int        // of processes
	Died        int        // tries that were in flight then, or timed out
	Timeouts    int        // of these
	GivenUp     int        // invocations that reached onFailure
	Submissions [kinds]int // what went wrong with them
	Claims      [kinds]int
	Strangers   []string // what OSS took and no rule explains
	Stories     []string // of the first tasks with which something is wrong
	Took        time.Duration
}

// Run lets the storm loose and returns when it is over, and what it left behind has been delivered again.
func (s *Storm) Run(ctx context.Context) (*Report, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Limit)
	defer cancel()
	began := time.Now()
	dir, err := os.MkdirTemp("", "onput-storm-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	text := ruleFile
	if !s.Unclaimed {
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

	books := newTally()
	cloud, err := localcloud.Start(localcloud.Options{Dir: filepath.Join(dir, "oss"), Watch: books.watch})
	if err != nil {
		return nil, err
	}
	defer cloud.Close()
	for _, bucket := range []string{uploadsBucket, derivedBucket, claimsBucket} {
		if err := cloud.CreateBucket(bucket); err != nil {
			return nil, err
		}
	}
	w := newWeather(s.Seed, s.Calm, claimsBucket, books)
	cloud.SetFaults(w.faults())
	err = cloud.Deploy(localcloud.Function{
		Binary: s.Binary, Runtime: s.Runtime, Instances: s.Instances, Concurrency: s.Concurrency,
		Env:     []string{"ONPUT_RULES=" + file, "OSS_ENDPOINT=" + cloud.Endpoint(), "LOG_LEVEL=info"},
		Timeout: s.Timeout, RetryPause: 100 * time.Millisecond, CredentialOf: credentialOf,
		Triggers: []localcloud.Trigger{{Bucket: uploadsBucket, Events: []string{"oss:ObjectCreated:*"}}},
		Topics:   []localcloud.TopicTrigger{{Topic: "storm-done", Format: "JSON"}},
	})
	if err != nil {
		return nil, err
	}

	calm := make(chan struct{})
	kills := 0
	var killer sync.WaitGroup
	if !s.Calm {
		killer.Go(func() { kills = s.kill(cloud, calm) })
	}
	err = s.upload(ctx, cloud, set, books)
	if err == nil {
		err = cloud.Drain(ctx)
	}
	close(calm)
	killer.Wait()
	if err != nil {
		return nil, fmt.Errorf("storm of %d uploads with seed %d in %s: %w", s.Uploads, s.Seed, s.Runtime, err)
	}

	// Who was told of a failure delivers its event again, in calm weather.
	cloud.SetFaults(newWeather(s.Seed, true, claimsBucket, books).faults())
	given := cloud.Failures()
	reported := map[string]bool{}
	for _, f := range given {
		uploads, _, _ := event.Decode([]byte(f.RequestPayload))
		for _, u := range uploads {
			reported[u.Key] = true
		}
	}
	silent := books.result(reported)
	for _, f := range given {
		if _, err := cloud.Deliver([]byte(f.RequestPayload)); err != nil {
			return nil, err
		}
	}
	if err := cloud.Drain(ctx); err != nil {
		return nil, err
	}
	r := &Report{Storm: s, result: books.result(nil), Kills: kills, GivenUp: len(given), Took: time.Since(began)}
	w.report(r)
	books.report(r)
	if len(silent.Lost) > len(r.Lost) { // lost without a word, although another event brought some back
		r.Lost = silent.Lost
	}
	wrong := slices.Compact(append(slices.Clone(r.Lost), r.Without...)) // a task that was taken three times stands there twice
	for _, t := range wrong[:min(len(wrong), 3)] {
		story := books.story(t)
		for _, object := range claimsOf(filepath.Join(dir, "oss", claimsBucket), t) {
			story += "  claim: " + strings.ReplaceAll(strings.TrimSpace(object), "\n", "\n         ") + "\n"
		}
		r.Stories = append(r.Stories, story)
	}
	return r, nil
}

// claimsOf returns the logs of claims about a task's upload, out of the files of the bucket.
func claimsOf(dir string, t task) (logs []string) {
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), `"claim":`) && strings.Contains(string(text), `"key":"`+t.key+`"`) {
			logs = append(logs, string(text))
		}
		return nil
	})
	return logs
}

// upload puts the objects, several at once.
func (s *Storm) upload(ctx context.Context, cloud *localcloud.Cloud, set *rules.Set, books *tally) error {
	owner := cloud.Credential()
	client := oss.NewClient(oss.LoadDefaultConfig().WithRegion(cloud.Region()).WithEndpoint(cloud.Endpoint()).
		WithRetryer(retry.NopRetryer{}). // a second try would be a second upload
		WithReadWriteTimeout(s.Limit).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(owner.AccessKeyID, owner.AccessKeySecret)))
	numbers := make(chan int)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for n := range numbers {
				u := &rules.Upload{Event: "ObjectCreated:PutObject", Bucket: uploadsBucket, Key: key(n), Size: 1, Region: cloud.Region()}
				for _, t := range set.Match(u) {
					books.expect(t.Source.Key, "x-oss-async-process="+t.Request())
				}
				_, err := client.PutObject(ctx, &oss.PutObjectRequest{Bucket: oss.Ptr(uploadsBucket), Key: oss.Ptr(u.Key), Body: strings.NewReader("x")})
				if err != nil {
					cancel(err)
				}
			}
		})
	}
	for n := range s.Uploads {
		select {
		case numbers <- n:
		case <-ctx.Done():
		}
	}
	close(numbers)
	workers.Wait()
	return context.Cause(ctx)
}

// kill kills instances at random until the storm is over, and returns how many.
func (s *Storm) kill(cloud *localcloud.Cloud, over <-chan struct{}) int {
	dice := rand.New(rand.NewPCG(s.Seed, hash("kill")))
	for n := 0; ; {
		pause := time.NewTimer(s.KillEvery/2 + time.Duration(dice.Int64N(int64(s.KillEvery))))
		select {
		case <-pause.C:
			if cloud.Kill(1+dice.IntN(s.Instances)) == nil {
				n++
			}
		case <-over:
			pause.Stop()
			return n
		}
	}
}

// Failed says what is wrong with the result, "" if nothing.
func (r *Report) Failed() string {
	var all []string
	if n := len(r.Lost); n > 0 {
		all = append(all, fmt.Sprintf("%d tasks are lost, such as %s", n, name(r.Lost[0])))
	}
	if n := len(r.Without); n > 0 {
		all = append(all, fmt.Sprintf("%d times OSS took a task again without an excuse, such as %s", n, name(r.Without[0])))
	}
	if r.Calm && r.Twice > 0 {
		all = append(all, fmt.Sprintf("%d times OSS took a task again, although nothing went wrong", r.Twice))
	}
	if len(r.Strangers) > 0 {
		all = append(all, fmt.Sprintf("OSS took %d tasks that no rule explains, such as %s", len(r.Strangers), r.Strangers[0]))
	}
	return strings.Join(all, "; ")
}

func name(t task) string {
	what, _, _ := strings.Cut(strings.TrimPrefix(t.body, "x-oss-async-process="), "|")
	return what + " of " + process.Location{Bucket: uploadsBucket, Key: t.key}.String()
}
