package ruleset

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"onput/process"
)

// ClaimSettings are the settings of claims, the records that keep a task from being submitted twice.
type ClaimSettings struct {
	Bucket    string // of the claims; "" for the bucket of the upload
	Prefix    string // of their keys, ".onput/"; uploads below it fire nothing
	ByContent bool   // by: content; uploads of the same bytes to the same key count as one
	Fire      bool   // unreachable: fire; submit without a claim if claims cannot be read or written
}

// PermanentFailurePolicy decides what a task that no retry can help does to its invocation.
type PermanentFailurePolicy uint8

const (
	FailPermanent   PermanentFailurePolicy = iota // the invocation fails
	RecordPermanent                               // an object below the claims prefix records the failure; the invocation succeeds
	LogPermanent                                  // the log has the failure; the invocation succeeds
)

// IsClaim reports whether an object is below the claims prefix, so that its uploads fire nothing.
func (s *Set) IsClaim(bucket, key string) bool {
	c := s.Claims
	return c != nil && strings.HasPrefix(key, c.Prefix) && (c.Bucket == "" || c.Bucket == bucket)
}

// ErrBelowClaims is the error of a task whose target may lie below the claims prefix: it could forge a claim.
var ErrBelowClaims = errors.New("the target would be below the prefix of claims")

// HoldsClaims reports whether claims may be in a bucket: the claims bucket or, if the rules name none, one with sources.
func (s *Set) HoldsClaims(bucket string) bool {
	if s.Claims.Bucket != "" {
		return s.Claims.Bucket == bucket
	}
	return s.Sources == nil || slices.ContainsFunc(s.Sources, func(src Source) bool { return src.Bucket.Match(bucket) })
}

// refuseClaims sets the Err of those tasks of rule i whose targets may lie below the claims prefix.
func (s *Set) refuseClaims(i int, tasks []Task) {
	if s.Claims == nil {
		return
	}
	for k := range tasks {
		if t := &tasks[k]; t.Err == nil && s.mayBeClaim(t.Target, i, k) {
			t.Err = fmt.Errorf("%w, %s", ErrBelowClaims, s.Claims.Prefix)
		}
	}
}

// mayBeClaim reports whether a target of a rule's output, as sent, may lie below the claims prefix in a bucket that holds
// claims, once OSS has filled in its variables.
func (s *Set) mayBeClaim(target process.Location, rule, output int) bool {
	prefix := s.Claims.Prefix
	literal := len(target.Key)
	if i := strings.IndexAny(target.Key, "{}"); i >= 0 && !s.Rules[rule].Outputs[output].Target.Literal {
		literal = i
	}
	below := strings.HasPrefix(target.Key[:literal], prefix)
	if !below && (literal == len(target.Key) || !strings.HasPrefix(prefix, target.Key[:literal])) {
		return false // the usual case
	}
	o := &s.Rules[rule].Outputs[output]
	if !below && !o.canBecome(o.Target.ParseSent(target.Key), prefix, false) {
		return false
	}
	if !strings.Contains(target.Bucket, "{") {
		return s.HoldsClaims(target.Bucket)
	}
	return s.Claims.Bucket == "" || o.canBecome(o.Target.ParseSent(target.Bucket), s.Claims.Bucket, true)
}

// canBecome reports whether a template without variables of the upload can become text, or a longer one unless whole is set.
func (o *Output) canBecome(t Template, text string, whole bool) bool {
	for range o.Bindings(t, text, whole, nil) {
		return true
	}
	return false
}
