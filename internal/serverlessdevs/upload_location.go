package serverlessdevs

import (
	"slices"
	"strings"

	"onput/internal/eventpattern"
)

// maxLocations bounds the locations of one pattern. EventBridge takes five conditions in a field.
const maxLocations = 1000

// anywhere are the locations of all uploads.
var anywhere = []UploadLocation{{Bucket: "*"}}

// uploadLocations returns where the uploads come from that an event pattern matches. They may include too much: of the
// conditions on bucket and key, whole values and prefixes count alone.
func uploadLocations(p *eventpattern.Pattern) []UploadLocation {
	locations := locationsOf(p, "subject", subjectLocation)
	for _, field := range []struct {
		path   string
		locate func(c *eventpattern.Condition) (UploadLocation, bool)
	}{{"data.oss.bucket.name", bucketLocation}, {"data.oss.bucket.arn", arnLocation}, {"data.oss.object.key", keyLocation}} {
		others := locationsOf(p, field.path, field.locate)
		if len(locations)*len(others) > maxLocations {
			break
		}
		var both []UploadLocation
		for _, a := range locations {
			for _, b := range others {
				if at, ok := intersect(a, b); ok && !slices.Contains(both, at) {
					both = append(both, at)
				}
			}
		}
		locations = both
	}
	return locations
}

// locationsOf returns the locations that the conditions of a field stand for, everything without the field.
func locationsOf(p *eventpattern.Pattern, path string, locate func(c *eventpattern.Condition) (UploadLocation, bool)) (all []UploadLocation) {
	conditions, ok := p.Conditions(path)
	if !ok {
		return anywhere
	}
	for i := range conditions {
		if len(all) == maxLocations {
			return anywhere
		}
		switch c := &conditions[i]; c.Operator {
		case eventpattern.Missing, eventpattern.Other: // no upload meets them
		case eventpattern.Equal, eventpattern.Prefix:
			if at, ok := locate(c); ok && !slices.Contains(all, at) {
				all = append(all, at)
			}
		default:
			return anywhere
		}
	}
	return all
}

// subjectLocation returns the location of the subjects that meet a condition. A subject is acs:oss:REGION:ACCOUNT:BUCKET/KEY.
func subjectLocation(c *eventpattern.Condition) (UploadLocation, bool) {
	rest, complete, ok := cutARN(c)
	if !complete {
		return UploadLocation{Bucket: "*"}, ok
	}
	bucket, key, ok := strings.Cut(rest, "/")
	if !ok {
		return UploadLocation{Bucket: bucket + "*"}, c.Operator == eventpattern.Prefix
	}
	return UploadLocation{bucket, key}, true
}

// arnLocation returns the location of the buckets whose ARNs meet a condition. An ARN is acs:oss:REGION:ACCOUNT:BUCKET.
func arnLocation(c *eventpattern.Condition) (UploadLocation, bool) {
	rest, complete, ok := cutARN(c)
	if !complete {
		return UploadLocation{Bucket: "*"}, ok
	}
	return bucketLocation(&eventpattern.Condition{Operator: c.Operator, Text: rest})
}

// cutARN returns what follows acs:oss:REGION:ACCOUNT: in the text of a condition. If that is not complete, ok reports whether it
// may be the beginning.
func cutARN(c *eventpattern.Condition) (rest string, complete, ok bool) {
	const scheme = "acs:oss:"
	if parts := strings.SplitN(c.Text, ":", 5); strings.HasPrefix(c.Text, scheme) && len(parts) == 5 {
		return parts[4], true, true
	}
	return "", false, c.Operator == eventpattern.Prefix && (strings.HasPrefix(scheme, c.Text) || strings.HasPrefix(c.Text, scheme))
}

func bucketLocation(c *eventpattern.Condition) (UploadLocation, bool) {
	if c.Operator == eventpattern.Prefix {
		return UploadLocation{Bucket: c.Text + "*"}, true
	}
	return UploadLocation{Bucket: c.Text}, true
}

func keyLocation(c *eventpattern.Condition) (UploadLocation, bool) {
	return UploadLocation{Bucket: "*", Prefix: c.Text}, true
}

// intersect returns the location of the uploads that are in both. It reports false if there are none.
func intersect(a, b UploadLocation) (UploadLocation, bool) {
	if len(strings.TrimSuffix(a.Bucket, "*")) < len(strings.TrimSuffix(b.Bucket, "*")) {
		a.Bucket, b.Bucket = b.Bucket, a.Bucket // a's is the narrower one
	}
	names, open := strings.CutSuffix(b.Bucket, "*")
	inBucket := a.Bucket == b.Bucket || open && strings.HasPrefix(a.Bucket, names)
	inPrefix := strings.HasPrefix(a.Prefix, b.Prefix) || strings.HasPrefix(b.Prefix, a.Prefix)
	return UploadLocation{a.Bucket, max(a.Prefix, b.Prefix)}, inBucket && inPrefix
}
