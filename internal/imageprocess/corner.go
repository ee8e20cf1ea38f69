package imageprocess

import (
	"image"
	"math"

	"github.com/kovidgoyal/imaging"
)

// maxRadius is the largest radius of circle and rounded-corners.
const maxRadius = 4096

func readCircle(pl *plan, p *params) {
	radius := p.integer("r", 0, 1, maxRadius, "0040-00000233")
	if radius == 0 {
		p.fail(refuse("MissingArgument", "0040-00000233", "the action circle needs r"))
	}
	pl.then(func(p *picture) error {
		r := min(radius, (min(p.width(), p.height())-1)/2)
		img := imaging.CropCenter(p.img, 2*r+1, 2*r+1)
		round(img, float64(r)+0.5)
		p.img = img
		return nil
	})
}

func readRoundedCorners(pl *plan, p *params) {
	radius := p.integer("r", 0, 1, maxRadius, "0040-00000237")
	if radius == 0 {
		p.fail(refuse("MissingArgument", "0040-00000237", "the action rounded-corners needs r"))
	}
	pl.then(func(p *picture) error {
		img := imaging.Clone(p.img)
		round(img, min(float64(radius), float64(min(p.width(), p.height()))/2))
		p.img = img
		return nil
	})
}

// round makes what lies outside of quarter circles in the corners of img transparent. Pixels that a circle crosses become
// partly transparent.
func round(img *image.NRGBA, radius float64) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := range h {
		dy := beyond(float64(y)+0.5, radius, float64(h))
		if dy == 0 {
			continue
		}
		for x := range w {
			dx := beyond(float64(x)+0.5, radius, float64(w))
			if dx == 0 {
				continue
			}
			if covered := radius + 0.5 - math.Hypot(dx, dy); covered < 1 {
				alpha := &img.Pix[img.PixOffset(x, y)+3]
				*alpha = uint8(float64(*alpha)*max(0, covered) + 0.5)
			}
		}
	}
}

// beyond returns how far a coordinate is from the part of a side of length whole that is not rounded, 0 if it lies in it.
func beyond(at, radius, whole float64) float64 {
	return max(0, radius-at, at-(whole-radius))
}
