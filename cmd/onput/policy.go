package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"onput/internal/deployment"
	"onput/internal/rampolicy"
	"onput/internal/serverlessdevs"
	"onput/process"
)

// PolicyCmd prints the RAM roles and policies that rules need when they are deployed.
type PolicyCmd struct {
	File       string `arg:"" optional:"" help:"Rule file, or - for standard input. Default: rules/rules.yaml or rules.yaml."`
	S          string `name:"s" default:"s.yaml" placeholder:"s.yaml" help:"Serverless Devs file that deploys the rules."`
	Account    string `placeholder:"ID" help:"ID of the account. Without it, resources name no account."`
	IMMProject string `name:"imm-project" default:"onput" help:"Project of Intelligent Media Management that the upload bucket is bound to."`
	IMMRole    string `name:"imm-role" default:"onput-imm" help:"Service role of that project."`
	Format     string `enum:"json,cli" default:"json" help:"Output format: json, or cli for aliyun CLI commands in a POSIX shell."`
	JSON       bool   `name:"json" help:"The same as --format json."`
}

// Help is shown by onput policy --help.
func (*PolicyCmd) Help() string {
	return "The policies allow only what the rules need, so print them again when you add a source, a target or an operation. " +
		"Rules that are disabled need nothing, and rules in mode log only what they ask OSS about objects. ${env(…)} in the rules is read from environmentVariables of the Serverless Devs file."
}

// Examples end onput policy --help.
func (*PolicyCmd) Examples() []string {
	return []string{
		"onput policy",
		"onput policy --s s.yaml --account 1234567890 --format cli",
	}
}

// Validate checks that there is a file to read. Its error is wrong usage.
func (c *PolicyCmd) Validate() error {
	if c.S == "" {
		return errors.New("--s takes a Serverless Devs file, such as s.yaml: it names the roles")
	}
	return nil
}

// Run prints the roles of all functions in the Serverless Devs file.
func (c *PolicyCmd) Run(s *streams) error {
	if err := defaultRules(&c.File, ""); err != nil {
		return err
	}
	functions, _, err := readFunctions(context.Background(), c.S, c.Account)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%w: name a Serverless Devs file with --s, or create one with onput init", err)
	case err != nil:
		return err
	}
	var roles []rampolicy.Role
	var idle []error // functions for which no rule fires
	for _, f := range functions {
		file, err := loadRules(context.Background(), c.File, deployment.NewEnvironment(f), s)
		if err != nil {
			return err
		}
		p, err := policyInput(&f)
		if err != nil {
			return err
		}
		if err := deployment.CheckFires(&f, file.Set); err != nil {
			idle = append(idle, err)
			continue
		}
		p.Account, p.IMMProject, p.IMMRole = c.Account, c.IMMProject, c.IMMRole
		roles = append(roles, rampolicy.Derive(file.Set, p)...)
	}
	if len(idle) == len(functions) {
		return errors.Join(idle...)
	}
	for _, err := range idle {
		printf(s.err, "onput: %s; its roles are left out\n", err)
	}
	list := []roleJSON{}
	for _, r := range rampolicy.Merge(roles) {
		length := len(compact(r.Policy))
		if length > rampolicy.MaxLength {
			printf(s.err, "onput: the policy of %s has %d characters, and RAM takes %d: give targets fewer beginnings, or sources fewer prefixes\n",
				r.Name, length, rampolicy.MaxLength)
		}
		list = append(list, roleJSON{r.Name, r.Trust, policyName(r.Name), r.Policy})
	}
	if c.Format == "json" || c.JSON {
		return printJSON(s.out, list)
	}
	for _, r := range list {
		printf(s.out, "aliyun ram CreateRole --RoleName %s --AssumeRolePolicyDocument %s\n", quoteShell(r.Role), quoteShell(compact(r.Trust)))
		printf(s.out, "aliyun ram CreatePolicy --PolicyName %s --PolicyDocument %s\n", quoteShell(r.PolicyName), quoteShell(compact(r.Policy)))
		printf(s.out, "aliyun ram AttachPolicyToRole --PolicyType Custom --PolicyName %s --RoleName %s\n", quoteShell(r.PolicyName), quoteShell(r.Role))
	}
	return nil
}

// roleJSON has the names of the parameters of RAM's operations CreateRole and CreatePolicy.
type roleJSON struct {
	Role       string             `json:"RoleName"`
	Trust      rampolicy.Document `json:"AssumeRolePolicyDocument"`
	PolicyName string             `json:"PolicyName"`
	Policy     rampolicy.Document `json:"PolicyDocument"`
}

// notInPolicyName matches the characters that names of policies cannot have.
var notInPolicyName = regexp.MustCompile(`[^A-Za-z0-9-]`)

// policyName returns the name of a role's policy. Names of roles may have more characters than those of policies.
func policyName(role string) string { return notInPolicyName.ReplaceAllString(role, "-") }

// compact returns a policy as JSON without white space.
func compact(d rampolicy.Document) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(d) // cannot fail: a document holds strings only
	return strings.TrimSpace(b.String())
}

// invokers are the services that assume the role of a trigger, by the trigger's type. The one of mns_topic is not confirmed.
//
// https://help.aliyun.com/en/functioncompute/fc-2-0/security-and-compliance/grant-an-event-source-permissions-to-access-function-compute
var invokers = map[string]string{"oss": "oss.aliyuncs.com", "mns_topic": "mns.aliyuncs.com"}

// policyInput returns what [rampolicy.Derive] needs to know about a function. Triggers of EventBridge use a role that
// EventBridge owns. Triggers of topics are taken to deliver completion messages.
func policyInput(f *serverlessdevs.Function) (rampolicy.Deployment, error) {
	if err := f.Known("functionName", "region", "role", "logConfig", "asyncInvokeConfig", "triggers", "invocationRole",
		serverlessdevs.EnvironmentProperty+"ONPUT_RULES"); err != nil {
		return rampolicy.Deployment{}, err
	}
	p := rampolicy.Deployment{
		Region: f.Region, Function: f.Name, FunctionRole: f.Role,
		Destinations: f.Destinations, LogProject: f.LogProject, Logstore: f.Logstore,
	}
	if f.Role == "" {
		return p, f.ErrorAt(f.Pos, "the function %s has no role: without one it has no credentials", f.Name)
	}
	if object, ok := strings.CutPrefix(f.Environment["ONPUT_RULES"], "oss://"); ok {
		bucket, key, _ := strings.Cut(object, "/")
		p.RuleObject = process.Location{Bucket: bucket, Key: key}
	}
	for _, t := range f.Triggers {
		to := rampolicy.Trigger{Uploads: deployment.UploadPatterns(t)}
		if service := invokers[t.Type]; service != "" {
			if t.Role == "" {
				return p, f.ErrorAt(t.Pos, "the trigger has no invocationRole")
			}
			to.Role, to.Service = t.Role, service
		}
		p.Triggers = append(p.Triggers, to)
	}
	return p, nil
}
