package attributes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"onput/internal/ossclient"
	"onput/internal/text"
	"onput/process"
	"onput/rules"
)

// LookFlags are the flags of a subcommand that knows the attributes of an object from other flags, or asks OSS for them.
type LookFlags struct {
	Flags `embed:""`

	Look     bool   `help:"Ask OSS for the object's metadata, tags and class, size and type, with the key in OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET (and OSS_SESSION_TOKEN)."`
	Region   string `env:"OSS_REGION" placeholder:"REGION" help:"Region of the object, for --look."`
	Endpoint string `env:"OSS_ENDPOINT" default:"public" help:"Endpoint of OSS, for --look: internal, public, or a URL."`
}

// Looker adds attributes to uploads.
type Looker struct {
	set        *rules.Set
	attributes Attributes
	client     *ossclient.Client // nil without --look
	region     string            // of uploads that name none
}

// NewLooker returns a Looker for uploads that the rules of set are explained for. An error is about the flags.
func (f *LookFlags) NewLooker(set *rules.Set) (*Looker, error) {
	l := &Looker{set: set, region: f.Region}
	var err error
	if l.attributes, err = f.Parse(); err == nil && f.Look {
		l.client, err = ossclient.New(cmp.Or(f.Endpoint, "public"), f.Region)
	}
	return l, err
}

// lookTimeout is the deadline for the questions about one object.
const lookTimeout = time.Minute

// Add adds what the flags give, and then what OSS gives, to an upload. It returns the facts that are given now.
func (l *Looker) Add(ctx context.Context, u *rules.Upload, given rules.Given) (rules.Given, error) {
	l.attributes.AddTo(u)
	given |= u.Known
	if l.client == nil {
		return given, nil
	}
	if u.Region == "" && l.region == "" {
		return given, errors.New("--look: region not set; use --region, for example --region cn-hangzhou")
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	given, err := look(ctx, l.client, l.set, u, given)
	if err != nil {
		return given, fmt.Errorf("--look: %w", err)
	}
	return given | u.Known, nil
}

// NewMatcher returns a function that matches uploads as a function does that asks the OSS at an endpoint with a key.
func NewMatcher(ctx context.Context, set *rules.Set, endpoint, region, keyID, keySecret string) func(*rules.Upload) ([]rules.Task, error) {
	ctx = ossclient.WithCaller(ctx, &ossclient.Caller{Region: region, Credentials: credentials.Credentials{AccessKeyID: keyID, AccessKeySecret: keySecret}})
	client, err := ossclient.New(endpoint, region)
	return func(u *rules.Upload) ([]rules.Task, error) {
		if err != nil {
			return nil, err
		}
		return client.Match(ctx, set, u)
	}
}

// look asks OSS for the facts about the object of an upload that are not given, and returns the facts that are given now. It
// asks for tags only if rules have conditions on them.
func look(ctx context.Context, client *ossclient.Client, set *rules.Set, u *rules.Upload, given rules.Given) (rules.Given, error) {
	// An object whose bucket is not given is looked for where Explain assumes it.
	at := set.Explain(u, given)
	if !at.Given.Has(rules.GivenBucket) {
		return given, errors.New("the bucket is not known: write oss://BUCKET/KEY")
	}
	object := process.Location{Bucket: at.Upload.Bucket, Key: u.Key}
	head, err := client.Head(ctx, u.Region, object)
	if err != nil {
		return given, describe(object, err)
	}
	add := func(known *rules.Given, fact rules.Given, set func()) {
		if !known.Has(fact) {
			set()
			*known |= fact
		}
	}
	add(&u.Known, rules.GivenMeta, func() { u.Meta = head.Meta })
	add(&u.Known, rules.GivenClass, func() { u.Class = head.Class })
	add(&given, rules.GivenType, func() { u.Type = head.Type })
	add(&given, rules.GivenETag, func() { u.ETag = head.ETag })
	if head.Size >= 0 {
		add(&given, rules.GivenSize, func() { u.Size = head.Size })
	}
	if set.Asks().Has(rules.GivenTags) && !u.Known.Has(rules.GivenTags) {
		if u.Tags, err = client.Tags(ctx, u.Region, object); err != nil {
			return given, describe(object, err)
		}
		u.Known |= rules.GivenTags
	}
	return given, nil
}

// describe returns the error of a question about an object for people.
func describe(object process.Location, err error) error {
	if errors.Is(err, ossclient.ErrGone) {
		return fmt.Errorf("there is no object %s", text.Printable(object.String()))
	}
	return err
}
