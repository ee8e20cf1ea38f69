package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"onput/internal/opfacts"
	"onput/process"
	"onput/rules"
)

// compiledSchema compiles the output of onput schema, which shows that it is valid.
func compiledSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(printedSchema(t)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("rules.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("rules.json")
	if err != nil {
		t.Fatal(err)
	}
	if s.DraftVersion != 2020 {
		t.Errorf("the schema is of draft %d", s.DraftVersion)
	}
	return s
}

func printedSchema(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	if status := run([]string{"schema"}, &streams{out: &out, err: &out}); status != 0 {
		t.Fatalf("exit status %d: %s", status, &out)
	}
	return out.Bytes()
}

func TestSchemaGolden(t *testing.T) {
	golden := filepath.Join("testdata", "schema.json")
	got := printedSchema(t)
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSchemaFields shows that every field of rule files and every parameter of the catalogue is in the schema, with a title
// and a description.
func TestSchemaFields(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal(printedSchema(t), &doc); err != nil {
		t.Fatal(err)
	}
	titles := map[string]bool{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case []any:
			for i, e := range v {
				walk(fmt.Sprintf("%s/%d", path, i), e)
			}
		case map[string]any:
			properties, _ := v["properties"].(map[string]any)
			for name, p := range properties {
				if p, ok := p.(map[string]any); ok && v["type"] != nil && v["description"] != nil {
					title, _ := p["title"].(string)
					titles[title] = true
					if title == "" || p["$ref"] == nil && (p["description"] == nil || p["description"] == "") {
						t.Errorf("%s/%s has no title or description", path, name)
					}
				}
			}
			for name, e := range v {
				walk(path+"/"+name, e)
			}
		}
	}
	walk("", doc)
	for name, fields := range rules.Fields() {
		for _, field := range fields {
			if name != "file" {
				field = name + "." + field
			}
			if !titles[field] {
				t.Errorf("no field %s", field)
			}
		}
	}
	for _, op := range process.Operations() {
		for _, p := range op.Parameters {
			if !titles[op.Name+" "+p.Name] {
				t.Errorf("no parameter %s of %s", p.Name, op.Name)
			}
		}
	}
}

// TestSchemaAccepts validates files that load: testdata/ok, the deployed rules, files with only warnings, and those in the documents.
func TestSchemaAccepts(t *testing.T) {
	s := compiledSchema(t)
	var files []string
	for _, pattern := range []string{"testdata/ok/*.yaml", "testdata/err/warn-*.yaml", "rules/rules.yaml"} {
		some, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil || len(some) == 0 {
			t.Fatal(pattern, some, err)
		}
		files = append(files, some...)
	}
	for _, file := range files {
		if err := s.Validate(jsonValues(t, readTest(t, file))); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	loaded := 0
	for _, page := range pages(t) {
		for _, block := range regexp.MustCompile("(?ms)^```yaml.*?\n(.*?)^```").FindAllSubmatch(readTest(t, page), -1) {
			if _, err := rules.Parse(page, block[1]); err != nil {
				continue // it shows a mistake, or a part of a file
			}
			loaded++
			if err := s.Validate(jsonValues(t, block[1])); err != nil {
				t.Errorf("%s: %v\n%s", page, err, block[1])
			}
		}
	}
	if loaded == 0 {
		t.Error("no document has a rule file that loads")
	}
}

// meaningOnly describes the errors that the schema cannot see, by the code of the error, or by the name of the file if the
// code does not decide.
var meaningOnly = map[string]string{
	"capture":          "which captures a pattern has and a target uses",
	"duplicate-rule":   "two rules of one name",
	"failures":         "what failures need of claims",
	"env":              "what stands within ${…}, and the environment",
	"literal-wildcard": "wildcards in a text",
	"loop":             "a rule that fires on what it writes",
	"loop-unproven":    "a rule that may fire on what it writes",
	"negation":         "a ! at the beginning of a text",
	"same-target":      "targets of two outputs",
	"one-name":         "outputs that write the same object",
	"pattern":          "the grammar of patterns",
	"template":         "braces within a text",
	"unknown-rule":     "names of other rules",
	"unknown-variable": "names of variables within a text",

	"claims-target.yaml":                    "where targets lead",
	"base64.yaml":                           "Base64 within a text",
	"env-default.yaml":                      "a bucket that only the environment gives",
	"parameter-of-audio-format.yaml":        "bounds that depend on another parameter",
	"clips-in-a-string.yaml":                "parameters within a text",
	"place-after-tabs.yaml":                 "values within a text",
	"place-in-crlf.yaml":                    "values within a text",
	"place-in-double-quotes-continued.yaml": "values within a text",
	"place-in-folded-block.yaml":            "bounds within a text",
	"place-in-literal-block.yaml":           "bounds within a text",
}

func TestSchemaRejects(t *testing.T) {
	s := compiledSchema(t)
	files, err := filepath.Glob(filepath.Join(root, "testdata", "err", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	refused := 0
	for _, file := range files {
		name := filepath.Base(file)
		_, err := rules.Parse(file, readTest(t, file))
		found, ok := err.(rules.Diagnostics)
		values, isJSON := asJSON(readTest(t, file))
		if !ok || !isJSON { // without errors; or not YAML, or of a kind that no schema sees: aliases, tags, a key twice
			continue
		}
		form := slices.IndexFunc(found, func(d rules.Diagnostic) bool { return meaningOnly[d.Code] == "" })
		if s.Validate(values) != nil {
			refused++
			if meaningOnly[name] != "" {
				t.Errorf("%s is refused, so it does not belong into meaningOnly", name)
			}
		} else if form >= 0 && meaningOnly[name] == "" {
			t.Errorf("%s is not refused for its [%s]; if its form is right, say so in meaningOnly", name, found[form].Code)
		}
	}
	if refused < 15 {
		t.Errorf("only %d files are refused", refused)
	}
}

// TestSchemaParameters compares the schema with the loader, for each parameter of each operation with many values, and for each
// pair of parameters. Files that load are valid.
func TestSchemaParameters(t *testing.T) {
	s := compiledSchema(t)
	values := []string{
		"nope", "''", "'{ext}'", "'{{x'", "'}}'", "'x{ext}y'", "a/b", "'a,b'", "a|b", "-1", "0", "1", "2", "31", "32", "100", "101",
		"1.5", "1.", ".5", "007", "0010000", "1e3", "0x20", "+5", "1_000", "'1000'", "8000", "true", "~", "[1]", "{a: 1}", ".inf",
		"320x", "x240", "320x240", "x", "0x0", "5000x", "3", "'3'", "'1,2,4-10'", "4-10", "4-", "2026-01-01", "100000001", "99999999999999999999",
	}
	loaded := 0
	check := func(op string, params map[string]string, list string) {
		t.Helper()
		var b strings.Builder
		fmt.Fprintf(&b, "version: 1\nrules:\n  - name: a\n    match: '*.x'\n    notify: topic\n")
		if found, ok := process.Lookup(op); ok && !found.NoOutput {
			b.WriteString("    target: {bucket: elsewhere, key: out}\n")
		}
		fmt.Fprintf(&b, "    process:\n      %s: {", op)
		var names []string
		for name := range params {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			fmt.Fprintf(&b, "%s: %s, ", name, params[name])
		}
		b.WriteString(list + "}\n")
		_, loads := rules.Parse("a.yaml", []byte("sources: [src/]\n"+b.String()))
		refused := s.Validate(jsonValues(t, []byte("sources: [src/]\n"+b.String())))
		if loads == nil {
			loaded++
		}
		if loads == nil && refused != nil {
			t.Errorf("loads, but is refused:\n%s%v", &b, refused)
		}
	}
	for _, op := range process.Operations() {
		if op.Name == "style/" {
			check("style/x", nil, "")
			check("style/::x", nil, "")
			check("style/x", map[string]string{"a": "1"}, "")
			continue
		}
		for i := range op.Parameters {
			for _, v := range append(slices.Clone(values), op.Parameters[i].Values...) {
				params := required(op)
				for _, other := range op.Parameters[i].Requires {
					params[other] = oneValue(op, other)
				}
				params[op.Parameters[i].Name] = v
				check(op.Name, params, "")
			}
			for j := range i {
				if alone(op.Parameters[i]) && alone(op.Parameters[j]) {
					continue
				}
				params := required(op)
				for _, p := range []process.Parameter{op.Parameters[i], op.Parameters[j]} {
					params[p.Name] = oneValue(op, p.Name)
				}
				check(op.Name, params, "")
			}
		}
		for _, v := range values {
			for _, p := range opfacts.ClipParameters(op) {
				if p.Name == "o" {
					check(op.Name, required(op), "pre: [{o: "+v+"}]")
				} else {
					check(op.Name, required(op), "sur: [{o: a.mp4, "+p.Name+": "+v+"}]")
				}
			}
		}
	}
	if loaded < 1500 {
		t.Errorf("only %d files loaded", loaded)
	}
}

// TestSchemaBounds lists errors that the schema sees, and some that it leaves to the loader.
func TestSchemaBounds(t *testing.T) {
	s := compiledSchema(t)
	for _, tt := range []struct {
		process string
		ok      bool
	}{
		{"{video/convert: {f: mp4, vb: 10000}}", true},
		{"{video/convert: {f: mp4, vb: 9999}}", false},
		{"{video/convert: {f: mp4, vb: 100000001}}", false},
		{"{video/convert: {f: mp4, vb: 2M}}", false},
		{"{video/convert: {f: mp5}}", false},
		{"{video/convert: {f: '{ext}'}}", true},
		{"{video/convert: {vcodec: h264}}", false},
		{"{video/convert: {f: mp4, vb: 20000, crf: 20}}", false},
		{"{video/convert: {f: mp4, maxrate: 20000, crf: 20}}", false},
		{"{video/convert: {f: mp4, g: 0}}", false},
		{"{video/concat: {f: mp4, vcodec: h264, acodec: aac, g: 0, sur: [{o: a}]}}", true}, // g is not confirmed here: a warning
		{"{video/convert: {f: mp4, s: 1280}}", false},
		{"{video/convert: {f: mp4, bitrate: 5}}", false},
		{"{video/convert: {f: mp4, pre: [{o: a}]}}", false},
		{"{video/concat: {f: mp4, pre: [{t: 5}]}}", false},
		{"{video/snapshots: {f: jpg, pw: 0}}", false},
		{"{video/snapshots: {f: jpg, pw: 200}}", true},
		{"{doc/convert: {target: pdf}, video/convert: {f: mp4}}", false},
		{"{doc/convert: }", false},
		{"{style/mine: }", true},
		{"{style/mine: {a: 1}}", false},
		{"{image/resize: {w: 1}}", true},
		{"{image/resize: {w: 0}}", false},
		{"{image/resize: }", false},
		{"{image/rotate: 90}", true},
		{"{image/rotate: 400}", false},
		{"{image: {bright: -50}}", true},
		{"{image: {bright: -500}}", false},
		{"{image: {resize: {w: 1}, watermark: [{text: a}, {text: b, color: 000000}], quality: {Q: 5}, format: webp}}", true},
		{"{image: {format: webb}}", false},
		{"{image: {info: }}", false},
		{"{image: {watermark: {color: FFFFFF}}}", false},
		{"{image: {}}", false},
		{"video/convert,f_mp4,bitrate_5", true}, // names and values of the text form are left to the loader
		{"video/convert,f_mp4,vb", false},
		{"audio/concat,f_mp3/pre,o_YQ,ss_5", true},
		{"video/convert,f_mp4/pre,o_YQ", false},
		{"style/::mine", true},
		{"image/resize,w_100", true},
		{"image/resize,w_100/watermark,text_{barename}/2/rotate,90", true},
		{"image/info", false},
		{"image/resize,w_100|sys/saveas,o_YQ", false},
		{"doc/convert,target_pdf|sys/saveas,o_YQ", false},
	} {
		err := s.Validate(jsonValues(t, []byte("version: 1\nrules:\n  - name: a\n    match: x\n    target: y\n    process: "+tt.process+"\n")))
		if (err == nil) != tt.ok {
			t.Errorf("%s: valid should be %v: %v", tt.process, tt.ok, err)
		}
	}
	for _, tt := range []struct {
		rule string
		ok   bool
	}{
		{"match: x, process: image/deblindwatermark, notify: t", true},
		{"match: x, process: {image/deblindwatermark: {}}, notify: t", true},
		{"match: x, process: image/deblindwatermark, notify: t, target: y", false},
		{"match: x, process: style/a", false},
		{"match: {}, process: style/a, target: y", false},
		{"match: {ignore_case: true}, process: style/a, target: y", false},
		{"match: {prefix: ''}, process: style/a, target: {key: y, bucket: '{bucket}-x'}", true},
		{"match: x, process: style/a, target: {key: y, bucket: Y}", false},
		{"match: x, process: style/a, target: {bucket: yyy}", false},
		{"match: x, outputs: [{process: style/a, target: y}]", true},
		{"match: x, outputs: [{process: style/a, target: y}], notify: t", false},
		{"match: x", false},
		{"match: {where: {a.b: x}}, process: style/a, target: y", true},
		{"match: {where: {'a.#': x}}, process: style/a, target: y", false},
		{"match: {size: {min: 5 KiB}}, process: style/a, target: y", true},
		{"match: {size: {min: 5KB}}, process: style/a, target: y", false},
		{"match: x, process: 'doc/convert,target_pgn', target: y", true},
		{"match: x, process: 'doc/convert,target_{ext}', target: y", true},
		{"match: x, process: 'video/convert,f_mp4,vb_2M', target: y", true},
		{"match: x, process: 'video/convert,f_mp4,segment_whatever', target: y", true},
	} {
		err := s.Validate(jsonValues(t, []byte("version: 1\nrules:\n  - {name: a, "+tt.rule+"}\n")))
		if (err == nil) != tt.ok {
			t.Errorf("%s: valid should be %v: %v", tt.rule, tt.ok, err)
		}
	}
}

// TestSchemaMutations replaces each value of a file by many others, and removes each field. Files that still load are still
// valid.
func TestSchemaMutations(t *testing.T) {
	if testing.Short() {
		t.Skip("in short mode: it goes through all mutations")
	}
	s := compiledSchema(t)
	const src = `version: 1
sources: [acme/in/, logs]
defaults: {ignore_case: true, events: [PutObject], target: {bucket: derived}, notify: done}
claims: {bucket: state, prefix: .onput/, by: content, unreachable: fire}
failures: {permanent: record}
rules:
  - name: a
    description: text
    enabled: true
    mode: log
    match: {key: [x], not: y, prefix: in/, suffix: [.mp4], bucket: acme, events: PutObject, size: {min: 5, max: 1GiB}, type: v, where: {a.b: c}, ignore_case: true}
    process: {style/x: {}}
    target: {bucket: derived, key: x}
    notify: done
    stop: true
  - name: b
    match: x
    outputs: [{process: style/x, target: x, notify: done}]
tests:
  - {upload: {key: x, bucket: acme, event: PutObject, size: 2KiB, type: v, record: {a: {b: c}}}, fires: [{rule: a, process: style/x, target: x}, b]}
`
	values := []string{
		"x", "''", "' '", "'X y'", "5", "'5'", "-1", "1.5", "0x10", "007", "true", "'true'", "~", "'~'", "2026-01-01", ".nan", "[]", "[x]", "[5, x]",
		"[[x]]", "['']", "{}", "{x: y}", "{key: x}", "{bucket: xyz}", "{bucket: xyz, key: x}", "{min: 5 KiB}", "{rule: a}", "a/", "/a/", "a/b",
		"oss://b/k", "oss:PutObject", "'{x'", "'{key}'", "'{bucket}-x'", "'{{x}}'", "'${env(''NO_SUCH'',''abc'')}'", "'${env(''NO_SUCH'',''a/'')}'",
		"abc", "5KiB", "' 5 KiB'", "log", "record", "upload", "style/x", "'style/{ext}'", "{style/x: }", "image/deblindwatermark", "'**'", "\"x\\n\"",
	}
	loaded := 0
	var doc yaml.Node
	if err := yaml.Load([]byte(src), &doc); err != nil {
		t.Fatal(err)
	}
	check := func(change string) {
		t.Helper()
		text, err := yaml.Marshal(&doc)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rules.Parse("a.yaml", text); err != nil {
			return
		}
		loaded++
		if err := s.Validate(jsonValues(t, text)); err != nil {
			t.Errorf("%s: loads, but is refused: %v", change, err)
		}
	}
	var walk func(path string, n *yaml.Node)
	walk = func(path string, n *yaml.Node) {
		before := *n
		for _, v := range values {
			var other yaml.Node
			if err := yaml.Load([]byte(v), &other); err != nil {
				t.Fatal(v, err)
			}
			*n = *other.Content[0]
			check(path + ": " + v)
		}
		*n = before
		for i := range n.Content {
			switch {
			case n.Kind == yaml.SequenceNode:
				walk(fmt.Sprintf("%s/%d", path, i), n.Content[i])
			case i%2 == 1:
				name := path + "/" + n.Content[i-1].Value
				walk(name, n.Content[i])
				all := n.Content
				n.Content = slices.Delete(slices.Clone(all), i-1, i+1)
				check(name + " taken away")
				n.Content = all
			}
		}
	}
	if check("nothing"); loaded != 1 {
		t.Fatal("the file itself does not load")
	}
	walk("", doc.Content[0])
	if loaded < 500 {
		t.Errorf("only %d files loaded", loaded)
	}
}

// required returns the required parameters of an operation.
func required(op *process.Operation) map[string]string {
	params := map[string]string{}
	for _, p := range op.Parameters {
		if p.Required {
			params[p.Name] = oneValue(op, p.Name)
		}
	}
	return params
}

// alone reports whether a parameter neither excludes nor requires others.
func alone(p process.Parameter) bool { return p.Excludes == nil && p.Requires == nil }

// oneValue returns a valid value of a parameter.
func oneValue(op *process.Operation, name string) string {
	p, _ := op.Parameter(name)
	switch {
	case len(p.Values) > 0:
		return p.Values[0]
	case p.Kind == process.Size:
		return "320x240"
	}
	return strconv.Itoa(max(int(p.Min), 1))
}

func readTest(t testing.TB, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func jsonValues(t testing.TB, src []byte) any {
	t.Helper()
	v, ok := asJSON(src)
	if !ok {
		t.Fatalf("no YAML that JSON could say:\n%s", src)
	}
	return v
}

// asJSON reads YAML like editors, by the core schema of YAML 1.2. It reports false for YAML that JSON cannot express.
func asJSON(src []byte) (any, bool) {
	var n yaml.Node
	if err := yaml.Load(src, &n); err != nil || len(n.Content) == 0 {
		return nil, false
	}
	return nodeJSON(n.Content[0])
}

func nodeJSON(n *yaml.Node) (any, bool) {
	if n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		return nil, false
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			v, ok := nodeJSON(n.Content[i+1])
			if _, twice := m[n.Content[i].Value]; twice || !ok || n.Content[i].Kind != yaml.ScalarNode {
				return nil, false
			}
			m[n.Content[i].Value] = v
		}
		return m, true
	case yaml.SequenceNode:
		l := make([]any, len(n.Content))
		for i, c := range n.Content {
			v, ok := nodeJSON(c)
			if !ok {
				return nil, false
			}
			l[i] = v
		}
		return l, true
	case yaml.ScalarNode:
		return scalarJSON(n), true
	}
	return nil, false
}

func scalarJSON(n *yaml.Node) any {
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			if strings.Trim(n.Value, "0123456789") == "" {
				return json.Number(strings.TrimLeft(n.Value[:len(n.Value)-1], "0") + n.Value[len(n.Value)-1:])
			}
			return f
		}
		if i, err := strconv.ParseInt(n.Value, 0, 64); err == nil && !strings.Contains(n.Value, "_") {
			return i
		}
	}
	return n.Value
}
