package lint

import (
	"slices"
	"strings"

	"onput/internal/ruleset"
	"onput/process"
)

// equivalentExtensions are groups of extensions that one format can have.
var equivalentExtensions = [][]string{
	{"jpg", "jpeg"}, {"tif", "tiff"}, {"oga", "ogg", "opus"}, {"mp4", "m4v", "m4a"}, {"aac", "m4a"}, {"ts", "m2ts", "mts"},
	{"mkv", "mka"}, {"asf", "wmv", "wma"}, {"mov", "qt"}, {"txt", "text"}, {"webm", "weba"},
}

// extension warns of a target with the extension of another format than the result's.
func extension(p *pass) {
	for o := range p.outputs() {
		key, format := o.def.Key, o.Format()
		if o.Target == nil || key == nil {
			continue
		}
		if format == "" {
			p.checkKeptFormat(o)
			continue
		}
		last := o.Target.Key.Parts[len(o.Target.Key.Parts)-1]
		switch last.Kind {
		case ruleset.LiteralPart:
			i := strings.LastIndexAny(last.Text, "./")
			if i < 0 || last.Text[i] == '/' || !contradicts(strings.ToLower(last.Text[i+1:]), format) {
				continue
			}
			ext := last.Text[i+1:]
			p.warnIn(key.Node, len(key.Text)-len(ext), len(key.Text),
				"the result is %s, whatever its name says: end the target in .%[1]s, or ask for %s", format, ext)
		case ruleset.ExtPart, ruleset.BasenamePart, ruleset.KeyPart:
			exts := extensionsOf(&o.rule.def.Match)
			if i := slices.IndexFunc(exts, func(ext string) bool { return contradicts(ext, format) }); i >= 0 {
				name := "{" + last.Text + "}"
				p.warnIn(key.Node, len(key.Text)-len(name), len(key.Text),
					"%s ends in the source's extension, %s for example, and the result is %s: end the target in {barename}.%[3]s",
					name, exts[i], format)
			}
		}
	}
}

// checkKeptFormat warns of a target with the extension of another format than that of the source, which an image process
// without format keeps.
func (p *pass) checkKeptFormat(o output) {
	last := o.Target.Key.Parts[len(o.Target.Key.Parts)-1]
	convertsItself := func(a process.Action) bool { return a.Name == "format" }
	dot := strings.LastIndexAny(last.Text, "./")
	if o.Operation == nil || !o.Operation.Chained() || slices.ContainsFunc(o.Request.Actions(), convertsItself) ||
		last.Kind != ruleset.LiteralPart || dot < 0 || last.Text[dot] == '/' {
		return
	}
	ext := last.Text[dot+1:]
	exts := extensionsOf(&o.rule.def.Match)
	i := slices.IndexFunc(exts, func(source string) bool { return contradicts(strings.ToLower(ext), source) && isExtension(source) })
	if i < 0 {
		return
	}
	remedy := "end the target in .{ext}"
	if op, _ := process.Lookup("image/format"); slices.Contains(op.Positional().Values, strings.ToLower(ext)) {
		remedy += ", or add format," + strings.ToLower(ext)
	}
	p.warnIn(o.def.Key.Node, len(o.def.Key.Text)-len(ext), len(o.def.Key.Text),
		"the result keeps the format of the source, %s for example, whatever its name says: %s", exts[i], remedy)
}

// contradicts reports whether ext is the extension of another format.
func contradicts(ext, format string) bool {
	same := func(group []string) bool { return slices.Contains(group, ext) && slices.Contains(group, format) }
	return ext != format && isExtension(ext) && !slices.ContainsFunc(equivalentExtensions, same)
}
