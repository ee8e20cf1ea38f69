package main

import (
	"slices"
	"strings"

	"onput/internal/account"
	"onput/internal/deployment"
	"onput/internal/serverlessdevs"
	"onput/process"
	"onput/rules"
)

// doctorNeeds returns the parts of the account that rules and their function use, as far as they are known without an upload.
func doctorNeeds(set *rules.Set, f *serverlessdevs.Function) account.Needs {
	n := account.Needs{Function: f.Name}
	for _, t := range f.Triggers {
		if t.Type != "oss" { // OSS does not list triggers of EventBridge
			continue
		}
		for _, u := range t.Uploads {
			to := account.Trigger{Bucket: u.Bucket, Prefix: u.Prefix, Suffix: t.Suffix}
			for _, e := range t.Events {
				to.Events = append(to.Events, "oss:"+e.Name)
			}
			n.Triggers = append(n.Triggers, to)
		}
	}
	access := set.Access(deployment.UploadPatterns(f.Triggers...))
	var sources, immSources, targets []rules.BucketKeyPattern
	for _, o := range access.Outputs {
		sources, targets = append(sources, o.Sources...), append(targets, o.Targets...)
		if o.NeedsIMM() {
			immSources = append(immSources, o.Sources...)
		}
		open := "the target bucket of rule " + o.Rule + " depends on the upload"
		if len(buckets(o.Targets)) < len(o.Targets) && !slices.Contains(n.Unknown, open) {
			n.Unknown = append(n.Unknown, open)
		}
		if o.Notify != "" {
			n.Topics = append(n.Topics, o.Notify)
		}
	}
	for _, l := range access.LookUps {
		sources = append(sources, l.Sources...)
	}
	uploaded, forIMM, written, claimed := buckets(sources), buckets(immSources), buckets(targets), buckets(access.Claims)
	for _, name := range slices.Concat(uploaded, written, claimed) {
		if !slices.ContainsFunc(n.Buckets, func(b account.Bucket) bool { return b.Name == name }) {
			n.Buckets = append(n.Buckets, account.Bucket{Name: name, Source: slices.Contains(uploaded, name), IMM: slices.Contains(forIMM, name),
				Target: slices.Contains(written, name), Claims: slices.Contains(claimed, name)})
		}
	}
	switch {
	case len(access.Outputs) == 0:
		n.Unknown = append(n.Unknown, "no rule can fire: each is disabled, is in mode log, or listens to nothing that triggers and sources name")
	case len(uploaded) == 0:
		n.Unknown = append(n.Unknown, "no source bucket is known: name one in sources, or a Serverless Devs file with a trigger")
	}
	slices.Sort(n.Topics)
	n.Topics = slices.Compact(n.Topics)
	for _, arn := range f.Destinations {
		_, name, ok := strings.Cut(arn, ":/topics/")
		if topic := strings.TrimSuffix(name, "/messages"); ok && strings.HasPrefix(arn, "acs:mns:") && !slices.Contains(n.Topics, topic) {
			n.Topics = append(n.Topics, topic)
		}
	}
	return n
}

// buckets returns the buckets whose complete names the patterns give, sorted.
func buckets(patterns []rules.BucketKeyPattern) []string {
	var names []string
	for _, p := range patterns {
		if process.ValidBucket(p.Bucket) { // characters of bucket names have no meaning in patterns
			names = append(names, p.Bucket)
		}
	}
	slices.Sort(names)
	return names
}
