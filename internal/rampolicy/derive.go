package rampolicy

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"onput/process"
	"onput/rules"
)

// Deployment is what is not in the rules: where the function runs, and under what names.
type Deployment struct {
	Region  string // "" for any
	Account string // its id; "" for any, which names the account of the policy all the same

	Function     string // its name
	FunctionRole string
	Triggers     []Trigger
	RuleObject   process.Location // where the function reads its rules; zero where they are deployed with it
	Destinations []string         // ARNs of what Function Compute hands ended invocations to
	LogProject   string
	Logstore     string

	IMMProject string
	IMMRole    string
}

// Trigger is what invokes the function, and the role with which it does.
type Trigger struct {
	Role    string                   // "" for a service's own, which nobody has to make
	Service string                   // that assumes the role, "oss.aliyuncs.com"
	Uploads []rules.BucketKeyPattern // the uploads of which it tells; none if it tells of none
}

// Role is one party: whom it trusts, and what it may do.
type Role struct {
	Name   string
	Trust  Document
	Policy Document
}

// Derive returns the roles that the rules need when they are deployed: the function's, those of its triggers, and IMM's.
// Where no trigger tells of uploads, uploads may come from anywhere that the rules themselves name.
func Derive(set *rules.Set, d Deployment) []Role {
	d.Region, d.Account = cmp.Or(d.Region, "*"), cmp.Or(d.Account, "*")
	var uploads []rules.BucketKeyPattern
	for _, t := range d.Triggers {
		uploads = append(uploads, t.Uploads...)
	}
	access := set.Access(uploads)
	roles := []Role{{d.FunctionRole, trust("fc.aliyuncs.com"), d.function(&access)}}
	roles = append(roles, d.triggers()...)
	return Merge(append(roles, Role{d.IMMRole, trust("imm.aliyuncs.com"), d.imm(&access)}))
}

// Merge makes one of roles of the same name: it trusts whom each of them trusts, and may do what each of them may.
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
				m.Trust = trust(append(slices.Clip(services), service)...)
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

func trust(services ...string) Document {
	return document(Statement{Effect: "Allow", Action: []string{"sts:AssumeRole"}, Principal: &Principal{services}})
}

// function is what the function's role may do. Who asks OSS for a process must be allowed what it asks for:
// https://www.alibabacloud.com/help/en/oss/user-guide/permissions. Whether oss:ProcessImm is asked of the bucket or of the
// object is said nowhere, so it is allowed on both.
//
// What appends to an object needs oss:PutObject: https://help.aliyun.com/en/oss/developer-reference/append-upload-2
//
// Function Compute delivers failed invocations, and writes the log, with the function's role:
// https://www.alibabacloud.com/help/en/fc/user-guide/result-callback
func (d *Deployment) function(a *rules.Access) Document {
	sources := objects(a, func(o *rules.OutputAccess) []rules.BucketKeyPattern { return o.Sources })
	processable := slices.Clone(sources)
	var tasks []string
	for i := range a.Outputs {
		for _, p := range a.Outputs[i].Sources {
			processable = append(processable, oss(p.Bucket))
		}
		tasks = append(tasks, actions(&a.Outputs[i])...)
	}
	slices.Sort(tasks)
	statements := []Statement{
		allow([]string{"oss:GetObject", "oss:PostProcessTask"}, sources...),
		allow([]string{"oss:ProcessImm"}, processable...),
		allow([]string{"oss:PutObject"}, objects(a, func(o *rules.OutputAccess) []rules.BucketKeyPattern { return o.Targets })...),
		allow(slices.Compact(tasks), d.arn("imm", "project/"+d.IMMProject)),
	}
	if d.RuleObject != (process.Location{}) {
		statements = append(statements, allow([]string{"oss:GetObject"}, oss(d.RuleObject.Bucket+"/"+literal(d.RuleObject.Key))))
	}
	var claims []string
	for _, p := range a.Claims {
		claims = append(claims, object(p))
	}
	statements = append(statements, allow([]string{"oss:GetObject", "oss:PutObject"}, claims...))
	for _, destination := range d.Destinations {
		if s, ok := d.deliver(destination); ok {
			statements = append(statements, s)
		}
	}
	if d.LogProject != "" {
		statements = append(statements, allow([]string{"log:PostLogStoreLogs"},
			d.arn("log", "project/"+d.LogProject+"/logstore/"+d.Logstore)))
	}
	return document(statements...)
}

// triggers are the roles with which the function is invoked, whatever its version:
// https://help.aliyun.com/en/functioncompute/fc-2-0/security-and-compliance/grant-an-event-source-permissions-to-access-function-compute
func (d *Deployment) triggers() []Role {
	var roles []Role
	for _, t := range d.Triggers {
		if t.Role != "" {
			roles = append(roles, Role{Name: t.Role, Trust: trust(t.Service), Policy: document(allow([]string{"fc:InvokeFunction"},
				d.arn("fc", "functions/"+d.Function), d.arn("fc", "functions/"+d.Function+"/*")))})
		}
	}
	return roles
}

// imm is what the service role of the IMM project may do. The last statement is in the documentation's example, on every
// role; whether it is needed is not said: https://help.aliyun.com/en/imm/user-guide/custom-permissions-for-media-transcoding
func (d *Deployment) imm(a *rules.Access) Document {
	reads := objects(a, func(o *rules.OutputAccess) []rules.BucketKeyPattern { return slices.Concat(o.Sources, o.Clips) })
	var topics []string
	for i := range a.Outputs {
		if topic := a.Outputs[i].Notify; topic != "" {
			topics = append(topics, d.arn("mns", "/topics/"+topic+"/messages"))
		}
	}
	pass := allow([]string{"ram:PassRole"}, "acs:ram::"+d.Account+":role/"+d.IMMRole)
	pass.Condition = map[string]map[string]string{"StringEquals": {"acs:Service": "imm.aliyuncs.com"}}
	return document(
		allow([]string{"oss:GetObject"}, reads...),
		allow([]string{"oss:PutObject"}, objects(a, func(o *rules.OutputAccess) []rules.BucketKeyPattern { return o.Targets })...),
		allow([]string{"mns:PublishMessage"}, topics...),
		pass,
	)
}

// actions returns the actions of IMM behind an output. What a style does is stored with its bucket: it may be any of them
// that writes an object.
func actions(o *rules.OutputAccess) []string {
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

// deliver is what handing an invocation to a destination takes. It reports false for a destination of no known kind.
func (d *Deployment) deliver(destination string) (Statement, bool) {
	fields := strings.SplitN(destination, ":", 5) // acs:mns:REGION:ACCOUNT:/topics/NAME/messages
	if len(fields) < 5 {
		return Statement{}, false
	}
	if strings.Contains(fields[3], "${") { // only Serverless Devs knows it: ${config('AccountID')}
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

// objects returns the resources of places of all outputs.
func objects(a *rules.Access, places func(*rules.OutputAccess) []rules.BucketKeyPattern) []string {
	var all []string
	for i := range a.Outputs {
		for _, p := range places(&a.Outputs[i]) {
			all = append(all, object(p))
		}
	}
	return all
}

func object(p rules.BucketKeyPattern) string { return oss(p.Bucket + "/" + literal(p.Key)) }

// literal cuts a key off before what RAM would take for a variable.
func literal(key string) string {
	if i := strings.Index(key, "${"); i >= 0 {
		return key[:i] + "*"
	}
	return key
}

// anyOSS is before the name of a bucket in a resource. Such names are unique among all regions and accounts.
const anyOSS = "acs:oss:*:*:"

// oss returns the resource of a bucket, or of an object in one.
func oss(name string) string { return anyOSS + name }

func (d *Deployment) arn(service, name string) string {
	return "acs:" + service + ":" + d.Region + ":" + d.Account + ":" + name
}
