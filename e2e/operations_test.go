package e2e

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/internal/localcloud"
)

// These tests compare docs/operations.md with a log of the real binary.

// logWorld returns the lines of a log, as JSON, with one upload for each way that an upload can end. The key says which.
// The rules are in OSS.
func logWorld(t *testing.T) []map[string]any {
	const text = `
version: 1
sources: [src]
claims: {bucket: dst}
failures: {permanent: record}
rules:
  - {name: pdf, match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: dst, key: "{barename}.pdf"}, notify: done}
  - {name: marks, match: "*.jpg", process: "image/deblindwatermark,s_low,t_text", notify: done}
  - {name: picture, match: "*.jpeg", process: "image/resize,w_40", target: {bucket: dst, key: "{barename}.jpg"}}
  - {name: canary, mode: log, match: "*.pptx", process: "doc/convert,target_pdf", target: {bucket: dst, key: "{barename}.pdf"}}
`
	w := fcRuntime("go1").newPhotoWorld(t, text, "ONPUT_RULES=oss://dst/rules.yaml")
	if _, err := w.client.PutObject(t.Context(), &oss.PutObjectRequest{
		Bucket: oss.Ptr("dst"), Key: oss.Ptr("rules.yaml"), Body: strings.NewReader(text)}); err != nil {
		t.Fatal(err)
	}
	throttled := false
	var forgetting atomic.Bool // notes of tasks can be neither written nor read
	w.SetFaults(localcloud.Faults{
		Before: func(r localcloud.Request) localcloud.Fault {
			switch {
			case strings.HasPrefix(r.Key, ".onput/tasks/") && forgetting.Load():
				return localcloud.Fault{Status: 403, Code: "AccessDenied", Message: "Said OSS."}
			case r.Operation != "AsyncProcessObject":
			case r.Key == "throttled.docx" && !throttled:
				throttled = true
				return localcloud.Fault{Status: 429, Code: "TooManyRequests", Message: "Said OSS."}
			case r.Key == "doubtful.docx":
				return localcloud.Fault{Drop: true}
			}
			return localcloud.Fault{}
		},
		Task: func(p localcloud.Process) localcloud.TaskResult {
			if p.Source.Key == "broken.docx" {
				return localcloud.TaskResult{Code: "UnsupportedFileFormat", Message: "Said IMM."}
			}
			return localcloud.TaskResult{}
		},
	})
	for _, key := range []string{"fine.docx", "throttled.docx", "broken.docx", "marked.jpg", "twice.docx", "unmatched.zip", "canary.pptx"} {
		w.put(key)
	}
	w.putPhoto("picture.jpeg")
	forgetting.Store(true)
	w.put("forgotten.docx")
	forgetting.Store(false)
	twice := record("twice.docx") // another upload of it, delivered twice
	for _, event := range []string{record("missing.docx"), twice, twice, record("doubtful.docx"), strings.Replace(record("skipped.docx"), `"size":7`, `"size":0`, 1)} {
		w.invoke(`{"events":[` + event + `]}`)
	}
	w.invoke(`{"an event": "of something else"}`)
	w.drain()

	var lines []map[string]any
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, text := range w.log {
		var line map[string]any
		if strings.HasPrefix(text, "{") {
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			lines = append(lines, line)
		}
	}
	return lines
}

var (
	queryBlock = regexp.MustCompile("(?s)```sls ([a-z-]+)\n(.*?)```")
	fieldName  = regexp.MustCompile(`message\.(\w+)`)
)

// Each query of the page finds exactly the lines that it should.
func TestOperationsQueries(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"failed":             {"doubtful.docx", "missing.docx"},
		"failed-invocations": {""},
		"throttled":          {"throttled.docx"},
		"slow":               nil,
		"doubtful":           {"doubtful.docx"},
		"unmatched":          {"unmatched.zip"},
		"skipped":            {"skipped.docx"},
		// Each task when it is submitted and when it is finished, four times if it failed, since that fails the invocation.
		// "" is the finished task of forgotten.docx.
		"never-completed": {"", "broken.docx", "broken.docx", "broken.docx", "broken.docx", "broken.docx", "fine.docx", "fine.docx",
			"forgotten.docx", "marked.jpg", "marked.jpg", "throttled.docx", "throttled.docx", "twice.docx", "twice.docx", "twice.docx", "twice.docx"},
		"failed-later": {"broken.docx", "broken.docx", "broken.docx", "broken.docx"},
		"duplicates":   {"twice.docx"},
		"claims":       {"", "forgotten.docx"},
		"canary":       {"canary.pptx"},
	}
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	log := logWorld(t)
	found := func(query string) []string {
		filter, err := parseSearch(query)
		if err != nil {
			t.Fatalf("%v: %s", err, query)
		}
		var keys []string
		for _, line := range log {
			if filter(line) {
				key, _ := line["key"].(string)
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		return keys
	}
	seen := map[string]bool{}
	for _, m := range queryBlock.FindAllStringSubmatch(string(page), -1) {
		name, query := m[1], m[2]
		seen[name] = true
		search, _, _ := strings.Cut(query, "\n|")
		if diff := cmp.Diff(want[name], found(search)); diff != "" {
			t.Errorf("%s (-want +found):\n%s", name, diff)
		}
		for _, field := range fieldName.FindAllStringSubmatch(query, -1) {
			if !slices.ContainsFunc(log, func(line map[string]any) bool { return line[field[1]] != nil }) {
				t.Errorf("%s asks for %s, which no line has", name, field[1])
			}
		}
		if name == "slow" { // it compares the right number: every submitted task takes more than nothing
			all := found(strings.Replace(search, "> 5000", "> -1", 1))
			if diff := cmp.Diff([]string{"broken.docx", "doubtful.docx", "fine.docx", "forgotten.docx", "marked.jpg", "missing.docx", "picture.jpeg", "throttled.docx", "twice.docx", "twice.docx"}, all); diff != "" {
				t.Errorf("slower than nothing (-want +found):\n%s", diff)
			}
		}
	}
	for name := range want {
		if !seen[name] {
			t.Errorf("the page has no query %s", name)
		}
	}
}

// The table of fields lists exactly the fields of the log.
func TestOperationsFields(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| field | in lines | meaning |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	documented := map[string]bool{}
	for row := range strings.Lines(table) {
		cells := strings.Split(row, "|")
		for _, m := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(cells[1], -1) {
			documented[m[1]] = true
		}
	}
	// Fields that only some lines have, or that nobody searches for.
	rare := []string{"panic", "stack", "time", "output", "uploads", "tasks"}
	has := map[string]bool{}
	for _, line := range logWorld(t) {
		for name := range line {
			has[name] = true
			if !documented[name] && !slices.Contains(rare, name) {
				t.Errorf("the table does not have %s", name)
			}
		}
	}
	for name := range documented {
		if !has[name] && !slices.Contains(rare, name) {
			t.Errorf("the table has %s, and no line", name)
		}
	}
}

// Each text in the table of symptoms is in the code, in the local OSS, or in a golden file.
func TestOperationsSymptoms(t *testing.T) {
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && path != ".." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "docs") {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".out") {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			sources.Write(text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| text | cause | remedy |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := 0
	for row := range strings.Lines(table) {
		if strings.HasPrefix(row, "|---") {
			continue
		}
		rows++
		text, ok := strings.CutPrefix(row, "| `")
		if text, _, _ = strings.Cut(text, "`"); !ok || !strings.Contains(sources.String(), text) {
			t.Errorf("nothing says %q", text)
		}
		if cells := strings.Count(row, "|"); cells != 4 {
			t.Errorf("%d bars in the row of %q, want 4", cells, text)
		}
	}
	if rows < 20 {
		t.Errorf("only %d rows found", rows)
	}
}

// parseSearch parses the part of a query before |, and returns a function that reports whether a line matches.
// It knows the syntax that the page uses: conditions FIELD: WORD, FIELD: "SOME WORDS", FIELD: * and FIELD > NUMBER, with
// and, or, not and parentheses. Words are compared without case, between delimiters; quoted words must all be there.
//
// https://alibabacloud.com/help/doc-detail/29060.htm
func parseSearch(query string) (func(line map[string]any) bool, error) {
	p := searchParser{tokens: regexp.MustCompile(`"[^"]*"|[():>]|[^\s():>]+`).FindAllString(query, -1)}
	filter := p.or()
	if p.err == nil && len(p.tokens) > 0 {
		p.err = fmt.Errorf("%q is left over", p.tokens)
	}
	return filter, p.err
}

type searchParser struct {
	tokens []string
	err    error
}

type filter = func(line map[string]any) bool

// next consumes the next token if it is token, whatever its case.
func (p *searchParser) next(token string) bool {
	if len(p.tokens) == 0 || !strings.EqualFold(p.tokens[0], token) {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

// take consumes and returns the next token.
func (p *searchParser) take() string {
	if len(p.tokens) == 0 {
		p.err = fmt.Errorf("the query breaks off")
		return ""
	}
	token := p.tokens[0]
	p.tokens = p.tokens[1:]
	return token
}

func (p *searchParser) or() filter {
	a := p.and()
	for p.next("or") {
		left, right := a, p.and()
		a = func(l map[string]any) bool { return left(l) || right(l) }
	}
	return a
}

func (p *searchParser) and() filter {
	a := p.not()
	for p.next("and") {
		left, right := a, p.not()
		a = func(l map[string]any) bool { return left(l) && right(l) }
	}
	return a
}

func (p *searchParser) not() filter {
	switch {
	case p.next("not"):
		a := p.not()
		return func(l map[string]any) bool { return !a(l) }
	case p.next("("):
		a := p.or()
		if !p.next(")") && p.err == nil {
			p.err = fmt.Errorf("a parenthesis is not closed")
		}
		return a
	}
	return p.condition()
}

func (p *searchParser) condition() filter {
	name, ok := strings.CutPrefix(p.take(), "message.")
	if !ok && p.err == nil {
		p.err = fmt.Errorf("a condition does not begin with a field of message")
	}
	switch {
	case p.next(">"):
		limit, err := strconv.ParseFloat(p.take(), 64)
		if err != nil && p.err == nil {
			p.err = err
		}
		return func(l map[string]any) bool {
			n, ok := l[name].(float64)
			return ok && n > limit
		}
	case p.next(":"):
		if p.next("*") {
			return func(l map[string]any) bool { return l[name] != nil }
		}
		wanted := searchWords(strings.Trim(p.take(), `"`))
		return func(l map[string]any) bool {
			text, _ := l[name].(string)
			has := searchWords(text)
			return !slices.ContainsFunc(wanted, func(w string) bool { return !slices.Contains(has, w) })
		}
	}
	p.err = fmt.Errorf("%s is followed by neither : nor >", name)
	return nil
}

// searchWords splits a text at the default delimiters of Log Service.
func searchWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(", '\";=()[]{}?@&<>/:\n\t\r", r) })
}
