package process

import (
	"strconv"
	"strings"

	"onput/internal/text"
)

// describeImage describes a chain of image actions: "at most 200 × 200, in proportion; WebP".
func (r *Request) describeImage() string {
	var all []string
	for _, a := range r.Actions() {
		all = append(all, describeAction(a))
	}
	for _, c := range r.Clips { // which no image takes
		all = append(all, clipWords(c, c.Where))
	}
	return strings.Join(all, "; ")
}

// describeAction describes one image action.
func describeAction(a Action) string {
	d := describer{r: &Request{Operation: imagePrefix + a.Name, Params: a.Params}, used: make([]bool, len(a.Params))}
	var words []string
	switch a.Name {
	case "resize":
		words = d.resize()
	case "crop":
		words = d.crop()
	case "indexcrop":
		words = d.strip()
	case "watermark":
		words = d.mark()
	case "blindwatermark":
		words = []string{strings.TrimSuffix("hidden text "+quoted(d.takeParam("content")), " ")}
	case "blur":
		words = append([]string{"blurred"}, d.phrases(phrases{"r": around("radius ", ""), "s": around("deviation ", ""),
			"g": oneOf(map[string]string{"face": "only the largest face", "faces": "only faces"}, around("only ", ""))})...)
	case "quality":
		words = d.phrases(phrases{"q": around("quality ", "% of the source's"), "Q": around("quality at most ", ""), "": around("quality ", "")})
	default:
		words = d.phrases(actionPhrases(a.Name))
	}
	if len(words) == 0 {
		words = []string{text.Printable(a.Name)}
	}
	return strings.Join(append(words, d.rest()...), ", ")
}

// actionPhrases returns the words for the only parameter of an image action.
func actionPhrases(action string) phrases {
	switch action {
	case "rotate":
		return phrases{"": around("turned by ", "° clockwise")}
	case "auto-orient":
		return phrases{"": oneOf(map[string]string{"1": "upright", "0": "turned as stored"}, around("auto-orient ", ""))}
	case "flip":
		return phrases{"": oneOf(map[string]string{"0": "mirrored top to bottom", "1": "mirrored left to right", "2": "mirrored both ways"},
			around("mirrored by ", ""))}
	case "circle":
		return phrases{"r": around("a circle of radius ", "")}
	case "rounded-corners":
		return phrases{"r": around("corners rounded by ", "")}
	case "format":
		return phrases{"": formatName}
	case "interlace":
		return phrases{"": oneOf(map[string]string{"1": "progressive", "0": "not progressive"}, around("interlace ", ""))}
	case "bright":
		return phrases{"": around("brightness ", "")}
	case "contrast":
		return phrases{"": around("contrast ", "")}
	case "sharpen":
		return phrases{"": around("sharpened by ", "")}
	}
	return nil
}

// resize describes the box, how the picture is put into it, and what becomes of smaller pictures.
func (d *describer) resize() []string {
	mode, wide, high := d.takeParam("m"), d.takeParam("w"), d.takeParam("h")
	var words []string
	if wide != "" || high != "" {
		box := boxWords(wide, high)
		switch mode {
		case "", "lfit":
			words = append(words, "at most "+box, "in proportion")
		case "mfit":
			words = append(words, "at least "+box, "in proportion")
		case "fill":
			words = append(words, box, "cropped to fit")
		case "pad":
			color := d.takeParam("color")
			if color == "" {
				color = "FFFFFF"
			}
			words = append(words, box, "padded with #"+text.Printable(color))
		case "fixed":
			words = append(words, box, "stretched")
		default:
			words = append(words, box, "by "+text.Printable(mode))
		}
	} else if mode != "" {
		words = append(words, "by "+text.Printable(mode))
	}
	words = append(words, d.phrases(phrases{"l": around("longer side at most ", ""), "s": around("shorter side at most ", ""),
		"p": around("", "% of its size"), "color": around("color #", "")})...)
	switch limit := d.takeParam("limit"); {
	case limit == "0":
		words = append(words, "a smaller picture is enlarged")
	case limit != "" && limit != "1":
		words = append(words, "limit "+text.Printable(limit))
	case limit == "1" || mode == "mfit" || mode == "fill" || mode == "pad" || mode == "fixed":
		words = append(words, "a smaller picture keeps its size")
	}
	return words
}

// boxWords describes a width and a height; a missing one is "".
func boxWords(wide, high string) string {
	switch {
	case high == "":
		return text.Printable(wide) + " wide"
	case wide == "":
		return text.Printable(high) + " high"
	}
	return text.Printable(wide) + " × " + text.Printable(high)
}

// places are the cells of the grid of g.
var places = map[string]string{
	"nw": "top left", "north": "top", "ne": "top right", "west": "left", "center": "centre", "east": "right",
	"sw": "bottom left", "south": "bottom", "se": "bottom right", "auto": "around the motif", "face": "around the face",
}

func (d *describer) crop() []string {
	wide, high := d.takeParam("w"), d.takeParam("h")
	head := "cropped"
	if wide != "" || high != "" {
		head += " to " + boxWords(wide, high)
	}
	return append([]string{head}, d.phrases(phrases{"g": oneOf(places, around("at ", "")), "x": around("", " px across"),
		"y": around("", " px down"), "p": around("", "% of the face")})...)
}

func (d *describer) strip() []string {
	number, wide, high := d.takeParam("i"), d.takeParam("x"), d.takeParam("y")
	if number == "" {
		number = "0"
	}
	head := "strip " + text.Printable(number)
	if high != "" {
		head += " of those " + text.Printable(high) + " high"
	}
	if wide != "" {
		head += " of those " + text.Printable(wide) + " wide"
	}
	return []string{head}
}

func (d *describer) mark() []string {
	words := []string{"watermark"}
	if t := d.takeParam("text"); t != "" {
		words[0] += " " + quoted(t)
	}
	if image := d.takeParam("image"); image != "" {
		words[0] += " image " + quoted(image)
	}
	return append(words, d.phrases(phrases{
		"type": text.Printable, "color": around("#", ""), "size": around("", " px"), "shadow": around("shadow ", "%"),
		"rotate": around("turned by ", "°"), "t": around("", "% opaque"), "g": oneOf(places, around("at ", "")),
		"x": around("", " px from the side"), "y": around("", " px from the edge"),
		"voffset": around("", " px off the middle"), "fill": oneOf(map[string]string{"1": "tiled", "0": "once"}, around("fill ", "")),
	})...)
}

// quoted quotes a text, "" for none.
func quoted(s string) string {
	if s == "" {
		return ""
	}
	return strconv.Quote(s)
}

// snapshot describes video/snapshot.
func (d *describer) snapshot() string {
	product := "one image"
	if format := formatName(d.takeParam("f")); format != "" {
		product = "one " + format
	}
	words := []string{product}
	switch t := d.takeParam("t"); t {
	case "":
	case "0":
		words = append(words, "the first frame")
	default:
		words = append(words, "at "+millisecondWords(t))
	}
	wide, high := d.takeParam("w"), d.takeParam("h")
	if wide == "0" && high != "" {
		wide = ""
	}
	if high == "0" && wide != "" {
		high = ""
	}
	if (wide != "" || high != "") && wide+high != "0" {
		words = append(words, sidesWords(wide, high, ""))
	}
	words = append(words, d.phrases(phrases{
		"l": around("longer side ", ""), "s": around("shorter side ", ""),
		"m":  oneOf(map[string]string{"fast": "the keyframe before it"}, around("by ", "")),
		"ar": oneOf(map[string]string{"auto": "turned as the video says", "h": "higher than wide", "w": "wider than high"}, around("ar ", "")),
	})...)
	return strings.Join(append(words, d.rest()...), ", ")
}
