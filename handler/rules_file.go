package handler

import (
	"context"
	"os"
	"runtime/debug"

	"onput/internal/ossclient"
	"onput/rules"
)

// Settings of the garbage collector. Loading leaves garbage of some 50 times the file's size while an invocation waits, so
// nothing is collected while a small file is loaded. Afterwards the heap may grow to five times the live data, a few tens of
// MB.
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
func loadRulesFile(path string, getenv func(string) string) *rulesFile {
	f := &rulesFile{path: path, loaded: make(chan struct{})}
	go func() {
		defer close(f.loaded)
		f.fixed = readRulesFile(path, getenv)
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
func readRulesFile(path string, getenv func(string) string) fixed {
	src, err := os.ReadFile(path)
	if err != nil {
		return fixed{err: &RulesError{text: "rules not read: " + err.Error(), err: err}}
	}
	if len(src) <= smallFile {
		debug.SetGCPercent(-1)
		defer debug.SetGCPercent(gcPercent)
	}
	file, err := rules.Load(path, src, rules.Options{Getenv: getenv, SetOnly: true, TrustSeal: true})
	if err != nil {
		return fixed{err: &RulesError{text: err.Error(), err: err}}
	}
	return fixed{set: file.Set}
}
