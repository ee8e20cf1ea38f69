// Package localimages gives the local OSS of package localcloud the engine of package imageprocess, so that it carries out image
// processes. Neither package knows the other: tests that need no pictures do without the engine.
package localimages

import (
	"context"
	"errors"
	"io"
	"runtime"

	"onput/internal/imageprocess"
	"onput/internal/localcloud"
)

// NewEngine returns an engine that carries out as many processes at a time as there are processors. Others wait.
func NewEngine() localcloud.ImageEngine {
	engine := imageprocess.New(runtime.GOMAXPROCS(0))
	return func(ctx context.Context, actions string, source io.Reader, fetch localcloud.FetchObject) (*localcloud.ProcessedImage, error) {
		parsed, err := imageprocess.Parse(actions)
		if err != nil {
			return nil, answerOf(err)
		}
		r, err := engine.Process(ctx, source, parsed, imageprocess.Fetch(fetch))
		if err != nil {
			return nil, answerOf(err)
		}
		return &localcloud.ProcessedImage{Data: r.Data, ContentType: r.ContentType, Width: r.Width, Height: r.Height}, nil
	}
}

// answerOf returns a refusal of the engine as the answer of OSS. It returns any other error unchanged.
func answerOf(err error) error {
	if refusal, ok := errors.AsType[*imageprocess.Error](err); ok {
		return &localcloud.Error{Status: refusal.Status, Code: refusal.Code, Message: refusal.Message, EC: refusal.EC}
	}
	return err
}
