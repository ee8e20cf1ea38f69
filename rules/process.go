package rules

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/process"
)

// compiledProcess is a process field: the request, and which of its parameters an upload fills in.
type compiledProcess struct {
	request process.Request
	open    []openParam
	places  map[place]*yaml.Node // where parameters of the map form stand
}

// place names a parameter: clip 0 is the operation, clip n the n-th clip.
type place struct {
	clip  int
	param string
}

// paramScope is what variables parameters may hold.
func paramScope(captures []string) scope {
	return scope{captures: captures, instead: "OSS fills it in in names of targets only, not in parameters"}
}

// processOf compiles a process in either form and checks it against the catalogue, nil if it cannot be read.
func (d *document) processOf(n *yaml.Node, captures []string) *compiledProcess {
	var p *compiledProcess
	if n.Kind == yaml.MappingNode {
		p = d.processMap(n, captures)
	} else {
		p = d.processString(n, captures)
	}
	if p == nil {
		return nil
	}
	for _, problem := range p.request.CheckOperation() {
		code := "process"
		if at, ok := p.places[place{problem.Clip, problem.Param}]; ok {
			d.add(at.Line, at.Column, width(at), code, problem.Warning, "%s", problem.Message)
			continue
		}
		from, to := 0, min(len(p.request.Operation), len(n.Value))
		if problem.Param != "" && problem.Clip == 0 {
			if i := strings.Index(n.Value, ","+problem.Param+"_"); i >= 0 {
				from = i + 1
				to = from + strings.IndexAny(n.Value[from:]+",", ",/")
			}
		}
		d.in(n, from, to, code, problem.Warning, "%s", problem.Message)
	}
	return p
}

// processString reads OSS's own notation.
func (d *document) processString(n *yaml.Node, captures []string) *compiledProcess {
	s, ok := d.text(n, "process")
	if !ok {
		return nil
	}
	if i := strings.IndexByte(s.text, '|'); i >= 0 {
		d.failIn(n, i, len(s.text), "process", "leave out %s: target and notify write the sys directives", s.text[i:])
		return nil
	}
	r, err := process.ParseTemplate(s.text)
	if err != nil {
		e := err.(*process.SyntaxError)
		d.failIn(n, e.Offset, e.End, "process", "%s", e.Message)
		return nil
	}
	p := &compiledProcess{request: *r}
	at := len(r.Operation)
	collect := func(clip int, params []process.Param) {
		for i := range params {
			q := &params[i]
			if !q.Open {
				continue
			}
			// The values stand in the string in this order, each behind its name.
			at += strings.Index(s.text[at:], ","+q.Name+"_"+q.Value) + len(q.Name) + 2
			t, wrong := parseTemplate(q.Value, paramScope(captures))
			for _, w := range wrong {
				d.failIn(n, at+w.offset, at+w.end, w.code, "%s", w.message)
			}
			if wrong == nil {
				p.add(clip, i, q, t)
			}
		}
	}
	collect(-1, p.request.Params)
	for i := range p.request.Clips {
		collect(i, p.request.Clips[i].Params)
	}
	return p
}

// add notes a parameter's template. One without variables is a value at once.
func (p *compiledProcess) add(clip, param int, q *process.Param, t template) {
	if q.Open = t.open(); q.Open {
		p.open = append(p.open, openParam{clip, param, t})
		return
	}
	q.Value = ""
	for _, part := range t.parts {
		q.Value += part.literal
	}
}

// processMap reads the map form: one operation to its parameters.
func (d *document) processMap(n *yaml.Node, captures []string) *compiledProcess {
	if len(n.Content) != 2 {
		d.fail(n, "process", "process is a map of one operation to its parameters, such as video/convert: {f: mp4}")
		return nil
	}
	name, ok := d.text(n.Content[0], "the operation")
	if !ok {
		return nil
	}
	p := &compiledProcess{places: map[place]*yaml.Node{{}: n.Content[0]}}
	p.request.Operation = name.text
	params := n.Content[1]
	if params.Kind == yaml.ScalarNode && params.Tag == "!!null" {
		return p
	}
	if params.Kind != yaml.MappingNode {
		d.fail(params, "type", "the parameters of %s are a map, such as {f: mp4}, not %s", name.text, describe(params))
		return nil
	}
	seen := firsts{}
	for i := 0; i+1 < len(params.Content); i += 2 {
		key, value := params.Content[i], params.Content[i+1]
		if d.twice(seen, key) {
			continue
		}
		if key.Value == "pre" || key.Value == "sur" {
			d.clips(p, key.Value, value, captures)
			continue
		}
		p.places[place{0, key.Value}] = value
		d.param(p, -1, &p.request.Params, key, value, captures)
	}
	return p
}

// clips reads the list of a concat's clips before or after the upload.
func (d *document) clips(p *compiledProcess, where string, n *yaml.Node, captures []string) {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, "type", "%s is a list of {o: KEY, ss: MS, t: MS}, not %s", where, describe(n))
		return
	}
	for _, c := range n.Content {
		if c.Kind != yaml.MappingNode {
			d.fail(c, "type", "a clip is a map {o: KEY, ss: MS, t: MS}, not %s", describe(c))
			continue
		}
		p.request.Clips = append(p.request.Clips, process.Clip{Where: where})
		i := len(p.request.Clips) - 1
		p.places[place{i + 1, ""}] = c
		p.places[place{i + 1, "o"}] = c // where a missing key is reported
		seen := firsts{}
		for j := 0; j+1 < len(c.Content); j += 2 {
			key, value := c.Content[j], c.Content[j+1]
			if d.twice(seen, key) {
				continue
			}
			p.places[place{i + 1, key.Value}] = value
			d.param(p, i, &p.request.Clips[i].Params, key, value, captures)
		}
	}
}

// param reads one parameter of the map form. Its value is in clear, and sent as it is written.
func (d *document) param(p *compiledProcess, clip int, params *[]process.Param, key, value *yaml.Node, captures []string) {
	if value.Kind != yaml.ScalarNode || value.Tag == "!!null" {
		d.fail(value, "type", "parameter %s has one value, not %s", key.Value, describe(value))
		return
	}
	q := process.Param{Name: key.Value, Open: true}
	t, wrong := parseTemplate(value.Value, paramScope(captures))
	for _, w := range wrong {
		d.failIn(value, w.offset, w.end, w.code, "%s", w.message)
	}
	if wrong == nil {
		p.add(clip, len(*params), &q, t)
	}
	*params = append(*params, q)
}
