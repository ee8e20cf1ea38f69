package rulefile

import (
	"fmt"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"onput/internal/text"
)

// meantFields are the fields that names of other tools stand for, by the map of the rule file.
var meantFields = sync.OnceValue(func() map[string]map[string]string {
	return map[string]map[string]string{
		"match": {
			"path": "key", "paths": "key", "pattern": "key", "patterns": "key", "glob": "key", "name": "key", "filename": "key", "file": "key",
			"files": "key", "object": "key", "objects": "key", "regex": "key", "regexp": "key", "include": "key",
			"exclude": "not", "excludes": "not", "except": "not", "ignore": "not", "unless": "not", "skip": "not",
			"folder": "prefix", "dir": "prefix", "directory": "prefix", "contentType": "type", "content_type": "type", "content-type": "type",
			"Content-Type": "type", "mime": "type", "mimeType": "type", "mimetype": "type", "min_size": "size", "max_size": "size",
			"minSize": "size", "maxSize": "size", "min": "size", "max": "size", "source": "bucket", "sources": "bucket",
			"case_sensitive": "ignore_case", "caseSensitive": "ignore_case", "case_insensitive": "ignore_case", "ignoreCase": "ignore_case",
		},
		"a rule": {
			"when": "match", "if": "match", "on": "match", "pattern": "match", "patterns": "match", "source": "match", "input": "match", "key": "match",
			"destination": "target", "dest": "target", "to": "target", "saveas": "target", "action": "process",
			"operation": "process", "command": "process", "run": "process", "topic": "notify", "actions": "outputs", "processes": "outputs",
			"targets": "outputs", "disabled": "enabled", "id": "name", "title": "name", "comment": "description",
		},
		"a rule file": {"rule": "rules", "source": "sources", "buckets": "sources", "triggers": "sources", "default": "defaults", "claim": "claims"},
	}
})

// meantField returns the advice for an unknown field of a map, by its name and value.
func meantField(what string, key, value *yaml.Node, known []string) string {
	switch word := strings.ToLower(key.Value); {
	case what != "match":
	case word == "ext" || word == "exts" || word == "extension" || word == "extensions" || word == "filetype":
		return "use key: " + extensionPattern(value)
	case strings.HasPrefix(word, "min") && value.Kind == yaml.ScalarNode && meantFields()[what][key.Value] == "size":
		return fmt.Sprintf("use size: {min: %s}", text.Excerpt(value.Value))
	case strings.HasPrefix(word, "max") && value.Kind == yaml.ScalarNode && meantFields()[what][key.Value] == "size":
		return fmt.Sprintf("use size: {max: %s}", text.Excerpt(value.Value))
	}
	if word := meantFields()[what][key.Value]; word != "" {
		return fmt.Sprintf("did you mean %q?", word)
	}
	if word := text.Closest(key.Value, known); word != "" {
		return fmt.Sprintf("did you mean %q?", word)
	}
	return "use one of " + strings.Join(known, ", ")
}

// isMeant reports whether a field of any map stands for another one in other tools.
func isMeant(name, field string) bool {
	for _, fields := range meantFields() {
		if fields[name] == field {
			return true
		}
	}
	return false
}

// extensionPattern returns the pattern of keys, in quotes, for a text or list of extensions.
func extensionPattern(value *yaml.Node) string {
	var exts []string
	for _, n := range append(value.Content, value) {
		if ext := strings.TrimPrefix(strings.TrimPrefix(n.Value, "*"), "."); n.Kind == yaml.ScalarNode && ext != "" {
			exts = append(exts, ext)
		}
	}
	switch len(exts) {
	case 0:
		return `"*.EXTENSION"`
	case 1:
		return fmt.Sprintf("%q", "*."+exts[0])
	}
	return fmt.Sprintf("%q", "*.{"+strings.Join(exts, ",")+"}")
}
