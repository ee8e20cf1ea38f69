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
	places  map[place]written
}

// place names a parameter by its number: clip 0 is the operation, clip n the n-th clip; param -1 is it as a whole.
type place struct{ clip, param int }

// written is where a parameter stands: two nodes of the map form, or bytes of the string.
type written struct {
	key, value *yaml.Node
	from, to   int
}

// paramScope is what variables parameters may hold.
func paramScope(captures scope) scope {
	captures.instead = "OSS fills it in in names of targets only, not in parameters"
	return captures
}

// processOf compiles a process in either form and checks it against the catalogue, nil if it cannot be read.
func (d *document) processOf(n *yaml.Node, captures scope) *compiledProcess {
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
		d.problem(n, p, problem)
	}
	return p
}

// problem reports what package process finds, at the parameter that it is about.
func (d *document) problem(n *yaml.Node, p *compiledProcess, found process.Problem) {
	at, ok := p.places[place{found.Clip, found.Index}]
	if !ok {
		at = p.places[place{found.Clip, -1}]
	}
	switch {
	case at.key == nil:
		d.in(n, at.from, at.to, found.Code, found.Warning, "%s", found.Message)
	case found.Code == "parameter-value" && at.value != nil:
		d.add(at.value.Line, at.value.Column, d.width(at.value), found.Code, found.Warning, "%s", found.Message)
	default:
		d.add(at.key.Line, at.key.Column, d.width(at.key), found.Code, found.Warning, "%s", found.Message)
	}
}

// processString reads OSS's own notation.
func (d *document) processString(n *yaml.Node, captures scope) *compiledProcess {
	s, ok := d.text(n, "process")
	if !ok {
		return nil
	}
	if i := strings.IndexByte(s.text, '|'); i >= 0 {
		d.failIn(n, i, len(s.text), "sys-directive", "leave out %s: target and notify write the sys directives", s.text[i:])
		return nil
	}
	r, err := process.ParseTemplate(s.text)
	if err != nil {
		e := err.(*process.SyntaxError)
		d.failIn(n, e.Offset, e.End, "process-syntax", "%s", e.Message)
		return nil
	}
	p := &compiledProcess{request: *r, places: placesIn(s.text, r)}
	collect := func(clip int, params []process.Param) {
		for i := range params {
			q := &params[i]
			if !q.Open {
				continue
			}
			at := p.places[place{clip + 1, i}].from + len(q.Name) + 1
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

// placesIn finds the parameters of a request in the string that it was read from: they stand there in the same order.
func placesIn(s string, r *process.Request) map[place]written {
	places := map[place]written{{0, -1}: {to: len(r.Operation)}}
	at := len(r.Operation)
	last := place{0, -1}
	next := func(p place, head string) {
		i := strings.Index(s[at:], head)
		if i < 0 {
			return
		}
		end := places[last]
		end.to = at + i
		places[last] = end
		places[p] = written{from: at + i + 1, to: len(s)}
		last, at = p, at+i+len(head)
	}
	params := func(clip int, params []process.Param) {
		for i, q := range params {
			next(place{clip, i}, ","+q.Name+"_")
		}
	}
	params(0, r.Params)
	for i, c := range r.Clips {
		next(place{i + 1, -1}, "/"+c.Where)
		params(i+1, c.Params)
	}
	return places
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
func (d *document) processMap(n *yaml.Node, captures scope) *compiledProcess {
	if len(n.Content) != 2 {
		d.fail(n, "type", "process is a map of one operation to its parameters, such as video/convert: {f: mp4}; for several, write outputs")
		return nil
	}
	name, ok := d.text(n.Content[0], "the operation")
	if !ok {
		return nil
	}
	p := &compiledProcess{places: map[place]written{{0, -1}: {key: n.Content[0]}}}
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
		if !d.paramName(seen, key) {
			continue
		}
		if key.Value == "pre" || key.Value == "sur" {
			d.clips(p, key.Value, value, captures)
			continue
		}
		p.places[place{0, len(p.request.Params)}] = written{key: key, value: value}
		d.param(p, -1, &p.request.Params, key, value, captures)
	}
	return p
}

// clips reads the list of a concat's clips before or after the upload.
func (d *document) clips(p *compiledProcess, where string, n *yaml.Node, captures scope) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
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
		p.places[place{i + 1, -1}] = written{key: c}
		seen := firsts{}
		for j := 0; j+1 < len(c.Content); j += 2 {
			key, value := c.Content[j], c.Content[j+1]
			if !d.paramName(seen, key) {
				continue
			}
			p.places[place{i + 1, len(p.request.Clips[i].Params)}] = written{key: key, value: value}
			d.param(p, i, &p.request.Clips[i].Params, key, value, captures)
		}
	}
}

// paramName insists that a parameter's name is a word and stands there once.
func (d *document) paramName(seen firsts, key *yaml.Node) bool {
	if key.Kind != yaml.ScalarNode {
		d.fail(key, "type", "the name of a parameter is a word, not %s", describe(key))
		return false
	}
	return !d.twice(seen, key)
}

// param reads one parameter of the map form. Its value is in clear, and sent as it is written.
func (d *document) param(p *compiledProcess, clip int, params *[]process.Param, key, value *yaml.Node, captures scope) {
	if value.Kind != yaml.ScalarNode || value.Tag == "!!null" {
		d.fail(value, "type", "parameter %s has one value, not %s: as in {%[1]s: VALUE}", key.Value, describe(value))
		*params = append(*params, process.Param{Name: key.Value, Open: true}) // it is there, and not missing
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
