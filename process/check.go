package process

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"onput/internal/spelling"
)

// Problem is one thing that Check finds in a request.
type Problem struct {
	Clip    int    // the clip it is about, from 1; 0 for none
	Param   string // the parameter it is about; "" for the operation as a whole
	Warning bool   // the request may well work: something is not confirmed, or has no effect
	Message string // names the parameter and what would be right
}

// Check holds the request against the catalogue: its operation, parameters and clips, and whether the sys directives that
// it has are those that the operation takes. Open parameters are taken to be right.
func (r *Request) Check() []Problem {
	problems := r.CheckOperation()
	op, ok := Lookup(r.Operation)
	if !ok {
		return problems
	}
	add := func(param, format string, args ...any) {
		problems = append(problems, Problem{Param: param, Message: fmt.Sprintf(format, args...)})
	}
	switch {
	case op.WritesNone && r.Target != nil:
		add("sys/saveas", "%s writes no object: its result is in the message of sys/notify, so sys/saveas does not belong", op.Name)
	case !op.WritesNone && r.Target == nil:
		add("sys/saveas", "%s needs sys/saveas: where its result goes", r.Operation)
	case r.Target != nil && r.Target.Bucket != "" && !strings.Contains(r.Target.Bucket, "{") && !ValidBucket(r.Target.Bucket):
		add("sys/saveas", "%q is no name of a bucket: 3 to 63 lower-case letters, digits and hyphens", r.Target.Bucket)
	case r.Target != nil && len(Single(r.Target.Key)) > MaxKey:
		add("sys/saveas", "the key of the target has %d bytes, OSS allows %d", len(Single(r.Target.Key)), MaxKey)
	}
	if op.WritesNone && r.Notify == nil {
		add("sys/notify", "%s needs sys/notify: its result comes in the completion message only", op.Name)
	}
	if r.Notify != nil && *r.Notify == "" {
		problems = append(problems, Problem{Param: "sys/notify", Warning: true,
			Message: "what sys/notify does without topic_ is not documented"})
	}
	return problems
}

// CheckOperation is Check without the sys directives.
func (r *Request) CheckOperation() []Problem {
	op, ok := Lookup(r.Operation)
	if !ok {
		return []Problem{{Message: unknownOperation(r.Operation)}}
	}
	c := checker{r: r, op: op}
	if op.Unconfirmed != "" && strings.HasPrefix(r.Operation, "style/::") {
		c.warn("", "%s: %s", r.Operation, op.Unconfirmed)
	}
	c.params(r.Params, op.Parameters, op.Parameter)
	if len(op.Parameters) > 0 {
		c.together()
	}
	c.clips()
	return c.problems
}

func unknownOperation(name string) string {
	if s := Synchronous(name); s != "" {
		return s
	}
	if category, style, _ := strings.Cut(name, "/"); category == "style" {
		return fmt.Sprintf("%q is no name of a style: write style/NAME, or style/::NAME for a built-in one", style)
	}
	var all []string
	for _, op := range Operations() {
		if op.Name != "style/" {
			all = append(all, op.Name)
		}
	}
	if meant := spelling.Closest(name, all); meant != "" {
		return fmt.Sprintf("unknown operation %q; did you mean %q?", name, meant)
	}
	return fmt.Sprintf("unknown operation %q; the asynchronous ones are %s, style/NAME", name, strings.Join(all, ", "))
}

type checker struct {
	r        *Request
	op       *Operation
	clip     int
	problems []Problem
}

func (c *checker) add(warning bool, param, format string, args []any) {
	c.problems = append(c.problems,
		Problem{Clip: c.clip, Param: param, Warning: warning, Message: fmt.Sprintf(format, args...)})
}

func (c *checker) fail(param, format string, args ...any) { c.add(false, param, format, args) }
func (c *checker) warn(param, format string, args ...any) { c.add(true, param, format, args) }

// insist fails for a confirmed parameter and warns for one that is not.
func (c *checker) insist(p *Parameter, format string, args ...any) {
	c.add(p.lenient(), p.Name, format, args)
}

// params checks each parameter alone, and that none is missing or given twice.
func (c *checker) params(params []Param, known []Parameter, lookup func(string) (*Parameter, bool)) {
	for i, q := range params {
		p, ok := lookup(q.Name)
		switch {
		case !ok && len(known) == 0:
			c.fail(q.Name, "%s takes no parameters", c.r.Operation)
		case !ok:
			c.fail(q.Name, "%s has no parameter %q; %s", c.what(), q.Name, oneOf(q.Name, names(known)))
		case slices.ContainsFunc(params[:i], func(o Param) bool { return o.Name == q.Name }):
			c.fail(q.Name, "%s is given twice", q.Name)
		case !q.Open:
			if p.Unconfirmed != "" {
				c.warn(q.Name, "%s is not confirmed: %s", q.Name, p.Unconfirmed)
			}
			if message, warning := p.Check(q.Value); message != "" {
				c.add(warning, q.Name, "%s", []any{message})
			}
		}
	}
	for i := range known {
		if p := &known[i]; p.Required && !given(params, p.Name) {
			c.insist(p, "%s needs %s: %s", c.what(), p.Name, p.expected())
		}
	}
}

func (c *checker) what() string {
	if c.clip > 0 {
		return "/" + c.r.Clips[c.clip-1].Where
	}
	return c.op.Name
}

// together checks what parameters mean for each other.
func (c *checker) together() {
	params := c.r.Params
	for _, q := range params {
		p, ok := c.op.Parameter(q.Name)
		if !ok {
			continue
		}
		for _, other := range p.Excludes {
			// A pair is reported once, at the later of the two where both exclude each other.
			if given(params, other) && (!c.excludes(other, q.Name) || index(params, q.Name) > index(params, other)) {
				c.insist(p, "%s and %s exclude each other", q.Name, other)
			}
		}
		for _, other := range p.Requires {
			if !given(params, other) {
				c.insist(p, "%s needs %s", q.Name, other)
			}
		}
		if len(p.OnlyWith) > 0 && !slices.ContainsFunc(p.OnlyWith, func(o Param) bool { return mayBe(params, o) }) {
			c.warn(q.Name, "%s has no effect without %s_%s", q.Name, p.OnlyWith[0].Name, p.OnlyWith[0].Value)
		}
		c.perFormat(p, q)
	}
	if m, ok := value(params, "m"); ok && m == "avg" {
		if num, ok := value(params, "num"); !ok || num == "0" {
			c.warn("m", "m_avg needs num: the number of frames, not 0")
		}
	}
}

func (c *checker) excludes(name, other string) bool {
	p, ok := c.op.Parameter(name)
	return ok && slices.Contains(p.Excludes, other)
}

// perFormat checks the narrower bounds that some audio formats have.
func (c *checker) perFormat(p *Parameter, q Param) {
	if len(p.PerFormat) == 0 || q.Open {
		return
	}
	format, ok := value(c.r.Params, "acodec")
	if !ok || format == "copy" {
		format, _ = value(c.r.Params, c.op.Format)
	}
	for _, limit := range p.PerFormat {
		if limit.Format != format {
			continue
		}
		n, err := strconv.ParseFloat(q.Value, 64)
		switch {
		case limit.Values != nil && !slices.Contains(limit.Values, q.Value):
			c.insist(p, "%s of %s is one of %s, not %s", q.Name, format, strings.Join(limit.Values, ", "), q.Value)
		case limit.Max > 0 && err == nil && n > limit.Max:
			c.insist(p, "%s of %s is at most %s, not %s", q.Name, format, number(limit.Max), q.Value)
		}
	}
}

func (c *checker) clips() {
	if len(c.r.Clips) > 0 && !c.op.Joins {
		c.fail("", "%s takes no /pre and /sur clips; video/concat and audio/concat do", c.r.Operation)
		return
	}
	if c.op.Joins && len(c.r.Clips) == 0 {
		c.warn("", "%s without a /pre or /sur clip joins nothing", c.op.Name)
	}
	if inputs := len(c.r.Clips) + 1; c.op.MaxInputs > 0 && inputs > c.op.MaxInputs {
		c.fail("", "%s joins at most %d inputs, the posted object among them; these are %d", c.op.Name, c.op.MaxInputs, inputs)
	}
	for i, clip := range c.r.Clips {
		c.clip = i + 1
		c.params(clip.Params, clipParameters, c.op.Clip)
	}
	if align, ok := value(c.r.Params, "align"); ok && c.op.Joins {
		c.clip = 0
		if n, err := strconv.Atoi(align); err == nil && n > len(c.r.Clips) {
			c.warn("align", "align_%d names no clip: there are %d, numbered from 0", n, len(c.r.Clips)+1)
		}
	}
}

// Check says what is wrong with a value of the parameter, and whether that is only a warning because OSS's own bound is
// not confirmed. A value of the wrong shape is never a warning.
func (p *Parameter) Check(value string) (message string, warning bool) {
	if !p.Kind.Base64() && strings.ContainsAny(value, ",/|") {
		return fmt.Sprintf("%s cannot be %q: a value may not hold , / or |, which would end the parameter", p.Name, value), false
	}
	warning = p.lenient()
	switch p.Kind {
	case Enum:
		switch {
		case slices.Contains(p.Values, value):
			return "", false
		case slices.Contains(p.MaybeValues, value):
			return fmt.Sprintf("%s_%s is not confirmed: its page does not name this value", p.Name, value), true
		case len(p.Values) == 0:
			return "", false
		}
		return fmt.Sprintf("%s cannot be %q; %s", p.Name, value, oneOf(value, append(slices.Clone(p.Values), p.MaybeValues...))), warning
	case Int, Float:
		n, ok := decimal(value, p.Kind == Float)
		if !ok {
			return fmt.Sprintf("%s cannot be %q; expected %s", p.Name, value, p.expected()), false
		}
		if n < p.Min || p.Above && n <= p.Min || p.Max > 0 && n > p.Max {
			return fmt.Sprintf("%s cannot be %s; expected %s", p.Name, value, p.expected()), warning
		}
	case Size:
		w, h, ok := strings.Cut(value, "x")
		if !ok || w == "" && h == "" || !side(w) || !side(h) {
			return fmt.Sprintf("%s cannot be %q; expected %s", p.Name, value, p.expected()), false
		}
		for _, s := range []string{w, h} {
			if n, _ := decimal(s, false); s != "" && (n < 1 || n > p.Max) {
				return fmt.Sprintf("%s cannot be %q; expected %s", p.Name, value, p.expected()), warning
			}
		}
	case Pages:
		if !pageList(value) {
			return fmt.Sprintf("%s cannot be %q; expected %s", p.Name, value, p.expected()), false
		}
	case Object:
		if value == "" || len(value) > MaxKey || !utf8.ValidString(value) {
			return fmt.Sprintf("%s cannot be %q; expected %s", p.Name, value, p.expected()), false
		}
	}
	return "", false
}

// expected says what a value of the parameter is, for messages.
func (p *Parameter) expected() string {
	unit := ""
	if p.Unit != "" {
		unit = " " + p.Unit
	}
	switch p.Kind {
	case Enum:
		return "one of " + strings.Join(p.Values, ", ")
	case Size:
		return "WIDTHxHEIGHT, WIDTHx or xHEIGHT, each 1 to " + number(p.Max)
	case Pages:
		return "pages such as 1,2,4-10"
	case Object:
		return fmt.Sprintf("the key of an object, 1 to %d bytes of UTF-8", MaxKey)
	}
	what := "a whole number"
	if p.Kind == Float {
		what = "a number"
	}
	switch {
	case p.Max > 0 && p.Above:
		return fmt.Sprintf("%s above %s, up to %s%s", what, number(p.Min), number(p.Max), unit)
	case p.Max > 0:
		return fmt.Sprintf("%s from %s to %s%s", what, number(p.Min), number(p.Max), unit)
	}
	return fmt.Sprintf("%s from %s%s", what, number(p.Min), unit)
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func oneOf(word string, all []string) string {
	if meant := spelling.Closest(word, all); meant != "" {
		return fmt.Sprintf("did you mean %q?", meant)
	}
	return "expected one of " + strings.Join(all, ", ")
}

func index(params []Param, name string) int {
	return slices.IndexFunc(params, func(q Param) bool { return q.Name == name })
}

func given(params []Param, name string) bool { return index(params, name) >= 0 }

// value returns the value of a parameter that is given and known.
func value(params []Param, name string) (string, bool) {
	i := index(params, name)
	if i < 0 || params[i].Open {
		return "", false
	}
	return params[i].Value, true
}

// mayBe says whether params give want, or could once they are filled in.
func mayBe(params []Param, want Param) bool {
	i := index(params, want.Name)
	return i >= 0 && (params[i].Open || params[i].Value == want.Value)
}

// decimal reads decimal digits, with fraction a dot and more of them: no sign, exponent, hexadecimal or infinity.
func decimal(s string, fraction bool) (float64, bool) {
	whole, frac, dot := strings.Cut(s, ".")
	if !digits(whole) || dot && (!fraction || !digits(frac)) {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func side(s string) bool { return s == "" || digits(s) }

// pageList says whether s is a list of pages and ranges of pages.
func pageList(s string) bool {
	for item := range strings.SplitSeq(s, ",") {
		from, to, ranged := strings.Cut(item, "-")
		if !digits(from) || ranged && !digits(to) {
			return false
		}
	}
	return true
}
