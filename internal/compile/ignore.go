package compile

import (
	"onput/internal/rulefile"
	"onput/internal/ruleset"
)

// compileIgnore returns the patterns of keys that never fire.
func (c *compiler) compileIgnore(list []rulefile.Scalar, fold bool) (ignored []ruleset.Ignored) {
	patterns := c.keyPatterns(list, fold, func(string) string { return "ignore has no exceptions; narrow its other patterns" })
	for _, p := range patterns {
		if names := p.Names(); len(names) > 0 {
			c.errorInCapture(p.written, names[0], "{%s}: patterns of ignore cannot capture: write {a,b} for alternatives", names[0])
		}
		ignored = append(ignored, ruleset.Ignored{Pattern: p.Pattern, Reason: "ignored by " + p.written.Text})
	}
	return ignored
}
