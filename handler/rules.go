package handler

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"onput/internal/ossclient"
	"onput/process"
	"onput/rules"
)

// Rules returns the rule set in force. Current is called at the start of each invocation, with its context, and from
// several goroutines. Its errors end the invocation unchanged.
type Rules interface {
	Current(ctx context.Context) (*rules.Set, error)
}

// versionedRules are rules that change while the process runs. CurrentVersion also returns the ETag of the version in
// force, or "" if it is unknown.
type versionedRules interface {
	CurrentVersion(ctx context.Context) (set *rules.Set, etag string, err error)
}

// currentRules returns the rule set in force, and its ETag if r has versions.
func currentRules(ctx context.Context, r Rules) (set *rules.Set, etag string, err error) {
	if v, ok := r.(versionedRules); ok {
		return v.CurrentVersion(ctx)
	}
	set, err = r.Current(ctx)
	return set, "", err
}

// OpenRules returns the rules in a file, or in the object oss://BUCKET/KEY. It does not wait for them, so the process can
// ask for its first invocation meanwhile.
//
// A file is read once, in the background. Current waits for it, and returns a [*TransientError] if the invocation's time
// ends first. If the file is at fault, every call returns a [*RulesError].
//
// An object is read at the first call, with the credentials of its invocation, and again after a minute if its ETag
// changed. A newer version that cannot be read or is at fault leaves the last good one in force, and is logged.
//
// getenv looks up the variables of ${env(…)} in the rules, os.Getenv if nil.
func OpenRules(source string, client *ossclient.Client, log *slog.Logger, getenv func(string) string) Rules {
	name, ok := strings.CutPrefix(source, "oss://")
	if !ok {
		return loadRulesFile(source, getenv)
	}
	bucket, key, _ := strings.Cut(name, "/")
	if bucket == "" || key == "" {
		return ErrorRules(&SettingsError{Setting: "ONPUT_RULES", Value: source, Want: "a path, or oss://BUCKET/KEY"})
	}
	return &rulesObject{
		client:   client,
		location: process.Location{Bucket: bucket, Key: key},
		log:      log,
		getenv:   getenv,
		now:      time.Now,
		reading:  make(chan struct{}, 1),
	}
}

// ErrorRules returns rules whose Current always returns err. A process that cannot work keeps running this way, and its
// invocations say why.
func ErrorRules(err error) Rules { return fixed{err: err} }

// fixed is a rule set, or its error, that never changes.
type fixed struct {
	set *rules.Set
	err error
}

func (f fixed) Current(context.Context) (*rules.Set, error) { return f.set, f.err }
