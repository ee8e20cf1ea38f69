package loopcheck

import (
	"slices"
	"strings"

	"onput/internal/glob"
	"onput/internal/ruleset"
)

// keepsApart reports whether the target of an output shows at a glance that it tells all keys of its rule apart, but for
// letter case and odd keys. It saves most rules the languages. The target holds the whole key, or its folders and its base
// name, each once and with slashes between them. The base name may lack an extension that all keys of the rule have.
func (a *Analysis) keepsApart(rule int, o *ruleset.Output) bool {
	r := &a.set.Rules[rule]
	if a.hasSeveralBuckets(r) {
		return false
	}
	var variables []ruleset.Part
	deep, apart, between := 0, true, "" // variables that hold slashes; the text since the last variable
	for _, p := range o.Target.Key.Parts {
		p, ok := asUnfiltered(p)
		if !ok {
			return false
		}
		switch p.Kind {
		case ruleset.LiteralPart:
			between += p.Text
			continue
		case ruleset.OSSPart, ruleset.TimePart, ruleset.BucketPart:
			between += "x"
			continue
		}
		apart = apart && (variables == nil || strings.Contains(between, "/"))
		if holdsSlashes(r, p) {
			deep++
		}
		variables, between = append(variables, p), ""
	}
	if len(variables) == 1 && (variables[0].Kind == ruleset.KeyPart ||
		variables[0].Kind == ruleset.CapturePart && len(r.Keys) == 1 && r.Keys[0].RestCapture() == variables[0].Text) {
		return true
	}
	return apart && deep <= 1 && a.holdFoldersAndName(rule, variables)
}

// holdsSlashes reports whether a variable may hold slashes.
func holdsSlashes(r *ruleset.Rule, p ruleset.Part) bool {
	return p.Kind == ruleset.KeyPart || p.Kind == ruleset.DirnamePart || p.Kind == ruleset.CapturePart && r.CapturesSlashes(p.Text)
}

// holdFoldersAndName reports whether variables are the folders of the keys of a rule and their base name, each once.
func (a *Analysis) holdFoldersAndName(rule int, variables []ruleset.Part) bool {
	r := &a.set.Rules[rule]
	var folders []string
	names, dirnames := 0, 0
	for _, p := range variables {
		switch p.Kind {
		case ruleset.DirnamePart:
			dirnames++
		case ruleset.CapturePart:
			folders = append(folders, p.Text)
		case ruleset.BasenamePart:
			names++
		case ruleset.BarenamePart:
			if !a.hasOneExt(rule) {
				return false
			}
			names++
		default:
			return false
		}
	}
	if names != 1 || dirnames+len(folders) != len(variables)-1 {
		return false
	}
	if dirnames == 1 && folders == nil {
		return true
	}
	if dirnames > 0 || len(r.Keys) != 1 {
		return false
	}
	captures, ok := r.Keys[0].FolderCaptures()
	slices.Sort(folders)
	return ok && slices.Equal(folders, slices.Sorted(slices.Values(captures)))
}

// hasOneExt reports whether all keys of a rule have the same extension, in any letter case.
func (a *Analysis) hasOneExt(rule int) bool {
	first, ok := a.affixes[rule][0].ext()
	for _, x := range a.affixes[rule] {
		ext, known := x.ext()
		ok = ok && known && glob.FoldString(ext) == glob.FoldString(first)
	}
	return ok
}
