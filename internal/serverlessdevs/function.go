package serverlessdevs

import (
	"cmp"
	"fmt"
	"os"
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

	// Unknown says what only Serverless Devs knows, such as the account's ID in the name of a bucket, by the name of the
	// property. An environment variable has the name after [EnvironmentProperty]. The fields above leave it out.
	Unknown map[string]*UnknownError
}

// EnvironmentProperty begins the property of an environment variable in [Function.Unknown].
const EnvironmentProperty = "environmentVariables."

// UnknownError is the error about a property whose value only Serverless Devs knows.
type UnknownError struct {
	File     string
	Pos      Pos
	Property string
	Reason   string // names the variable and the way out
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s", e.File, e.Pos.Line, e.Pos.Column, e.Property, e.Reason)
}

// Known returns an error if one of some properties is not known.
func (f *Function) Known(properties ...string) error {
	for _, name := range properties {
		if err := f.Unknown[name]; err != nil {
			return err
		}
	}
	return nil
}

// unknown records why a property is not known.
func (f *Function) unknown(property string, p Pos, why string) {
	if f.Unknown == nil {
		f.Unknown = map[string]*UnknownError{}
	}
	f.Unknown[property] = &UnknownError{f.File, p, property, why}
}

// Pos is the position of a value in the file. A value from another file has the position of what names that file. Lines and
// columns count from 1.
type Pos struct{ Line, Column, Width int } // in characters

// posOf returns the position of a resolved value: that of the text with its variables.
func posOf(n *yaml.Node) Pos {
	written := n
	if n.Kind == yaml.ScalarNode && n.Alias != nil {
		written = n.Alias
	}
	return Pos{n.Line, n.Column, len([]rune(written.Value))}
}

// ErrorAt returns an error that begins with a position in the function's file.
func (f *Function) ErrorAt(p Pos, format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: "+format, append([]any{f.File, p.Line, p.Column}, args...)...)
}

// MaxFile is the size limit of a file, in bytes.
const MaxFile = 1 << 20

// Parse returns the functions of a file's text, at least one. Its errors begin with the file's name, in whose directory it
// looks for .env and for the files that the text names. The ID of the account is in the environment variable AccountID, if
// anywhere, as for Serverless Devs.
func Parse(file string, src []byte) ([]Function, error) { return ParseAs(file, src, "") }

// ParseAs is [Parse] with the ID of the account, "" if it is not known.
func ParseAs(file string, src []byte, account string) ([]Function, error) {
	resolver, err := newResolver(file, src, cmp.Or(account, os.Getenv("AccountID")))
	if err != nil {
		return nil, err
	}
	r := reader{resolver}
	names := r.resourceNames()
	if r.files[0].resources == nil && len(names) == 0 {
		return nil, fmt.Errorf("%s has no resources: give a file of Serverless Devs 3", file)
	}
	var all []Function
	for _, name := range names {
		props, err := r.props(name, properties)
		if err != nil {
			return nil, err
		}
		if child(props, "functionName") == nil {
			continue
		}
		f, err := r.function(props)
		if err != nil {
			return nil, err
		}
		if f.Name != "" || f.Known("functionName") != nil {
			all = append(all, *f)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no resource with a functionName", file)
	}
	return all, nil
}

// properties are the properties of a function that are read.
var properties = []string{"functionName", "region", "role", "environmentVariables", "logConfig", "memorySize", "asyncInvokeConfig", "triggers"}

// reader reads the functions of one file.
type reader struct{ *resolver }

// function reads a function from the properties of its resource.
func (r *reader) function(props *yaml.Node) (*Function, error) {
	if err := r.problem(props); err != nil {
		return nil, err
	}
	f := &Function{File: r.files[0].name, Pos: posOf(child(props, "functionName")), Environment: map[string]string{}}
	text := func(path ...string) string {
		n := at(props, path...)
		return r.known(f, path[0], n, r.text(n))
	}
	f.Name, f.Region = text("functionName"), text("region")
	f.Role = r.known(f, "role", at(props, "role"), roleName(r.text(props, "role")))
	f.LogProject, f.Logstore = text("logConfig", "project"), text("logConfig", "logstore")
	if r.text(props, "logConfig") == "auto" { // fc3 chooses the names
		f.LogProject, f.Logstore = "*", "*"
	}
	if memory := child(props, "memorySize"); memory != nil {
		f.MemoryPos = posOf(memory)
		f.MemorySize, _ = strconv.Atoi(r.expand(memory)) // 0 if it is not known
	}
	for _, result := range []string{"onSuccess", "onFailure"} {
		n := at(props, "asyncInvokeConfig", "destinationConfig", result, "destination")
		destination := r.text(n)
		if withoutAccount(destination) != "" && r.known(f, "asyncInvokeConfig", n, withoutAccount(destination)) != "" {
			f.Destinations = append(f.Destinations, destination)
		}
	}
	if err := r.readEnvironment(f, child(props, "environmentVariables")); err != nil {
		return nil, err
	}
	return f, r.readTriggers(f, child(props, "triggers"))
}

// known returns a value of a property. If it is not known, known records that and returns "".
func (r *reader) known(f *Function, property string, n *yaml.Node, value string) string {
	why := r.whyUnknown(value)
	if why == "" {
		return value
	}
	f.unknown(property, posOf(n), why)
	return ""
}

// readEnvironment reads the environment variables of a function.
func (r *reader) readEnvironment(f *Function, n *yaml.Node) error {
	r.known(f, "environmentVariables", n, r.text(n))
	for _, v := range fields(n) {
		if v.value.Kind != yaml.ScalarNode {
			return f.ErrorAt(posOf(v.value), "the environment variable %s is not a text: write one", shown(v.name))
		}
		property := EnvironmentProperty + v.name
		if value := r.known(f, property, v.value, r.text(v.value)); f.Unknown[property] == nil {
			f.Environment[v.name] = value
		}
	}
	return nil
}

// readTriggers reads the triggers of a function. It leaves out those that deliver uploads from somewhere that is not known.
func (r *reader) readTriggers(f *Function, n *yaml.Node) error {
	r.known(f, "triggers", n, r.text(n))
	for _, n := range items(n) {
		t, err := r.trigger(n)
		if err != nil {
			return f.ErrorAt(t.Pos, "%w", err)
		}
		if why := r.whyUnknown(t.Role); why != "" {
			f.unknown("invocationRole", t.Pos, why)
		}
		if why := r.whyUnknown(r.uploadsText(t, n)); why != "" {
			f.unknown("triggers", t.Pos, why)
			continue
		}
		f.Triggers = append(f.Triggers, t)
	}
	return nil
}

// uploadsText returns all texts that say which uploads a trigger delivers, one a line.
func (r *reader) uploadsText(t Trigger, n *yaml.Node) string {
	config := at(n, "triggerConfig")
	all := []string{t.Type, t.Suffix, r.text(config), r.text(at(config, "filter", "key")), r.text(at(config, "events"))}
	for _, u := range t.Uploads {
		all = append(all, u.Bucket, u.Prefix)
	}
	for _, e := range t.Events {
		all = append(all, e.Name)
	}
	return strings.Join(all, "\n")
}

// at returns the resolved value at a path below a node, nil if there is none. A text on the way stands for a mapping that is
// not known, and is returned.
func at(n *yaml.Node, path ...string) *yaml.Node {
	for _, name := range path {
		if n == nil || n.Kind == yaml.ScalarNode {
			break
		}
		n = child(n, name)
	}
	return n
}

// withoutAccount returns an ARN, acs:SERVICE:REGION:ACCOUNT:RESOURCE, without the account.
func withoutAccount(arn string) string {
	parts := strings.SplitN(arn, ":", 5)
	if len(parts) == 5 {
		parts[3] = ""
	}
	return strings.Join(parts, ":")
}

// roleName returns the name in a role's ARN, acs:ram::ACCOUNT:role/NAME, whose account may be empty.
func roleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// text returns the resolved scalar at a path below a node, "" if there is none.
func (r *reader) text(n *yaml.Node, path ...string) string {
	for _, name := range path {
		n = child(n, name)
	}
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return r.expand(n)
}

// expand returns a resolved scalar. What is not known in it is the use of the variable, which [resolver.whyUnknown] finds.
func (r *reader) expand(n *yaml.Node) string { return n.Value }
