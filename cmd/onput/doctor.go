package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"onput/internal/account"
	"onput/internal/ossclient"
	"onput/process"
	"onput/rules"
)

// DoctorCmd asks the real account whether everything is in place. It changes nothing and fires nothing.
type DoctorCmd struct {
	File     string `arg:"" default:"rules/rules.yaml" help:"Rule file; - for standard input."`
	S        string `name:"s" default:"s.yaml" placeholder:"FILE" help:"Serverless Devs file of the function: region, triggers, topics, and the environment in which the rules are read. None if it is empty."`
	Region   string `placeholder:"REGION" help:"Region of the function; that of the Serverless Devs file, else $OSS_REGION, if it is not said."`
	Endpoint string `default:"public" help:"Of OSS: public, internal, or a URL."`
	STS      string `name:"sts" placeholder:"URL" help:"Of STS, which says whose the key is. Beside a URL for --endpoint it is not asked unless this says where, and so are the next two."`
	IMM      string `name:"imm" placeholder:"URL" help:"Of IMM, which says to which project a bucket is bound."`
	SMQ      string `name:"smq" placeholder:"URL" help:"Of SMQ, which says whether a topic is there."`
	JSON     bool   `name:"json" help:"Findings as a JSON array."`
}

// Help is shown by `onput doctor --help`.
func (*DoctorCmd) Help() string {
	return "Asks with OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and OSS_SESSION_TOKEN. Exits with 1 on a fault. docs/doctor.md explains each line."
}

// Validate is called by kong before Run; its error is wrong usage.
func (c *DoctorCmd) Validate() error {
	for _, u := range []struct {
		flag, value string
		known       []string
	}{{"--endpoint", c.Endpoint, []string{"public", "internal"}}, {"--sts", c.STS, []string{""}}, {"--imm", c.IMM, []string{""}}, {"--smq", c.SMQ, []string{""}}} {
		if slices.Contains(u.known, u.value) {
			continue
		}
		if _, ok := ossclient.ParseEndpoint(u.value); !ok {
			return fmt.Errorf("%s takes a URL such as https://oss-cn-hangzhou.aliyuncs.com", u.flag)
		}
	}
	if c.Region != "" && !oss.IsValidRegion(c.Region) {
		return errors.New("--region takes a region such as cn-hangzhou")
	}
	return nil
}

// Run prints what it finds, and returns exit(1) where there is a fault.
func (c *DoctorCmd) Run(s *streams) error {
	// Before the environment of the function is set. Without keys there is one finding, and it says so.
	keys, _ := credentials.NewEnvironmentVariableCredentialsProvider().GetCredentials(context.Background())
	d := &deployment{}
	if c.S != "" {
		var err error
		if d, err = readDeployment(c.S); errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%w: name a Serverless Devs file with --s, or do without: --s ''", err)
		} else if err != nil {
			return err
		}
	}
	region := cmp.Or(c.Region, d.region, os.Getenv("OSS_REGION"))
	if !oss.IsValidRegion(region) {
		fmt.Fprintf(s.err, "onput: no region such as cn-hangzhou is known: give --region\n")
		return exit(exitUsage)
	}
	set, err := d.rules(c.File, s)
	if err != nil {
		return err
	}
	findings := account.Examine(context.Background(), c.account(region, keys), needs(set, d))
	if c.JSON {
		err = printJSON(s.out, findings)
	} else {
		printFindings(s.out, findings)
	}
	for _, f := range findings {
		if f.Status == account.Fault && err == nil {
			err = exit(exitFailed)
		}
	}
	return err
}

// account says where the services of a region are. With a URL for OSS, the others are not guessed.
func (c *DoctorCmd) account(region string, keys credentials.Credentials) account.Account {
	trim := func(u string) string { return strings.TrimRight(u, "/") }
	a := account.Account{Region: region, Credentials: keys, Endpoint: trim(c.Endpoint), STS: trim(c.STS), IMM: trim(c.IMM)}
	var smq func(string) string
	switch c.Endpoint {
	case "public":
		a.Endpoint = "https://oss-" + region + ".aliyuncs.com"
		a.STS = cmp.Or(a.STS, "https://sts."+region+".aliyuncs.com")
		a.IMM = cmp.Or(a.IMM, "https://imm."+region+".aliyuncs.com")
		smq = func(id string) string { return "https://" + id + ".mns." + region + ".aliyuncs.com" }
	case "internal":
		a.Endpoint = "https://oss-" + region + "-internal.aliyuncs.com"
		a.STS = cmp.Or(a.STS, "https://sts-vpc."+region+".aliyuncs.com")
		a.IMM = cmp.Or(a.IMM, "https://imm-vpc."+region+".aliyuncs.com")
		smq = func(id string) string { return "http://" + id + ".mns." + region + "-internal.aliyuncs.com" } // there is no https
	}
	if a.SMQ = smq; c.SMQ != "" {
		a.SMQ = func(string) string { return trim(c.SMQ) }
	}
	return a
}

// needs says what the rules and their function use, so far as it is known before there is an upload.
func needs(set *rules.Set, d *deployment) account.Needs {
	n := account.Needs{Function: d.function}
	for _, t := range d.triggers {
		if t.kind != "oss" { // OSS itself knows nothing of EventBridge's
			continue
		}
		for _, p := range t.places {
			to := account.Trigger{Bucket: p.bucket, Prefix: p.prefix, Suffix: t.suffix}
			for _, e := range t.events {
				to.Events = append(to.Events, "oss:"+e.name)
			}
			n.Triggers = append(n.Triggers, to)
		}
	}
	access := set.Access(d.uploads())
	var sources, targets []rules.BucketKeyPattern
	for _, o := range access.Outputs {
		sources, targets = append(sources, o.Sources...), append(targets, o.Targets...)
		open := "the target bucket of rule " + o.Rule + " is known only once something is uploaded"
		if len(buckets(o.Targets)) < len(o.Targets) && !slices.Contains(n.Unknown, open) {
			n.Unknown = append(n.Unknown, open)
		}
		if o.Notify != "" {
			n.Topics = append(n.Topics, o.Notify)
		}
	}
	at := map[string]int{}
	for _, list := range []struct {
		names []string
		as    func(*account.Bucket)
	}{
		{buckets(sources), func(b *account.Bucket) { b.Source = true }},
		{buckets(targets), func(b *account.Bucket) { b.Target = true }},
		{buckets(access.Claims), func(b *account.Bucket) { b.Claims = true }},
	} {
		slices.Sort(list.names)
		for _, name := range list.names {
			i, ok := at[name]
			if !ok {
				i = len(n.Buckets)
				at[name] = i
				n.Buckets = append(n.Buckets, account.Bucket{Name: name})
			}
			list.as(&n.Buckets[i])
		}
	}
	switch {
	case len(access.Outputs) == 0:
		n.Unknown = append(n.Unknown, "no rule can fire: each is not enabled or in mode log, or hears nothing of what triggers and sources name")
	case len(buckets(sources)) == 0:
		n.Unknown = append(n.Unknown, "no source bucket is known: name one in sources, or a Serverless Devs file with a trigger")
	}
	slices.Sort(n.Topics)
	n.Topics = slices.Compact(n.Topics)
	for _, arn := range d.destinations {
		_, name, ok := strings.Cut(arn, ":/topics/")
		if topic := strings.TrimSuffix(name, "/messages"); ok && strings.HasPrefix(arn, "acs:mns:") && !slices.Contains(n.Topics, topic) {
			n.Topics = append(n.Topics, topic)
		}
	}
	return n
}

// buckets returns the buckets of places whose names are known in full.
func buckets(places []rules.BucketKeyPattern) []string {
	var names []string
	for _, p := range places {
		if process.ValidBucket(p.Bucket) { // no character of a name means anything in a text of places
			names = append(names, p.Bucket)
		}
	}
	return names
}

// printFindings writes a line for each finding, with the remedy below it.
func printFindings(w io.Writer, findings []account.Finding) {
	check, subject := 0, 0
	for _, f := range findings {
		check, subject = max(check, len(f.Check)), max(subject, len(f.Subject))
	}
	warnings, faults := 0, 0
	for _, f := range findings {
		line := fmt.Sprintf("%-7s  %-*s  %-*s  %s", f.Status, check, f.Check, subject, f.Subject, f.Message)
		switch f.Status {
		case account.Warning:
			warnings++
		case account.Fault:
			faults++
		}
		if f.Code != "" {
			line += " [" + f.Code + "]\n         " + f.Remedy
		}
		fmt.Fprintln(w, line)
	}
	fmt.Fprintf(w, "%s, %s, %s", count(len(findings), "check"), count(faults, "fault"), count(warnings, "warning"))
	if n := len(findings); n > 0 && findings[n-1].Ends() {
		fmt.Fprint(w, "; what else there is can be asked once that is mended")
	}
	fmt.Fprintln(w)
}
