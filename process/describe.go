package process

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"onput/internal/text"
)

// Describe describes the operation in English: "MP4: H.264, 1280 wide, 2 Mbit/s; AAC, 128 kbit/s". It mentions every
// parameter, those without words of their own by name and value. Open parameters show their variables. The sys directives
// are left out.
func (r *Request) Describe() string {
	d := describer{r: r, used: make([]bool, len(r.Params))}
	switch r.Operation {
	case "doc/convert":
		return d.document()
	case "video/convert", "video/concat":
		return d.video()
	case "audio/convert", "audio/concat":
		return d.audio()
	case "video/animation":
		return d.animation()
	case "video/snapshots":
		return d.snapshots()
	case "video/sprite":
		return d.sprite()
	case "image/deblindwatermark":
		return d.watermark()
	}
	if style, ok := strings.CutPrefix(r.Operation, "style/"); ok {
		if name, ok := strings.CutPrefix(style, "::"); ok {
			return joinGroups("the built-in style "+text.Printable(name), d.rest())
		}
		return joinGroups("the style "+text.Printable(style), d.rest())
	}
	return joinGroups(text.Printable(r.Operation), d.rest())
}

// describer describes an operation. It marks each parameter that it has described as used; rest describes all others, so
// that none is lost.
type describer struct {
	r         *Request
	used      []bool // by index of the parameter
	clipsUsed bool
}

// takeParam returns the value of a parameter and marks it as used. It returns "" for one that is missing or empty.
func (d *describer) takeParam(name string) string {
	for i, p := range d.r.Params {
		if p.Name == name && p.Value != "" && !d.used[i] {
			d.used[i] = true
			return p.Value
		}
	}
	return ""
}

// phrases describes the parameters that are among all, in the order of the request.
func (d *describer) phrases(all []phrase) []string {
	var said []string
	for i, p := range d.r.Params {
		j := slices.IndexFunc(all, func(q phrase) bool { return q.name == p.Name })
		if d.used[i] || j < 0 || p.Value == "" {
			continue
		}
		d.used[i] = true
		words := all[j].words(p.Value)
		if words == "" {
			words = nameValue(p)
		}
		said = append(said, words)
	}
	return said
}

// rest returns the names and values of the parameters and clips that are not used.
func (d *describer) rest() []string {
	var said []string
	for i, p := range d.r.Params {
		if !d.used[i] {
			said = append(said, nameValue(p))
		}
	}
	if !d.clipsUsed {
		for _, c := range d.r.Clips {
			said = append(said, clipWords(c, c.Where))
		}
	}
	return said
}

// nameValue describes a parameter that has no words of its own.
func nameValue(p Param) string {
	if p.Value == "" {
		return p.Name + ` ""`
	}
	return p.Name + " " + text.Printable(p.Value)
}

// joinGroups returns "head: a, b; c" for the groups a, b and c.
func joinGroups(head string, groups ...[]string) string {
	var parts []string
	for _, g := range groups {
		if len(g) > 0 {
			parts = append(parts, strings.Join(g, ", "))
		}
	}
	if len(parts) == 0 {
		return head
	}
	return head + ": " + strings.Join(parts, "; ")
}

func (d *describer) document() string {
	format, pages, source := d.takeParam("target"), d.takeParam("pages"), d.takeParam("source")
	var head string
	switch {
	case pages != "":
		head = pageWords(pages) + " "
	case format == "png" || format == "jpg":
		head = "all pages "
	}
	switch format {
	case "":
		head += "converted"
	case "txt":
		head += "as plain text"
	default:
		head += "as " + formatName(format)
	}
	if source != "" {
		head += ", read as " + formatName(source)
	}
	return joinGroups(head, d.rest())
}

// pageWords describes a list such as 1,2,4-10.
func pageWords(list string) string {
	if !isPageList(list) {
		return "pages " + text.Printable(list)
	}
	items := strings.Split(list, ",")
	for i, item := range items {
		if from, to, ok := strings.Cut(item, "-"); ok {
			items[i] = from + " to " + to
		}
	}
	if isDigits(list) {
		return "page " + list
	}
	return "pages " + text.JoinAnd(items)
}

func (d *describer) video() string {
	format, joined := d.format(), d.joined()
	return joinGroups(format, d.phrases(timePhrases()), d.phrases(videoPhrases()), d.phrases(soundPhrases()), d.phrases(streamPhrases()), d.rest(), joined)
}

func (d *describer) audio() string {
	format, joined := d.format(), d.joined()
	return joinGroups(format, d.phrases(timePhrases()), d.phrases(soundPhrases()), d.rest(), joined)
}

func (d *describer) animation() string {
	format := d.format()
	return joinGroups(format, d.phrases(animationPhrases()), d.sizeAnd(picturePhrases()), d.phrases(timePhrases()), d.rest())
}

func (d *describer) snapshots() string {
	what := "an image"
	if format := formatName(d.takeParam("f")); format != "" {
		what = "a " + format
	}
	parts := []string{d.frames(what)}
	parts = append(parts, d.phrases(framePhrases())...)
	parts = append(parts, d.sizeAnd(picturePhrases())...)
	return strings.Join(append(append(parts, d.phrases(timePhrases())...), d.rest()...), ", ")
}

func (d *describer) sprite() string {
	head := "sheets"
	if format := formatName(d.takeParam("f")); format != "" {
		head = format + " " + head
	}
	if columns, rows := d.takeParam("tw"), d.takeParam("th"); columns != "" || rows != "" {
		head += " of " + text.Printable(cmp.Or(columns, "6")) + " x " + text.Printable(cmp.Or(rows, "6")) + " tiles" // 6 is OSS's default
	}
	frames := append([]string{d.frames("a tile")}, d.phrases(framePhrases())...)
	return joinGroups(head, frames, d.sizeAnd(tilePhrases()), d.phrases(timePhrases()), d.rest())
}

func (d *describer) watermark() string {
	head := "the blind watermark is read"
	if kind := d.takeParam("t"); kind != "" {
		head += " as " + text.Printable(kind)
	}
	if effort := d.takeParam("s"); effort != "" {
		head += ", " + text.Printable(effort) + " effort"
	}
	return joinGroups(head, d.rest())
}

// format returns the name of the format, the operation's action if none is given.
func (d *describer) format() string {
	if format := formatName(d.takeParam("f")); format != "" {
		return format
	}
	_, action, _ := strings.Cut(d.r.Operation, "/")
	return action
}

// frames describes the frames that are taken. what names the product of each, an image or a tile.
func (d *describer) frames(what string) string {
	m, inter := d.takeParam("m"), ""
	switch m {
	case "key":
		return what + " of each keyframe"
	case "avg":
		if num := d.takeParam("num"); num != "" {
			return what + " of " + text.Printable(num) + " frames evenly spaced"
		}
		return what + " of frames evenly spaced"
	case "dhash":
		what += " of frames that differ"
		if thr := d.takeParam("thr"); thr != "" {
			what += " by over " + text.Printable(thr)
		}
		if inter = d.takeParam("inter"); inter != "" && inter != "0" {
			what += ", looked for every " + millisecondWords(inter)
		}
		return what
	case "", "inter":
		if inter = d.takeParam("inter"); inter == "" || inter == "0" {
			return what + " of every frame"
		}
		return what + " every " + millisecondWords(inter)
	}
	return what + " of frames by " + text.Printable(m)
}

// sizeAnd describes the size, both sides in one phrase, and then the parameters that are among all.
func (d *describer) sizeAnd(all []phrase) []string {
	var said []string
	for _, names := range [][2]string{{"w", "h"}, {"sw", "sh"}, {"pw", "ph"}, {"psw", "psh"}} {
		if !slices.ContainsFunc(all, func(p phrase) bool { return p.name == names[0] }) {
			continue
		}
		unit, what := "", ""
		if strings.HasPrefix(names[0], "p") {
			unit = "%"
		}
		if strings.HasSuffix(names[0], "sw") {
			what = "tiles "
		}
		switch wide, high := d.takeParam(names[0]), d.takeParam(names[1]); {
		case wide != "" && high != "":
			said = append(said, what+text.Printable(wide)+unit+" x "+text.Printable(high)+unit)
		case wide != "":
			said = append(said, what+text.Printable(wide)+unit+" wide")
		case high != "":
			said = append(said, what+text.Printable(high)+unit+" high")
		}
	}
	return append(said, d.phrases(all)...)
}

// joined describes the clips that are joined before and after the upload.
func (d *describer) joined() []string {
	d.clipsUsed = true
	var said []string
	for _, where := range []struct{ name, words string }{{"pre", "before it"}, {"sur", "after it"}} {
		first := true
		for _, c := range d.r.Clips {
			if c.Where != where.name {
				continue
			}
			words := "then"
			if first {
				words = where.words
			}
			first = false
			said = append(said, clipWords(c, words))
		}
	}
	if align := d.takeParam("align"); align != "" {
		said = append(said, "the rest as in "+d.clipNumber(align))
	}
	return said
}

// clipWords returns words followed by a clip's key and the part of it that is used.
func clipWords(c Clip, words string) string {
	object := false
	for _, p := range c.Params {
		switch {
		case p.Name == clipKey && !object && p.Value != "":
			object = true
			words += " " + strconv.Quote(p.Value)
		case p.Name == "ss" && p.Value != "":
			words += " " + startWords(p.Value)
		case p.Name == "t" && p.Value != "":
			words += " " + durationWords(p.Value)
		default:
			words += " " + nameValue(p)
		}
	}
	return words
}

// clipNumber names the input with that number: from 0, the clips before the upload, the upload, the clips after it.
func (d *describer) clipNumber(value string) string {
	var order []string
	for _, where := range []string{"pre", "", "sur"} {
		if where == "" {
			order = append(order, "the upload")
		}
		for _, c := range d.r.Clips {
			if i := paramIndex(c.Params, clipKey); i >= 0 && c.Where == where {
				order = append(order, strconv.Quote(c.Params[i].Value))
			}
		}
	}
	if n, err := strconv.Atoi(value); err == nil && n >= 0 && n < len(order) && len(order) == len(d.r.Clips)+1 {
		return order[n]
	}
	return "clip " + text.Printable(value)
}
