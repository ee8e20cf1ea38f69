package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"onput/internal/localcloud"
)

// These tests run the function in a memory cgroup, whose processes the kernel kills when they hold more than its limit, as
// Function Compute does with an instance. They need root on Linux. Elsewhere they are skipped, unless ONPUT_CGROUP demands
// them.

// memoryMB is the memory of an instance in these tests, the least that Function Compute gives.
const memoryMB = 128

// cgroup is a control group for the processes of one test.
type cgroup struct {
	t    *testing.T
	dirs []string // of one hierarchy for each controller in version 1, else one
	v1   bool
}

// newCgroup creates a control group with [memoryMB] and a share of one core, 0 for no limit.
func newCgroup(t *testing.T, cpu float64) *cgroup {
	t.Helper()
	if testing.Short() {
		t.Skip("in short mode: starts loaded processes in cgroups")
	}
	const root = "/sys/fs/cgroup"
	name := fmt.Sprintf("onput-test-%d-%d", os.Getpid(), time.Now().UnixNano())
	g := &cgroup{t: t, dirs: []string{filepath.Join(root, name)}}
	settings := map[string]string{"memory.max": strconv.Itoa(memoryMB << 20), "memory.swap.max": "0"}
	if _, err := os.Stat(root + "/memory/memory.limit_in_bytes"); err == nil {
		g.v1, g.dirs[0] = true, filepath.Join(root, "memory", name)
		settings = map[string]string{"memory.limit_in_bytes": strconv.Itoa(memoryMB << 20)}
	}
	g.create(0, settings)
	if cpu > 0 {
		quota := strconv.Itoa(int(cpu * 100_000))
		if g.v1 {
			g.dirs = append(g.dirs, filepath.Join(root, "cpu", name))
			g.create(1, map[string]string{"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": quota})
		} else {
			g.create(0, map[string]string{"cpu.max": quota + " 100000"})
		}
	}
	return g
}

// create creates a folder of the group with settings, and removes it after the test.
func (g *cgroup) create(i int, settings map[string]string) {
	err := os.MkdirAll(g.dirs[i], 0o755)
	g.t.Cleanup(func() { os.Remove(g.dirs[i]) })
	for file, value := range settings {
		if err == nil && !(file == "memory.swap.max" && missing(filepath.Join(g.dirs[i], file))) {
			err = os.WriteFile(filepath.Join(g.dirs[i], file), []byte(value), 0o644)
		}
	}
	switch {
	case err == nil:
	case os.Getenv("ONPUT_CGROUP") != "":
		g.t.Fatalf("ONPUT_CGROUP is set, and no control group can be made: %v", err)
	default:
		g.t.Skipf("no control group can be made: %v", err)
	}
}

func missing(file string) bool {
	_, err := os.Stat(file)
	return err != nil
}

// function returns a program that enters the group and becomes the function.
func (g *cgroup) function() string {
	g.t.Helper()
	script := "#!/bin/sh\nset -e\n"
	for _, dir := range g.dirs {
		script += "echo $$ >" + dir + "/cgroup.procs\n"
	}
	file := filepath.Join(g.t.TempDir(), "function")
	if err := os.WriteFile(file, []byte(script+"exec "+functionPath+"\n"), 0o755); err != nil {
		g.t.Fatal(err)
	}
	return file
}

// peak returns the most memory that the group held, in MB.
func (g *cgroup) peak() int64 {
	file := "memory.peak"
	if g.v1 {
		file = "memory.max_usage_in_bytes"
	}
	text, _ := os.ReadFile(filepath.Join(g.dirs[0], file))
	n, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n >> 20
}

// newWorld deploys the function with a rule file in the group.
func (g *cgroup) newWorld(in fcRuntime, rules string, env ...string) *world {
	w := in.newWorldWith(g.t, rules, func(_ *localcloud.Options, f *localcloud.Function) {
		f.Binary, f.Memory, f.Env = g.function(), memoryMB, env
	})
	g.t.Cleanup(func() { g.t.Logf("%s: at most %d MB, exits %q", in, g.peak(), w.exits) })
	return w
}

// checkAlive checks that the function's process never ended.
func (w *world) checkAlive() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.starts.Load() != 1 || len(w.exits) > 0 {
		w.t.Errorf("%d processes were started, some ended: %q", w.starts.Load(), w.exits)
	}
}

// manyRules returns a rule file with plain rules of 167 bytes each. Rule N matches objects in uploads/team-N.
func manyRules(n int) string {
	var b strings.Builder
	b.WriteString("version: 1\nsources: [src]\nrules:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - name: documents-of-team-%05d\n    match: \"uploads/team-%05d/**/*.docx\"\n"+
			"    process: doc/convert,target_pdf\n    target: {bucket: dst, key: \"%05d/{barename}.pdf\"}\n", i, i, i)
	}
	return b.String()
}

func TestMemoryManyRules(t *testing.T) {
	for _, tt := range []struct {
		rules int
		cpu   float64
	}{{30_000, 0}, {20_000, 0.1}} {
		t.Run(fmt.Sprint(tt.rules), func(t *testing.T) {
			inRuntimes(t, func(t *testing.T, in fcRuntime) {
				w := newCgroup(t, tt.cpu).newWorld(in, manyRules(tt.rules), "ONPUT_MODE=log")
				w.tooManyRules = true
				start := time.Now()
				r := w.invoke(`{"events":[` + record("uploads/team-00017/a/b.docx") + `]}`)
				t.Logf("%s: %d rules, %d MB, cpu %g: first answer after %v: %.200s %.500s", in, tt.rules, memoryMB, tt.cpu, time.Since(start), r.Answer, r.ErrorMessage)
				if !strings.Contains(string(r.Answer), `"rule":"documents-of-team-00017"`) {
					t.Errorf("%s %s", r.ErrorType, r.ErrorMessage)
				}
				w.checkAlive()
			}, "go1", "custom")
		})
	}
}

// batch returns an event of n records, each padded to size bytes.
func batch(n, size int, key string) string {
	r := record(key)
	r = strings.TrimSuffix(r, "}") + `,"padding":"` + strings.Repeat("x", max(0, size-len(r)-len(`,"padding":""`))) + `"}`
	return `{"events":[` + strings.Repeat(r+",", n-1) + r + `]}`
}

// Batches at once: 20 of 430 records, and 200 events of the 128 KB that an asynchronous invocation may have.
func TestMemoryBatches(t *testing.T) {
	for _, tt := range []struct{ events, records, size int }{{20, 430, 1 << 10}, {200, 4, 32 << 10}, {200, 1, 128 << 10}} {
		t.Run(fmt.Sprintf("%d events of %d records", tt.events, tt.records), func(t *testing.T) {
			w := newCgroup(t, 0).newWorld("custom", pdfRules)
			w.put("a.docx")
			var flight sync.WaitGroup
			for range tt.events {
				flight.Go(func() {
					r := w.invoke(batch(tt.records, tt.size, "a.docx"))
					if n := strings.Count(string(r.Answer), `"status":"submitted"`); n != tt.records {
						t.Errorf("%d of %d submitted: %s %.300s", n, tt.records, r.ErrorType, r.ErrorMessage)
					}
				})
			}
			flight.Wait()
			w.checkAlive()
		})
	}
}

// Requests that declare a large payload and send nothing take no memory, and requests sent at the same time are answered.
func TestMemoryDeclaredPayload(t *testing.T) {
	const many = 200
	g := newCgroup(t, 0)
	i := startInstanceOf(t, g.function(), "FC_SERVER_PORT", pdfRules, "FC_FUNCTION_MEMORY_SIZE="+strconv.Itoa(memoryMB))
	i.put("a.docx")
	deadline := strconv.FormatInt(time.Now().Add(10*time.Second).UnixMilli(), 10)
	var flight sync.WaitGroup
	for n := range many {
		conn, err := net.Dial("tcp", strings.TrimPrefix(i.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		body := strings.Repeat(" ", n%2*1000) // half of them send a little
		fmt.Fprintf(conn, "POST /invoke HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\nX-Fc-Function-Deadline: %s\r\n\r\n%s", deadline, body)
		flight.Go(func() {
			conn.SetReadDeadline(time.Now().Add(time.Minute))
			answer := make([]byte, 4<<10)
			n, err := conn.Read(answer)
			if answer = answer[:n]; !bytes.Contains(answer, []byte("404 Not Found")) || !bytes.Contains(answer, []byte("TransientError")) {
				t.Errorf("%q, %v", answer, err)
			}
		})
	}
	for range 20 {
		if status, answer := i.invoke("1-a", `{"events":[`+record("a.docx")+`]}`, i.Credential()); status != 200 {
			t.Errorf("%d %s", status, answer)
		}
	}
	flight.Wait()
	if status, answer := i.invoke("1-b", `{"events":[`+record("a.docx")+`]}`, i.Credential()); status != 200 {
		t.Errorf("%d %s", status, answer)
	}
	i.stop()
	t.Logf("at most %d MB", g.peak())
}

// One payload that is as large as payloads may be does not end the process.
func TestMemoryLargePayload(t *testing.T) {
	const size = 10_400_000
	plain := batch(9_900, size/9_900-1, "a.docx")
	quoted, _ := json.Marshal(batch(9_000, 1_000, "a.docx"))
	for name, payload := range map[string]string{
		"records":        plain,
		"small records":  batch(size/400, 0, "a.docx"),
		"one record":     batch(1, size, "a.docx"),
		"Base64":         base64.StdEncoding.EncodeToString([]byte(batch(7_000, size/7_000*3/4-1, "a.docx"))),
		"in a string":    `{"TopicName":"t","Message":` + string(quoted) + `}`,
		"escapes":        `{"TopicName":"t","Message":"` + strings.Repeat(`\n`, size/2-100) + `"}`,
		"escaped record": strings.Replace(batch(1, 0, "a.docx"), `"padding":"`, `"padding":"`+strings.Repeat(`\u0041`, size/6-100), 1),
		"32 MB":          batch(9_000, (32<<20)/9_000, "a.docx"),
	} {
		t.Run(name, func(t *testing.T) {
			inRuntimes(t, func(t *testing.T, in fcRuntime) {
				w := newCgroup(t, 0).newWorld(in, pdfRules, "ONPUT_MODE=log")
				start := time.Now()
				r := w.invoke(payload)
				t.Logf("%d bytes: %v %.100s %s %.300s", len(payload), time.Since(start), r.Answer, r.ErrorType, r.ErrorMessage)
				if r.ErrorType != "" && r.ErrorType != "EventError" && r.ErrorType != "MemoryError" {
					t.Errorf("%s %.300s", r.ErrorType, r.ErrorMessage)
				}
				if r := w.invoke(`{"events":[` + record("a.docx") + `]}`); !strings.Contains(string(r.Answer), `"status":"logged"`) {
					t.Errorf("afterwards: %s %s", r.ErrorType, r.ErrorMessage)
				}
				w.checkAlive()
			}, "go1", "custom")
		})
	}
}

// eightOutputs has rules that repeat long keys in each of eight targets.
var eightOutputs = func() string {
	b := "version: 1\nsources: [src]\nrules:\n  - name: many\n    match: \"*.docx\"\n    outputs:\n"
	for i := range 8 {
		b += fmt.Sprintf("      - {process: \"doc/convert,target_png\", target: {bucket: dst, key: \"%d/{basename}/{index}.png\"}}\n", i)
	}
	return b
}()

// longKeys returns an event of n records with keys that take six times the bytes in an answer.
func longKeys(n int) string {
	return strings.ReplaceAll(batch(n, 0, strings.Repeat("<", 950)+".docx"), `\u003c`, "<")
}

// Texts that are longer in the answer than in the event do not end the process.
func TestMemoryLongKeys(t *testing.T) {
	for _, tt := range []struct {
		name, rules string
		records     int
	}{{"eight outputs", eightOutputs, 2000}, {"one output", pdfRules, 7500}, {"skipped", strings.Replace(pdfRules, "[src]", "[other]", 1), 7500}} {
		t.Run(tt.name, func(t *testing.T) {
			inRuntimes(t, func(t *testing.T, in fcRuntime) {
				w := newCgroup(t, 0).newWorld(in, tt.rules, "ONPUT_MODE=log")
				if r := w.invoke(longKeys(tt.records)); r.ErrorType != "MemoryError" {
					t.Errorf("%.100s %s %.300s", r.Answer, r.ErrorType, r.ErrorMessage)
				}
				w.checkAlive()
			}, "go1", "custom")
		})
	}
}

// send opens a connection to an instance and writes the beginning of an invocation, whose body is chunked if length is 0.
func (i *instance) send(timeout time.Duration, length int, body string) net.Conn {
	i.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(i.url, "http://"))
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { conn.Close() })
	header := fmt.Sprintf("Content-Length: %d\r\n\r\n", length)
	if length == 0 {
		header = fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", len(body))
	}
	deadline := time.Now().Add(timeout).UnixMilli()
	conn.SetWriteDeadline(time.Now().Add(time.Second)) // it stalls
	fmt.Fprintf(conn, "POST /invoke HTTP/1.1\r\nHost: x\r\nX-Fc-Function-Deadline: %d\r\n%s%s", deadline, header, body)
	return conn
}

// Clients that do not read their answers do not hold the memory of others until the deadline, nor end the process.
func TestMemoryUnreadAnswers(t *testing.T) {
	g := newCgroup(t, 0)
	i := startInstanceOf(t, g.function(), "FC_SERVER_PORT", eightOutputs, "FC_FUNCTION_MEMORY_SIZE="+strconv.Itoa(memoryMB), "ONPUT_MODE=log")
	event := longKeys(100)
	for range 150 {
		i.send(10*time.Minute, len(event), event)
	}
	for range 20 {
		if status, answer := i.invoke("1-a", `{"events":[`+record("a.txt")+`]}`, i.Credential()); status != 200 {
			t.Errorf("%d %s", status, answer)
		}
	}
	t.Logf("at most %d MB", g.peak())
	i.terminate() // it waits for clients that hang
}

// Clients that stall hold up neither small events nor, for long, large ones.
func TestMemoryStalledPayloads(t *testing.T) {
	g := newCgroup(t, 0)
	i := startInstanceOf(t, g.function(), "FC_SERVER_PORT", pdfRules, "FC_FUNCTION_MEMORY_SIZE="+strconv.Itoa(memoryMB), "ONPUT_MODE=log")
	var stalled []net.Conn
	for _, body := range []string{"{", strings.Repeat(" ", 100<<10), strings.Repeat(" ", 3<<20)} {
		for range 3 {
			stalled = append(stalled, i.send(10*time.Minute, 10<<20, body), i.send(10*time.Minute, 0, body))
		}
	}
	small := func() {
		const timeout = 3 * time.Second
		if status, answer := i.invokeWithin(timeout, "1-a", batch(1, 2<<10, "a.docx"), i.Credential()); status != 200 {
			t.Errorf("%d %s", status, answer)
		}
	}
	small()
	var large sync.WaitGroup
	for range 2 {
		large.Go(func() {
			if status, answer := i.invoke("1-b", batch(6000, 1000, "a.docx"), i.Credential()); status != 200 {
				t.Errorf("%d %.300s", status, answer)
			}
		})
	}
	for range 20 {
		small()
	}
	large.Wait()
	for _, conn := range stalled {
		conn.Close()
	}
	small()
	i.stop()
	t.Logf("at most %d MB", g.peak())
}
