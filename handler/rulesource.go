package handler

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"onput/internal/ossclient"
	"onput/internal/text"
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
func OpenRules(place string, client *ossclient.Client, log *slog.Logger) Rules {
	name, ok := strings.CutPrefix(place, "oss://")
	if !ok {
		return loadFile(place)
	}
	bucket, key, _ := strings.Cut(name, "/")
	if bucket == "" || key == "" {
		return ErrorRules(&SettingsError{Setting: "ONPUT_RULES", Value: place, Want: "a path, or oss://BUCKET/KEY"})
	}
	return &rulesObject{
		client:   client,
		location: process.Location{Bucket: bucket, Key: key},
		log:      log,
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

// Settings of the garbage collector. The process answers one upload after the other, with a heap that is small compared to
// its memory. Loading leaves garbage of some 50 times the file's size while an invocation waits, so nothing is collected
// while a small file is loaded. Afterwards the heap may grow to five times the live data, a few tens of MB.
const (
	smallFile    = 1 << 20 // bytes of a rule file: some 7,000 rules
	roomyPercent = 400
)

// rulesFile is a rule file that is loaded in the background.
type rulesFile struct {
	path   string
	loaded chan struct{} // closed when fixed is set
	fixed  fixed
}

// loadFile starts to load a rule file.
func loadFile(path string) *rulesFile {
	f := &rulesFile{path: path, loaded: make(chan struct{})}
	go func() {
		defer close(f.loaded)
		f.fixed = readFile(path)
	}()
	return f
}

// Current waits until the file is loaded, or ctx ends.
func (f *rulesFile) Current(ctx context.Context) (*rules.Set, error) {
	select {
	case <-f.loaded:
	case <-ctx.Done():
		select {
		case <-f.loaded: // both at once
		default:
			return nil, &TransientError{Text: "rules not read: " + f.path + " was still being loaded when " + ossclient.TimeUsedUp}
		}
	}
	return f.fixed.Current(ctx)
}

// readFile reads and compiles a rule file.
func readFile(path string) fixed {
	src, err := os.ReadFile(path)
	if err != nil {
		return fixed{err: &RulesError{text: "rules not read: " + err.Error(), err: err}}
	}
	if len(src) <= smallFile {
		debug.SetGCPercent(-1)
		defer debug.SetGCPercent(roomyPercent)
	}
	set, err := rules.ParseSealed(path, src) // without a seal the loop check runs here
	if err != nil {
		return fixed{err: &RulesError{text: err.Error(), err: err}}
	}
	return fixed{set: set}
}

const (
	maxRules        = 64 << 20 // bytes of a rule object
	refreshInterval = time.Minute
	maxRefresh      = 10 * time.Second // if there is a version to go on with
)

var errRefreshTimeout = errors.New("no answer in the time that a look at the rules may take")

// rulesObject is a rule file in OSS.
type rulesObject struct {
	client   *ossclient.Client
	location process.Location
	log      *slog.Logger
	now      func() time.Time

	version atomic.Pointer[version] // nil before the first answer
	reading chan struct{}           // holds a token while one invocation reads
}

// version is the state of a rule object when it was last checked.
type version struct {
	fixed
	etag    string
	checked time.Time
}

// Current returns the rule set in force.
func (r *rulesObject) Current(ctx context.Context) (*rules.Set, error) {
	set, _, err := r.CurrentVersion(ctx)
	return set, err
}

// CurrentVersion returns the rule set in force and the ETag of its object.
func (r *rulesObject) CurrentVersion(ctx context.Context) (*rules.Set, string, error) {
	v, err := r.currentVersion(ctx)
	if err != nil {
		return nil, "", err
	}
	return v.set, v.etag, v.err
}

// currentVersion returns the last version, refreshed if it is older than [refreshInterval]. One invocation reads at a time;
// the others use the last good version meanwhile, or wait if there is none.
func (r *rulesObject) currentVersion(ctx context.Context) (*version, error) {
	v := r.version.Load()
	if r.fresh(v) {
		return v, nil
	}
	if v != nil && v.set != nil {
		select {
		case r.reading <- struct{}{}:
		default: // another invocation is reading
			return v, nil
		}
	} else {
		select {
		case r.reading <- struct{}{}:
		case <-ctx.Done():
			return nil, &TransientError{Text: "rules not read: " + text.QuoteIfNeeded(r.location.String()) + ": " + ossclient.TimeUsedUp}
		}
	}
	defer func() { <-r.reading }()
	if v = r.version.Load(); r.fresh(v) {
		return v, nil
	}
	next, err := r.refresh(ctx, v)
	if err != nil {
		return nil, err
	}
	r.version.Store(next)
	return next, nil
}

// fresh reports whether v need not be checked again.
func (r *rulesObject) fresh(v *version) bool {
	return v != nil && r.now().Sub(v.checked) < refreshInterval
}

// refresh returns the newest version, v (which may be nil) if the object has not changed. Its error is a
// [*TransientError] and means that there are no rules yet, so that the next invocation tries again.
func (r *rulesObject) refresh(ctx context.Context, v *version) (*version, error) {
	hasRules := v != nil && v.set != nil
	etag := ""
	if v != nil {
		etag = v.etag
	}
	reading := ctx
	if hasRules { // leave time to use them
		limit := maxRefresh
		if deadline, ok := ctx.Deadline(); ok {
			limit = min(limit, time.Until(deadline)/3)
		}
		var cancel context.CancelFunc
		reading, cancel = context.WithTimeoutCause(ctx, limit, errRefreshTimeout)
		defer cancel()
	}
	object, err := r.client.ReadIfModified(reading, r.location, etag, maxRules+1)
	next := &version{etag: object.ETag, checked: r.now()}
	switch {
	case object.NotModified:
		next.fixed, next.etag = v.fixed, v.etag
		return next, nil
	case err != nil:
		err = rulesNotRead(err)
	case len(object.Data) > maxRules:
		err = &PermanentError{Text: "rules not read: " + text.QuoteIfNeeded(r.location.String()) + " is larger than " + strconv.Itoa(maxRules) + " bytes"}
	default:
		if next.set, err = rules.Parse(r.location.String(), object.Data); err == nil {
			r.log.LogAttrs(ctx, slog.LevelInfo, "rules read", slog.String("object", r.location.String()), slog.String("etag", next.etag))
			return next, nil
		}
	}
	if hasRules {
		r.log.LogAttrs(ctx, slog.LevelWarn, "rules not read again; the last good version stays in force",
			slog.String("object", r.location.String()), slog.String("etag", v.etag), slog.String("error", err.Error()))
		next.fixed, next.etag = v.fixed, v.etag
		return next, nil
	}
	var transient *TransientError
	if errors.As(err, &transient) {
		return nil, err
	}
	next.fixed = fixed{err: &RulesError{text: err.Error(), err: err}}
	return next, nil
}

// rulesNotRead returns an error of a request with "rules not read" in front.
func rulesNotRead(err error) error {
	message := "rules not read: " + err.Error()
	var transient *TransientError
	if errors.As(err, &transient) {
		return &TransientError{Text: message, InDoubt: transient.InDoubt}
	}
	return &PermanentError{Text: message}
}
