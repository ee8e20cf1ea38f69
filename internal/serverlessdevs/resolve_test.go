package serverlessdevs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Variables that name each other end, and do not grow without bound.
func TestNestedVariables(t *testing.T) {
	function := "resources: {f: {props: {functionName: f, region: \"${vars.last}\"}}}\n"
	double, lists := "vars:\n  v0: x\n", "vars:\n  v0: [x]\n"
	chain := "vars:\n  v0: x\n"
	for i := range 300 {
		if i < 60 {
			double += fmt.Sprintf("  v%d: \"${vars.v%d}${vars.v%d}\"\n", i+1, i, i)
			lists += fmt.Sprintf("  v%d: [\"${vars.v%d}\", \"${vars.v%d}\"]\n", i+1, i, i)
		}
		chain += fmt.Sprintf("  v%d: \"${vars.v%d}\"\n", i+1, i)
	}
	long := "vars: {v: " + strings.Repeat("x", 1000) + "}\n"
	for _, tt := range []struct{ name, text, region, err string }{
		{"a chain", "vars: {a: b, c: \"${vars.a}${vars.a}\", last: \"${vars.c}!\"}\n" + function, "bb!", ""},
		{"of itself", "vars: {last: \"<${vars.last}>\"}\n" + function, "", "s.yaml:1:14: <${vars.last}> names itself: write out its value"},
		{"a cycle", "vars: {a: \"<${vars.last}>\", last: \"(${vars.a})\"}\n" + function, "", "s.yaml:1:35: (${vars.a}) names itself: write out its value"},
		{"a cycle of mappings", "vars: {last: {a: \"${vars.last}\"}}\n" + function, "", "s.yaml:1:14: the value names itself: write out its value"},
		{"a cycle of resources", strings.Replace(function, "${vars.last}", "${resources.f.props.region}", 1), "", "s.yaml:1:50: ${resources.f.props.region} names itself: write out its value"},
		{"doubled", double + "  last: \"${vars.v60}\"\n" + function, "", "s.yaml:22:8: variables grow to more than 1048576 bytes here; write out the ones that name others"},
		{"doubled lists", lists + "  last: \"${vars.v60}\"\n" + function, "", "s.yaml:20:9: variables grow to more than 1048576 bytes here; write out the ones that name others"},
		{"a long chain", chain + "  last: \"${vars.v300}\"\n" + function, "", "s.yaml:204:9: variables name others more than 100 deep: write out their values"},
		{"many in a value", long + strings.Replace(function, "${vars.last}", strings.Repeat("${vars.v}", 2000), 1), "", "s.yaml:2:50: variables grow to more than 1048576 bytes here; write out the ones that name others"},
	} {
		all, err := Parse("s.yaml", []byte(tt.text))
		switch {
		case tt.err != "":
			if err == nil || err.Error() != tt.err {
				t.Errorf("%s: %v, want %s", tt.name, err, tt.err)
			}
		case err != nil || all[0].Region != tt.region:
			t.Errorf("%s: %+v, %v; want region %s", tt.name, all, err, tt.region)
		}
	}
}

// Templates count as often as they are extended.
func TestTemplatesAreBounded(t *testing.T) {
	text := "template: {t: {environmentVariables: {"
	for i := range 1000 {
		text += fmt.Sprintf("A%d: b,", i)
	}
	text += "}}}\nresources:\n"
	for i := range 3000 {
		text += fmt.Sprintf("  f%d: {extend: {name: t}, props: {functionName: f}}\n", i)
	}
	_, err := Parse("s.yaml", []byte(text))
	if want := "variables grow to more than 1048576 bytes here; write out the ones that name others"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// Large files end soon, in functions or an error.
func TestHostileFiles(t *testing.T) {
	list := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	function := func(name string) string { return "resources: {f: {props: {functionName: " + name + "}}}\n" }
	for _, tt := range []struct{ name, text, err string }{
		{"resources", "resources:\n" + list("  f%d: {props: {functionName: f}}\n", 3_000), ""},
		{"variables", "vars:\n" + list("  v%d: x\n", 3_000) + "resources: {f: {props: {functionName: f, environmentVariables: {" + list("A%d: \"${vars.v%[1]d}\",", 3_000) + "}}}}\n", ""},
		{"uses", "vars: {a: ''}\n" + function(`"f`+strings.Repeat("${vars.a}", 10_000)+`"`), ""},
		{"unclosed", function(`"` + strings.Repeat("${", 200_000) + `"`), ""},
		{"unknown", function(`"` + strings.Repeat("${config('A')}", 6_000) + `"`), ""},
		{"calls", function(`"${` + strings.Repeat("json(", 50_000) + "'1'" + strings.Repeat(")", 50_000) + `}"`), "this expression is not read here"},
		{"ignored", "template:\n  t: {" + list("k%d: v,", 6_000) + "}\nresources:\n  f: {extend: {name: t, ignore: [" + list("k%d,", 6_000) + "]}, props: {functionName: f}}\n", "variables grow"},
	} {
		start := time.Now()
		_, err := Parse("s.yaml", []byte(tt.text))
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %.200v, want %s", tt.name, err, tt.err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: takes %v", tt.name, took)
		}
	}
}

// What only Serverless Devs knows is an error where it is needed, and nowhere else.
func TestUnknown(t *testing.T) {
	const text = `vars: {account: "${config('AccountID')}", bucket: "up-${config('AccountID')}"}
resources:
  f:
    props:
      functionName: f
      region: "${resources.net.output.region}"
      role: "acs:ram::${vars.account}:role/r"
      environmentVariables: {BUCKET: "${vars.bucket}", OTHER: x, SECRET: "${secret('a/b')}"}
      asyncInvokeConfig: {destinationConfig: {onFailure: {destination: "acs:mns:r:${vars.account}:/topics/t/messages"}}}
      triggers:
        - {triggerType: oss, invocationRole: "acs:ram::${vars.account}:role/i", sourceArn: "acs:oss:r:${vars.account}:b"}
        - {triggerType: oss, sourceArn: "acs:oss:r:1:${vars.bucket}"}
        - triggerType: eventbridge
          triggerConfig: {eventRuleFilterPattern: '{"source": ["acs.oss"], "subject": [{"prefix": "acs:oss:r:${config("AccountID")}:b/in/"}]}'}
`
	t.Setenv("AccountID", "")
	for account, want := range map[string]map[string]string{
		"": {
			"region":                      "s.yaml:6:15: region: ${resources.net.output.region} is known only once Serverless Devs has deployed net: write the value itself",
			"environmentVariables.BUCKET": "s.yaml:8:38: environmentVariables.BUCKET: ${config('AccountID')} is known to Serverless Devs alone: set the environment variable AccountID, which it reads as well",
			"environmentVariables.SECRET": `s.yaml:8:74: environmentVariables.SECRET: ${secret('a/b')} is known to Serverless Devs alone: use ${env(…)} for what is needed here`,
			"triggers":                    "s.yaml:12:41: triggers: ${config('AccountID')} is known to Serverless Devs alone: set the environment variable AccountID, which it reads as well",
		},
		"42": {
			"region":                      "s.yaml:6:15: region: ${resources.net.output.region} is known only once Serverless Devs has deployed net: write the value itself",
			"environmentVariables.SECRET": `s.yaml:8:74: environmentVariables.SECRET: ${secret('a/b')} is known to Serverless Devs alone: use ${env(…)} for what is needed here`,
		},
	} {
		all, err := ParseAs("s.yaml", []byte(text), account)
		if err != nil {
			t.Fatal(err)
		}
		f, got := all[0], map[string]string{}
		for name, err := range f.Unknown {
			got[name] = err.Error()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("account %q: -want +got:\n%s", account, diff)
		}
		if f.Role != "r" || f.Triggers[0].Role != "i" || f.Triggers[0].Uploads[0].Bucket != "b" || len(f.Destinations) != 1 {
			t.Errorf("account %q: %+v", account, f)
		}
		if bucket := f.Environment["BUCKET"]; account != "" && bucket != "up-42" {
			t.Errorf("account %q: the bucket is %s", account, bucket)
		}
	}
}

// Structures that are not known are no empty ones.
func TestUnknownStructures(t *testing.T) {
	const unknown = `"${resources.x.output.y}"`
	for props, name := range map[string]string{
		"triggers: " + unknown:        "triggers",
		"triggers: [" + unknown + "]": "triggers",
		"triggers: [{triggerType: oss, sourceArn: 'a:b', triggerConfig: " + unknown + "}]":           "triggers",
		"triggers: [{triggerType: oss, sourceArn: 'a:b', triggerConfig: {filter: " + unknown + "}}]": "triggers",
		"triggers: [{triggerType: oss, sourceArn: 'a:b', triggerConfig: {events: " + unknown + "}}]": "triggers",
		"environmentVariables: " + unknown: "environmentVariables",
		"asyncInvokeConfig: " + unknown:    "asyncInvokeConfig",
		"functionName: " + unknown:         "functionName",
		"logConfig: " + unknown:            "logConfig",
	} {
		all, err := Parse("s.yaml", []byte("resources: {f: {props: {<<: {functionName: f}, "+props+"}}}"))
		if err != nil {
			t.Errorf("%s: %v", props, err)
		} else if all[0].Known(name) == nil || all[0].Known("region", "role") != nil {
			t.Errorf("%s: unknown is %v, want %s", props, all[0].Unknown, name)
		}
	}
}

// Positions are those of the text with its variables, in the file itself.
func TestPositions(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("base.yaml", "\n\n\nresources:\n  f:\n    props:\n      functionName: f\n      triggers: [{triggerType: oss, sourceArn: 'acs:oss:r:1:b'}]\n")
	const text = "extend: ./base.yaml\nvars: {b: bucket}\nresources:\n  g: {props: {functionName: \"${vars.b}-g\", triggers: [{triggerType: oss, sourceArn: \"${vars.b}\"}]}}\n"
	all, err := Parse(filepath.Join(dir, "s.yaml"), []byte(text))
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	want := []Pos{{1, 9, 11}, {1, 9, 11}, {4, 29, 11}, {4, 85, 9}}
	got := []Pos{all[0].Pos, all[0].Triggers[0].Pos, all[1].Pos, all[1].Triggers[0].Pos}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What cannot be read is an error with its place.
func TestResolveErrors(t *testing.T) {
	for _, tt := range []struct{ head, value, err string }{
		{"", "${vars.a}", "s.yaml:2:50: ${vars.a}: vars.a is not defined: define it, or write the value itself"},
		{"vars: {up: x}", "${vars.upp}", "s.yaml:2:50: ${vars.upp}: vars.upp is not defined; did you mean vars.up?"},
		{"vars: {m: {a: b}}", "x${vars.m}", "s.yaml:2:50: ${vars.m} is a mapping, which cannot be a part of a text: name one of its fields"},
		{"", "${vars.a || 'x'}", "s.yaml:2:50: ${vars.a || 'x'}: vars.a || 'x' is not defined: define it, or write the value itself"},
		{"", "${1 + 2}", "s.yaml:2:50: ${1 + 2}: this expression is not read here: write a variable, or a function with texts in quotes"},
		{"", "${env('A','b').trim()}", "s.yaml:2:50: ${env('A','b').trim()}: this expression is not read here: write a variable, or a function with texts in quotes"},
		{"", "${env()}", "s.yaml:2:50: ${env()}: give an argument in quotes"},
		{"", "${upper('a')}", "s.yaml:2:50: ${upper('a')}: the function upper is not read here: write the value itself"},
		{"", "${path('./none')}", "s.yaml:2:50: ${path('./none')}: there is no file ./none"},
		{"", "${file('testdata')}", "s.yaml:2:50: ${file('testdata')}: "},
		{"", "${yaml('a: [')}", "s.yaml:2:50: ${yaml('a: [')}: the text is no YAML: "},
		{"", "${}", "s.yaml:2:50: ${}: this expression is not read here"},
		{"", "${resources.g.props.a}", "s.yaml:2:50: ${resources.g.props.a}: resources.g is not defined"},
		{"", "${this.props.none}", "s.yaml:2:50: ${this.props.none}: this.props.none is not defined"},
		{"extend: ./none.yaml", "x", "s.yaml:1:9: there is no file none.yaml, which the file extends"},
		{"extend: ./none.txt", "x", "s.yaml:1:9: extend names ./none.txt: name a file that ends in .yaml or .yml"},
	} {
		text := tt.head + "\nresources: {f: {props: {functionName: f, region: \"" + tt.value + "\"}}}\n"
		if _, err := Parse("s.yaml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), tt.err) {
			t.Errorf("%s %s: %v, want %s", tt.head, tt.value, err, tt.err)
		}
	}
	for text, want := range map[string]string{
		"resources: {f: {extend: {name: t}, props: {functionName: f}}}":              "s.yaml:1:32: there is no template t: define it below template, or remove extend",
		"vars: {p: {functionName: f}}\nresources: {f: {props: \"${vars.p}\"}}":       "s.yaml:2:24: props is a variable, which Serverless Devs does not replace there: use a template, or variables in its fields",
		"resources: {f: {props: {functionName: f, environmentVariables: {A: [b]}}}}": "s.yaml:1:68: the environment variable A is not a text: write one",
	} {
		if _, err := Parse("s.yaml", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// Any use of variables ends, in a value or in an error with a place.
func FuzzResolve(f *testing.F) {
	for _, seed := range []string{"${vars.a.b}", "${env('A','b')}", "x${file('./s.yaml')}", "${json('[1]')}", "${this.props.region}",
		"${resources.f.props.functionName}", "${vars}", "${yaml('- &a [*a]')}", "${config('AccountID')}:${secret(\"x\")}", "${vars.list.0}", "${env(vars.a.b, 'x')}"} {
		f.Add(seed, "${vars.a.b}")
	}
	f.Fuzz(func(t *testing.T, value, other string) {
		text := fmt.Sprintf("vars: {a: {b: x, c: %q}, list: [%q, y], d: %q}\nresources: {f: {props: {functionName: f, region: %q, environmentVariables: {A: %q}, triggers: %q}}}\n",
			other, value, other, value, other, value)
		all, err := Parse("s.yaml", []byte(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "s.yaml:") {
				t.Error(err)
			}
			return
		}
		for _, v := range append([]string{all[0].Region}, all[0].Environment["A"]) {
			if variableUse.MatchString(v) && !variableUse.MatchString(value+other) {
				t.Errorf("%q is taken as text", v)
			}
		}
	})
}
