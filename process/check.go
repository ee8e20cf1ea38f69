package process

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"onput/internal/text"
)

// Problem is one thing that Check finds in a request.
type Problem struct {
	Code    string // a word for the kind of problem, see below
	Clip    int    // the clip it is about, from 1; 0 for none
	Param   string // the parameter it is about; "" for the operation as a whole
	Index   int    // which one that is among those of the operation or clip, from 0; -1 where none is given
	Warning bool   // the request may well work: something is not confirmed, or has no effect
	Message string // names the parameter and what would be right
}

// The codes of problems:
//
//	unknown-operation      OSS has no such operation
//	synchronous-operation  OSS has it, but not asynchronously
//	unknown-parameter      the operation, or a clip, has no such parameter
//	parameter-value        a value of the wrong shape, out of range, or not one of those there are
//	missing-parameter      a required parameter is not given
//	duplicate-parameter    a parameter is given twice
//	exclusive-parameters   two parameters exclude each other
//	needs-parameter        a parameter means nothing without another
//	no-effect              a parameter does nothing with the values of others
//	ignored-parameter      OSS ignores parameters without a word
//	clips                  /pre and /sur where they do not belong, none where they do, too many
//	unconfirmed            no page of the documentation confirms it
//	sys-directive          sys/saveas or sys/notify is missing, wrong, or does not belong

// Check holds the request against the catalogue: its operation, parameters and clips, and whether the sys directives that
// it has are those that the operation takes. Open parameters are taken to be right.
func (r *Request) Check() []Problem {
	problems := r.CheckOperation()
	op, ok := Lookup(r.Operation)
	if !ok {
		return problems
	}
	complain := func(param, format string, args ...any) {
		problems = append(problems, Problem{Code: "sys-directive", Param: param, Index: -1, Message: fmt.Sprintf(format, args...)})
	}
	switch {
	case op.NoOutput && r.Target != nil:
		complain("sys/saveas", "%s writes no object: its result is in the message of sys/notify, so sys/saveas does not belong", op.Name)
	case !op.NoOutput && r.Target == nil:
		complain("sys/saveas", "%s needs sys/saveas: where its result goes", r.Operation)
	case r.Target != nil && r.Target.Bucket != "" && !ValidBucketName(r.Target.Bucket):
		complain("sys/saveas", "%q is no name of a bucket: 3 to 63 lower-case letters, digits and hyphens", r.Target.Bucket)
	case r.Target != nil && len(UnescapeBraces(r.Target.Key)) > MaxKey:
		complain("sys/saveas", "the key of the target has %d bytes, OSS allows %d", len(UnescapeBraces(r.Target.Key)), MaxKey)
	}
	if op.NoOutput && r.Notify == nil {
		complain("sys/notify", "%s needs sys/notify: its result comes in the completion message only", op.Name)
	}
	if r.Notify != nil && *r.Notify == "" {
		problems = append(problems, Problem{Code: "sys-directive", Param: "sys/notify", Index: -1, Warning: true,
			Message: "what sys/notify does without topic_ is not documented"})
	}
	return problems
}

// CheckOperation is Check without the sys directives.
func (r *Request) CheckOperation() []Problem {
	op, ok := Lookup(r.Operation)
	if !ok {
		if s := Synchronous(r.Operation); s != "" {
			return []Problem{{Code: "synchronous-operation", Index: -1, Message: s}}
		}
		return []Problem{{Code: "unknown-operation", Index: -1, Message: unknownOperation(r.Operation)}}
	}
	c := checker{r: r, op: op, at: -1}
	if op.Unconfirmed != "" && strings.HasPrefix(r.Operation, "style/::") && r.Operation != "style/::h264-mp4-1080p" {
		c.warn("unconfirmed", "", "%s is not confirmed: %s", r.Operation, op.Unconfirmed)
	}
	c.params(r.Params, op.Parameters, op.Parameter)
	if len(op.Parameters) > 0 {
		c.together()
	}
	c.clips()
	return c.problems
}

// streams are the streams of a video, and the parameters that say how one is encoded.
var streams = []struct {
	name, codec, drop, example string
	parameters                 []string
}{
	{"video", "vcodec", "vn", "h264", []string{
		"fps", "fpsopt", "pixfmt", "s", "sopt", "scaletype", "arotate", "g", "vb", "vbopt", "crf", "maxrate", "bufsize", "videoslim"}},
	{"audio", "acodec", "an", "aac", []string{"ar", "ac", "aq", "ab", "abopt", "adepth"}},
}

// Ignored says which parameters of video/convert OSS drops without a word: those of a stream that is copied as it is, or
// left out. That a missing vcodec copies is in the documentation; of a missing acodec nothing is said here, because the
// page does not.
//
// https://help.aliyun.com/zh/oss/user-guide/video-transcoding
func (r *Request) Ignored() []Problem {
	var problems []Problem
	op, ok := Lookup(r.Operation)
	if !ok || op.Name != "video/convert" {
		return nil
	}
	for _, stream := range streams {
		codec, known := value(r.Params, stream.codec)
		dropped, _ := value(r.Params, stream.drop)
		copied := known && codec == "copy" || stream.name == "video" && !given(r.Params, stream.codec)
		if !copied && dropped != "1" {
			continue
		}
		var ignored []string
		at := -1 // the first of them
		for i, q := range r.Params {
			p, ok := op.Parameter(q.Name)
			if !ok || !slices.Contains(stream.parameters, q.Name) {
				continue
			}
			// That one which requires the codec lacks it, CheckOperation says.
			if given(r.Params, stream.codec) || !slices.Contains(p.Requires, stream.codec) {
				if ignored = append(ignored, q.Name); at < 0 {
					at = i
				}
			}
		}
		if at < 0 {
			continue
		}
		what := strings.Join(ignored, ", ")
		message := fmt.Sprintf("with %s_1 there is no %s stream, and OSS ignores %s: leave them out", stream.drop, stream.name, what)
		switch {
		case dropped == "1":
		case known:
			message = fmt.Sprintf("with %s_copy the %s stream stays as it is, and OSS ignores %s: give a codec such as %[1]s_%[4]s",
				stream.codec, stream.name, what, stream.example)
		default:
			message = fmt.Sprintf("without %s the %s stream stays as it is, and OSS ignores %s: give a codec such as %[1]s_%[4]s",
				stream.codec, stream.name, what, stream.example)
		}
		problems = append(problems, Problem{Code: "ignored-parameter", Param: ignored[0], Index: at, Warning: true, Message: message})
	}
	return problems
}

func unknownOperation(name string) string {
	if category, style, _ := strings.Cut(name, "/"); category == "style" {
		return fmt.Sprintf("%q is no name of a style: write style/NAME, or style/::NAME for a built-in one", style)
	}
	var all []string
	for _, op := range Operations() {
		if op.Name != "style/" {
			all = append(all, op.Name)
		}
	}
	if meant := text.Closest(name, all); meant != "" {
		return fmt.Sprintf("unknown operation %q; did you mean %q?", name, meant)
	}
	return fmt.Sprintf("unknown operation %q; the asynchronous ones are %s, style/NAME", name, strings.Join(all, ", "))
}

type checker struct {
	r        *Request
	op       *Operation
	clip     int // from 1; 0 for the operation
	at       int // the parameter that is looked at; -1 for whichever has the name
	problems []Problem
}

func (c *checker) add(code string, warning bool, param, format string, args []any) {
	at := c.at
	switch {
	case at >= 0:
	case c.clip > 0:
		at = index(c.r.Clips[c.clip-1].Params, param)
	default:
		at = index(c.r.Params, param)
	}
	c.problems = append(c.problems,
		Problem{Code: code, Clip: c.clip, Param: param, Index: at, Warning: warning, Message: fmt.Sprintf(format, args...)})
}

func (c *checker) fail(code, param, format string, args ...any) {
	c.add(code, false, param, format, args)
}
func (c *checker) warn(code, param, format string, args ...any) {
	c.add(code, true, param, format, args)
}

// insist fails for a confirmed parameter and warns for one that is not.
func (c *checker) insist(code string, p *Parameter, format string, args ...any) {
	c.add(code, p.lenient(), p.Name, format, args)
}

// params checks each parameter alone, and that none is missing or given twice.
func (c *checker) params(params []Param, known []Parameter, lookup func(string) (*Parameter, bool)) {
	var room [16]*Parameter
	seen := room[:0]
	for i, q := range params {
		c.at = i
		p, ok := lookup(q.Name)
		twice := ok && slices.Contains(seen, p)
		if ok && !twice {
			seen = append(seen, p)
		}
		switch {
		case !ok && len(known) == 0:
			c.fail("unknown-parameter", q.Name, "%s takes no parameters: leave out %s", c.r.Operation, q.Name)
		case !ok:
			c.fail("unknown-parameter", q.Name, "%s has no parameter %q; %s", c.what(), q.Name, oneOf(q.Name, names(known)))
		case twice:
			c.fail("duplicate-parameter", q.Name, "%s is given twice: leave out one", q.Name)
		case !q.Open:
			if p.Unconfirmed != "" {
				c.warn("unconfirmed", q.Name, "%s is not confirmed: %s", q.Name, p.Unconfirmed)
			}
			if message, warning := p.Check(q.Value); message != "" {
				code := "parameter-value"
				if p.maybe(q.Value) {
					code = "unconfirmed"
				}
				c.add(code, warning, q.Name, "%s", []any{message})
			}
		}
	}
	c.at = -1
	for i := range known {
		if p := &known[i]; p.Required && !given(params, p.Name) {
			c.insist("missing-parameter", p, "%s needs %s: %s", c.what(), p.Name, p.expected())
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
	var room [16]*Parameter
	seen := room[:0]
	for _, q := range params {
		p, ok := c.op.Parameter(q.Name)
		if !ok || slices.Contains(seen, p) { // that it is given twice is said already
			continue
		}
		seen = append(seen, p)
		for _, other := range p.Excludes {
			// A pair is reported once, at the later of the two where both exclude each other.
			if given(params, other) && (!c.excludes(other, q.Name) || index(params, q.Name) > index(params, other)) {
				o, known := c.op.Parameter(other)
				c.add("exclusive-parameters", p.lenient() || known && o.lenient(), q.Name, "%s and %s exclude each other: leave out one", []any{q.Name, other})
			}
		}
		for _, other := range p.Requires {
			if !given(params, other) {
				c.insist("needs-parameter", p, "%s needs %s: give it too, or leave out %s", q.Name, other, q.Name)
			}
		}
		if len(p.OnlyWith) > 0 && !slices.ContainsFunc(p.OnlyWith, func(o Param) bool { return mayBe(params, o) }) {
			c.warn("no-effect", q.Name, "%s has no effect without %s_%s: give that, or leave out %[1]s", q.Name, p.OnlyWith[0].Name, p.OnlyWith[0].Value)
		}
		c.perFormat(p, q)
	}
	if m, ok := value(params, "m"); ok && m == "avg" {
		if num, ok := value(params, "num"); !ok || num == "0" {
			c.warn("needs-parameter", "m", "m_avg needs num: the number of frames, not 0")
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
			c.insist("parameter-value", p, "%s of %s is one of %s, not %s", q.Name, format, strings.Join(limit.Values, ", "), q.Value)
		case limit.Max > 0 && err == nil && n > limit.Max:
			c.insist("parameter-value", p, "%s of %s is at most %s, not %s", q.Name, format, number(limit.Max), q.Value)
		}
	}
}

func (c *checker) clips() {
	if len(c.r.Clips) > 0 && !c.op.TakesClips {
		c.clip = 1
		c.fail("clips", "", "%s takes no /pre and /sur clips; video/concat and audio/concat do", c.r.Operation)
		return
	}
	if c.op.TakesClips && len(c.r.Clips) == 0 {
		c.warn("clips", "", "%s without a /pre or /sur clip joins nothing: name one", c.op.Name)
	}
	if inputs := len(c.r.Clips) + 1; c.op.MaxInputs > 0 && inputs > c.op.MaxInputs {
		c.fail("clips", "", "%s joins at most %d inputs, the posted object among them; these are %d", c.op.Name, c.op.MaxInputs, inputs)
	}
	for i, clip := range c.r.Clips {
		c.clip = i + 1
		c.params(clip.Params, clipParameters, c.op.Clip)
	}
	if align, ok := value(c.r.Params, "align"); ok && c.op.TakesClips {
		c.clip = 0
		if n, err := strconv.Atoi(align); err == nil && n > len(c.r.Clips) {
			c.warn("clips", "align", "align_%d names no clip: there are %d, numbered from 0", n, len(c.r.Clips)+1)
		}
	}
}

// Check says what is wrong with a value of the parameter, and whether that is only a warning because something about the
// parameter is not confirmed. A value that would end the parameter is never a warning.
func (p *Parameter) Check(value string) (message string, warning bool) {
	if message = p.ends(value); message != "" {
		return message, false
	}
	if p.maybe(value) {
		return fmt.Sprintf("%s_%s is not confirmed: its page does not name this value", p.Name, value), true
	}
	return p.wrong(value), p.lenient()
}

// CheckUntrusted says why a value that comes out of a key must not be sent, "" if it may. It insists on what Check only warns of:
// keys are chosen by strangers.
func (p *Parameter) CheckUntrusted(value string) string {
	if message := p.ends(value); message != "" {
		return message
	}
	if p.maybe(value) {
		return ""
	}
	if p.Kind == Enum && len(p.Values) == 0 && !plainWord(value) {
		return fmt.Sprintf("%s cannot be %q; expected letters and digits", p.Name, value)
	}
	return p.wrong(value)
}

// maybe says whether a value is one that the page does not name but another source does.
func (p *Parameter) maybe(value string) bool {
	return slices.Contains(p.MaybeValues, value) && !slices.Contains(p.Values, value)
}

// ends says that a value would end its parameter, "" if it would not.
func (p *Parameter) ends(value string) string {
	if !p.Kind.Base64() && strings.ContainsAny(value, ",/|") {
		return fmt.Sprintf("%s cannot be %q: a value may not hold , / or |, which would end the parameter", p.Name, value)
	}
	return ""
}

// plainWord says whether s is letters, digits, dots, hyphens and underscores, at least one.
func plainWord(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return s != ""
}

// wrong says what is wrong with a value, "" if nothing is.
func (p *Parameter) wrong(value string) string {
	switch p.Kind {
	case Enum:
		switch {
		case slices.Contains(p.Values, value):
			return ""
		case len(p.Values) == 0:
			return ""
		}
		return fmt.Sprintf("%s cannot be %q; %s", p.Name, value, oneOf(value, append(slices.Clone(p.Values), p.MaybeValues...)))
	case Int, Float:
		n, ok := decimal(value, p.Kind == Float)
		if !ok {
			return fmt.Sprintf("%s cannot be %q; expected %s", p.Name, value, p.expected())
		}
		if n < p.Min || p.ExclusiveMin && n <= p.Min || p.Max > 0 && n > p.Max {
			return fmt.Sprintf("%s cannot be %s; expected %s", p.Name, value, p.expected())
		}
	case Size:
		w, h, ok := strings.Cut(value, "x")
		if !ok || w == "" && h == "" || !side(w) || !side(h) {
			return fmt.Sprintf("%s cannot be %q; expected %s", p.Name, value, p.expected())
		}
		for _, s := range []string{w, h} {
			if n, _ := decimal(s, false); s != "" && (n < 1 || n > p.Max) {
				return fmt.Sprintf("%s cannot be %q; expected %s", p.Name, value, p.expected())
			}
		}
	case Pages:
		if !pageList(value) {
			return fmt.Sprintf("%s cannot be %q; expected %s", p.Name, value, p.expected())
		}
	case Object:
		if value == "" || len(value) > MaxKey || !utf8.ValidString(value) {
			return fmt.Sprintf("%s cannot be %q; expected %s", p.Name, value, p.expected())
		}
	}
	return ""
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
	case p.Max > 0 && p.ExclusiveMin:
		return fmt.Sprintf("%s above %s, up to %s%s", what, number(p.Min), number(p.Max), unit)
	case p.Max > 0:
		return fmt.Sprintf("%s from %s to %s%s", what, number(p.Min), number(p.Max), unit)
	}
	return fmt.Sprintf("%s from %s%s", what, number(p.Min), unit)
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func oneOf(word string, all []string) string {
	if meant := text.Closest(word, all); meant != "" {
		return fmt.Sprintf("did you mean %q?", meant)
	}
	if shown := 12; len(all) > shown+4 {
		return fmt.Sprintf("expected one of %s or %d more, which onput ops lists", strings.Join(all[:shown], ", "), len(all)-shown)
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
