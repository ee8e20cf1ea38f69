package loopcheck

import (
	"slices"
	"strings"

	"onput/internal/ruleset"
	"onput/process"
)

// Bounds of the objects by which overwriteByExample tries to show an overwrite.
const (
	maxExampleObjects = 60
	maxVariantsTried  = 300
)

// overwriteByExample returns an overwrite by objects that read well, nil if it finds none.
func (a *Analysis) overwriteByExample(rule, first, second int) *Overwrite {
	return a.overwriteAmong(a.exampleVariants(rule), rule, first, second)
}

// overwriteAmong returns an overwrite by two of some objects, nil if there is none. Of several it returns the one whose
// objects differ in the most parts, because a remedy must tell all of these apart, and of these the shortest.
func (a *Analysis) overwriteAmong(objects []process.Location, rule, first, second int) *Overwrite {
	targets := map[process.Location][]process.Location{} // objects by the target that the first output writes for them
	for _, at := range objects {
		if target, ok := a.targetOf(rule, first, at); ok {
			targets[target] = append(targets[target], at)
		}
	}
	var best *Overwrite
	most, shortest := 0, 0
	for _, at := range objects {
		target, ok := a.targetOf(rule, second, at)
		if !ok {
			continue
		}
		for _, other := range targets[target] {
			n, length := len(DifferentParts(other, at)), len(other.Key)+len(at.Key)
			if differ(other, at) && (n > most || n == most && length < shortest) {
				best, most, shortest = &Overwrite{other, at, target}, n, length
			}
		}
	}
	return best
}

// DifferentParts returns the variables that hold different values for two objects.
func DifferentParts(at, other process.Location) (names []string) {
	dirname, _, barename, ext := process.SplitKey(at.Key)
	otherDirname, _, otherBarename, otherExt := process.SplitKey(other.Key)
	for _, v := range [][3]string{
		{"bucket", at.Bucket, other.Bucket}, {"dirname", dirname, otherDirname}, {"barename", barename, otherBarename}, {"ext", ext, otherExt},
	} {
		if v[1] != v[2] {
			names = append(names, v[0])
		}
	}
	return names
}

// exampleVariants returns objects that fire a rule: examples of its patterns, and others that have other folders, names and
// extensions instead.
func (a *Analysis) exampleVariants(rule int) (all []process.Location) {
	examples := a.examplesWithAffixes(rule)
	exts := extsToTry(&a.set.Rules[rule], examples)
	tried := 0
	add := func(bucket, dirname, basename string) {
		at := process.Location{Bucket: bucket, Key: dirname + basename}
		if tried++; tried < maxVariantsTried && len(all) < maxExampleObjects && !slices.Contains(all, at) && !isOdd(at.Key) && a.CanFire(rule, at) {
			all = append(all, at)
		}
	}
	for _, at := range examples {
		dirname, basename, barename, _ := process.SplitKey(at.Key)
		for _, folders := range foldersToTry(dirname) {
			add(at.Bucket, folders, basename)
			for _, ext := range exts {
				add(at.Bucket, folders, barename+"."+ext)
			}
		}
		folders := at.Key[:len(at.Key)-len(basename)]
		for _, name := range []string{"a", "b"} {
			add(at.Bucket, folders, strings.Replace(basename, "x", name, 1))
			add(at.Bucket, folders, name)
		}
	}
	return all
}

// examplesWithAffixes returns a few objects that fire a rule, also ones that begin and end as its prefix and suffix demand.
func (a *Analysis) examplesWithAffixes(rule int) (all []process.Location) {
	const enough = 8
	for at := range a.Examples(rule) {
		if all = append(all, at); len(all) == enough {
			return all
		}
	}
	r := &a.set.Rules[rule]
	upload := a.set.ExampleUploadLocation()
	names, prefixes, suffixes := []string{"x"}, []string{upload.Key}, []string{""}
	for _, p := range r.Keys {
		names = slices.AppendSeq(names, p.Examples())
	}
	if r.Prefixes != nil {
		prefixes = r.PrefixesAsWritten
	}
	if r.Suffixes != nil {
		suffixes = append(suffixes, r.SuffixesAsWritten...)
	}
	for _, prefix := range prefixes[:min(4, len(prefixes))] {
		for _, name := range names[:min(4, len(names))] {
			for _, suffix := range suffixes[:min(4, len(suffixes))] {
				at := process.Location{Bucket: upload.Bucket, Key: prefix + name + suffix}
				if len(all) < enough && a.CanFire(rule, at) {
					all = append(all, at)
				}
			}
		}
	}
	return all
}

// extsToTry returns the extensions of examples and two that an operation of the rule reads.
func extsToTry(r *ruleset.Rule, examples []process.Location) (exts []string) {
	for _, at := range examples {
		if _, _, _, ext := process.SplitKey(at.Key); ext != "" {
			exts = append(exts, ext)
		}
	}
	for i := range r.Outputs {
		if op := r.Outputs[i].Operation; op != nil {
			exts = append(exts, op.Sources[:min(2, len(op.Sources))]...)
		}
	}
	exts = append(exts, "a", "b")
	var unique []string
	for _, ext := range exts {
		if !slices.Contains(unique, ext) {
			unique = append(unique, ext)
		}
	}
	return unique[:min(6, len(unique))]
}

// foldersToTry returns folders like those of a key, each with the slash after it: first with others in place of one, and with
// one more, then as they are.
func foldersToTry(dirname string) (all []string) {
	var folders []string
	if dirname != "" {
		folders = strings.Split(dirname, "/")
	}
	join := func(folders []string) { all = append(all, strings.Join(append(folders, ""), "/")) }
	for i := len(folders); i >= 0; i-- {
		for _, name := range []string{"a", "b"} {
			if i < len(folders) && folders[i] == "x" {
				changed := slices.Clone(folders)
				changed[i] = name
				join(changed)
			}
			join(slices.Insert(slices.Clone(folders), i, name))
		}
	}
	join(slices.Clone(folders))
	return all
}
