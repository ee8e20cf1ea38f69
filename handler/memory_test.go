package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onput/internal/event"
	"onput/internal/membudget"
)

// manyRules returns a rule file with n rules, which take some 2 KB of memory each.
func manyRules(n int) string {
	var b strings.Builder
	b.WriteString("version: 1\nsources: [src]\nrules:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - name: r%d\n    match: \"in/%[1]d/**\"\n    process: style/x\n    target: {bucket: dst, key: \"{key}\"}\n", i)
	}
	return b.String()
}

// A rule file for which the instance has too little memory is refused before it is loaded, at each invocation.
func TestRulesFileNeedsMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	for _, tt := range []struct {
		name, src, want string
	}{
		{"rules", manyRules(15_000), " MB of memory, but the function has 16 MB for them: raise its memorySize [memory]"},
		{"bytes", strings.Repeat("#", 2<<20), " is larger than 1864135 bytes, for which the function has memory: raise its memorySize"},
		{"enough memory", manyRules(100), ""},
	} {
		if err := os.WriteFile(path, []byte(tt.src), 0o644); err != nil {
			t.Fatal(err)
		}
		source := OpenRules(path, nil, nil, nil, membudget.New(64))
		for range 2 {
			_, _, err := source.Current(t.Context())
			var rulesErr *RulesError
			if got := errors.As(err, &rulesErr) && strings.HasSuffix(err.Error(), tt.want); got != (tt.want != "") || !got && err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
	}
}

// Rules in OSS for which there is no memory beside those in force leave these in force.
func TestRulesObjectNeedsMemory(t *testing.T) {
	object := &storedObject{}
	s := serve(t, object.ServeHTTP)
	log := new(bytes.Buffer)
	memory := membudget.New(64)
	source := OpenRules("oss://acme-config/rules/onput.yaml", newTestClient(t, s.URL), newLog(log, slog.LevelInfo), nil, memory).(*rulesObject)
	now := time.Now()
	source.now = func() time.Time { return now }
	for _, step := range []struct {
		name, content, want, log string
		leased                   int64 // by invocations in flight, in MB
	}{
		{"first", ruleNamed("one"), "one", "rules read", 0},
		{"too many rules", manyRules(15_000), "one", "raise its memorySize [memory]", 0},
		{"too large", strings.Repeat("#", 2<<20), "one", "bytes, for which the function has memory", 0},
		{"invocations hold the memory", manyRules(100), "one", "left no memory for them in time", 24},
		{"second", ruleNamed("two"), "two", "rules read", 0},
	} {
		object.set(step.content, `"`+step.name+`"`, nil)
		now = now.Add(refreshInterval)
		log.Reset()
		lease, err := memory.Acquire(t.Context(), min(step.leased<<20, memory.Left()))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(withCaller(t), 3*time.Second)
		if step.leased == 0 {
			cancel()
			ctx = withCaller(t)
		}
		set, _, err := source.Current(ctx)
		if err != nil || names(set) != step.want || !strings.Contains(log.String(), step.log) {
			t.Errorf("%s: %v\n%s", step.name, err, log)
		}
		cancel()
		lease.Release()
	}
	if left := memory.Left(); left < 23<<20 {
		t.Errorf("the rules hold %d bytes of 24 MB", 24<<20-left)
	}
}

// An invocation waits for memory before its payload is handled. If the instance never has enough, it is refused at once, and
// nothing is submitted.
func TestInvokeNeedsMemory(t *testing.T) {
	outputs := "version: 1\nsources: [acme-uploads]\nrules:\n  - name: many\n    match: \"*.mov\"\n    outputs:\n"
	for i := range 1000 {
		outputs += fmt.Sprintf("      - {process: \"video/snapshots,f_jpg,num_1\", target: {bucket: acme-derived, key: \"%d/{key}\"}}\n", i)
	}
	for _, tt := range []struct {
		name    string
		memory  int // of the instance, in MB
		size    int64
		payload string
		leased  int64
		want    string // the error
	}{
		{"room", 128, 400, native(record("a.mov")), 0, ""},
		{"few bytes of a payload without a declared size", 42, event.MaxPayload + 1, native(record("a.txt")), 0, ""},
		{"long texts", 64, 400, native(strings.Repeat(record(strings.Repeat("<", 950)+".mov")+",", 3) + record("a.txt")), 0, "MemoryError: nothing was submitted: the event fires 2000 tasks or more, which need about 46 MB of memory, but the instance has 24 MB besides its rules: raise memorySize, or send smaller batches"},
		{"long texts of uploads that fire nothing", 64, 400, native(strings.ReplaceAll(strings.Repeat(record(strings.Repeat("<", 950))+",", 1000), `\u003c`, "<") + record("a.txt")), 0, "MemoryError: nothing was submitted: the answer needs about 25 MB of memory, but the instance has 24 MB besides its rules: raise memorySize, or send smaller batches"},
		{"a payload that is too large", 128, 20 << 20, "", 0, "MemoryError: a payload of 20971520 bytes needs about 101 MB, but the instance has 88 MB besides its rules: raise memorySize, or send smaller batches"},
		{"no room in time", 128, 400, native(record("a.mov")), 88 << 20, "TransientError: nothing was done: the other invocations of the instance left no memory for the payload in time"},
		{"too many tasks", 42, 400, native(record("a.mov")), 0, "MemoryError: nothing was submitted: the event fires 1000 tasks or more, which need about 3 MB of memory, but the instance has 2 MB besides its rules: raise memorySize, or send smaller batches"},
		{"no room for the tasks", 128, 400, native(record("a.mov")), 87 << 20, "TransientError: nothing was submitted: the event fires 1000 tasks or more, which need about 3 MB of memory, which other invocations of the instance hold"},
	} {
		log := new(bytes.Buffer)
		h := &Handler{Rules: FixedRules(parseRules(t, outputs)), Memory: membudget.New(tt.memory), LogOnly: true, Log: newLog(log, slog.LevelInfo)}
		lease, err := h.Memory.Acquire(t.Context(), tt.leased)
		if err != nil {
			t.Fatal(err)
		}
		ctx := fcContext(t.Context())
		if tt.leased > 87<<20 {
			ended, cancel := context.WithCancel(ctx)
			cancel()
			ctx = ended
		}
		reads := 0
		read := func(func(int64) error) ([]byte, error) { reads++; return []byte(tt.payload), nil }
		h.InvokeReading(ctx, tt.size, read, func(_ *Answer, failure error) {
			if err = failure; err == nil {
				ended, cancel := context.WithCancel(t.Context())
				cancel()
				if _, err := h.Memory.Acquire(ended, h.Memory.Left()); err == nil {
					t.Errorf("%s: the memory of an answer is free before it is sent", tt.name)
				}
			}
		})
		got := ""
		if err != nil {
			got = strings.TrimPrefix(fmt.Sprintf("%T: %[1]v", err), "*handler.")
			got = strings.TrimPrefix(got, "*ossclient.")
		}
		if got != tt.want || reads > 0 != (tt.payload != "") || err != nil && !strings.Contains(log.String(), err.Error()) {
			t.Errorf("%s: read %d times, %s\nwant %s\n%.500s", tt.name, reads, got, tt.want, log)
		}
		lease.Release()
		if all, err := h.Memory.Acquire(t.Context(), h.Memory.Left()); err != nil {
			t.Errorf("%s: an invocation keeps its lease", tt.name)
		} else {
			all.Release()
		}
	}
}

// Texts are counted as encoding/json writes them.
func TestJSONLen(t *testing.T) {
	all := ""
	for r := range rune(0x3000) {
		all += string(r)
	}
	for _, s := range []string{"", "documents/a.docx", `"<&>\`, "报告.docx", "\x00\x7f\u2028\u2029", "\xff\xc3(", "😀", all} {
		written, err := json.Marshal(s)
		if got, want := jsonLen(s), len(written)-len(`""`); err != nil || got < want || got > want+10*6 {
			t.Errorf("%.20q: %d, want %d", s, got, want)
		}
	}
}
