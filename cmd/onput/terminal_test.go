package main

import (
	"bytes"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// terminalSession is what docs/terminal.svg shows: commands, and the rule file before each.
var terminalSession = []struct{ command, rules string }{
	{"onput check rules.yaml", `version: 1
rules:
  - name: previews
    match: "*.mp4"
    process: video/convert,f_mp4,vcodec_h246,s_640x360,scaletype_fit
    target: "previews/{basname}"
`},
	{"onput check rules.yaml  # both corrected", `version: 1
rules:
  - name: previews
    match: "*.mp4"
    process: video/convert,f_mp4,vcodec_h264,s_640x360,scaletype_fit
    target: "previews/{basename}"
`},
	{"onput explain incoming/2026/clip.mp4 rules.yaml  # with sources: [acme-uploads/incoming/]", `version: 1
sources: [acme-uploads/incoming/]
rules:
  - name: previews
    match: "*.mp4"
    process: video/convert,f_mp4,vcodec_h264,s_640x360,scaletype_fit
    target: "previews/{basename}"
`},
}

// TestTerminalPicture compares docs/terminal.svg with a picture of what the command prints. With -update it writes the picture.
func TestTerminalPicture(t *testing.T) {
	file, err := filepath.Abs(filepath.Join(root, "docs", "terminal.svg"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	var session strings.Builder
	for i, step := range terminalSession {
		if i > 0 {
			session.WriteString("\n")
		}
		if err := os.WriteFile("rules.yaml", []byte(step.rules), 0o644); err != nil {
			t.Fatal(err)
		}
		var printed bytes.Buffer
		command, _, _ := strings.Cut(step.command, "#")
		run(strings.Fields(command)[1:], &streams{in: strings.NewReader(""), out: &printed, err: &printed})
		fmt.Fprintf(&session, "$ %s\n%s", step.command, &printed)
	}
	want := drawTerminal(session.String())
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(readTest(t, file), want) {
		t.Errorf("docs/terminal.svg is not what the command prints: go test ./cmd/onput -run Terminal -update")
	}
}

// terminalStyles are the parts of lines that have a color, as on a terminal.
var terminalStyles = []struct {
	part  *regexp.Regexp
	class string
}{
	{regexp.MustCompile(`^\$ .*`), "command"},
	{regexp.MustCompile(`\berror:|\^~*$`), "error"},
	{regexp.MustCompile(`\bwarning:`), "warning"},
}

// drawTerminal returns an SVG of a terminal of 102 columns that shows the text.
func drawTerminal(text string) []byte {
	const columns, lineHeight, margin, top = 102, 19, 18, 46
	var lines []string
	for line := range strings.Lines(text) {
		runes := []rune(strings.TrimRight(line, "\n"))
		for len(runes) > columns {
			lines = append(lines, string(runes[:columns]))
			runes = runes[columns:]
		}
		lines = append(lines, string(runes))
	}
	width, height := columns*783/100+2*margin, top+len(lines)*lineHeight+margin-8
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%d">
<style>text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace;fill:#e6edf3;white-space:pre}
.command{fill:#7ee787}.error{fill:#ff7b72;font-weight:700}.warning{fill:#e3b341;font-weight:700}</style>
<rect width="%[1]d" height="%[2]d" rx="9" fill="#0d1117" stroke="#3d444d"/>
<g fill="#3d444d"><circle cx="20" cy="18" r="5.5"/><circle cx="38" cy="18" r="5.5"/><circle cx="56" cy="18" r="5.5"/></g>
`, width, height)
	for i, line := range lines {
		line = html.EscapeString(line)
		for _, style := range terminalStyles {
			line = style.part.ReplaceAllString(line, `<tspan class="`+style.class+`">$0</tspan>`)
		}
		if line != "" {
			fmt.Fprintf(&b, `<text x="%d" y="%d" xml:space="preserve">%s</text>`+"\n", margin, top+i*lineHeight, line)
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
