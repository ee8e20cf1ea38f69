package claims

import (
	"context"
	"errors"
	"time"

	"onput/process"
)

// Store is what claims need of OSS. It is used from many goroutines at once.
//
// An error is one of those below where it fits, found by errors.Is. Any other one says that OSS did not do what it was
// asked, for whatever reason. Texts are shown as they are, so they name the operation and hold no secrets.
//
// Claims bound the time of a request by its context. What OSS refuses for the moment (429, 503) is for the Store to try
// again; what may have been done is not.
type Store interface {
	// Append adds data to an appendable object whose length is position, and creates it where position is 0. Errors:
	// ErrPosition, ErrNotAppendable, ErrInDoubt.
	Append(ctx context.Context, at process.Location, position int64, data []byte) error

	// Read returns the object, of a larger one the first max bytes. Errors: ErrNotFound.
	Read(ctx context.Context, at process.Location, max int64) (Object, error)
}

// Object is what Read returns. The times are OSS's.
type Object struct {
	Data     []byte
	Modified time.Time // Last-Modified: when the object was last appended to
	Date     time.Time // of the answer
}

// Errors of a Store.
var (
	ErrPosition      = errors.New("the object has another length")           // 409 PositionNotEqualToLength
	ErrNotAppendable = errors.New("the object was not written by appending") // 409 ObjectNotAppendable
	ErrNotFound      = errors.New("there is no such object")                 // 404 NoSuchKey, but not NoSuchBucket
	ErrInDoubt       = errors.New("OSS may have done it")                    // no answer, or 5xx
)
