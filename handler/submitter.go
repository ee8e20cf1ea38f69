package handler

import (
	"context"

	"onput/internal/claims"
	"onput/internal/ossclient"
	"onput/process"
	"onput/rules"
)

// Submitter hands a task to OSS, at most once; [ossclient.Client] is one. The upload is the one that fired the task, with
// its region filled in. The receipt holds what is known of the request, also with an error. Errors are [*TransientError]
// or [*PermanentError], whose text begins with [ossclient.DescribeTask].
type Submitter interface {
	Submit(ctx context.Context, u *rules.Upload, t *rules.Task) (ossclient.Receipt, error)
}

// Objects reads and writes objects for claims and failure records; [ossclient.Client] does. Region is the bucket's, "" for
// the invocation's. Errors are the ones of [claims.Store], else [*TransientError] or [*PermanentError].
type Objects interface {
	// Append adds data to an appendable object of length position, and creates it if position is 0.
	Append(ctx context.Context, region string, at process.Location, position int64, data []byte) error

	// Read returns the first max bytes of the object.
	Read(ctx context.Context, region string, at process.Location, max int64) (claims.Object, error)

	// Put writes the object, and replaces the one that is there.
	Put(ctx context.Context, region string, at process.Location, contentType string, data []byte) error
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
