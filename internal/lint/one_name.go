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
	index := ruleset.Part{Kind: ruleset.OSSPart, Text: "index"}
	for o := range p.outputs() {
		if o.Target == nil || o.def.Key == nil || slices.Contains(o.Target.Key.Parts, index) {
			continue
		}
		// Without an extension OSS numbers the objects of a video itself.
		object := writtenRepeatedly(o.Output)
		if object == "" || o.Operation.Name != "doc/convert" && !endsInExtension(o.Target.Key) {
			continue
		}
		if o.Format() == "txt" {
			p.warn(o.def.Key.Node, "the documentation leaves open whether txt writes one object per page; "+
				"if so, every page is written to the same key, and only the last survives: add {index}")
			continue
		}
		p.warn(o.def.Key.Node,
			"%s is written to the same key, so only the last survives; add {index}", object)
	}
}

// writtenRepeatedly returns the kind of objects that a task writes several of, "" if it writes one or it cannot tell.
func writtenRepeatedly(o *ruleset.Output) string {
	switch o.Operation.Name {
	case "video/snapshots":
		if frames, ok := intParam(o, "num", 0); ok && frames != 1 {
			return "every frame"
		}
	case "video/sprite":
		frames, framesOK := intParam(o, "num", 0)
		columns, columnsOK := intParam(o, "tw", 6)
		rows, rowsOK := intParam(o, "th", 6)
		if perSheet := columns * rows; framesOK && columnsOK && rowsOK && (frames <= 0 || frames > perSheet) {
			return fmt.Sprintf("every sheet of %d frames", perSheet)
		}
	case "doc/convert":
		pages, ok := o.FixedParam("pages")
		first, last, ranged := strings.Cut(pages, "-")
		onePage := ok && !strings.Contains(pages, ",") && (!ranged || first == last)
		if f := o.Format(); !onePage && (f == "png" || f == "jpg" || f == "txt") {
			return "every page"
		}
	}
	return ""
}

// intParam returns the value of a parameter, or what OSS takes if it is missing. It returns false if the value depends on
// the upload.
func intParam(o *ruleset.Output, name string, missing int) (int, bool) {
	if !o.HasParam(name) {
		return missing, true
	}
	text, _ := o.FixedParam(name)
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// endsInExtension reports whether the names of a template have an extension, as far as it shows.
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
