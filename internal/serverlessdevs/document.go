package serverlessdevs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// document is a file of a deployment: the file itself, or the one that it extends.
type document struct {
	name, dir string
	top       *yaml.Node // the top-level fields of both files
	resources *yaml.Node // its own
	byName    map[string]*yaml.Node
}

// newDocument reads the text of a file in a folder.
func newDocument(name, dir string, src []byte) (*document, error) {
	top, err := loadYAML(src)
	switch {
	case err == nil:
	case '0' <= err.Error()[0] && err.Error()[0] <= '9': // it begins with a position
		return nil, fmt.Errorf("%s:%w", name, err)
	default:
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	d := &document{name: name, dir: dir, top: top, resources: child(top, "resources"), byName: map[string]*yaml.Node{}}
	for _, f := range fields(d.resources) {
		d.byName[f.name] = f.value
	}
	return d, nil
}

// loadYAML returns the value of a text without aliases. Its error begins with a position, if it has one.
func loadYAML(src []byte) (*yaml.Node, error) {
	var root yaml.Node
	if err := yaml.Load(src, &root); err != nil {
		return nil, explainLoadError(err)
	}
	return replaceAliases(&root)
}

// explainLoadError returns an error of the YAML library with its position first, and without its own name.
func explainLoadError(err error) error {
	var e *yaml.LoadError
	if !errors.As(err, &e) || e.Mark.Line == 0 {
		return err
	}
	message := e.Message
	if e.ContextMsg != "" {
		message = e.ContextMsg + ": " + message
	}
	return fmt.Errorf("%d:%d: not valid YAML: %s; quote texts with brackets, braces or a colon", e.Mark.Line, e.Mark.Column, message)
}

// newResolver reads a file, and the file that it extends. Variables have the values of the environment and of .env.
func newResolver(file string, src []byte, account string) (*resolver, error) {
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	r := &resolver{account: account, foreign: map[*yaml.Node]foreign{}, done: map[place]*yaml.Node{}, sizes: map[*yaml.Node]int{},
		broken: map[*yaml.Node]error{}, unknown: map[string]string{}, elements: map[scope]*yaml.Node{}, indexes: map[*yaml.Node]map[string]*yaml.Node{}}
	main, err := newDocument(file, dir, src)
	if err != nil {
		return nil, err
	}
	r.files = []*document{main}
	if extend := child(main.top, "extend"); extend != nil && extend.Kind == yaml.ScalarNode && !isNull(extend) {
		base, err := r.readBase(main, extend)
		if err != nil {
			return nil, err
		}
		main.top = r.merge(base.top, main.top)
		base.top = main.top
		r.files = append(r.files, base)
	}
	r.getenv, err = r.environment()
	return r, err
}

// readBase reads the file that a file extends. As for Serverless Devs, that one extends no other.
func (r *resolver) readBase(main *document, extend *yaml.Node) (*document, error) {
	path := main.join(extend.Value)
	name := filepath.ToSlash(filepath.Join(filepath.Dir(main.name), extend.Value))
	if filepath.IsAbs(extend.Value) {
		name = extend.Value
	}
	if ext := filepath.Ext(path); ext != ".yaml" && ext != ".yml" {
		return nil, r.errorAt(extend, "extend names %s: name a file that ends in .yaml or .yml", shown(extend.Value))
	}
	src, err := readRegular(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, r.errorAt(extend, "there is no file %s, which the file extends", shown(name))
	case err != nil:
		return nil, r.errorAt(extend, "%s", err)
	}
	base, err := newDocument(name, filepath.Dir(path), src)
	if err != nil {
		return nil, err
	}
	visit(base.top, func(n *yaml.Node) { r.foreign[n] = foreign{name, extend} })
	return base, nil
}

// visit calls do for each node below a node and for itself, once.
func visit(n *yaml.Node, do func(*yaml.Node)) {
	seen := map[*yaml.Node]bool{}
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		do(n)
		for _, inner := range n.Content {
			walk(inner)
		}
	}
	walk(n)
}

// environment returns a look-up of environment variables: those of the process, of .env next to the file, and of .env in the
// folders with code.
func (r *resolver) environment() (func(name string) string, error) {
	dirs := []string{r.files[0].dir}
	for _, d := range r.files {
		for _, f := range fields(d.resources) {
			code := child(child(f.value, "props"), "code")
			if code == nil || code.Kind != yaml.ScalarNode || code.Value == "" {
				continue
			}
			dir := r.files[0].join(code.Value)
			if info, err := os.Stat(dir); err == nil && info.IsDir() && !slices.Contains(dirs, dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	var files []map[string]string
	for _, dir := range dirs {
		variables, err := readDotenv(dir)
		if err != nil {
			return nil, err
		}
		files = append(files, variables)
	}
	return func(name string) string {
		value, set := os.LookupEnv(name)
		for _, variables := range files {
			if set {
				break
			}
			value, set = variables[name]
		}
		return value
	}, nil
}

// merge returns a mapping with the fields of base and over, merged at any depth. Of other values, over counts.
func (r *resolver) merge(base, over *yaml.Node) *yaml.Node {
	switch {
	case over == nil:
		return base
	case base == nil || base.Kind != yaml.MappingNode || over.Kind != yaml.MappingNode:
		return over
	}
	merged := newMapping(over, overlay(fields(base), fields(over), r.merge))
	if f, ok := r.foreign[over]; ok {
		r.foreign[merged] = f
	}
	return merged
}

// resource returns a resource of a file: its template, if it extends one, and its own properties. Variables are not replaced.
func (r *resolver) resource(file *document, name string) (*yaml.Node, error) {
	key := scope{file, name}
	if element := r.elements[key]; element != nil {
		return element, nil
	}
	element := file.byName[name]
	about := []field{{"name", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}}}
	if access := child(file.top, "access"); access != nil {
		about = append(about, field{"access", access})
	}
	if extend := child(child(element, "extend"), "name"); extend != nil {
		template := child(child(file.top, "template"), extend.Value)
		if template == nil {
			return nil, r.errorAt(extend, "there is no template %s: define it below template, or remove extend", shown(extend.Value))
		}
		for _, path := range items(child(child(element, "extend"), "ignore")) {
			if r.spend(path, len(template.Content)); r.err != nil {
				return nil, r.err
			}
			template = r.without(template, strings.Split(path.Value, "."))
		}
		if r.spend(extend, 8*treeSize(template)); r.err != nil { // what a value takes in memory
			return nil, r.err
		}
		merged := r.merge(template, child(element, "props"))
		element = newMapping(element, overlay(fields(element), []field{{"props", merged}}, later))
	}
	all := overlay(about, fields(element), later)
	r.elements[key] = newMapping(element, all)
	return r.elements[key], nil
}

// without returns a mapping without the field at a path.
func (r *resolver) without(n *yaml.Node, path []string) *yaml.Node {
	var all []field
	for _, f := range fields(n) {
		switch {
		case f.name != path[0]:
		case len(path) == 1:
			continue
		default:
			f.value = r.without(f.value, path[1:])
		}
		all = append(all, f)
	}
	if n.Kind != yaml.MappingNode {
		return n
	}
	out := newMapping(n, all)
	if f, ok := r.foreign[n]; ok {
		r.foreign[out] = f
	}
	return out
}

// treeSize returns the number of values below a value, which count more than once if they are in several places.
func treeSize(n *yaml.Node) int {
	size := 1
	for _, inner := range n.Content {
		size += treeSize(inner)
	}
	return size
}

// props returns the properties of a resource that a function has, with their variables replaced, in the order of names. It
// merges those of the file over those of the file that it extends.
func (r *resolver) props(resource string, names []string) (*yaml.Node, error) {
	var all *yaml.Node
	for _, file := range slices.Backward(r.files) {
		own := file.byName[resource]
		if own == nil {
			continue
		}
		element, err := r.resource(file, resource)
		if err != nil {
			return nil, err
		}
		at := scope{file, resource}
		props := child(element, "props")
		if props != nil && props.Kind == yaml.ScalarNode && strings.Contains(props.Value, "${") {
			return nil, r.errorAt(props, "props is a variable, which Serverless Devs does not replace there: use a template, or variables in its fields")
		}
		var some []field
		for _, name := range names {
			v := child(props, name)
			if v != nil {
				v = r.value(v, at)
			}
			if v == nil || isNull(v) {
				continue
			}
			some = append(some, field{name, v})
		}
		all = r.merge(all, newMapping(r.origin(own), some))
		if r.err != nil {
			return nil, r.err
		}
	}
	return all, nil
}

// resourceNames returns the names of all resources, first of those of the file that the file extends.
func (r *resolver) resourceNames() (names []string) {
	known := map[string]bool{}
	for _, file := range slices.Backward(r.files) {
		for _, f := range fields(file.resources) {
			if !known[f.name] {
				names = append(names, f.name)
			}
			known[f.name] = true
		}
	}
	return names
}
