package lint

import (
	"slices"
	"strings"

	"onput/internal/rulefile"
	"onput/process"
)

// isExtension reports whether ext is the extension of a format that an operation reads or writes, or another common one.
func isExtension(ext string) bool {
	if slices.Contains([]string{"gif", "svg", "heic", "avif", "zip", "json", "m4v"}, ext) {
		return true
	}
	for _, op := range process.Operations() {
		if p, ok := op.Parameter(op.Format); reads(op, ext) || ok && slices.Contains(p.Values, ext) {
			return true
		}
	}
	return false
}

// reads reports whether an operation may read objects with an extension.
func reads(op *process.Operation, ext string) bool {
	return slices.Contains(op.Sources, ext) || slices.Contains(op.UnconfirmedSources, ext)
}

// extensionsOf returns the extensions, in lower case, of all keys that match; nil if a pattern does not spell them out.
func extensionsOf(match *rulefile.Match) []string {
	list := match.Keys
	if len(list) == 0 {
		list = match.Suffixes
	}
	var all []string
	for _, s := range list {
		exts := literalExtensions(s.Text)
		if exts == nil {
			return nil
		}
		all = append(all, exts...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// literalExtensions returns the extensions of a pattern that ends in .ext or in .{ext,ext}, nil for any other.
func literalExtensions(pattern string) []string {
	stem, alternatives, braces := strings.Cut(pattern, ".{")
	i := strings.LastIndexByte(pattern, '.')
	if braces && !strings.Contains(stem, "{") && strings.Count(alternatives, "}") == 1 && strings.HasSuffix(alternatives, "}") {
		i = len(stem)
	}
	if i < 0 || strings.ContainsAny(pattern[i:], `/\`) || strings.HasSuffix(pattern[:i], `\`) {
		return nil
	}
	text := strings.ToLower(pattern[i+1:])
	exts := []string{text}
	if inside, ok := strings.CutPrefix(text, "{"); ok {
		if inside, ok = strings.CutSuffix(inside, "}"); !ok || !strings.Contains(inside, ",") {
			return nil
		}
		exts = strings.Split(inside, ",")
	}
	for i, ext := range exts {
		ext = ext[strings.LastIndexByte(ext, '.')+1:]
		exts[i] = ext
		if ext == "" || strings.Trim(ext, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return nil
		}
	}
	return exts
}
