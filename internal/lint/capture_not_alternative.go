package lint

import (
	"slices"
	"strings"
)

// captureNotAlternative warns of *.{mp4}, a capture that matches every extension.
func captureNotAlternative(p *pass) {
	for r := range p.rules() {
		used := r.UsedCaptures()
		for i, pattern := range r.Keys {
			written := r.def.Match.Keys[i]
			for _, name := range pattern.Names() {
				from := strings.Index(written.Text, "{"+name+"}")
				if from < 0 || slices.Contains(used, name) || !isExtension(strings.ToLower(name)) {
					continue
				}
				p.warnIn(written.Node, from, from+len(name)+2,
					"{%s} is a capture and matches anything, not only %s: write %[1]s, or alternatives such as {%[1]s,…}", name, name)
			}
		}
	}
}
