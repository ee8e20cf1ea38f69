package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"onput/internal/attributes"
	"onput/internal/event"
	"onput/internal/localcloud"
	"onput/internal/text"
	"onput/rules"
)

// runReport compares the processes that OSS received with the tasks that the rules make.
type runReport struct {
	*localRun
	received []localcloud.Process
	fired    map[string]bool // rules by name
	matched  []int           // indices of received processes, in the order of their tasks; tasks of one upload are sent in parallel
	problems []string
}

// report prints the tasks that were fired. It returns exit(1) if uploads, rules, function and OSS disagree.
func (r *localRun) report(ctx context.Context) error {
	p := &runReport{localRun: r, received: r.cloud.Processes(), fired: map[string]bool{}}
	p.printTasks(ctx)
	p.printPictures()
	p.printReceived()
	r.mu.Lock()
	p.problems = slices.Concat(p.problems, r.completions.report(r.streams, p.received, r.topics), r.failed)
	r.mu.Unlock()
	if err := p.printProblems(); err != nil {
		return err
	}
	p.printUnfired()
	uploads := text.Plural(len(r.put), "upload")
	switch {
	case len(p.fired) == 0:
		printf(r.out, "\n%s, nothing fired. To upload files of your own, use --put FILE=KEY. Next steps:\n\n", uploads)
	case len(p.received) == 0:
		printf(r.out, "\n%s, nothing submitted: the rules that fired are in mode log. Next steps:\n\n", uploads)
	default:
		printf(r.out, "\n%s, %s fired as the rules say. Next steps:\n\n", uploads, text.Plural(len(p.received), "process"))
	}
	p.printSteps("explain " + quoteShell(p.put[0].key))
	return nil
}

// printProblems prints the problems. It returns exit(1) if there are any.
func (p *runReport) printProblems() error {
	if len(p.problems) == 0 {
		return nil
	}
	printf(p.err, "\n%s:\n", text.Plural(len(p.problems), "problem"))
	for _, problem := range p.problems {
		for line := range strings.Lines(problem) { // the function's errors have one for each task
			printf(p.err, "%s\n", strings.TrimSuffix(line, "\n"))
		}
	}
	return exit(exitFailed)
}

// printUnfired names the rules of the user that no upload fired.
func (p *runReport) printUnfired() {
	if p.shipped {
		return
	}
	unfired := slices.DeleteFunc(p.set.Listeners(uploadEvent), func(name string) bool { return p.fired[name] })
	if len(unfired) > 0 {
		printf(p.out, "\nNot fired by these uploads: %s. To try such a rule, upload a file for it with --put FILE=KEY%s; any file will do.\n",
			text.JoinFirst(unfired, 5), attributes.Remedy(p.set))
	}
}

// printSteps prints commands that work when copied. The first of them has the arguments explain, unless they are empty.
func (p *runReport) printSteps(explain string) {
	onput, run := "onput", "run"
	if _, err := exec.LookPath(onput); err != nil {
		onput = quoteShell(os.Args[0])
	}
	if explain != "" {
		printf(p.out, "  why rules fire, and why not   %s %s %s\n", onput, explain, quoteShell(p.rules))
	}
	printf(p.out, "  errors and warnings           %s check %s\n", onput, quoteShell(p.rules))
	if !p.inTree {
		if _, err := os.Stat("README.md"); err == nil {
			fmt.Fprintln(p.out, "  deployment                    README.md")
		}
		return
	}
	if p.dir != "" {
		run += " --dir " + quoteShell(p.dir)
	}
	file := func(name string) string { return quoteShell(filepath.Join(p.dir, filepath.FromSlash(name))) }
	printf(p.out, "  other rules and files         %s %s --rules %s --put %s\n", onput, run, file("examples/previews/rules.yaml"), file("testdata/samples/clip.mp4"))
	printf(p.out, "  deployment                    %s\n", file("docs/deploy.md"))
}

func (p *runReport) addProblem(format string, args ...any) {
	p.problems = append(p.problems, text.Escape(fmt.Sprintf(format, args...)))
}

// printTasks prints the tasks of each upload as a table.
func (p *runReport) printTasks(ctx context.Context) {
	delivered := p.deliveredUploads()
	owner := p.cloud.Credential()
	match := attributes.NewMatcher(ctx, p.set, p.cloud.Endpoint(), p.cloud.Region(), owner.AccessKeyID, owner.AccessKeySecret)
	printf(p.out, "\nUploaded to oss://%s:\n\n", p.source.Bucket)
	table := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "UPLOAD\tRULE\tTARGET\tTASK")
	for _, u := range slices.Concat(p.put, p.results(delivered)) {
		key := text.Printable(u.key)
		var tasks []rules.Task
		reason := ""
		for i := range delivered[u.key] {
			d := &delivered[u.key][i]
			fired, err := match(d)
			if err != nil {
				p.addProblem("%v", err)
			}
			tasks = append(tasks, fired...)
			if skip := p.set.Skip(d); skip != "" {
				reason = ": " + skip
			}
		}
		if len(delivered[u.key]) == 0 {
			p.addProblem("the function received no event for %s", key)
		}
		if len(tasks) == 0 {
			printf(table, "%s\t-\tnothing fired%s\t\n", key, reason)
		}
		if u.operation != "" && (len(tasks) != 1 || operationOf(tasks[0].Process) != u.operation) {
			p.addProblem("%s should have fired %s alone", key, u.operation)
		}
		for i := range tasks {
			t := &tasks[i]
			p.fired[t.Rule] = true
			target := cmp.Or(text.Printable(t.Target.String()), "message to "+t.Notify)
			printf(table, "%s\t%s\t%s\t%s\n", key, t.Rule, target, p.state(key, t))
		}
	}
	table.Flush()
}

// results returns the results of tasks that raised events of their own, sorted.
func (p *runReport) results(delivered map[string][]rules.Upload) (results []putFile) {
	for _, key := range slices.Sorted(maps.Keys(delivered)) {
		if !slices.ContainsFunc(p.put, func(f putFile) bool { return f.key == key }) {
			results = append(results, putFile{key: key})
		}
	}
	return results
}

// state returns the state of a task, and marks the process that OSS received for it as matched. It adds a problem if there is
// none.
func (p *runReport) state(key string, t *rules.Task) string {
	for i, received := range p.received {
		if !slices.Contains(p.matched, i) && isRequestOf(&received, t) {
			p.matched = append(p.matched, i)
			if received.Synchronous {
				return "done"
			}
			return "submitted"
		}
	}
	switch {
	case t.Log:
		return "mode: log"
	case t.Err != nil:
		p.addProblem("%s: rule %s: %v", key, t.Rule, t.Err)
	default:
		p.addProblem("%s: rule %s submitted nothing that OSS accepted", key, t.Rule)
	}
	return "failed"
}

// printPictures prints the pictures that OSS stored, with their sizes in pixels and bytes.
func (p *runReport) printPictures() {
	table := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	rows := 0
	for _, i := range p.matched {
		picture := &p.received[i]
		if !picture.Synchronous {
			continue
		}
		if rows++; rows == 1 {
			printf(p.out, "\nPictures:\n\n")
		}
		printf(table, "%s\t%d × %d pixels, %s\n", text.Printable(picture.Request.Target.String()), picture.Width, picture.Height,
			text.Plural(int(picture.Size), "byte"))
	}
	table.Flush()
}

// printReceived prints the requests that OSS received, first those of tasks.
func (p *runReport) printReceived() {
	printf(p.out, "\nWhat OSS received:\n\n")
	all := p.matched
	for i, received := range p.received {
		if !slices.Contains(p.matched, i) {
			all = append(all, i)
			p.addProblem("OSS received a process for %s that no rule explains", text.Printable(received.Source.String()))
		}
	}
	for _, i := range all {
		received := &p.received[i]
		printf(p.out, "POST %s?%s\n  %s\n", text.Printable("/"+received.Source.Key), parameterOf(received.Synchronous), text.Printable(received.Body))
	}
	if len(p.received) == 0 {
		fmt.Fprintln(p.out, "nothing")
	}
}

// deliveredUploads returns the uploads in the events that the function received, by key.
func (r *localRun) deliveredUploads() map[string][]rules.Upload {
	r.mu.Lock()
	defer r.mu.Unlock()
	delivered := map[string][]rules.Upload{}
	for _, payload := range r.events {
		uploads, _, err := event.Decode(payload)
		if err != nil {
			r.failed = append(r.failed, err.Error())
		}
		for _, u := range uploads {
			delivered[u.Key] = append(delivered[u.Key], u)
		}
	}
	return delivered
}

// operationOf returns the operation of a process string.
func operationOf(process string) string {
	name, _, _ := strings.Cut(process, ",")
	return name
}
