package rules

import (
	"slices"
	"strings"

	"onput/internal/rulefile"
	"onput/internal/ruleset"
	"onput/internal/text"
	"onput/process"
)

const (
	defaultClaimsPrefix = ".onput/" // if claims has no prefix
	maxClaimsPrefix     = 512       // bytes, so that the names of claims fit into a key of 1,023
)

func (c *compiler) compileClaims(def rulefile.ClaimsDefinition) *ruleset.Claims {
	if def.Node == nil {
		return nil
	}
	claims := &ruleset.Claims{Prefix: defaultClaimsPrefix}
	if def.Bucket != nil {
		s, ok := c.expandEnv(*def.Bucket)
		if claims.Bucket = s.Text; ok && !process.ValidBucket(claims.Bucket) {
			c.Error(s.Node, "bucket-name", "%s", invalidBucket(claims.Bucket))
		}
	}
	if def.Prefix != nil {
		s, ok := c.expandEnv(*def.Prefix)
		claims.Prefix = s.Text
		switch {
		case !ok:
		case strings.HasPrefix(claims.Prefix, "/") || !strings.HasSuffix(claims.Prefix, "/"):
			c.Error(s.Node, "claims", "claims.prefix is a folder such as .onput/: it ends in / and does not begin with it")
		case len(claims.Prefix) > maxClaimsPrefix:
			c.Error(s.Node, "claims", "claims.prefix has %d bytes: at most %d leave room for the names of claims",
				len(claims.Prefix), maxClaimsPrefix)
		}
	}
	claims.ByContent = c.parseEnum(def.By, "claims.by", "upload", "content") == 1
	claims.Fire = c.parseEnum(def.Unreachable, "claims.unreachable", "fail", "fire") == 1
	return claims
}

func (c *compiler) compileFailures(f *rulefile.File) ruleset.PermanentFailurePolicy {
	i := c.parseEnum(f.PermanentFailures, "failures.permanent", "fail", "record", "log")
	permanent := ruleset.PermanentFailurePolicy(i)
	if permanent == ruleset.RecordPermanent && f.Claims.Node == nil {
		c.Error(f.PermanentFailures.Node, "failures", "failures.permanent: record needs claims, "+
			"under whose prefix the records are kept: add claims: {bucket: …}")
	}
	return permanent
}

// parseEnum returns the index of a value in words, 0 if the value is missing. It reports a value that is not in words.
func (c *compiler) parseEnum(s *rulefile.Scalar, field string, words ...string) int {
	if s == nil {
		return 0
	}
	i := slices.Index(words, s.Text)
	if i < 0 {
		c.Error(s.Node, "type", "%s is %s, not %q", field, text.JoinOr(words), s.Text)
	}
	return max(i, 0)
}
