package rampolicy

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"onput/process"
	"onput/rules"
)

// Deployment holds the names and places that the rules do not contain.
type Deployment struct {
	Region  string // "" for any
	Account string // account id; "" for any, which in effect is the policy's own account

	Function     string
	FunctionRole string
	Triggers     []Trigger
	RuleObject   process.Location // object with the rules; zero if they are deployed with the function
	Destinations []string         // ARNs of the destinations of ended invocations
	LogProject   string
	Logstore     string

	IMMProject string
	IMMRole    string
}

// Trigger is a trigger of the function and the role with which it invokes it.
type Trigger struct {
	Role    string                   // "" for a service's own role, which exists already
	Service string                   // the service that assumes the role: "oss.aliyuncs.com"
	Uploads []rules.BucketKeyPattern // the uploads that it delivers, if any
}

// Role is the role of one party: the services that it trusts, and its permissions.
type Role struct {
	Name   string
	Trust  Document
	Policy Document
}

// Derive returns the roles that the rules need in a deployment: the function's, its triggers' and IMM's. If no trigger
// delivers uploads, uploads come from all sources of the rules.
func Derive(set *rules.Set, d Deployment) []Role {
	d.Region, d.Account = cmp.Or(d.Region, "*"), cmp.Or(d.Account, "*")
	var uploads []rules.BucketKeyPattern
	for _, t := range d.Triggers {
		uploads = append(uploads, t.Uploads...)
	}
	access := set.Access(uploads)
	roles := []Role{{d.FunctionRole, trustPolicy("fc.aliyuncs.com"), d.functionPolicy(&access)}}
	roles = append(roles, d.triggerRoles()...)
	return Merge(append(roles, Role{d.IMMRole, trustPolicy("imm.aliyuncs.com"), d.immPolicy(&access)}))
}

// Merge merges roles of the same name, with their trusted services and permissions.
func Merge(roles []Role) []Role {
	var merged []Role
	for _, r := range roles {
		i := slices.IndexFunc(merged, func(m Role) bool { return m.Name == r.Name })
		if i < 0 {
			merged = append(merged, r)
			continue
		}
		m := &merged[i]
		for _, service := range r.Trust.Statement[0].Principal.Service {
			if services := m.Trust.Statement[0].Principal.Service; !slices.Contains(services, service) {
				m.Trust = trustPolicy(append(slices.Clip(services), service)...)
			}
		}
		m.Policy.Statement = slices.Clip(m.Policy.Statement)
		for _, s := range r.Policy.Statement {
			if !slices.ContainsFunc(m.Policy.Statement, func(there Statement) bool { return reflect.DeepEqual(there, s) }) {
				m.Policy.Statement = append(m.Policy.Statement, s)
			}
		}
	}
	return merged
}

// trustPolicy returns a trust policy for services.
func trustPolicy(services ...string) Document {
	return newDocument(Statement{Effect: "Allow", Action: []string{"sts:AssumeRole"}, Principal: &Principal{services}})
}

// functionPolicy returns the policy of the function's role.
//
// To submit a process, the role needs the permissions of the process itself:
// https://www.alibabacloud.com/help/en/oss/user-guide/permissions. It is not documented whether oss:ProcessImm applies to the
// bucket or to the object, so both are allowed.
//
// Appending to an object needs oss:PutObject: https://help.aliyun.com/en/oss/developer-reference/append-upload-2
//
// Function Compute delivers failed invocations and writes the log with the same role:
// https://www.alibabacloud.com/help/en/fc/user-guide/result-callback
func (d *Deployment) functionPolicy(a *rules.Access) Document {
	sources := objectResources(a, func(o *rules.OutputAccess) []rules.BucketKeyPattern { return o.Sources })
	processable := slices.Clone(sources)
	var tasks []string
	for i := range a.Outputs {
		for _, p := range a.Outputs[i].Sources {
			processable = append(processable, ossResource(p.Bucket))
		}
		tasks = append(tasks, immActions(&a.Outputs[i])...)
	}
	slices.Sort(tasks)
	statements := []Statement{
		allow([]string{"oss:GetObject", "oss:PostProcessTask"}, sources...),
		allow([]string{"oss:ProcessImm"}, processable...),
		allow([]string{"oss:PutObject"}, objectResources(a, func(o *rules.OutputAccess) []rules.BucketKeyPattern { return o.Targets })...),
		allow(slices.Compact(tasks), d.arn("imm", "project/"+d.IMMProject)),
	}
	if d.RuleObject != (process.Location{}) {
		statements = append(statements, allow([]string{"oss:GetObject"}, ossResource(d.RuleObject.Bucket+"/"+beforeVariable(d.RuleObject.Key))))
	}
	var claims []string
	for _, p := range a.Claims {
		claims = append(claims, objectResource(p))
	}
	statements = append(statements, allow([]string{"oss:GetObject", "oss:PutObject"}, claims...))
	for _, destination := range d.Destinations {
		if s, ok := d.deliveryStatement(destination); ok {
			statements = append(statements, s)
		}
	}
	if d.LogProject != "" {
		statements = append(statements, allow([]string{"log:PostLogStoreLogs"},
			d.arn("log", "project/"+d.LogProject+"/logstore/"+d.Logstore)))
	}
	return newDocument(statements...)
}

// triggerRoles returns the roles that invoke any version of the function:
// https://help.aliyun.com/en/functioncompute/fc-2-0/security-and-compliance/grant-an-event-source-permissions-to-access-function-compute
func (d *Deployment) triggerRoles() []Role {
	var roles []Role
	for _, t := range d.Triggers {
		if t.Role != "" {
			roles = append(roles, Role{Name: t.Role, Trust: trustPolicy(t.Service), Policy: newDocument(allow([]string{"fc:InvokeFunction"},
				d.arn("fc", "functions/"+d.Function), d.arn("fc", "functions/"+d.Function+"/*")))})
		}
	}
	return roles
}

// immPolicy returns the policy of the IMM project's service role. The documentation's example has the last statement, for all
// roles, but does not say whether it is needed:
// https://help.aliyun.com/en/imm/user-guide/custom-permissions-for-media-transcoding
func (d *Deployment) immPolicy(a *rules.Access) Document {
	reads := objectResources(a, func(o *rules.OutputAccess) []rules.BucketKeyPattern { return slices.Concat(o.Sources, o.Clips) })
	var topics []string
	for i := range a.Outputs {
		if topic := a.Outputs[i].Notify; topic != "" {
			topics = append(topics, d.arn("mns", "/topics/"+topic+"/messages"))
		}
	}
	pass := allow([]string{"ram:PassRole"}, "acs:ram::"+d.Account+":role/"+d.IMMRole)
	pass.Condition = map[string]map[string]string{"StringEquals": {"acs:Service": "imm.aliyuncs.com"}}
	return newDocument(
		allow([]string{"oss:GetObject"}, reads...),
		allow([]string{"oss:PutObject"}, objectResources(a, func(o *rules.OutputAccess) []rules.BucketKeyPattern { return o.Targets })...),
		allow([]string{"mns:PublishMessage"}, topics...),
		pass,
	)
}

// immActions returns the IMM actions that an output needs. A style, whose definition is in the bucket, may need any action that
// writes an object.
func immActions(o *rules.OutputAccess) []string {
	if o.Known != nil && o.Known.Action != "" {
		return []string{o.Known.Action}
	}
	var all []string
	for _, op := range process.Operations() {
		if op.Action != "" && !op.NoOutput {
			all = append(all, op.Action)
		}
	}
	return all
}

// deliveryStatement returns the permission to deliver to a destination. It reports false if the destination's kind is unknown.
func (d *Deployment) deliveryStatement(destination string) (Statement, bool) {
	fields := strings.SplitN(destination, ":", 5) // acs:mns:REGION:ACCOUNT:/topics/NAME/messages
	if len(fields) < 5 {
		return Statement{}, false
	}
	if strings.Contains(fields[3], "${") { // known to Serverless Devs only: ${config('AccountID')}
		fields[3] = ""
	}
	fields[2], fields[3] = cmp.Or(fields[2], d.Region), cmp.Or(fields[3], d.Account)
	resource := strings.Join(fields, ":")
	switch {
	case fields[1] == "mns" && strings.HasPrefix(fields[4], "/topics/"):
		return allow([]string{"mns:PublishMessage"}, resource), true
	case fields[1] == "mns" && strings.HasPrefix(fields[4], "/queues/"):
		return allow([]string{"mns:SendMessage"}, resource), true
	case fields[1] == "fc":
		return allow([]string{"fc:InvokeFunction"}, resource, resource+"/*"), true
	case fields[1] == "eventbridge":
		return allow([]string{"eventbridge:PutEvents"}, resource), true
	}
	return Statement{}, false
}

// objectResources returns the resources of the patterns of all outputs.
func objectResources(a *rules.Access, patterns func(*rules.OutputAccess) []rules.BucketKeyPattern) []string {
	var all []string
	for i := range a.Outputs {
		for _, p := range patterns(&a.Outputs[i]) {
			all = append(all, objectResource(p))
		}
	}
	return all
}

// objectResource returns the resource of the objects that a pattern matches.
func objectResource(p rules.BucketKeyPattern) string {
	return ossResource(p.Bucket + "/" + beforeVariable(p.Key))
}

// beforeVariable replaces the rest of a key from ${ on with *, because RAM would expand a variable.
func beforeVariable(key string) string {
	if i := strings.Index(key, "${"); i >= 0 {
		return key[:i] + "*"
	}
	return key
}

// anyOSS is the prefix of a bucket's resource. Region and account may vary, because names of buckets are unique.
const anyOSS = "acs:oss:*:*:"

// ossResource returns the resource of a bucket or, for bucket/key, of an object.
func ossResource(name string) string { return anyOSS + name }

// arn returns the ARN of a resource in the deployment's region and account.
func (d *Deployment) arn(service, name string) string {
	return "acs:" + service + ":" + d.Region + ":" + d.Account + ":" + name
}
