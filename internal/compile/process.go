package compile

import (
	"iter"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/internal/rulefile"
	"onput/internal/ruleset"
	"onput/process"
)

// compiledProcess is an action and the positions of its parameters in the file.
type compiledProcess struct {
	*ruleset.Action
	positions []paramPosition
}

// paramRef identifies a parameter by its segment of the request and its index there; param -1 is the segment itself.
type paramRef struct{ segment, param int }

// paramPosition is the position of a parameter: two nodes of the map form, or bytes of the string form.
type paramPosition struct {
	paramRef
	key, value *yaml.Node
	from, to   int
}

// position returns the position of a parameter, or of its segment if it is missing.
func (p *compiledProcess) position(ref paramRef) paramPosition {
	for _, ref := range []paramRef{ref, {ref.segment, -1}} {
		if i := slices.IndexFunc(p.positions, func(at paramPosition) bool { return at.paramRef == ref }); i >= 0 {
			return p.positions[i]
		}
	}
	return paramPosition{}
}

// compileProcess compiles a process in either form and checks it against the catalogue. It returns nil if the process is
// invalid in form.
func (c *compiler) compileProcess(n *yaml.Node, scope ruleset.Scope) *compiledProcess {
	scope.NotHere = "OSS fills it in only in target keys, not in parameters"
	parse := c.parseProcessString
	if n.Kind == yaml.MappingNode {
		parse = c.parseProcessMap
	}
	p := parse(n, scope)
	if p == nil {
		return nil
	}
	p.Operation, _ = process.Lookup(p.Request.Operation)
	for _, problem := range p.Request.CheckOperation() {
		c.reportProblem(n, p, problem)
	}
	if len(p.Open) == 0 {
		p.Process = p.Request.String()
	}
	return p
}

// reportProblem reports a problem at the parameter it is about.
func (c *compiler) reportProblem(n *yaml.Node, p *compiledProcess, found process.Problem) {
	report, reportIn := c.Error, c.ErrorIn
	if found.Warning {
		report, reportIn = c.Warn, c.WarnIn
	}
	switch at := p.position(paramRef{found.Segment, found.Index}); {
	case at.key == nil:
		reportIn(n, at.from, at.to, found.Code, "%s", found.Message)
	case found.Code == "parameter-value" && at.value != nil:
		report(at.value, found.Code, "%s", found.Message)
	default:
		report(at.key, found.Code, "%s", found.Message)
	}
}

// parseProcessString parses OSS's own notation.
func (c *compiler) parseProcessString(n *yaml.Node, scope ruleset.Scope) *compiledProcess {
	s, ok := c.ReadText(n, "process")
	if !ok {
		return nil
	}
	if strings.HasPrefix(s.Text, "{") {
		c.Error(n, "process-syntax", "the process is quoted and so no map: remove the quotation marks around it")
		return nil
	}
	if i := process.IndexDirectives(s.Text); i >= 0 {
		c.ErrorIn(n, i, len(s.Text), "sys-directive", "remove %s: target and notify write the sys directives", s.Text[i:])
		return nil
	}
	r, err := process.ParseTemplate(s.Text)
	if err != nil {
		e := err.(*process.SyntaxError)
		c.ErrorIn(n, e.Offset, e.End, "process-syntax", "%s", e.Message)
		return nil
	}
	p := &compiledProcess{&ruleset.Action{Request: *r}, findParams(s.Text, r)}
	for segment := range r.Segments() {
		for i, param := range *r.ParamsOf(segment) {
			if ref := (paramRef{segment, i}); param.Open {
				c.compileParam(p, ref, param.Value, n, p.position(ref).from+len(paramHead(param)), scope)
			}
		}
	}
	return p
}

// compileParam sets a parameter to a text with variables, which begins at an offset of a scalar's value. The parameter stays
// open if its value depends on the upload.
func (c *compiler) compileParam(
	p *compiledProcess, ref paramRef, text string, n *yaml.Node, offset int, scope ruleset.Scope,
) {
	t, errs := ruleset.ParseTemplate(text, scope)
	for _, e := range errs {
		if !c.refusesEnv(rulefile.Scalar{Text: n.Value, Node: n}, offset+e.Offset, offset+e.End) {
			c.ErrorIn(n, offset+e.Offset, offset+e.End, e.Code, "%s", e.Message)
		}
	}
	switch {
	case errs != nil:
	case t.HasVariables():
		p.Open = append(p.Open, ruleset.OpenParam{Segment: ref.segment, Param: ref.param, Value: t})
	default:
		param := &(*p.Request.ParamsOf(ref.segment))[ref.param]
		param.Value, param.Open = t.LiteralText(), false
	}
}

// findParams returns the positions of a request's parameters in the string it was parsed from, in the order of the string.
func findParams(s string, r *process.Request) []paramPosition {
	at := len(r.Operation)
	positions := []paramPosition{{paramRef: paramRef{0, -1}, to: at}}
	add := func(ref paramRef, head string) {
		if i := strings.Index(s[at:], head); i >= 0 {
			positions[len(positions)-1].to = at + i
			positions = append(positions, paramPosition{paramRef: ref, from: at + i + 1, to: len(s)})
			at += i + len(head)
		}
	}
	for segment := range r.Segments() {
		if segment > 0 {
			add(paramRef{segment, -1}, "/"+r.SegmentName(segment))
		}
		for i, param := range *r.ParamsOf(segment) {
			add(paramRef{segment, i}, ","+paramHead(param))
		}
	}
	return positions
}

// paramHead returns what a process string has before the value of a parameter.
func paramHead(p process.Param) string {
	if p.Name == "" {
		return ""
	}
	return p.Name + "_"
}

// parseProcessMap parses the map form: one operation to its parameters, or image to its actions.
func (c *compiler) parseProcessMap(n *yaml.Node, scope ruleset.Scope) *compiledProcess {
	if len(n.Content) != 2 {
		c.Error(n, "type", "process must be a map of one operation to its parameters, "+
			"such as video/convert: {f: mp4}; for several, write outputs")
		return nil
	}
	name, ok := c.ReadText(n.Content[0], "the operation")
	if !ok {
		return nil
	}
	p := &compiledProcess{&ruleset.Action{}, []paramPosition{{paramRef: paramRef{0, -1}, key: n.Content[0]}}}
	if name.Text == "image" {
		return c.parseActions(n.Content[0], n.Content[1], scope)
	}
	p.Request.Operation = name.Text
	if !c.addParams(p, 0, n.Content[0], n.Content[1], scope) {
		return nil
	}
	return p
}

// parseActions parses the actions of image, in the order written. The value of an action that is repeated is a list.
func (c *compiler) parseActions(image, actions *yaml.Node, scope ruleset.Scope) *compiledProcess {
	if actions.Kind != yaml.MappingNode || len(actions.Content) == 0 {
		c.Error(actions, "type", "image must be a map of actions, such as {resize: {w: 200}, format: webp}, not %s", rulefile.Describe(actions))
		return nil
	}
	p := &compiledProcess{&ruleset.Action{}, nil}
	ok := true
	add := func(key, value *yaml.Node) {
		segment := 0
		if p.Request.Operation == "" {
			p.Request.Operation = "image/" + key.Value
		} else {
			p.Request.Chain = append(p.Request.Chain, process.Action{Name: key.Value})
			segment = len(p.Request.Chain)
		}
		p.positions = append(p.positions, paramPosition{paramRef: paramRef{segment, -1}, key: key})
		ok = c.addParams(p, segment, key, value, scope) && ok
	}
	for key, value := range c.Entries(actions, func(key *yaml.Node) {
		c.Error(key, "type", "the name of an action must be a word, not %s", rulefile.Describe(key))
		ok = false
	}) {
		if value.Kind != yaml.SequenceNode || len(value.Content) == 0 {
			add(key, value)
			continue
		}
		for _, v := range value.Content {
			add(key, v)
		}
	}
	if !ok || p.Request.Operation == "" {
		return nil
	}
	return p
}

// addParams adds the parameters of a segment, which key names in the map form: a map, nothing, or the value that is written
// without a name. It reports false if they are invalid in form.
func (c *compiler) addParams(p *compiledProcess, segment int, key, params *yaml.Node, scope ruleset.Scope) bool {
	op, known := p.Request.Spec(segment)
	isValue := params.Kind == yaml.ScalarNode && known && op.Positional() != nil
	switch {
	case params.Kind == yaml.ScalarNode && params.Tag == "!!null":
		return true
	case isValue:
		c.addParam(p, segment, "", key, params, scope)
		return true
	case params.Kind != yaml.MappingNode && known && op.Positional() != nil:
		c.Error(params, "type", "%s takes one value, such as {%s: VALUE}, not %s", op.Name, key.Value, rulefile.Describe(params))
		return false
	case params.Kind != yaml.MappingNode:
		example := "f: mp4"
		if known && op.Chained() {
			example = op.Parameters[0].Name + ": VALUE"
		}
		c.Error(params, "type", "the parameters of %s must be a map, such as {%s}, not %s", key.Value, example, rulefile.Describe(params))
		return false
	}
	for key, value := range c.paramEntries(params) {
		if (key.Value == "pre" || key.Value == "sur") && segment == 0 && len(p.Request.Chain) == 0 {
			c.addClips(p, key.Value, value, scope)
		} else {
			c.addParam(p, segment, key.Value, key, value, scope)
		}
	}
	return true
}

// addClips adds the clips that a concat operation joins before or after the upload.
func (c *compiler) addClips(p *compiledProcess, where string, n *yaml.Node, scope ruleset.Scope) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		c.Error(n, "type", "%s must be a list of {o: KEY, ss: MS, t: MS}, not %s", where, rulefile.Describe(n))
		return
	}
	for _, clip := range n.Content {
		if clip.Kind != yaml.MappingNode {
			c.Error(clip, "type", "a clip must be a map {o: KEY, ss: MS, t: MS}, not %s", rulefile.Describe(clip))
			continue
		}
		p.Request.Clips = append(p.Request.Clips, process.Clip{Where: where})
		number := len(p.Request.Clips)
		p.positions = append(p.positions, paramPosition{paramRef: paramRef{number, -1}, key: clip})
		for key, value := range c.paramEntries(clip) {
			c.addParam(p, number, key.Value, key, value, scope)
		}
	}
}

// paramEntries iterates over the names and values of a map of parameters.
func (c *compiler) paramEntries(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return c.Entries(n, func(key *yaml.Node) {
		c.Error(key, "type", "a parameter name must be a word, not %s", rulefile.Describe(key))
	})
}

// addParam adds one parameter of the map form, whose name is "" if its value is written without one. The value is not Base64.
func (c *compiler) addParam(p *compiledProcess, segment int, name string, key, value *yaml.Node, scope ruleset.Scope) {
	params := p.Request.ParamsOf(segment)
	ref := paramRef{segment, len(*params)}
	p.positions = append(p.positions, paramPosition{paramRef: ref, key: key, value: value})
	*params = append(*params, process.Param{Name: name, Open: true}) // even if invalid: it is not missing
	if value.Kind != yaml.ScalarNode || value.Tag == "!!null" {
		c.Error(value, "type", "parameter %s takes one value, not %s: write {%[1]s: VALUE}", key.Value, rulefile.Describe(value))
		return
	}
	c.compileParam(p, ref, value.Value, value, 0, scope)
}
