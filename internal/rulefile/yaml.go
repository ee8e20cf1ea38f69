package rulefile

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// loadRoot returns the root node of the file. It returns nil after an error.
func (p *parser) loadRoot() *yaml.Node {
	var root yaml.Node
	if err := yaml.Load([]byte(p.Text), &root); err != nil {
		p.explainYAMLError(err)
		return nil
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) == 0 {
		p.reportNoRules()
		return nil
	}
	return root.Content[0]
}

// checkText reports text that cannot be YAML: too large, another kind of file, not UTF-8, or with control characters.
func (p *parser) checkText() bool {
	if len(p.Text) > MaxSize {
		p.report(position{}, "too-large", false, "the file has %d bytes; at most %d are allowed", len(p.Text), MaxSize)
	} else if kind := otherKind(p.Text); kind != "" {
		p.report(position{}, "yaml", false, "the file looks like %s, not a rule file: give a YAML file in UTF-8", kind)
	} else if !utf8.ValidString(p.Text) {
		p.errorAt(findInvalidUTF8(p.Text), "yaml", "the file is not valid UTF-8 here: save it as UTF-8")
	} else if i := strings.IndexFunc(p.Text, isForbidden); i >= 0 {
		r, _ := utf8.DecodeRuneInString(p.Text[i:])
		p.errorAt(i, "yaml", "control character U+%04X: remove it, or write it as \\u%04x in a double-quoted text", r, r)
	} else {
		return true
	}
	return false
}

// otherKind returns the kind of a file that was not written as YAML in UTF-8, such as "application/pdf", else "".
func otherKind(content string) string {
	switch kind := http.DetectContentType([]byte(content[:min(len(content), 512)])); kind {
	case "text/plain; charset=utf-8":
		return ""
	case "application/octet-stream":
		if strings.IndexByte(content, 0) < 0 {
			return "" // text in another encoding, or with a control character
		}
		return "binary data"
	default:
		return kind
	}
}

func (p *parser) reportNoRules() {
	p.report(position{1, 1, 1}, "yaml", false, "the file has no rules: begin it with version: 1, then rules:")
}

// isForbidden reports whether YAML forbids a character anywhere in a file.
func isForbidden(r rune) bool {
	switch {
	case r == '\t' || r == '\n' || r == '\r' || r == 0x85:
		return false
	case r < ' ' || 0x7f <= r && r < 0xa0:
		return true
	}
	return r == 0xfffe || r == 0xffff
}

// findInvalidUTF8 returns the offset of the first byte that is not UTF-8.
func findInvalidUTF8(s string) int {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)) {
			return i
		}
	}
	return len(s)
}
