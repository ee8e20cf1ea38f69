package triggers

import (
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/ruleset"
	"onput/internal/text"
	"onput/process"
)

// maxTexts bounds the texts of a language that are tried as an example.
const maxTexts = 20

// example is an object and the first rule that it fires.
type example struct {
	object, rule string
}

// exampleOf returns an object of a language that fires a rule which listens, one that reads well if there is one. It reports
// false if it finds none.
func (c *comparison) exampleOf(objects *automaton.DFA, listens func(r *ruleset.Rule) bool) (example, bool) {
	if objects.Empty() {
		return example{}, false
	}
	var objectsToTry []string
	if readable, err := c.readableObjects(); err == nil {
		if well, err := objects.And(readable); err == nil {
			objectsToTry = well.Texts(maxTexts)
			well.Free()
		}
	}
	for _, object := range append(objectsToTry, objects.Texts(maxTexts)...) {
		if rule := c.firedBy(object, listens); rule != "" {
			return example{object, rule}, true
		}
	}
	return example{}, false
}

// firedBy returns the name of the first rule that listens and that an object fires, "" if there is none.
func (c *comparison) firedBy(object string, listens func(r *ruleset.Rule) bool) string {
	bucket, key, _ := strings.Cut(object, "/")
	if !process.ValidBucket(bucket) || key == "" || len(key) > process.MaxKey || strings.HasSuffix(key, "/") ||
		!c.set.IsSource(bucket, key) || c.set.IsClaim(bucket, key) {
		return ""
	}
	i := slices.IndexFunc(c.set.Rules, func(r ruleset.Rule) bool { return listens(&r) && r.MatchesLocation(bucket, key) })
	if i < 0 {
		return ""
	}
	return c.set.Rules[i].Name
}

// exampleInBuckets is exampleOf for an upload, in a bucket that a trigger names if there is one.
func (c *comparison) exampleInBuckets(objects *automaton.DFA) (example, bool) {
	known, err := c.make(func(n *automaton.NFA) {
		for _, t := range c.triggers {
			for _, at := range t.Uploads {
				n.Accept(n.Any(n.Text(0, at.Bucket+"/")))
			}
		}
	})
	if err == nil {
		known, err = known.And(objects)
	}
	if err == nil {
		if e, ok := c.exampleOf(known, listensToUploads); ok {
			return e, true
		}
	}
	return c.exampleOf(objects, listensToUploads)
}

// shown returns an object for a message.
func shown(object string) string { return text.QuoteIfNeeded(text.Truncate(object, 300)) }
