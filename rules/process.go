package rules

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/process"
)

// compiledProcess is a process field: what it does, and where its parts stand in the file.
type compiledProcess struct {
	*action
	text   string    // of the string form
	places []written // where parameters stand; those of the string form are looked for when they are asked for
}

// place names a parameter by its number: clip 0 is the operation, clip n the n-th clip; param -1 is it as a whole.
type place struct{ clip, param int }

// written is where a parameter stands: two nodes of the map form, or bytes of the string.
type written struct {
	place
	key, value *yaml.Node
	from, to   int
}

// written returns where a parameter stands, or where what it belongs to does if it does not stand anywhere.
func (p *compiledProcess) written(at place) written {
	if p.places == nil {
		p.places = placesIn(p.text, &p.request)
	}
	for _, at := range []place{at, {at.clip, -1}} {
		if i := slices.IndexFunc(p.places, func(w written) bool { return w.place == at }); i >= 0 {
			return p.places[i]
		}
	}
	return written{}
}

// paramScope is what variables parameters may hold.
func paramScope(captures scope) scope {
	captures.instead = "OSS fills it in in names of targets only, not in parameters"
	return captures
}

// processOf compiles a process in either form and checks it against the catalogue, nil if it cannot be read. Rules often
// have the same.
func (d *document) processOf(n *yaml.Node, captures scope) *compiledProcess {
	if p, ok := d.processes[n.Value]; ok && n.Kind == yaml.ScalarNode {
		return p
	}
	before := len(d.errors) + len(d.warnings)
	var p *compiledProcess
	if n.Kind == yaml.MappingNode {
		p = d.processMap(n, captures)
	} else {
		p = d.processString(n, captures)
	}
	if p == nil {
		return nil
	}
	p.operation, _ = process.Lookup(p.request.Operation)
	for _, problem := range p.request.CheckOperation() {
		d.problem(n, p, problem)
	}
	if len(p.open) > 0 {
		return p
	}
	p.process = p.request.String()
	if same, ok := d.actions[p.process]; ok {
		p.action = same
	} else {
		share(d.actions, p.process, p.action)
	}
	if n.Kind == yaml.ScalarNode && len(d.errors)+len(d.warnings) == before {
		share(d.processes, n.Value, p)
	}
	return p
}

// problem reports what package process finds, at the parameter that it is about.
func (d *document) problem(n *yaml.Node, p *compiledProcess, found process.Problem) {
	switch at := p.written(place{found.Clip, found.Index}); {
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
	p := &compiledProcess{action: &action{request: *r}, text: s.text}
	collect := func(clip int, params []process.Param) {
		for i := range params {
			q := &params[i]
			if !q.Open {
				continue
			}
			t, wrong := parseTemplate(q.Value, paramScope(captures))
			for _, w := range wrong {
				at := p.written(place{clip + 1, i}).from + len(q.Name) + 1
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
func placesIn(s string, r *process.Request) []written {
	at := len(r.Operation)
	places := []written{{place: place{0, -1}, to: at}}
	next := func(p place, head string) {
		i := strings.Index(s[at:], head)
		if i < 0 {
			return
		}
		places[len(places)-1].to = at + i
		places = append(places, written{place: p, from: at + i + 1, to: len(s)})
		at += i + len(head)
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
	p := &compiledProcess{action: &action{}, places: []written{{place: place{0, -1}, key: n.Content[0]}}}
	p.request.Operation = name.text
	params := n.Content[1]
	if params.Kind == yaml.ScalarNode && params.Tag == "!!null" {
		return p
	}
	if params.Kind != yaml.MappingNode {
		d.fail(params, "type", "the parameters of %s are a map, such as {f: mp4}, not %s", name.text, describe(params))
		return nil
	}
	var seen firsts
	for i := 0; i+1 < len(params.Content); i += 2 {
		key, value := params.Content[i], params.Content[i+1]
		if !d.paramName(&seen, key) {
			continue
		}
		if key.Value == "pre" || key.Value == "sur" {
			d.clips(p, key.Value, value, captures)
			continue
		}
		p.places = append(p.places, written{place: place{0, len(p.request.Params)}, key: key, value: value})
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
		p.places = append(p.places, written{place: place{i + 1, -1}, key: c})
		var seen firsts
		for j := 0; j+1 < len(c.Content); j += 2 {
			key, value := c.Content[j], c.Content[j+1]
			if !d.paramName(&seen, key) {
				continue
			}
			p.places = append(p.places, written{place: place{i + 1, len(p.request.Clips[i].Params)}, key: key, value: value})
			d.param(p, i, &p.request.Clips[i].Params, key, value, captures)
		}
	}
}

// paramName insists that a parameter's name is a word and stands there once.
func (d *document) paramName(seen *firsts, key *yaml.Node) bool {
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
