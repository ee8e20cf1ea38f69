package explanation

import (
	"maps"
	"slices"

	"onput/internal/text"
	"onput/rules"
)

// objectFacts returns the user metadata, tags and storage class that are known besides an event's.
func objectFacts(u *rules.Upload) []string {
	var facts []string
	for _, name := range slices.Sorted(maps.Keys(u.Meta)) {
		facts = append(facts, text.Printable("meta "+name+"="+u.Meta[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(u.Tags)) {
		facts = append(facts, text.Printable("tag "+name+"="+u.Tags[name]))
	}
	return append(facts, text.Printable(u.Class))
}
