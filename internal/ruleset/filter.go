package ruleset

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"onput/internal/text"
)

// Filter changes the value of a variable, as in {barename|slug}.
type Filter uint8

const (
	Lower Filter = iota // letters in lower case
	Upper               // letters in upper case
	Slug                // letters and digits in lower case, joined by hyphens
	Hash                // the first hexadecimal digits of the SHA-256
)

// FilterNames are the names of filters, by their numbers.
var FilterNames = []string{"lower", "upper", "slug", "hash"}

// HashLength is the number of digits that hash gives.
const HashLength = 16

// Apply returns the filtered value. Lower and upper change letters alone, so bytes that are no characters stay.
func (f Filter) Apply(value string) string {
	switch f {
	case Lower:
		return mapLetters(value, unicode.ToLower)
	case Upper:
		return mapLetters(value, unicode.ToUpper)
	case Slug:
		return slug(value)
	}
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:])[:HashLength]
}

// mapLetters is like strings.Map, but keeps bytes that are not valid UTF-8.
func mapLetters(s string, mapped func(rune) rune) string {
	if utf8.ValidString(s) {
		return strings.Map(mapped, s)
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			b.WriteByte(s[i])
		} else {
			b.WriteRune(mapped(r))
		}
		i += size
	}
	return b.String()
}

// slug returns a text for addresses: letters and digits in lower case, and a hyphen for each run of anything else within a
// segment. Letters keep marks that do not combine with them into one character, because many scripts need these. Slashes stay,
// except next to a segment of which nothing is left. Texts that look the same have one slug, in Unicode's form NFC.
func slug(s string) string {
	var kept []string
	for segment := range strings.SplitSeq(s, "/") {
		if words := slugWords(segment); len(words) > 0 || segment == "" {
			kept = append(kept, strings.Join(words, "-"))
		}
	}
	slug := strings.Join(kept, "/")
	if !strings.HasPrefix(s, "/") {
		slug = strings.TrimLeft(slug, "/")
	}
	if !strings.HasSuffix(s, "/") {
		slug = strings.TrimRight(slug, "/")
	}
	return slug
}

// slugWords returns the runs of letters and digits in a segment, in lower case.
func slugWords(segment string) []string {
	lower := norm.NFC.String(segment)
	for range 3 { // a mark may combine with the lower-case letter alone
		lower = norm.NFC.String(strings.Map(unicode.ToLower, lower))
	}
	var words []string
	for word := range strings.FieldsFuncSeq(lower, isSeparator) {
		if word = strings.TrimLeftFunc(word, unicode.IsMark); word != "" {
			words = append(words, word)
		}
	}
	return words
}

func isSeparator(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.Nd) }

// FilteredVariable is a variable with filters, which apply from left to right.
type FilteredVariable struct {
	Part
	Filters []Filter
}

// apply returns what the filters make of a value.
func (v *FilteredVariable) apply(value string) string {
	for _, f := range v.Filters {
		value = f.Apply(value)
	}
	return value
}

// lookupFilters returns the filters that a template names, or an error message for the first that does not exist.
func lookupFilters(names []string) ([]Filter, string) {
	var filters []Filter
	for _, name := range names {
		i := slices.Index(FilterNames, name)
		if i < 0 {
			return nil, unknownFilter(name)
		}
		filters = append(filters, Filter(i))
	}
	return filters, ""
}

// meantFilters are the filters that names of other tools stand for, in lower case.
var meantFilters = sync.OnceValue(func() map[string]Filter {
	return map[string]Filter{
		"lowercase": Lower, "tolower": Lower, "to_lower": Lower, "lcase": Lower, "downcase": Lower, "low": Lower,
		"uppercase": Upper, "toupper": Upper, "to_upper": Upper, "ucase": Upper, "upcase": Upper, "up": Upper,
		"slugify": Slug, "kebab": Slug, "kebabcase": Slug, "urlize": Slug, "clean": Slug, "sanitize": Slug,
		"md5": Hash, "sha1": Hash, "sha256": Hash, "digest": Hash, "checksum": Hash,
	}
})

func unknownFilter(name string) string {
	trimmed := strings.ToLower(strings.Trim(name, " "))
	if meant, ok := meantFilters()[trimmed]; ok {
		return fmt.Sprintf("no filter is called %q; did you mean |%s?", name, FilterNames[meant])
	}
	meant := text.Closest(trimmed, FilterNames)
	if slices.Contains(FilterNames, trimmed) {
		meant = trimmed
	}
	if meant != "" {
		return fmt.Sprintf("no filter is called %q; did you mean |%s?", name, meant)
	}
	return fmt.Sprintf("no filter is called %q; use one of |%s", name, strings.Join(FilterNames, ", |"))
}

var (
	filterCall   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\w+)\(\s*(\w+)\s*\)$`) })
	filterSuffix = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\w+)(?:\s*[:.,]\s*|\s+)(\w+)(?:\(\))?$`) })
)

// meantFiltered returns the variable with a filter that a text in braces stands for in other tools, such as {lower(barename)}
// or {barename:lower}; "" if there is none.
func (in Scope) meantFiltered(text string) string {
	var variable, filter string
	if m := filterCall().FindStringSubmatch(text); m != nil {
		filter, variable = m[1], m[2]
	} else if m := filterSuffix().FindStringSubmatch(text); m != nil {
		variable, filter = m[1], m[2]
	}
	meant, ok := meantFilters()[strings.ToLower(filter)]
	if i := slices.Index(FilterNames, strings.ToLower(filter)); i >= 0 {
		meant, ok = Filter(i), true
	}
	if kind, wrong := in.lookup(variable); !ok || wrong != "" || kind == OSSPart {
		return ""
	}
	return "{" + variable + "|" + FilterNames[meant] + "}"
}
