package imageprocess

import (
	"image"
	"image/color"
	"math"

	"github.com/kovidgoyal/imaging"
)

// Limits of resized pictures. https://www.alibabacloud.com/help/en/oss/user-guide/resize-images-4
const (
	maxResultSide   = 16_384
	maxResultPixels = 4096 * 4096
)

// resize is the action resize. Lengths that are not given are 0.
type resize struct {
	mode          string
	width, height int
	long, short   int
	percent       int
	ofMain        int // percent of the main picture; only for the image of a watermark
	enlarge       bool
	background    color.NRGBA
}

func readResize(pl *plan, p *params) {
	if len(p.left) == 0 {
		p.fail(refuse("MissingArgument", "0040-00000322", "the action resize needs one of w, h, l, s and p"))
		return
	}
	if isZero(p, "w") && isZero(p, "h") {
		p.fail(invalidValue("0", "w", "0040-00000321", "w and h must not both be 0"))
		return
	}
	r := &resize{
		mode:       p.choice("m", "0040-00000311", "lfit", "mfit", "fill", "pad", "fixed"),
		width:      p.integer("w", 0, 1, maxResultSide, "0040-00000312"),
		height:     p.integer("h", 0, 1, maxResultSide, "0040-00000313"),
		long:       p.integer("l", 0, 1, maxResultSide, "0040-00000314"),
		short:      p.integer("s", 0, 1, maxResultSide, "0040-00000315"),
		percent:    p.integer("p", 0, 1, 1000, "0040-00000317"),
		enlarge:    !p.flag("limit", true, "0040-00000319"),
		background: p.color("color", color.NRGBA{255, 255, 255, 255}, "0040-00000318"),
	}
	if pl.forMark {
		r.ofMain = p.integer("P", 0, 1, 100, "")
	}
	switch {
	case r.width|r.height|r.long|r.short|r.percent|r.ofMain == 0:
		p.fail(refuse("MissingArgument", "0040-00000322", "the action resize needs one of w, h, l, s and p"))
	case r.mode != "lfit" && r.mode != "mfit" && p.err == nil:
		if err := checkResult(r.width, r.height); err != nil {
			p.fail(err)
		}
	}
	if r.percent > 0 && r.width == 0 && r.height == 0 {
		pl.static = true
	}
	pl.then(r.apply)
}

func isZero(p *params, name string) bool {
	for _, q := range p.left {
		if q.Name == name {
			return q.Value == "0"
		}
	}
	return false
}

// checkResult refuses a size that OSS does not scale to.
func checkResult(w, h int) *Error {
	if w > maxResultSide || h > maxResultSide || w*h > maxResultPixels {
		return tooLarge("0040-00000007", "the result would have %d × %d pixels; at most %d in all and %d a side are allowed",
			w, h, maxResultPixels, maxResultSide)
	}
	return nil
}

func (r *resize) apply(p *picture) error {
	size := image.Pt(p.width(), p.height())
	scaled, result := r.sizes(size, p.main)
	if !r.enlarge && r.ofMain == 0 && (scaled.X > size.X || scaled.Y > size.Y) {
		return nil // the picture keeps its size
	}
	if err := checkResult(scaled.X, scaled.Y); err != nil {
		return err
	}
	p.img = imaging.Resize(p.img, scaled.X, scaled.Y, imaging.Lanczos)
	switch {
	case scaled == result:
	case r.mode == "fill":
		p.img = imaging.CropCenter(p.img, result.X, result.Y)
	case r.mode == "pad":
		p.img = imaging.PasteCenter(imaging.New(result.X, result.Y, r.background), p.img)
	}
	return nil
}

// sizes returns the size that a picture is scaled to, and the size of the result, which differs for fill and pad.
func (r *resize) sizes(size, main image.Point) (scaled, result image.Point) {
	if r.ofMain > 0 {
		w, h := max(1, main.X*r.ofMain/100), max(1, main.Y*r.ofMain/100)
		return same(scaledTo(size, min(ratio(w, size.X), ratio(h, size.Y))))
	}
	w, h := r.box(size)
	if w == 0 && h == 0 {
		return same(scaledTo(size, float64(r.percent)/100))
	}
	if w == 0 || h == 0 {
		if r.mode == "lfit" || r.mode == "mfit" {
			return same(scaledTo(size, max(ratio(w, size.X), ratio(h, size.Y))))
		}
		w = max(w, h)
		h = w
	}
	box := image.Pt(w, h)
	fitting := scaledTo(size, min(ratio(w, size.X), ratio(h, size.Y)))
	covering := scaledTo(size, max(ratio(w, size.X), ratio(h, size.Y)))
	switch r.mode {
	case "lfit":
		return same(fitting)
	case "mfit":
		return same(covering)
	case "fill":
		return covering, box
	case "pad":
		return fitting, box
	default: // fixed
		return same(box)
	}
}

// box returns the width and the height that the parameters ask for. One of them is 0 if it follows from the other, both are
// if the parameters ask for a percentage.
func (r *resize) box(size image.Point) (w, h int) {
	switch {
	case r.width > 0 || r.height > 0:
		return r.width, r.height
	case size.X >= size.Y:
		return r.long, r.short
	default:
		return r.short, r.long
	}
}

func ratio(target, source int) float64 { return float64(target) / float64(source) }

// same returns a size twice: the picture is scaled to the size of the result.
func same(size image.Point) (scaled, result image.Point) { return size, size }

// scaledTo returns a size times a factor, rounded to the nearest pixels, at least 1 × 1.
func scaledTo(size image.Point, factor float64) image.Point {
	scale := func(n int) int { return max(1, int(math.Round(float64(n)*factor))) }
	return image.Pt(scale(size.X), scale(size.Y))
}
