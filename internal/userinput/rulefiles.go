package userinput

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"onput/internal/text"
)

// RuleFiles are the places of the rule file in a project, in the order in which they are looked for.
var RuleFiles = []string{"rules/rules.yaml", "rules.yaml"}

// DefaultRules sets an empty *file to the rule file of the project in dir.
func DefaultRules(file *string, dir string) error {
	if *file != "" {
		return nil
	}
	for _, name := range RuleFiles {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			*file = path
			return nil
		}
	}
	return fmt.Errorf("no rule file given, and no %s or %s in %s: name one, or create a project with onput init",
		RuleFiles[0], RuleFiles[1], cmp.Or(dir, "the current folder"))
}

// maxSniffed is the number of bytes of a file that are read to see what it is.
const maxSniffed = 64 << 10

var (
	rulesField      = regexp.MustCompile(`(?m)^[{ ]{0,2}"?(rules|sources|defaults|claims|tests)"?[ \t]*[:：]`)
	versionField    = regexp.MustCompile(`(?m)^[{ ]{0,2}"?version"?[ \t]*[:：]`)
	deploymentField = regexp.MustCompile(`(?m)^"?edition"?[ \t]*:`)
)

// holdsRules reports whether a file is a rule file, judged by the fields in its first lines, even if it has errors.
func holdsRules(name string) bool {
	src := sniff(name)
	return versionField.Match(src) && rulesField.Match(src) && !deploymentField.Match(src)
}

// sniff returns the beginning of a regular file, nil if it cannot be read.
func sniff(name string) []byte {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer file.Close()
	src, err := io.ReadAll(io.LimitReader(file, maxSniffed))
	if err != nil {
		return nil
	}
	return Text(src)
}

// rulesIn returns the rule files in a folder, sorted.
func rulesIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if file := filepath.Join(dir, e.Name()); isYAML(e.Name()) && holdsRules(file) {
			files = append(files, file)
		}
	}
	return files, nil
}

// ExpandFolders returns the files, with the rule files of a folder in its place.
func ExpandFolders(files []string) (all []string, err error) {
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || !info.IsDir() {
			all = append(all, file)
			continue
		}
		found, err := rulesIn(file)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("the folder %s holds no rule file%s", text.Printable(file), otherRules(file))
		}
		all = append(all, found...)
	}
	return all, nil
}

func isYAML(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

// otherRules returns that the rule file of the project in dir is elsewhere, "" if it is not.
func otherRules(dir string) string {
	file := ""
	if err := DefaultRules(&file, dir); err != nil {
		return ""
	}
	return "; there is " + text.Printable(filepath.ToSlash(file))
}

// NotRules returns why a file that was given as rules is something else, nil if it may hold rules.
func NotRules(file string, src []byte) error {
	if deploymentField.Match(src) && !rulesField.Match(src) {
		return fmt.Errorf("%s is a file of Serverless Devs, not of rules: onput check, policy and doctor take it with --s %[1]s", text.Printable(file))
	}
	return nil
}

// FolderError returns the error for a folder that was given as a rule file.
func FolderError(dir string) error {
	found, _ := rulesIn(dir)
	if len(found) == 0 {
		return fmt.Errorf("%s is a folder: name a rule file%s", text.Printable(dir), otherRules(dir))
	}
	return fmt.Errorf("%s is a folder: name the rule file, such as %s", text.Printable(dir), text.Printable(filepath.ToSlash(found[0])))
}
