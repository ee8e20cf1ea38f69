package handler

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"onput/internal/membudget"
	"onput/internal/ossclient"
	"onput/process"
	"onput/rules"
)

// Rules holds the rule set in force.
type Rules interface {
	// Current returns the set in force, and the ETag of its version, "" if it has none. Each invocation calls it once, with
	// its context; an error ends the invocation unchanged. Several goroutines may call it.
	Current(ctx context.Context) (set *rules.Set, etag string, err error)
}

// OpenRules returns the rules in a file, or in the object oss://BUCKET/KEY. It does not wait for them, so the process can
// ask for its first invocation meanwhile.
//
// A file is read once, in the background. Current waits for it, and returns a [*TransientError] if its context ends first.
// If the file is at fault, every call returns a [*RulesError].
//
// An object is read at the first call, with the credentials of its invocation, and again after a minute if its ETag
// changed. A newer version that cannot be read or is at fault is logged, and leaves the last good one in force.
//
// Rules for which memory has no room are at fault, too.
//
// getenv looks up the variables of ${env(…)} in the rules, os.Getenv if nil.
func OpenRules(source string, client *ossclient.Client, log *slog.Logger, getenv func(string) string, memory *membudget.Budget) Rules {
	name, ok := strings.CutPrefix(source, "oss://")
	if !ok {
		return loadRulesFile(source, getenv, memory)
	}
	bucket, key, _ := strings.Cut(name, "/")
	if bucket == "" || key == "" {
		return ErrorRules(&SettingsError{Setting: "ONPUT_RULES", Value: source, Want: "a path, or oss://BUCKET/KEY"})
	}
	r := &rulesObject{
		client:   client,
		location: process.Location{Bucket: bucket, Key: key},
		log:      log,
		getenv:   getenv,
		memory:   memory,
		now:      time.Now,
		reading:  make(chan struct{}, 1),
	}
	r.version.Store(&version{})
	return r
}

// FixedRules returns rules whose Current always returns set.
func FixedRules(set *rules.Set) Rules { return fixed{set: set} }

// ErrorRules returns rules whose Current always returns err. A process that cannot work keeps running this way, and its
// invocations say why.
func ErrorRules(err error) Rules { return fixed{err: err} }

// fixed is a rule set, or the error instead of one.
type fixed struct {
	set *rules.Set
	err error
}

func (f fixed) Current(context.Context) (*rules.Set, string, error) { return f.set, "", f.err }
