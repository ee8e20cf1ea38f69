package rulefile

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"
)

// The tests write values as YAML in every style and record where each character is written; findValue must return the same.

// page is a file under construction, with the position of each character.
type page struct {
	strings.Builder
	ends string // line break
	at   []int  // where each byte of the value was written
}

// char writes the notation of one character of the value.
func (p *page) char(r rune, written string) {
	for range utf8.RuneLen(r) {
		p.at = append(p.at, p.Len())
	}
	p.WriteString(written)
}

func (p *page) newline(indent string) {
	p.WriteString(p.ends)
	p.WriteString(indent)
}

var letters = rapid.SampledFrom([]rune("ab*{}/.文档🎬é\u0301#'\"\\:,[]"))

// words draws a list of words that any style can write.
func words(t *rapid.T) []string {
	return rapid.SliceOfN(rapid.StringOfN(letters, 1, 4, -1), 1, 4).Draw(t, "words")
}

// writers write a value after "k: " and return it.
var writers = map[string]func(t *rapid.T, p *page) string{
	"double": func(t *rapid.T, p *page) string {
		value := rapid.StringOfN(rapid.OneOf(letters, rapid.SampledFrom([]rune("\n\t\x00\u0085 \u2028\u00a0\x7f"))), 0, 12, -1).Draw(t, "value")
		p.WriteByte('"')
		for i, r := range value {
			forms := []string{fmt.Sprintf(`\U%08x`, r)}
			if r < 0x10000 {
				forms = append(forms, fmt.Sprintf(`\u%04X`, r))
			}
			if r < 0x100 {
				forms = append(forms, fmt.Sprintf(`\x%02x`, r))
			}
			switch {
			case strings.ContainsRune("\"\\", r):
				forms = append(forms, `\`+string(r))
			case r == '\n':
				forms = append(forms, `\n`)
			case r == '\t':
				forms = append(forms, `\t`)
			case r == 0x85:
				forms = append(forms, `\N`)
			case r == 0x2028:
				forms = append(forms, `\L`)
			case r == ' ' && i > 0 && i < len(value)-1:
				forms = append(forms, `\ `)
			case r > ' ' && r != 0x7f:
				forms = append(forms, string(r), string(r), string(r))
			}
			p.char(r, rapid.SampledFrom(forms).Draw(t, "form"))
			if rapid.IntRange(0, 7).Draw(t, "continue") == 0 {
				p.WriteByte('\\') // an escaped break
				p.newline("     ")
				p.WriteString(rapid.SampledFrom([]string{"", " ", "\t"}).Draw(t, "more"))
			}
		}
		p.WriteByte('"')
		return value
	},
	"single": func(t *rapid.T, p *page) string {
		p.WriteByte('\'')
		value := folded(t, p, words(t), func(r rune) string {
			if r == '\'' {
				return "''"
			}
			return string(r)
		})
		p.WriteByte('\'')
		return value
	},
	"plain": func(t *rapid.T, p *page) string {
		list := words(t)
		for i := range list {
			list[i] = strings.NewReplacer("#", "x", ":", "x", ",", "x", "[", "x", "]", "x", "{", "x", "}", "x").Replace(list[i])
		}
		list[0] = "w" + list[0]
		return folded(t, p, list, func(r rune) string { return string(r) })
	},
	"literal": func(t *rapid.T, p *page) string { return block(t, p, '|') },
	"folded":  func(t *rapid.T, p *page) string { return block(t, p, '>') },
}

// folded writes words with spaces or line breaks between them, as in quoted and plain scalars.
func folded(t *rapid.T, p *page, list []string, form func(rune) string) string {
	value := ""
	for i, w := range list {
		if i > 0 {
			breaks := rapid.IntRange(0, 3).Draw(t, "breaks")
			switch breaks {
			case 0:
				p.char(' ', " ")
				value += " "
			case 1:
				p.WriteString(rapid.SampledFrom([]string{"", " "}).Draw(t, "trailing"))
				p.char(' ', "")
				p.newline("    ")
				value += " "
			default:
				p.newline("")
				for range breaks - 1 {
					p.char('\n', "")
					p.newline(rapid.SampledFrom([]string{"", "  "}).Draw(t, "empty"))
				}
				p.WriteString("    ")
				value += strings.Repeat("\n", breaks-1)
			}
		}
		for _, r := range w {
			p.char(r, form(r))
		}
		value += w
	}
	return value
}

// block writes lines under a header | or >, with an indentation indicator if the first line begins with a space.
func block(t *rapid.T, p *page, style byte) string {
	list := words(t)
	for i := range list {
		list[i] = rapid.SampledFrom([]string{"", "", " ", "  "}).Draw(t, "indent") + list[i]
	}
	chomping := rapid.SampledFrom([]string{"", "-", "+"}).Draw(t, "chomping")
	header := string(style)
	if strings.HasPrefix(list[0], " ") || rapid.Bool().Draw(t, "indicator") {
		header += "2"
	}
	p.WriteString(header + chomping + rapid.SampledFrom([]string{"", " # a comment"}).Draw(t, "comment"))
	p.newline("")
	value := ""
	for i, line := range list {
		for range rapid.IntRange(0, 2).Draw(t, "empty") * min(i, 1) {
			p.char('\n', "")
			p.newline("")
			value += "\n"
		}
		p.WriteString("  ")
		for _, r := range line {
			p.char(r, string(r))
		}
		value += line
		if i < len(list)-1 {
			if style == '>' {
				// The test does not repeat the rules of folding.
				value += "?"
				p.at = append(p.at, -1)
			} else {
				value += "\n"
				p.char('\n', "")
			}
			p.newline("")
		}
	}
	if chomping != "-" {
		value += "\n"
		p.char('\n', "")
	}
	return value
}

func TestPositions(t *testing.T) {
	for style, write := range writers {
		t.Run(style, rapid.MakeCheck(func(t *rapid.T) {
			p := &page{ends: rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "ends")}
			bom := rapid.SampledFrom([]string{"", "\ufeff"}).Draw(t, "bom")
			p.WriteString("# 文" + p.ends + rapid.SampledFrom([]string{"k: ", "k:   ", "🎬: "}).Draw(t, "key"))
			value := write(t, p)
			p.WriteString(p.ends)
			if rapid.Bool().Draw(t, "more") {
				p.WriteString("z: 1" + p.ends)
			}
			var root yaml.Node
			if err := yaml.Load([]byte(bom+p.String()), &root); err != nil {
				t.Fatalf("%q: %v", p.String(), err)
			}
			n := root.Content[0].Content[1]
			d := NewDocument("x", bom+p.String())
			if style == "folded" {
				checkFolded(t, d, n, p)
				return
			}
			if n.Value != value {
				t.Fatalf("%q is %q, and was to be %q", p.String(), n.Value, value)
			}
			for i := range value {
				if utf8.RuneStart(value[i]) {
					checkPosition(t, d, n, i, p.at[i])
				}
			}
		}))
	}
}

// checkFolded compares the positions of the characters that are no white space; folding keeps their order.
func checkFolded(t *rapid.T, d *Document, n *yaml.Node, p *page) {
	var at []int
	for _, offset := range p.at {
		if offset >= 0 && offset < p.Len() {
			if r, _ := utf8.DecodeRuneInString(p.String()[offset:]); !strings.ContainsRune(" \r\n", r) && (len(at) == 0 || at[len(at)-1] != offset) {
				at = append(at, offset)
			}
		}
	}
	for i, r := range n.Value {
		if !strings.ContainsRune(" \n", r) {
			checkPosition(t, d, n, i, at[0])
			at = at[1:]
		}
	}
}

func checkPosition(t *rapid.T, d *Document, n *yaml.Node, i, offset int) {
	line := d.lineOf(offset)
	column := 1 + utf8.RuneCountInString(d.Text[d.lines()[line-1]:offset])
	column = min(column, 1+utf8.RuneCountInString(d.line(line)))
	got, ok := d.findValue(n, i, i+1)
	if !ok || got.line != line || got.column != column && n.Value[i] != ' ' {
		t.Fatalf("%q: byte %d of %q is at %d:%d, said is %d:%d, %v", d.Text, i, n.Value, line, column, got.line, got.column, ok)
	}
}

// FuzzPositions checks for any file that findValue never points at another character.
func FuzzPositions(f *testing.F) {
	for _, s := range []string{
		"a: \"\\u6587x\\\n  y\"\n", "a: 'it''s'\r\n", "a: |2-\n   x\n\n  y\n", "a: >\n x\n  y\n z\n\n\n", "- {a: b, c: [d e]}\n", "\ufeffa: b\n  c\n",
		"a: !!str |\n x\n", "a: \"b\u2028 c\"\n", "a: b\rc: d\r", "a: |+\n \n  x\n \n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		var root yaml.Node
		if len(src) > 500 || !utf8.ValidString(src) || yaml.Load([]byte(src), &root) != nil {
			return
		}
		d := NewDocument("x", src)
		var walk func(n *yaml.Node)
		walk = func(n *yaml.Node) {
			for _, c := range n.Content {
				walk(c)
			}
			d.nodePosition(n)
			for i, r := range n.Value {
				at, ok := d.findValue(n, i, i+utf8.RuneLen(r))
				if !ok {
					return
				}
				if at.line < 1 || at.column < 1 || at.width < 1 {
					t.Fatalf("%q: %+v", src, at)
				}
				_, rest := splitAt(d.line(at.line), at.column)
				shown, _ := utf8.DecodeRuneInString(rest)
				if rest != "" && shown != r && !strings.ContainsRune("\\' \t", shown) && r != ' ' && r != '\n' {
					t.Fatalf("%q: byte %d of %q, %q, is shown at %+v, %q", src, i, n.Value, r, at, rest)
				}
			}
		}
		walk(&root)
	})
}

// TestMark checks that wide characters take two columns, as in a terminal.
func TestMark(t *testing.T) {
	for _, tt := range []struct {
		line          string
		column, width int
		want          string
	}{
		{"a: bcd", 4, 3, "   ^~~"},
		{"文档: bcd", 5, 3, "      ^~~"},
		{"a: 文档x", 4, 3, "   ^~~~~"},
		{"e\u0301: b", 5, 1, "   ^"},
		{"\ta:\tb", 5, 1, "\t  \t^"},
		{"a: b\tc", 4, 3, "   ^"},
		{"ｆ: b", 4, 1, "    ^"},
		{"🎬b", 2, 1, "  ^"},
		{"a:", 3, 1, "  ^"},
		{"", 1, 1, "^"},
	} {
		if got := mark([]rune(tt.line), tt.column-1, tt.width); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestLongLinesAreClipped(t *testing.T) {
	src := `{"version": 1, "rulez": [` + strings.Repeat(" ", 1000) + `], "nonsense": 1, "x": "` + strings.Repeat("文", 1000) + `"}`
	r := &Reporter{Document: NewDocument("long.yaml", src)}
	Parse(r)
	if len(r.Errors) == 0 {
		t.Fatal("no errors")
	}
	for line := range strings.Lines(r.Errors.Error()) {
		if n := utf8.RuneCountInString(line); n > 3*maxShown {
			t.Errorf("a line of %d characters: %s", n, line)
		}
	}
	if !strings.Contains(r.Errors.Error(), `…`) {
		t.Error(r.Errors)
	}
}

// With color, nothing but the severity and the mark differs, and nothing of a file or a message reaches the terminal raw.
func TestColored(t *testing.T) {
	all := Diagnostics{
		{File: "a\x1b[2J.yaml", Line: 1, Column: 3, Width: 2, Message: "no \x1b]0;title\a", Code: "c", SourceLine: "a \x1b[31mb"},
		{File: "b.yaml", Message: "none", Code: "c", Warning: true},
	}
	got := all.Colored()
	if n := strings.Count(got, "\x1b[31m"); n != 2 || !strings.Contains(got, "b.yaml: \x1b[33mwarning\x1b[0m: none [c]") {
		t.Errorf("%q", got)
	}
	plain := strings.NewReplacer("\x1b[31m", "", "\x1b[33m", "", "\x1b[0m", "").Replace(got)
	if plain != all.Error() || strings.ContainsAny(plain, "\x1b\a") {
		t.Errorf("%q, want %q", plain, all.Error())
	}
}
