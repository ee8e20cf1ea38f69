package imageprocess

import (
	"context"
	"image"
)

// plan is a process whose parameters have been checked.
type plan struct {
	steps []step

	format      string // of the result; "" for the source's
	quality     quality
	progressive bool
	static      bool   // the result is one picture, even if the source is animated
	report      string // "info" or "average-hue": the result is text
	marks       int    // images of watermarks
	forMark     bool   // the source is the image of a watermark
}

// step changes a picture.
type step func(ctx context.Context, p *picture) error

// picture is a picture on its way through the steps of a plan.
type picture struct {
	img         image.Image // its bounds begin at 0, 0
	orientation int         // of EXIF, 1 to 8; 1 if there is none or it is applied
	marks       *markCache
	main        image.Point // if the picture is the image of a watermark: the size of the picture that gets it
}

func (p *picture) width() int  { return p.img.Bounds().Dx() }
func (p *picture) height() int { return p.img.Bounds().Dy() }

// kind is one action of OSS.
type kind struct {
	read     func(*plan, *params)
	animated bool // leaves an animation as it is, one picture after the other
	mark     bool // may prepare the image of a watermark
}

// kinds are the actions that the engine carries out. It is a function because watermark refers to it.
func kinds() map[string]kind {
	return map[string]kind{
		"resize":          {read: readResize, animated: true, mark: true},
		"crop":            {read: readCrop, animated: true, mark: true},
		"indexcrop":       {read: readIndexCrop, mark: true},
		"rotate":          {read: readRotate, animated: true, mark: true},
		"auto-orient":     {read: readAutoOrient},
		"flip":            {read: readFlip},
		"circle":          {read: readCircle},
		"rounded-corners": {read: readRoundedCorners, mark: true},
		"bright":          {read: readBright},
		"contrast":        {read: readContrast},
		"sharpen":         {read: readSharpen},
		"blur":            {read: readBlur},
		"watermark":       {read: readWatermark, animated: true},
		"format":          {read: readFormat, animated: true},
		"quality":         {read: readQuality},
		"interlace":       {read: readInterlace, animated: true},
		"info":            {read: readReport},
		"average-hue":     {read: readReport},
	}
}

// newPlan checks actions and returns their plan.
func newPlan(actions []Action) (*plan, error) {
	pl := &plan{}
	if err := pl.add(actions); err != nil {
		return nil, err
	}
	return pl, nil
}

// newMarkPlan is like newPlan, for the actions that prepare the image of a watermark.
func newMarkPlan(actions []Action) (*plan, error) {
	pl := &plan{forMark: true, static: true}
	if err := pl.add(actions); err != nil {
		return nil, err
	}
	return pl, nil
}

func (pl *plan) add(actions []Action) error {
	if len(actions) == 0 {
		return noAction()
	}
	known := kinds()
	for _, a := range actions {
		k, ok := known[a.Name]
		if !ok || pl.forMark && !k.mark {
			return unknownAction(a.Name)
		}
		p := &params{action: a.Name, left: a.Params}
		k.read(pl, p)
		if err := p.finish(); err != nil {
			return err
		}
		if !k.animated {
			pl.static = true
		}
	}
	if pl.report != "" && len(actions) > 1 {
		return refuse("InvalidArgument", "", "the action %s cannot be combined with other actions", pl.report)
	}
	return nil
}

func unknownAction(name string) *Error {
	return refuse("InvalidArgument", "0040-00000213", "unknown action: %s", shorten(name))
}

// then adds a step that needs neither the context nor anything but the picture itself.
func (pl *plan) then(change func(*picture) error) {
	pl.steps = append(pl.steps, func(_ context.Context, p *picture) error { return change(p) })
}
