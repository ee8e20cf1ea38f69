//go:build unix

package e2e

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"onput/internal/localcloud"
)

// pause stops the process and returns once it stands still.
func (p *functionProcess) pause() {
	p.t.Helper()
	pid := p.cmd.Process.Pid
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		p.t.Fatal(err)
	}
	for {
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(pid, &status, syscall.WUNTRACED, nil); err == syscall.EINTR {
			continue
		} else if err != nil || !status.Stopped() {
			p.t.Fatalf("the process does not stop: %v, %v", err, status)
		}
		return
	}
}

// resume lets a stopped process go on.
func (p *functionProcess) resume() {
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		p.t.Error(err)
	}
}

// An instance that stands still between claim and submission, as a frozen one does, submits nothing once its time is over:
// another instance has taken its tasks over by then. Timers say nothing, because they run late when it goes on.
func TestPausedInstance(t *testing.T) {
	t.Parallel()
	instances, rounds := 3, 4
	if testing.Short() {
		instances, rounds = 1, 1
	}
	for n := range instances {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			testPausedInstance(t, rounds)
		})
	}
}

func testPausedInstance(t *testing.T, rounds int) {
	const many = 60 // invocations at once
	const timeout = 6 * time.Second // of the first instance; a request for a claim may take a third of it
	paused := startInstance(t, "FC_SERVER_PORT", claimedRules)
	_, file := writeRules(t, claimedRules)
	other := &instance{OSS: paused.OSS,
		functionProcess: startProcess(t, "FC_SERVER_PORT", "ONPUT_RULES="+file, "OSS_ENDPOINT="+paused.Endpoint())}
	role := localcloud.Credential{AccessKeyID: "STS.paused", AccessKeySecret: "secret", SecurityToken: "token"}
	paused.AddCredential(role)

	early, twice, lost := 0, 0, 0
	for round := range rounds {
		before := len(paused.Processes())
		keys := make([]string, many)
		for n := range many {
			keys[n] = fmt.Sprintf("%d-%d.docx", round, n)
		}
		paused.put(keys...)
		deliver := func(i *instance, timeout time.Duration, role localcloud.Credential, statuses ...int) (wait func()) {
			var flight sync.WaitGroup
			for n, key := range keys {
				flight.Go(func() {
					status, answer := i.invokeWithin(timeout, fmt.Sprintf("1-%d-%d", round, n), `{"events":[`+record(key)+`]}`, role)
					for _, want := range statuses {
						if status == want {
							return
						}
					}
					t.Errorf("%s: %d %s", key, status, answer)
				})
			}
			return flight.Wait
		}

		// OSS has done the claims, and answers them, and reads of them, while the instance stands still. So it has submitted
		// nothing that it has not recorded.
		claims, standsStill := make(chan struct{}, 10*many), make(chan struct{})
		paused.SetFaults(localcloud.Faults{After: func(r localcloud.Request) localcloud.Fault {
			if r.AccessKeyID == role.AccessKeyID {
				if r.Operation == "AppendObject" && r.Position == 0 {
					claims <- struct{}{}
				}
				<-standsStill
			}
			return localcloud.Fault{}
		}})
		late := time.After(timeout / 2) // on a busy machine some claims are made later
		wait := deliver(paused, timeout, role, 200, 404)
		for claimed := 0; claimed < many; claimed++ {
			select {
			case <-claims:
			case <-late:
				t.Logf("only %d claims before the pause", claimed)
				claimed = many
			}
		}
		paused.pause()
		early += len(paused.Processes()) - before
		close(standsStill)
		deliver(other, time.Minute, paused.Credential(), 200)()
		paused.resume()
		wait()

		taken := map[string]int{}
		for _, p := range paused.Processes() {
			taken[p.Source.Key]++
		}
		for _, key := range keys {
			switch n := taken[key]; {
			case n == 0:
				lost++
			case n > 1:
				twice++
			}
		}
	}
	if early+twice+lost > 0 {
		t.Errorf("of %d tasks %d were fired twice, %d never; %d were fired before the pause, which was too late", rounds*many, twice, lost, early)
	}
	if text := paused.output.String(); !strings.Contains(text, "the invocation's time was used up") {
		t.Errorf("the log of the paused instance: %.2000s", text)
	}
	paused.stop()
	other.stop()
}
