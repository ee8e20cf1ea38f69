package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite THIRD_PARTY_LICENSES.md")

// root is the root of the project.
const root = "../.."

// module is a module that a program links.
type module struct{ Path, Version, Dir string }

// linkedModules returns the modules that a package links on a system, without the project's own.
func linkedModules(t *testing.T, pkg, goos string) []module {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=Module", pkg)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []module
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Module *struct {
				module
				Main bool
			}
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module != nil && !p.Module.Main && !slices.Contains(all, p.Module.module) {
			all = append(all, p.Module.module)
		}
	}
}

// kinds are the licences that dependencies have, by a part of their text.
var kinds = []struct{ part, name string }{
	{"Apache License\n", "Apache-2.0"},
	{"Mozilla Public License", "MPL-2.0"},
	{"Neither the name of", "BSD-3-Clause"},
	{"Redistributions in binary form must reproduce", "BSD-2-Clause"},
	{"Permission is hereby granted, free of charge", "MIT"},
}

// licenceFile matches the names of files that a copy of a program must come with.
var licenceFile = regexp.MustCompile(`^(?i:licen[sc]e|copying|notice)\b`)

// partLicences are the licences of parts of a module that the programs link, below the module's root.
var partLicences = map[string][]string{
	"github.com/kovidgoyal/imaging": {"apng/LICENSE"},
	"golang.org/x/image":            {"font/gofont/ttfs/README"},
}

// licenceFiles returns the files of a module that hold its licences.
func licenceFiles(t *testing.T, m module) []string {
	t.Helper()
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, e := range entries {
		if licenceFile.MatchString(e.Name()) {
			files = append(files, e.Name())
		}
	}
	return append(files, partLicences[m.Path]...)
}

// THIRD_PARTY_LICENSES.md lists what both programs link on any system, and has the text of each licence.
func TestThirdPartyLicenses(t *testing.T) {
	t.Parallel()
	function := linkedModules(t, ".", "linux")
	all := slices.Clone(function)
	for _, goos := range []string{"linux", "darwin", "windows"} {
		for _, m := range linkedModules(t, "./cmd/onput", goos) {
			if !slices.Contains(all, m) {
				all = append(all, m)
			}
		}
	}
	slices.SortFunc(all, func(a, b module) int { return cmp.Compare(a.Path, b.Path) })
	var table, texts strings.Builder
	var order []string               // texts of licences, as they are first needed
	holders := map[string][]string{} // "module, file" by text
	for _, m := range all {
		var names []string
		for _, file := range licenceFiles(t, m) {
			data, err := os.ReadFile(filepath.Join(m.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			text := strings.TrimSpace(strings.ReplaceAll(string(data), "\r\n", "\n"))
			for _, k := range kinds {
				if strings.Contains(text, k.part) {
					if !slices.Contains(names, k.name) {
						names = append(names, k.name)
					}
					break
				}
			}
			if holders[text] == nil {
				order = append(order, text)
			}
			holders[text] = append(holders[text], m.Path+", "+file)
		}
		if names == nil {
			t.Errorf("%s has no licence that this test knows; may the project use it?", m.Path)
		}
		in := "command"
		if slices.Contains(function, m) {
			in = "function, command"
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", m.Path, m.Version, strings.Join(names, ", "), in)
	}
	for _, text := range order {
		fmt.Fprintf(&texts, "\n## %s\n\n~~~text\n%s\n~~~\n", strings.Join(holders[text], "; "), text)
	}
	want := `# Licences of dependencies

onput is under the [Apache License 2.0](LICENSE). Its programs, the function and the command, link the modules below. Both also
contain parts of Go's standard library, which has the licence of the golang.org/x modules.

This page is made from the modules themselves: ` + "`go test ./internal/dist -run Licenses -update`" + `.

| module | version | licence | linked by |
|---|---|---|---|
` + table.String() + texts.String()

	file := filepath.Join(root, "THIRD_PARTY_LICENSES.md")
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(string(got), want); d != "" {
		t.Errorf("THIRD_PARTY_LICENSES.md (-) is not what the programs link (+); run go test with -update:\n%s", d)
	}
}
