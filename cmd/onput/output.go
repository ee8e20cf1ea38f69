package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"onput/internal/text"
	"onput/rules"
)

// printJSON prints v as indented JSON, with < and > as they are.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printf is [text.Printf].
func printf(w io.Writer, format string, args ...any) { text.Printf(w, format, args...) }

// printErrors prints the errors in a rule file and how many there are.
func printErrors(w io.Writer, file string, errs rules.Diagnostics) {
	printDiagnostics(w, errs)
	printf(w, "%s: %s\n", file, text.Plural(len(errs), "error"))
}

// printDiagnostics prints errors or warnings, with color on a terminal unless NO_COLOR is set: https://no-color.org. Not every
// terminal of Windows knows the codes.
func printDiagnostics(w io.Writer, all rules.Diagnostics) {
	switch {
	case len(all) == 0:
	case isTerminal(w) && os.Getenv("NO_COLOR") == "" && runtime.GOOS != "windows":
		fmt.Fprintln(raw(w), all.Colored())
	default:
		fmt.Fprintln(w, all)
	}
}

// outputLabel returns " output N" for the outputs of a rule after the first.
func outputLabel(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" output %d", n)
}

// nonempty returns the texts that are not empty.
func nonempty(texts ...string) []string {
	return slices.DeleteFunc(texts, func(t string) bool { return t == "" })
}

// plainWord matches a word that a shell does not change.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9./-]+$`)

// quoteShell quotes a word for a POSIX shell.
func quoteShell(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// newProgressBar returns a bar for total steps. A bar that is not visible draws nothing.
func newProgressBar(w io.Writer, total int, visible bool) *progressbar.ProgressBar {
	return progressbar.NewOptions(total, progressbar.OptionSetWriter(raw(w)), progressbar.OptionSetVisibility(visible),
		progressbar.OptionSetWidth(30), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
}

// isTerminal reports whether w is a terminal that can draw over a line and show colors.
func isTerminal(w io.Writer) bool {
	w = raw(w)
	if checked, ok := w.(*checkedWriter); ok {
		w = checked.w
	}
	f, ok := w.(*os.File)
	return ok && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// raw returns the writer below a [text.Writer], for output that is not text, or that is escaped already.
func raw(w io.Writer) io.Writer {
	if escaping, ok := w.(text.Writer); ok {
		return escaping.W
	}
	return w
}

// checkedWriter remembers the first error of a writer.
type checkedWriter struct {
	w   io.Writer
	err error
}

func (c *checkedWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if c.err == nil {
		c.err = err
	}
	return n, err
}
