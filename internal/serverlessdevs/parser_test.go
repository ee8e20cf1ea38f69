package serverlessdevs

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v4"
)

var update = flag.Bool("update", false, "write what comes out into the golden files")

// goldenName is the file of an archive in testdata/parser with what its s.yaml is resolved to.
const goldenName = "resolved.json"

// resolved is the properties of each resource that are read, or an error.
type resolved struct {
	Resources map[string]any `json:"resources,omitempty"`
	Error     string         `json:"error,omitempty"`
}

// unpack writes the files of an archive into a folder of their own.
func unpack(t *testing.T, archive *txtar.Archive) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, f := range archive.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, f.Data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// resolveAll resolves a file in the current folder.
func resolveAll(file string) (all resolved) {
	src, err := os.ReadFile(file)
	if err != nil {
		return resolved{Error: err.Error()}
	}
	r, err := newResolver(file, src, "")
	if err != nil {
		return resolved{Error: err.Error()}
	}
	all.Resources = map[string]any{}
	for _, name := range r.resourceNames() {
		props, err := r.props(name, properties)
		if err == nil {
			err = r.problem(props)
		}
		if err != nil {
			return resolved{Error: err.Error()}
		}
		all.Resources[name] = plain(props)
	}
	return all
}

// plain returns a resolved value as JSON has it.
func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for _, f := range fields(n) {
			m[f.name] = plain(f.value)
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, plain(item))
		}
		return list
	}
	var v any
	if n.ShortTag() == "!!str" || json.Unmarshal([]byte(n.Value), &v) != nil {
		return n.Value
	}
	return v
}

// archives returns the archives in testdata/parser, by name.
func archives(t *testing.T) map[string]*txtar.Archive {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "parser", "*.txtar"))
	if err != nil || len(files) < 25 {
		t.Fatalf("%d archives, %v", len(files), err)
	}
	all := map[string]*txtar.Archive{}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[file] = archive
	}
	return all
}

// golden returns what the s.yaml of an archive is to be resolved to.
func golden(t *testing.T, archive *txtar.Archive) (want resolved) {
	t.Helper()
	for _, f := range archive.Files {
		if f.Name == goldenName {
			if err := json.Unmarshal(f.Data, &want); err != nil {
				t.Fatal(err)
			}
		}
	}
	return want
}

// Each file is resolved as its archive says.
func TestResolve(t *testing.T) {
	t.Setenv("ONPUT_TEST_SHELL", "shell")
	for file, archive := range archives(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Chdir(unpack(t, archive))
			got := resolveAll("s.yaml")
			if *update {
				var b bytes.Buffer
				e := json.NewEncoder(&b)
				e.SetEscapeHTML(false)
				e.SetIndent("", "  ")
				if err := e.Encode(got); err != nil {
					t.Fatal(err)
				}
				writeGolden(t, file, archive, b.Bytes())
				return
			}
			text, err := json.Marshal(got)
			if err == nil {
				got = resolved{}
				err = json.Unmarshal(text, &got)
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(golden(t, archive), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// here is the folder of the package.
var here, _ = os.Getwd()

func writeGolden(t *testing.T, file string, archive *txtar.Archive, data []byte) {
	t.Helper()
	i := 0
	for i < len(archive.Files) && archive.Files[i].Name != goldenName {
		i++
	}
	if i == len(archive.Files) {
		archive.Files = append(archive.Files, txtar.File{Name: goldenName})
	}
	archive.Files[i].Data = data
	if err := os.WriteFile(filepath.Join(here, file), txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The parser of Serverless Devs, @serverless-devs/parse-spec in npm, resolves each file in the same way, and refuses the same
// ones. NODE_PATH says where it is.
func TestSameAsParser(t *testing.T) {
	if out, err := exec.Command("node", "-e", "require.resolve('@serverless-devs/parse-spec')").CombinedOutput(); err != nil {
		if os.Getenv("CI") != "" && runtime.GOOS == "linux" {
			t.Fatalf("CI is set, but there is no parser of Serverless Devs: %v\n%s", err, out)
		}
		t.Skipf("there is no parser of Serverless Devs: %v", err)
	}
	var names, args []string
	all := archives(t)
	script, err := filepath.Abs(filepath.Join("testdata", "parser.js"))
	if err != nil {
		t.Fatal(err)
	}
	for file, archive := range all {
		names, args = append(names, file), append(args, unpack(t, archive))
	}
	cmd := exec.Command("node", append([]string{script}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "ONPUT_TEST_SHELL=shell", "NODE_PATH="+nodePath(t))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var parsed []resolved
	if err := json.Unmarshal(out[bytes.LastIndex(bytes.TrimSpace(out), []byte("\n"))+1:], &parsed); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for i, name := range names {
		want, got := golden(t, all[name]), parsed[i]
		if (want.Error != "") != (got.Error != "") {
			t.Errorf("%s: our error is %q, the parser's %q", name, want.Error, got.Error)
			continue
		}
		for resource, props := range got.Resources {
			if diff := cmp.Diff(want.Resources[resource], some(props, properties)); diff != "" {
				t.Errorf("%s, %s: ours (-), the parser's (+):\n%s", name, resource, diff)
			}
		}
		if len(want.Resources) != len(got.Resources) {
			t.Errorf("%s: %d resources, the parser has %d", name, len(want.Resources), len(got.Resources))
		}
	}
}

// nodePath returns the folder of modules that holds the parser. The script is elsewhere.
func nodePath(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("node", "-p", "require.resolve('@serverless-devs/parse-spec/package.json')").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "..", "..", "..")
}

// some returns the properties of a resource that are read.
func some(props any, names []string) any {
	all := map[string]any{}
	for _, name := range names {
		if v, ok := props.(map[string]any)[name]; ok {
			all[name] = v
		}
	}
	return all
}
