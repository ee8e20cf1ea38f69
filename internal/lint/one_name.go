package lint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"onput/internal/ruleset"
)

// oneName warns if a task writes several objects under one name.
func oneName(p *pass) {
	for o := range p.outputs() {
		if o.Target == nil || o.def.Key == nil {
			continue
		}
		object := writtenRepeatedly(o.Output)
		if object == "" || slices.Contains(o.Target.Key.Parts, ruleset.Part{Kind: ruleset.OSSPart, Text: "index"}) {
			continue
		}
		// Without an extension OSS numbers the objects of a video itself.
		if o.Operation.Name != "doc/convert" && !endsInExtension(o.Target.Key) {
			continue
		}
		p.Warn(o.def.Key.Node, "one-name", "%s is an object of its own, and all of them get this name, so that one is left: add {index}", object)
	}
}

// writtenRepeatedly names the objects that a task writes several of, "" if it writes one, or if that is not known.
func writtenRepeatedly(o *ruleset.Output) string {
	num, numKnown := intParam(o, "num")
	numOpen := o.HasParam("num") && !numKnown
	switch o.Operation.Name {
	case "video/snapshots":
		if numOpen || numKnown && num == 1 {
			return ""
		}
		return "each frame"
	case "video/sprite":
		w, wKnown := intParam(o, "tw")
		h, hKnown := intParam(o, "th")
		if numOpen || o.HasParam("tw") && !wKnown || o.HasParam("th") && !hKnown {
			return ""
		}
		if !wKnown {
			w = 6
		}
		if !hKnown {
			h = 6
		}
		if numKnown && num > 0 && num <= w*h {
			return ""
		}
		return fmt.Sprintf("each sheet of %d frames", w*h)
	case "doc/convert":
		if pages, ok := o.FixedParam("pages"); ok && !strings.ContainsAny(pages, ",-") {
			return ""
		}
		if f := o.Format(); f != "png" && f != "jpg" {
			return ""
		}
		return "each page"
	}
	return ""
}

// intParam returns the value of a parameter. It reports false if the parameter is missing, no number, or holds variables.
func intParam(o *ruleset.Output, name string) (int, bool) {
	text, ok := o.FixedParam(name)
	n, err := strconv.Atoi(text)
	return n, ok && err == nil
}

// endsInExtension reports whether a template ends in an extension, as far as it shows.
func endsInExtension(t ruleset.Template) bool {
	for _, p := range slices.Backward(t.Parts) {
		switch p.Kind {
		case ruleset.LiteralPart:
			if i := strings.LastIndexAny(p.Text, "./"); i >= 0 {
				return p.Text[i] == '.'
			}
		case ruleset.BasenamePart, ruleset.KeyPart, ruleset.ExtPart:
			return true
		case ruleset.OSSPart:
			if p.Text == "autoext" {
				return true
			}
		}
	}
	return false
}
