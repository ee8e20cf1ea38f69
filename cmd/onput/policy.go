package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/internal/policy"
	"onput/process"
	"onput/rules"
)

// PolicyCmd prints the RAM roles and policies that rules need when they are deployed.
type PolicyCmd struct {
	File       string `arg:"" default:"rules/rules.yaml" help:"Rule file; - for standard input."`
	S          string `name:"s" default:"s.yaml" placeholder:"s.yaml" help:"Serverless Devs file that deploys the rules."`
	Account    string `placeholder:"ID" help:"Id of the account; without it resources name no account."`
	IMMProject string `name:"imm-project" default:"onput" help:"Project of Intelligent Media Management that the upload bucket is bound to."`
	IMMRole    string `name:"imm-role" default:"onput-imm" help:"Service role of that project."`
	Format     string `enum:"json,cli" default:"json" help:"json, or cli for commands of the aliyun CLI in a POSIX shell."`
	JSON       bool   `name:"json" help:"The same as --format json."`
}

// Help is shown by onput policy --help.
func (*PolicyCmd) Help() string {
	return "Nothing more is allowed than the rules need, so print them again when a source, a target or an operation is added. " +
		"Rules that are not enabled or in mode log need nothing. ${env(…)} in the rules is what environmentVariables of the Serverless Devs file says."
}

// Run prints the roles of every function in the Serverless Devs file.
func (c *PolicyCmd) Run(s *streams) error {
	deployments, err := readDeployments(c.S)
	if err != nil {
		return err
	}
	var roles []policy.Role
	for _, d := range deployments {
		set, err := d.rules(c.File, s)
		if err != nil {
			return err
		}
		d.Account, d.IMMProject, d.IMMRole = c.Account, c.IMMProject, c.IMMRole
		roles = append(roles, policy.Derive(set, d.Deployment)...)
	}
	list := []roleJSON{}
	for _, r := range roles {
		length := len(compact(r.Policy))
		if length > policy.MaxLength {
			fmt.Fprintf(s.err, "onput: the policy of %s has %d characters, and RAM takes %d: give targets fewer beginnings, or sources fewer prefixes\n",
				r.Name, length, policy.MaxLength)
		}
		list = append(list, roleJSON{r.Name, r.Trust, policyName(r.Name), r.Policy})
	}
	if c.Format == "json" || c.JSON {
		return printJSON(s.out, list)
	}
	for _, r := range list {
		fmt.Fprintf(s.out, "aliyun ram CreateRole --RoleName %s --AssumeRolePolicyDocument %s\n", quoteShell(r.Role), quoteShell(compact(r.Trust)))
		fmt.Fprintf(s.out, "aliyun ram CreatePolicy --PolicyName %s --PolicyDocument %s\n", quoteShell(r.PolicyName), quoteShell(compact(r.Policy)))
		fmt.Fprintf(s.out, "aliyun ram AttachPolicyToRole --PolicyType Custom --PolicyName %s --RoleName %s\n", quoteShell(r.PolicyName), quoteShell(r.Role))
	}
	return nil
}

// roleJSON names things as RAM's operations CreateRole and CreatePolicy do.
type roleJSON struct {
	Role       string          `json:"RoleName"`
	Trust      policy.Document `json:"AssumeRolePolicyDocument"`
	PolicyName string          `json:"PolicyName"`
	Policy     policy.Document `json:"PolicyDocument"`
}

var notInPolicyName = regexp.MustCompile(`[^A-Za-z0-9-]`)

// policyName names the policy after the role, whose name may have characters that a policy's may not.
func policyName(role string) string { return notInPolicyName.ReplaceAllString(role, "-") }

// compact returns a policy as JSON without white space.
func compact(d policy.Document) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(d) // texts always marshal
	return strings.TrimSpace(b.String())
}

// quoteShell quotes a word for a POSIX shell.
func quoteShell(word string) string {
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.'
	}) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// deployment is a function of a Serverless Devs file.
type deployment struct {
	policy.Deployment
	environment map[string]string
}

// rules reads a rule file as the function would: with its environment variables.
func (d *deployment) rules(file string, s *streams) (*rules.Set, error) {
	defer d.enter()()
	return loadRules(file, s)
}

// enter sets the function's environment variables until leave is called.
func (d *deployment) enter() (leave func()) {
	before := map[string]string{}
	for name, value := range d.environment {
		if was, ok := os.LookupEnv(name); ok {
			before[name] = was
		}
		os.Setenv(name, value)
	}
	return func() {
		for name := range d.environment {
			if was, ok := before[name]; ok {
				os.Setenv(name, was)
			} else {
				os.Unsetenv(name)
			}
		}
	}
}

// invokers are the services that assume the roles of triggers, by the type of the trigger. That of SMQ's is not confirmed.
//
// https://help.aliyun.com/en/functioncompute/fc-2-0/security-and-compliance/grant-an-event-source-permissions-to-access-function-compute
var invokers = map[string]string{"oss": "oss.aliyuncs.com", "mns_topic": "mns.aliyuncs.com"}

// readDeployments returns the functions of a Serverless Devs file.
func readDeployments(file string) ([]deployment, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	if err := yaml.Load(src, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	all, err := deploymentsOf(&root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return all, nil
}

func deploymentsOf(root *yaml.Node) ([]deployment, error) {
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	resources := child(root, "resources")
	if resources == nil {
		return nil, errors.New("no resources: is it a file of Serverless Devs 3?")
	}
	vars := map[string]string{}
	if v := child(root, "vars"); v != nil {
		for i := 0; i+1 < len(v.Content); i += 2 {
			vars[v.Content[i].Value] = fill(v.Content[i+1].Value, vars)
		}
	}
	var all []deployment
	for i := 1; i < len(resources.Content); i += 2 {
		props := child(resources.Content[i], "props")
		text := func(path ...string) string {
			n := props
			for _, name := range path {
				n = child(n, name)
			}
			if n == nil {
				return ""
			}
			return fill(n.Value, vars)
		}
		if text("functionName") == "" {
			continue
		}
		d := deployment{environment: map[string]string{}}
		d.Function, d.Region, d.FunctionRole = text("functionName"), text("region"), roleName(text("role"))
		d.LogProject, d.Logstore = text("logConfig", "project"), text("logConfig", "logstore")
		if d.FunctionRole == "" {
			return nil, fmt.Errorf("the function %s has no role: without one it has no credentials", d.Function)
		}
		for _, kind := range []string{"onSuccess", "onFailure"} {
			if destination := text("asyncInvokeConfig", "destinationConfig", kind, "destination"); destination != "" {
				d.Destinations = append(d.Destinations, destination)
			}
		}
		if env := child(props, "environmentVariables"); env != nil {
			for k := 0; k+1 < len(env.Content); k += 2 {
				d.environment[env.Content[k].Value] = fill(env.Content[k+1].Value, vars)
			}
		}
		if place, ok := strings.CutPrefix(d.environment["ONPUT_RULES"], "oss://"); ok {
			bucket, key, _ := strings.Cut(place, "/")
			d.RuleObject = process.Location{Bucket: bucket, Key: key}
		}
		if err := d.readTriggers(child(props, "triggers"), vars); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	if len(all) == 0 {
		return nil, errors.New("no resource has a functionName")
	}
	return all, nil
}

// readTriggers adds the triggers. Those of topics are taken to bring completion messages, and EventBridge's any upload; it
// invokes with a role of its own.
func (d *deployment) readTriggers(list *yaml.Node, vars map[string]string) error {
	if list == nil {
		return nil
	}
	for _, n := range list.Content {
		kind, role := child(n, "triggerType"), child(n, "invocationRole")
		switch {
		case kind == nil:
			continue
		case kind.Value == "eventbridge":
			d.Triggers = append(d.Triggers, policy.Trigger{Uploads: []rules.Place{{Bucket: "*", Key: "*"}}})
			continue
		case invokers[kind.Value] == "":
			continue
		}
		if role == nil {
			return fmt.Errorf("line %d: the trigger has no invocationRole", n.Line)
		}
		t := policy.Trigger{Role: roleName(fill(role.Value, vars)), Service: invokers[kind.Value]}
		if kind.Value == "oss" {
			arn, prefix := child(n, "sourceArn"), child(child(child(child(n, "triggerConfig"), "filter"), "key"), "prefix")
			if arn == nil {
				return fmt.Errorf("line %d: the oss trigger has no sourceArn", n.Line)
			}
			bucket := fill(arn.Value, vars)
			place := rules.Place{Bucket: bucket[strings.LastIndexByte(bucket, ':')+1:], Key: "*"}
			if prefix != nil {
				place.Key = fill(prefix.Value, vars) + "*"
			}
			t.Uploads = []rules.Place{place}
		}
		d.Triggers = append(d.Triggers, t)
	}
	return nil
}

// roleName returns the name of a role out of its ARN, acs:ram::ACCOUNT:role/NAME, in which the account may be left open.
func roleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
