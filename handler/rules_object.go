package handler

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"onput/internal/membudget"
	"onput/internal/ossclient"
	"onput/internal/text"
	"onput/process"
	"onput/rules"
)

const (
	refreshInterval = time.Minute      // after which an object may have changed
	maxRefresh      = 10 * time.Second // of a refresh while a version is in force
)

var errRefreshTimeout = errors.New("no answer within the time for reading the rules")

// rulesObject is a rule file in OSS.
type rulesObject struct {
	client   *ossclient.Client
	location process.Location
	log      *slog.Logger
	getenv   func(string) string
	memory   *membudget.Budget
	now      func() time.Time

	version atomic.Pointer[version]
	reading chan struct{} // holds a token while one invocation reads
}

// version is the state of a rule object when it was last checked. The zero version precedes the first answer.
type version struct {
	fixed
	lease   *membudget.Lease // of the set
	etag    string
	checked time.Time
}

// Current returns the rule set in force and the ETag of its object.
func (r *rulesObject) Current(ctx context.Context) (*rules.Set, string, error) {
	v, err := r.currentVersion(ctx)
	if err == nil {
		err = v.err
	}
	if err != nil {
		return nil, "", err
	}
	return v.set, v.etag, nil
}

// currentVersion returns the last version, refreshed if it is older than [refreshInterval]. One invocation reads at a time;
// the others use the last good version meanwhile, or wait if there is none.
func (r *rulesObject) currentVersion(ctx context.Context) (*version, error) {
	v := r.version.Load()
	if r.fresh(v) {
		return v, nil
	}
	select {
	case r.reading <- struct{}{}:
	default: // another invocation is reading
		if v.set != nil {
			return v, nil
		}
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
func (r *rulesObject) fresh(v *version) bool { return r.now().Sub(v.checked) < refreshInterval }

// loopCheckTime returns how long the loop check may take on a whole core: a tenth of the time left, because a function may
// have a tenth of a core.
func loopCheckTime(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return min(rules.MaxLoopCheckTime, max(1, time.Until(deadline)/10))
	}
	return rules.MaxLoopCheckTime
}

// refresh returns the newest version, which has the rules of v if those stay in force. Its error is a [*TransientError]
// and means that there are no rules yet, so that the next invocation tries again.
func (r *rulesObject) refresh(ctx context.Context, v *version) (*version, error) {
	reading := ctx
	if v.set != nil { // leave time to use the rules
		limit := maxRefresh
		if deadline, ok := ctx.Deadline(); ok {
			limit = min(limit, time.Until(deadline)/3)
		}
		var cancel context.CancelFunc
		reading, cancel = context.WithTimeoutCause(ctx, limit, errRefreshTimeout)
		defer cancel()
	}
	unchanged := &version{fixed: v.fixed, lease: v.lease, etag: v.etag}
	maxObject := maxRules(r.memory)
	object, err := r.client.ReadIfModified(reading, r.location, v.etag, maxObject+1)
	unchanged.checked = r.now()
	switch {
	case object.NotModified:
		return unchanged, nil
	case err != nil:
		err = withText(err, "rules not read: "+err.Error())
	case int64(len(object.Data)) > maxObject:
		err = &PermanentError{Text: "rules not read: " + tooLarge(r.location.String(), maxObject)}
	default:
		var next version
		options := rules.Options{Getenv: r.getenv, LoopCheckTime: loopCheckTime(reading)}
		next.set, next.lease, err = loadRules(reading, r.location.String(), object.Data, options, r.memory)
		if err == nil {
			v.lease.Release() // the old set is garbage as soon as the invocations that use it end
			r.log.LogAttrs(ctx, slog.LevelInfo, "rules read", slog.String("object", r.location.String()), slog.String("etag", object.ETag))
			next.etag, next.checked = object.ETag, unchanged.checked
			return &next, nil
		}
		if rules.Unproven(err) && options.LoopCheckTime < rules.MaxLoopCheckTime { // more time may help
			err = &TransientError{Text: "rules not read: too little time was left to check " + text.QuoteIfNeeded(r.location.String()) + " for loops"}
		}
	}
	if v.set != nil {
		r.log.LogAttrs(ctx, slog.LevelWarn, "rules not read again; the last good version stays in force",
			slog.String("object", r.location.String()), slog.String("etag", v.etag), slog.String("error", err.Error()))
		return unchanged, nil
	}
	if _, ok := errors.AsType[*TransientError](err); ok {
		return nil, err
	}
	return &version{fixed: fixed{err: &RulesError{text: err.Error(), err: err}}, etag: object.ETag, checked: unchanged.checked}, nil
}
