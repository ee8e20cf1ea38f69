package serverlessdevs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// dotenvLine matches a line of .env in the notation of npm's dotenv: https://github.com/motdotla/dotenv
var dotenvLine = regexp.MustCompile(`^\s*(?:export\s+)?([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^#]*))`)

// readDotenv returns the variables of the file .env in a directory, none if there is no such file. Serverless Devs reads it
// as environment variables, and s init writes its answers there.
func readDotenv(dir string) (map[string]string, error) {
	all := map[string]string{}
	file := filepath.Join(dir, ".env")
	switch info, err := os.Stat(file); {
	case errors.Is(err, fs.ErrNotExist):
		return all, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > MaxFile:
		return nil, fmt.Errorf("%s is not a regular file of at most %d bytes: move it away", file, MaxFile)
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(src)) {
		if m := dotenvLine.FindStringSubmatch(line); m != nil {
			all[m[1]] = m[2] + m[3] + strings.TrimSpace(m[4])
		}
	}
	return all, nil
}

var (
	envUse = regexp.MustCompile(`\$\{env\(['"](\w+)['"](?:,\s*['"]([^'"]*)['"])?\)\}`)
	varUse = regexp.MustCompile(`\$\{vars\.(\w+)\}`)
)

// maxReplaced bounds the bytes that replace the variables of a file, because variables that name each other twice double.
const maxReplaced = 1 << 20

// expand returns a scalar with ${env('NAME','default')} and ${vars.NAME} replaced. The environment precedes .env.
func (r *reader) expand(n *yaml.Node) string {
	text := envUse.ReplaceAllStringFunc(n.Value, func(s string) string {
		m := envUse.FindStringSubmatch(s)
		value, ok := os.LookupEnv(m[1])
		if !ok {
			value = r.dotenv[m[1]]
		}
		return r.bound(n, cmp.Or(value, m[2]))
	})
	return varUse.ReplaceAllStringFunc(text, func(s string) string { return r.bound(n, r.vars[varUse.FindStringSubmatch(s)[1]]) })
}

// bound returns the value of a variable in n, or "" after an error if the variables of the file have too many bytes.
func (r *reader) bound(n *yaml.Node, value string) string {
	if r.replaced += len(value); r.replaced <= maxReplaced {
		return value
	}
	if r.err == nil {
		p := posOf(n)
		r.err = fmt.Errorf("%s:%d:%d: variables grow to more than %d bytes here; write out the ones that name others", r.file, p.Line, p.Column, maxReplaced)
	}
	return ""
}
