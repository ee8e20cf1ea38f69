package main

import (
	"bytes"
	"cmp"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Sizes of the picture. The names of the curves stand to the right of the plot.
const (
	pictureWidth  = 620 * vg.Length(1)
	pictureHeight = 350 * vg.Length(1)
	forNames      = 150 * vg.Length(1)
	textSize      = 12 * vg.Length(1)
)

var (
	ink  = color.RGBA{0x22, 0x22, 0x22, 0xff}
	grid = color.RGBA{0xdd, 0xdd, 0xdd, 0xff}
)

// curve is one benchmark in the picture.
type curve struct {
	name   string
	color  color.Color
	width  vg.Length
	dashes []vg.Length

	benchmark, unit string
}

// Colors are safe for color-blind readers: Okabe and Ito, https://jfly.uni-koeln.de/color/.
var curves = []curve{
	{name: "doublestar", color: color.RGBA{0xd5, 0x5e, 0x00, 0xff}, width: 1.6, benchmark: "Doublestar", unit: "sec/op"},
	{name: "gobwas/glob", color: color.RGBA{0xb8, 0x80, 0x00, 0xff}, width: 1.6, benchmark: "Gobwas", unit: "sec/op"},
	{name: "onput, first pass", color: color.RGBA{0x3d, 0x93, 0xd1, 0xff}, width: 2.2, benchmark: "FirstPass", unit: "sec/key"},
	{name: "onput", color: color.RGBA{0x00, 0x5f, 0xa8, 0xff}, width: 2.8, benchmark: "Match", unit: "sec/op"},
	{name: "lower bound", color: color.RGBA{0x77, 0x77, 0x77, 0xff}, width: 1.4, dashes: []vg.Length{5, 4}, benchmark: "MapLookups", unit: "sec/op"},
}

// seconds returns the curve's time for one key among so many rules.
func (k *curve) seconds(r *results, rules int) float64 {
	return r.value(with(k.benchmark, rules), k.unit)
}

// picture returns an SVG, on white, of the time for one key over the number of rules.
func (r *results) picture() ([]byte, error) {
	canvas := vgsvg.New(pictureWidth, pictureHeight)
	if err := r.draw(draw.New(canvas)); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, err
	}
	// Fallbacks where Liberation Sans is not installed; Arial has the same widths.
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), nil
}

func (r *results) draw(c draw.Canvas) error {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	counts := r.counts("Match")
	if len(counts) == 0 {
		return nil
	}
	p := plot.New()
	p.BackgroundColor = color.White
	p.X.Label.Text, p.Y.Label.Text = "rules", "time for one key"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		letters(&axis.Label.TextStyle, ink)
		letters(&axis.Tick.Label, ink)
		axis.LineStyle.Color, axis.Tick.LineStyle.Color = ink, ink
		axis.LineStyle.Width, axis.Tick.LineStyle.Width = 0.8, 0.8
		axis.Padding = 4
	}
	lines := plotter.NewGrid()
	lines.Vertical.Color, lines.Horizontal.Color = grid, grid
	p.Add(lines)

	lowest, highest := math.Inf(1), 0.0
	for _, k := range curves {
		var points plotter.XYs
		for _, n := range counts {
			seconds := k.seconds(r, n)
			points = append(points, plotter.XY{X: float64(n), Y: seconds})
			lowest, highest = min(lowest, seconds), max(highest, seconds)
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return err
		}
		line.LineStyle = draw.LineStyle{Color: k.color, Width: k.width, Dashes: k.dashes}
		dots.GlyphStyle = draw.GlyphStyle{Color: k.color, Radius: k.width + 0.8, Shape: draw.CircleGlyph{}}
		p.Add(line)
		if k.dashes == nil {
			p.Add(dots)
		}
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = ruleTicks(counts), powersOfTen(lowest, highest)
	p.Y.Min, p.Y.Max = math.Pow(10, math.Floor(math.Log10(lowest))), 1.5*highest

	area := draw.Crop(c, 8, -forNames, 6, -2)
	p.Draw(area)
	r.label(c, p, area, counts[len(counts)-1])
	return nil
}

// label writes each curve's name and its time for the most rules at its end. Labels do not overlap where the ends do.
func (r *results) label(c draw.Canvas, p *plot.Plot, area draw.Canvas, rules int) {
	data := p.DataCanvas(area)
	x, y := p.Transforms(&data)
	byHeight := slices.SortedFunc(slices.Values(curves), func(a, b curve) int {
		return cmp.Compare(a.seconds(r, rules), b.seconds(r, rules))
	})
	bottom := vg.Length(math.Inf(-1))
	for _, k := range byHeight {
		seconds := k.seconds(r, rules)
		at := vg.Point{X: x(float64(rules)) + 10, Y: max(y(seconds), bottom)}
		bottom = at.Y + 1.3*textSize
		style := text.Style{YAlign: -0.4, Handler: plot.DefaultTextHandler} // the middle of the letters, not of the line
		letters(&style, k.color)
		c.FillText(style, at, k.name+", "+duration(seconds))
	}
}

// ruleTicks returns a tick for each number of rules.
func ruleTicks(counts []int) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for _, n := range counts {
		ticks = append(ticks, plot.Tick{Value: float64(n), Label: whole(n)})
	}
	return ticks
}

// powersOfTen returns ticks from the power of ten at or below the lowest time to the one at or below the highest.
func powersOfTen(lowest, highest float64) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for e := math.Floor(math.Log10(lowest)); e <= math.Log10(highest); e++ {
		seconds := math.Pow(10, e)
		ticks = append(ticks, plot.Tick{Value: seconds, Label: duration(seconds)})
	}
	return ticks
}

// letters sets the font and the color of a style, and leaves its alignment.
func letters(style *text.Style, c color.Color) {
	style.Font = font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, textSize)
	style.Color = c
}
