package triggers

import (
	"slices"
	"strings"

	"onput/internal/eventpattern"
	"onput/internal/text"
)

// checkPattern reports conditions of an event pattern that match more or less than they seem to.
func (c *comparison) checkPattern(t *trigger) error {
	if !t.bridged() {
		return nil
	}
	for _, f := range t.Pattern.Fields() {
		if f.Path != subjectField && f.Path != keyField {
			continue
		}
		if c.checkAlternatives(t, &f); t.alternatives || f.Path != subjectField {
			continue
		}
		for i := range f.Conditions {
			if t.dead {
				break // one is enough
			}
			if err := c.checkSubject(t, &f.Conditions[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkAlternatives reports conditions of a field that let the others have no effect, because one is enough.
func (c *comparison) checkAlternatives(t *trigger, f *eventpattern.Field) {
	has := func(operator eventpattern.Operator) bool {
		return slices.ContainsFunc(f.Conditions, func(c eventpattern.Condition) bool { return c.Operator == operator })
	}
	first, second := "", ""
	switch excludes := has(eventpattern.AnythingBut); {
	case excludes && len(f.Conditions) > 1:
		first, second = "anything-but", "another condition"
	case has(eventpattern.Prefix) && has(eventpattern.Suffix):
		first, second = "prefix", "suffix"
	default:
		return
	}
	other := keyField
	if f.Path == keyField {
		other = subjectField
	}
	t.alternatives = true
	c.report(t.Pos, "event-pattern", "%s and %s in the list of %s are alternatives: an upload that meets one of them invokes the function; put one into %s, because fields must all match",
		first, second, f.Path, other)
}

// checkSubject reports a condition that matches no subject, or the subjects of other buckets as well.
func (c *comparison) checkSubject(t *trigger, condition *eventpattern.Condition) error {
	alone := []eventpattern.Condition{*condition}
	region := knownRegion(t.region)
	objects, err := c.afterARN(alone, region, reading{})
	if err != nil {
		return err
	}
	if objects.Empty() && region != "" {
		if objects, err = c.afterARN(alone, "", reading{}); err != nil {
			return err
		}
		if !objects.Empty() {
			t.dead = true
			c.report(t.Pos, "event-pattern", "%s in subject is not in the function's region %s: a trigger takes uploads of its own region alone", condition, region)
			return nil
		}
	}
	parts := strings.SplitN(condition.Text, ":", 5)
	switch {
	case objects.Empty():
		t.dead = true
		c.report(t.Pos, "event-pattern", "%s matches no upload: a subject is acs:oss:REGION:ACCOUNT:BUCKET/KEY", condition)
	case condition.Operator == eventpattern.Prefix && len(parts) == 5 && parts[4] != "" && !strings.Contains(parts[4], "/"):
		c.report(t.Pos, "event-pattern", "%s also matches other buckets whose names begin with %s: end it in /", condition, text.Printable(parts[4]))
	}
	return nil
}
