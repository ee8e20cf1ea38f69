// Package docs tests the documents: translations, links, and the drawing of the README.
package docs

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "draw the life of an upload, and copy code blocks to the Chinese pages")

// TestChinesePages compares each Chinese page with the English one, whose commands, outputs and rule files other tests run.
// Code blocks and the figures of bench must be equal, in the same order. Tables must have the same rows, and the prose between
// them must contain the same code, figures and links, in any order.
func TestChinesePages(t *testing.T) {
	for _, chinese := range documents(t, ".zh-CN.md") {
		english := inEnglish.Replace(chinese)
		t.Run(english, func(t *testing.T) {
			of, to := read(t, english), read(t, chinese)
			if *update {
				to = withFencesOf(t, to, of)
				if err := os.WriteFile(chinese, []byte(to), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(outline(of), outline(strings.ReplaceAll(to, goProxy, ""))); diff != "" {
				t.Errorf("the outlines differ (-%s +%s):\n%s", english, chinese, diff)
			}
			linksTo(t, english, of, chinese)
			linksTo(t, chinese, to, english)
			for _, fault := range typography(to) {
				t.Errorf("%s: %s", chinese, fault)
			}
		})
	}
}

// goProxy is needed where Go's own module proxy cannot be reached, and only the Chinese pages mention it.
const goProxy = "`GOPROXY=https://goproxy.cn,direct`"

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// linksTo reports a page that does not link to the other at its top.
func linksTo(t *testing.T, name, page, other string) {
	t.Helper()
	head, _, _ := strings.Cut(page, "\n## ")
	if to := "](" + filepath.Base(other) + ")"; !strings.Contains(head, to) {
		t.Errorf("%s: no link to the other page at the top: %s", name, to)
	}
}

// TestLinks follows the links between documents, to files and to headings.
func TestLinks(t *testing.T) {
	for _, file := range documents(t, ".md") {
		checkLinks(t, file, read(t, file))
	}
}

// documents returns the pages of the source tree whose names end in suffix.
func documents(t *testing.T, suffix string) []string {
	t.Helper()
	var files []string
	for _, dir := range []string{".", "..", "../rules", "../examples", "../examples/*"} {
		found, err := filepath.Glob(dir + "/*" + suffix)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 10 {
		t.Fatalf("only %d documents found", len(files))
	}
	return files
}

// checkLinks reports links of a page to files or headings that do not exist.
func checkLinks(t *testing.T, name, page string) {
	t.Helper()
	for _, m := range link.FindAllStringSubmatch(verbatim.ReplaceAllString(page, ""), -1) {
		if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "../../") {
			continue // not in the source tree
		}
		file, anchor, _ := strings.Cut(m[1], "#")
		to := page
		if file != "" {
			text, err := os.ReadFile(filepath.Join(filepath.Dir(name), filepath.FromSlash(file)))
			if err != nil {
				t.Errorf("%s: a link to nothing: %v", name, err)
			}
			to = string(text)
		}
		if anchor != "" && !slices.Contains(anchors(to), anchor) {
			t.Errorf("%s: the page has no heading for the link %s", name, m[1])
		}
	}
}

// anchors returns the names by which links refer to the headings of a page.
func anchors(page string) []string {
	var all []string
	for line := range strings.Lines(verbatim.ReplaceAllString(page, "")) {
		if heading.MatchString(line) {
			name := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#")))
			all = append(all, strings.ReplaceAll(notInAnchors.ReplaceAllString(name, ""), " ", "-"))
		}
	}
	return all
}

var (
	// verbatim is what no translation touches: fences, and the section that bench writes.
	verbatim = regexp.MustCompile("(?ms)^(?: *```.*?^ *```|<!-- bench -->.*?^<!-- /bench -->)\n")
	heading  = regexp.MustCompile(`^#+ `)

	item         = regexp.MustCompile(`^(?:-|[0-9]+\.) `)
	notInAnchors = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)

	code   = regexp.MustCompile("``.+?``|`[^`]+`")
	link   = regexp.MustCompile(`\]\(([^)]*)\)`)
	figure = regexp.MustCompile(`\b[0-9]+(?:[.,][0-9]+)*`)

	// inEnglish turns a link of a Chinese page into that of the English one.
	inEnglish = strings.NewReplacer(".zh-CN.md", ".md", "https://help.aliyun.com/zh/", "https://help.aliyun.com/en/",
		"https://www.alibabacloud.com/help/en/", "https://help.aliyun.com/en/")
)

// withFencesOf returns the page with the verbatim parts of another, of which it must have as many.
func withFencesOf(t *testing.T, page, other string) string {
	t.Helper()
	prose, parts := verbatim.Split(page, -1), verbatim.FindAllString(other, -1)
	if len(prose) != len(parts)+1 {
		t.Fatalf("%d fences in Chinese, %d in English: give both the same", len(prose)-1, len(parts))
	}
	var b strings.Builder
	for i, part := range parts {
		b.WriteString(prose[i] + part)
	}
	return b.String() + prose[len(parts)]
}

// outline returns what a page and its translation have in common, line by line.
func outline(page string) []string {
	var out []string
	parts := verbatim.FindAllString(page, -1)
	for i, prose := range verbatim.Split(page, -1) {
		text := "" // since the last heading, apart from tables
		for line := range strings.Lines(prose) {
			switch {
			case heading.MatchString(line):
				out = append(out, named(text)...)
				text = ""
				out = append(out, headingOf(line))
			case strings.HasPrefix(line, "|"):
				for i, cell := range cells(line) {
					out = append(out, fmt.Sprintf("cell %d", i))
					out = append(out, named(cell)...)
				}
			default:
				text += line
				if strings.HasPrefix(line, "- ") {
					text += "`-`" // an item of a list
				}
			}
		}
		out = append(out, named(text)...)
		if i < len(parts) {
			out = append(out, strings.Split(parts[i], "\n")...)
		}
	}
	return out
}

// headingOf returns a heading without its words, with them where they are one in Latin letters: a code of onput check.
func headingOf(line string) string {
	marks, text, _ := strings.Cut(strings.TrimSpace(line), " ")
	if !regexp.MustCompile(`^[a-z-]+$`).MatchString(text) {
		text = "…"
	}
	return marks + " " + text
}

// cells splits the row of a table. A | in code is none between cells.
func cells(row string) []string {
	const bar = "\x00"
	row = code.ReplaceAllStringFunc(strings.TrimSpace(row), func(s string) string { return strings.ReplaceAll(s, "|", bar) })
	split := strings.Split(strings.Trim(row, "|"), "|")
	for i := range split {
		split[i] = strings.TrimSpace(strings.ReplaceAll(split[i], bar, "|"))
	}
	return split
}

// named returns the code, the links and the figures in prose, each sorted and once: a translation has an order of its own.
func named(text string) []string {
	items := strings.Count(text, "`-`")
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, "`-`", "")), " ")
	var out []string
	for _, s := range code.FindAllString(text, -1) {
		out = append(out, "code "+s)
	}
	text = code.ReplaceAllString(text, "")
	for _, m := range link.FindAllStringSubmatch(text, -1) {
		to, _, _ := strings.Cut(m[1], "#") // anchors are the page's headings, in its language
		out = append(out, "link "+inEnglish.Replace(to))
	}
	for _, s := range figure.FindAllString(link.ReplaceAllString(text, "]"), -1) {
		out = append(out, "figure "+s)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	if items > 0 {
		out = append(out, fmt.Sprintf("%d items", items))
	}
	return out
}

// What Chinese typography asks for: https://www.w3.org/TR/clreq/
var typographical = []struct {
	fault *regexp.Regexp
	what  string
}{
	{regexp.MustCompile(`\p{Han}[A-Za-z0-9]|[A-Za-z0-9%]\p{Han}`), "a space is missing between Chinese and Latin"},
	{regexp.MustCompile(`\p{Han} ?[,;:!?()]|[,;:!?()] ?\p{Han}`), "punctuation in Chinese is full-width"},
	{regexp.MustCompile(`[，。；：、（）] | [，。；：、（）]`), "full-width punctuation has no space next to it"},
	{regexp.MustCompile(`\p{Han} \p{Han}`), "no space between Chinese characters"},
}

// typography returns what is wrong in how the page sets Chinese.
func typography(page string) []string {
	var faults []string
	for _, prose := range verbatim.Split(page, -1) {
		previous := ""
		for line := range strings.Lines(prose) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "<") {
				continue // HTML
			}
			texts := []string{line}
			if strings.HasPrefix(line, "|") {
				texts = cells(line)
			} else if previous != "" && line != "" && !item.MatchString(line) {
				faults = append(faults, fmt.Sprintf("a paragraph is one line, because a line break shows as a space: %s", line))
			}
			if previous = line; heading.MatchString(line) {
				previous = ""
			}
			for _, text := range texts {
				text = link.ReplaceAllString(code.ReplaceAllString(text, "C"), "")
				text = strings.NewReplacer("![", "", "[", "", "**", "").Replace(text)
				for _, rule := range typographical {
					if found := rule.fault.FindString(text); found != "" {
						faults = append(faults, fmt.Sprintf("%s, %q: %s", rule.what, found, text))
					}
				}
			}
		}
	}
	return faults
}

// TestREADMELength bounds the length of the first page.
func TestREADMELength(t *testing.T) {
	for _, file := range []string{"../README.md", "../README.zh-CN.md"} {
		if n := strings.Count(read(t, file), "\n"); n > 170 {
			t.Errorf("%s has %d lines, more than 170: move text to docs", file, n)
		}
	}
}
