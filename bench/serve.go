package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/tidwall/gjson"

	"onput/internal/localcloud"
	"onput/rules"
)

// serving is how fast one instance of the function works a batch of uploads off.
type serving struct {
	Runtime   string  `json:"runtime"`
	AtOnce    int     `json:"atOnce"` // uploads
	Uploads   int     `json:"uploads"`
	PerSecond float64 `json:"perSecond"`
	Memory    int64   `json:"memory"` // the most that the process had resident, bytes; 0 where the system does not tell
}

// ossTakes is how long OSS takes to answer a submission here.
const ossTakes = 50 * time.Millisecond

// measureServing delivers a batch of events to one instance, each of another object in the local OSS that fires one task
// of 20 rules, and waits until all are submitted. The instance has served one before the clock starts. The local OSS and
// the local Function Compute run in this process, and share the machine with the function.
func measureServing(p *programs, runtime string, atOnce, uploads int) (serving, error) {
	result := serving{Runtime: runtime, AtOnce: atOnce, Uploads: uploads}
	w := newWorkload(fewRules)
	set, err := rules.Parse("rules.yaml", w.file())
	if err != nil {
		return result, err
	}
	payloads, err := w.events(set, uploads+1)
	if err != nil {
		return result, err
	}
	path, err := p.ruleFile(w)
	if err != nil {
		return result, err
	}
	dir, err := os.MkdirTemp(p.dir, "oss-")
	if err != nil {
		return result, err
	}
	started := make(chan int, 1) // the process
	cloud, err := localcloud.Start(localcloud.Options{Dir: dir, Watch: func(e localcloud.Event) {
		if e, ok := e.(localcloud.FunctionStarted); ok {
			select {
			case started <- e.PID:
			default: // it should not start again, and what was not submitted will tell
			}
		}
	}})
	if err != nil {
		return result, err
	}
	defer cloud.Close()
	if err := fill(cloud, payloads); err != nil {
		return result, err
	}
	cloud.SetFaults(localcloud.Faults{Before: func(r localcloud.Request) localcloud.Fault {
		if r.Operation == "AsyncProcessObject" {
			return localcloud.Fault{Delay: ossTakes}
		}
		return localcloud.Fault{}
	}})
	function := localcloud.Function{
		Binary:      p.onput,
		Runtime:     runtime,
		Concurrency: atOnce,
		Env:         []string{"ONPUT_RULES=" + path, "OSS_ENDPOINT=" + cloud.Endpoint()},
		Memory:      128,
		Retries:     -1,
	}
	if err := cloud.Deploy(function); err != nil {
		return result, err
	}
	if _, err := work(cloud, payloads[:1]); err != nil {
		return result, err
	}
	took, err := work(cloud, payloads[1:])
	if err != nil {
		return result, err
	}
	if n := len(cloud.Processes()); n != len(payloads) {
		return result, fmt.Errorf("OSS took %d processes of %d uploads: %+v", n, len(payloads), cloud.Failures())
	}
	result.PerSecond = float64(uploads) / took.Seconds()
	result.Memory = mostResident(<-started)
	return result, nil
}

// fill creates the buckets of the rules and the objects of the events.
func fill(cloud *localcloud.Cloud, payloads [][]byte) error {
	for _, bucket := range []string{"src", "dst"} {
		if err := cloud.CreateBucket(bucket); err != nil {
			return err
		}
	}
	owner := cloud.Credential()
	client := oss.NewClient(oss.LoadDefaultConfig().
		WithRegion(cloud.Region()).
		WithEndpoint(cloud.Endpoint()).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(owner.AccessKeyID, owner.AccessKeySecret)))
	var workers sync.WaitGroup
	todo, errs := make(chan []byte), make(chan error, len(payloads))
	for range 8 {
		workers.Go(func() {
			for payload := range todo {
				_, err := client.PutObject(context.Background(), &oss.PutObjectRequest{
					Bucket: oss.Ptr("src"),
					Key:    oss.Ptr(gjson.GetBytes(payload, "events.0.oss.object.key").Str),
					Body:   strings.NewReader("content"),
				})
				errs <- err
			}
		})
	}
	for _, payload := range payloads {
		todo <- payload
	}
	close(todo)
	workers.Wait()
	close(errs)
	var all []error
	for err := range errs {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// work delivers events and waits until the function is through with them.
func work(cloud *localcloud.Cloud, payloads [][]byte) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	began := time.Now()
	for _, payload := range payloads {
		if _, err := cloud.Deliver(payload); err != nil {
			return 0, err
		}
	}
	err := cloud.Drain(ctx)
	return time.Since(began), err
}

var vmHWM = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// mostResident returns the high-water mark of a process's memory in bytes, as Linux keeps it.
func mostResident(pid int) int64 {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	m := vmHWM.FindSubmatch(status)
	if m == nil {
		return 0
	}
	kb, _ := strconv.ParseInt(string(m[1]), 10, 64)
	return kb << 10
}
