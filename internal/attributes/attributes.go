// Package attributes holds what the command is told of objects besides their keys: user metadata, tags and storage class, which
// events lack. Flags give them, or OSS is asked for them.
package attributes

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/rules"
)

// Flags are the flags of a subcommand about an object's attributes.
type Flags struct {
	Meta  []string `sep:"none" placeholder:"NAME=VALUE" help:"User metadata of the object, without x-oss-meta-. The flag can be repeated; it counts as all there is."`
	Tag   []string `sep:"none" placeholder:"NAME=VALUE" help:"Tag of the object. The flag can be repeated; it counts as all there are."`
	Class string   `placeholder:"CLASS" help:"Storage class of the object, such as Standard."`
}

// Attributes are what flags say of an object.
type Attributes struct {
	Meta  map[string]string // by lower-case names without x-oss-meta-; nil without a flag
	Tags  map[string]string // nil without a flag
	Class string            // "" without a flag
}

// Parse parses the flags.
func (f *Flags) Parse() (a Attributes, err error) {
	if a.Meta, err = parseNamed("--meta", f.Meta, rules.MetaName); err != nil {
		return a, err
	}
	if a.Tags, err = parseNamed("--tag", f.Tag, strings.Clone); err != nil {
		return a, err
	}
	if a.Class = f.Class; a.Class != "" && !slices.Contains(rules.StorageClasses, a.Class) {
		return a, fmt.Errorf("--class: there is no storage class %q; use one of %s", a.Class, strings.Join(rules.StorageClasses, ", "))
	}
	return a, nil
}

// Remedy returns how an upload for a rule gets the attributes that it asks for, "" if no rule asks for any.
func Remedy(set *rules.Set) string {
	if set.Asks() == 0 {
		return ""
	}
	return ", with --meta, --tag and --class as its conditions ask"
}

// parseNamed parses texts of the form NAME=VALUE, nil for none.
func parseNamed(flag string, list []string, nameOf func(string) string) (map[string]string, error) {
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

// AddTo adds the attributes to an upload.
func (a *Attributes) AddTo(u *rules.Upload) {
	if a.Meta != nil {
		u.Meta = a.Meta
		u.Known |= rules.GivenMeta
	}
	if a.Tags != nil {
		u.Tags = a.Tags
		u.Known |= rules.GivenTags
	}
	if a.Class != "" {
		u.Class = a.Class
		u.Known |= rules.GivenClass
	}
}

// AddToRequest makes a request upload an object with the attributes.
func (a *Attributes) AddToRequest(r *oss.PutObjectRequest) *oss.PutObjectRequest {
	r.Metadata, r.StorageClass = a.Meta, oss.StorageClassType(a.Class)
	if a.Tags != nil {
		query := url.Values{}
		for name, value := range a.Tags {
			query.Set(name, value)
		}
		r.Tagging = oss.Ptr(query.Encode())
	}
	return r
}
