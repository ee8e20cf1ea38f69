package rules

import (
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
	text      string          // of the string form
	positions []paramPosition // those of the string form are computed on demand
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
func (p *compiledProcess) position(at paramRef) paramPosition {
	if p.positions == nil {
		p.positions = findParams(p.text, &p.Request)
	}
	for _, at := range []paramRef{at, {at.clip, -1}} {
		if i := slices.IndexFunc(p.positions, func(q paramPosition) bool { return q.paramRef == at }); i >= 0 {
			return p.positions[i]
		}
	}
	return paramPosition{}
}

// paramScope returns the scope of templates in parameters.
func paramScope(scope ruleset.Scope) ruleset.Scope {
	scope.NotHere = "OSS fills it in in names of targets only, not in parameters"
	return scope
}

// report reports an error or a warning about a node.
func (c *compiler) report(warning bool, n *yaml.Node, code, message string) {
	if warning {
		c.Warn(n, code, "%s", message)
	} else {
		c.Error(n, code, "%s", message)
	}
}

// reportIn reports an error or a warning about the bytes from to to of a scalar's value.
func (c *compiler) reportIn(warning bool, n *yaml.Node, from, to int, code, message string) {
	if warning {
		c.WarnIn(n, from, to, code, "%s", message)
	} else {
		c.ErrorIn(n, from, to, code, "%s", message)
	}
}

// compileProcess compiles a process in either form and checks it against the catalogue. It returns nil if the process cannot
// be read.
func (c *compiler) compileProcess(n *yaml.Node, scope ruleset.Scope) *compiledProcess {
	var p *compiledProcess
	if n.Kind == yaml.MappingNode {
		p = c.processMap(n, scope)
	} else {
		p = c.processString(n, scope)
	}
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
	switch at := p.position(paramRef{found.Clip, found.Index}); {
	case at.key == nil:
		c.reportIn(found.Warning, n, at.from, at.to, found.Code, found.Message)
	case found.Code == "parameter-value" && at.value != nil:
		c.report(found.Warning, at.value, found.Code, found.Message)
	default:
		c.report(found.Warning, at.key, found.Code, found.Message)
	}
}

// processString reads OSS's own notation.
func (c *compiler) processString(n *yaml.Node, scope ruleset.Scope) *compiledProcess {
	s, ok := c.ReadText(n, "process")
	if !ok {
		return nil
	}
	if i := strings.IndexByte(s.Text, '|'); i >= 0 {
		c.ErrorIn(n, i, len(s.Text), "sys-directive", "leave out %s: target and notify write the sys directives", s.Text[i:])
		return nil
	}
	r, err := process.ParseTemplate(s.Text)
	if err != nil {
		e := err.(*process.SyntaxError)
		c.ErrorIn(n, e.Offset, e.End, "process-syntax", "%s", e.Message)
		return nil
	}
	p := &compiledProcess{Action: &ruleset.Action{Request: *r}, text: s.Text}
	collect := func(clip int, params []process.Param) {
		for i := range params {
			q := &params[i]
			if !q.Open {
				continue
			}
			t, errs := ruleset.ParseTemplate(q.Value, paramScope(scope))
			for _, w := range errs {
				at := p.position(paramRef{clip + 1, i}).from + len(q.Name) + 1
				c.ErrorIn(n, at+w.Offset, at+w.End, w.Code, "%s", w.Message)
			}
			if errs == nil {
				p.addParam(clip, i, q, t)
			}
		}
	}
	collect(-1, p.Request.Params)
	for i := range p.Request.Clips {
		collect(i, p.Request.Clips[i].Params)
	}
	return p
}

// findParams returns the positions of the parameters of a request in the string it was parsed from, which has the same order.
func findParams(s string, r *process.Request) []paramPosition {
	at := len(r.Operation)
	positions := []paramPosition{{paramRef: paramRef{0, -1}, to: at}}
	next := func(p paramRef, head string) {
		i := strings.Index(s[at:], head)
		if i < 0 {
			return
		}
		positions[len(positions)-1].to = at + i
		positions = append(positions, paramPosition{paramRef: p, from: at + i + 1, to: len(s)})
		at += i + len(head)
	}
	params := func(clip int, params []process.Param) {
		for i, q := range params {
			next(paramRef{clip, i}, ","+q.Name+"_")
		}
	}
	params(0, r.Params)
	for i, c := range r.Clips {
		next(paramRef{i + 1, -1}, "/"+c.Where)
		params(i+1, c.Params)
	}
	return positions
}

// addParam sets the value of a parameter from a template, or makes the parameter open if the template holds variables.
func (p *compiledProcess) addParam(clip, param int, q *process.Param, t ruleset.Template) {
	if q.Open = t.HasVariables(); q.Open {
		p.Open = append(p.Open, ruleset.OpenParam{Clip: clip, Param: param, Value: t})
		return
	}
	q.Value = t.LiteralText()
}

// processMap reads the map form: one operation to its parameters.
func (c *compiler) processMap(n *yaml.Node, scope ruleset.Scope) *compiledProcess {
	if len(n.Content) != 2 {
		c.Error(n, "type", "process is a map of one operation to its parameters, such as video/convert: {f: mp4}; for several, write outputs")
		return nil
	}
	name, ok := c.ReadText(n.Content[0], "the operation")
	if !ok {
		return nil
	}
	p := &compiledProcess{Action: &ruleset.Action{}, positions: []paramPosition{{paramRef: paramRef{0, -1}, key: n.Content[0]}}}
	p.Request.Operation = name.Text
	params := n.Content[1]
	if params.Kind == yaml.ScalarNode && params.Tag == "!!null" {
		return p
	}
	if params.Kind != yaml.MappingNode {
		c.Error(params, "type", "the parameters of %s are a map, such as {f: mp4}, not %s", name.Text, rulefile.Describe(params))
		return nil
	}
	var seen rulefile.SeenKeys
	for i := 0; i+1 < len(params.Content); i += 2 {
		key, value := params.Content[i], params.Content[i+1]
		if !c.checkParamName(&seen, key) {
			continue
		}
		if key.Value == "pre" || key.Value == "sur" {
			c.clips(p, key.Value, value, scope)
			continue
		}
		p.positions = append(p.positions, paramPosition{paramRef: paramRef{0, len(p.Request.Params)}, key: key, value: value})
		c.param(p, -1, &p.Request.Params, key, value, scope)
	}
	return p
}

// clips reads the clips that a concat operation joins before or after the upload.
func (c *compiler) clips(p *compiledProcess, where string, n *yaml.Node, scope ruleset.Scope) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		c.Error(n, "type", "%s is a list of {o: KEY, ss: MS, t: MS}, not %s", where, rulefile.Describe(n))
		return
	}
	for _, clip := range n.Content {
		if clip.Kind != yaml.MappingNode {
			c.Error(clip, "type", "a clip is a map {o: KEY, ss: MS, t: MS}, not %s", rulefile.Describe(clip))
			continue
		}
		p.Request.Clips = append(p.Request.Clips, process.Clip{Where: where})
		i := len(p.Request.Clips) - 1
		p.positions = append(p.positions, paramPosition{paramRef: paramRef{i + 1, -1}, key: clip})
		var seen rulefile.SeenKeys
		for j := 0; j+1 < len(clip.Content); j += 2 {
			key, value := clip.Content[j], clip.Content[j+1]
			if !c.checkParamName(&seen, key) {
				continue
			}
			p.positions = append(p.positions, paramPosition{paramRef: paramRef{i + 1, len(p.Request.Clips[i].Params)}, key: key, value: value})
			c.param(p, i, &p.Request.Clips[i].Params, key, value, scope)
		}
	}
}

// checkParamName reports a parameter's name that is not a word, or a duplicate.
func (c *compiler) checkParamName(seen *rulefile.SeenKeys, key *yaml.Node) bool {
	if key.Kind != yaml.ScalarNode {
		c.Error(key, "type", "the name of a parameter is a word, not %s", rulefile.Describe(key))
		return false
	}
	return !c.IsDuplicateKey(seen, key)
}

// param reads one parameter of the map form. Its value is not Base64.
func (c *compiler) param(p *compiledProcess, clip int, params *[]process.Param, key, value *yaml.Node, scope ruleset.Scope) {
	if value.Kind != yaml.ScalarNode || value.Tag == "!!null" {
		c.Error(value, "type", "parameter %s has one value, not %s: as in {%[1]s: VALUE}", key.Value, rulefile.Describe(value))
		*params = append(*params, process.Param{Name: key.Value, Open: true}) // so that it does not count as missing
		return
	}
	q := process.Param{Name: key.Value, Open: true}
	t, errs := ruleset.ParseTemplate(value.Value, paramScope(scope))
	for _, w := range errs {
		c.ErrorIn(value, w.Offset, w.End, w.Code, "%s", w.Message)
	}
	if errs == nil {
		p.addParam(clip, len(*params), &q, t)
	}
	*params = append(*params, q)
}
