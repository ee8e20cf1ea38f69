package ruleset

import (
	"fmt"
	"slices"
	"strings"

	"onput/internal/text"
	"onput/process"
)

// Template is a text with variables: the bucket or key of a target, or a parameter of a process.
// expansion.go fills it in.
type Template struct {
	Parts []Part
}

// Part is a literal text or a variable, which the upload or OSS fills in.
type Part struct {
	Kind     PartKind
	Text     string            // the literal, with braces unescaped; the name of the variable; or both the name and filters
	Filtered *FilteredVariable // of a FilteredPart
}

// PartKind is the kind of a [Part]: literal, or which variable.
type PartKind uint8

const (
	LiteralPart PartKind = iota
	OSSPart              // passed on for OSS to fill in
	BucketPart
	KeyPart
	DirnamePart
	BasenamePart
	BarenamePart
	ExtPart
	ETagPart
	TimePart     // of the time of the upload
	FilteredPart // a variable of the upload with filters
	CapturePart
)

var uploadVariables = map[string]PartKind{
	"bucket": BucketPart, "key": KeyPart, "dirname": DirnamePart, "basename": BasenamePart, "barename": BarenamePart,
	"ext": ExtPart, "etag": ETagPart,
	"u_year": TimePart, "u_mon": TimePart, "u_day": TimePart, "u_hour": TimePart, "u_min": TimePart, "u_sec": TimePart,
}

// The variables that OSS fills in: parts of the time, and values of each object that an operation writes.
var clockVariables, OutputVariables = process.ClockVariables(), process.OutputVariables()

// IsVariable reports whether name is a variable, and so cannot name a capture.
func IsVariable(name string) bool {
	_, ok := uploadVariables[name]
	return ok || slices.Contains(clockVariables, name) || slices.Contains(OutputVariables, name)
}

// TemplateError is an error in the bytes from Offset to End of a template.
type TemplateError struct {
	Offset, End int
	Code        string
	Message     string
}

// Scope lists the variables that a template may contain.
type Scope struct {
	Captures  []string // the captures of the rule
	Lenient   bool     // take unknown names for captures, because a pattern is invalid
	Clock     bool     // allow the variables of OSS's clock
	OSS       []string // other variables of OSS to allow
	Tags      bool     // allow OSS's tags.*
	NotHere   string   // why other variables of OSS are not allowed, for the message
	Operation string   // the operation that does not have them, for the message
}

// ParseTemplate parses a template and returns all errors in it. {{ and }} are literal braces.
func ParseTemplate(s string, in Scope) (t Template, wrong []TemplateError) {
	var literal strings.Builder
	endLiteral := func() {
		if literal.Len() > 0 {
			t.Parts = append(t.Parts, Part{Kind: LiteralPart, Text: literal.String()})
			literal.Reset()
		}
	}
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c != '{' && c != '}':
			n := strings.IndexAny(s[i:], "{}")
			if n < 0 {
				n = len(s) - i
			}
			literal.WriteString(s[i : i+n])
			i += n
		case i+1 < len(s) && s[i+1] == c:
			literal.WriteByte(c)
			i += 2
		case c == '}':
			wrong = append(wrong, TemplateError{
				Offset: i, End: i + 1, Code: "template", Message: "unmatched }: write }} for a literal one"})
			i++
		default:
			n := strings.IndexByte(s[i:], '}')
			if n < 0 {
				return t, append(wrong, TemplateError{
					Offset: i, End: len(s), Code: "template", Message: "unmatched {: write {{ for a literal one"})
			}
			endLiteral()
			part, err := in.variable(s[i+1 : i+n])
			if err != nil {
				err.Offset, err.End = i, i+n+1
				wrong = append(wrong, *err)
			}
			t.Parts = append(t.Parts, part)
			i += n + 1
		}
	}
	endLiteral()
	return t, wrong
}

// parseSent parses the bucket or key of a target as sent, whose variables are all OSS's.
func parseSent(s string) Template {
	t, _ := ParseTemplate(s, Scope{Clock: true, OSS: OutputVariables, Tags: true})
	return t
}

// variable returns the variable that stands in braces, with its filters, or the error in it.
func (in Scope) variable(text string) (Part, *TemplateError) {
	name, rest, filtered := strings.Cut(text, "|")
	part, message := Part{Text: name}, ""
	if part.Kind, message = in.lookup(name); message != "" {
		if meant := in.meantFiltered(text); meant != "" {
			message = fmt.Sprintf("unknown variable {%s}; did you mean %s?", text, meant)
		}
		return part, &TemplateError{Code: "unknown-variable", Message: message}
	}
	if !filtered {
		return part, nil
	}
	filters, message := lookupFilters(strings.Split(rest, "|"))
	if part.Kind == OSSPart {
		message = fmt.Sprintf("{%s} has no value yet that |%s could change: OSS fills it in later", name, rest)
	}
	if message != "" {
		return part, &TemplateError{Code: "filter", Message: message}
	}
	return Part{FilteredPart, text, &FilteredVariable{part, filters}}, nil
}

// lookup returns the kind of the variable {name}, or an error message if it is not in the scope.
func (in Scope) lookup(name string) (PartKind, string) {
	if kind, ok := uploadVariables[name]; ok {
		return kind, ""
	}
	if slices.Contains(in.Captures, name) {
		return CapturePart, ""
	}
	if slices.Contains(in.OSS, name) || in.Clock && slices.Contains(clockVariables, name) ||
		in.Tags && strings.HasPrefix(name, "tags.") {
		return OSSPart, ""
	}
	if ours := "u_" + name; in.NotHere+in.Operation != "" && IsVariable(name) && uploadVariables[ours] == TimePart {
		return 0, fmt.Sprintf("{%s} cannot be used here, because OSS does not fill it in: use {%s}, of the upload's time", name, ours)
	}
	if in.Operation != "" && IsVariable(name) {
		return 0, fmt.Sprintf("{%s} cannot be used here: %s does not fill it in", name, in.Operation)
	}
	if in.NotHere != "" && IsVariable(name) {
		return 0, fmt.Sprintf("{%s} cannot be used here: %s", name, in.NotHere)
	}
	if name == "" {
		return 0, "{} names no variable: write {{}} for the characters"
	}
	if in.Lenient && !IsVariable(name) {
		return CapturePart, ""
	}
	ours := append(append(process.KeyVariables(), "etag"), in.Captures...)
	all := slices.Concat(ours, timeNames)
	if in.Clock {
		all = append(all, clockVariables...)
	}
	if meant := in.meantVariable(name); meant != "" {
		return 0, fmt.Sprintf("unknown variable {%s}, which the pattern does not capture; did you mean %s?", name, meant)
	}
	if meant := text.Closest(name, append(all, in.OSS...)); meant != "" {
		return 0, fmt.Sprintf("unknown variable {%s}; did you mean {%s}?", name, meant)
	}
	known := "{" + strings.Join(append(ours, in.OSS...), "}, {") + "}"
	if in.Clock {
		known += ", or the time: {" + strings.Join(clockVariables[:6], "}, {") + "}"
	}
	known += ", or the upload's time: {" + strings.Join(timeNames, "}, {") + "}"
	return 0, fmt.Sprintf("unknown variable {%s}, which the pattern does not capture; use one of %s", name, known)
}

// Variable returns the part without its filters.
func (p Part) Variable() Part {
	if p.Kind == FilteredPart {
		return p.Filtered.Part
	}
	return p
}

// String returns the template as a rule file writes it.
func (t Template) String() string {
	var b strings.Builder
	for _, p := range t.Parts {
		if p.Kind == LiteralPart {
			b.WriteString(process.EscapeBraces(p.Text))
		} else {
			b.WriteString("{" + p.Text + "}")
		}
	}
	return b.String()
}

// HasVariables reports whether the template holds any variable.
func (t Template) HasVariables() bool {
	return slices.ContainsFunc(t.Parts, func(p Part) bool { return p.Kind != LiteralPart })
}

// DependsOnUpload reports whether the template holds variables that an upload fills in.
func (t Template) DependsOnUpload() bool {
	return slices.ContainsFunc(t.Parts, func(p Part) bool { return p.Kind != LiteralPart && p.Kind != OSSPart })
}

// CaptureNames returns the names of the captures that the template uses.
func (t Template) CaptureNames() []string {
	var names []string
	for _, p := range t.Parts {
		if p = p.Variable(); p.Kind == CapturePart {
			names = append(names, p.Text)
		}
	}
	return names
}
