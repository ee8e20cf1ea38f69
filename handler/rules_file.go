package handler

import (
	"context"
	"os"
	"runtime/debug"
	"strconv"

	"onput/internal/membudget"
	"onput/internal/ossclient"
	"onput/internal/text"
	"onput/rules"
)

// Settings of the garbage collector. Loading leaves garbage of many times the file's size while an invocation waits, so
// nothing is collected while a small file is loaded. Afterwards the heap may grow to five times the live data. Go's memory
// limit, which package membudget sets, comes before both.
const (
	smallFile = 1 << 20 // bytes: some 7,000 rules
	gcPercent = 400
)

// rulesFile is a rule file that is loaded in the background.
type rulesFile struct {
	path   string
	loaded chan struct{} // closed when fixed is set
	fixed  fixed
}

// loadRulesFile starts to load a rule file.
func loadRulesFile(path string, getenv func(string) string, memory *membudget.Budget) *rulesFile {
	f := &rulesFile{path: path, loaded: make(chan struct{})}
	go func() {
		defer close(f.loaded)
		f.fixed = readRulesFile(path, getenv, memory)
	}()
	return f
}

// Current waits until the file is loaded, or ctx ends.
func (f *rulesFile) Current(ctx context.Context) (*rules.Set, string, error) {
	select {
	case <-f.loaded:
	case <-ctx.Done():
		select {
		case <-f.loaded: // both at once
		default:
			return nil, "", &TransientError{Text: "rules not read: " + f.path + " was still being loaded when " + ossclient.TimeUsedUp}
		}
	}
	return f.fixed.Current(ctx)
}

// readRulesFile reads and compiles a rule file.
func readRulesFile(path string, getenv func(string) string, memory *membudget.Budget) fixed {
	if info, err := os.Stat(path); err == nil && info.Size() > maxRules(memory) {
		return fixed{err: &RulesError{text: "rules not read: " + tooLarge(path, maxRules(memory))}}
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return fixed{err: &RulesError{text: "rules not read: " + err.Error(), err: err}}
	}
	if len(src) <= smallFile {
		debug.SetGCPercent(-1)
		defer debug.SetGCPercent(gcPercent)
	}
	set, _, err := loadRules(context.Background(), path, src, rules.Options{Getenv: getenv, TrustSeal: true}, memory)
	if err != nil {
		return fixed{err: &RulesError{text: err.Error(), err: err}}
	}
	return fixed{set: set}
}

// minLoadingBytes is the memory that loading takes for a byte of a rule file that has few comments.
const minLoadingBytes = 9

// maxRules returns the size limit of a rule file, in bytes.
func maxRules(memory *membudget.Budget) int64 {
	return min(rules.MaxFile, memory.ForRules()/minLoadingBytes)
}

func tooLarge(name string, max int64) string {
	advice := ""
	if max < rules.MaxFile {
		advice = ", for which the function has memory: raise its memorySize"
	}
	return text.QuoteIfNeeded(name) + " is larger than " + strconv.FormatInt(max, 10) + " bytes" + advice
}

// loadRules waits for the memory that rules need and loads them. The lease is that of the set.
func loadRules(ctx context.Context, name string, src []byte, o rules.Options, memory *membudget.Budget) (*rules.Set, *membudget.Lease, error) {
	var lease *membudget.Lease
	loading, loaded := rules.EstimateMemory(src)
	if o.MaxMemory = max(memory.ForRules(), 1); loading <= o.MaxMemory {
		var err error
		if lease, err = memory.Acquire(ctx, loading); err != nil {
			return nil, nil, &TransientError{Text: "rules not read: the invocations in flight left no memory for them in time"}
		}
	}
	set, err := rules.LoadSet(name, src, o)
	if err != nil {
		lease.Release()
		return nil, nil, err
	}
	lease.Keep(loaded)
	return set, lease, nil
}
