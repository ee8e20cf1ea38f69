package process

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"onput/internal/text"
)

// Describe describes the operation in English: "MP4: H.264, 1280 wide, 2 Mbit/s; AAC, 128 kbit/s". It mentions every
// parameter, if need be by name and value, and variables of open ones as they are. It leaves out the sys directives.
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
	case "video/snapshot":
		return d.snapshot()
	}
	if op, ok := Lookup(r.Operation); len(r.Chain) > 0 || ok && op.Chained() {
		return r.describeImage()
	}
	head := text.Printable(r.Operation)
	if style, ok := strings.CutPrefix(r.Operation, "style/::"); ok {
		head = "the built-in style " + text.Printable(style)
	} else if style, ok := strings.CutPrefix(r.Operation, "style/"); ok {
		head = "the style " + text.Printable(style)
	}
	return joinGroups(head, d.rest())
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

// phrases describes the parameters that are in known, in the order of the request.
func (d *describer) phrases(known phrases) []string {
	var list []string
	for i, p := range d.r.Params {
		describe, ok := known[p.Name]
		if d.used[i] || !ok || p.Value == "" {
			continue
		}
		d.used[i] = true
		list = append(list, cmp.Or(describe(p.Value), nameValue(p)))
		if p.Name == "s" {
			list = append(list, d.stretched()...)
		}
	}
	return list
}

// rest returns the names and values of the parameters and clips that are not used.
func (d *describer) rest() []string {
	var list []string
	for i, p := range d.r.Params {
		if !d.used[i] {
			list = append(list, nameValue(p))
		}
	}
	if !d.clipsUsed {
		for _, c := range d.r.Clips {
			list = append(list, clipWords(c, c.Where))
		}
	}
	return list
}

// nameValue describes a parameter that has no words of its own.
func nameValue(p Param) string {
	if p.Name == "" {
		return text.Printable(p.Value)
	}
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
	return joinGroups(format, d.phrases(timePhrases()), d.phrases(videoPhrases()), d.phrases(soundPhrases()),
		d.phrases(streamPhrases()), d.rest(), joined)
}

func (d *describer) audio() string {
	format, joined := d.format(), d.joined()
	return joinGroups(format, d.phrases(timePhrases()), d.phrases(soundPhrases()), d.rest(), joined)
}

func (d *describer) animation() string {
	format := d.format()
	var frames []string
	if d.r.takesEveryFrame() {
		d.takeParam("inter")
		frames = []string{"every frame"}
		if fps := d.takeParam("fps"); fps != "" {
			frames = append(frames, "shown "+text.Printable(fps)+" a second")
			if n, ok := parseDecimal(fps, true); ok && n < slowestFilm {
				frames[0] = "slow motion: " + frames[0]
			}
		}
	}
	return joinGroups(format, append(frames, d.phrases(animationPhrases())...), d.sizeAnd("", picturePhrases()), d.phrases(timePhrases()), d.rest())
}

// slowestFilm is the lowest usual frame rate of videos. Every frame at a lower rate is slow motion.
const slowestFilm = 24

func (d *describer) snapshots() string {
	product := "an image"
	if format := formatName(d.takeParam("f")); format != "" {
		product = "a " + format
	}
	if num, _ := knownValue(d.r.Params, "num"); num == "1" && d.r.takesEveryFrame() {
		return strings.Join(slices.Concat([]string{d.oneImage(product)}, d.sizeAnd("", picturePhrases()), d.phrases(timePhrases()),
			d.rest()), ", ")
	}
	parts := slices.Concat([]string{d.frames(product)}, d.phrases(framePhrases()), d.sizeAnd("", picturePhrases()),
		d.phrases(timePhrases()), d.rest())
	return strings.Join(parts, ", ")
}

// oneImage describes a single snapshot. product is the noun for it: "a JPG".
func (d *describer) oneImage(product string) string {
	for _, name := range []string{"num", "m", "inter"} {
		d.takeParam(name)
	}
	_, product, _ = strings.Cut(product, " ")
	if start := d.takeParam("ss"); start != "" && start != "0" {
		return "one " + product + ", at " + millisecondWords(start)
	}
	return "one " + product + ", the first frame"
}

func (d *describer) sprite() string {
	head := "sheets"
	if format := formatName(d.takeParam("f")); format != "" {
		head = format + " " + head
	}
	if columns, rows := d.takeParam("tw"), d.takeParam("th"); columns != "" || rows != "" { // OSS's default is 6
		head += " of " + text.Printable(cmp.Or(columns, "6")) + " x " + text.Printable(cmp.Or(rows, "6")) + " tiles"
	}
	frames := append([]string{d.frames("a tile")}, d.phrases(framePhrases())...)
	return joinGroups(head, frames, d.sizeAnd("tiles ", tilePhrases()), d.phrases(timePhrases()), d.rest())
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

// stretched returns the word for a size that can change the picture's proportions.
func (d *describer) stretched() []string {
	if op, ok := Lookup(d.r.Operation); ok {
		if param, _ := d.r.stretches(op); param != "" {
			return []string{"stretched"}
		}
	}
	return nil
}

// frames describes the frames that are taken. product is the noun for the result of each: "an image", "a tile".
func (d *describer) frames(product string) string {
	switch m := d.takeParam("m"); m {
	case "key":
		return product + " of each keyframe"
	case "avg":
		switch num := d.takeParam("num"); num {
		case "":
		case "1":
			return product + " of 1 frame"
		default:
			return product + " of " + text.Printable(num) + " frames evenly spaced"
		}
		return product + " of frames evenly spaced"
	case "dhash":
		product += " of frames that differ"
		if thr := d.takeParam("thr"); thr != "" {
			product += " by over " + text.Printable(thr)
		}
		if inter := d.takeParam("inter"); inter != "" && inter != "0" {
			product += ", sampled every " + millisecondWords(inter)
		}
		return product
	case "", "inter":
		if inter := d.takeParam("inter"); inter != "" && inter != "0" {
			return product + " every " + millisecondWords(inter)
		}
		return product + " of every frame"
	default:
		return product + " of frames by " + text.Printable(m)
	}
}

// sizeAnd describes the size, both sides in one phrase after prefix, and then the parameters that are in known.
func (d *describer) sizeAnd(prefix string, known phrases) []string {
	var list []string
	for _, names := range [][3]string{{"w", "h", ""}, {"sw", "sh", ""}, {"pw", "ph", "%"}, {"psw", "psh", "%"}} {
		if known[names[0]] == nil {
			continue
		}
		if wide, high := d.takeParam(names[0]), d.takeParam(names[1]); wide != "" || high != "" {
			list = append(list, prefix+sidesWords(wide, high, names[2]))
		}
	}
	return slices.Concat(list, d.stretched(), d.phrases(known))
}

// joined describes the clips that are joined before and after the upload.
func (d *describer) joined() []string {
	d.clipsUsed = true
	var list []string
	words := map[string]string{"pre": "before it", "sur": "after it"}
	for _, where := range []string{"pre", "sur"} {
		for _, c := range d.r.Clips {
			if c.Where == where {
				list = append(list, clipWords(c, words[where]))
				words[where] = "then"
			}
		}
	}
	if align := d.takeParam("align"); align != "" {
		list = append(list, "the rest as in "+d.clipNumber(align))
	}
	return list
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
	inputs := map[string][]string{"": {"the upload"}}
	for _, c := range d.r.Clips {
		if i := paramIndex(c.Params, clipKey); i >= 0 {
			inputs[c.Where] = append(inputs[c.Where], strconv.Quote(c.Params[i].Value))
		}
	}
	order := slices.Concat(inputs["pre"], inputs[""], inputs["sur"])
	if n, err := strconv.Atoi(value); err == nil && n >= 0 && n < len(order) && len(order) == len(d.r.Clips)+1 {
		return order[n]
	}
	return "clip " + text.Printable(value)
}
