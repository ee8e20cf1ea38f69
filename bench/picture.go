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

// The picture is drawn at this size, with room for the names of the curves at its right.
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

// curve is one line of the picture.
type curve struct {
	name   string
	color  color.Color
	width  vg.Length
	dashes []vg.Length
	value  func(*matching) float64
}

// Colours that people of any colour vision tell apart: Okabe and Ito, https://jfly.uni-koeln.de/color/.
var curves = []curve{
	{name: "doublestar", color: color.RGBA{0xd5, 0x5e, 0x00, 0xff}, width: 1.6, value: func(m *matching) float64 { return m.Doublestar }},
	{name: "gobwas/glob", color: color.RGBA{0xb8, 0x80, 0x00, 0xff}, width: 1.6, value: func(m *matching) float64 { return m.Gobwas }},
	{name: "onput, first pass", color: color.RGBA{0x3d, 0x93, 0xd1, 0xff}, width: 2.2, value: func(m *matching) float64 { return m.FirstPass }},
	{name: "onput", color: color.RGBA{0x00, 0x5f, 0xa8, 0xff}, width: 2.8, value: func(m *matching) float64 { return m.Onput.NS }},
	{name: "floor", color: color.RGBA{0x77, 0x77, 0x77, 0xff}, width: 1.4, dashes: []vg.Length{5, 4}, value: func(m *matching) float64 { return m.Floor }},
}

// picture draws the time for one key over the number of rules, as SVG on white.
func (r *results) picture() ([]byte, error) {
	canvas := vgsvg.New(pictureWidth, pictureHeight)
	if err := r.draw(draw.New(canvas)); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, err
	}
	// Where there is no Liberation Sans: letters of the same widths, or at least some without serifs.
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), nil
}

func (r *results) draw(c draw.Canvas) error {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	if len(r.Match) == 0 {
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
		for i := range r.Match {
			m := &r.Match[i]
			points = append(points, plotter.XY{X: float64(m.Rules), Y: k.value(m)})
			lowest, highest = min(lowest, k.value(m)), max(highest, k.value(m))
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
	p.X.Tick.Marker, p.Y.Tick.Marker = r.numbersOfRules(), powersOfTen(lowest, highest)
	p.Y.Min, p.Y.Max = math.Pow(10, math.Floor(math.Log10(lowest))), 1.5*highest

	area := draw.Crop(c, 8, -forNames, 6, -2)
	p.Draw(area)
	r.names(c, p, area)
	return nil
}

// names writes each curve's name and last value beside its end, apart from each other where the ends are not.
func (r *results) names(c draw.Canvas, p *plot.Plot, area draw.Canvas) {
	data := p.DataCanvas(area)
	x, y := p.Transforms(&data)
	last := &r.Match[len(r.Match)-1]
	byHeight := slices.SortedFunc(slices.Values(curves), func(a, b curve) int { return cmp.Compare(a.value(last), b.value(last)) })
	bottom := vg.Length(math.Inf(-1))
	for _, k := range byHeight {
		at := vg.Point{X: x(float64(last.Rules)) + 10, Y: max(y(k.value(last)), bottom)}
		bottom = at.Y + 1.3*textSize
		style := text.Style{YAlign: -0.4, Handler: plot.DefaultTextHandler} // the letters' middle, not the line's
		letters(&style, k.color)
		c.FillText(style, at, k.name+", "+nanoseconds(k.value(last)))
	}
}

func (r *results) numbersOfRules() plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for i := range r.Match {
		n := r.Match[i].Rules
		ticks = append(ticks, plot.Tick{Value: float64(n), Label: whole(n)})
	}
	return ticks
}

// powersOfTen are the ticks from the one at or below the lowest time to the one at or below the highest.
func powersOfTen(lowest, highest float64) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for e := math.Floor(math.Log10(lowest)); e <= math.Log10(highest); e++ {
		ns := math.Pow(10, e)
		ticks = append(ticks, plot.Tick{Value: ns, Label: nanoseconds(ns)})
	}
	return ticks
}

// letters gives a style the picture's font and a colour; how its text stands is left as it is.
func letters(style *text.Style, c color.Color) {
	style.Font = font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, textSize)
	style.Color = c
}
