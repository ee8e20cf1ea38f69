package text

import (
	"fmt"
	"io"
)

// Printf prints like [fmt.Fprintf], and escapes texts and errors among the arguments: what a reader takes for a line of onput
// is one.
func Printf(w io.Writer, format string, args ...any) {
	for i, a := range args {
		switch a := a.(type) {
		case string:
			args[i] = EscapeExcept(a, "\t") // some are rows of a table
		case error:
			args[i] = Escape(a.Error())
		}
	}
	fmt.Fprintf(w, format, args...)
}
