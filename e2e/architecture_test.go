package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// These tests compare the module with ARCHITECTURE.md: which package may import which, how large packages may be, and
// whether everything that the page names exists.

// goPackage is one package of the module, without its tests.
type goPackage struct {
	ImportPath, Dir  string
	GoFiles, Imports []string
}

// name returns the package's folder, as ARCHITECTURE.md writes it: cmd/onput, or main.go for the function.
func (p *goPackage) name() string { return folderOf(p.ImportPath) }

func folderOf(importPath string) string {
	if importPath == "onput" {
		return "main.go"
	}
	return strings.TrimPrefix(importPath, "onput/")
}

// ownImports returns the folders of the module's packages that p imports.
func (p *goPackage) ownImports() []string {
	var own []string
	for _, i := range p.Imports {
		if i == "onput" || strings.HasPrefix(i, "onput/") {
			own = append(own, folderOf(i))
		}
	}
	return own
}

// modulePackages returns the module's packages by name, as built for Function Compute.
func modulePackages(t *testing.T) map[string]*goPackage {
	t.Helper()
	packages, err := listPackages()
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

var listPackages = sync.OnceValues(func() (map[string]*goPackage, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	packages := map[string]*goPackage{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return packages, nil
		case err != nil:
			return nil, err
		}
		packages[p.name()] = &p
	}
})

// importRow is a row of the table of packages.
type importRow struct {
	name string
	any  bool     // it may import every package below
	may  []string // else these
}

// anyMayImport lists the packages that every other one may import, without being named in its row.
var anyMayImport = []string{"internal/text", "internal/clock", "internal/safejson"}

var inBackticks = regexp.MustCompile("`([^`\n]+)`")

// importTable returns the rows of the table "package | holds | may import", from the top.
func importTable(t *testing.T) []importRow {
	t.Helper()
	_, table, ok := strings.Cut(readPage(t, "ARCHITECTURE.md"), "\n| package | holds | may import |\n|---|---|---|\n")
	if !ok {
		t.Fatal("ARCHITECTURE.md has no table with the columns package, holds, may import")
	}
	var rows []importRow
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 {
			break
		}
		row := importRow{name: strings.Trim(cells[1], " `")}
		switch may := strings.TrimSpace(cells[3]); may {
		case "nothing":
		case "any":
			row.any = true
		default:
			for _, m := range inBackticks.FindAllStringSubmatch(may, -1) {
				row.may = append(row.may, m[1])
			}
			if row.may == nil {
				t.Errorf("%s may import %q: write any, nothing, or packages in backticks", row.name, may)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func readPage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestArchitectureImports(t *testing.T) {
	packages := modulePackages(t)
	rows := importTable(t)
	var names []string
	for _, r := range rows {
		names = append(names, r.name)
	}
	for name := range packages {
		if !slices.Contains(names, name) {
			t.Errorf("ARCHITECTURE.md does not list %s: add a row that says what it holds and may import", name)
		}
	}
	for i, r := range rows {
		p, below := packages[r.name], names[i+1:]
		if p == nil || slices.Contains(below, r.name) {
			t.Errorf("ARCHITECTURE.md lists %s, which is no package, or is listed twice: remove the row", r.name)
			continue
		}
		for _, name := range r.may {
			if !slices.Contains(below, name) {
				t.Errorf("ARCHITECTURE.md lets %s import %s, which is not below it: imports go down the table", r.name, name)
			}
		}
		for _, name := range p.ownImports() {
			switch {
			case isTestSupport(name):
				t.Errorf("%s imports %s: only tests may", r.name, name)
			case slices.Contains(anyMayImport, name) && !slices.Contains(anyMayImport, r.name):
			case !slices.Contains(r.may, name) && !(r.any && slices.Contains(below, name)):
				t.Errorf("%s imports %s, which ARCHITECTURE.md does not allow", r.name, name)
			}
		}
	}
}

// isTestSupport reports whether a package helps tests only: eventtest, osstest, globtest.
func isTestSupport(name string) bool { return strings.HasSuffix(name, "test") }

// The function links its own packages only, none of the command, the local cloud, the benchmarks or test support.
func TestArchitectureFunctionBinary(t *testing.T) {
	packages := modulePackages(t)
	linked := map[string]bool{}
	var link func(name string)
	link = func(name string) {
		if linked[name] || packages[name] == nil {
			return
		}
		linked[name] = true
		for _, i := range packages[name].ownImports() {
			link(i)
		}
	}
	link("main.go")
	if !linked["handler"] || !linked["process"] {
		t.Fatalf("the function does not link handler and process: %v", linked)
	}
	notLinked := []string{"cmd", "bench", "e2e", "docs", "internal/localcloud", "internal/localimages", "internal/chaos", "internal/workload",
		"internal/build", "internal/dist", "internal/imageprocess", "internal/account", "internal/rampolicy", "internal/serverlessdevs", "internal/triggers", "internal/eventpattern"}
	for name := range linked {
		if isTestSupport(name) || slices.ContainsFunc(notLinked, func(no string) bool { return name == no || strings.HasPrefix(name, no+"/") }) {
			t.Errorf("the function links %s", name)
		}
	}
}

// The function links no library for pictures: OSS processes them.
func TestArchitectureFunctionLinksNoImages(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "..").Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := strings.Fields(string(out))
	if !slices.Contains(linked, "onput/handler") {
		t.Fatalf("the function does not link handler: %v", linked)
	}
	for _, name := range linked {
		if regexp.MustCompile(`^image(/|$)|^golang\.org/x/image/|imaging|webp|avif`).MatchString(name) {
			t.Errorf("the function links %s", name)
		}
	}
}

// gjson recurses for each level of nesting while it validates, so only internal/safejson calls it.
func TestArchitectureJSON(t *testing.T) {
	valid := regexp.MustCompile(`gjson\.Valid(Bytes)?\b`)
	for name, p := range modulePackages(t) {
		for _, file := range p.GoFiles {
			src, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if calls := valid.Find(src); (calls != nil) != (name == "internal/safejson") && (calls != nil || file == "safejson.go") {
				t.Errorf("%s/%s: found %q; only internal/safejson validates with gjson", name, file, calls)
			}
		}
	}
}

// Limits of a package's size, in lines of code without tests.
const (
	maxPackageLines = 4600
	maxRulesLines   = 2500
)

func TestArchitecturePackages(t *testing.T) {
	if files, err := filepath.Glob("../*.go"); err != nil || len(files) != 1 || files[0] != "../main.go" {
		t.Errorf("the root holds %v, %v; want main.go alone", files, err)
	}
	for name, p := range modulePackages(t) {
		switch path.Base(name) {
		case "util", "utils", "common", "helper", "helpers", "misc", "lib":
			t.Errorf("%s: name the package after what it holds", name)
		}
		limit := maxPackageLines
		if name == "rules" {
			limit = maxRulesLines
		}
		lines := 0
		for _, file := range p.GoFiles {
			src, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			lines += bytes.Count(src, []byte("\n"))
		}
		if lines > limit {
			t.Errorf("%s has %d lines without tests, at most %d are allowed: split it", name, lines, limit)
		}
	}
}

// Pages for contributors name files and folders from the root on, in backticks.
func TestArchitecturePaths(t *testing.T) {
	isPath := regexp.MustCompile(`^[\w.*-]+(/[\w.*-]*)+$|^[\w.*-]+\.(go|md|yaml|mod)$|^Makefile$`)
	for _, page := range []string{"ARCHITECTURE.md", "CONTRIBUTING.md"} {
		found := 0
		for _, m := range inBackticks.FindAllStringSubmatch(readPage(t, page), -1) {
			if !isPath.MatchString(m[1]) {
				continue
			}
			found++
			if files, err := filepath.Glob(filepath.Join("..", m[1])); err != nil || len(files) == 0 {
				t.Errorf("%s names %s, which does not exist", page, m[1])
			}
		}
		if found == 0 {
			t.Errorf("%s names no files: does the test still find them?", page)
		}
	}
}

// ARCHITECTURE.md names exported identifiers, such as rules.Set.Match.
func TestArchitectureIdentifiers(t *testing.T) {
	declared := map[string]bool{} // "rules.Set", "rules.Set.Match"
	bases := map[string]bool{}
	for name, p := range modulePackages(t) {
		base := path.Base(name)
		bases[base] = true
		for _, file := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				for _, id := range declaredNames(d) {
					declared[base+"."+id] = true
				}
			}
		}
	}
	found := 0
	identifier := regexp.MustCompile(`\b([a-z]\w*)\.[A-Z]\w*(\.[A-Z]\w*)?`)
	for _, m := range identifier.FindAllStringSubmatch(readPage(t, "ARCHITECTURE.md"), -1) {
		if !bases[m[1]] {
			continue
		}
		if found++; !declared[m[0]] {
			t.Errorf("ARCHITECTURE.md names %s, which does not exist", m[0])
		}
	}
	if found == 0 {
		t.Error("ARCHITECTURE.md names no identifiers: does the test still find them?")
	}
}

// declaredNames returns the names that a declaration adds to its package: Name, and Type.Method.
func declaredNames(d ast.Decl) []string {
	var names []string
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		receiver := d.Recv.List[0].Type
		if star, ok := receiver.(*ast.StarExpr); ok {
			receiver = star.X
		}
		if id, ok := receiver.(*ast.Ident); ok {
			return []string{id.Name + "." + d.Name.Name}
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, id := range s.Names {
					names = append(names, id.Name)
				}
			}
		}
	}
	return names
}
