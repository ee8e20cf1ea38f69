package compile

import (
	"fmt"
	"slices"

	"onput/internal/lint"
	"onput/internal/rulefile"
	"onput/internal/text"
)

// checkAllow reports entries of allow that are no code of a warning.
func (c *compiler) checkAllow(list []rulefile.Scalar) {
	if len(list) == 0 {
		return
	}
	codes := lint.Codes()
	for _, s := range list {
		if slices.Contains(codes, s.Text) {
			continue
		}
		hint := "allow takes the codes that onput check prints after warnings, and silences no errors"
		if meant := text.Closest(s.Text, codes); meant != "" {
			hint = fmt.Sprintf("did you mean %q?", meant)
		}
		c.Error(s.Node, "unknown-code", "no warning has the code %q; %s", s.Text, hint)
	}
}
