package claims

import (
	"context"
	"errors"
	"time"

	"onput/process"
)

// Store sends the requests to OSS that claims need. It must be safe for concurrent use.
//
// Its methods return the errors below where one fits, as [errors.Is] finds them. With any other error OSS did not carry out
// the request. Error texts are shown to people, so they must name the operation and hold no secrets.
//
// Each context has a deadline. The Store retries requests that OSS refuses for now (429, 503), but none that OSS may have
// carried out.
type Store interface {
	// Append appends data to an appendable object of length position, and creates the object if position is 0.
	// Errors: ErrPosition, ErrNotAppendable, ErrInDoubt.
	Append(ctx context.Context, at process.Location, position int64, data []byte) error

	// Read returns at most the first max bytes of an object. Errors: ErrNotFound.
	Read(ctx context.Context, at process.Location, max int64) (Object, error)
}

// Object is an object as [Store] returns it. Times are by OSS's clock.
type Object struct {
	Data     []byte
	Modified time.Time // Last-Modified, the time of the last append
	Date     time.Time // Date of the answer
}

// Errors of a Store.
var (
	ErrPosition      = errors.New("the object has another length")           // 409 PositionNotEqualToLength
	ErrNotAppendable = errors.New("the object was not written by appending") // 409 ObjectNotAppendable
	ErrNotFound      = errors.New("there is no such object")                 // 404 NoSuchKey, but not NoSuchBucket
	ErrInDoubt       = errors.New("OSS may have done it")                    // no answer, or 5xx
)
