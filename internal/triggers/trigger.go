package triggers

import (
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/eventpattern"
	"onput/internal/serverlessdevs"
)

// trigger is a trigger that may deliver uploads.
type trigger struct {
	*serverlessdevs.Trigger
	region string // of its function

	meant        []string // events that it means to deliver, with names that are wrong
	unclear      bool     // it names an event whose meaning is not known
	dead         bool     // a condition of its pattern matches no upload
	alternatives bool     // conditions of its pattern are alternatives and should not be
	suffixes     []string // of which a key must have one; nil for any key

	objects *automaton.DFA // that it delivers
	area    *automaton.DFA // that it would deliver without suffixes and exclusions
	folded  *automaton.DFA // that it would deliver without them if it ignored letter case
}

// bridged reports whether it is a trigger of EventBridge.
func (t *trigger) bridged() bool { return t.Pattern != nil }

// delivers reports whether it delivers an event, such as ObjectCreated:PutObject.
func (t *trigger) delivers(event string) bool {
	names := t.meant
	if t.bridged() {
		if t.Pattern.Matches("type", "oss:"+event) && t.Pattern.Matches("data.eventName", event) {
			return true
		}
	} else {
		for _, e := range t.Events {
			names = append(names, e.Name)
		}
	}
	return slices.ContainsFunc(names, func(name string) bool { return includes(name, event) })
}

// includes reports whether the name of an event in a trigger, which may be a wildcard such as ObjectCreated:*, includes an
// event.
func includes(name, event string) bool {
	class, wildcard := strings.CutSuffix(name, "*")
	return name == event || wildcard && strings.HasSuffix(class, ":") && strings.HasPrefix(event, class)
}

// The fields of an event that say where an upload comes from.
const (
	subjectField = "subject"
	bucketField  = "data.oss.bucket.name"
	arnField     = "data.oss.bucket.arn"
	keyField     = "data.oss.object.key"
)

// addLanguages makes the languages of a trigger.
func (c *comparison) addLanguages(t *trigger) (err error) {
	if t.area, err = c.areaOf(t, reading{included: true}); err != nil {
		return err
	}
	if t.folded, err = c.areaOf(t, reading{included: true, fold: true}); err != nil {
		return err
	}
	if t.objects, err = c.areaOf(t, reading{}); err != nil {
		return err
	}
	if t.suffixes = suffixesOf(t); t.suffixes == nil {
		return nil
	}
	ending, err := c.keysEndingIn(t.suffixes, false)
	if err == nil {
		t.objects, err = t.objects.And(ending)
	}
	return err
}

// areaOf returns the objects that a trigger would deliver without its suffixes.
func (c *comparison) areaOf(t *trigger, r reading) (*automaton.DFA, error) {
	if !t.bridged() {
		return c.objectsBelow(t.Uploads[0].Bucket, t.Uploads[0].Prefix, r.fold)
	}
	area, err := c.everyText()
	for i, f := range t.Pattern.Fields() {
		if i == t.suffixField() {
			continue
		}
		var objects *automaton.DFA
		if err == nil {
			objects, err = c.objectsOfField(&f, t.region, r)
		}
		if err == nil && objects != nil {
			area, err = area.And(objects)
		}
	}
	return area, err
}

// suffixesOf returns the suffixes of which a trigger wants one, nil if it wants none.
func suffixesOf(t *trigger) (suffixes []string) {
	switch i := t.suffixField(); {
	case i >= 0:
		for _, condition := range t.Pattern.Fields()[i].Conditions {
			suffixes = append(suffixes, condition.Text)
		}
	case t.Suffix != "":
		suffixes = []string{t.Suffix}
	}
	return suffixes
}

// suffixField returns the number of the first field of the pattern that is about keys and wants a suffix, nothing else. It
// returns -1 if there is none.
func (t *trigger) suffixField() int {
	if !t.bridged() {
		return -1
	}
	return slices.IndexFunc(t.Pattern.Fields(), func(f eventpattern.Field) bool {
		return (f.Path == keyField || f.Path == subjectField) && !slices.ContainsFunc(f.Conditions, func(c eventpattern.Condition) bool {
			return c.Operator != eventpattern.Suffix || f.Path == subjectField && strings.ContainsAny(c.Text, ":/") // may reach beyond the key
		})
	})
}

// objectsOfField returns the objects that meet a field of a pattern, nil if it is about something else.
func (c *comparison) objectsOfField(f *eventpattern.Field, region string, r reading) (*automaton.DFA, error) {
	switch f.Path {
	case subjectField:
		return c.afterARN(f.Conditions, knownRegion(region), r)
	case arnField:
		buckets, err := c.afterARN(f.Conditions, knownRegion(region), r)
		if err != nil {
			return nil, err
		}
		return c.objectsIn(buckets)
	case bucketField:
		buckets, err := c.values(f.Conditions, r)
		if err != nil {
			return nil, err
		}
		return c.objectsIn(buckets)
	case keyField:
		keys, err := c.values(f.Conditions, r)
		if err != nil {
			return nil, err
		}
		return c.make(func(n *automaton.NFA) {
			slash := n.Text(n.Repeat(0, automaton.PlainSymbols...), "/")
			end, empty := n.CopyFragment(slash, keys, 0, keys.Ends(), automaton.AnySymbols, 0)
			n.Accept(end)
			if empty {
				n.Accept(slash)
			}
		})
	}
	return nil, nil
}

// objectsIn returns the objects of some buckets.
func (c *comparison) objectsIn(buckets *automaton.DFA) (*automaton.DFA, error) {
	return c.make(func(n *automaton.NFA) {
		end, _ := n.CopyFragment(0, buckets, 0, buckets.Ends(), automaton.PlainSymbols, 0)
		n.Accept(n.Any(n.Text(end, "/")))
	})
}

// knownRegion returns a region, "" if it has a variable in it.
func knownRegion(region string) string {
	if strings.Contains(region, "$") {
		return ""
	}
	return region
}
