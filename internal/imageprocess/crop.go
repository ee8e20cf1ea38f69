package imageprocess

import (
	"image"
	"math"

	"github.com/kovidgoyal/imaging"
)

// places are the nine cells that g names.
var places = []string{"nw", "north", "ne", "west", "center", "east", "sw", "south", "se"}

// crop is the action crop. Lengths that are not given are 0.
type crop struct {
	place               string
	x, y, width, height int
}

func readCrop(pl *plan, p *params) {
	c := &crop{
		width:  p.integer("w", 0, 0, math.MaxInt32, ""),
		height: p.integer("h", 0, 0, math.MaxInt32, "0040-00000226"),
		x:      p.integer("x", 0, 0, math.MaxInt32, ""),
		y:      p.integer("y", 0, 0, math.MaxInt32, ""),
		place:  p.choice("g", "0040-00000209", places...),
	}
	p.take("r") // in every SDK's sample, without effect
	pl.then(c.apply)
}

func (c *crop) apply(p *picture) error {
	w, h := p.width(), p.height()
	cut := image.Rect(0, 0, orAll(c.width, w), orAll(c.height, h))
	cut = cut.Add(origin(c.place, image.Pt(w, h), cut.Size())).Add(image.Pt(c.x, c.y))
	if cut.Min.X >= w || cut.Min.Y >= h {
		return refuse("BadRequest", "", "Advance cut's position is out of image.")
	}
	p.img = imaging.Crop(p.img, cut)
	return nil
}

// orAll returns a length bounded by the picture's, and the picture's for 0.
func orAll(length, whole int) int {
	if length == 0 {
		return whole
	}
	return min(length, whole)
}

// origin returns the upper left corner of a part of a picture that lies in one of the nine places.
func origin(place string, whole, part image.Point) image.Point {
	free := whole.Sub(part)
	o := image.Pt(whole.X/2-part.X/2, whole.Y/2-part.Y/2)
	switch place {
	case "nw", "west", "sw":
		o.X = 0
	case "ne", "east", "se":
		o.X = free.X
	}
	switch place {
	case "nw", "north", "ne":
		o.Y = 0
	case "sw", "south", "se":
		o.Y = free.Y
	}
	return o
}

// indexCrop is the action indexcrop. One of width and height is 0: the picture is cut along the other axis.
type indexCrop struct {
	width, height, index int
}

func readIndexCrop(pl *plan, p *params) {
	c := &indexCrop{
		width:  p.integer("x", 0, 1, math.MaxInt32, ""),
		height: p.integer("y", 0, 1, math.MaxInt32, ""),
		index:  p.integer("i", 0, 0, math.MaxInt32, ""),
	}
	switch {
	case c.height > 0:
		c.width = 0
	case c.width == 0:
		p.fail(refuse("MissingArgument", "", "the action indexcrop needs x or y"))
	}
	pl.then(c.apply)
}

func (c *indexCrop) apply(p *picture) error {
	strip := image.Rect(c.index*c.width, 0, (c.index+1)*c.width, p.height())
	if c.height > 0 {
		strip = image.Rect(0, c.index*c.height, p.width(), (c.index+1)*c.height)
	}
	if strip.Overlaps(p.img.Bounds()) { // beyond the last strip, the picture stays whole
		p.img = imaging.Crop(p.img, strip)
	}
	return nil
}
