package ruleset

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"onput/internal/glob"
	"onput/process"
)

// expansion computes the values of variables for one upload, on demand.
type expansion struct {
	u              *Upload
	zone           *time.Location // of the variables of the upload's time; UTC if nil
	err            error          // a variable has no value
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
	case TimePart:
		return e.time(p.Text)
	case FilteredPart:
		return p.Filtered.apply(e.value(&p.Filtered.Part))
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

// timeVariables are the variables of the upload's time.
var timeVariables = map[string]struct {
	layout     string
	firstDigit rune // the highest
}{
	"u_year": {"2006", '9'}, "u_mon": {"01", '1'}, "u_day": {"02", '3'},
	"u_hour": {"15", '2'}, "u_min": {"04", '5'}, "u_sec": {"05", '5'},
}

// timeNames are the names of timeVariables, from year to second.
var timeNames = []string{"u_year", "u_mon", "u_day", "u_hour", "u_min", "u_sec"}

// TimeDigits returns the highest digit at each place of a variable of the upload's time.
func TimeDigits(name string) []rune {
	v := timeVariables[name]
	return append([]rune{v.firstDigit}, []rune("999")[:len(v.layout)-1]...)
}

// time returns a part of the upload's time.
func (e *expansion) time(name string) string {
	if e.u.Time.IsZero() {
		if e.err == nil {
			e.err = fmt.Errorf("the event has no time, which {%s} needs", name)
		}
		return "{" + name + "}"
	}
	at := e.u.Time.UTC()
	if e.zone != nil {
		at = at.In(e.zone)
	}
	return at.Format(timeVariables[name].layout)
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
