package imageprocess

import (
	"context"
	"io"
)

// Action is one action of a process: resize,w_200 is the action resize with one parameter.
type Action struct {
	Name   string
	Params []Param
}

// Param is one parameter of an action.
type Param struct {
	Name  string // "" for a bare value, as in rotate,90
	Value string // decoded, if it is Base64 in the process string
}

// Fetch returns the content of an object in the bucket of the source, such as the image of a watermark. The error wraps
// [io/fs.ErrNotExist] if there is no such object.
type Fetch func(ctx context.Context, key string) (io.ReadCloser, error)

// Result is what a process makes.
type Result struct {
	Data          []byte
	Format        string // "jpg", "png", "webp", "bmp", "gif", "tiff"; "" if the result is text, such as that of info
	ContentType   string
	Width, Height int // of the result; of the source if the result is text
}

// Engine carries out processes, a limited number of them at a time.
type Engine struct {
	slots chan struct{}
}

// New returns an engine that carries out at most concurrent processes at a time. Others wait.
//
// A process takes up to about 12 bytes of memory for each pixel of its source, which OSS limits to 250 million.
func New(concurrent int) *Engine {
	return &Engine{slots: make(chan struct{}, concurrent)}
}

// Process carries out actions on the picture that it reads from source. If OSS would refuse the process or the picture, the
// error is an [*Error]; other errors are those of source, fetch and ctx.
func (e *Engine) Process(ctx context.Context, source io.Reader, actions []Action, fetch Fetch) (*Result, error) {
	plan, err := newPlan(actions)
	if err != nil {
		return nil, err
	}
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	data, err := readBounded(source)
	if err != nil {
		return nil, err
	}
	src, err := openSource(data)
	if err != nil {
		return nil, err
	}
	return plan.run(ctx, src, fetch)
}
