package localcloud

import (
	"bytes"
	"strings"
)

// Write splits the output of the process into lines. os/exec makes one call at a time.
func (c *child) Write(b []byte) (int, error) {
	n := len(b)
	for {
		line, rest, found := bytes.Cut(b, []byte("\n"))
		c.partialLine = append(c.partialLine, line...)
		if !found {
			return n, nil
		}
		c.endLine()
		b = rest
	}
}

// endLine emits the partial line as a log line, and adds it to the log of the job that wrote it.
func (c *child) endLine() {
	if len(c.partialLine) == 0 {
		return
	}
	text := string(c.partialLine)
	c.partialLine = c.partialLine[:0]
	line := LogLine{Instance: c.number, Text: text}
	c.mu.Lock()
	if j := c.jobOf(text); j != nil {
		line.RequestID, line.Retry = j.id, j.retry
		j.log = append(j.log, text)
		if strings.Contains(text, "FC Invoke End RequestId: "+j.id) {
			j.endLog()
		}
	}
	c.mu.Unlock()
	c.oss.emit(line)
}

// jobOf returns the job that wrote a line: the one whose request id is in it, otherwise the only one in flight. It returns
// nil if there are several.
func (c *child) jobOf(line string) *job {
	for rest := line; ; rest = rest[1:] {
		at := strings.Index(rest, "1-") // the beginning of every request id
		if at < 0 || len(rest) < at+requestIDLength {
			break
		}
		rest = rest[at:]
		if j, ok := c.jobs[rest[:requestIDLength]]; ok {
			return j
		}
	}
	if len(c.jobs) == 1 {
		for _, j := range c.jobs {
			return j
		}
	}
	return nil
}
