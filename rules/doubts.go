package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"onput/process"
)

// Doubts are warnings about what is well-formed and probably not meant. Those here look at one rule alone; they are
// computed only when warnings are asked for, and are silent where a rule is not plain enough to be sure.

// doubtRules goes through the rules of a file that has no errors.
func (d *document) doubtRules(s *Set, f *fileDef) {
	d.doubtPayloads(f)
	for i, n := range f.rules {
		def, r := d.rule(n), &s.rules[i]
		d.doubtCaptures(&def, r)
		read := extensions(&def)
		for j := range def.outputs {
			out, o := &def.outputs[j], &r.outputs[j]
			d.doubtSources(&def, o, read)
			if o.target == nil || out.key == nil {
				continue
			}
			d.doubtFixed(&def, out.key, o.target)
			d.doubtExtension(out.key, o, read)
			d.doubtOneName(out.key, o)
		}
	}
}

// The fields that every documented event record has:
// https://help.aliyun.com/zh/functioncompute/fc/formats-of-event-for-different-triggers-1. ruleId is missing behind
// EventBridge, objectMeta in the oldest records, and each of the others has its own occasion.
var everywhere = []string{
	"eventName", "eventSource", "eventTime", "eventVersion", "region", "requestParameters.sourceIPAddress",
	"responseElements.requestId", "userIdentity.principalId", "oss.bucket.arn", "oss.bucket.name", "oss.bucket.ownerIdentity",
	"oss.object.deltaSize", "oss.object.eTag", "oss.object.key", "oss.object.size", "oss.ossSchemaVersion",
}

// doubtPayloads warns of conditions on what not every event has, of each kind once.
func (d *document) doubtPayloads(f *fileDef) {
	types, told := false, map[string]bool{}
	for _, n := range f.rules {
		m := d.rule(n).match
		if len(m.types) > 0 && !types {
			types = true
			d.warning(m.types[0].node, "not-in-payload",
				"events without oss.object.objectMeta have no type, and none of them fires here: where the key tells enough, match its extension instead")
		}
		for _, w := range m.where {
			if !slices.Contains(everywhere, w.path.text) && !told[w.path.text] {
				told[w.path.text] = true
				d.warning(w.path.node, "not-in-payload",
					"not every event has %s, and none without it fires here: onput explain shows for an event of yours what it has", w.path.text)
			}
		}
	}
}

// doubtCaptures warns of *.{mp4}, which captures every extension.
func (d *document) doubtCaptures(def *ruleDef, r *rule) {
	used := r.usedCaptures()
	for i, p := range r.keys {
		for _, name := range p.Names() {
			from := strings.Index(def.match.keys[i].text, "{"+name+"}")
			if from < 0 || slices.Contains(used, name) || !isExtension(strings.ToLower(name)) {
				continue
			}
			d.in(def.match.keys[i].node, from, from+len(name)+2, "capture-not-alternative", true,
				"{%s} is a capture and matches anything, not only %s: write %[1]s, or alternatives such as {%[1]s,…}", name, name)
		}
	}
}

// doubtSources warns where nothing that the rule matches is what the operation reads.
func (d *document) doubtSources(def *ruleDef, o *output, read []string) {
	if len(read) == 0 || o.operation == nil || o.operation.Sources == nil || hasParam(o, "source") {
		return
	}
	reads := func(ext string) bool {
		return slices.Contains(o.operation.Sources, ext) || slices.Contains(o.operation.UnconfirmedSources, ext)
	}
	if slices.ContainsFunc(read, reads) {
		return
	}
	at := append(slices.Clone(def.match.keys), def.match.suffixes...)[0].node
	known := o.operation.Sources
	more := ""
	if len(known) > 12 {
		known, more = known[:12], " and others"
	}
	d.warning(at, "never-reads", "%s is not documented to read %s; it reads %s%s: onput ops %[1]s lists all",
		o.operation.Name, or(read), strings.Join(known, ", "), more)
}

// or lists words, an or before the last.
func or(words []string) string {
	if last := len(words) - 1; last > 0 {
		return strings.Join(words[:last], ", ") + " or " + words[last]
	}
	return words[0]
}

// doubtFixed warns of a target that is the same for every upload.
func (d *document) doubtFixed(def *ruleDef, key *scalar, t *target) {
	fixed := func(p part) bool {
		return p.kind == literalPart || p.kind == ossPart && slices.Contains(process.OutputVariables(), p.literal)
	}
	if slices.ContainsFunc(t.key.parts, func(p part) bool { return !fixed(p) }) ||
		slices.ContainsFunc(t.bucket.parts, func(p part) bool { return !fixed(p) }) || oneKey(def) {
		return
	}
	d.warning(key.node, "fixed-target",
		"the target is the same for every upload, and each overwrites the last: add a variable such as {dirname}/{barename}")
}

// oneKey says whether the rule is for one key alone.
func oneKey(def *ruleDef) bool {
	keys := def.match.keys
	return len(keys) == 1 && strings.Contains(keys[0].text, "/") && !strings.ContainsAny(keys[0].text, `*?[{\`)
}

// alike are extensions of one format each.
var alike = [][]string{
	{"jpg", "jpeg"}, {"tif", "tiff"}, {"oga", "ogg", "opus"}, {"mp4", "m4v", "m4a"}, {"aac", "m4a"}, {"ts", "m2ts", "mts"}, {"mkv", "mka"},
	{"asf", "wmv", "wma"}, {"mov", "qt"}, {"txt", "text"}, {"webm", "weba"},
}

// doubtExtension warns of a target whose extension is another format's.
func (d *document) doubtExtension(key *scalar, o *output, read []string) {
	format := formatOf(o)
	if format == "" {
		return
	}
	contradicts := func(ext string) bool {
		same := func(list []string) bool { return slices.Contains(list, ext) && slices.Contains(list, format) }
		return ext != format && isExtension(ext) && !slices.ContainsFunc(alike, same)
	}
	last := o.target.key.parts[len(o.target.key.parts)-1]
	switch last.kind {
	case literalPart:
		i := strings.LastIndexAny(last.literal, "./")
		if i < 0 || last.literal[i] == '/' || !contradicts(strings.ToLower(last.literal[i+1:])) {
			return
		}
		ext := last.literal[i+1:]
		from := len(key.text) - len(ext)
		d.in(key.node, from, len(key.text), "extension", true, "the result is %s, whatever its name says: end the target in .%[1]s, or ask for %s", format, ext)
	case extPart, basenamePart, keyPart:
		if i := slices.IndexFunc(read, contradicts); i >= 0 {
			name := map[partKind]string{extPart: "{ext}", basenamePart: "{basename}", keyPart: "{key}"}[last.kind]
			d.in(key.node, len(key.text)-len(name), len(key.text), "extension", true,
				"%s ends in the source's extension, %s for example, and the result is %s: end the target in {barename}.%[3]s", name, read[i], format)
		}
	}
}

// doubtOneName warns where several objects would be written under one name.
func (d *document) doubtOneName(key *scalar, o *output) {
	var what string
	switch num, known := number(o, "num"); o.operation.Name {
	case "video/snapshots":
		if known && num == 1 || hasParam(o, "num") && !known {
			return
		}
		what = "each frame"
	case "video/sprite":
		w, wKnown := number(o, "tw")
		h, hKnown := number(o, "th")
		if !wKnown {
			w = 6
		}
		if !hKnown {
			h = 6
		}
		open := hasParam(o, "num") && !known || hasParam(o, "tw") && !wKnown || hasParam(o, "th") && !hKnown
		if open || known && num > 0 && num <= w*h {
			return
		}
		what = fmt.Sprintf("each sheet of %d frames", w*h)
	case "doc/convert":
		if pages, ok := paramOf(o, "pages"); ok && !strings.ContainsAny(pages, ",-") {
			return
		}
		if f := formatOf(o); f != "png" && f != "jpg" {
			return
		}
		what = "each page"
	default:
		return
	}
	for _, p := range o.target.key.parts {
		if p.kind == ossPart && p.literal == "index" {
			return
		}
	}
	// Without an extension OSS numbers the objects of a video itself.
	if o.operation.Name != "doc/convert" && !endsInExtension(o.target.key) {
		return
	}
	d.warning(key.node, "one-name", "%s is an object of its own, and all of them get this name, so that one is left: add {index}", what)
}

// endsInExtension says whether what follows the last slash of a target has a dot, as far as the template shows it.
func endsInExtension(t template) bool {
	for _, p := range slices.Backward(t.parts) {
		switch p.kind {
		case literalPart:
			if i := strings.LastIndexAny(p.literal, "./"); i >= 0 {
				return p.literal[i] == '.'
			}
		case basenamePart, keyPart, extPart:
			return true
		case ossPart:
			if p.literal == "autoext" {
				return true
			}
		}
	}
	return false
}

// paramOf returns a parameter's value, where it is given and holds no variable.
func paramOf(o *output, name string) (string, bool) {
	for _, p := range o.request.Params {
		if p.Name == name {
			return p.Value, !p.Open
		}
	}
	return "", false
}

func hasParam(o *output, name string) bool {
	return slices.ContainsFunc(o.request.Params, func(p process.Param) bool { return p.Name == name })
}

func number(o *output, name string) (int, bool) {
	text, ok := paramOf(o, name)
	n, err := strconv.Atoi(text)
	return n, ok && err == nil
}

// formatOf returns the format of what an output writes, "" where that is not known.
func formatOf(o *output) string {
	if o.operation == nil || o.operation.Format == "" {
		return ""
	}
	format, _ := paramOf(o, o.operation.Format)
	return format
}

// isExtension says whether ext is that of a format which some operation reads or writes, or of another common one.
func isExtension(ext string) bool {
	if slices.Contains([]string{"gif", "svg", "heic", "avif", "zip", "json", "m4v"}, ext) {
		return true
	}
	for _, op := range process.Operations() {
		if slices.Contains(op.Sources, ext) || slices.Contains(op.UnconfirmedSources, ext) {
			return true
		}
		if p, ok := op.Parameter(op.Format); ok && slices.Contains(p.Values, ext) {
			return true
		}
	}
	return false
}

// extensions returns the extensions, in lower case, of all that a rule can match; nil where one of its patterns does not
// spell them out.
func extensions(def *ruleDef) []string {
	list := def.match.keys
	if len(list) == 0 {
		list = def.match.suffixes
	}
	var all []string
	for _, s := range list {
		exts := spelled(s.text)
		if exts == nil {
			return nil
		}
		all = append(all, exts...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// spelled returns the extensions of a pattern that ends in .ext or in .{ext,ext}, nil for any other.
func spelled(pattern string) []string {
	i := strings.LastIndexByte(pattern, '.')
	if i < 0 || strings.ContainsAny(pattern[i:], `/\`) || strings.HasSuffix(pattern[:i], `\`) {
		return nil
	}
	text := strings.ToLower(pattern[i+1:])
	if inside, ok := strings.CutPrefix(text, "{"); ok {
		if inside, ok = strings.CutSuffix(inside, "}"); !ok || !strings.Contains(inside, ",") {
			return nil
		}
		text = inside
	}
	exts := strings.Split(text, ",")
	for _, ext := range exts {
		if ext == "" || strings.Trim(ext, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return nil
		}
	}
	return exts
}
