package ossclient

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

	"onput/internal/clock"
	"onput/internal/text"
)

// Client sends requests to OSS, each with the credentials of the [Caller] in its context. It is safe for concurrent use,
// and connections are shared between callers. Its exported fields are set before the first request.
type Client struct {
	Transport http.RoundTripper                          // by default one that shares connections
	Wait      func(context.Context, time.Duration) error // waits between attempts; by default clock.Wait

	endpoint string         // a URL; "" for the region's own
	public   bool           // the region's own endpoint is the public one, not the internal one
	region   string         // if neither the request nor the caller names one
	jitter   func() float64 // in [0, 1)

	mu      sync.Mutex
	clients map[string]*oss.Client // by region

	submissions throttle // of tasks that IMM carries out
	processing  throttle // of tasks that OSS does at once, whose limits are others
}

// maxClients bounds the clients that are cached, since events name regions.
const maxClients = 100

// New returns a client that sends to endpoint: a URL, or "internal" or "public" for that endpoint of a request's region.
// Region, "cn-hangzhou", applies if neither the request nor the caller names one. The error is a [*SettingsError].
//
// https://www.alibabacloud.com/help/en/oss/user-guide/regions-and-endpoints
func New(endpoint, region string) (*Client, error) {
	c := &Client{
		Transport: newTransport(&tls.Config{MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(0)}),
		Wait:      clock.Wait,
		region:    strings.TrimPrefix(region, "oss-"),
		jitter:    rand.Float64,
		clients:   map[string]*oss.Client{},
	}
	if region != "" && !oss.IsValidRegion(c.region) {
		return nil, &SettingsError{Setting: "OSS_REGION", Value: region, Want: "a region such as cn-hangzhou"}
	}
	switch endpoint {
	case "internal":
	case "public":
		c.public = true
	default:
		var ok bool
		if c.endpoint, ok = ParseEndpoint(endpoint); !ok {
			return nil, &SettingsError{Setting: "OSS_ENDPOINT",
				Want: "internal, public, or a URL such as https://oss-cn-hangzhou.aliyuncs.com"}
		}
	}
	return c, nil
}

// ParseEndpoint returns the scheme and host of an endpoint's URL. It reports false if the URL is not HTTP or has other parts.
func ParseEndpoint(endpoint string) (base string, ok bool) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", false
	}
	return u.Scheme + "://" + u.Host, true
}

// sdkClient returns the SDK's client for a region.
func (c *Client) sdkClient(region string) (*oss.Client, error) {
	if region == "" {
		return nil, errors.New("no region: neither the event nor the invocation names one; set OSS_REGION")
	}
	if !oss.IsValidRegion(region) {
		return nil, errors.New("invalid region " + text.Excerpt(region))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if client, ok := c.clients[region]; ok {
		return client, nil
	}
	config := oss.NewConfig().
		WithRegion(region).
		WithUseInternalEndpoint(!c.public).
		WithCredentialsProvider(credentials.CredentialsProviderFunc(credentialsOf)).
		WithRetryer(retry.NopRetryer{}).
		WithUserAgent("onput")
	if c.endpoint != "" {
		config.WithEndpoint(c.endpoint)
	}
	client := oss.NewClient(config, func(options *oss.Options) {
		options.FeatureFlags &^= oss.FeatureCorrectClockSkew // it writes to the client without a lock
	})
	if len(c.clients) < maxClients {
		c.clients[region] = client
	}
	return client, nil
}
