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
//	synchronous-operation  OSS has it, but only to answer a GET, or no rule can use it
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
//	enlarges               a size is meant to enlarge pictures and does not, or the reverse
//	action-order           image actions in an order that gives a worse result
//	repeated-action        an image action is given twice, or too often
//	image-size             the result is larger than OSS writes
//	clips                  /pre and /sur with an operation that takes none, missing, or too many
//	unconfirmed            no page of the documentation confirms it
//	sys-directive          sys/saveas or sys/notify is missing, wrong, or not for this operation
type Problem struct {
	Code    string
	Segment int    // number of the clip or further action it is about, from 1; 0 for the operation
	Param   string // the parameter or directive it is about; "" for the operation as a whole
	Index   int    // index of the parameter in the segment; -1 if it is not given
	Warning bool   // the request may work: something is not confirmed or has no effect
	Message string // names the parameter and a valid value
}

// WarningCodes returns the codes of problems that can be warnings.
func WarningCodes() []string {
	return []string{
		"parameter-value", "missing-parameter", "exclusive-parameters", "needs-parameter", "clips",
		"no-effect", "ignored-parameter", "distorts", "every-frame", "unmatched-pair", "unconfirmed",
		"enlarges", "action-order", "repeated-action",
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
	length := 0 // of the target's key, once OSS has expanded it
	if r.Target != nil {
		if length = len(r.Target.Key); !op.Synchronous {
			length = len(UnescapeBraces(r.Target.Key))
		}
	}
	switch {
	case op.NoOutput && r.Target != nil:
		c.fail(code, saveas, "%s writes no object, and its result comes in the message of sys/notify: remove sys/saveas", op.Name)
	case !op.NoOutput && r.Target == nil:
		c.fail(code, saveas, "%s needs sys/saveas: add it to say where the result goes", r.Operation)
	case r.Target != nil && r.Target.Bucket != "" && !ValidBucketTemplate(r.Target.Bucket):
		c.fail(code, saveas, "invalid bucket name %q: use 3 to 63 lower-case letters, digits and hyphens", r.Target.Bucket)
	case length > MaxKey:
		c.fail(code, saveas, "the target's key has %d bytes; OSS allows %d", length, MaxKey)
	case r.Target != nil && BeginsWithSlash(r.Target.Key):
		c.fail(code, saveas, "the target's key begins with %q, which OSS does not allow", r.Target.Key[:1])
	}
	if op.NoOutput && r.Notify == nil {
		c.fail(code, notify, "%s needs sys/notify: its result comes only in the completion message", op.Name)
	}
	if op.Synchronous && r.Notify != nil {
		c.fail(code, notify, "%s is synchronous, and its answer tells that it is done: remove sys/notify", r.Operation)
	}
	if r.Notify != nil && *r.Notify == "" {
		c.warn(code, notify, "sys/notify without topic_ is undocumented: add topic_")
	}
	return c.problems
}

// CheckOperation checks the operation, its parameters, its clips and further actions, but no sys directives.
func (r *Request) CheckOperation() []Problem {
	c := checker{r: r, at: -1}
	if first, ok := Lookup(r.Operation); len(r.Chain) > 0 || ok && first.Chained() {
		c.checkChain()
		return c.problems
	}
	if !c.setOperation(r.Operation) {
		return c.problems
	}
	op := c.op
	if op.Synchronous && op.Unconfirmed != "" {
		c.warn("unconfirmed", "", "%s is unconfirmed: %s", r.Operation, op.Unconfirmed)
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

// setOperation makes the operation with a name the one that is checked. It reports false if OSS has none that a rule can use.
func (c *checker) setOperation(name string) (ok bool) {
	if c.op, ok = Lookup(name); ok {
		return true
	}
	if s := cannotStore(name); s != "" {
		c.fail("synchronous-operation", "", "%s", s)
	} else {
		c.fail("unknown-operation", "", "%s", unknownOperation(name))
	}
	return false
}

// unknownOperation returns the message for an operation that OSS does not have.
func unknownOperation(name string) string {
	if name == "" {
		return "the operation is missing: write CATEGORY/ACTION, for example doc/convert"
	}
	if category, style, _ := strings.Cut(name, "/"); category == "style" {
		return fmt.Sprintf("invalid style name %q: write style/NAME, or style/::NAME for a built-in one", style)
	}
	if action, ok := strings.CutPrefix(name, imagePrefix); ok {
		return unknownAction(action)
	}
	var all []string
	for _, op := range operations() {
		if op.Name != "style/" && !op.Chained() {
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
	return fmt.Sprintf("unknown operation %q; OSS has %s, style/NAME, and image/ACTION, such as image/resize", name, strings.Join(all, ", "))
}

// unknownAction returns the message for an image action that OSS does not have.
func unknownAction(name string) string {
	all := append(slices.Clone(imageActionNames()), "deblindwatermark")
	if meant := text.Closest(name, all); meant != "" {
		return fmt.Sprintf("unknown image action %q; did you mean %q?", name, meant)
	}
	return fmt.Sprintf("unknown image action %q; OSS has %s", name, strings.Join(all, ", "))
}

// checker collects the problems of a request.
type checker struct {
	r        *Request
	op       *Operation
	segment  int // number of the clip or further action being checked, from 1; 0 for the operation
	at       int // index of the parameter being checked; -1 to find it by its name
	problems []Problem
}

// add adds a problem with the parameter. Its index is c.at, or else that of the first parameter with this name.
func (c *checker) add(code string, warning bool, param, format string, args ...any) {
	at := c.at
	if at < 0 {
		at = c.indexOf(param)
	}
	c.problems = append(c.problems,
		Problem{Code: code, Segment: c.segment, Param: param, Index: at, Warning: warning, Message: fmt.Sprintf(format, args...)})
}

// params returns the parameters of the segment being checked.
func (c *checker) params() []Param { return *c.r.ParamsOf(c.segment) }

// indexOf returns the index of the parameter of the catalogue with that name in the segment, -1 if it is not given.
func (c *checker) indexOf(name string) int {
	if c.op != nil && !c.r.isClip(c.segment) {
		if p := findParameter(c.op.Parameters, name); p != nil {
			return slices.IndexFunc(c.params(), p.given)
		}
	}
	return paramIndex(c.params(), name)
}

// has reports whether the parameter of the catalogue with that name is given.
func (c *checker) has(name string) bool { return c.indexOf(name) >= 0 }

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
		p := givenParameter(known, q)
		switch {
		case q == (Param{}) && p == nil && i == len(params)-1:
			c.warn("unconfirmed", "", "the comma at the end has no meaning: remove it")
		case p == nil && q.Name == "":
			c.fail("unknown-parameter", "", "%s takes no value without a name; %s", c.subject(), expectedOneOf(q.Value, parameterNames(known)))
		case p == nil && findParameter(known, q.Name) != nil:
			c.fail("unknown-parameter", q.Name, "the value of %s has no name: write %s", q.Name, findParameter(known, q.Name).written(q.Value))
		case p == nil && len(known) == 1 && known[0].Positional:
			c.fail("unknown-parameter", q.Name, "%s takes one value, without a name: %s", c.subject(), known[0].expected())
		case p == nil && len(known) == 0:
			c.fail("unknown-parameter", q.Name, "%s takes no parameters: remove %s", c.r.Operation, q.Name)
		case p == nil:
			c.fail("unknown-parameter", q.Name, "%s has no parameter %q; %s", c.subject(), q.Name,
				expectedOneOf(q.Name, parameterNames(known)))
		case paramIndex(params, q.Name) < i && p.Positional:
			c.fail("duplicate-parameter", p.Name, "%s takes one value: remove the others", p.Name)
		case paramIndex(params, q.Name) < i:
			c.fail("duplicate-parameter", q.Name, "%s is given twice: remove one", q.Name)
		case !q.Open:
			if p.Unconfirmed != "" {
				c.warn("unconfirmed", p.Name, "%s is unconfirmed: %s%s", p.Name, p.Unconfirmed, c.confirmedWay(p, q))
			}
			message, warning := p.Check(q.Value)
			n := strings.TrimLeft(q.Value, "0")
			switch {
			case message != "" && p.Unconfirmed != "" && p.isUnconfirmedValue(q.Value): // reported already
			case message != "" && p.isUnconfirmedValue(q.Value):
				c.add("unconfirmed", warning, p.Name, "%s", message)
			case message != "":
				c.add("parameter-value", warning, p.Name, "%s", message)
			case p.Kind == Int && len(n) < len(q.Value) && len(q.Value) > 1:
				c.warn("parameter-value", p.Name, "%s is sent with its leading zeros: write %s", p.written(q.Value), p.written(cmp.Or(n, "0")))
			}
		}
	}
	c.at = -1
	for i := range known {
		switch p := &known[i]; {
		case !p.Required || slices.ContainsFunc(params, p.given):
		case p.Positional && len(params) > 0: // reported as unknown
		case p.Positional:
			c.fail("missing-parameter", p.Name, "%s needs a value: %s", c.subject(), p.expected())
		default:
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

// parameterNames returns the names of params that are written.
func parameterNames(params []Parameter) []string {
	var names []string
	for _, p := range params {
		if !p.Positional {
			names = append(names, p.Name)
		}
	}
	return names
}

// namedParameters returns the names that are written, those of parameters whose values have none left out.
func namedParameters(op *Operation, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return findParameter(op.Parameters, name).Positional })
}

// subject names the operation or clip that is being checked.
func (c *checker) subject() string {
	if c.r.isClip(c.segment) {
		return "/" + c.r.SegmentName(c.segment)
	}
	return c.op.Name
}

// checkCombinations checks which parameters of an operation are given together.
func (c *checker) checkCombinations() {
	params := c.params()
	for i, q := range params {
		p := givenParameter(c.op.Parameters, q)
		if p == nil || paramIndex(params, q.Name) < i { // unknown or given twice, which checkParams reports
			continue
		}
		for _, name := range p.Excludes {
			other := findParameter(c.op.Parameters, name)
			// A pair is reported once, at the later of the two where both exclude each other.
			if at := c.indexOf(name); at >= 0 && (at < i || !slices.Contains(other.Excludes, p.Name)) {
				c.add("exclusive-parameters", p.lenient() || other.lenient(), p.Name,
					"%s and %s cannot be combined: remove one", p.Name, name)
			}
		}
		for _, other := range p.Requires {
			if !c.has(other) {
				c.failConfirmed("needs-parameter", p, "%s needs %s: add %[2]s, or remove %[1]s", p.Name, other)
			}
		}
		if winner := slices.IndexFunc(p.IgnoredWith, c.has); winner >= 0 {
			c.warn("ignored-parameter", p.Name, "OSS ignores %s where %s is given: remove one", p.Name, p.IgnoredWith[winner])
		}
		if len(p.OnlyWith) > 0 && !slices.ContainsFunc(p.OnlyWith, func(o Param) bool { return mayEqual(params, o) }) {
			c.warn("no-effect", p.Name, "%s has no effect without %s_%s: add %[2]s_%[3]s, or remove %[1]s",
				p.Name, p.OnlyWith[0].Name, p.OnlyWith[0].Value)
		}
		c.checkPerFormat(p, q)
	}
	unknown := func(q Param) bool { return q != Param{} && givenParameter(c.op.Parameters, q) == nil } // reported already
	if len(c.op.AnyOf) > 0 && !slices.ContainsFunc(c.op.AnyOf, c.has) && !slices.ContainsFunc(params, unknown) {
		c.fail("missing-parameter", "", "%s needs one of %s", c.op.Name, strings.Join(namedParameters(c.op, c.op.AnyOf), ", "))
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
	if len(c.r.Clips) > 0 && (c.op == nil || !c.op.TakesClips) {
		c.segment = 1
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
		c.segment = i + 1
		c.checkParams(clip.Params, clipParameters)
	}
	if align, ok := knownValue(c.r.Params, "align"); ok && c.op.TakesClips {
		c.segment = 0
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
