package serverlessdevs

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/internal/text"
)

// unavailableError is the error about a variable whose value only Serverless Devs can know.
type unavailableError struct{ reason string }

func (e *unavailableError) Error() string { return e.reason }

// placedError is an error that begins with its place.
type placedError struct{ message string }

func (e *placedError) Error() string { return e.message }

// errNotRead is the error about an expression of JavaScript. Serverless Devs takes any.
var errNotRead = errors.New("this expression is not read here: write a variable, or a function with texts in quotes")

// evaluation evaluates what stands between ${ and } in a text.
type evaluation struct {
	*resolver
	node  *yaml.Node // the text
	scope scope
}

var (
	callForm   = regexp.MustCompile(`\(.*\)`)
	quotedText = regexp.MustCompile(`'.+'|".+"`)
	bareCall   = regexp.MustCompile(`^\s*(\w+)\((.+)\)\s*$`)
	firstName  = regexp.MustCompile(`^\s*[\pL_$][\pL\d_$]*$`)
)

// maxExpression bounds the bytes of an expression, and so how deep calls are nested.
const maxExpression = 10_000

// evaluate returns the resolved value of an expression.
func (e *evaluation) evaluate(code string) (*yaml.Node, error) {
	if len(code) > maxExpression {
		return nil, errNotRead
	}
	if !callForm.MatchString(code) {
		names := strings.Split(code, ".")
		if !firstName.MatchString(names[0]) {
			return nil, errNotRead
		}
		return e.variable(strings.TrimSpace(names[0]), names[1:])
	}
	var raw *yaml.Node
	var err error
	if call := bareCall.FindStringSubmatch(code); call != nil && !quotedText.MatchString(code) {
		raw, err = e.call(call[1], []*yaml.Node{e.newText(call[2])}) // env(NAME) is env('NAME')
	} else {
		p := parser{evaluation: e, rest: code}
		raw, err = p.term()
		if err == nil && strings.TrimSpace(p.rest) != "" {
			err = errNotRead
		}
	}
	if err != nil {
		return nil, err
	}
	return e.value(raw, e.scope), nil // what a function returns may use variables
}

// newText returns a text that replaces the evaluated one.
func (e *evaluation) newText(value string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
	e.adopt(n)
	return n
}

// adopt gives a value from elsewhere the place of the evaluated text.
func (e *evaluation) adopt(n *yaml.Node) {
	f, ok := e.foreign[e.node]
	if !ok {
		f = foreign{e.files[0].name, e.node}
	}
	visit(n, func(n *yaml.Node) {
		n.Line, n.Column = e.node.Line, e.node.Column
		e.foreign[n] = f
	})
}

// parser reads a call of a function whose arguments are texts in quotes, numbers, variables and calls.
type parser struct {
	*evaluation
	rest string
}

var (
	quotedToken = regexp.MustCompile(`^(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")`)
	numberToken = regexp.MustCompile(`^-?\d+(?:\.\d+)?`)
	nameToken   = regexp.MustCompile(`^[\pL_$][\pL\d_$]*(?:\.[\pL_$][\pL\d_$]*)*`)
	escaped     = regexp.MustCompile(`\\(.)`)
)

// term reads one term and returns its value. Variables in the result of a function are not replaced yet.
func (p *parser) term() (*yaml.Node, error) {
	p.rest = strings.TrimSpace(p.rest)
	if m := quotedToken.FindStringSubmatch(p.rest); m != nil {
		p.rest = p.rest[len(m[0]):]
		return p.newText(escaped.ReplaceAllString(m[1]+m[2], "$1")), nil
	}
	if number := numberToken.FindString(p.rest); number != "" {
		p.rest = p.rest[len(number):]
		n := p.newText(number)
		n.Tag = "!!float"
		return n, nil
	}
	name := nameToken.FindString(p.rest)
	p.rest = p.rest[len(name):]
	switch {
	case name == "":
		return nil, errNotRead
	case name == "true" || name == "false":
		n := p.newText(name)
		n.Tag = "!!bool"
		return n, nil
	case !strings.HasPrefix(p.rest, "("):
		names := strings.Split(name, ".")
		return p.variable(names[0], names[1:])
	}
	p.rest = p.rest[1:]
	args, err := p.arguments()
	if err != nil {
		return nil, err
	}
	return p.call(name, args)
}

// arguments reads the arguments of a call and the parenthesis after them.
func (p *parser) arguments() (args []*yaml.Node, err error) {
	for {
		p.rest = strings.TrimSpace(p.rest)
		if rest, ok := strings.CutPrefix(p.rest, ")"); ok && len(args) == 0 {
			p.rest = rest
			return nil, nil
		}
		arg, err := p.term()
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
		p.rest = strings.TrimSpace(p.rest)
		if rest, ok := strings.CutPrefix(p.rest, ")"); ok {
			p.rest = rest
			return args, nil
		}
		rest, ok := strings.CutPrefix(p.rest, ",")
		if !ok {
			return nil, errNotRead
		}
		p.rest = rest
	}
}

// variable returns the value of a variable: the name of a group, and the names of fields below it.
func (e *evaluation) variable(group string, path []string) (*yaml.Node, error) {
	file := e.scope.file
	switch group {
	case "vars":
		return e.lookup("vars", child(file.top, "vars"), scope{file: file}, path)
	case "this", "that":
		if e.scope.resource == "" {
			return nil, errors.New("there is no resource here: use it below resources alone")
		}
		element, err := e.resource(file, e.scope.resource)
		if err != nil {
			return nil, err
		}
		return e.lookup(group, element, e.scope, path)
	case "resources", "components":
		if len(path) > 1 && (path[1] == "output" || path[1] == "info") {
			return nil, &unavailableError{"is known only once Serverless Devs has deployed " + shown(path[0]) + ": write the value itself"}
		}
		if e.scope.resource == "" {
			return nil, errors.New("it is known below resources alone: write the value itself")
		}
		if group == "components" {
			return e.lookup(group, child(file.top, group), scope{file: file}, path)
		}
		if len(path) == 0 || file.byName[path[0]] == nil {
			return e.lookup(group, file.resources, e.scope, path)
		}
		element, err := e.resource(file, path[0])
		if err != nil {
			return nil, err
		}
		return e.lookup(group+"."+path[0], element, scope{file, path[0]}, path[1:])
	case "credential":
		return e.credential(strings.Join(path, "."))
	case "cwd":
		if len(path) == 0 {
			return e.newText(file.dir), nil
		}
	case "self", "shared":
		return nil, &unavailableError{"is known to Serverless Devs alone: write the value itself"}
	}
	return nil, fmt.Errorf("no such variable: write vars.NAME, this.NAME, resources.NAME, or a function such as env('NAME')")
}

// lookup returns the resolved value at a path below a value.
func (e *evaluation) lookup(group string, n *yaml.Node, s scope, path []string) (*yaml.Node, error) {
	resolved := false
	for i, name := range path {
		if !resolved && n != nil && n.Kind == yaml.ScalarNode {
			n, resolved = e.value(n, s), true
			if err := e.broken[n]; err != nil {
				return nil, err
			}
			if why := e.whyUnknown(n.Value); why != "" {
				return nil, &unavailableError{"is not known: " + why}
			}
		}
		next := e.field(n, name)
		if index, err := strconv.Atoi(name); err == nil && 0 <= index && index < len(items(n)) {
			next = items(n)[index]
		}
		if next == nil || isNull(next) {
			return nil, missingError(group, path[:i+1], n)
		}
		n = next
	}
	switch {
	case n == nil || isNull(n):
		return nil, missingError(group, nil, nil)
	case !resolved:
		n = e.value(n, s)
	}
	return n, nil
}

// missingError returns the error about a variable that is not there. It says which name may be meant.
func missingError(group string, path []string, in *yaml.Node) error {
	var names []string
	for _, f := range fields(in) {
		names = append(names, f.name)
	}
	slices.Sort(names)
	name := strings.Join(append([]string{group}, path...), ".")
	if len(path) > 0 {
		if similar := text.Closest(path[len(path)-1], names); similar != "" {
			meant := strings.Join(append([]string{group}, append(slices.Clone(path[:len(path)-1]), similar)...), ".")
			return fmt.Errorf("%s is not defined; did you mean %s?", shown(name), shown(meant))
		}
	}
	return fmt.Errorf("%s is not defined: define it, or write the value itself", shown(name))
}
