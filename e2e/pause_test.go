//go:build unix

package e2e

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
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
		instances, rounds = 1, 2
	}
	for n := range instances {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			testPausedInstance(t, rounds)
		})
	}
}

func testPausedInstance(t *testing.T, rounds int) {
	const many = 60                 // invocations at once
	const timeout = 3 * time.Second // of the first instance
	paused := startInstance(t, "FC_SERVER_PORT", claimedRules)
	_, file := writeRules(t, claimedRules)
	other := &instance{OSS: paused.OSS,
		functionProcess: startProcess(t, "FC_SERVER_PORT", "ONPUT_RULES="+file, "OSS_ENDPOINT="+paused.Endpoint())}
	role := localcloud.Credential{AccessKeyID: "STS.paused", AccessKeySecret: "secret", SecurityToken: "token"}
	paused.AddCredential(role)

	twice, lost := 0, 0
	for round := range rounds {
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

		// OSS answers all claims at once: while the instance stands still, or just before. It takes no submission that
		// was sent before the pause, since one that is taken and not recorded may be fired again.
		claims, answer := make(chan struct{}, 10*many), make(chan struct{})
		var resumed atomic.Bool
		paused.SetFaults(localcloud.Faults{
			Before: func(r localcloud.Request) localcloud.Fault {
				return localcloud.Fault{Drop: r.AccessKeyID == role.AccessKeyID && r.Operation == "AsyncProcessObject" && !resumed.Load()}
			},
			After: func(r localcloud.Request) localcloud.Fault {
				if r.AccessKeyID == role.AccessKeyID && r.Operation == "AppendObject" && r.Position == 0 {
					claims <- struct{}{}
					<-answer
				}
				return localcloud.Fault{}
			},
		})
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
		if round%2 == 1 {
			close(answer)
			paused.pause()
		} else {
			paused.pause()
			close(answer)
		}
		deliver(other, time.Minute, paused.Credential(), 200)()
		resumed.Store(true)
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
	if twice+lost > 0 {
		t.Errorf("of %d tasks %d were fired twice, %d never", rounds*many, twice, lost)
	}
	if text := paused.output.String(); !strings.Contains(text, "the invocation's time was used up") {
		t.Errorf("the log of the paused instance: %.2000s", text)
	}
	paused.stop()
	other.stop()
}
