package imageprocess

import (
	"context"
	"image"
)

// contentTypes are the content types of results, by their format.
var contentTypes = map[string]string{
	"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "bmp": "image/bmp", "gif": "image/gif", "tiff": "image/tiff",
}

// run carries out a plan.
func (pl *plan) run(ctx context.Context, src *source, fetch Fetch) (*Result, error) {
	if pl.report != "" {
		return pl.runReport(src)
	}
	format := pl.format
	if format == "" || format == "gif" { // only a GIF becomes a GIF: https://help.aliyun.com/zh/oss/user-guide/convert-image-formats-2
		format = src.name
	}
	marks := &markCache{fetch: fetch, images: map[string]image.Image{}}
	if src.frames > 1 && format == "gif" && !pl.static {
		return pl.runAnimation(ctx, src, marks)
	}
	img, err := src.decodePicture()
	if err != nil {
		return nil, err
	}
	p := &picture{img: img, orientation: src.orientation(), marks: marks}
	if err := pl.change(ctx, p); err != nil {
		return nil, err
	}
	data, err := pl.encode(p.img, format, src)
	if err != nil {
		return nil, err
	}
	return &Result{Data: data, Format: format, ContentType: contentTypes[format], Width: p.width(), Height: p.height()}, nil
}

// change carries out the steps on one picture.
func (pl *plan) change(ctx context.Context, p *picture) error {
	for _, step := range pl.steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := step(ctx, p); err != nil {
			return err
		}
	}
	return ctx.Err()
}
