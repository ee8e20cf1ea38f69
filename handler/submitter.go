package handler

import (
	"context"

	"onput/internal/claims"
	"onput/internal/ossclient"
	"onput/process"
	"onput/rules"
)

// Submitter hands a task to OSS for the upload that fired it: at most once, unless the task is synchronous and so harmless to
// repeat. [ossclient.Client.Submit] specifies the receipt and the errors.
type Submitter interface {
	Submit(ctx context.Context, u *rules.Upload, t *rules.Task) (ossclient.Receipt, error)
}

// Objects reads and writes objects for claims and failure records. Region is the bucket's, "" for the invocation's.
// The methods of [ossclient.Client] specify the rest.
type Objects interface {
	Append(ctx context.Context, region string, at process.Location, position int64, data []byte) error
	Read(ctx context.Context, region string, at process.Location, max int64) (claims.Object, error)
	Put(ctx context.Context, region string, at process.Location, contentType string, data []byte) error
}

// LookUps asks OSS for facts about an upload that rules need and its event lacks. [ossclient.Client.LookUp] specifies it.
type LookUps interface {
	LookUp(ctx context.Context, set *rules.Set, u *rules.Upload) error
}

// regionStore is a [claims.Store] of the objects in one region.
type regionStore struct {
	objects Objects
	region  string
}

func (s regionStore) Append(ctx context.Context, at process.Location, position int64, data []byte) error {
	return s.objects.Append(ctx, s.region, at, position, data)
}

func (s regionStore) Read(ctx context.Context, at process.Location, max int64) (claims.Object, error) {
	return s.objects.Read(ctx, s.region, at, max)
}
