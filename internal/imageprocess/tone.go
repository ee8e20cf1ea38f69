package imageprocess

import (
	"math"

	"github.com/kovidgoyal/imaging"
)

// OSS documents ranges for these actions, and no curves: results resemble OSS's.

func readBright(pl *plan, p *params) {
	percent := p.bareInteger(-100, 100, "", "")
	pl.then(func(p *picture) error {
		p.img = imaging.AdjustBrightness(p.img, float64(percent))
		return nil
	})
}

func readContrast(pl *plan, p *params) {
	percent := p.bareInteger(-100, 100, "", "")
	pl.then(func(p *picture) error {
		p.img = imaging.AdjustContrast(p.img, float64(percent))
		return nil
	})
}

func readSharpen(pl *plan, p *params) {
	percent := p.bareInteger(50, 399, "", "")
	pl.then(func(p *picture) error {
		p.img = imaging.Sharpen(p.img, float64(percent)/100)
		return nil
	})
}

func readBlur(pl *plan, p *params) {
	radius := p.integer("r", 0, 1, 50, "0040-00000241")
	deviation := p.integer("s", 0, 1, 50, "")
	if p.has("g") || p.has("p") {
		p.fail(unknownAction("blur,g"))
		return
	}
	if radius == 0 || deviation == 0 {
		p.fail(refuse("MissingArgument", "0040-00000241", "the action blur needs r and s"))
	}
	sigma := truncatedDeviation(radius, deviation)
	pl.then(func(p *picture) error {
		p.img = imaging.Blur(p.img, sigma)
		return nil
	})
}

// truncatedDeviation returns the standard deviation of a Gaussian function that is cut at a radius: the blur of the library
// takes no radius.
func truncatedDeviation(radius, deviation int) float64 {
	var sum, weights float64
	for x := -radius; x <= radius; x++ {
		square := float64(x * x)
		weight := math.Exp(-square / float64(2*deviation*deviation))
		sum += square * weight
		weights += weight
	}
	return math.Sqrt(sum / weights)
}
