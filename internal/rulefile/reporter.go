package rulefile

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/internal/text"
)

// Reporter collects errors and warnings about one file. All phases of loading share one.
type Reporter struct {
	*Document
	Errors       Diagnostics
	Warnings     Diagnostics
	WantWarnings bool // if false, warnings are dropped
}

// Error reports an error about a whole node.
func (r *Reporter) Error(n *yaml.Node, code, format string, args ...any) {
	r.report(r.nodePosition(n), code, false, format, args...)
}

// ErrorIn reports an error about the bytes from to to of a scalar's value.
func (r *Reporter) ErrorIn(n *yaml.Node, from, to int, code, format string, args ...any) {
	r.report(r.valuePosition(n, from, to), code, false, format, args...)
}

// ErrorInText reports an error about the bytes from to to of a text that was read from a scalar. If environment variables
// were filled in, so that the text is no prefix of the scalar's value, the error is about the whole scalar.
func (r *Reporter) ErrorInText(s Scalar, from, to int, code, message string) {
	if !strings.HasPrefix(s.Node.Value, s.Text) {
		r.Error(s.Node, code, "%s", message)
		return
	}
	r.ErrorIn(s.Node, from, to, code, "%s", message)
}

// Warn reports a warning about a whole node.
func (r *Reporter) Warn(n *yaml.Node, code, format string, args ...any) {
	if r.WantWarnings {
		r.report(r.nodePosition(n), code, true, format, args...)
	}
}

// WarnIn reports a warning about the bytes from to to of a scalar's value.
func (r *Reporter) WarnIn(n *yaml.Node, from, to int, code, format string, args ...any) {
	if r.WantWarnings {
		r.report(r.valuePosition(n, from, to), code, true, format, args...)
	}
}

// errorAt reports an error about the character at a byte of the file.
func (r *Reporter) errorAt(offset int, code, format string, args ...any) {
	r.report(r.positionOf(offset, offset), code, false, format, args...)
}

// maxMessage bounds the message of a diagnostic, in bytes. It may quote several keys.
const maxMessage = 4 << 10

// report adds a diagnostic, whose message is one line.
func (r *Reporter) report(at position, code string, warning bool, format string, args ...any) {
	message := text.Truncate(fmt.Sprintf(format, args...), maxMessage)
	message = text.Truncate(text.Escape(message), maxMessage) // escapes are longer
	list := &r.Errors
	if warning {
		list = &r.Warnings
	}
	*list = append(*list, Diagnostic{
		File: r.Name, Line: at.line, Column: at.column, Width: max(at.width, 1), Warning: warning,
		Message: message, Code: code, SourceLine: r.line(at.line),
	})
}
