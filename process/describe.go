package process

import (
	"slices"
	"strconv"
	"strings"

	"onput/internal/text"
)

// Describe returns the operation in words for people: "MP4: H.264, 1280 wide, 2 Mbit/s; AAC, 128 kbit/s". Nothing that is
// given is left out: what has no words of its own stands as its name and value. Open parameters show their variables. The
// sys directives are not part of it.
func (r *Request) Describe() string {
	w := wording{r: r, used: make([]bool, len(r.Params))}
	switch r.Operation {
	case "doc/convert":
		return w.document()
	case "video/convert", "video/concat":
		return w.video()
	case "audio/convert", "audio/concat":
		return w.audio()
	case "video/animation":
		return w.animation()
	case "video/snapshots":
		return w.snapshots()
	case "video/sprite":
		return w.sprite()
	case "image/deblindwatermark":
		return w.watermark()
	}
	if style, ok := strings.CutPrefix(r.Operation, "style/"); ok {
		if name, ok := strings.CutPrefix(style, "::"); ok {
			return w.sentence("the built-in style "+text.Printable(name), w.rest())
		}
		return w.sentence("the style "+text.Printable(style), w.rest())
	}
	return w.sentence(text.Printable(r.Operation), w.rest())
}

// wording puts an operation into words. Each parameter that is put into words is used; rest takes the others, so that none
// is lost.
type wording struct {
	r     *Request
	used  []bool
	clips bool // the clips are in words
}

// take returns the value of a parameter, "" where it is not given or empty, and uses it.
func (w *wording) take(name string) string {
	for i, p := range w.r.Params {
		if p.Name == name && p.Value != "" && !w.used[i] {
			w.used[i] = true
			return p.Value
		}
	}
	return ""
}

// phrase says what a parameter means. It returns "" for a value that it has no words for.
type phrase struct {
	name  string
	words func(value string) string
}

// phrases puts the parameters into words that are among all, in the order in which they are given.
func (w *wording) phrases(all []phrase) []string {
	var said []string
	for i, p := range w.r.Params {
		j := slices.IndexFunc(all, func(q phrase) bool { return q.name == p.Name })
		if w.used[i] || j < 0 || p.Value == "" {
			continue
		}
		w.used[i] = true
		words := all[j].words(p.Value)
		if words == "" {
			words = nameValue(p)
		}
		said = append(said, words)
	}
	return said
}

// rest returns what is left as names and values.
func (w *wording) rest() []string {
	var said []string
	for i, p := range w.r.Params {
		if !w.used[i] {
			said = append(said, nameValue(p))
		}
	}
	if !w.clips {
		for _, c := range w.r.Clips {
			said = append(said, clip(c, c.Where))
		}
	}
	return said
}

func nameValue(p Param) string {
	if p.Value == "" {
		return p.Name + ` ""`
	}
	return p.Name + " " + text.Printable(p.Value)
}

// sentence joins "head: a, b; c" of groups.
func (w *wording) sentence(head string, groups ...[]string) string {
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

func (w *wording) document() string {
	format, pages, source := w.take("target"), w.take("pages"), w.take("source")
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
	return w.sentence(head, w.rest())
}

// pageWords puts a list such as 1,2,4-10 into words.
func pageWords(list string) string {
	if !pageList(list) {
		return "pages " + text.Printable(list)
	}
	items := strings.Split(list, ",")
	for i, item := range items {
		if from, to, ok := strings.Cut(item, "-"); ok {
			items[i] = from + " to " + to
		}
	}
	if digits(list) {
		return "page " + list
	}
	return "pages " + text.JoinAnd(items)
}

func (w *wording) video() string {
	head, joined := w.head(), w.joined()
	return w.sentence(head, w.phrases(timePhrases()), w.phrases(videoPhrases()), w.phrases(soundPhrases()), w.phrases(streamPhrases()), w.rest(), joined)
}

func (w *wording) audio() string {
	head, joined := w.head(), w.joined()
	return w.sentence(head, w.phrases(timePhrases()), w.phrases(soundPhrases()), w.rest(), joined)
}

func (w *wording) animation() string {
	head := w.head()
	return w.sentence(head, w.phrases(animationPhrases()), w.sized(picturePhrases()), w.phrases(timePhrases()), w.rest())
}

func (w *wording) snapshots() string {
	what := "an image"
	if format := formatName(w.take("f")); format != "" {
		what = "a " + format
	}
	parts := []string{w.frames(what)}
	parts = append(parts, w.phrases(framePhrases())...)
	parts = append(parts, w.sized(picturePhrases())...)
	return strings.Join(append(append(parts, w.phrases(timePhrases())...), w.rest()...), ", ")
}

func (w *wording) sprite() string {
	head := "sheets"
	if format := formatName(w.take("f")); format != "" {
		head = format + " " + head
	}
	if columns, rows := w.take("tw"), w.take("th"); columns != "" || rows != "" {
		head += " of " + or(columns, "6") + " x " + or(rows, "6") + " tiles" // OSS's own default
	}
	frames := append([]string{w.frames("a tile")}, w.phrases(framePhrases())...)
	return w.sentence(head, frames, w.sized(tilePhrases()), w.phrases(timePhrases()), w.rest())
}

// or returns a value for people, otherwise where there is none.
func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return text.Printable(value)
}

func (w *wording) watermark() string {
	head := "the blind watermark is read"
	if kind := w.take("t"); kind != "" {
		head += " as " + text.Printable(kind)
	}
	if effort := w.take("s"); effort != "" {
		head += ", " + text.Printable(effort) + " effort"
	}
	return w.sentence(head, w.rest())
}

// head takes the format that a sentence begins with.
func (w *wording) head() string {
	if format := formatName(w.take("f")); format != "" {
		return format
	}
	_, action, _ := strings.Cut(w.r.Operation, "/")
	return action
}

// frames says which frames are taken: what, an image or a tile, of each.
func (w *wording) frames(what string) string {
	m, inter := w.take("m"), ""
	switch m {
	case "key":
		return what + " of each keyframe"
	case "avg":
		if num := w.take("num"); num != "" {
			return what + " of " + text.Printable(num) + " frames evenly spaced"
		}
		return what + " of frames evenly spaced"
	case "dhash":
		what += " of frames that differ"
		if thr := w.take("thr"); thr != "" {
			what += " by over " + text.Printable(thr)
		}
		if inter = w.take("inter"); inter != "" && inter != "0" {
			what += ", looked for every " + milliseconds(inter)
		}
		return what
	case "", "inter":
		if inter = w.take("inter"); inter == "" || inter == "0" {
			return what + " of every frame"
		}
		return what + " every " + milliseconds(inter)
	}
	return what + " of frames by " + text.Printable(m)
}

// sized is phrases after the size: two sides are one phrase.
func (w *wording) sized(all []phrase) []string {
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
		switch wide, high := w.take(names[0]), w.take(names[1]); {
		case wide != "" && high != "":
			said = append(said, what+text.Printable(wide)+unit+" x "+text.Printable(high)+unit)
		case wide != "":
			said = append(said, what+text.Printable(wide)+unit+" wide")
		case high != "":
			said = append(said, what+text.Printable(high)+unit+" high")
		}
	}
	return append(said, w.phrases(all)...)
}

// joined says what is joined before and after the upload.
func (w *wording) joined() []string {
	w.clips = true
	var said []string
	for _, where := range []struct{ name, words string }{{"pre", "before it"}, {"sur", "after it"}} {
		first := true
		for _, c := range w.r.Clips {
			if c.Where != where.name {
				continue
			}
			words := "then"
			if first {
				words = where.words
			}
			first = false
			said = append(said, clip(c, words))
		}
	}
	if align := w.take("align"); align != "" {
		said = append(said, "the rest as in "+w.clipNumber(align))
	}
	return said
}

// clip names a clip and says which part of it is taken.
func clip(c Clip, words string) string {
	object := false
	for _, p := range c.Params {
		switch {
		case p.Name == clipKey && !object && p.Value != "":
			object = true
			words += " " + strconv.Quote(p.Value)
		case p.Name == "ss" && p.Value != "":
			words += " " + from(p.Value)
		case p.Name == "t" && p.Value != "":
			words += " " + long(p.Value)
		default:
			words += " " + nameValue(p)
		}
	}
	return words
}

// clipNumber names the clip of that number, from 0 in the final order: those before the upload, the upload, those after.
func (w *wording) clipNumber(value string) string {
	var order []string
	for _, where := range []string{"pre", "", "sur"} {
		if where == "" {
			order = append(order, "the upload")
		}
		for _, c := range w.r.Clips {
			if i := index(c.Params, clipKey); i >= 0 && c.Where == where {
				order = append(order, strconv.Quote(c.Params[i].Value))
			}
		}
	}
	if n, err := strconv.Atoi(value); err == nil && n >= 0 && n < len(order) && len(order) == len(w.r.Clips)+1 {
		return order[n]
	}
	return "clip " + text.Printable(value)
}

// The phrases, a function for each group: what puts nothing into words does not link them.

func timePhrases() []phrase {
	return []phrase{
		{"ss", from},
		{"t", long},
	}
}

func videoPhrases() []phrase {
	return []phrase{
		{"vcodec", videoCodec},
		{"s", func(v string) string {
			wide, high, ok := strings.Cut(v, "x")
			switch {
			case !ok || strings.Contains(v, "{"):
				return "size " + text.Printable(v)
			case high == "":
				return text.Printable(wide) + " wide"
			case wide == "":
				return text.Printable(high) + " high"
			}
			return text.Printable(wide) + " x " + text.Printable(high)
		}},
		{"sopt", option("even where the source is smaller", "a smaller source keeps its size", "a smaller source fails")},
		{"scaletype", scaleWords},
		{"arotate", on("turned as the source")},
		{"fps", unit(" frames/s")},
		{"fpsopt", option("at any rate of the source", "a lower rate of the source is kept", "a lower rate of the source fails")},
		{"vb", bitrate},
		{"vbopt", option("at any bitrate of the source", "a lower bitrate of the source is kept", "a lower bitrate of the source fails")},
		{"crf", before("CRF ")},
		{"maxrate", func(v string) string { return "at most " + bitrate(v) }},
		{"bufsize", func(v string) string { return "buffer of " + scaled(v, "bit") }},
		{"g", func(v string) string { return "a keyframe every " + text.Printable(v) + " frames" }},
		{"pixfmt", text.Printable},
		{"videoslim", on("narrowband HD")},
		{"vn", on("no video")},
	}
}

func soundPhrases() []phrase {
	return []phrase{
		{"acodec", audioCodec},
		{"ab", bitrate},
		{"abopt", option("at any bitrate of the source", "a lower bitrate of the source is kept", "a lower bitrate of the source fails")},
		{"aq", before("audio quality ")},
		{"ar", func(v string) string { return scaled(v, "Hz") }},
		{"ac", channelWords},
		{"adepth", unit(" bit samples")},
		{"an", on("no audio")},
	}
}

func streamPhrases() []phrase {
	return []phrase{
		{"sn", on("no subtitles")},
	}
}

func framePhrases() []phrase {
	return []phrase{
		{"inter", func(v string) string {
			if v == "0" {
				return "every frame"
			}
			return "a frame every " + milliseconds(v)
		}},
		{"num", atMost("")},
	}
}

func animationPhrases() []phrase {
	return []phrase{
		framePhrases()[0],
		{"num", atMost(" frames")},
		{"fps", func(v string) string { return "played at " + text.Printable(v) + " frames/s" }},
	}
}

func picturePhrases() []phrase {
	return []phrase{
		{"w", unit(" wide")}, {"h", unit(" high")}, {"pw", unit("% wide")}, {"ph", unit("% high")},
		{"scaletype", scaleWords},
	}
}

func tilePhrases() []phrase {
	return []phrase{
		{"sw", unit(" wide")}, {"sh", unit(" high")}, {"psw", unit("% wide")}, {"psh", unit("% high")},
		{"scaletype", scaleWords},
		{"pad", func(v string) string { return pixels(v, "gap", "s") }},
		{"margin", func(v string) string { return pixels(v, "margin", "") }},
	}
}

// atMost returns the words for a number of things that is bounded unless it is 0.
func atMost(things string) func(string) string {
	return func(v string) string {
		if v == "0" {
			return "any number" + strings.Replace(things, " ", " of ", 1)
		}
		return "at most " + text.Printable(v) + things
	}
}

// on returns the words for 1; other values have none.
func on(words string) func(string) string {
	return func(v string) string {
		if v == "1" {
			return words
		}
		return ""
	}
}

// option returns the words for 0, 1 and 2.
func option(words ...string) func(string) string {
	return func(v string) string {
		if n, err := strconv.Atoi(v); err == nil && n >= 0 && n < len(words) && len(v) == 1 {
			return words[n]
		}
		return ""
	}
}

func unit(behind string) func(string) string {
	return func(v string) string { return text.Printable(v) + behind }
}

func before(words string) func(string) string {
	return func(v string) string { return words + text.Printable(v) }
}

func from(v string) string {
	if v == "0" {
		return "from the start"
	}
	return "from " + milliseconds(v)
}

func long(v string) string {
	if v == "0" {
		return "to the end"
	}
	return milliseconds(v) + " long"
}

func pixels(v, what, plural string) string {
	if v == "0" {
		return "no " + what + plural
	}
	return what + plural + " of " + text.Printable(v) + " px"
}

func scaleWords(v string) string {
	switch v {
	case "crop":
		return "cropped to fit"
	case "stretch":
		return "stretched to fit"
	case "fill":
		return "padded with black"
	case "fit":
		return "in proportion"
	}
	return ""
}

func channelWords(v string) string {
	switch v {
	case "1":
		return "mono"
	case "2":
		return "stereo"
	}
	return text.Printable(v) + " channels"
}

func videoCodec(v string) string {
	switch v {
	case "copy":
		return "video as it is"
	case "h264", "h265":
		return "H." + v[1:]
	case "vp9":
		return "VP9"
	}
	return before("video codec ")(v)
}

func audioCodec(v string) string {
	switch v {
	case "copy":
		return "audio as it is"
	case "opus":
		return "Opus"
	case "vorbis":
		return "Vorbis"
	case "mp3", "aac", "flac", "ac3", "amr", "pcm":
		return strings.ToUpper(v)
	}
	return before("audio codec ")(v)
}

// formatName writes a format as people do.
func formatName(v string) string {
	switch {
	case strings.Contains(v, "{"):
		return text.Printable(v)
	case v == "webm":
		return "WebM"
	case v == "webp":
		return "WebP"
	case v == "opus":
		return "Opus"
	}
	return strings.ToUpper(text.Printable(v))
}

func bitrate(v string) string { return scaled(v, "bit/s") }

// scaled writes a number with k or M before the unit, exactly. What is no number keeps its unit.
func scaled(v, unit string) string {
	n, ok := decimal(v, false)
	switch {
	case !ok || len(v) > 15:
		return text.Printable(v) + " " + unit
	case n >= 1_000_000:
		return number(n/1_000_000) + " M" + unit
	case n >= 1_000:
		return number(n/1_000) + " k" + unit
	}
	return number(n) + " " + unit
}

// milliseconds writes a duration in the units that suit it, exactly.
func milliseconds(v string) string {
	n, ok := decimal(v, false)
	if !ok || len(v) > 15 {
		return text.Printable(v) + " ms"
	}
	ms := int64(n)
	if ms < 1000 {
		return strconv.FormatInt(ms, 10) + " ms"
	}
	var parts []string
	if hours := ms / 3_600_000; hours > 0 {
		parts = append(parts, strconv.FormatInt(hours, 10)+" h")
	}
	if minutes := ms / 60_000 % 60; minutes > 0 {
		parts = append(parts, strconv.FormatInt(minutes, 10)+" min")
	}
	if rest := ms % 60_000; rest > 0 {
		parts = append(parts, number(float64(rest)/1000)+" s")
	}
	return strings.Join(parts, " ")
}
