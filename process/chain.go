package process

import (
	"slices"
	"strconv"
)

// checkChain checks each action of an image process, and then all of them together.
func (c *checker) checkChain() {
	if len(c.r.Clips) > 0 {
		c.checkClips()
		return
	}
	marks := 0
	for segment, a := range c.r.Actions() {
		c.segment = segment
		if !c.setOperation(imagePrefix + a.Name) {
			continue
		}
		if !c.op.Chained() {
			c.fail("unknown-operation", "", "%s is asynchronous, and cannot be combined with other actions", c.op.Name)
			continue
		}
		c.checkParams(a.Params, c.op.Parameters)
		c.checkCombinations()
		if c.op.Name == "image/resize" {
			c.checkResultSize(a.Params)
		}
		if c.op.Name == "image/watermark" && hasParam(a.Params, "image") {
			if marks++; marks == maxImageMarks+1 {
				c.fail("repeated-action", "image", "OSS draws at most %d images in one process: remove this one", maxImageMarks)
			}
		}
	}
}

// checkResultSize fails for a box that holds more pixels than OSS writes. Modes other than these may give a smaller result.
//
// https://help.aliyun.com/en/oss/user-guide/0040-00000007
func (c *checker) checkResultSize(params []Param) {
	mode, _ := knownValue(params, "m")
	if w, h := knownNumber(params, "w"), knownNumber(params, "h"); slices.Contains([]string{"fixed", "fill", "pad"}, mode) && w*h > maxImagePixels {
		c.fail("image-size", "w", "%s x %s are %s million pixels; OSS writes at most 4096 x 4096, %s million", formatNumber(w), formatNumber(h),
			strconv.FormatFloat(w*h/1e6, 'f', 1, 64), strconv.FormatFloat(maxImagePixels/1e6, 'f', 1, 64))
	}
}

// knownNumber returns the value of a parameter, 0 if it is not given, open or no number.
func knownNumber(params []Param, name string) float64 {
	value, _ := knownValue(params, name)
	n, _ := parseDecimal(value, true)
	return n
}

// chainMistakes adds warnings about image actions that are valid and probably do not do what was meant.
func (c *checker) chainMistakes() {
	actions := c.r.Actions()
	seen := map[string]int{} // the numbers of the actions before, by their names
	for segment, a := range actions {
		c.segment = segment
		c.op, _ = Lookup(imagePrefix + a.Name)
		if earlier, ok := seen[a.Name]; ok {
			c.checkRepetition(a, actions[earlier])
		}
		c.checkOrder(a, seen)
		switch a.Name {
		case "resize":
			c.checkEnlarging(a.Params)
			c.checkFormatSize(a.Params)
		case "quality":
			c.checkResultFormat(a, "quality", "jpg", "webp", "jpeg", "heic", "avif")
		case "interlace":
			c.checkResultFormat(a, "interlace", "jpg", "jpeg")
		case "rotate":
			if angle, ok := bareValue(a.Params); ok && (angle == "0" || angle == "360") {
				c.warn("no-effect", "rotate", "rotate,%s turns nothing: remove it", angle)
			}
		case "bright", "contrast":
			if level, ok := bareValue(a.Params); ok && level == "0" {
				c.warn("no-effect", a.Name, "%s,0 changes nothing: remove it", a.Name)
			}
		case "crop":
			if !slices.ContainsFunc([]string{"w", "h", "x", "y", "g"}, c.has) {
				c.warn("no-effect", "", "crop without w, h, x, y or g cuts nothing: give it a size")
			}
		}
		seen[a.Name] = segment
	}
	c.segment = 0
}

// checkRepetition warns of an action that was there before. Only watermark is documented more than once.
func (c *checker) checkRepetition(a, earlier Action) {
	now, ok := bareValue(a.Params)
	before, okBefore := bareValue(earlier.Params)
	x, _ := parseDecimal(now, false)
	y, _ := parseDecimal(before, false)
	turns := int(x + y)
	switch {
	case a.Name == "watermark":
	case a.Name == "rotate" && ok && okBefore && turns%360 == 0:
		c.warn("no-effect", a.Name, "rotate,%s undoes rotate,%s: remove both", now, before)
	case a.Name == "rotate" && ok && okBefore:
		c.warn("repeated-action", a.Name, "the image is turned twice: write rotate,%d once", turns%360)
	case a.Name == "flip" && ok && now == before:
		c.warn("no-effect", a.Name, "flip,%s undoes the first: remove both", now)
	case a.Name == "format" && ok && okBefore:
		c.warn("repeated-action", a.Name, "the second format counts: remove format,%s, or write it into a second output", before)
	default:
		c.warn("repeated-action", "", "%s is given twice, of which no page says what it does: remove one, or write a second output", a.Name)
	}
}

// checkOrder warns of actions in an order of which the documentation advises against.
//
// https://www.alibabacloud.com/help/doc-detail/44691.htm and https://help.aliyun.com/zh/oss/user-guide/convert-image-formats-2
func (c *checker) checkOrder(a Action, seen map[string]int) {
	if value, _ := bareValue(a.Params); a.Name == "auto-orient" && value == "1" {
		for _, name := range []string{"crop", "indexcrop", "rotate", "flip", "watermark"} {
			if _, ok := seen[name]; ok {
				c.warn("action-order", a.Name, "auto-orient turns the image after %s: put it first", name)
				return
			}
		}
		if i, ok := seen["resize"]; ok && !isSquare(c.r.Actions()[i].Params) {
			c.warn("action-order", a.Name, "auto-orient turns the image after resize, so that width and height change places: put it first")
		}
	}
	_, converted := seen["format"]
	_, resized := seen["resize"]
	if a.Name == "resize" && converted && !resized {
		c.warn("action-order", "", "format should follow resize: put it after")
	}
}

// isSquare reports whether a size means the same for an image that is turned later.
func isSquare(params []Param) bool {
	w, h := paramIndex(params, "w"), paramIndex(params, "h")
	return w < 0 && h < 0 || w >= 0 && h >= 0 && params[w].Value == params[h].Value && !params[w].Open
}

// checkEnlarging warns of sizes that are meant to enlarge and do not, and of an enlargement beyond OSS's limit.
func (c *checker) checkEnlarging(params []Param) {
	percent := knownNumber(params, "p")
	limit, known := knownValue(params, "limit")
	box := hasParam(params, "w") || hasParam(params, "h")
	switch {
	case percent > 100 && !box && !hasParam(params, "limit"):
		c.warn("enlarges", "p", "p_%s may return the picture as it is, because limit is 1 where it is not given: add limit_0", formatNumber(percent))
	case percent > 100 && !box && limit == "1":
		c.warn("enlarges", "p", "p_%s does not enlarge with limit_1: write limit_0", formatNumber(percent))
	case known && limit == "0" && hasParam(params, "p") && percent > 0 && percent <= 100 && !box:
		c.warn("enlarges", "limit", "p_%s enlarges nothing: remove limit_0", formatNumber(percent))
	case known && limit == "0" && !(hasParam(params, "w") && hasParam(params, "h")):
		for _, side := range []string{"w", "h", "l", "s"} {
			if n := knownNumber(params, side); n > 4096 {
				c.warn("enlarges", side, "limit_0 enlarges every picture to %s_%s, most of them beyond the 4096 x 4096 pixels that OSS writes: remove limit_0",
					side, formatNumber(n))
				return
			}
		}
	}
	mode, _ := knownValue(params, "m")
	if mode == "fixed" && hasParam(params, "w") != hasParam(params, "h") {
		c.warn("distorts", "m", "m_fixed with one side makes a square of every picture: set both sides, or remove m_fixed")
	}
}

// checkFormatSize warns of a box that is larger than the format of the result may be.
//
// https://help.aliyun.com/en/oss/user-guide/0040-00000014 and the limits of image/format
func (c *checker) checkFormatSize(params []Param) {
	const maxWebP, maxAVIF = 16383, 4096 * 2304
	w, h := knownNumber(params, "w"), knownNumber(params, "h")
	switch format := c.r.Format(); {
	case format == "webp" && max(w, h, knownNumber(params, "l")) > maxWebP:
		c.warn("image-size", "", "webp has at most %d px a side: choose a smaller size, or another format", maxWebP)
	case format == "avif" && w*h > maxAVIF:
		c.warn("image-size", "w", "%s x %s may be more than OSS writes as avif, 4096 x 2304: choose a smaller size, or another format",
			formatNumber(w), formatNumber(h))
	}
}

// checkResultFormat warns of an action that only some formats of the result know.
func (c *checker) checkResultFormat(a Action, param string, formats ...string) {
	if format := c.r.Format(); format != "" && !slices.Contains(formats, format) {
		c.warn("no-effect", param, "%s has no effect on %s: remove it, or choose another format", a.Name, format)
	}
}

// bareValue returns the value of an action that is written without a name. It reports false if it is not given or open.
func bareValue(params []Param) (string, bool) { return knownValue(params, "") }
