package serverlessdevs

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// dotenvLine matches a line of .env in the notation of npm's dotenv: https://github.com/motdotla/dotenv
var dotenvLine = regexp.MustCompile(`^\s*(?:export\s+)?([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^#]*))`)

// readDotenv returns the variables of the file .env in a directory, none if there is no such file. Serverless Devs reads it
// as environment variables, and s init writes its answers there.
func readDotenv(dir string) (map[string]string, error) {
	src, err := os.ReadFile(filepath.Join(dir, ".env"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	all := map[string]string{}
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

// expand replaces ${env('NAME','default')} and ${vars.NAME}. The environment precedes .env.
func (r *reader) expand(text string) string {
	text = envUse.ReplaceAllStringFunc(text, func(s string) string {
		m := envUse.FindStringSubmatch(s)
		value, ok := os.LookupEnv(m[1])
		if !ok {
			value = r.dotenv[m[1]]
		}
		return cmp.Or(value, m[2])
	})
	return varUse.ReplaceAllStringFunc(text, func(s string) string { return r.vars[varUse.FindStringSubmatch(s)[1]] })
}
