package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/tidwall/gjson"

	"onput/internal/build"
	"onput/internal/localcloud"
	"onput/internal/workload"
)

// BenchmarkUploads measures how fast one instance of the function handles a batch of uploads, and the most memory that it
// has resident. An iteration is a batch. Each upload is of another object in the local OSS and fires one task of 20 rules;
// the instance has served one upload before. The local OSS and the local Function Compute run in this process and share
// the machine with the function.
func BenchmarkUploads(b *testing.B) {
	onput := compile(b, root, build.Function)
	for _, c := range []struct {
		runtime        string
		atOnce, inARow int // uploads
	}{{"go1", 1, 100}, {"custom", 200, 10_000}} {
		b.Run(fmt.Sprintf("runtime=%s/at-once=%d", c.runtime, c.atOnce), func(b *testing.B) {
			uploads := c.inARow
			if testing.Short() {
				uploads = min(uploads, 2*c.atOnce)
			}
			benchmarkUploads(b, onput, c.runtime, c.atOnce, uploads)
		})
	}
}

func benchmarkUploads(b *testing.B, onput, runtime string, atOnce, uploads int) {
	w := workload.New(fewRules)
	payloads := events(b, w, uploads+1)
	started := make(chan int, 1) // the process
	cloud, err := localcloud.Start(localcloud.Options{Dir: b.TempDir(), Watch: func(e localcloud.Event) {
		if e, ok := e.(localcloud.FunctionStarted); ok {
			select {
			case started <- e.PID:
			default: // a second start: the number of processes will show it
			}
		}
	}})
	if err != nil {
		b.Fatal(err)
	}
	defer cloud.Close()
	fill(b, cloud, payloads)
	cloud.SetFaults(localcloud.Faults{Before: func(r localcloud.Request) localcloud.Fault {
		if r.Operation == "AsyncProcessObject" {
			return localcloud.Fault{Delay: ossTakes}
		}
		return localcloud.Fault{}
	}})
	function := localcloud.Function{
		Binary:      onput,
		Runtime:     runtime,
		Concurrency: atOnce,
		Env:         []string{"ONPUT_RULES=" + sealedFile(b, w), "OSS_ENDPOINT=" + cloud.Endpoint()},
		Memory:      128,
		Retries:     -1,
	}
	if err := cloud.Deploy(function); err != nil {
		b.Fatal(err)
	}
	deliver(b, cloud, payloads[:1])
	delivered := 1
	for b.Loop() {
		deliver(b, cloud, payloads[1:])
		delivered += uploads
	}
	if n := len(cloud.Processes()); n != delivered {
		b.Fatalf("OSS took %d processes of %d uploads: %+v", n, delivered, cloud.Failures())
	}
	b.ReportMetric(float64(delivered-1)/b.Elapsed().Seconds(), "uploads/s")
	b.ReportMetric(float64(peakResident(<-started)), "resident-B")
	b.ReportMetric(0, "ns/op")
}

// fill creates the buckets of the rules and the objects of the events.
func fill(b *testing.B, cloud *localcloud.Cloud, payloads [][]byte) {
	for _, bucket := range []string{workload.Bucket, "dst"} {
		if err := cloud.CreateBucket(bucket); err != nil {
			b.Fatal(err)
		}
	}
	owner := cloud.Credential()
	client := oss.NewClient(oss.LoadDefaultConfig().
		WithRegion(cloud.Region()).
		WithEndpoint(cloud.Endpoint()).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(owner.AccessKeyID, owner.AccessKeySecret)))
	var workers sync.WaitGroup
	todo := make(chan []byte)
	for range 8 {
		workers.Go(func() {
			for payload := range todo {
				_, err := client.PutObject(b.Context(), &oss.PutObjectRequest{
					Bucket: oss.Ptr(workload.Bucket),
					Key:    oss.Ptr(gjson.GetBytes(payload, "events.0.oss.object.key").Str),
					Body:   strings.NewReader("content"),
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, payload := range payloads {
		todo <- payload
	}
	close(todo)
	workers.Wait()
	if b.Failed() {
		b.FailNow()
	}
}

// deliver delivers events and waits until the function has handled them.
func deliver(b *testing.B, cloud *localcloud.Cloud, payloads [][]byte) {
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Minute)
	defer cancel()
	for _, payload := range payloads {
		if _, err := cloud.Deliver(payload); err != nil {
			b.Fatal(err)
		}
	}
	if err := cloud.Drain(ctx); err != nil {
		b.Fatal(err)
	}
}

var vmHWM = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakResident returns the most memory that a process had resident, in bytes. It returns 0 where the system is not Linux.
func peakResident(pid int) int64 {
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
