package lint

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"golang.org/x/text/unicode/norm"

	"onput/internal/glob"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
	"onput/internal/text"
	"onput/process"
)

// suspicious warns of texts that mean something in other tools, or look like something else, and are taken literally here.
// The other lints about keys are silent about such texts, because they would report the same mistake.
func suspicious(p *pass) {
	var buckets []string
	for i := range p.set.Sources {
		buckets = append(buckets, p.set.Sources[i].Name)
	}
	p.suspect("source", p.file.Sources, buckets, nil)
	p.suspect("pattern", p.file.Ignore, buckets, nil)
	for r := range p.rules() {
		m := &r.def.Match
		for _, of := range []struct {
			noun string
			list []rulefile.Scalar
		}{
			{"pattern", m.Keys}, {"pattern", m.Not}, {"prefix", m.Prefixes}, {"suffix", m.Suffixes}, {"bucket", m.Buckets}, {"type", m.Types},
		} {
			p.suspect(of.noun, of.list, buckets, nil)
		}
	}
	for o := range p.outputs() {
		if o.def.Key == nil || o.Target == nil {
			continue
		}
		bucket, _ := o.Target.FixedBucket()
		p.suspect("target", []rulefile.Scalar{*o.def.Key}, []string{bucket}, o.rule.CaptureNames())
	}
}

// suspect warns of the suspicious texts of a list, of each once.
func (p *pass) suspect(noun string, list []rulefile.Scalar, buckets, captures []string) {
	for _, s := range list {
		t := &suspectText{noun, s.Text, s.Node.Style, p.reporter.CommentAfter(s.Node), list, buckets, captures}
		for _, reason := range []func(*suspectText) string{
			(*suspectText).isCut, (*suspectText).beginsWithSlash,
			(*suspectText).endsOddly, (*suspectText).isQuoted, (*suspectText).isFullWidth, (*suspectText).isURL, (*suspectText).beginsWithBucket,
			(*suspectText).beginsWithDot, (*suspectText).hasGroup, (*suspectText).isRegexp, (*suspectText).isList, (*suspectText).hasBackslash,
			(*suspectText).isShell, (*suspectText).isTemplate, (*suspectText).isDecomposed,
			(*suspectText).isFolder, (*suspectText).isExtension, (*suspectText).isNoBucket,
		} {
			if message := reason(t); message != "" {
				p.suspects[s.Node] = true
				p.warn(s.Node, "%s", message)
				break
			}
		}
	}
}

// suspectsIn reports whether one of the texts is suspicious.
func (p *pass) suspectsIn(lists ...[]rulefile.Scalar) bool {
	return slices.ContainsFunc(slices.Concat(lists...), func(s rulefile.Scalar) bool { return p.suspects[s.Node] })
}

// suspectsInMatch reports whether a text of a rule's match, or a source, is suspicious.
func (p *pass) suspectsInMatch(m *rulefile.Match) bool {
	return len(p.suspects) > 0 && p.suspectsIn(p.file.Sources, m.Keys, m.Not, m.Prefixes, m.Suffixes, m.Buckets, m.Types)
}

// suspectText is a text with all that decides whether it is suspicious. Each of its methods returns why it is, or "".
type suspectText struct {
	noun     string // pattern, prefix, suffix, bucket, type, source or target
	text     string
	style    yaml.Style        // the indentation of a literal block is deliberate
	comment  string            // after it, "" if there is none
	list     []rulefile.Scalar // the texts that stand with it
	buckets  []string          // that it must not repeat, of sources or the target
	captures []string          // that a target may use
}

func (t *suspectText) is(nouns ...string) bool { return slices.Contains(nouns, t.noun) }

// write returns the advice to write another text.
func write(s string) string { return ": write " + strconv.Quote(s) }

// expression is a regular expression that is compiled on demand, so that the function starts without it.
func expression(s string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(s) })
}

// unseen reports whether a character at an end of a text does not show.
func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) && r != '\u200d'
}

var cutText = expression(`^#[^\s#!]\S*[/*{]|^#[^\s#!].*\.[A-Za-z][A-Za-z0-9]{1,4}$`)

// isCut is about the rest of a text after " #".
func (t *suspectText) isCut() string {
	last := t.text[strings.LastIndexByte(t.text, '/')+1:]
	if !t.is("pattern", "target") || strings.Contains(last, ".") || !cutText().MatchString(t.comment) {
		return ""
	}
	return `the ` + t.noun + ` ends before " #", which begins a comment: quote it: ` + strconv.Quote(t.text+" "+t.comment)
}

func (t *suspectText) endsOddly() string {
	inner := strings.TrimLeftFunc(t.text, unseen)
	if t.noun == "suffix" || t.style == yaml.LiteralStyle { // may begin with a blank: " copy.pdf"
		inner = t.text
	}
	trimmed := strings.TrimRightFunc(inner, unseen)
	last := strings.TrimSuffix(trimmed, "/") != trimmed // a prefix may end in a blank: "Scan "
	if t.is("prefix", "source") && !last && strings.TrimRight(inner, " ") == trimmed {
		trimmed = inner
	}
	if strings.HasSuffix(trimmed, `\`) && t.noun != "target" {
		trimmed = inner // "\ " is meant
	}
	if trimmed == t.text || trimmed == "" {
		return ""
	}
	side := "begins with "
	char, _ := utf8.DecodeRuneInString(t.text)
	if strings.HasPrefix(t.text, trimmed) {
		side = "ends in "
		char, _ = utf8.DecodeLastRuneInString(t.text)
	}
	name := "a blank"
	if char != ' ' {
		name = strings.TrimSuffix(strconv.QuoteRuneToASCII(char), "'")[1:] + ", a character that does not show"
	}
	return "the " + t.noun + " " + side + name + ", and it counts" + write(trimmed)
}

var quotedList = expression(`["”'’＂] *[,，、;；|] *["“'‘＂]`)

func (t *suspectText) isQuoted() string {
	const opening, closing = "“”\"'`‘’„‟＂", "“”\"'`‘’＂"
	first, n := utf8.DecodeRuneInString(t.text)
	last, m := utf8.DecodeLastRuneInString(t.text)
	if n+m > len(t.text) || !strings.ContainsRune(opening, first) || !strings.ContainsRune(closing, last) {
		return ""
	}
	inner := t.text[n : len(t.text)-m]
	if pieces := quotedList().Split(inner, -1); len(pieces) > 1 && !strings.ContainsAny(strings.Join(pieces, ""), opening+closing) {
		return t.listAdvice(pieces, "")
	}
	if strings.ContainsAny(inner, opening+closing) {
		return ""
	}
	return "the quotation marks " + string(first) + " and " + string(last) + " are part of the " + t.noun + write(inner)
}

var (
	entryDash = expression(`^[–—－•·] `)
	gluedDash = expression(`^-["'*{]`)
	fullWidth = expression(`｛[A-Za-z0-9_,，.*:]+｝|［.-.］|(^|/)＊+([/.．。]|$)|[．。][A-Za-z0-9]{2,4}$`)
	narrow    = strings.NewReplacer("｛", "{", "｝", "}", "，", ",", "［", "[", "］", "]", "＊", "*", "．", ".", "。", ".")
)

func (t *suspectText) isFullWidth() string {
	if dash := entryDash().FindString(t.text); dash != "" && t.style == 0 {
		return strings.TrimSpace(dash) + " begins no list: begin each entry with a hyphen, -, and a space"
	}
	if gluedDash().MatchString(t.text) && t.style == 0 {
		return "- begins no list without a space after it: begin each entry with a hyphen, -, and a space"
	}
	if strings.HasPrefix(t.text, "［") && strings.HasSuffix(t.text, "］") {
		return "［ and ］ are part of the " + t.noun + ": write a list in [ and ]"
	}
	if found := fullWidth().FindString(t.text); found != "" && !t.is("bucket", "type") {
		return found + " is full-width, and means nothing here" + write(fullWidth().ReplaceAllStringFunc(t.text, narrow.Replace))
	}
	return ""
}

func (t *suspectText) isURL() string {
	scheme, rest, ok := strings.Cut(t.text, "://")
	if !ok || !t.is("pattern", "prefix", "target") || strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return ""
	}
	_, key, _ := strings.Cut(rest, "/")
	if key == "" {
		return "a " + t.noun + " is no URL: leave out " + t.text
	}
	return "a " + t.noun + " is no URL, and " + strings.TrimSuffix(t.text, key) + " is no part of a key" + write(key)
}

func (t *suspectText) beginsWithBucket() string {
	first, rest, ok := strings.Cut(strings.TrimPrefix(t.text, "/"), "/")
	if !ok || rest == "" || first == "" || !slices.Contains(t.buckets, first) || !t.is("pattern", "prefix", "target") {
		return ""
	}
	return "a " + t.noun + " holds no bucket, and " + first + "/ would be a folder in bucket " + first + write(rest)
}

var (
	bucketWildcards = expression(`\\.|\[[^\]]*\]|[*?{},]`)
	endpoint        = expression(`^([a-z0-9-]+)\.[a-z0-9.-]+$`)
)

// isNoBucket is about the buckets of sources and conditions that no bucket can have.
func (t *suspectText) isNoBucket() string {
	if !t.is("bucket", "source") || strings.Contains(t.text, "${") {
		return ""
	}
	bucket, folder, _ := strings.Cut(strings.TrimPrefix(t.text, "oss://"), "/")
	hasFolder := t.noun == "bucket" && bucket+"/" != t.text && strings.Contains(t.text, "/")
	if t.noun == "bucket" && len(splitOutside(t.text)) > 1 || strings.TrimSpace(bucket) == "" {
		return "" // isList reports it
	}
	plain := strings.Trim(bucketWildcards().ReplaceAllString(bucket, ""), "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
	valid := plain && (strings.ContainsAny(bucket, `*?[{\`) || process.ValidBucket(bucket))
	if valid && (t.noun == "source" || bucket == t.text) {
		return ""
	}
	name := bucket
	switch {
	case strings.HasPrefix(t.text, "oss://"):
		return "a " + t.noun + " is no URL: leave out oss://" + write(strings.TrimSuffix(bucket+"/"+folder, "/"))
	case valid && hasFolder && folder != "":
		return fmt.Sprintf("a bucket has no folders: write bucket: %q and prefix: %q", bucket, strings.TrimPrefix(folder, "/"))
	case valid:
		return strconv.Quote(t.text) + " is not a bucket name" + write(bucket)
	case len(splitOutside(bucket)) > 1:
		return strconv.Quote(bucket) + " is not a bucket name: write [" + strings.Join(quoteEach(splitOutside(bucket)), ", ") + "]"
	case endpoint().MatchString(bucket) && strings.HasSuffix(bucket, ".aliyuncs.com"):
		return strconv.Quote(bucket) + " is the address of a bucket" + write(endpoint().FindStringSubmatch(bucket)[1])
	}
	name = strings.ReplaceAll(strings.ToLower(strings.TrimFunc(name, unseen)), "_", "-")
	hint := ": use 3 to 63 lower-case letters, digits and hyphens, with no hyphen first or last"
	if name != bucket && process.ValidBucket(name) {
		hint += fmt.Sprintf("; did you mean %q?", name)
	}
	return strconv.Quote(bucket) + " is not a bucket name" + hint
}

// beginsWithSlash is about prefixes that no key has, because OSS allows no / at the beginning of a key.
func (t *suspectText) beginsWithSlash() string {
	bucket, text := "", t.text
	if t.noun == "source" {
		bucket, text, _ = strings.Cut(t.text, "/")
		bucket += "/"
	}
	rest := strings.TrimLeft(text, "/")
	if !t.is("prefix", "source") || rest == text {
		return ""
	}
	if bucket+rest == "" {
		return "no key begins with /: leave out the prefix"
	}
	return "no key begins with /: leave out the /" + write(bucket+rest)
}

// isFolder is about patterns of folders, as .gitignore has them.
func (t *suspectText) isFolder() string {
	if t.noun != "pattern" || !strings.HasSuffix(t.text, "/") || strings.HasSuffix(t.text, `\/`) {
		return ""
	}
	return "only keys of folders end in /, and they never fire" + write(strings.TrimPrefix(t.text, "/")+"**")
}

// isExtension is about patterns that are the extension alone, as a trigger's suffix is.
func (t *suspectText) isExtension() string {
	ext, ok := strings.CutPrefix(t.text, ".")
	if t.noun != "pattern" || !ok || !isExtension(strings.ToLower(ext)) {
		return ""
	}
	return "only objects named " + t.text + " match" + write("*"+t.text)
}

var dotFolder = expression(`(^|/)\.\.?/`)

func (t *suspectText) beginsWithDot() string {
	at := dotFolder().FindString(t.text)
	if at == "" || !t.is("pattern", "prefix", "target") {
		return ""
	}
	rest := t.text
	for dotFolder().MatchString(rest) {
		rest = dotFolder().ReplaceAllString(rest, "$1")
	}
	return strings.TrimPrefix(at, "/") + " is no way through folders here, but a part of the key" + write(rest)
}

var group = expression(`([@+?*!]?)\(([^()/]*\|[^()/]*|\[[^()/]*\])\)|(^|/)!\(([^()/]*)\)`)

func (t *suspectText) hasGroup() string {
	found := group().FindStringSubmatch(t.text)
	if found == nil || !t.is("pattern", "bucket", "type") || found[1] == "" && found[2] != "" && !strings.Contains(found[2], "|") {
		return ""
	}
	switch {
	case found[1] == "!" || found[2] == "":
		return strings.TrimPrefix(found[0], "/") + " does not negate here, and its characters are themselves: leave it out, and write what must not match in not"
	case strings.Contains(found[2], "|"):
		braces := "{" + strings.ReplaceAll(found[2], "|", ",") + "}"
		return found[0] + " means nothing here: alternatives are written in braces" +
			write(globOf(strings.Replace(strings.Replace(t.text, found[0]+"$", found[0], 1), found[0], braces, 1)))
	}
	return found[0] + " means nothing here, and its characters are themselves" + write(strings.Replace(t.text, found[0], found[2]+"*", 1))
}

var (
	regexpParts = expression(`\.[*+]\\\.|\\[dDwWsS][*+{]|\[\^/\][*+]`)
	regexpEnds  = expression(`^/(\^?.*)/[gimsu]*$|^(\^?.*)$`) // slashes around it, as in JavaScript
	regexpWords = strings.NewReplacer(`.*`, "*", `.+`, "*", `[^/]*`, "*", `[^/]+`, "*", `\.`, ".", `\/`, "/", `\d+`, "[0-9]*", `\d`, "[0-9]",
		`\w+`, "*", `\w`, "?", `\s`, " ")
)

// looksLikeRegexp reports whether a text has what regular expressions have and patterns have not.
func looksLikeRegexp(s string) bool {
	begins, ends := strings.HasPrefix(s, "^"), strings.HasSuffix(s, "$")
	return regexpParts().MatchString(s) || begins && (ends || strings.Contains(s, ".*")) || ends && strings.Contains(s, `\.`)
}

// globOf returns the pattern that somebody means by a regular expression, and any other text as it is.
func globOf(s string) string {
	if !looksLikeRegexp(s) {
		return s
	}
	found := regexpEnds().FindStringSubmatch(s)
	return regexpWords.Replace(strings.TrimSuffix(strings.TrimPrefix(found[1]+found[2], "^"), "$"))
}

func (t *suspectText) isRegexp() string {
	if !t.is("pattern", "bucket", "type") || !looksLikeRegexp(t.text) {
		return ""
	}
	plain := globOf(t.text)
	advice := ": write it in *, ** and {a,b}"
	if _, err := glob.Parse(plain, false); err == nil {
		advice = write(plain)
	}
	return "the " + t.noun + " looks like a regular expression, and it is a glob" + advice
}

var (
	separator = expression(`[,|;，；、]`)
	complete  = expression(`(^|[^.]|/)\.[A-Za-z0-9]{1,5}$|/\*{0,2}$`)
	bareExt   = expression(`^[A-Za-z0-9]{2,5}$`)
	blankList = expression(`^\S*\*\.[A-Za-z0-9]{1,5}( +\S*\*\.[A-Za-z0-9]{1,5})+$`) // *.mp4 *.mov
)

func (t *suspectText) isList() string {
	pieces := splitOutside(t.text)
	if t.noun == "pattern" && blankList().MatchString(t.text) {
		pieces = strings.Fields(t.text)
	}
	if len(pieces) < 2 || !t.is("pattern", "prefix", "suffix", "bucket", "type") {
		return ""
	}
	stem, exts := "", []string{}
	for i, piece := range pieces {
		pieces[i] = strings.TrimSpace(piece)
		piece = pieces[i]
		if t.is("bucket", "type") {
			continue
		}
		isExt := bareExt().MatchString(piece) && (i > 0 || t.noun == "suffix")
		wild := strings.ContainsAny(piece, "*?") || strings.HasPrefix(piece, ".") || strings.HasSuffix(piece, "/")
		if !isExt && !complete().MatchString(piece) || i == 0 && !wild && !isExt {
			return ""
		}
		dot := strings.LastIndexByte(piece, '.') + 1
		if i == 0 {
			stem = piece[:dot]
		}
		if dot > 1 && piece[:dot] != stem {
			stem = ""
		}
		exts = append(exts, piece[dot:])
	}
	braces := ""
	if len(stem) > 1 && t.noun == "pattern" {
		braces = strconv.Quote(stem + "{" + strings.Join(exts, ",") + "}")
	}
	return t.listAdvice(pieces, braces)
}

// listAdvice returns the message about a text that is meant as a list: of pieces, or of what a pattern with braces matches.
func (t *suspectText) listAdvice(pieces []string, braces string) string {
	advice := cmp.Or(braces, "["+strings.Join(quoteEach(pieces), ", ")+"]")
	return "this is one " + t.noun + " and no list of " + text.Plural(len(pieces), t.noun) + ": write " + advice
}

func quoteEach(texts []string) []string {
	quoted := make([]string, len(texts))
	for i, s := range texts {
		quoted[i] = strconv.Quote(s)
	}
	return quoted
}

// splitOutside splits a text at separators of lists that are neither escaped nor in brackets.
func splitOutside(s string) (pieces []string) {
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case strings.IndexByte("{[(", c) >= 0:
			depth++
		case strings.IndexByte("}])", c) >= 0:
			depth--
		case depth == 0:
			if at := separator().FindStringIndex(s[i:min(i+3, len(s))]); at != nil && at[0] == 0 {
				pieces = append(pieces, s[from:i])
				from = i + at[1]
			}
		}
	}
	return append(pieces, s[from:])
}

var backslash = expression(`\\[A-Za-z0-9_\x{80}-\x{10FFFF}]|^[A-Za-z0-9_][^/]*[A-Za-z0-9_]\\[*?]+(\.|\\|$)`)

func (t *suspectText) hasBackslash() string {
	text := t.text
	switch {
	case t.noun == "target":
		if !strings.Contains(text, `\`) {
			return ""
		}
	case !t.is("pattern", "prefix", "source") || !backslash().MatchString(strings.ReplaceAll(text, `\\`, "")):
		return ""
	}
	return `\ does not separate folders` + write(strings.ReplaceAll(text, `\`, "/"))
}

var dollar = expression(`(^|[^~])\$\{[A-Za-z_]`)

func (t *suspectText) isShell() string {
	if !t.is("pattern", "target") || !dollar().MatchString(t.text) {
		return ""
	}
	return "$ before { is a character of its own" + write(strings.ReplaceAll(t.text, "${", "{"))
}

var (
	strftime = expression(`%[YmdHMSyjFT]`)
	clock    = strings.NewReplacer("%Y", "{year}", "%m", "{mon}", "%d", "{day}", "%H", "{hour}", "%M", "{min}", "%S", "{sec}",
		"%F", "{year}-{mon}-{day}")
	doubled = expression(`\{\{ *([A-Za-z_][A-Za-z0-9_]*) *\}\}`)
)

// isTemplate is about the variables of other languages of templates.
func (t *suspectText) isTemplate() string {
	if t.noun != "target" {
		return ""
	}
	if strings.Contains(t.text, "%Y") || len(strftime().FindAllString(t.text, 2)) > 1 {
		return "% begins no variable here" + write(clock.Replace(t.text))
	}
	for _, found := range doubled().FindAllStringSubmatch(t.text, -1) {
		if name := found[1]; ruleset.IsVariable(name) || slices.Contains(t.captures, name) {
			return found[0] + " is the text {" + name + "}, in braces" + write(strings.ReplaceAll(t.text, found[0], "{"+name+"}"))
		}
	}
	return ""
}

func (t *suspectText) isDecomposed() string {
	composed := norm.NFC.String(t.text)
	if composed == t.text || t.is("bucket", "type") ||
		slices.ContainsFunc(t.list, func(s rulefile.Scalar) bool { return s.Text == composed }) { // both forms are meant
		return ""
	}
	from := 0
	char, other := "", ""
	for char == other && from < len(t.text) {
		n := norm.NFC.NextBoundaryInString(t.text[from:], true)
		char = t.text[from : from+n]
		other = norm.NFC.String(char)
		from += n
	}
	effect := ", and keys with the other do not match: list both"
	if t.noun == "target" {
		effect = ", and other tools write the other" + write(composed)
	}
	return "the " + t.noun + " has " + strconv.QuoteToASCII(char) + ", which looks like " + strconv.QuoteToASCII(other) +
		" (" + other + " in Unicode form NFC)" + effect
}
