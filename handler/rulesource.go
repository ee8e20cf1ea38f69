package handler

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"onput/process"
	"onput/rules"
)

// Rules gives the rule set that is in force. Current is called at the start of each invocation, with its context, and
// from several goroutines. Its errors end the invocation as they are. Where rules change while the process lives, Current
// tells the invocation that ctx belongs to which version it gets.
type Rules interface {
	Current(ctx context.Context) (*rules.Set, error)
}

// OpenRules returns the rules in a file, or in the object oss://BUCKET/KEY. It waits for neither: the process asks for its
// first invocation meanwhile.
//
// A file begins to be read at once, and is read once. Current waits for it, and returns a *TransientError where the
// invocation has no time left before; where the file is at fault, every call returns a *RulesError.
//
// An object is read at the first call, with the credentials of its invocation, and looked at again when a minute has
// passed; a newer version that cannot be read or is at fault leaves the last good one in force, and the log says so.
func OpenRules(place string, o *OSS, log *slog.Logger) Rules {
	name, ok := strings.CutPrefix(place, "oss://")
	if !ok {
		return loadFile(place)
	}
	bucket, key, _ := strings.Cut(name, "/")
	if bucket == "" || key == "" {
		return ErrorRules(&SettingsError{Setting: "ONPUT_RULES", Value: place, Want: "a path, or oss://BUCKET/KEY"})
	}
	return &rulesObject{
		oss:      o,
		location: process.Location{Bucket: bucket, Key: key},
		log:      log,
		now:      time.Now,
		reading:  make(chan struct{}, 1),
	}
}

// ErrorRules returns rules of which every call of Current returns err. A process that cannot work lives on this way, and its
// invocations say why.
func ErrorRules(err error) Rules { return fixed{err: err} }

// fixed is a rule set, or what is wrong with it, that never changes.
type fixed struct {
	set *rules.Set
	err error
}

func (f fixed) Current(context.Context) (*rules.Set, error) { return f.set, f.err }

// The garbage collector is set for a process that answers one upload after the other, with a heap that is small beside its
// memory. While a small rule file is loaded, nothing is collected: loading leaves some 50 times the file's size behind, and an
// invocation waits. Afterwards the heap may grow to five times what is in use before it is collected, which is a few ten MB.
const (
	smallFile    = 1 << 20 // bytes of a rule file: some 7,000 rules
	roomyPercent = 400
)

// rulesFile is a rule file that is read beside what else the process does.
type rulesFile struct {
	path   string
	loaded chan struct{} // closed when the next field is set
	fixed  fixed
}

// loadFile returns the rules in a file, and begins to read it.
func loadFile(path string) *rulesFile {
	f := &rulesFile{path: path, loaded: make(chan struct{})}
	go func() {
		defer close(f.loaded)
		f.fixed = readFile(path)
	}()
	return f
}

func (f *rulesFile) Current(ctx context.Context) (*rules.Set, error) {
	select {
	case <-f.loaded:
	case <-ctx.Done():
		select {
		case <-f.loaded: // both at once
		default:
			return nil, &TransientError{text: "rules not read: " + f.path + " was still being loaded when " + timeUsedUp}
		}
	}
	return f.fixed.Current(ctx)
}

func readFile(path string) fixed {
	src, err := os.ReadFile(path)
	if err != nil {
		return fixed{err: &RulesError{text: "rules not read: " + err.Error(), err: err}}
	}
	if len(src) <= smallFile {
		debug.SetGCPercent(-1)
		defer debug.SetGCPercent(roomyPercent)
	}
	set, err := rules.ParseSealed(path, src) // a file without a seal is proved here
	if err != nil {
		return fixed{err: &RulesError{text: err.Error(), err: err}}
	}
	return fixed{set: set}
}

const (
	maxRules  = 64 << 20         // bytes of a rule object
	lookAgain = time.Minute      // after so long an object may have changed
	maxLook   = 10 * time.Second // of a look, where there are rules to go on with
)

var errLook = errors.New("no answer in the time that a look at the rules may take")

// rulesObject is a rule file in OSS.
type rulesObject struct {
	oss      *OSS
	location process.Location
	log      *slog.Logger
	now      func() time.Time

	version atomic.Pointer[version] // nil before the first answer
	reading chan struct{}           // holds a token while one invocation reads
}

// version is what is in force between two looks.
type version struct {
	fixed
	etag   string
	looked time.Time
}

// Current returns the version's rules, and tells the invocation which version that is.
func (v *version) Current(ctx context.Context) (*rules.Set, error) {
	if v.set != nil {
		invocationOf(ctx).rulesETag = v.etag
	}
	return v.fixed.Current(ctx)
}

// logging returns a Handler whose log lines all say which version of the rules is in force; the same one where that
// never changes.
func (h *Handler) logging(inv *invocation) *Handler {
	if inv.rulesETag == "" {
		return h
	}
	one := *h
	one.Log = h.Log.With(slog.String("rulesETag", inv.rulesETag))
	return &one
}

func (r *rulesObject) Current(ctx context.Context) (*rules.Set, error) {
	v := r.version.Load()
	if r.fresh(v) {
		return v.Current(ctx)
	}
	if v != nil && v.set != nil {
		select {
		case r.reading <- struct{}{}:
		default: // another invocation is reading; what there is will do
			return v.Current(ctx)
		}
	} else {
		select {
		case r.reading <- struct{}{}:
		case <-ctx.Done():
			return nil, &TransientError{text: "rules not read: " + object(r.location) + ": " + timeUsedUp}
		}
	}
	defer func() { <-r.reading }()
	if v = r.version.Load(); r.fresh(v) {
		return v.Current(ctx)
	}
	next, err := r.look(ctx, v)
	if err != nil {
		return nil, err
	}
	r.version.Store(next)
	return next.Current(ctx)
}

func (r *rulesObject) fresh(v *version) bool {
	return v != nil && r.now().Sub(v.looked) < lookAgain
}

// look reads the object unless it is still v. The error is a *TransientError: what there is then is nothing, and worth
// no minute of waiting.
func (r *rulesObject) look(ctx context.Context, v *version) (*version, error) {
	etag := ""
	if v != nil {
		etag = v.etag
	}
	getting := ctx
	if v != nil && v.set != nil { // there is something to go on with, and time must be left for it
		limit := maxLook
		if deadline, ok := ctx.Deadline(); ok {
			limit = min(limit, time.Until(deadline)/3)
		}
		var cancel context.CancelFunc
		getting, cancel = context.WithTimeoutCause(ctx, limit, errLook)
		defer cancel()
	}
	answer := r.oss.get(getting, "", r.location, etag, maxRules+1)
	next := &version{looked: r.now()}
	if answer.verdict == accepted {
		next.etag = answer.id(answer.header.Get("ETag"))
	}
	var err error
	switch {
	case answer.status == http.StatusNotModified && v != nil:
		next.fixed, next.etag = v.fixed, v.etag
		return next, nil
	case answer.verdict != accepted:
		err = answer.err("rules not read: GetObject " + object(r.location))
	case answer.bodyErr != nil:
		err = &TransientError{text: "rules not read: GetObject " + object(r.location) + ": the answer broke off"}
	case len(answer.body) > maxRules:
		err = &PermanentError{text: "rules not read: " + object(r.location) + " is larger than " + strconv.Itoa(maxRules) + " bytes"}
	default:
		if next.set, err = rules.Parse(r.location.String(), answer.body); err == nil {
			r.log.LogAttrs(ctx, slog.LevelInfo, "rules read", slog.String("object", r.location.String()), slog.String("etag", next.etag))
			return next, nil
		}
	}
	if v != nil && v.set != nil {
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
