package imageprocess

import (
	"cmp"
	"image"
	"image/color"
	"math"
	"slices"

	"github.com/kovidgoyal/imaging"
)

// maxColors is how many colors a GIF has.
const maxColors = 256

// palettize returns img with at most 256 colors, for a GIF. A pixel is transparent or not.
func palettize(img image.Image) *image.Paletted {
	if p, ok := img.(*image.Paletted); ok {
		return p
	}
	src := imaging.AsNRGBA(img)
	size := maxColors - 1 // and one for transparent pixels
	lost := 0             // bits of each channel
	counts := countColors(src, lost, size)
	var palette color.Palette
	if counts != nil {
		for c := range counts {
			palette = append(palette, c)
		}
		slices.SortFunc(palette, func(a, b color.Color) int { return compareColors(a.(color.NRGBA), b.(color.NRGBA)) }) // for one result
	} else {
		lost = 3
		palette = medianCut(countColors(src, lost, math.MaxInt), size)
	}
	transparent := uint8(len(palette))
	palette = append(palette, color.NRGBA{})
	dst := image.NewPaletted(image.Rect(0, 0, src.Rect.Dx(), src.Rect.Dy()), palette)
	nearest := map[color.NRGBA]uint8{}
	for i := range dst.Pix {
		c, visible := colorAt(src, i, lost)
		if !visible {
			dst.Pix[i] = transparent
			continue
		}
		index, ok := nearest[c]
		if !ok {
			index = uint8(palette[:transparent].Index(c))
			nearest[c] = index
		}
		dst.Pix[i] = index
	}
	return dst
}

// colorAt returns the color of a pixel without the last bits of its channels. It reports false if the pixel is transparent.
func colorAt(img *image.NRGBA, pixel, lost int) (color.NRGBA, bool) {
	p := img.Pix[4*pixel : 4*pixel+4]
	mask := uint8(0xff) << lost
	return color.NRGBA{p[0] & mask, p[1] & mask, p[2] & mask, 255}, p[3] >= 128
}

// countColors returns the colors of the visible pixels, nil if there are more than limit.
func countColors(img *image.NRGBA, lost, limit int) map[color.NRGBA]int {
	counts := map[color.NRGBA]int{}
	for i := range len(img.Pix) / 4 {
		if c, visible := colorAt(img, i, lost); visible {
			counts[c]++
			if len(counts) > limit {
				return nil
			}
		}
	}
	return counts
}

func compareColors(a, b color.NRGBA) int {
	return cmp.Or(cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
}

// colorBox is a group of colors that become one.
type colorBox struct {
	colors []countedColor
	axis   int // the channel whose values differ most
	width  int // by how much they differ
}

type countedColor struct {
	channels [3]uint8
	count    int
}

func newColorBox(colors []countedColor) colorBox {
	box := colorBox{colors: colors}
	for axis := range 3 {
		low, high := uint8(255), uint8(0)
		for _, c := range colors {
			low, high = min(low, c.channels[axis]), max(high, c.channels[axis])
		}
		if w := int(high) - int(low); w > box.width {
			box.axis, box.width = axis, w
		}
	}
	return box
}

// medianCut returns at most size colors for counted colors: it halves the group with the widest channel, again and again.
func medianCut(counts map[color.NRGBA]int, size int) color.Palette {
	var all []countedColor
	for c, n := range counts {
		all = append(all, countedColor{[3]uint8{c.R, c.G, c.B}, n})
	}
	slices.SortFunc(all, func(a, b countedColor) int { return slices.Compare(a.channels[:], b.channels[:]) }) // for one result
	boxes := []colorBox{newColorBox(all)}
	for len(boxes) < size {
		widest := 0
		for i, b := range boxes {
			if b.width > boxes[widest].width {
				widest = i
			}
		}
		if boxes[widest].width == 0 {
			break
		}
		left, right := boxes[widest].halve()
		boxes[widest] = left
		boxes = append(boxes, right)
	}
	var palette color.Palette
	for _, b := range boxes {
		palette = append(palette, b.mean())
	}
	return palette
}

// halve splits a box so that both parts have about as many pixels.
func (b colorBox) halve() (left, right colorBox) {
	slices.SortStableFunc(b.colors, func(x, y countedColor) int { return cmp.Compare(x.channels[b.axis], y.channels[b.axis]) })
	total := 0
	for _, c := range b.colors {
		total += c.count
	}
	i, sum := 0, 0
	for i < len(b.colors)-1 && (i == 0 || 2*sum < total) {
		sum += b.colors[i].count
		i++
	}
	return newColorBox(b.colors[:i]), newColorBox(b.colors[i:])
}

// mean returns the mean color of a box. The first bits of a channel stand in for the last ones, which countColors dropped.
func (b colorBox) mean() color.Color {
	var sum [3]int
	total := 0
	for _, c := range b.colors {
		for axis := range 3 {
			sum[axis] += int(c.channels[axis]) * c.count
		}
		total += c.count
	}
	channel := func(axis int) uint8 {
		v := sum[axis] / total
		return uint8(v | v>>5)
	}
	return color.NRGBA{channel(0), channel(1), channel(2), 255}
}
