package compile

import (
	"fmt"
	"slices"
	"strings"

	"onput/internal/glob"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
	"onput/internal/text"
)

// meta compiles conditions on user metadata.
func (c *compiler) meta(list []rulefile.Named) []ruleset.Named {
	var all []ruleset.Named
	for _, def := range list {
		name := c.metaName(def.Name)
		if slices.ContainsFunc(all, func(n ruleset.Named) bool { return n.Name == name }) {
			c.Error(def.Name.Node, "meta", "%s is there twice, because names of user metadata have no letter case; remove one", name)
			continue
		}
		all = append(all, ruleset.Named{Name: name, Values: c.valuePatterns(def.Values, "values", false)})
	}
	return all
}

// metaName returns a name of user metadata as OSS keeps it, in lower case. It reports a name with the prefix of headers.
func (c *compiler) metaName(s rulefile.Scalar) string {
	name := strings.ToLower(s.Text)
	if short, ok := strings.CutPrefix(name, ruleset.MetaPrefix); ok {
		c.ErrorInText(s, 0, len(ruleset.MetaPrefix), "meta", fmt.Sprintf("names of user metadata leave out %s: write %s",
			ruleset.MetaPrefix, s.Text[len(s.Text)-len(short):]))
		return short
	}
	return name
}

// checkObjectFacts reports names of user metadata with a prefix, and an unknown storage class, in a test.
func (c *compiler) checkObjectFacts(test *rulefile.Test) {
	if test.Meta != nil {
		for _, m := range *test.Meta {
			c.metaName(m.Name)
		}
	}
	if test.Class != nil && !slices.Contains(ruleset.StorageClasses, test.Class.Text) {
		c.reportClass(*test.Class)
	}
}

// tags compiles conditions on tags.
func (c *compiler) tags(list []rulefile.Named) []ruleset.Named {
	var all []ruleset.Named
	for _, def := range list {
		all = append(all, ruleset.Named{Name: def.Name.Text, Values: c.valuePatterns(def.Values, "values", false)})
	}
	return all
}

// checkClass reports a storage class, or a glob of storage classes, that stands for none.
func (c *compiler) checkClass(s rulefile.Scalar) {
	p, err := glob.ParseValue(s.Text, false)
	if err != nil || strings.HasPrefix(s.Text, "!") || slices.ContainsFunc(ruleset.StorageClasses, p.Match) {
		return // or reported as a glob
	}
	c.reportClass(s)
}

// reportClass reports a storage class that there is not.
func (c *compiler) reportClass(s rulefile.Scalar) {
	remedy := "use one of " + strings.Join(ruleset.StorageClasses, ", ")
	if meant := text.Closest(s.Text, ruleset.StorageClasses); meant != "" {
		remedy = fmt.Sprintf("did you mean %s?", meant)
	}
	c.Error(s.Node, "class", "there is no storage class %q; %s", s.Text, remedy)
}
