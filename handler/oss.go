package handler

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/retry"
)

// OSS sends requests to OSS, each with the credentials of the invocation that its context belongs to. It is safe for
// concurrent use, and connections are shared between invocations.
type OSS struct {
	endpoint  string // a URL; "" for the region's own
	public    bool   // the region's own endpoint: public rather than internal
	region    string // where neither the upload nor the invocation names one
	transport http.RoundTripper

	mu      sync.Mutex
	clients map[string]*oss.Client // by region

	pace pace // of submissions

	wait   func(context.Context, time.Duration) error // between two tries
	jitter func() float64                             // in [0, 1)
}

// maxClients bounds the clients that are kept: regions come out of events.
const maxClients = 100

var errNoCredentials = errors.New("no credentials: in Function Compute give the function a role; elsewhere set " +
	"OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET")

// NewOSS returns an OSS that sends to endpoint: "internal" or "public" for that endpoint of each request's region, or a
// URL. Region, "cn-hangzhou", counts where neither the upload nor the invocation names one. The error is a
// *SettingsError.
//
// https://www.alibabacloud.com/help/en/oss/user-guide/regions-and-endpoints
func NewOSS(endpoint, region string) (*OSS, error) {
	o := &OSS{
		region: strings.TrimPrefix(region, "oss-"),
		transport: newTransport(&tls.Config{
			MinVersion:         tls.VersionTLS12,
			ClientSessionCache: tls.NewLRUClientSessionCache(0),
		}),
		clients: map[string]*oss.Client{},
		wait:    wait,
		jitter:  rand.Float64,
	}
	if region != "" && !oss.IsValidRegion(o.region) {
		return nil, &SettingsError{Setting: "OSS_REGION", Value: region, Want: "a region such as cn-hangzhou"}
	}
	switch endpoint {
	case "internal":
	case "public":
		o.public = true
	default:
		u, err := url.Parse(endpoint)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
			strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
			return nil, &SettingsError{Setting: "OSS_ENDPOINT",
				Want: "internal, public, or a URL such as https://oss-cn-hangzhou.aliyuncs.com"}
		}
		o.endpoint = u.Scheme + "://" + u.Host
	}
	return o, nil
}

// client returns the client for the region of a request.
func (o *OSS) client(region string) (*oss.Client, error) {
	if region == "" {
		return nil, errors.New("no region: neither the event nor the invocation names one; set OSS_REGION")
	}
	if !oss.IsValidRegion(region) {
		return nil, errors.New("no region is called " + excerpt(region))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if c, ok := o.clients[region]; ok {
		return c, nil
	}
	config := oss.NewConfig().
		WithRegion(region).
		WithUseInternalEndpoint(!o.public).
		WithCredentialsProvider(credentials.CredentialsProviderFunc(credentialsOf)).
		WithRetryer(retry.NopRetryer{}).
		WithUserAgent("onput")
	if o.endpoint != "" {
		config.WithEndpoint(o.endpoint)
	}
	c := oss.NewClient(config, func(options *oss.Options) {
		options.FeatureFlags &^= oss.FeatureCorrectClockSkew // it writes to the client without a lock
	})
	if len(o.clients) < maxClients {
		o.clients[region] = c
	}
	return c, nil
}

// credentialsOf returns the credentials of the invocation that ctx belongs to, and outside Function Compute those in the
// environment variables of the OSS SDK.
func credentialsOf(ctx context.Context) (credentials.Credentials, error) {
	if inv := invocationOf(ctx); inv.credentials.HasKeys() {
		return inv.credentials, nil
	}
	c, err := credentials.NewEnvironmentVariableCredentialsProvider().GetCredentials(ctx)
	if err != nil {
		return c, errNoCredentials
	}
	return c, nil
}

// wait waits for d, or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
