package imageprocess

import (
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/kovidgoyal/imaging"
)

// Limits of watermarks. https://help.aliyun.com/document_detail/44957.htm
const (
	maxMarkImages = 3
	maxMarkText   = 64
)

// watermark is the action watermark.
type watermark struct {
	text       *textMark  // nil for none
	image      *imageMark // nil for none
	animated   bool
	opacity    int // percent
	place      string
	x, y       int // distances from the sides that the place touches
	voffset    int
	fill       bool
	padX, padY int // between marks that fill the picture
	textFirst  bool
	align      string
	interval   int // between image and text
}

func readWatermark(pl *plan, p *params) {
	w := &watermark{
		text:      readTextMark(p),
		image:     readImageMark(p),
		animated:  p.flag("animation", false, ""),
		opacity:   p.integer("t", 100, 0, 100, ""),
		place:     readMarkPlace(p),
		x:         p.integer("x", 10, 0, 4096, "0040-00000262"),
		y:         p.integer("y", 10, 0, 4096, "0040-00000264"),
		voffset:   p.integer("voffset", 0, -1000, 1000, "0040-00000268"),
		fill:      p.flag("fill", false, ""),
		padX:      p.integer("padx", 0, 0, 4096, "0040-00000276"),
		padY:      p.integer("pady", 0, 0, 4096, "0040-00000277"),
		textFirst: p.flag("order", false, "0040-00000269"),
		align:     p.choice("align", "0040-00000271", "2", "0", "1"),
		interval:  p.integer("interval", 0, 0, 1000, "0040-00000270"),
	}
	if w.text == nil && w.image == nil {
		p.fail(refuse("MissingArgument", "0040-00000278", "the action watermark needs text or image"))
	}
	if w.image != nil {
		if pl.marks++; pl.marks > maxMarkImages {
			p.fail(watermarkError("0040-00000026", "at most %d images of watermarks are allowed", maxMarkImages))
		}
	}
	if w.image == nil || w.text != nil || !w.animated {
		pl.static = true
	}
	pl.steps = append(pl.steps, w.apply)
}

// readMarkPlace reads g, whose default for watermarks is the lower right.
func readMarkPlace(p *params) string {
	if !p.has("g") {
		return "se"
	}
	return p.choice("g", "0040-00000260", places...)
}

func (w *watermark) apply(ctx context.Context, p *picture) error {
	mark, err := w.render(ctx, p)
	if err != nil {
		return err
	}
	size := image.Pt(mark.Rect.Dx(), mark.Rect.Dy())
	dst := imaging.Clone(p.img)
	mask := image.NewUniform(color.Alpha{A: uint8(w.opacity * 255 / 100)})
	paste := func(at image.Point) {
		draw.DrawMask(dst, mark.Rect.Sub(mark.Rect.Min).Add(at), mark, mark.Rect.Min, mask, image.Point{}, draw.Over)
	}
	if !w.fill {
		paste(w.position(dst.Rect.Size(), size))
	} else {
		for y := 0; y < dst.Rect.Dy() && ctx.Err() == nil; y += size.Y + w.padY {
			for x := 0; x < dst.Rect.Dx(); x += size.X + w.padX {
				paste(image.Pt(x, y))
			}
		}
	}
	p.img = dst
	return nil
}

// position returns the upper left corner of a mark.
func (w *watermark) position(whole, mark image.Point) image.Point {
	at := origin(w.place, whole, mark)
	switch w.place {
	case "nw", "west", "sw":
		at.X += w.x
	case "ne", "east", "se":
		at.X -= w.x
	}
	switch w.place {
	case "nw", "north", "ne":
		at.Y += w.y
	case "sw", "south", "se":
		at.Y -= w.y
	default:
		at.Y += w.voffset
	}
	return at
}

// render returns the mark: the text, the image, or both side by side.
func (w *watermark) render(ctx context.Context, p *picture) (*image.NRGBA, error) {
	var parts []*image.NRGBA
	if w.image != nil {
		img, err := p.marks.image(ctx, w.image, image.Pt(p.width(), p.height()))
		if err != nil {
			return nil, err
		}
		parts = append(parts, img)
	}
	if w.text != nil {
		parts = append(parts, w.text.render(p.width()+p.height())) // the diagonal is shorter
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	if w.textFirst {
		parts[0], parts[1] = parts[1], parts[0]
	}
	left, right := parts[0].Rect, parts[1].Rect
	height := max(left.Dy(), right.Dy())
	both := image.NewNRGBA(image.Rect(0, 0, left.Dx()+w.interval+right.Dx(), height))
	top := func(h int) int {
		switch w.align {
		case "0":
			return 0
		case "1":
			return (height - h) / 2
		default:
			return height - h
		}
	}
	draw.Draw(both, left.Add(image.Pt(0, top(left.Dy()))), parts[0], image.Point{}, draw.Src)
	draw.Draw(both, right.Add(image.Pt(left.Dx()+w.interval, top(right.Dy()))), parts[1], image.Point{}, draw.Src)
	return both, nil
}

// imageMark is an image that is drawn as a mark.
type imageMark struct {
	key  string // of the object
	plan *plan  // prepares the image; nil for none
}

// processSuffix begins the process of the image of a watermark, after its key.
const processSuffix = "?x-oss-process="

func readImageMark(p *params) *imageMark {
	value, ok := p.take("image")
	if !ok {
		return nil
	}
	key, chain, prepared := strings.Cut(value, processSuffix)
	if key == "" {
		p.fail(invalidValue(value, "image", "0040-00000265", "Value must name an object"))
		return nil
	}
	m := &imageMark{key: key}
	if !prepared {
		return m
	}
	actions, err := Parse(chain)
	if err == nil {
		m.plan, err = newMarkPlan(actions)
	}
	if refusal := new(Error); errors.As(err, &refusal) {
		p.fail(refusal)
	}
	return m
}

// markCache fetches the images of watermarks, each once.
type markCache struct {
	fetch  Fetch
	images map[string]image.Image // by key
}

// image returns the image of a mark, prepared for a main picture of a size.
func (c *markCache) image(ctx context.Context, m *imageMark, main image.Point) (*image.NRGBA, error) {
	img, ok := c.images[m.key]
	if !ok {
		var err error
		if img, err = c.load(ctx, m.key); err != nil {
			return nil, err
		}
		c.images[m.key] = img
	}
	p := &picture{img: img, orientation: 1, main: main}
	if m.plan != nil {
		if err := m.plan.change(ctx, p); err != nil {
			return nil, err
		}
	}
	return imaging.AsNRGBA(p.img), nil
}

// load fetches and decodes the image of a mark.
func (c *markCache) load(ctx context.Context, key string) (image.Image, error) {
	r, err := c.fetch(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, watermarkError("0040-00000025", "the image of the watermark does not exist: %s", shorten(key))
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := readBounded(r)
	if err != nil {
		return nil, err
	}
	if format := formatOf(data); format == "" || format == "gif" {
		return nil, watermarkError("0040-00000027", "the format of the watermark's image is not supported: %s", shorten(key))
	}
	src, err := openSource(data)
	if err != nil {
		return nil, err
	}
	return src.decodePicture()
}

func readTextMark(p *params) *textMark {
	text, ok := p.take("text")
	p.choice("type", "0040-00000250", textFonts...)
	m := &textMark{
		text:   text,
		color:  p.color("color", color.NRGBA{A: 255}, ""),
		size:   p.integer("size", 40, 1, 1000, "0040-00000256"),
		shadow: p.integer("shadow", 0, 0, 100, ""),
		rotate: p.integer("rotate", 0, 0, 360, "0040-00000272"),
	}
	switch {
	case !ok:
		return nil
	case text == "":
		p.fail(refuse("InvalidArgument", "0040-00000258", "the text of the watermark is empty"))
	case utf8.RuneCountInString(text) > maxMarkText:
		p.fail(refuse("InvalidArgument", "0040-00000259", "the text of the watermark has more than %d characters", maxMarkText))
	case !utf8.ValidString(text):
		p.fail(notBase64("0040-00000257"))
	}
	return m
}
