package ossclient

import (
	"context"
	"errors"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"onput/internal/text"
)

// Caller is the invocation on whose behalf requests are made.
type Caller struct {
	Region      string                  // "cn-hangzhou"; "" if unknown
	Credentials credentials.Credentials // temporary; without keys outside Function Compute
}

// Secrets returns the texts of c that no log, answer or error may hold.
func (c *Caller) Secrets() text.Secrets {
	return text.Secrets{text.SignatureMark, c.Credentials.AccessKeyID, c.Credentials.AccessKeySecret, c.Credentials.SecurityToken}
}

type callerKey struct{}

// WithCaller returns a context whose requests are made on behalf of c.
func WithCaller(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// callerOf returns the caller of ctx, an empty one if there is none.
func callerOf(ctx context.Context) *Caller {
	if c, ok := ctx.Value(callerKey{}).(*Caller); ok {
		return c
	}
	return &Caller{}
}

var errNoCredentials = errors.New("no credentials: in Function Compute give the function a role; elsewhere set " +
	"OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET")

// credentialsOf returns the credentials of the caller of ctx. Outside Function Compute it takes them from the environment
// variables of the OSS SDK.
func credentialsOf(ctx context.Context) (credentials.Credentials, error) {
	if c := callerOf(ctx); c.Credentials.HasKeys() {
		return c.Credentials, nil
	}
	c, err := credentials.NewEnvironmentVariableCredentialsProvider().GetCredentials(ctx)
	if err != nil {
		return c, errNoCredentials
	}
	return c, nil
}
