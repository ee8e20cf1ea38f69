package process

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"onput/internal/text"
)

// Check returns an error message for an invalid value of the parameter, "" for a valid one. value is decoded. The error is
// only a warning if something about the parameter is not confirmed, unless the value would end the parameter.
func (p *Parameter) Check(value string) (message string, warning bool) {
	if message = p.breaksParameter(value); message != "" {
		return message, false
	}
	if p.isUnconfirmedValue(value) {
		message = fmt.Sprintf("%s is unconfirmed: the operation's page does not list this value", p.written(value))
		if len(p.Values) == 1 {
			message += fmt.Sprintf("; write %s instead", p.written(p.Values[0]))
		}
		return message, true
	}
	if message = p.invalidReason(value); message == "" && p.Kind == Text && len(value) > int(p.Max) {
		return fmt.Sprintf("%s has %d bytes: whether OSS takes more than %s is not documented", p.Name, len(value), formatNumber(p.Max)), true
	}
	if message != "" {
		if meant := p.meant(value); meant != "" {
			message += "; did you mean " + meant + "?"
		}
	}
	return message, p.lenient() && !p.ValuesConfirmed
}

// CheckUntrusted returns an error message for a value from untrusted input that must not be sent, "" if it may be sent. It
// rejects values that [Parameter.Check] only warns about, apart from those in MaybeValues.
func (p *Parameter) CheckUntrusted(value string) string {
	if message := p.breaksParameter(value); message != "" {
		return message
	}
	if p.isUnconfirmedValue(value) {
		return ""
	}
	if p.Kind == Enum && len(p.Values) == 0 && !isPlainWord(value) {
		return fmt.Sprintf("%s cannot be %q; expected letters and digits", p.Name, value)
	}
	return p.invalidReason(value)
}

// isUnconfirmedValue reports whether a source names value, but not the operation's page.
func (p *Parameter) isUnconfirmedValue(value string) bool {
	return slices.Contains(p.UnconfirmedValues, value) && !slices.Contains(p.Values, value)
}

// breaksParameter returns an error message if value holds a character that ends a parameter, "" if it holds none.
func (p *Parameter) breaksParameter(value string) string {
	if !p.Kind.Base64() && strings.ContainsAny(value, ",/|") {
		message := fmt.Sprintf("%s cannot be %q: a value cannot contain , / or |, which would end the parameter", p.Name, value)
		if meant := p.meant(value); meant != "" {
			message += "; did you mean " + meant + "?"
		}
		return message
	}
	return ""
}

// invalidReason returns why value has the wrong shape or is out of bounds, "" if it is valid.
func (p *Parameter) invalidReason(value string) string {
	unexpected := func() string { return fmt.Sprintf("%s cannot be %q; expected %s", p.Name, value, p.expected()) }
	switch p.Kind {
	case Enum, Font:
		if len(p.Values) > 0 && !slices.Contains(p.Values, value) {
			return fmt.Sprintf("%s cannot be %q; %s", p.Name, value, expectedOneOf(value, append(slices.Clone(p.Values), p.UnconfirmedValues...)))
		}
	case Int, Float:
		unsigned := value
		if p.Min < 0 {
			unsigned = strings.TrimPrefix(value, "-")
		}
		n, ok := parseDecimal(unsigned, p.Kind == Float)
		if unsigned != value {
			n = -n
		}
		if !ok {
			return unexpected()
		}
		if n < p.Min || p.ExclusiveMin && n <= p.Min || p.Max > 0 && n > p.Max {
			return fmt.Sprintf("%s cannot be %s; expected %s", p.Name, value, p.expected())
		}
	case Size:
		w, h, ok := strings.Cut(value, "x")
		if !ok || w == "" && h == "" || !p.isSide(w) || !p.isSide(h) {
			return unexpected()
		}
	case Pages:
		if !isPageList(value) {
			return unexpected()
		}
	case Object:
		if value == "" || len(value) > MaxKey || !utf8.ValidString(value) {
			return unexpected()
		}
	case Color:
		if len(value) != 6 || !consistsOf(value, digits+"ABCDEFabcdef") {
			return unexpected()
		}
	case Text:
		if value == "" || utf8.RuneCountInString(value) > int(p.Max) || !utf8.ValidString(value) {
			return unexpected()
		}
	case Mark:
		return p.markProblem(value)
	}
	return ""
}

// markSuffix begins the process that an image is given before it is drawn as a watermark.
const markSuffix = "?x-oss-process="

// markProblem returns why value cannot be the image of a watermark, "" if it can.
//
// https://help.aliyun.com/document_detail/44957.htm
func (p *Parameter) markProblem(value string) string {
	key, process, processed := strings.Cut(value, markSuffix)
	if key == "" || len(key) > MaxKey || !utf8.ValidString(key) {
		return fmt.Sprintf("%s cannot be %q; expected %s", p.Name, value, p.expected())
	}
	if !processed {
		return ""
	}
	r, err := Parse(process)
	if err != nil {
		return fmt.Sprintf("the process of %s is not valid: %v", p.Name, err)
	}
	for _, a := range r.Actions() {
		if !strings.HasPrefix(r.Operation, imagePrefix) || !slices.Contains(markActions, a.Name) {
			return fmt.Sprintf("the image of a watermark cannot be given %s before it is drawn: only %s", text.Printable(a.Name),
				text.JoinOr(markActions))
		}
	}
	if r.Target != nil || r.Notify != nil {
		return fmt.Sprintf("the process of %s stores nothing: remove the sys directives", p.Name)
	}
	for segment := range r.Segments() { // P, in percent of the picture, exists only here
		params := *r.ParamsOf(segment)
		for i, q := range params {
			if n, ok := parseDecimal(q.Value, false); q.Name == "P" && r.isResize(segment) && ok && n <= 100 {
				params[i].Name = "p" // whose values include those of P
			}
		}
	}
	for _, problem := range r.CheckOperation() {
		if !problem.Warning {
			return fmt.Sprintf("the process of %s is not valid: %s", p.Name, problem.Message)
		}
	}
	return ""
}

// markActions are the actions that OSS carries out on the image of a watermark.
var markActions = []string{"resize", "crop", "indexcrop", "rounded-corners", "rotate"}

// isResize reports whether a segment is the action resize.
func (r *Request) isResize(segment int) bool {
	op, ok := r.Spec(segment)
	return ok && op.Name == imagePrefix+"resize"
}

// isSide reports whether s can be a side of a Size. A side may be left out.
func (p *Parameter) isSide(s string) bool {
	n, ok := parseDecimal(s, false)
	return s == "" || ok && n >= 1 && n <= p.Max
}

// expected describes the parameter's valid values for messages.
func (p *Parameter) expected() string {
	unit := ""
	if p.Unit != "" {
		unit = " " + p.Unit
	}
	switch p.Kind {
	case Enum, Font:
		return "one of " + strings.Join(p.Values, ", ")
	case Color:
		return "six hexadecimal digits such as FF8800, without #"
	case Text:
		return fmt.Sprintf("a text of 1 to %s characters of UTF-8", formatNumber(p.Max))
	case Mark:
		return fmt.Sprintf("the key of an image, 1 to %d bytes of UTF-8, which ?x-oss-process=image/resize,P_30 may follow", MaxKey)
	case Size:
		return "WIDTHxHEIGHT, WIDTHx or xHEIGHT, each 1 to " + formatNumber(p.Max)
	case Pages:
		return "pages such as 1,2,4-10"
	case Object:
		return fmt.Sprintf("the key of an object, 1 to %d bytes of UTF-8", MaxKey)
	}
	number := "a whole number"
	if p.Kind == Float {
		number = "a number"
	}
	switch {
	case p.Max > 0 && p.ExclusiveMin:
		return fmt.Sprintf("%s above %s, up to %s%s", number, formatNumber(p.Min), formatNumber(p.Max), unit)
	case p.Max > 0:
		return fmt.Sprintf("%s from %s to %s%s", number, formatNumber(p.Min), formatNumber(p.Max), unit)
	}
	return fmt.Sprintf("%s from %s%s", number, formatNumber(p.Min), unit)
}

// formatNumber returns f without exponent or trailing zeros.
func formatNumber(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// expectedOneOf names the word that was probably meant, or else the valid ones.
func expectedOneOf(word string, valid []string) string {
	if i := slices.IndexFunc(valid, func(v string) bool { return v != word && strings.EqualFold(v, word) }); i >= 0 {
		return fmt.Sprintf("did you mean %q?", valid[i])
	}
	if meant := codecNames[strings.ToLower(word)]; slices.Contains(valid, meant) {
		return fmt.Sprintf("did you mean %q?", meant)
	}
	if meant := text.Closest(word, valid); meant != "" {
		return fmt.Sprintf("did you mean %q?", meant)
	}
	const listed = 12
	if more := len(valid) - listed; more > 4 {
		return fmt.Sprintf("expected one of %s or %d more, which onput ops lists", strings.Join(valid[:listed], ", "), more)
	}
	return "expected one of " + strings.Join(valid, ", ")
}

// parseDecimal parses decimal digits and, if fraction is set, an optional dot with more digits. Unlike strconv it takes no
// sign, exponent, hexadecimal number or infinity.
func parseDecimal(s string, fraction bool) (n float64, ok bool) {
	whole, frac, dot := strings.Cut(s, ".")
	if !isDigits(whole) || dot && (!fraction || !isDigits(frac)) {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

// isPageList reports whether s is a list of page numbers and ranges, such as 1,2,4-10.
func isPageList(s string) bool {
	for item := range strings.SplitSeq(s, ",") {
		from, to, ranged := strings.Cut(item, "-")
		if !isDigits(from) || ranged && !isDigits(to) {
			return false
		}
	}
	return true
}

const (
	digits       = "0123456789"
	lowerLetters = "abcdefghijklmnopqrstuvwxyz"
	letters      = lowerLetters + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// consistsOf reports whether s holds at least one character, and none but chars.
func consistsOf(s, chars string) bool { return s != "" && strings.Trim(s, chars) == "" }

// isDigits reports whether s consists of decimal digits.
func isDigits(s string) bool { return consistsOf(s, digits) }

// isPlainWord reports whether s consists of letters, digits, dots, hyphens and underscores.
func isPlainWord(s string) bool { return consistsOf(s, letters+digits+".-_") }
