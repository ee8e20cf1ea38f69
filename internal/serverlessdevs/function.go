package serverlessdevs

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Function is a function of a Serverless Devs file, with its variables replaced. Fields that the file leaves out are empty.
type Function struct {
	File                 string
	Pos                  Pos // of the name
	Name, Region         string
	Role                 string // the name, without the rest of the ARN
	Environment          map[string]string
	Triggers             []Trigger
	Destinations         []string // ARNs of the destinations for finished invocations
	LogProject, Logstore string   // "*" for any
	MemorySize           int      // MB; 0 if it is left out or no number
	MemoryPos            Pos
}

// Pos is the position of a value in the file. Lines and columns count from 1.
type Pos struct{ Line, Column, Width int } // in characters

func posOf(n *yaml.Node) Pos { return Pos{n.Line, n.Column, len([]rune(n.Value))} }

// ErrorAt returns an error that begins with a position in the function's file.
func (f *Function) ErrorAt(p Pos, format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: "+format, append([]any{f.File, p.Line, p.Column}, args...)...)
}

// Read returns the functions of a file, at least one.
func Read(file string) ([]Function, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return Parse(file, src)
}

// ReadOne returns the function of a file that has exactly one.
func ReadOne(file string) (*Function, error) {
	all, err := Read(file)
	switch {
	case err != nil:
		return nil, err
	case len(all) > 1:
		return nil, fmt.Errorf("%s has %d functions: give a file with only the one to use", file, len(all))
	}
	return &all[0], nil
}

// Parse returns the functions of a file's text, at least one. Its errors begin with the file's name, in whose directory it
// looks for .env.
func Parse(file string, src []byte) ([]Function, error) {
	dotenv, err := readDotenv(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	if err := yaml.Load(src, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	resources := child(&root, "resources")
	if resources == nil {
		return nil, fmt.Errorf("%s has no resources: give a file of Serverless Devs 3", file)
	}
	r := reader{file: file, dotenv: dotenv, vars: map[string]string{}}
	r.readTexts(r.vars, child(&root, "vars"))
	var all []Function
	for _, resource := range fields(resources) {
		props := child(resource.value, "props")
		if r.text(props, "functionName") == "" {
			continue
		}
		f, err := r.function(props)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	if r.err != nil {
		return nil, r.err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no resource with a functionName", file)
	}
	return all, nil
}

// reader reads the functions of one file and replaces their variables.
type reader struct {
	file         string
	dotenv, vars map[string]string
	replaced     int   // bytes that replaced variables
	err          error // these were too many
}

func (r *reader) function(props *yaml.Node) (Function, error) {
	f := Function{
		File: r.file, Pos: posOf(child(props, "functionName")), Name: r.text(props, "functionName"),
		Region: r.text(props, "region"), Role: roleName(r.text(props, "role")), Environment: map[string]string{},
		LogProject: r.text(props, "logConfig", "project"), Logstore: r.text(props, "logConfig", "logstore"),
	}
	r.readTexts(f.Environment, child(props, "environmentVariables"))
	if r.text(props, "logConfig") == "auto" { // fc3 chooses the names
		f.LogProject, f.Logstore = "*", "*"
	}
	if memory := child(props, "memorySize"); memory != nil {
		f.MemoryPos = posOf(memory)
		f.MemorySize, _ = strconv.Atoi(r.expand(memory)) // 0 after an error
	}
	for _, result := range []string{"onSuccess", "onFailure"} {
		if destination := r.text(props, "asyncInvokeConfig", "destinationConfig", result, "destination"); destination != "" {
			f.Destinations = append(f.Destinations, destination)
		}
	}
	for _, n := range items(child(props, "triggers")) {
		t, err := r.trigger(n)
		if err != nil {
			return f, f.ErrorAt(t.Pos, "%w", err)
		}
		f.Triggers = append(f.Triggers, t)
	}
	return f, nil
}

// roleName returns the name in a role's ARN, acs:ram::ACCOUNT:role/NAME, whose account may be empty.
func roleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// readTexts adds the scalars of a mapping with their variables replaced.
func (r *reader) readTexts(texts map[string]string, n *yaml.Node) {
	for _, f := range fields(n) {
		texts[f.name] = r.expand(f.value)
	}
}

// text returns the scalar at a path below a node with its variables replaced, "" if there is none.
func (r *reader) text(n *yaml.Node, path ...string) string {
	for _, name := range path {
		n = child(n, name)
	}
	if n == nil {
		return ""
	}
	return r.expand(n)
}
