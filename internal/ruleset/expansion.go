package ruleset

import (
	"slices"
	"strings"

	"onput/internal/glob"
	"onput/process"
)

// expansion computes the values of variables for one upload, on demand.
type expansion struct {
	u              *Upload
	split          bool
	dirname        string
	basename       string
	barename       string
	ext            string
	matchedPattern *glob.Pattern // nil if the rule uses no captures
	captureValues  []string      // of the captures of matchedPattern
}

// value returns the value of a variable.
func (e *expansion) value(p *Part) string {
	switch p.Kind {
	case BucketPart:
		return e.u.Bucket
	case KeyPart:
		return e.u.Key
	case ETagPart:
		return e.u.ETag
	case CapturePart:
		return e.capture(p.Text)
	}
	if !e.split {
		e.dirname, e.basename, e.barename, e.ext = process.SplitKey(e.u.Key)
		e.split = true
	}
	switch p.Kind {
	case DirnamePart:
		return e.dirname
	case BasenamePart:
		return e.basename
	case BarenamePart:
		return e.barename
	case ExtPart:
		return e.ext
	}
	return ""
}

func (e *expansion) capture(name string) string {
	if e.matchedPattern == nil {
		return ""
	}
	if e.captureValues == nil {
		e.captureValues, _ = e.matchedPattern.Captures(e.u.Key)
	}
	if i := slices.Index(e.matchedPattern.Names(), name); 0 <= i && i < len(e.captureValues) {
		return e.captureValues[i]
	}
	return ""
}

// expand fills in the template. The slash after an empty variable is left out. escape doubles all braces, for the name of a
// target, because OSS expands it once more.
//
// The loop check computes all results of a template in the same way (targetWriter in output_language.go of package
// loopcheck). Keep the two alike.
func (t Template) expand(e *expansion, escape bool) string {
	var buffer [128]byte // on the stack, enough for most texts
	b := buffer[:0]
	empty := false // the previous part is an empty variable
	for i := range t.Parts {
		p := &t.Parts[i]
		text := p.Text
		switch p.Kind {
		case LiteralPart:
			if empty {
				text = strings.TrimPrefix(text, "/")
			}
		case OSSPart:
			b = append(append(append(b, '{'), p.Text...), '}')
			empty = false
			continue
		default:
			text = e.value(p)
		}
		empty = text == "" && p.Kind != LiteralPart
		if escape {
			text = process.EscapeBraces(text)
		}
		b = append(b, text...)
	}
	return string(b)
}

// SentText returns the text of a template that does not depend on an upload, with braces escaped as in a target.
func (t Template) SentText() string { return t.expand(&expansion{}, true) }

// LiteralText returns the text of a template without variables, with braces unescaped.
func (t Template) LiteralText() string { return t.expand(&expansion{}, false) }
