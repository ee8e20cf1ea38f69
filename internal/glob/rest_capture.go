package glob

import (
	"slices"
	"strings"
)

// RestCapture returns the capture that holds all of a key but a literal prefix, as in incoming/{path:**}, "" if none does.
func (p *Pattern) RestCapture() string {
	if p.base || len(p.names) != 1 || len(p.alternatives) != 1 {
		return ""
	}
	tokens := p.alternatives[0]
	if len(tokens) > 0 && tokens[0].op == opText {
		tokens = tokens[1:]
	}
	if len(tokens) == 1 && tokens[0].op == opRestCapture {
		return p.names[0]
	}
	return ""
}

// FolderCaptures returns the captures that with literal texts make up all folders of a key, as in {tenant}/raw/{path:**}/*.mp4. It
// returns false if a wildcard is among them, or if braces leave a choice of folders.
func (p *Pattern) FolderCaptures() (names []string, ok bool) {
	if p.base {
		return nil, false
	}
	first := ""
	for i, tokens := range p.alternatives {
		text, captures := "", 0 // the text has a NUL for a capture, which no pattern holds
		for _, t := range tokens[:endOfFolders(tokens)] {
			switch t.op {
			case opText:
				text += t.text
			case opCapture, opDeepCapture:
				text += "\x00"
				captures++
			default:
				return nil, false
			}
		}
		if text = text[:max(strings.LastIndexAny(text, "/\x00"), 0)]; i == 0 {
			first, names = text, p.names[:captures]
		}
		if text != first || captures != len(names) {
			return nil, false
		}
	}
	return names, true
}

// endOfFolders returns the number of the first tokens that hold a slash or come before one.
func endOfFolders(tokens []token) int {
	for i, t := range slices.Backward(tokens) {
		if t.op == opText && strings.Contains(t.text, "/") || t.op == opDeep || t.op == opRest || t.op == opDeepCapture || t.op == opRestCapture {
			return i + 1
		}
	}
	return 0
}
