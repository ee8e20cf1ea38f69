package imageprocess

import (
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"slices"

	"github.com/kovidgoyal/imaging"
)

// palettize returns img with at most 256 colors, for a GIF. A pixel is transparent or not.
func palettize(img image.Image) *image.Paletted {
	if p, ok := img.(*image.Paletted); ok {
		return p
	}
	src := imaging.AsNRGBA(img)
	counts := map[color.NRGBA]int{} // of colors with 5 bits for each channel
	transparent := false
	for i := 0; i < len(src.Pix); i += 4 {
		if src.Pix[i+3] < 128 {
			transparent = true
			continue
		}
		counts[color.NRGBA{src.Pix[i] &^ 7, src.Pix[i+1] &^ 7, src.Pix[i+2] &^ 7, 255}]++
	}
	size := 256
	if transparent {
		size--
	}
	palette := medianCut(counts, size)
	clear := len(palette)
	if transparent || clear == 0 {
		palette = append(palette, color.NRGBA{})
	}
	dst := image.NewPaletted(image.Rect(0, 0, src.Rect.Dx(), src.Rect.Dy()), palette)
	draw.FloydSteinberg.Draw(dst, dst.Rect, opaque(src), image.Point{})
	for i := range dst.Pix {
		if src.Pix[4*i+3] < 128 {
			dst.Pix[i] = uint8(clear)
		}
	}
	return dst
}

// opaque returns a copy of img without transparency, so that half-transparent edges keep their color.
func opaque(img *image.NRGBA) *image.NRGBA {
	dst := imaging.Clone(img)
	for i := 3; i < len(dst.Pix); i += 4 {
		dst.Pix[i] = 255
	}
	return dst
}

// colorBox is a group of colors that become one.
type colorBox []countedColor

type countedColor struct {
	channels [3]uint8
	count    int
}

// medianCut returns at most size colors for counted colors: it halves the group with the widest channel, again and again.
func medianCut(counts map[color.NRGBA]int, size int) color.Palette {
	var all colorBox
	for c, n := range counts {
		all = append(all, countedColor{[3]uint8{c.R, c.G, c.B}, n})
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b countedColor) int { return slices.Compare(a.channels[:], b.channels[:]) }) // for one result
	boxes := []colorBox{all}
	for len(boxes) < size {
		widest, axis, width := 0, 0, 0
		for i, b := range boxes {
			if a, w := b.widest(); w > width {
				widest, axis, width = i, a, w
			}
		}
		if width == 0 {
			break
		}
		left, right := boxes[widest].halve(axis)
		boxes[widest] = left
		boxes = append(boxes, right)
	}
	var palette color.Palette
	for _, b := range boxes {
		palette = append(palette, b.mean())
	}
	return palette
}

// widest returns the channel whose values differ most, and by how much.
func (b colorBox) widest() (axis, width int) {
	for a := range 3 {
		byChannel := func(x, y countedColor) int { return cmp.Compare(x.channels[a], y.channels[a]) }
		w := int(slices.MaxFunc(b, byChannel).channels[a]) - int(slices.MinFunc(b, byChannel).channels[a])
		if w > width {
			axis, width = a, w
		}
	}
	return axis, width
}

// halve splits a box so that both parts have about as many pixels.
func (b colorBox) halve(axis int) (left, right colorBox) {
	slices.SortStableFunc(b, func(x, y countedColor) int { return cmp.Compare(x.channels[axis], y.channels[axis]) })
	total := 0
	for _, c := range b {
		total += c.count
	}
	i, sum := 0, 0
	for i < len(b)-1 && (i == 0 || 2*sum < total) {
		sum += b[i].count
		i++
	}
	return b[:i:i], b[i:]
}

// mean returns the mean color of a box. The channels lack their last 3 bits, so half of what is lost is added.
func (b colorBox) mean() color.Color {
	var sum [3]int
	total := 0
	for _, c := range b {
		for a := range 3 {
			sum[a] += int(c.channels[a]) * c.count
		}
		total += c.count
	}
	channel := func(a int) uint8 {
		v := sum[a] / total
		return uint8(v | v>>5)
	}
	return color.NRGBA{channel(0), channel(1), channel(2), 255}
}
