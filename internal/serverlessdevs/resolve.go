package serverlessdevs

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/internal/text"
)

// resolver replaces the variables of a file, each when its value is read. A value that cannot be resolved is an error where
// it is read, and nowhere else.
type resolver struct {
	files    []*document
	account  string                               // ID of the account, "" if it is not known
	getenv   func(name string) string             // environment variables, those of .env included
	foreign  map[*yaml.Node]foreign               // values that are not in the file itself
	done     map[place]*yaml.Node                 // resolved values; nil while they are being resolved
	sizes    map[*yaml.Node]int                   // of resolved mappings and sequences, in bytes
	broken   map[*yaml.Node]error                 // values that cannot be resolved
	unknown  map[string]string                    // why values are not known, by the text that stands for them
	elements map[scope]*yaml.Node                 // resources with their templates
	indexes  map[*yaml.Node]map[string]*yaml.Node // fields of mappings that variables name
	depth    int                                  // of variables that name others
	spent    int                                  // bytes that replaced variables
	err      error                                // they were too many
}

// scope is where a value stands. It decides what ${this.…} and relative paths name.
type scope struct {
	file     *document
	resource string // "" outside of resources
}

// place is a value in a scope. Aliases put one value into several.
type place struct {
	node  *yaml.Node
	scope scope
}

// foreign describes a value of another file.
type foreign struct {
	file string
	at   *yaml.Node // what names the other file
}

// maxReplaced bounds the bytes that replace the variables of a file, because variables that name each other twice double.
const maxReplaced = 1 << 20

// maxDepth bounds how far variables name others.
const maxDepth = 100

// variableUse matches the use of a variable, as Serverless Devs does: up to the first brace.
var variableUse = regexp.MustCompile(`\$\{[^}]*\}`)

// value returns a value with its variables replaced. Its positions are in the file itself. Fields that are null are left out.
func (r *resolver) value(n *yaml.Node, s scope) *yaml.Node {
	key := place{n, s}
	done, known := r.done[key]
	switch {
	case r.err != nil:
		return r.fail(n, r.err)
	case known && done == nil:
		return r.fail(n, r.errorAt(n, "%s names itself: write out its value", cmp.Or(shown(n.Value), "the value")))
	case known:
		return done
	}
	r.done[key] = nil
	out := r.resolve(n, s)
	r.done[key] = out
	return out
}

func (r *resolver) resolve(n *yaml.Node, s scope) *yaml.Node {
	switch n.Kind {
	case yaml.MappingNode:
		var all []field
		for _, f := range fields(n) {
			if v := r.value(f.value, s); !isNull(v) {
				all = append(all, field{f.name, v})
			}
		}
		return r.sized(newMapping(r.origin(n), all))
	case yaml.SequenceNode:
		at := r.origin(n)
		out := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: at.Line, Column: at.Column}
		for _, item := range n.Content {
			out.Content = append(out.Content, r.value(item, s))
		}
		return r.sized(out)
	}
	if n.ShortTag() != "!!str" || !strings.Contains(n.Value, "${") {
		return r.scalar(n, n.ShortTag(), scalarText(n))
	}
	return r.replaceVariables(n, s)
}

// sized records the size of a mapping or sequence, counting each value as often as it is in it.
func (r *resolver) sized(n *yaml.Node) *yaml.Node {
	size := 1
	for _, inner := range n.Content {
		size = min(size+r.size(inner), maxReplaced+1)
	}
	r.sizes[n] = size
	return n
}

func (r *resolver) size(n *yaml.Node) int {
	if n.Kind == yaml.ScalarNode {
		return 1 + len(n.Value)
	}
	return r.sizes[n]
}

// scalar returns a resolved scalar that stands where n does.
func (r *resolver) scalar(n *yaml.Node, tag, value string) *yaml.Node {
	at := r.origin(n)
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value, Line: at.Line, Column: at.Column, Alias: at}
}

// fail returns a value that stands for n, which cannot be resolved.
func (r *resolver) fail(n *yaml.Node, err error) *yaml.Node {
	out := r.scalar(n, "!!str", n.Value)
	r.broken[out] = err
	return out
}

// field returns the value of a mapping's field like [child], fast for variables of large mappings.
func (r *resolver) field(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	index := r.indexes[n]
	if index == nil {
		index = map[string]*yaml.Node{}
		for _, f := range fields(n) {
			index[f.name] = f.value
		}
		r.indexes[n] = index
	}
	return index[name]
}

// origin returns the node of the file itself that a value belongs to.
func (r *resolver) origin(n *yaml.Node) *yaml.Node {
	if f, ok := r.foreign[n]; ok {
		return f.at
	}
	return n
}

// errorAt returns an error that begins with a value's position in its own file.
func (r *resolver) errorAt(n *yaml.Node, format string, args ...any) error {
	file := r.files[0].name
	if f, ok := r.foreign[n]; ok {
		file = f.file
	}
	return &placedError{fmt.Sprintf("%s:%d:%d: %s", file, n.Line, n.Column, fmt.Sprintf(format, args...))}
}

// replaceVariables resolves a text that uses variables. A text that is one variable has its value, which may be of any kind.
func (r *resolver) replaceVariables(n *yaml.Node, s scope) *yaml.Node {
	uses := variableUse.FindAllStringIndex(n.Value, -1)
	if len(uses) == 1 && uses[0][0] == 0 && uses[0][1] == len(n.Value) {
		v, err := r.use(n.Value, n, s)
		switch {
		case err != nil:
			return r.fail(n, err)
		case v.Kind == yaml.ScalarNode:
			v = r.scalar(n, v.Tag, v.Value)
		}
		r.spend(n, r.size(v))
		return v
	}
	var b strings.Builder
	end := 0
	for _, at := range uses {
		use := n.Value[at[0]:at[1]]
		v, err := r.use(use, n, s)
		if err != nil {
			return r.fail(n, err)
		}
		part, err := joined(v)
		if err != nil {
			return r.fail(n, r.errorAt(n, "%s is a mapping, which cannot be a part of a text: name one of its fields", shown(use)))
		}
		if r.spend(n, len(part)); r.err != nil {
			return r.fail(n, r.err)
		}
		b.WriteString(n.Value[end:at[0]] + part)
		end = at[1]
	}
	return r.scalar(n, "!!str", b.String()+n.Value[end:])
}

// spend counts bytes that replace a variable in n. It ends reading if the file has too many.
func (r *resolver) spend(n *yaml.Node, bytes int) {
	if r.spent += bytes; r.spent > maxReplaced && r.err == nil {
		r.err = r.errorAt(n, "variables grow to more than %d bytes here; write out the ones that name others", maxReplaced)
	}
}

// use returns the value of one use of a variable in n. For a value that is not known here, it is a text that stands for it.
func (r *resolver) use(use string, n *yaml.Node, s scope) (*yaml.Node, error) {
	if r.depth++; r.depth > maxDepth {
		r.err = r.errorAt(n, "variables name others more than %d deep: write out their values", maxDepth)
	}
	defer func() { r.depth-- }()
	if r.err != nil {
		return nil, r.err
	}
	e := evaluation{resolver: r, node: n, scope: s}
	v, err := e.evaluate(use[2 : len(use)-1])
	var unavailable *unavailableError
	var placed *placedError
	switch {
	case errors.As(err, &unavailable):
		stands := use
		if strings.ContainsAny(use, `:/"\`) { // has a meaning in ARNs or event patterns
			stands = fmt.Sprintf("${unknown %d}", len(r.unknown)+1)
		}
		r.unknown[stands] = shown(use) + " " + unavailable.reason
		return r.scalar(n, "!!str", stands), nil
	case errors.As(err, &placed):
		return nil, err
	case err != nil:
		return nil, r.errorAt(n, "%s: %s", shown(use), err)
	}
	if err := r.broken[v]; err != nil {
		return nil, err
	}
	return v, nil
}

// whyUnknown returns why a text is not known, "" if it is.
func (r *resolver) whyUnknown(value string) string {
	for _, use := range variableUse.FindAllString(value, -1) {
		if why := r.unknown[use]; why != "" {
			return why
		}
	}
	return ""
}

// problem returns the first error in a resolved value.
func (r *resolver) problem(n *yaml.Node) error {
	if n == nil {
		return nil
	}
	if err := r.broken[n]; err != nil {
		return err
	}
	for _, inner := range n.Content {
		if err := r.problem(inner); err != nil {
			return err
		}
	}
	return nil
}

// scalarText returns the text that JavaScript makes of a scalar.
func scalarText(n *yaml.Node) string {
	switch n.ShortTag() {
	case "!!bool":
		return strings.ToLower(n.Value)
	case "!!int", "!!float":
		if digits := strings.TrimLeft(n.Value, "0123456789"); digits == "" {
			return "0"[:max(0, 1-len(strings.TrimLeft(n.Value, "0")))] + strings.TrimLeft(n.Value, "0") // without zeros at the front
		}
		var f float64
		if n.Decode(&f) == nil && -1e21 < f && f < 1e21 {
			return strconv.FormatFloat(f, 'f', -1, 64)
		}
	}
	return n.Value
}

// joined returns the text that JavaScript makes of a value: a list is joined with commas. A mapping has none.
func joined(v *yaml.Node) (string, error) {
	switch v.Kind {
	case yaml.SequenceNode:
		var all []string
		for _, item := range v.Content {
			s, err := joined(item)
			if err != nil {
				return "", err
			}
			all = append(all, s)
		}
		return strings.Join(all, ","), nil
	case yaml.MappingNode:
		return "", errors.New("a mapping is no text: name one of its fields")
	}
	if isNull(v) {
		return "", nil
	}
	return v.Value, nil
}

// shown returns a text from the file as messages show it.
func shown(s string) string { return text.Printable(text.Truncate(s, 80)) }
