package rules

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onput/internal/text"
)

const checksPage = "../docs/checks.md"

// withoutExample are codes that a rule file of the page's size cannot show. Some have commands on the page, which
// TestPages of cmd/onput runs.
var withoutExample = []string{"too-large", "sources-differ", "trigger", "event-pattern", "memory"}

// TestChecksPage runs the examples of docs/checks.md. A block ```yaml is a rule file; the block ```text after it is the
// output of onput check, which must contain the code of the section's heading. With -update the outputs are rewritten.
func TestChecksPage(t *testing.T) {
	page, err := os.ReadFile(checksPage)
	if err != nil {
		t.Fatal(err)
	}
	var out, file strings.Builder
	code, block, said, examples := "", "", "", map[string]int{}
	for line := range strings.Lines(string(page)) {
		text := strings.TrimRight(line, "\n")
		info, fence := strings.CutPrefix(text, "```")
		switch {
		case fence && block == "":
			block = info
			out.WriteString(line)
			if block == "text" {
				if said == "" {
					t.Errorf("%s: an output without a file", code)
				}
				out.WriteString(said)
				said = ""
			}
			file.Reset()
			continue
		case fence && block == "yaml":
			if said != "" {
				t.Errorf("%s: a file without an output", code)
			}
			said = saidOf(file.String())
			if examples[code]++; !strings.Contains(said, "["+code+"]\n") {
				t.Errorf("the example of %s is not one:\n%s", code, said)
			}
		case block == "yaml":
			file.WriteString(line)
		case block == "text" && !fence:
			continue // the output of an older version
		case strings.HasPrefix(text, "### "):
			code = strings.TrimPrefix(text, "### ")
		}
		if fence {
			block = ""
		}
		out.WriteString(line)
	}
	for _, code := range headings(string(page)) {
		if examples[code] == 0 && !slices.Contains(withoutExample, code) {
			t.Errorf("%s has no example", code)
		}
	}
	if *update {
		if err := os.WriteFile(checksPage, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(page), out.String()); diff != "" {
		t.Errorf("%s (-page +what came out):\n%s", checksPage, diff)
	}
}

// saidOf returns the output of onput check for a rule file.
func saidOf(src string) string {
	s, err := Parse("rules.yaml", []byte(src))
	var found Diagnostics
	if !errors.As(err, &found) {
		found = s.Warnings()
	}
	if len(found) == 0 {
		return ""
	}
	return found.Error() + "\n"
}

// exampleFiles returns the examples of the page, by the code of the section.
func exampleFiles(t *testing.T) map[string]string {
	page, err := os.ReadFile(checksPage)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, section := range strings.Split(string(page), "\n### ")[1:] {
		code, text, _ := strings.Cut(section, "\n")
		if _, text, ok := strings.Cut(text, "```yaml\n"); ok {
			files[code], _, _ = strings.Cut(text, "```")
		}
	}
	return files
}

func headings(page string) []string {
	var codes []string
	for _, m := range regexp.MustCompile(`(?m)^### (.+)$`).FindAllStringSubmatch(page, -1) {
		codes = append(codes, m[1])
	}
	return codes
}

// TestChecksPageIsComplete compares the page's headings and its table of contents with the codes in the sources.
func TestChecksPageIsComplete(t *testing.T) {
	page, err := os.ReadFile(checksPage)
	if err != nil {
		t.Fatal(err)
	}
	described := headings(string(page))
	inSources := codesIn(t, ".", "../internal/compile", "../process", "../internal/rulefile", "../internal/ruleset", "../internal/loopcheck", "../internal/lint")
	maps.Copy(inSources, codesIn(t, "../cmd/onput", "../internal/triggers"))
	for code := range inSources {
		if !slices.Contains(described, code) {
			t.Errorf("%s has no section for %s", checksPage, code)
		}
	}
	if diff := cmp.Diff(WarningCodes(), listedWarnings(string(page))); diff != "" {
		t.Errorf("%s, in the contents, has other codes of warnings (-sources +page):\n%s", checksPage, diff)
	}
	for _, code := range described {
		if !inSources[code] {
			t.Errorf("%s has a section for %s, which no source uses", checksPage, code)
		}
		if !strings.Contains(string(page), fmt.Sprintf("[%s](#%[1]s)", code)) {
			t.Errorf("%s does not list %s in its table of contents", checksPage, code)
		}
	}
	if len(inSources) < 40 {
		t.Errorf("only %d codes found in the sources", len(inSources))
	}
}

// listedWarnings returns the codes that the page's table of contents lists as warnings, or errors that may be some.
func listedWarnings(page string) []string {
	_, list, _ := strings.Cut(page, "**Errors, or warnings")
	list, _, _ = strings.Cut(list, "Time of `onput check`")
	var codes []string
	for _, m := range regexp.MustCompile(`\[([a-z-]+)\]\(#`).FindAllStringSubmatch(list, -1) {
		codes = append(codes, m[1])
	}
	slices.Sort(codes)
	return codes
}

// codesIn returns the codes that packages report: arguments for parameters named code, and values of fields of that name.
func codesIn(t *testing.T, dirs ...string) map[string]bool {
	var files []string
	for _, dir := range dirs {
		found, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || found == nil {
			t.Fatal(dir, err)
		}
		files = append(files, found...)
	}
	var parsed []*ast.File
	at := map[string]int{} // by the name of a function
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok {
				i := 0
				for _, field := range fn.Type.Params.List {
					for _, name := range field.Names {
						if name.Name == "code" {
							at[fn.Name.Name] = i
						}
						i++
					}
				}
			}
		}
	}
	codes := map[string]bool{}
	add := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if code, err := strconv.Unquote(lit.Value); err == nil && code != "" {
				codes[code] = true
			}
		}
	}
	for _, f := range parsed {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				var name string
				switch fn := n.Fun.(type) {
				case *ast.Ident:
					name = fn.Name
				case *ast.SelectorExpr:
					name = fn.Sel.Name
				}
				if i, ok := at[name]; ok && i < len(n.Args) {
					add(n.Args[i])
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Code" || key.Name == "code") {
					add(n.Value)
				}
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					if name, ok := left.(*ast.Ident); ok && name.Name == "code" && i < len(n.Rhs) {
						add(n.Rhs[i])
					}
				}
			}
			return true
		})
	}
	return codes
}

// TestManyErrors checks that a file with any number of errors has a short text: one mistake is one message, and what is
// beyond 16 KB is counted.
func TestManyErrors(t *testing.T) {
	const more = "more; fix these and run again, or list all with onput check --json"
	for name, tt := range map[string]struct {
		rule, first, last string // NUMBER in rule is that of the rule
		errors            int
	}{
		"one variable": {"  - {name: rNUMBER, match: '*.docx', process: 'doc/convert,target_pdf', target: {bucket: \"${env('NO_SUCH_VARIABLE')}\", key: a}}\n",
			"rules.yaml:3:88: error: the environment variable NO_SUCH_VARIABLE is not set: set it, or give a default: ${env('NO_SUCH_VARIABLE','…')} (and 299 more places) [env]\n", "", 1},
		"one field each": {"  - {name: rNUMBER, match: a, proces: b}\n", "rules.yaml:3:28: error: a rule has no field", more, 300},
		"long values": {"  - {name: rNUMBER, match: a, process: b, target: c, \"" + strings.Repeat(`\u202e`, 800) + "\": x}\n",
			"rules.yaml:3:37: error: invalid operation \"b\"", more, 600},
	} {
		src := "version: 1\nrules:\n"
		for i := range 300 {
			src += strings.ReplaceAll(tt.rule, "NUMBER", strconv.Itoa(100+i))
		}
		_, err := Load("rules.yaml", []byte(src), Options{})
		var found Diagnostics
		if !errors.As(err, &found) || len(found) != tt.errors {
			t.Fatalf("%s: %d errors, want %d", name, len(found), tt.errors)
		}
		message := err.Error()
		if len(message) > text.MaxError || !strings.HasPrefix(message, tt.first) || !strings.HasSuffix(message, tt.last) {
			t.Errorf("%s: %d bytes: %.300s", name, len(message), message)
		}
		var left int
		fmt.Sscanf(message[strings.LastIndexByte(message, '\n')+1:], "and %d more;", &left)
		if listed := strings.Count("\n"+message, "\nrules.yaml:"); listed+left != len(found) {
			t.Errorf("%s: %d listed, %d counted, %d found", name, listed, left, len(found))
		}
	}
}
