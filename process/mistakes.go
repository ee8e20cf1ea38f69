package process

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Mistakes returns warnings about valid parameters that OSS ignores, or that probably do not do what was meant.
func (r *Request) Mistakes() []Problem {
	op, ok := Lookup(r.Operation)
	if !ok {
		return nil
	}
	c := checker{r: r, op: op, at: -1, problems: r.ignoredParameters()}
	if op.Chained() {
		c.chainMistakes()
		return c.problems
	}
	c.checkProportions()
	c.checkFrames()
	c.checkContainer()
	c.checkPixelFormat()
	c.checkSides()
	c.checkPercentages()
	c.checkScaling()
	c.checkSelection()
	return c.problems
}

// sideParameters are the pairs of parameters that set a width and a height. OSS ignores a percentage if pixels are given.
var sideParameters = [][2]string{{"w", "h"}, {"sw", "sh"}, {"pw", "ph"}, {"psw", "psh"}}

// stretches returns the first of the parameters that can change the picture's proportions, because OSS stretches it unless
// scaletype says otherwise. It returns "" if there is none; alone reports that only one side is given.
func (r *Request) stretches(op *Operation) (param string, alone bool) {
	if hasParam(r.Params, "scaletype") || !r.encodesVideo(op) {
		return "", false
	}
	if i, p := paramIndex(r.Params, "s"), findParameter(op.Parameters, "s"); i >= 0 && p != nil && p.Kind == Size {
		w, h, _ := strings.Cut(r.Params[i].Value, "x")
		return "s", !r.Params[i].Open && (w == "" || h == "")
	}
	for _, names := range sideParameters {
		wide, high := paramIndex(r.Params, names[0]), paramIndex(r.Params, names[1])
		if findParameter(op.Parameters, names[0]) == nil || wide < 0 && high < 0 {
			continue
		}
		percent := strings.HasPrefix(names[0], "p")
		if wide < 0 || high < 0 {
			side := r.Params[max(wide, high)]
			if percent && !side.Open && side.Value == "100" {
				return "", false
			}
			return side.Name, true
		}
		w, h := r.Params[wide], r.Params[high]
		if percent && (w.Open || h.Open || w.Value == h.Value) {
			return "", false
		}
		return names[0], false
	}
	return "", false
}

// encodesVideo reports whether the pictures are encoded anew, so that the parameters of the video have an effect.
func (r *Request) encodesVideo(op *Operation) bool {
	if op.Name != "video/convert" {
		return true
	}
	codec, known := knownValue(r.Params, "vcodec")
	dropped, _ := knownValue(r.Params, "vn")
	format, _ := knownValue(r.Params, op.Format)
	c, limited := containers[format]
	return hasParam(r.Params, "vcodec") && !(known && codec == "copy") && dropped != "1" && !(limited && c.video == nil)
}

// checkProportions warns of a size that can change the picture's proportions.
func (c *checker) checkProportions() {
	scale := findParameter(c.op.Parameters, "scaletype")
	param, alone := c.r.stretches(c.op)
	switch {
	case param == "" || scale == nil || scale.Unconfirmed != "": // there is no confirmed remedy
	case alone:
		c.warn("distorts", param, "%s sets one side, the other stays as in the source, and the picture is stretched: "+
			"set both sides and add scaletype_fit, or scaletype_stretch if that is meant", param)
	default:
		c.warn("distorts", param, "%s stretches every picture of other proportions: "+
			"add scaletype_fit, or scaletype_stretch if that is meant", param)
	}
}

// takesEveryFrame reports whether neither a mode nor an interval selects frames.
func (r *Request) takesEveryFrame() bool {
	return mayBeUnset(r.Params, "inter", "0") && mayBeUnset(r.Params, "m", "inter")
}

// mayBeUnset reports whether a parameter is missing or known to have the value that stands for its absence.
func mayBeUnset(params []Param, name, absent string) bool {
	value, known := knownValue(params, name)
	return !hasParam(params, name) || known && value == absent
}

// checkFrames warns of snapshots, sprites and animations of every frame of a video.
func (c *checker) checkFrames() {
	params := c.r.Params
	animation := c.op.Name == "video/animation"
	if findParameter(c.op.Parameters, "inter") == nil || !c.r.takesEveryFrame() {
		return
	}
	if animation && hasParam(params, "fps") {
		shown, inter := "at the rate of fps", "inter"
		fps, _ := knownValue(params, "fps")
		if n, ok := parseDecimal(fps, true); ok && n > 0 {
			shown, inter = fps+" a second", "inter_"+strconv.Itoa(int(math.Round(1000/n)))
		}
		c.warn("every-frame", "fps", "without inter every frame is taken and shown %s, whatever the source's rate, "+
			"often as slow motion: add %s", shown, inter)
		return
	}
	// t bounds an animation, and is reported as unconfirmed.
	if mayBeUnset(params, "num", "0") && !(animation && hasParam(params, "t")) {
		c.warn("every-frame", "", "%s takes every frame of the video: add inter, such as inter_1000 for one a second, or num",
			c.op.Name)
	}
}

// container lists the codecs that a format holds: of video, and of audio. The first is the usual one.
type container struct{ video, audio []string }

// codecs returns the codecs of a stream; nil if the container holds no such stream.
func (c container) codecs(s stream) []string {
	if s.name == "video" {
		return c.video
	}
	return c.audio
}

// containers are the formats that hold only some codecs.
var containers = map[string]container{
	"webm": {[]string{"vp9"}, []string{"opus", "vorbis"}},
	"flv":  {[]string{"h264"}, []string{"aac", "mp3"}},
	"mp3":  {nil, []string{"mp3"}},
	"aac":  {nil, []string{"aac"}},
	"flac": {nil, []string{"flac"}},
	"oga":  {nil, []string{"vorbis", "opus", "flac"}},
	"ac3":  {nil, []string{"ac3"}},
	"opus": {nil, []string{"opus"}},
	"amr":  {nil, []string{"amr"}},
}

// checkContainer warns of a codec that the format cannot hold.
func (c *checker) checkContainer() {
	format, _ := knownValue(c.r.Params, c.op.Format)
	holds, ok := containers[format]
	if !ok {
		return
	}
	for _, s := range streams {
		valid := holds.codecs(s)
		codec, known := knownValue(c.r.Params, s.codec)
		dropped, _ := knownValue(c.r.Params, s.drop)
		switch {
		case !known || codec == "copy" || dropped == "1" || slices.Contains(valid, codec):
		case valid == nil:
			c.warn("unmatched-pair", s.codec, "%s holds no %s: remove %s", format, s.name, s.codec)
		default:
			c.warn("unmatched-pair", s.codec, "%s does not hold %s, only %s: write %s_%s, or choose another format",
				format, codec, strings.Join(valid, ", "), s.codec, valid[0])
		}
	}
}

// checkPixelFormat warns of an alpha channel with a codec other than vp9, the only one that the documentation pairs with it.
func (c *checker) checkPixelFormat() {
	format, _ := knownValue(c.r.Params, "pixfmt")
	codec, known := knownValue(c.r.Params, "vcodec")
	if format == "yuva420p" && known && codec != "vp9" && c.r.encodesVideo(c.op) {
		c.warn("unmatched-pair", "pixfmt", "pixfmt_yuva420p is documented only with vp9: write pixfmt_yuv420p, or vcodec_vp9")
	}
}

// checkSides warns of sides of a Size that are odd or tiny. An older version of the page of video/convert wants multiples of
// 2 from 64 to 4096.
func (c *checker) checkSides() {
	size, known := knownValue(c.r.Params, "s")
	p := findParameter(c.op.Parameters, "s")
	if p == nil || p.Kind != Size || !known || p.invalidReason(size) != "" || !c.r.encodesVideo(c.op) {
		return
	}
	w, h, _ := strings.Cut(size, "x")
	even := func(side string) string {
		n, err := strconv.Atoi(side)
		if err != nil {
			return side
		}
		return strconv.Itoa(min(max(n+n%2, 64), 4096))
	}
	if better := even(w) + "x" + even(h); better != size {
		c.warn("no-effect", "s", "s_%s has a side that is odd or below 64 and may not take effect: write s_%s", size, better)
	}
}

// checkPercentages warns of sizes relative to the source, which OSS ignores if a size in pixels is given.
func (c *checker) checkPercentages() {
	for _, names := range [][2]string{{"w", "h"}, {"sw", "sh"}} {
		given := slices.IndexFunc(c.r.Params, func(q Param) bool { return q.Name == names[0] || q.Name == names[1] })
		if given < 0 {
			continue
		}
		var ignored []string
		for _, q := range c.r.Params {
			p := findParameter(c.op.Parameters, q.Name)
			if p != nil && (q.Name == "p"+names[0] || q.Name == "p"+names[1]) && len(p.Excludes) == 0 {
				ignored = append(ignored, q.Name)
			}
		}
		if len(ignored) > 0 {
			c.warn("no-effect", ignored[0], "OSS ignores %s where %s is given: remove one of them",
				strings.Join(ignored, ", "), c.r.Params[given].Name)
		}
	}
}

// checkScaling warns of scaletype without a size. For video/convert, the catalogue says that it needs one.
func (c *checker) checkScaling() {
	p := findParameter(c.op.Parameters, "scaletype")
	if p == nil || len(p.Requires) > 0 || !hasParam(c.r.Params, "scaletype") {
		return
	}
	for _, names := range sideParameters {
		if hasParam(c.r.Params, names[0]) || hasParam(c.r.Params, names[1]) {
			return
		}
	}
	wide, high := "w", "h"
	if findParameter(c.op.Parameters, wide) == nil {
		wide, high = "sw", "sh"
	}
	c.warn("no-effect", "scaletype", "scaletype has no effect without a size: add %s and %s, or remove scaletype", wide, high)
}

// checkSelection warns of an interval that the mode of a sprite replaces, and of pages of a result without images.
func (c *checker) checkSelection() {
	mode, _ := knownValue(c.r.Params, "m")
	if c.op.Name == "video/sprite" && hasParam(c.r.Params, "inter") && (mode == "key" || mode == "avg") {
		c.warn("no-effect", "inter", "inter has no effect with m_%s: remove one of them", mode)
	}
	// Of pages: the IMM API reference, CreateOfficeConversionTask.
	format, _ := knownValue(c.r.Params, "target")
	if c.op.Name == "doc/convert" && hasParam(c.r.Params, "pages") && (format == "pdf" || format == "txt") {
		c.warn("no-effect", "pages", "pages selects pages for images only, not for %s: remove pages, or write target_png", format)
	}
}
