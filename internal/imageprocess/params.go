package imageprocess

import (
	"encoding/hex"
	"fmt"
	"image/color"
	"slices"
	"strconv"
	"strings"
)

// params reads the parameters of one action. The first error stays in err; later reads return defaults.
type params struct {
	action string
	left   []Param // not read yet
	err    *Error
}

func (p *params) fail(err *Error) {
	if p.err == nil {
		p.err = err
	}
}

// take returns the value of a parameter. A name without a value, as in watermark,text, has the value "".
func (p *params) take(name string) (string, bool) {
	i := slices.IndexFunc(p.left, func(q Param) bool { return q.Name == name || q.Name == "" && q.Value == name })
	if i < 0 {
		return "", false
	}
	q := p.left[i]
	p.left = slices.Delete(slices.Clone(p.left), i, i+1)
	if q.Name == "" {
		return "", true
	}
	return q.Value, true
}

// has reports whether a parameter is there that has not been read yet.
func (p *params) has(name string) bool {
	return slices.ContainsFunc(p.left, func(q Param) bool { return q.Name == name })
}

// integer reads a number. It returns def if there is none.
func (p *params) integer(name string, def, low, high int, ec string) int {
	value, ok := p.take(name)
	if !ok {
		return def
	}
	return p.number(name, value, def, low, high, ec)
}

func (p *params) number(name, value string, def, low, high int, ec string) int {
	n, err := strconv.Atoi(value)
	switch {
	case err != nil || strings.HasPrefix(value, "+"):
		p.fail(invalidValue(value, name, ec, "Value must be digit"))
	case n < low || n > high:
		p.fail(invalidValue(value, name, ec, fmt.Sprintf("Value must be between %d and %d", low, high)))
	default:
		return n
	}
	return def
}

// choice reads one of several values. It returns the first if there is none.
func (p *params) choice(name, ec string, values ...string) string {
	value, ok := p.take(name)
	if !ok {
		return values[0]
	}
	if !slices.Contains(values, value) {
		p.fail(invalidValue(value, name, ec, "Value must be one of "+strings.Join(values, ", ")))
		return values[0]
	}
	return value
}

// flag reads a parameter that is 0 or 1.
func (p *params) flag(name string, def bool, ec string) bool {
	values := []string{"0", "1"}
	if def {
		slices.Reverse(values)
	}
	return p.choice(name, ec, values...) == "1"
}

// color reads a color, six hex digits.
func (p *params) color(name string, def color.NRGBA, ec string) color.NRGBA {
	value, ok := p.take(name)
	if !ok {
		return def
	}
	b, err := hex.DecodeString(value)
	if err != nil || len(b) != 3 {
		p.fail(invalidValue(value, name, ec, "Value must be six hex digits"))
		return def
	}
	return color.NRGBA{R: b[0], G: b[1], B: b[2], A: 255}
}

// bare reads the value of an action that has one value without a name, such as rotate. OSS refuses several.
func (p *params) bare(missingEC string) string {
	if len(p.left) > 1 {
		p.fail(refuse("InvalidArgument", "0040-00000203", "the action %s takes one value, and has %d", p.action, len(p.left)))
		return ""
	}
	if len(p.left) == 0 || p.left[0].Name != "" || p.left[0].Value == "" {
		p.left = nil
		p.fail(refuse("MissingArgument", missingEC, "the action %s has no value", p.action))
		return ""
	}
	value := p.left[0].Value
	p.left = nil
	return value
}

// bareInteger reads the number of an action that has one value without a name.
func (p *params) bareInteger(low, high int, missingEC, ec string) int {
	value := p.bare(missingEC)
	if p.err != nil {
		return low
	}
	return p.number(p.action, value, low, low, high, ec)
}

// bareChoice is like [params.choice], for an action that has one value without a name.
func (p *params) bareChoice(missingEC, ec string, values ...string) string {
	value := p.bare(missingEC)
	if p.err == nil && !slices.Contains(values, value) {
		p.fail(invalidValue(value, p.action, ec, "Value must be one of "+strings.Join(values, ", ")))
	}
	return value
}

// finish returns the first error, which is an unknown parameter if there is no other.
func (p *params) finish() *Error {
	if p.err == nil && len(p.left) > 0 {
		q := p.left[0]
		p.err = refuse("InvalidArgument", "", "the action %s has no parameter %s", p.action, shorten(q.Name+q.Value))
		if q.Name != "" {
			p.err = refuse("InvalidArgument", "", "the action %s has no parameter %s, or has it twice", p.action, shorten(q.Name))
		}
	}
	return p.err
}
