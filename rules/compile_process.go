package rules

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

// paramRef identifies a parameter: clip 0 is the operation, clip n the n-th clip; param -1 is the operation or clip itself.
type paramRef struct{ clip, param int }

// paramPosition is the position of a parameter: two nodes of the map form, or bytes of the string form.
type paramPosition struct {
	paramRef
	key, value *yaml.Node
	from, to   int
}

// position returns the position of a parameter, or of its operation or clip if it is missing.
func (p *compiledProcess) position(ref paramRef) paramPosition {
	for _, ref := range []paramRef{ref, {ref.clip, -1}} {
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
	switch at := p.position(paramRef{found.Clip, found.Index}); {
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
	if i := strings.IndexByte(s.Text, '|'); i >= 0 {
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
	for clip := range len(r.Clips) + 1 {
		for i, param := range *ruleset.ParamsOf(r, clip) {
			if ref := (paramRef{clip, i}); param.Open {
				c.compileParam(p, ref, param.Value, n, p.position(ref).from+len(param.Name)+1, scope)
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
		p.Open = append(p.Open, ruleset.OpenParam{Clip: ref.clip, Param: ref.param, Value: t})
	default:
		param := &(*ruleset.ParamsOf(&p.Request, ref.clip))[ref.param]
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
	for clip := range len(r.Clips) + 1 {
		if clip > 0 {
			add(paramRef{clip, -1}, "/"+r.Clips[clip-1].Where)
		}
		for i, param := range *ruleset.ParamsOf(r, clip) {
			add(paramRef{clip, i}, ","+param.Name+"_")
		}
	}
	return positions
}

// parseProcessMap parses the map form: one operation to its parameters.
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
	p.Request.Operation = name.Text
	params := n.Content[1]
	if params.Kind == yaml.ScalarNode && params.Tag == "!!null" {
		return p
	}
	if params.Kind != yaml.MappingNode {
		c.Error(params, "type", "the parameters of %s must be a map, such as {f: mp4}, not %s", name.Text, rulefile.Describe(params))
		return nil
	}
	for key, value := range c.paramEntries(params) {
		if key.Value == "pre" || key.Value == "sur" {
			c.addClips(p, key.Value, value, scope)
		} else {
			c.addParam(p, 0, key, value, scope)
		}
	}
	return p
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
			c.addParam(p, number, key, value, scope)
		}
	}
}

// paramEntries iterates over the names and values of a map of parameters.
func (c *compiler) paramEntries(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return c.Entries(n, func(key *yaml.Node) {
		c.Error(key, "type", "a parameter name must be a word, not %s", rulefile.Describe(key))
	})
}

// addParam adds one parameter of the map form. Its value is not Base64.
func (c *compiler) addParam(p *compiledProcess, clip int, key, value *yaml.Node, scope ruleset.Scope) {
	params := ruleset.ParamsOf(&p.Request, clip)
	ref := paramRef{clip, len(*params)}
	p.positions = append(p.positions, paramPosition{paramRef: ref, key: key, value: value})
	*params = append(*params, process.Param{Name: key.Value, Open: true}) // even if invalid: it is not missing
	if value.Kind != yaml.ScalarNode || value.Tag == "!!null" {
		c.Error(value, "type", "parameter %s takes one value, not %s: write {%[1]s: VALUE}", key.Value, rulefile.Describe(value))
		return
	}
	c.compileParam(p, ref, value.Value, value, 0, scope)
}
