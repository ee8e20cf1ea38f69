package loopcheck

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"onput/internal/glob"
	"onput/internal/ruleset"
)

// remedy describes how to end a loop. not is a pattern that ends the loop when added to the rule's not, "" if none is known.
func (a *Analysis) remedy(rule int, not string) string {
	r := &a.set.Rules[rule]
	exclude := "exclude the result with not"
	switch {
	case not != "" && r.Not == nil:
		exclude = "add not: " + strconv.Quote(not) + " to the match of " + r.Name
	case not != "":
		exclude = "add " + strconv.Quote(not) + " to the not of " + r.Name
	case a.set.Sources == nil:
		return "set sources to where uploads arrive, or write elsewhere"
	}
	if a.set.Sources == nil {
		return "set sources to where uploads arrive, write elsewhere, or " + exclude
	}
	return "write outside the sources (" + strings.Join(a.set.SourceNames(), ", ") + "), or " + exclude
}

// notPattern returns a pattern that ends all loops through the last rule of a path if the rule has it in not, and that
// leaves keys for which the rule fires. It returns "" if it knows none, or once remedyBudget is spent.
func (a *Analysis) notPattern(path []Hop, component []int, edges map[int][]int) string {
	last := path[len(path)-1]
	rule := &a.set.Rules[last.Rule]
	for o := range a.set.Rules[path[len(path)-2].Rule].Outputs {
		output := &a.set.Rules[path[len(path)-2].Rule].Outputs[o]
		if output.Target == nil {
			continue
		}
		for _, pattern := range patternsOfResults(output) {
			p, err := glob.Parse(pattern, rule.IgnoreCase)
			if err == nil && p.Match(last.At.Key) && a.endsLoops(last.Rule, p, component, edges) {
				return pattern
			}
		}
	}
	return ""
}

// endsLoops reports whether a rule that leaves out the matches of a pattern still fires, and is on no loop.
func (a *Analysis) endsLoops(rule int, not *glob.Pattern, component []int, edges map[int][]int) bool {
	r := &a.set.Rules[rule]
	defer func(patterns []*glob.Pattern) { r.Not = patterns }(r.Not) // changed in place: copying the rules of a large set costs too much
	r.Not = append(slices.Clone(r.Not), not)
	without := a.withBudget(a.remedyBudget)
	objects, err := without.TriggerLanguage(rule)
	if err != nil || objects.Empty() {
		return false
	}
	loop, err := without.findCycleThrough(rule, component, edges)
	return loop == nil && err == nil
}

// patternEscaper escapes a literal text for a pattern.
var patternEscaper = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `{`, `\{`, `}`, `\}`)

// patternsOfResults returns patterns that may match all results of an output and few other keys: its literal folders, then
// its names.
func patternsOfResults(o *ruleset.Output) []string {
	key := ""
	for _, p := range o.Target.Key.Parts {
		if p.Kind == ruleset.LiteralPart {
			key += patternEscaper.Replace(p.Text)
		} else if !strings.HasSuffix(key, variable) {
			key += variable
		}
	}
	folders := strings.Split(key, "/")
	name := folders[len(folders)-1]
	folders = folders[:len(folders)-1]
	var all []string
	literal := slices.IndexFunc(folders, func(f string) bool { return strings.Contains(f, variable) })
	if literal < 0 {
		literal = len(folders)
	}
	if literal > 0 {
		all = append(all, strings.Join(folders[:literal], "/")+"/**")
	}
	for _, folder := range folders[literal:] {
		if folder != "" && !strings.Contains(folder, variable) {
			all = append(all, "**/"+folder+"/**")
		}
	}
	name = strings.ReplaceAll(name, variable, "*")
	if strings.Contains(name, ".") || o.Target.Literal {
		return append(all, name)
	}
	ext := cmp.Or(o.Format(), "*") // OSS may append it
	return append(all, name+"."+ext, strings.TrimSuffix(name, "*")+"*."+ext, name+"{,."+ext+"}")
}

// variable stands for a variable in patternsOfResults. No template holds a NUL.
const variable = "\x00"
