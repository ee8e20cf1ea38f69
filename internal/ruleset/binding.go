package ruleset

import (
	"iter"
	"slices"
	"strings"

	"onput/process"
)

// Binding is the value that a variable of a template needs for the template to become a given text.
type Binding struct {
	Kind PartKind // of the variable, which the upload fills in
	Name string
	Text string
	Open bool // any value that begins with Text will do
}

// maxBindingSteps bounds the steps of Bindings. Then it goes on as if no variable needed a value.
const maxBindingSteps = 10_000

// Bindings iterates over the values of variables with which a template of the output becomes text or, unless whole is set,
// begins with it. text then ends in a slash. Variables that are bound already keep their values. A slash after an empty
// variable is left out, as in expand.
func (o *Output) Bindings(t Template, text string, whole bool, bound []Binding) iter.Seq[[]Binding] {
	return func(yield func([]Binding) bool) {
		b := binder{output: o, whole: whole, yield: yield}
		b.follow(t.Parts, text, false, bound)
	}
}

// binder is the state of Bindings.
type binder struct {
	output *Output
	whole  bool
	yield  func([]Binding) bool
	steps  int
}

// follow binds the variables of parts so that they become rest. empty says that the part before was an empty variable. It
// returns false to end the iteration.
func (b *binder) follow(parts []Part, rest string, empty bool, bound []Binding) bool {
	if b.steps++; b.steps > maxBindingSteps {
		b.yield(nil)
		return false
	}
	if rest == "" && (!b.whole || len(parts) == 0) {
		return b.yield(bound)
	}
	if len(parts) == 0 {
		return true
	}
	p, parts := parts[0], parts[1:]
	switch p.Kind {
	case OSSPart:
		return b.followOSS(p.Text, parts, rest, bound)
	case FilteredPart:
		return b.followFiltered(p.Filtered, parts, rest, bound)
	}
	text, fixed := p.Text, p.Kind == LiteralPart
	if fixed && empty {
		text = strings.TrimPrefix(text, "/")
	}
	if i := slices.IndexFunc(bound, func(v Binding) bool { return v.Kind == p.Kind && v.Name == p.Text }); i >= 0 {
		text, fixed = bound[i].Text, true
	}
	switch {
	case fixed && strings.HasPrefix(rest, text):
		return b.follow(parts, rest[len(text):], text == "" && p.Kind != LiteralPart, bound)
	case fixed && !b.whole && strings.HasPrefix(text, rest):
		return b.yield(bound)
	case fixed:
		return true
	}
	bind := func(text string, open bool) []Binding {
		return append(slices.Clone(bound), Binding{p.Kind, p.Text, text, open})
	}
	for n := 0; n <= len(rest); n++ {
		if p.Kind.mayBe(rest[:n]) && !b.follow(parts, rest[n:], n == 0, bind(rest[:n], false)) {
			return false
		}
	}
	return b.whole || !p.Kind.mayBe(rest) || b.yield(bind(rest, true))
}

// followFiltered binds a variable with filters, and then the rest of parts: to some values of which the
// filters make the text, and at last to any value, because they may make it of others.
func (b *binder) followFiltered(v *FilteredVariable, parts []Part, rest string, bound []Binding) bool {
	bind := func(text string, open bool) []Binding {
		return append(slices.Clone(bound), Binding{v.Kind, v.Text, text, open})
	}
	for n := 0; n <= len(rest); n++ {
		for value := range v.valuesOf(rest[:n]) {
			if !b.follow(parts, rest[n:], n == 0, bind(value, false)) {
				return false
			}
		}
	}
	for value := range v.valuesOf(rest) {
		if !b.whole && !b.yield(bind(value, true)) {
			return false
		}
	}
	return b.yield(bound)
}

// valuesOf iterates over some values of which the filters make a text: itself, in another case, and with more than a slug has.
func (v *FilteredVariable) valuesOf(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		tried := map[string]bool{}
		for _, value := range []string{text, Upper.Apply(text), Lower.Apply(text), "_" + text} {
			if !tried[value] && v.Kind.mayBe(value) && v.apply(value) == text && !yield(value) {
				return
			}
			tried[value] = true
		}
	}
}

// followOSS binds a variable that OSS fills in, and then the rest of parts.
func (b *binder) followOSS(name string, parts []Part, rest string, bound []Binding) bool {
	shapes, format := process.VariableShapes(name), b.output.Format()
	if shapes == nil && !b.whole {
		return b.yield(bound)
	}
	for n := 0; n <= len(rest); n++ {
		text := rest[:n]
		fits := shapes == nil || slices.ContainsFunc(shapes, func(shape string) bool { return hasShape(text, shape) })
		if name == "autoext" && format != "" {
			fits = text == format
		}
		if fits && !b.follow(parts, rest[n:], false, bound) {
			return false
		}
	}
	return true
}

// hasShape reports whether a text has a shape of [process.VariableShapes].
func hasShape(text, shape string) bool {
	for _, c := range shape {
		rest := strings.TrimPrefix(text, string(c))
		switch c {
		case '9':
			rest = strings.TrimLeft(text, "0123456789")
		case 'a':
			rest = strings.TrimLeft(text, "0123456789abcdefghijklmnopqrstuvwxyz")
		}
		if len(rest) == len(text) {
			return false
		}
		text = rest
	}
	return text == ""
}

// mayBe reports whether a variable of the kind may have a value, as far as the kind tells.
func (k PartKind) mayBe(value string) bool {
	switch k {
	case KeyPart:
		return value != ""
	case DirnamePart, CapturePart:
		return true
	case TimePart:
		return value != "" && strings.Trim(value, "0123456789") == ""
	case ETagPart: // OSS writes digits and letters, and a hyphen before the number of parts
		return value != "" && strings.Trim(value, "-0123456789ABCDEFabcdef") == ""
	}
	return !strings.Contains(value, "/")
}
