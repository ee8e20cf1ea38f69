package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"onput/internal/ossclient"
	"onput/rules"
)

// attributeFlags are the flags about the user metadata, tags and storage class of objects.
type attributeFlags struct {
	Meta  []string `sep:"none" placeholder:"NAME=VALUE" help:"User metadata of the object, without x-oss-meta-. The flag can be repeated; it counts as all there is."`
	Tag   []string `sep:"none" placeholder:"NAME=VALUE" help:"Tag of the object. The flag can be repeated; it counts as all there are."`
	Class string   `placeholder:"CLASS" help:"Storage class of the object, such as Standard."`
}

// objectAttributes are what attributeFlags say. Meta and tags are nil if there is no such flag.
type objectAttributes struct {
	meta, tags map[string]string
	class      string
}

// parse parses the flags.
func (f *attributeFlags) parse() (a objectAttributes, err error) {
	if a.meta, err = namedValues("--meta", f.Meta, rules.MetaName); err != nil {
		return a, err
	}
	if a.tags, err = namedValues("--tag", f.Tag, strings.Clone); err != nil {
		return a, err
	}
	if a.class = f.Class; a.class != "" && !slices.Contains(rules.StorageClasses, a.class) {
		return a, fmt.Errorf("--class: there is no storage class %q; use one of %s", a.class, strings.Join(rules.StorageClasses, ", "))
	}
	return a, nil
}

// namedValues parses texts of the form NAME=VALUE, nil for none.
func namedValues(flag string, list []string, nameOf func(string) string) (map[string]string, error) {
	var all map[string]string
	for _, s := range list {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%s: write NAME=VALUE, not %q", flag, s)
		}
		if all == nil {
			all = map[string]string{}
		}
		all[nameOf(name)] = value
	}
	return all, nil
}

// tagging returns the tags as the header x-oss-tagging has them, nil for none.
func (a *objectAttributes) tagging() *string {
	if a.tags == nil {
		return nil
	}
	query := url.Values{}
	for name, value := range a.tags {
		query.Set(name, value)
	}
	return oss.Ptr(query.Encode())
}

// lookUps returns a function that asks the local OSS for what the rules need to know of an upload, as the function did.
func (r *localRun) lookUps(ctx context.Context) func(*rules.Upload) error {
	owner := r.cloud.Credential()
	ctx = ossclient.WithCaller(ctx, &ossclient.Caller{Region: r.cloud.Region(),
		Credentials: credentials.Credentials{AccessKeyID: owner.AccessKeyID, AccessKeySecret: owner.AccessKeySecret}})
	client, err := ossclient.New(r.cloud.Endpoint(), r.cloud.Region())
	return func(u *rules.Upload) error {
		if err != nil {
			return err
		}
		return client.LookUp(ctx, r.set, u)
	}
}
