package main

import (
	"cmp"
	"context"
	"fmt"

	"onput/internal/attributes"
	"onput/internal/deployment"
	"onput/internal/explanation"
	"onput/internal/text"
	"onput/internal/userinput"
	"onput/rules"
)

// ExplainCmd shows what each rule does with an upload, and why.
type ExplainCmd struct {
	Args   []string `arg:"" optional:"" name:"key" help:"Keys of objects, oss://BUCKET/KEY, or - for a list on standard input, such as the output of ossutil ls. The rule file comes last, - for standard input. Default: rules/rules.yaml or rules.yaml."`
	Bucket string   `placeholder:"NAME" help:"The object's bucket. Default: the one in sources."`
	Event  string   `placeholder:"FILE|NAME" help:"A file with events to explain instead of keys, - for standard input; or the name of the event of the keys, such as CopyObject."`
	Size   string   `placeholder:"BYTES" help:"The object's size, such as 900 or 5MiB."`
	Type   string   `placeholder:"MIME" help:"The object's MIME type, such as video/mp4."`
	Time   string   `placeholder:"TIME" help:"When it was uploaded, such as 2026-11-30T08:15:00Z."`
	JSON   bool     `name:"json" help:"Print JSON."`

	Object attributes.LookFlags `embed:""`
}

// Help is shown by onput explain --help.
func (*ExplainCmd) Help() string {
	return "Shows for each rule whether it fires, with its process and target, or the first condition that does not hold; of several keys, one table. " +
		"A condition on a value that is not given counts as met and is listed as assumed."
}

// Examples end onput explain --help.
func (*ExplainCmd) Examples() []string {
	return []string{
		"onput explain incoming/documents/a.docx",
		"onput explain oss://acme-uploads/incoming/videos/b.mp4 --size 5MiB",
		"onput explain incoming/documents/a.docx incoming/videos/b.mp4  # a table",
		"echo incoming/documents/a.docx | onput explain -               # keys, or what ossutil ls prints",
		"onput explain --event event.json                               # every upload in a captured event",
		"onput explain incoming/documents/a.docx --meta visibility=public --tag team=web",
		"onput explain oss://acme-uploads/incoming/documents/a.docx --look --region cn-hangzhou  # ask for the object itself",
	}
}

// Run prints an explanation of each upload. It returns exit(1) if the rules have errors, or if an input names no upload.
func (c *ExplainCmd) Run(s *streams) error {
	events, event := "", c.Event
	if userinput.IsEventFile(c.Event) {
		events, event = c.Event, ""
	}
	args, err := userinput.NewArguments(c.Args, events)
	if err != nil {
		return usageError{err}
	}
	if err := defaultRules(&args.Rules, ""); err != nil {
		return err
	}
	file, err := loadRules(context.Background(), args.Rules, deployment.CallersEnvironment(nil), s)
	if err != nil {
		return err
	}
	uploads, err := args.Read(func(name string, max int64) ([]byte, error) {
		return readFile(context.Background(), name, s.in, max)
	})
	if err != nil {
		return usageError{err}
	}
	looker, err := c.Object.NewLooker(file.Set)
	if err != nil {
		return usageError{err}
	}
	for i := range uploads.All {
		if err := c.applyFlags(&uploads.All[i], event); err != nil {
			return usageError{err}
		}
		u := &uploads.All[i]
		if u.Given, err = looker.Add(context.Background(), &u.Upload, u.Given); err != nil {
			return err
		}
	}
	noteEvent(event, s)
	for _, note := range uploads.Notes {
		printf(s.err, "onput: %s\n", note)
	}
	err = c.print(s, file.Set, uploads)
	for _, problem := range uploads.Problems {
		printf(s.err, "onput: %v\n", problem)
	}
	return cmp.Or(err, exitIf(uploads.Problems != nil))
}

// print prints the explanations of some uploads. As text it prints nothing for none.
func (c *ExplainCmd) print(s *streams, set *rules.Set, uploads *userinput.Uploads) error {
	var printer explanation.Printer
	switch {
	case c.JSON:
		printer = explanation.NewJSON(s.out)
	case len(uploads.All) == 0:
		return nil
	case uploads.List:
		printer = explanation.NewTable(s.out)
	default:
		printer = explanation.NewText(s.out)
	}
	for i := range uploads.All {
		u := &uploads.All[i]
		e := set.Explain(&u.Upload, u.Given)
		printer.Add(&e)
	}
	return printer.End()
}

// applyFlags adds the facts on the command line to an upload; event is the name in --event.
func (c *ExplainCmd) applyFlags(u *userinput.Upload, event string) error {
	set := func(field *string, value string, fact rules.Given) {
		if value != "" {
			*field = value
			u.Given |= fact
		}
	}
	set(&u.Bucket, c.Bucket, rules.GivenBucket)
	if event != "" {
		set(&u.Event, rules.QualifyEvent(event), rules.GivenEvent)
	}
	set(&u.Type, c.Type, rules.GivenType)
	if c.Time != "" {
		at, err := rules.ParseTime(c.Time)
		if err != nil {
			return fmt.Errorf("--time: %w", err)
		}
		u.Time = at
		u.Given |= rules.GivenTime
	}
	if c.Size == "" {
		return nil
	}
	n, err := rules.ParseSize(c.Size)
	if err != nil {
		return fmt.Errorf("--size: %w", err)
	}
	u.Size = n
	u.Given |= rules.GivenSize
	return nil
}

// noteEvent tells of the name of an event that OSS does not document.
func noteEvent(name string, s *streams) {
	if name == "" || rules.KnownEvent(name) {
		return
	}
	hint := ""
	if meant := rules.MeantEvent(name); meant != "" {
		hint = "; did you mean " + meant + "?"
	}
	printf(s.err, "onput: --event %s: there is no such file, and no documented event of that name%s\n", text.Printable(name), hint)
}
