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
	"onput/internal/deployment"
	"onput/internal/ossclient"
	"onput/internal/text"
)

// DoctorCmd examines the real account, read-only. It fires no task.
type DoctorCmd struct {
	File     string `arg:"" optional:"" help:"Rule file, or - for standard input. Default: rules/rules.yaml or rules.yaml."`
	S        string `name:"s" default:"s.yaml" placeholder:"FILE" help:"Serverless Devs file of the function: its region, triggers, topics and environment variables. Empty for none."`
	Region   string `placeholder:"REGION" help:"Region of the function. Default: that of the Serverless Devs file, or $OSS_REGION."`
	Endpoint string `default:"public" help:"Endpoint of OSS: public, internal, or a URL."`
	STS      string `name:"sts" placeholder:"URL" help:"URL of STS, which names the owner of the key. With a URL for --endpoint, STS, IMM and SMQ are asked only at URLs given here."`
	IMM      string `name:"imm" placeholder:"URL" help:"URL of IMM, which names the project that a bucket is bound to."`
	SMQ      string `name:"smq" placeholder:"URL" help:"URL of SMQ, which says whether a topic exists."`
	JSON     bool   `name:"json" help:"Print the findings as a JSON array."`
}

// Help is shown by `onput doctor --help`.
func (*DoctorCmd) Help() string {
	return "Reads credentials from OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and OSS_SESSION_TOKEN, and changes nothing. Exits with 1 on a fault. docs/doctor.md explains each line."
}

// Examples end onput doctor --help.
func (*DoctorCmd) Examples() []string {
	return []string{
		"onput doctor",
		"onput doctor --s '' --region cn-hangzhou  # without a Serverless Devs file",
	}
}

// Validate checks the URLs and the region. Its error is wrong usage.
func (c *DoctorCmd) Validate() error {
	for _, u := range []struct {
		flag, value string
		words       []string // accepted instead of a URL
	}{
		{"--endpoint", c.Endpoint, []string{"public", "internal"}},
		{"--sts", c.STS, []string{""}}, {"--imm", c.IMM, []string{""}}, {"--smq", c.SMQ, []string{""}},
	} {
		if _, ok := ossclient.ParseEndpoint(u.value); !ok && !slices.Contains(u.words, u.value) {
			return fmt.Errorf("%s takes a URL such as https://oss-cn-hangzhou.aliyuncs.com", u.flag)
		}
	}
	if c.Region != "" && !oss.IsValidRegion(c.Region) {
		return errors.New("--region takes a region such as cn-hangzhou")
	}
	return nil
}

// Run prints the findings. It returns exit(1) if one of them is a fault.
func (c *DoctorCmd) Run(s *streams) error {
	// An error is ignored, because missing keys are a finding.
	keys, _ := credentials.NewEnvironmentVariableCredentialsProvider().GetCredentials(context.Background())
	function, err := readFunction(context.Background(), c.S)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%w: name a Serverless Devs file with --s, use none with --s '', or create a project with onput init", err)
	case err != nil:
		return err
	}
	if c.Region == "" {
		if err := function.Known("region"); err != nil {
			return fmt.Errorf("%w, or use --region", err)
		}
	}
	if err := function.Known("functionName", "asyncInvokeConfig", "triggers"); err != nil {
		return err
	}
	region := cmp.Or(c.Region, function.Region, os.Getenv("OSS_REGION"))
	if !oss.IsValidRegion(region) {
		return usageError{errors.New("region not set; use --region, for example --region cn-hangzhou")}
	}
	if err := defaultRules(&c.File, ""); err != nil {
		return err
	}
	file, err := loadRules(context.Background(), c.File, deployment.NewEnvironment(*function), s)
	if err != nil {
		return err
	}
	findings := account.Examine(context.Background(), c.account(region, keys), doctorNeeds(file.Set, function))
	if c.JSON {
		err = printJSON(s.out, findings)
	} else {
		printFindings(s.out, findings)
	}
	failed := slices.ContainsFunc(findings, func(f account.Finding) bool { return f.Status == account.Fault })
	return cmp.Or(err, exitIf(failed))
}

// account returns the account with the services of a region. A URL for OSS leaves the others unset.
func (c *DoctorCmd) account(region string, keys credentials.Credentials) account.Account {
	trim := func(u string) string { return strings.TrimRight(u, "/") }
	var a account.Account
	switch c.Endpoint {
	case "public":
		a = account.Public(region)
	case "internal":
		a = account.Internal(region)
	default:
		a = account.Account{Region: region, Endpoint: trim(c.Endpoint)}
	}
	a.Credentials, a.STS, a.IMM = keys, cmp.Or(trim(c.STS), a.STS), cmp.Or(trim(c.IMM), a.IMM)
	if c.SMQ != "" {
		a.SMQ = func(string) string { return trim(c.SMQ) }
	}
	return a
}

// printFindings prints a line for each finding, with the remedy below.
func printFindings(w io.Writer, findings []account.Finding) {
	check, subject := 0, 0
	for _, f := range findings {
		check, subject = max(check, len(f.Check)), max(subject, len(f.Subject))
	}
	count := map[account.Status]int{}
	for _, f := range findings {
		count[f.Status]++
		printf(w, "%-7s  %-*s  %-*s  %s", f.Status, check, f.Check, subject, f.Subject, f.Message)
		if f.Code != "" {
			printf(w, " [%s]\n         %s", f.Code, f.Remedy)
		}
		fmt.Fprintln(w)
	}
	printf(w, "%s, %s, %s", text.Plural(len(findings), "check"),
		text.Plural(count[account.Fault], "fault"), text.Plural(count[account.Warning], "warning"))
	if n := len(findings); n > 0 && findings[n-1].Fatal() {
		fmt.Fprint(w, "; remaining checks skipped; fix this and run again")
	}
	fmt.Fprintln(w)
}
