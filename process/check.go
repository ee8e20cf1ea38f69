package process

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"onput/internal/text"
)

// Problem is one finding of a check of a request. Its Code is one of
//
//	unknown-operation      OSS has no such operation
//	synchronous-operation  OSS has it, but not asynchronously
//	unknown-parameter      the operation, or a clip, has no such parameter
//	parameter-value        a value of the wrong form, out of range, or not among the valid ones
//	missing-parameter      a required parameter is not given
//	duplicate-parameter    a parameter is given twice
//	exclusive-parameters   two parameters exclude each other
//	needs-parameter        a parameter has no meaning without another
//	no-effect              a parameter has no effect with the values of others
//	ignored-parameter      OSS silently ignores parameters
//	distorts               a size can change the picture's proportions
//	every-frame            frames are taken without an interval, number or mode
//	unmatched-pair         a format does not hold a codec
//	clips                  /pre and /sur with an operation that takes none, missing, or too many
//	unconfirmed            no page of the documentation confirms it
//	sys-directive          sys/saveas or sys/notify is missing, wrong, or not for this operation
type Problem struct {
	Code    string
	Clip    int    // number of the clip it is about, from 1; 0 for none
	Param   string // the parameter or directive it is about; "" for the operation as a whole
	Index   int    // index of the parameter in the operation or clip; -1 if it is not given
	Warning bool   // the request may work: something is not confirmed or has no effect
	Message string // names the parameter and a valid value
}

// WarningCodes returns the codes of problems that can be warnings.
func WarningCodes() []string {
	return []string{
		"parameter-value", "missing-parameter", "exclusive-parameters", "needs-parameter", "clips",
		"no-effect", "ignored-parameter", "distorts", "every-frame", "unmatched-pair", "unconfirmed",
	}
}

// Check compares the request with the catalogue: its operation, parameters, clips and sys directives. Open parameters
// count as valid.
func (r *Request) Check() []Problem {
	op, ok := Lookup(r.Operation)
	c := checker{r: r, at: -1, problems: r.CheckOperation()}
	if !ok {
		return c.problems
	}
	const code, saveas, notify = "sys-directive", "sys/saveas", "sys/notify"
	switch {
	case op.NoOutput && r.Target != nil:
		c.fail(code, saveas, "%s writes no object, and its result comes in the message of sys/notify: remove sys/saveas", op.Name)
	case !op.NoOutput && r.Target == nil:
		c.fail(code, saveas, "%s needs sys/saveas: add it to say where the result goes", r.Operation)
	case r.Target != nil && r.Target.Bucket != "" && !ValidBucketTemplate(r.Target.Bucket):
		c.fail(code, saveas, "invalid bucket name %q: use 3 to 63 lower-case letters, digits and hyphens", r.Target.Bucket)
	case r.Target != nil && len(UnescapeBraces(r.Target.Key)) > MaxKey:
		c.fail(code, saveas, "the target's key has %d bytes; OSS allows %d", len(UnescapeBraces(r.Target.Key)), MaxKey)
	case r.Target != nil && BeginsWithSlash(r.Target.Key):
		c.fail(code, saveas, "the target's key begins with %q, which OSS does not allow", r.Target.Key[:1])
	}
	if op.NoOutput && r.Notify == nil {
		c.fail(code, notify, "%s needs sys/notify: its result comes only in the completion message", op.Name)
	}
	if r.Notify != nil && *r.Notify == "" {
		c.warn(code, notify, "sys/notify without topic_ is undocumented: add topic_")
	}
	return c.problems
}

// CheckOperation checks the operation, its parameters and its clips, but no sys directives.
func (r *Request) CheckOperation() []Problem {
	op, ok := Lookup(r.Operation)
	c := checker{r: r, op: op, at: -1}
	if !ok {
		if s := synchronousAdvice(r.Operation); s != "" {
			c.fail("synchronous-operation", "", "%s", s)
		} else {
			c.fail("unknown-operation", "", "%s", unknownOperation(r.Operation))
		}
		return c.problems
	}
	if op.Unconfirmed != "" && strings.HasPrefix(r.Operation, "style/::") && r.Operation != "style/::h264-mp4-1080p" {
		c.warn("unconfirmed", "", "%s is unconfirmed: %s", r.Operation, op.Unconfirmed)
	}
	c.checkParams(r.Params, op.Parameters)
	if len(op.Parameters) > 0 {
		c.checkCombinations()
	}
	c.checkClips()
	return c.problems
}

// unknownOperation returns the message for an operation that OSS does not have.
func unknownOperation(name string) string {
	if name == "" {
		return "the operation is missing: write CATEGORY/ACTION, for example doc/convert"
	}
	if category, style, _ := strings.Cut(name, "/"); category == "style" {
		return fmt.Sprintf("invalid style name %q: write style/NAME, or style/::NAME for a built-in one", style)
	}
	var all []string
	for _, op := range Operations() {
		if op.Name != "style/" {
			all = append(all, op.Name)
		}
	}
	for _, op := range all {
		rest, ok := strings.CutPrefix(name, op)
		params := strings.TrimLeft(rest, " \t;:?&，　\u00a0")
		if ok && params != rest && params != "" {
			return fmt.Sprintf("unknown operation %q: a comma separates an operation from its parameters: write %s,%s", name, op,
				strings.Replace(params, "=", "_", 1))
		}
	}
	if meant := text.Closest(name, all); meant != "" {
		return fmt.Sprintf("unknown operation %q; did you mean %q?", name, meant)
	}
	return fmt.Sprintf("unknown operation %q; the asynchronous ones are %s, style/NAME", name, strings.Join(all, ", "))
}

// checker collects the problems of a request.
type checker struct {
	r        *Request
	op       *Operation
	clip     int // number of the clip being checked, from 1; 0 for the operation
	at       int // index of the parameter being checked; -1 to find it by its name
	problems []Problem
}

// add adds a problem with the parameter. Its index is c.at, or else that of the first parameter with this name.
func (c *checker) add(code string, warning bool, param, format string, args ...any) {
	at, params := c.at, c.r.Params
	if c.clip > 0 {
		params = c.r.Clips[c.clip-1].Params
	}
	if at < 0 {
		at = paramIndex(params, param)
	}
	c.problems = append(c.problems,
		Problem{Code: code, Clip: c.clip, Param: param, Index: at, Warning: warning, Message: fmt.Sprintf(format, args...)})
}

func (c *checker) fail(code, param, format string, args ...any) {
	c.add(code, false, param, format, args...)
}

func (c *checker) warn(code, param, format string, args ...any) {
	c.add(code, true, param, format, args...)
}

// failConfirmed adds an error for a confirmed parameter and a warning for any other.
func (c *checker) failConfirmed(code string, p *Parameter, format string, args ...any) {
	c.add(code, p.lenient(), p.Name, format, args...)
}

// checkParams checks each parameter by itself, and that none is missing or given twice.
func (c *checker) checkParams(params []Param, known []Parameter) {
	for i, q := range params {
		c.at = i
		p := findParameter(known, q.Name)
		switch {
		case p == nil && len(known) == 0:
			c.fail("unknown-parameter", q.Name, "%s takes no parameters: remove %s", c.r.Operation, q.Name)
		case p == nil:
			c.fail("unknown-parameter", q.Name, "%s has no parameter %q; %s", c.subject(), q.Name,
				expectedOneOf(q.Name, parameterNames(known)))
		case paramIndex(params, q.Name) < i:
			c.fail("duplicate-parameter", q.Name, "%s is given twice: remove one", q.Name)
		case !q.Open:
			if p.Unconfirmed != "" {
				c.warn("unconfirmed", q.Name, "%s is unconfirmed: %s%s", q.Name, p.Unconfirmed, c.confirmedWay(p, q))
			}
			if message, warning := p.Check(q.Value); message != "" {
				code := "parameter-value"
				if p.isUnconfirmedValue(q.Value) {
					code = "unconfirmed"
				}
				c.add(code, warning, q.Name, "%s", message)
			} else if n := strings.TrimLeft(q.Value, "0"); p.Kind == Int && len(n) < len(q.Value) && len(q.Value) > 1 {
				c.warn("parameter-value", q.Name, "%s_%s is sent with its leading zeros: write %[1]s_%[3]s", q.Name, q.Value, cmp.Or(n, "0"))
			}
		}
	}
	c.at = -1
	for i := range known {
		if p := &known[i]; p.Required && !hasParam(params, p.Name) {
			c.failConfirmed("missing-parameter", p, "%s needs %s: %s", c.subject(), p.Name, p.expected())
		}
	}
}

// confirmedWay returns, for a message, what to write instead of an unconfirmed parameter; "" if it is not known.
func (c *checker) confirmedWay(p *Parameter, q Param) string {
	if p.Instead == "" {
		return ""
	}
	if t, err := strconv.Atoi(q.Value); err == nil && t >= 1000 && q.Name == "t" && !hasParam(c.r.Params, "inter") {
		return fmt.Sprintf("; write inter_200,num_%d instead of t_%d", t/200, t)
	}
	return "; use " + p.Instead + " instead"
}

// parameterNames returns the names of params.
func parameterNames(params []Parameter) []string {
	var names []string
	for _, p := range params {
		names = append(names, p.Name)
	}
	return names
}

// subject names the operation or clip that is being checked.
func (c *checker) subject() string {
	if c.clip > 0 {
		return "/" + c.r.Clips[c.clip-1].Where
	}
	return c.op.Name
}

// checkCombinations checks which parameters are given together.
func (c *checker) checkCombinations() {
	params := c.r.Params
	for i, q := range params {
		p := findParameter(c.op.Parameters, q.Name)
		if p == nil || paramIndex(params, q.Name) < i { // unknown or given twice, which checkParams reports
			continue
		}
		for _, name := range p.Excludes {
			other := findParameter(c.op.Parameters, name)
			// A pair is reported once, at the later of the two where both exclude each other.
			if at := paramIndex(params, name); at >= 0 && (at < i || !slices.Contains(other.Excludes, q.Name)) {
				c.add("exclusive-parameters", p.lenient() || other.lenient(), q.Name,
					"%s and %s cannot be combined: remove one", q.Name, name)
			}
		}
		for _, other := range p.Requires {
			if !hasParam(params, other) {
				c.failConfirmed("needs-parameter", p, "%s needs %s: add %[2]s, or remove %[1]s", q.Name, other)
			}
		}
		if len(p.OnlyWith) > 0 && !slices.ContainsFunc(p.OnlyWith, func(o Param) bool { return mayEqual(params, o) }) {
			c.warn("no-effect", q.Name, "%s has no effect without %s_%s: add %[2]s_%[3]s, or remove %[1]s",
				q.Name, p.OnlyWith[0].Name, p.OnlyWith[0].Value)
		}
		c.checkPerFormat(p, q)
	}
	if m, ok := knownValue(params, "m"); ok && m == "avg" {
		if num, ok := knownValue(params, "num"); !ok || num == "0" {
			c.warn("needs-parameter", "m", "m_avg needs num: set it to the number of frames, not 0")
		}
	}
}

// checkPerFormat checks the narrower bounds of some audio formats.
func (c *checker) checkPerFormat(p *Parameter, q Param) {
	if len(p.FormatLimits) == 0 || q.Open {
		return
	}
	format, ok := knownValue(c.r.Params, "acodec")
	if !ok || format == "copy" {
		format, _ = knownValue(c.r.Params, c.op.Format)
	}
	for _, limit := range p.FormatLimits {
		if limit.Format != format {
			continue
		}
		n, err := strconv.ParseFloat(q.Value, 64)
		switch {
		case limit.Values != nil && !slices.Contains(limit.Values, q.Value):
			c.failConfirmed("parameter-value", p, "%s of %s must be one of %s, not %s", q.Name, format, strings.Join(limit.Values, ", "), q.Value)
		case limit.Max > 0 && err == nil && n > limit.Max:
			c.failConfirmed("parameter-value", p, "%s of %s must be at most %s, not %s", q.Name, format, formatNumber(limit.Max), q.Value)
		}
	}
}

// checkClips checks the number of clips and their parameters.
func (c *checker) checkClips() {
	if len(c.r.Clips) > 0 && !c.op.TakesClips {
		c.clip = 1
		c.fail("clips", "", "%s takes no /pre or /sur clips; video/concat and audio/concat do", c.r.Operation)
		return
	}
	if c.op.TakesClips && len(c.r.Clips) == 0 {
		c.warn("clips", "", "%s without a /pre or /sur clip joins nothing: add one", c.op.Name)
	}
	if inputs := len(c.r.Clips) + 1; c.op.MaxInputs > 0 && inputs > c.op.MaxInputs {
		c.fail("clips", "", "%s joins at most %d inputs, including the source; there are %d", c.op.Name, c.op.MaxInputs, inputs)
	}
	for i, clip := range c.r.Clips {
		c.clip = i + 1
		c.checkParams(clip.Params, clipParameters)
	}
	if align, ok := knownValue(c.r.Params, "align"); ok && c.op.TakesClips {
		c.clip = 0
		if n, err := strconv.Atoi(align); err == nil && n > len(c.r.Clips) {
			c.warn("clips", "align", "align_%d names no clip: there are %d, numbered from 0", n, len(c.r.Clips)+1)
		}
	}
}

// paramIndex returns the index of the parameter with that name, -1 if it is not given.
func paramIndex(params []Param, name string) int {
	return slices.IndexFunc(params, func(q Param) bool { return q.Name == name })
}

// hasParam reports whether the parameter is given.
func hasParam(params []Param, name string) bool { return paramIndex(params, name) >= 0 }

// knownValue returns the value of a parameter. It reports false if it is not given or open.
func knownValue(params []Param, name string) (string, bool) {
	i := paramIndex(params, name)
	if i < 0 || params[i].Open {
		return "", false
	}
	return params[i].Value, true
}

// mayEqual reports whether params hold want, or may hold it once open parameters are filled in.
func mayEqual(params []Param, want Param) bool {
	i := paramIndex(params, want.Name)
	return i >= 0 && (params[i].Open || params[i].Value == want.Value)
}
