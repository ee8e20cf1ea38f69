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

// Derive returns the roles that the rules need in a deployment: the function's, its triggers', and IMM's if it carries out any
// process. If no trigger
// delivers uploads, uploads come from all sources of the rules.
func Derive(set *rules.Set, d Deployment) []Role {
	d.Region, d.Account = cmp.Or(d.Region, "*"), cmp.Or(d.Account, "*")
	var uploads []rules.BucketKeyPattern
	for _, t := range d.Triggers {
		uploads = append(uploads, t.Uploads...)
	}
	u := d.usage(set.Access(uploads))
	roles := []Role{{d.FunctionRole, trustPolicy("fc.aliyuncs.com"), d.functionPolicy(u)}}
	for _, t := range d.Triggers {
		if t.Role != "" {
			roles = append(roles, Role{t.Role, trustPolicy(t.Service), d.triggerPolicy()})
		}
	}
	if len(u.immReadable) > 0 {
		roles = append(roles, Role{d.IMMRole, trustPolicy("imm.aliyuncs.com"), d.immPolicy(u)})
	}
	return Merge(roles)
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
		m.Trust = trustPolicy(appendMissing(m.Trust.Statement[0].Principal.Service, r.Trust.Statement[0].Principal.Service)...)
		m.Policy.Statement = appendMissing(m.Policy.Statement, r.Policy.Statement)
	}
	return merged
}

// appendMissing returns a new list of the elements of list, and of more that list lacks.
func appendMissing[T any](list, more []T) []T {
	list = slices.Clone(list)
	for _, v := range more {
		if !slices.ContainsFunc(list, func(there T) bool { return reflect.DeepEqual(there, v) }) {
			list = append(list, v)
		}
	}
	return list
}

// trustPolicy returns a trust policy for services.
func trustPolicy(services ...string) Document {
	return newDocument(Statement{Effect: "Allow", Action: []string{"sts:AssumeRole"}, Principal: &Principal{services}})
}

// usage lists the resources that the rules use, as RAM names them, and the actions of IMM.
type usage struct {
	sources, marks, targets, claims, topics []string

	// Of processes that IMM carries out.
	processable, immReadable, immTargets, immActions []string

	heads, tagged []string // objects whose metadata and tags are read
}

// usage returns the resources that the outputs of rules use.
func (d *Deployment) usage(a rules.Access) usage {
	u := usage{claims: objectResources(a.Claims)}
	for i := range a.Outputs {
		o := &a.Outputs[i]
		sources, targets := objectResources(o.Sources), objectResources(o.Targets)
		u.sources, u.targets = append(u.sources, sources...), append(u.targets, targets...)
		u.marks = append(u.marks, objectResources(o.Marks)...)
		if o.NeedsIMM() {
			u.processable = append(u.processable, sources...)
			for _, p := range o.Sources {
				u.processable = append(u.processable, ossPrefix+p.Bucket)
			}
			u.immReadable = append(append(u.immReadable, sources...), objectResources(o.Clips)...)
			u.immTargets = append(u.immTargets, targets...)
		}
		u.immActions = append(u.immActions, immActions(o)...)
		if o.Notify != "" {
			u.topics = append(u.topics, d.arn("mns", "/topics/"+o.Notify+"/messages"))
		}
	}
	u.addLookUps(a.LookUps)
	slices.Sort(u.immActions)
	u.immActions = slices.Compact(u.immActions)
	return u
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
func (d *Deployment) functionPolicy(u usage) Document {
	statements := []Statement{
		allow([]string{"oss:GetObject", "oss:PostProcessTask"}, u.sources...),
		allow([]string{"oss:ProcessImm"}, u.processable...),
		allow([]string{"oss:GetObject"}, u.marks...),
		allow([]string{"oss:PutObject"}, u.targets...),
		allow(u.immActions, d.arn("imm", "project/"+d.IMMProject)),
		allow([]string{"oss:GetObject"}, u.heads...),
		allow([]string{"oss:GetObjectTagging"}, u.tagged...),
	}
	if d.RuleObject != (process.Location{}) {
		statements = append(statements, allow([]string{"oss:GetObject"}, objectResource(rules.BucketKeyPattern(d.RuleObject))))
	}
	statements = append(statements, allow([]string{"oss:GetObject", "oss:PutObject"}, u.claims...))
	for _, destination := range d.Destinations {
		statements = append(statements, d.deliveryStatement(destination))
	}
	if d.LogProject != "" {
		statements = append(statements, allow([]string{"log:PostLogStoreLogs"},
			d.arn("log", "project/"+d.LogProject+"/logstore/"+d.Logstore)))
	}
	return newDocument(statements...)
}

// triggerPolicy returns the policy of a trigger's role, which invokes any version of the function:
// https://help.aliyun.com/en/functioncompute/fc-2-0/security-and-compliance/grant-an-event-source-permissions-to-access-function-compute
func (d *Deployment) triggerPolicy() Document {
	function := d.arn("fc", "functions/"+d.Function)
	return newDocument(allow([]string{"fc:InvokeFunction"}, function, function+"/*"))
}

// immPolicy returns the policy of the IMM project's service role. The documentation's example has the last statement, for all
// roles, but does not say whether it is needed:
// https://help.aliyun.com/en/imm/user-guide/custom-permissions-for-media-transcoding
func (d *Deployment) immPolicy(u usage) Document {
	pass := allow([]string{"ram:PassRole"}, "acs:ram::"+d.Account+":role/"+d.IMMRole)
	pass.Condition = map[string]map[string]string{"StringEquals": {"acs:Service": "imm.aliyuncs.com"}}
	return newDocument(
		allow([]string{"oss:GetObject"}, u.immReadable...),
		allow([]string{"oss:PutObject"}, u.immTargets...),
		allow([]string{"mns:PublishMessage"}, u.topics...),
		pass,
	)
}

// immActions returns the IMM actions that an output needs, none for most synchronous ones. An asynchronous style, whose definition is in the bucket, may need any action that
// writes an object.
func immActions(o *rules.OutputAccess) []string {
	if o.Synchronous || len(o.IMMActions) > 0 {
		return o.IMMActions
	}
	var all []string
	for _, op := range process.Operations() {
		if op.Action != "" && !op.NoOutput && !op.Synchronous {
			all = append(all, op.Action)
		}
	}
	return all
}

// deliveryStatement returns the permission to deliver to a destination, with no actions if its kind is unknown.
func (d *Deployment) deliveryStatement(destination string) Statement {
	fields := strings.SplitN(destination, ":", 5) // acs:mns:REGION:ACCOUNT:/topics/NAME/messages
	if len(fields) < 5 {
		return Statement{}
	}
	if strings.Contains(fields[3], "${") { // known to Serverless Devs only: ${config('AccountID')}
		fields[3] = ""
	}
	fields[2], fields[3] = cmp.Or(fields[2], d.Region), cmp.Or(fields[3], d.Account)
	resource := strings.Join(fields, ":")
	switch service, name := fields[1], fields[4]; {
	case service == "mns" && strings.HasPrefix(name, "/topics/"):
		return allow([]string{"mns:PublishMessage"}, resource)
	case service == "mns" && strings.HasPrefix(name, "/queues/"):
		return allow([]string{"mns:SendMessage"}, resource)
	case service == "fc":
		return allow([]string{"fc:InvokeFunction"}, resource, resource+"/*")
	case service == "eventbridge":
		return allow([]string{"eventbridge:PutEvents"}, resource)
	}
	return Statement{}
}

// ossPrefix is the prefix of a bucket's resource. Region and account may vary, because names of buckets are unique.
const ossPrefix = "acs:oss:*:*:"

// objectResources returns the resources of the objects that each pattern matches.
func objectResources(patterns []rules.BucketKeyPattern) []string {
	var all []string
	for _, p := range patterns {
		all = append(all, objectResource(p))
	}
	return all
}

// objectResource returns the resource of the objects that a pattern matches. It replaces the rest of a key from ${ on with *,
// because RAM would expand a variable.
func objectResource(p rules.BucketKeyPattern) string {
	key := p.Key
	if i := strings.Index(key, "${"); i >= 0 {
		key = key[:i] + "*"
	}
	return ossPrefix + p.Bucket + "/" + key
}

// arn returns the ARN of a resource in the deployment's region and account.
func (d *Deployment) arn(service, name string) string {
	return "acs:" + service + ":" + d.Region + ":" + d.Account + ":" + name
}
