package rules

import (
	"slices"
	"strings"

	"onput/process"
)

// What a rule file says about repeated deliveries and about failures, compiled.

// Claims says where and how tasks are claimed before they are submitted.
type Claims struct {
	Bucket    string // where claims are; "" for the bucket of the upload
	Prefix    string // of their keys, ".onput/". What is uploaded there fires nothing
	ByContent bool   // by: content. Uploads of the same bytes to the same key are one upload
	Fire      bool   // unreachable: fire. Where claims cannot be read or written, submit without
}

// Claims returns the settings of claims, nil where the file has none. They are not to be changed.
func (s *Set) Claims() *Claims { return s.claims }

// PermanentFailurePolicy is what becomes of a task that no retry can help.
type PermanentFailurePolicy uint8

const (
	FailPermanent   PermanentFailurePolicy = iota // the invocation fails
	RecordPermanent                               // an object under the prefix of claims records it, and the invocation goes well
	LogPermanent                                  // the log says it, and the invocation goes well
)

// Permanent returns what becomes of tasks that no retry can help.
func (s *Set) Permanent() PermanentFailurePolicy { return s.failures }

const (
	defaultClaimsPrefix = ".onput/" // where claims are kept if the file does not say
	maxClaimsPrefix     = 512       // bytes: what comes behind it has a few hundred, and a key holds 1,023
)

func (d *document) claimsOf(def claimsDef) *Claims {
	if def.node == nil {
		return nil
	}
	c := &Claims{Prefix: defaultClaimsPrefix}
	if def.bucket != nil {
		s, ok := d.env(*def.bucket)
		if c.Bucket = s.text; ok && !process.ValidBucket(c.Bucket) {
			d.fail(s.node, "bucket-name", "%s", badBucket(c.Bucket))
		}
	}
	if def.prefix != nil {
		s, ok := d.env(*def.prefix)
		c.Prefix = s.text
		switch {
		case !ok:
		case strings.HasPrefix(c.Prefix, "/") || !strings.HasSuffix(c.Prefix, "/"):
			d.fail(s.node, "claims", "claims.prefix is a folder such as .onput/: it ends in / and does not begin with it")
		case len(c.Prefix) > maxClaimsPrefix:
			d.fail(s.node, "claims", "claims.prefix has %d bytes: at most %d leave room for the names of claims", len(c.Prefix), maxClaimsPrefix)
		}
	}
	c.ByContent = d.choice(def.by, "claims.by", "upload", "content") == 1
	c.Fire = d.choice(def.unreachable, "claims.unreachable", "fail", "fire") == 1
	return c
}

func (d *document) failuresOf(f *fileDef) PermanentFailurePolicy {
	permanent := PermanentFailurePolicy(d.choice(f.failures.permanent, "failures.permanent", "fail", "record", "log"))
	if permanent == RecordPermanent && f.claims.node == nil {
		d.fail(f.failures.permanent.node, "failures", "failures.permanent: record needs claims, under whose prefix the records are kept: "+
			"add claims: {bucket: …}")
	}
	return permanent
}

// choice returns which of a few words a value is, the first where it is not said, and insists that it is one of them.
func (d *document) choice(s *scalar, what string, words ...string) int {
	if s == nil {
		return 0
	}
	i := slices.Index(words, s.text)
	if i < 0 {
		last := len(words) - 1
		d.fail(s.node, "type", "%s is %s or %s, not %q", what, strings.Join(words[:last], ", "), words[last], s.text)
	}
	return max(i, 0)
}
