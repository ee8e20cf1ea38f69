package triggers

import (
	"strings"

	"onput/internal/automaton"
	"onput/internal/ruleset"
)

// maxPairs bounds the pairs of triggers that are compared. A bucket takes ten triggers.
const maxPairs = 100_000

// checkOverlaps reports triggers of OSS that deliver the same events of the same objects. Function Compute refuses the second
// one: https://www.alibabacloud.com/help/en/functioncompute/fc-3-0/user-guide/overview-of-oss-trigger
func (c *comparison) checkOverlaps() error {
	byBucket := map[string][]*trigger{}
	pairs := 0
	for _, t := range c.triggers {
		if t.Type != "oss" {
			continue
		}
		bucket := t.Uploads[0].Bucket
		for _, earlier := range byBucket[bucket] {
			if pairs++; pairs > maxPairs {
				return automaton.ErrTooLarge
			}
			if event := overlap(t, earlier); event != "" {
				c.report(t.Pos, "trigger", "the trigger overlaps the one on line %d, as both deliver %s of some keys: Function Compute refuses it with "+
					"\"Cannot specify overlapping prefix and suffix with same event type\"; give them prefixes or suffixes that exclude each other, "+
					"merge them, or use EventBridge", earlier.Pos.Line, event)
				break
			}
		}
		byBucket[bucket] = append(byBucket[bucket], t)
	}
	return nil
}

// overlap returns an event that two triggers of one bucket deliver for the same keys, "" if there is none.
func overlap(a, b *trigger) string {
	p, q := a.Uploads[0].Prefix, b.Uploads[0].Prefix
	if !strings.HasPrefix(p, q) && !strings.HasPrefix(q, p) || !strings.HasSuffix(a.Suffix, b.Suffix) && !strings.HasSuffix(b.Suffix, a.Suffix) {
		return ""
	}
	for _, event := range ruleset.KnownEvents {
		if a.delivers(event) && b.delivers(event) {
			return event
		}
	}
	return ""
}
