package lint

import (
	"strings"

	"onput/internal/rulefile"
	"onput/process"
)

// topicName warns of notify that does not look like the name of an SMQ topic.
func topicName(p *pass) {
	if s := p.file.Defaults.Notify; s != nil && !strings.Contains(s.Text, "${") { // also if no rule uses it
		p.checkTopic(s, s.Text)
	}
	for o := range p.outputs() {
		written := o.def.Notify
		if written == nil {
			written = p.file.Defaults.Notify
		}
		p.checkTopic(written, o.Notify)
	}
}

// checkTopic warns of one notify.
func (p *pass) checkTopic(written *rulefile.Scalar, topic string) {
	if written != nil && topic != "" && !process.ValidTopic(topic) {
		p.warn(written.Node,
			"%q does not look like the name of an SMQ topic: use letters, digits, hyphens and underscores", topic)
	}
}
