package imageprocess

import (
	"image/color"

	"github.com/kovidgoyal/imaging"
)

// maxRotatedSide is the longest side of a picture that OSS rotates. https://www.alibabacloud.com/help/doc-detail/44690.htm
const maxRotatedSide = 4096

func readRotate(pl *plan, p *params) {
	degrees := p.bareInteger(0, 360, "0040-00000216", "0040-00000217")
	pl.then(func(p *picture) error {
		if p.width() > maxRotatedSide || p.height() > maxRotatedSide {
			return tooLarge("", "a picture of %d × %d pixels cannot be rotated; a side has at most %d", p.width(), p.height(), maxRotatedSide)
		}
		p.img = imaging.Rotate(p.img, float64(360-degrees), color.Transparent) // counter-clockwise, while OSS turns clockwise
		return nil
	})
}

func readAutoOrient(pl *plan, p *params) {
	if p.bareChoice("", "", "0", "1") != "1" {
		return
	}
	pl.then(func(p *picture) error {
		switch p.orientation {
		case 2:
			p.img = imaging.FlipH(p.img)
		case 3:
			p.img = imaging.Rotate180(p.img)
		case 4:
			p.img = imaging.FlipV(p.img)
		case 5:
			p.img = imaging.Transpose(p.img)
		case 6:
			p.img = imaging.Rotate270(p.img)
		case 7:
			p.img = imaging.Transverse(p.img)
		case 8:
			p.img = imaging.Rotate90(p.img)
		}
		p.orientation = 1
		return nil
	})
}

// The page of flip shows image/flip,0; which value mirrors along which axis is unconfirmed.
func readFlip(pl *plan, p *params) {
	value := p.bareChoice("", "", "0", "1", "2")
	pl.then(func(p *picture) error {
		if value != "1" {
			p.img = imaging.FlipV(p.img)
		}
		if value != "0" {
			p.img = imaging.FlipH(p.img)
		}
		return nil
	})
}
