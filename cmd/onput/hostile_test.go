package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"onput/internal/localcloud"
	"onput/rules"
)

// hostileTexts are attacks on terminals and on logs of CI systems.
var hostileTexts = []string{
	"\x1b]0;title\a\x1b[2J\x1b[31m",       // sets the title, clears the screen
	"\u009b31m\u009d52;c;AAAA\u009c\x7f",  // the same in C1, and DEL
	"a\r\b\bb\x00",                        // writes over a line
	"\u202eexe.\u2066x\u2069\u200b\ufeff", // turns the direction of writing, zero width
	"\u2028::warning::x\u2029\u0085\v\f",  // other line breaks
	"\r::add-mask::x%0A::error::x",        // workflow commands of GitHub
	"::stop-commands::x", "::error file=a,line=1::x", "##[error]x", "##vso[task.complete result=Failed]", "##teamcity[blockOpened]",
	"\xff\xc0\x80\xed\xa0\x80\xf5",        // no UTF-8
	"\U000e0041\U0001d173 \t<b>'\"`$(id)", // invisible beyond 16 bits
}

// A line that begins with forged was printed by no command.
const forged = "FORGED"

// hostileFiles are rule files with a hostile text at each T.
var hostileFiles = []string{
	"version: 1\nrules:\n  - {name: T, match: \"*.docx\", process: \"doc/convert,target_png\", target: T}\n",
	"version: T\nT: T\nrules: T\n",
	"version: 1\nsources: [T]\ndefaults: {events: [T], notify: T, target: {bucket: T}}\nclaims: {bucket: T, prefix: T, by: T, unreachable: T}\nfailures: {permanent: T}\nrules: [{T: T, name: a, mode: T, enabled: T, match: {T: T, size: {min: T}}, process: T, notify: T}]\n",
	"version: 1\nsources: [acme-uploads/T]\nrules: [{name: a, match: \"*.docx\", process: \"doc/convert,target_png\", target: {bucket: dst, key: \"{key}.png\"}}]\n",
	"version: 1\nrules: [{name: a, match: {key: T, not: T, prefix: T, suffix: T, bucket: T, type: T, events: T, where: {T: T}}, process: {doc/convert: {target: png}}, target: {bucket: dst, key: T}}]\n",
	"version: 1\nsources: [src]\nrules:\n" +
		"  - {name: prefix, match: {prefix: T}, process: \"doc/convert,target_png\", target: {bucket: dst, key: \"p/{key}\"}}\n" +
		"  - {name: suffix, match: {suffix: T}, process: \"doc/convert,target_png\", target: {bucket: dst, key: \"s/{key}\"}}\n" +
		"  - {name: type, match: {type: T}, process: \"doc/convert,target_png\", target: {bucket: dst, key: \"t/{key}\"}}\n" +
		"  - {name: events, match: {key: \"*.docx\", events: T}, process: \"doc/convert,target_png\", target: {bucket: dst, key: \"e/{key}\"}}\n" +
		"tests:\n  - {upload: {key: T, type: T, event: T, record: {T: T}}, fires: [T, {rule: T, process: T, target: T}]}\n  - {upload: T, fires: []}\n",
	"version: 1\nsources: [src]\nrules:\n" +
		"  - {name: where, match: {where: {T: T}}, process: \"doc/convert,target_png\", target: {bucket: dst, key: \"w/{key}\"}}\n",
	"version: 1\nsources: [src]\nrules:\n" +
		"  - {name: key, match: {key: T}, process: \"doc/convert,target_png\", target: {bucket: dst, key: \"w/{key}\"}}\n",
	"version: 1\nsources: [src]\nrules:\n" +
		"  - {name: not, match: {key: \"**\", not: T}, process: \"doc/convert,target_{ext}\", target: {bucket: dst, key: \"w/{key}\"}}\n" +
		"  - {name: log, mode: log, match: {key: \"**\"}, process: \"style/x\", target: {bucket: dst, key: \"w/{key}\"}, notify: done}\n",
	"version: 1\nsources: [\"${env('T')}\", \"${T\", \"${env('NONE', 'T')}\"]\nrules: [{name: a, match: \"*\", process: {T: {T: T}}, target: {bucket: T, key: T}}, {name: b, match: [T], outputs: [{process: {doc/convert: {T: T, target: T}}, target: T}]}]\n",
	"version: 1\nrules: [{name: a, match: \"{T}.docx\", process: \"doc/convert,target_T,T_1\", target: \"{T}\"}]\n",
	"version: 1\nrules: [{name: a, match: T, process: \"doc/convert,target_png\", target: \"{key}T\"}]\n", // triggers itself
	"T", "T: [T", "- T\n- *T\n- &T T\n- !T T\n", "version: 1\nrules:\n\tT", "version: 1\n---\nT", "%T", "{T: T", "'T", "version: 1\nrules: # T\n  - name: X # T\n",
}

// hostileDeployment is a Serverless Devs file with the text at T.
const hostileDeployment = `
resources:
  fn:
    props:
      functionName: T
      region: cn-hangzhou
      role: T
      environmentVariables: {NONE: T, ONPUT_RULES: "oss://T"}
      logConfig: {project: T, logstore: T}
      asyncInvokeConfig: {destinationConfig: {onFailure: {destination: T}}}
      triggers:
        - {triggerType: oss, invocationRole: T, sourceArn: "acs:oss:cn-hangzhou:1:T", triggerConfig: {events: [T], filter: {key: {prefix: T, suffix: T}}}}
        - {triggerType: T}
        - {triggerType: eventbridge, triggerConfig: {eventRuleFilterPattern: P}}
`

// hostileOutput runs commands on a hostile text, and checks that a terminal or a CI system can only show what they print.
type hostileOutput struct {
	*testing.T
	dir, text string
	server    *httptest.Server
}

// write writes a file and returns its path.
func (h *hostileOutput) write(name, content string) string {
	path := filepath.Join(h.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		h.Fatal(err)
	}
	return path
}

// quoted returns a template with the text instead of each T, as YAML quotes it.
func (h *hostileOutput) quoted(template string) string {
	quoted := strconv.QuoteToASCII(h.text)
	inside := quoted[1 : len(quoted)-1]
	var b strings.Builder
	inString := false
	for i := 0; i < len(template); i++ {
		switch c := template[i]; {
		case c == '"':
			inString = !inString
			b.WriteByte(c)
		case c != 'T' || i > 0 && 'A' <= template[i-1] && template[i-1] <= 'Z' || i+1 < len(template) && 'a' <= template[i+1] && template[i+1] <= 'z':
			b.WriteByte(c)
		case inString:
			b.WriteString(inside)
		default:
			b.WriteString(quoted)
		}
	}
	return b.String()
}

// run runs the command, checks its output, and returns it.
func (h *hostileOutput) run(args ...string) string {
	h.Helper()
	var out, errs strings.Builder
	run(args, &streams{strings.NewReader(""), &out, &errs})
	h.check(args, out.String())
	h.check(args, errs.String())
	last := args[len(args)-1]
	if (last == "--json" || last == "--format=json") && out.Len() > 0 && !json.Valid([]byte(out.String())) {
		h.Errorf("%q printed no JSON: %q", args, out.String())
	}
	return out.String()
}

func (h *hostileOutput) check(args []string, printed string) {
	h.Helper()
	for i, r := range printed {
		if _, size := utf8.DecodeRuneInString(printed[i:]); r == utf8.RuneError && size == 1 || !strconv.IsGraphic(r) && r != '\n' && r != '\t' {
			h.Errorf("%q printed %q raw: %q", args, printed[i:i+size], around(printed, i))
			return
		}
	}
	for line := range strings.Lines(printed) {
		start := strings.TrimSpace(line)
		github := strings.HasPrefix(start, "::error file=") || strings.HasPrefix(start, "::warning file=")
		if strings.HasPrefix(start, "::") && !(github && args[len(args)-1] == "--format=github") || strings.HasPrefix(start, forged) {
			h.Errorf("%q printed the line %q", args, line)
			return
		}
	}
	for _, command := range []string{"##[", "##vso[", "##teamcity["} {
		if i := strings.Index(printed, command); i >= 0 {
			h.Errorf("%q printed a command: %q", args, around(printed, i))
			return
		}
	}
	if bound := 64 << 10; len(printed) > bound && args[len(args)-1] != "--json" {
		h.Errorf("%q printed %d bytes", args, len(printed))
	}
}

func around(s string, i int) string { return s[max(0, i-60):min(len(s), i+40)] }

// rules runs the commands that read rules. It leaves out those that would compile the function.
func (h *hostileOutput) rules(src string) {
	h.Helper()
	file := h.write("rules.yaml", src)
	s := h.write("s.yaml", h.quoted(strings.Replace(hostileDeployment, "P}", "'{\"source\": [\"acs.oss\"], \"type\": [\"T\"], \"subject\": [{\"prefix\": \"T\"}]}'}", 1)))
	plain := h.write("plain.yaml", h.quoted(strings.Replace(hostileDeployment, "- {triggerType: eventbridge, triggerConfig: {eventRuleFilterPattern: P}}", "", 1)))
	event := h.write("event.json", h.event())
	failed := h.write("failed.json", h.records())
	for _, args := range [][]string{{"check", file}, {"check", file, "--s", plain}, {"check", file, "--s", s}} {
		h.run(args...)
		found := strings.Count(h.run(append(args, "--format=json")...), `"severity": `)
		if annotations := strings.Count(h.run(append(args, "--format=github")...), "\n"); annotations != found {
			h.Errorf("%q: %d findings, %d lines for GitHub", args, found, annotations)
		}
	}
	for _, json := range []string{"--json=false", "--json"} {
		h.run("explain", "a.docx", file, json)
		h.run("explain", h.text, file, json)
		h.run("explain", "oss://"+h.text+"/a.docx", file, json)
		h.run("explain", h.text+"a.docx", file, "--bucket", "src", "--event", h.text, "--type", h.text, json)
		h.run("explain", event, file, json)
		h.run("explain", h.text, h.text+"a.docx", "oss://"+h.text+"/b.docx", file, json)
		h.run("explain", "--event", event, file, json)
		h.run("explain", "--event", failed, file, json)
		h.run("test", file, json)
		h.run("policy", file, "--s", plain, json)
		h.run("replay", failed, "--rules", file, "--region", "cn-hangzhou", json)
		h.run("replay", event, "--rules", file, "--region", "cn-hangzhou", json)
	}
	h.run("policy", file, "--s", plain, "--format=cli", "--account", h.text, "--imm-role", h.text, "--imm-project", h.text)
	if _, err := rules.Load(file, []byte(src), rules.Options{}); err != nil {
		h.run("package", "--rules", file, "--dir", h.dir)
		h.write("main.go", "")
		h.run("run", "--dir", h.dir, "--rules", file)
		return
	}
	if h.server != nil {
		h.run("doctor", file, "--s", plain, "--endpoint", h.server.URL, "--sts", h.server.URL, "--imm", h.server.URL, "--smq", h.server.URL)
		h.run("replay", "oss://acme-state/failed/", "--rules", file, "--region", "cn-hangzhou", "--endpoint", h.server.URL)
		h.run("replay", failed, "--rules", file, "--region", "cn-hangzhou", "--endpoint", h.server.URL, "--yes", "--again", "--done", filepath.Join(h.dir, "done"))
	}
}

// event returns an event whose fields are the text.
func (h *hostileOutput) event() string {
	q := jsonText(h.text)
	return fmt.Sprintf(`{"events":[{"eventName":%s,"oss":{"bucket":{"name":%[1]s},"object":{"key":%[1]s,"size":1,"type":%[1]s,"eTag":%[1]s}},"userIdentity":{"principalId":%[1]s}},
{"eventName":"ObjectCreated:PutObject","responseElements":{"requestId":%[1]s},"oss":{"bucket":{"name":"src"},"object":{"key":"%[2]sa.docx","size":1}}},{%[1]s:%[1]s},%[1]s]}`, q, q[1:len(q)-1])
}

// records returns onFailure deliveries and failure records whose fields are the text.
func (h *hostileOutput) records() string {
	q := jsonText(h.text)
	return fmt.Sprintf(`{"requestContext":{"requestId":%s,"condition":%[1]s},"requestPayload":%[2]s,"responsePayload":{"errorType":%[1]s,"errorMessage":%[1]s}}
{"version":1,"requestId":%[1]s,"bucket":%[1]s,"key":%[1]s,"rule":%[1]s,"process":%[1]s,"target":%[1]s,"errorType":%[1]s,"error":%[1]s,"event":%[2]s}
{"version":%[1]s,"rule":%[1]s,"event":%[1]s}
{"version":1,"rule":"a","event":%[1]s}
{"requestPayload":%[1]s}
{"Message":%[1]s}
%[3]s
`, q, h.event(), h.text)
}

// jsonText quotes a text like [json.Marshal], and keeps the bytes that are no UTF-8.
func jsonText(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 || r >= 0x7f {
			b.WriteString(s[:size])
		} else {
			q, _ := json.Marshal(s[:size])
			b.Write(q[1 : len(q)-1])
		}
		s = s[size:]
	}
	return `"` + b.String() + `"`
}

// serve starts a server that answers every request with the text: as a listing, as information on a bucket, as an error.
func (h *hostileOutput) serve() {
	escaped := new(strings.Builder)
	if err := xml.EscapeText(escaped, []byte(h.text)); err != nil {
		h.Fatal(err)
	}
	t := escaped.String()
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-oss-request-id", strings.ToValidUTF8(h.text, "?"))
		w.Header().Set("x-oss-ec", h.text)
		q := r.URL.Query()
		switch {
		case q.Has("bucketInfo"):
			fmt.Fprintf(w, "<BucketInfo><Bucket><Location>%s</Location><Name>%[1]s</Name><StorageClass>%[1]s</StorageClass><Versioning>%[1]s</Versioning><ServerSideEncryptionRule><SSEAlgorithm>%[1]s</SSEAlgorithm></ServerSideEncryptionRule></Bucket></BucketInfo>", t)
		case q.Has("notification"):
			fmt.Fprintf(w, "<NotificationConfiguration><FunctionComputeConfiguration><ID>%s</ID><Event>%[1]s</Event><Event>oss:ObjectCreated:*</Event><Filter><Key><Prefix></Prefix><Suffix></Suffix></Key></Filter><Function><Arn>acs:fc:::functions/%[1]s</Arn></Function></FunctionComputeConfiguration></NotificationConfiguration>", t)
		case q.Get("list-type") == "2":
			fmt.Fprintf(w, "<ListBucketResult><Name>%s</Name><IsTruncated>false</IsTruncated><Contents><Key>%[1]s</Key><Size>1</Size></Contents><Contents><Key>failed/a</Key><Size>1</Size></Contents></ListBucketResult>", t)
		case strings.HasSuffix(r.URL.Path, "failed/a"):
			fmt.Fprint(w, h.records())
		default:
			w.WriteHeader(403)
			fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%[1]s</Message><RequestId>%[1]s</RequestId><EC>%[1]s</EC></Error>", t)
		}
	}))
	h.Cleanup(h.server.Close)
}

// commandLine runs commands whose arguments are the text.
func (h *hostileOutput) commandLine() {
	h.Helper()
	t := h.text
	for _, args := range [][]string{
		{t}, {"--" + t}, {"check", t}, {"check", t, "--json"}, {"check", "--format", t}, {"explain", t}, {"explain", t + ".json"}, {"explain", "a", t},
		{"test", t}, {"ops", t}, {"ops", t, "--json"}, {"run", "--dir", t}, {"run", "--dir", root, "--rules", t}, {"run", "--dir", root, "--put", t},
		{"run", "--runtime", t}, {"replay", t}, {"replay", "oss://" + t, "--region", "cn-hangzhou"}, {"replay", "oss://acme/" + t},
		{"replay", t, "--endpoint", t}, {"replay", "a", "--rules", "oss://" + t}, {"policy", t}, {"policy", "--s", t}, {"package", "--dir", t},
		{"package", "--rules", t}, {"package", "--zip", "target/" + t}, {"doctor", "--region", t}, {"doctor", "--s", t}, {"doctor", "--endpoint", t},
		{"schema", t}, {"completion", t},
	} {
		h.run(args...)
	}
	name := strings.NewReplacer("/", "", "\x00", "").Replace(t)
	path := filepath.Join(h.dir, name)
	for _, content := range []string{"version: 2\n", "{", "%PDF-1.7\n", "version: 1\nrules: [{name: a, match: \"*.docx\", process: \"doc/convert,target_png\", target: \"{key}.png\"}]\ntests: [{upload: b, fires: [a]}]\n"} {
		if os.WriteFile(path, []byte(content), 0o644) != nil {
			return // no name of a file
		}
		for _, args := range [][]string{
			{"check", path}, {"check", path, "--format=github"}, {"check", path, "--json"}, {"explain", "a", path}, {"test", path}, {"policy", path, "--s", path},
			{"check", filepath.Join(root, "rules", "rules.yaml"), "--s", path}, {"replay", path, "--rules", filepath.Join(root, "rules", "rules.yaml")},
			{"explain", path, filepath.Join(root, "rules", "rules.yaml")}, {"doctor", path, "--s", path}, {"package", "--dir", h.dir, "--rules", name, "--out", name},
		} {
			h.run(args...)
		}
	}
}

// setHostileEnv gives commands keys that no answer may repeat, and no settings of the machine.
func setHostileEnv(t *testing.T, text string) {
	for name, value := range map[string]string{"OSS_ACCESS_KEY_ID": "id", "OSS_ACCESS_KEY_SECRET": "secret", "OSS_SESSION_TOKEN": "",
		"OSS_REGION": "", "OSS_ENDPOINT": "", "HOSTILE": strings.ReplaceAll(text, "\x00", "")} {
		t.Setenv(name, value)
	}
}

// TestHostileOutput checks that no command prints a text from outside raw: not from rule files, events, records, Serverless
// Devs files, answers, names of files, or the command line.
func TestHostileOutput(t *testing.T) {
	texts := []string{strings.Join(hostileTexts, "")}
	if !testing.Short() {
		texts = append(texts, hostileTexts...)
	}
	for i, text := range texts {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			text += "\n" + forged + text
			setHostileEnv(t, text)
			h := &hostileOutput{T: t, dir: t.TempDir(), text: text}
			h.serve()
			for _, file := range hostileFiles {
				h.rules(h.quoted(file))
				if !testing.Short() {
					h.rules(strings.ReplaceAll(file, "T", text))
				}
			}
			h.commandLine()
			h.report(text)
		})
	}
}

// TestPrintf checks that commands print with printf, which escapes the texts.
func TestPrintf(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if calls := regexp.MustCompile(`fmt\.Fprintf\((w|table|[a-z]+\.(out|err))\b.*`).FindAllString(string(src), -1); !strings.HasSuffix(file, "_test.go") && !strings.HasPrefix(file, "ops") && len(calls) > 0 {
			if file == "output.go" && len(calls) == 1 || file == "completion.go" {
				continue
			}
			t.Errorf("%s: %s; use printf", file, calls)
		}
	}
}

// report prints what onput run found out about an upload with such a key.
func (h *hostileOutput) report(text string) {
	h.Helper()
	set, err := rules.Parse("rules.yaml", []byte("version: 1\nsources: [src]\nrules: [{name: a, match: \"**\", process: \"doc/convert,target_{ext}\", target: {bucket: dst, key: \"{key}\"}}]\n"))
	if err != nil {
		h.Fatal(err)
	}
	cloud, err := localcloud.Start(localcloud.Options{Dir: h.TempDir()})
	if err != nil {
		h.Fatal(err)
	}
	defer cloud.Close()
	var out, errs strings.Builder
	r := &localRun{streams: &streams{out: &out, err: &errs}, set: set, cloud: cloud, put: []putFile{{key: text, operation: "doc/convert"}, {key: text + "a.docx"}},
		events: [][]byte{[]byte(h.event())}, failed: []string{"EventError: " + strings.ReplaceAll(text, "\n", "")}, completions: completions{"T": {TaskID: text, Rule: text}}}
	r.source.Bucket = text
	r.report(h.Context())
	h.check([]string{"run"}, out.String())
	h.check([]string{"run"}, errs.String())
}

// FuzzOutput checks the same for any rule file and text.
func FuzzOutput(f *testing.F) {
	for i, text := range hostileTexts {
		if testing.Short() && i%4 > 0 {
			continue
		}
		f.Add([]byte(hostileFiles[i%len(hostileFiles)]), text)
	}
	f.Fuzz(func(t *testing.T, file []byte, text string) {
		text += "\n" + forged + text
		setHostileEnv(t, text)
		h := &hostileOutput{T: t, dir: t.TempDir(), text: text}
		h.rules(string(file))
		h.rules(h.quoted(string(file)))
	})
}
