package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"onput/internal/localcloud"
	"onput/process"
	"onput/rules"
)

// A run succeeds only if uploads, events, rules and the processes that OSS received agree. The test plays the function.
func TestRunReport(t *testing.T) {
	const (
		pdf = `{name: a, match: "*.docx", process: "doc/convert,target_pdf", target: a.pdf}`
		png = `{name: b, match: "*.docx", process: "doc/convert,target_png", target: "a/{index}.png"}`
		mp4 = `{name: v, match: "*.mov", process: "video/convert,f_mp4,vcodec_h264", target: a.mp4}`
		key = "x.docx"
		// Rules that no upload of the command can fire.
		copied = `{name: c, match: {key: "*.mkv", events: [CopyObject]}, process: "video/convert,f_mp4,vcodec_h264", target: b.mp4}`
		off    = `{name: o, match: "*.avi", enabled: false, process: "video/convert,f_mp4,vcodec_h264", target: c.mp4}`
		logged = `{name: l, match: "*.docx", mode: log, process: "doc/convert,target_pdf", target: a.pdf}`
	)
	processOf := func(target, saved string) string {
		return "doc/convert,target_" + target + "|sys/saveas,b_" + process.EncodeBase64("acme-uploads") + ",o_" + process.EncodeBase64(saved)
	}
	toPDF, toPNG := processOf("pdf", "a.pdf"), processOf("png", "a/{index}.png")
	for _, tt := range []struct {
		name      string
		rules     []string
		key       string
		operation string // that the upload must fire
		untold    bool
		taken     []string // processes that OSS took
		failed    string
		problems  []string
		out       string
	}{
		{name: "fine", rules: []string{pdf}, taken: []string{toPDF}, operation: "doc/convert"},
		{name: "two", rules: []string{pdf, png}, taken: []string{toPDF, toPNG}},
		{name: "never taken", rules: []string{pdf, png}, taken: []string{toPDF}, problems: []string{"x.docx: rule b submitted nothing that OSS accepted"}},
		{name: "taken twice", rules: []string{pdf}, taken: []string{toPDF, toPDF},
			problems: []string{"OSS received a process for oss://acme-uploads/x.docx that no rule explains"}},
		{name: "wrong operation", rules: []string{pdf}, taken: []string{toPDF}, operation: "video/convert",
			problems: []string{"x.docx should have fired video/convert alone"}},
		{name: "more than one", rules: []string{pdf, png}, taken: []string{toPDF, toPNG}, operation: "doc/convert",
			problems: []string{"x.docx should have fired doc/convert alone"}},
		{name: "not fired", rules: []string{pdf, mp4, copied, off}, taken: []string{toPDF},
			out: "\nNot fired by these uploads: v. To try such a rule, upload a file for it with --put FILE=KEY; any file will do.\n\n1 upload, 1 process fired"},
		{name: "nothing fired", key: "x.txt", rules: []string{pdf}, out: "\n1 upload, nothing fired. To upload"},
		{name: "log only", rules: []string{logged}, out: "\n1 upload, nothing submitted: the rules that fired are in mode log."},
		{name: "nothing", key: "x.txt", rules: []string{pdf}, operation: "doc/convert", problems: []string{"x.txt should have fired doc/convert alone"}},
		{name: "not told", rules: []string{pdf}, untold: true, problems: []string{"the function received no event for x.docx"}},
		{name: "failed", rules: []string{pdf}, taken: []string{toPDF}, failed: "Error: boom", problems: []string{"Error: boom"}},
		{name: "key that does not print", key: "x\ny.docx", rules: []string{pdf}, taken: []string{toPDF}, out: "\n\"x\\ny.docx\"  a "},
		{name: "problem with such a key", key: "x\ny.docx", rules: []string{pdf}, problems: []string{`"x\ny.docx": rule a submitted nothing that OSS accepted`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.key == "" {
				tt.key = key
			}
			set, err := rules.Parse("r.yaml", []byte("version: 1\nrules:\n  - "+strings.Join(tt.rules, "\n  - ")+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			cloud, err := localcloud.Start(localcloud.Options{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			defer cloud.Close()
			var out, problems strings.Builder
			r := &localRun{streams: &streams{out: &out, err: &problems}, set: set, cloud: cloud, source: process.Location{Bucket: "acme-uploads"},
				put: []putFile{{key: tt.key, operation: tt.operation}}}
			if tt.failed != "" {
				r.failed = []string{tt.failed}
			}
			if !tt.untold {
				r.events = [][]byte{fmt.Appendf(nil,
					`{"events":[{"eventName":"ObjectCreated:PutObject","oss":{"bucket":{"name":"acme-uploads"},"object":{"key":%q,"size":1}}}]}`, tt.key)}
			}
			if err := cloud.CreateBucket("acme-uploads"); err != nil {
				t.Fatal(err)
			}
			owner := cloud.Credential()
			client := oss.NewClient(oss.LoadDefaultConfig().WithRegion(cloud.Region()).WithEndpoint(cloud.Endpoint()).
				WithCredentialsProvider(credentials.NewStaticCredentialsProvider(owner.AccessKeyID, owner.AccessKeySecret)))
			if _, err := client.PutObject(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("acme-uploads"), Key: &tt.key, Body: strings.NewReader("x")}); err != nil {
				t.Fatal(err)
			}
			for _, p := range tt.taken {
				if _, err := client.AsyncProcessObject(t.Context(), &oss.AsyncProcessObjectRequest{Bucket: oss.Ptr("acme-uploads"), Key: &tt.key, AsyncProcess: &p}); err != nil {
					t.Fatal(err)
				}
			}

			err = r.report(t.Context())
			var status exit
			if failed := errors.As(err, &status) && status == exitFailed; failed != (len(tt.problems) > 0) || err != nil && !failed {
				t.Errorf("error: %v", err)
			}
			var got []string
			if lines := strings.Split(strings.TrimSpace(problems.String()), "\n"); len(lines) > 1 {
				got = lines[1:]
			}
			if !slices.Equal(got, tt.problems) {
				t.Errorf("problems: %q, want %q", got, tt.problems)
			}
			if !strings.Contains(out.String(), tt.out) {
				t.Errorf("printed:\n%s\nwithout %q", out.String(), tt.out)
			}
		})
	}
}

// An interrupted run removes its files.
func TestRunInterrupted(t *testing.T) {
	if testing.Short() {
		t.Skip("in short mode: it builds the function twice")
	}
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signals to interrupt a run with")
	}
	t.Parallel()
	for sig, status := range map[os.Signal]int{os.Interrupt: 130, syscall.SIGTERM: 143} {
		temp := t.TempDir()
		cmd := exec.CommandContext(t.Context(), "onput", "run", "--dir", root)
		cmd.Env = append(os.Environ(), "TMPDIR="+temp)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(stdout)
		if line, err := lines.ReadString('\n'); err != nil {
			t.Fatalf("%q, %v", line, err)
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, lines)
		if cmd.Wait(); cmd.ProcessState.ExitCode() != status || !strings.Contains(stderr.String(), "onput: interrupted") {
			t.Errorf("%v: %v, %s", sig, cmd.ProcessState, stderr.String())
		}
		if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
			t.Errorf("%v: left behind: %v, %v", sig, left, err)
		}
	}
}

// The next steps that a run prints work when copied, and the table of a run fits 120 columns.
func TestRunNextSteps(t *testing.T) {
	if testing.Short() {
		t.Skip("in short mode: each run builds the function")
	}
	t.Chdir(root)
	onput := func(args ...string) string {
		var printed strings.Builder
		if status := run(args, &streams{in: strings.NewReader(""), out: &printed, err: &printed}); status != 0 {
			t.Errorf("onput %q: status %d\n%s", args, status, &printed)
		}
		return printed.String()
	}
	printed := onput("run")
	_, table, _ := strings.Cut(printed, "\nUPLOAD ")
	table, _, ok := strings.Cut(table, "\n\n")
	for line := range strings.Lines(table) {
		if utf8.RuneCountInString(line) > 120 {
			t.Errorf("%d columns: %s", utf8.RuneCountInString(line), line)
		}
	}
	_, steps, _ := strings.Cut(printed, " Next steps:\n\n")
	commands, pages := 0, 0
	for line := range strings.Lines(steps) {
		_, step, _ := strings.Cut(strings.TrimSpace(line), "   ")
		step = strings.TrimSpace(step)
		if command, isCommand := strings.CutPrefix(step, "onput "); isCommand {
			commands++
			onput(strings.Fields(command)...)
		} else {
			pages++
			if _, err := os.Stat(step); err != nil {
				t.Error(err)
			}
		}
	}
	if !ok || commands != 3 || pages != 1 {
		t.Errorf("printed:\n%s\nwith %d commands and %d pages", printed, commands, pages)
	}
}
