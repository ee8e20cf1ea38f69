package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"onput/internal/ossclient"
	"onput/internal/text"
	"onput/internal/userinput"
	"onput/process"
	"onput/rules"
)

// objectFlags are the flags of onput explain about facts that events lack, and that the function asks OSS for.
type objectFlags struct {
	attributeFlags `embed:""`
	Look           bool   `help:"Ask OSS for the object's metadata, tags and class, size and type, with the key in OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET (and OSS_SESSION_TOKEN)."`
	Region         string `env:"OSS_REGION" placeholder:"REGION" help:"Region of the object, for --look."`
	Endpoint       string `env:"OSS_ENDPOINT" default:"public" help:"Endpoint of OSS, for --look: internal, public, or a URL."`
}

// lookTimeout is the deadline for the questions about one object.
const lookTimeout = time.Minute

// apply adds the facts that the flags give, and the ones that OSS gives, to an upload.
func (f *objectFlags) apply(u *userinput.Upload, set *rules.Set) error {
	if err := f.addGiven(u); err != nil {
		return usageError{err}
	}
	if f.Look {
		if err := f.look(u, set); err != nil {
			return err
		}
	}
	u.Given |= u.Known
	return nil
}

// addGiven adds the facts that the flags give.
func (f *objectFlags) addGiven(u *userinput.Upload) error {
	a, err := f.parse()
	if err != nil {
		return err
	}
	if a.meta != nil {
		u.Meta = a.meta
		u.Known |= rules.GivenMeta
	}
	if a.tags != nil {
		u.Tags = a.tags
		u.Known |= rules.GivenTags
	}
	if a.class != "" {
		u.Class = a.class
		u.Known |= rules.GivenClass
	}
	return nil
}

// look asks OSS for the facts about an object that no flag gives. It asks for tags only if rules have conditions on them.
func (f *objectFlags) look(u *userinput.Upload, set *rules.Set) error {
	// An object whose bucket is not given is looked for where Explain assumes it.
	at := set.Explain(&u.Upload, u.Given)
	if !at.Given.Has(rules.GivenBucket) {
		return usageError{errors.New("--look: the bucket is not known: write oss://BUCKET/KEY")}
	}
	client, err := ossclient.New(cmp.Or(f.Endpoint, "public"), cmp.Or(u.Region, f.Region))
	if err != nil {
		return usageError{err}
	}
	if cmp.Or(u.Region, f.Region) == "" {
		return usageError{errors.New("--look: region not set; use --region, for example --region cn-hangzhou")}
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	object := process.Location{Bucket: at.Upload.Bucket, Key: u.Key}
	head, err := client.Head(ctx, u.Region, object)
	if err != nil {
		return lookError(object, err)
	}
	add := func(known *rules.Given, fact rules.Given, set func()) {
		if !known.Has(fact) {
			set()
			*known |= fact
		}
	}
	add(&u.Known, rules.GivenMeta, func() { u.Meta = head.Meta })
	add(&u.Known, rules.GivenClass, func() { u.Class = head.Class })
	add(&u.Given, rules.GivenType, func() { u.Type = head.Type })
	add(&u.Given, rules.GivenETag, func() { u.ETag = head.ETag })
	if head.Size >= 0 {
		add(&u.Given, rules.GivenSize, func() { u.Size = head.Size })
	}
	if set.Asks().Has(rules.GivenTags) && !u.Known.Has(rules.GivenTags) {
		if u.Tags, err = client.Tags(ctx, u.Region, object); err != nil {
			return lookError(object, err)
		}
		u.Known |= rules.GivenTags
	}
	return nil
}

// lookError returns the error of a question about an object for people.
func lookError(object process.Location, err error) error {
	if errors.Is(err, ossclient.ErrGone) {
		return fmt.Errorf("--look: there is no object %s", text.Printable(object.String()))
	}
	return fmt.Errorf("--look: %w", err)
}
