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
)

// dotenvLine matches a line of .env in the notation of npm's dotenv: https://github.com/motdotla/dotenv
var dotenvLine = regexp.MustCompile(`^\s*(?:export\s+)?([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^#]*))`)

// readDotenv returns the variables of the file .env in a directory, none if there is no such file. Serverless Devs reads it
// as environment variables, and s init writes its answers there.
func readDotenv(dir string) (map[string]string, error) {
	all := map[string]string{}
	file := filepath.Join(dir, ".env")
	src, err := readRegular(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return all, nil
	case err != nil:
		return nil, err
	}
	for line := range strings.Lines(string(src)) {
		if m := dotenvLine.FindStringSubmatch(line); m != nil {
			all[m[1]] = m[2] + m[3] + strings.TrimSpace(m[4])
		}
	}
	for name, value := range all {
		all[name] = expandDotenv(value, all)
	}
	return all, nil
}

// readRegular reads a regular file of at most [MaxFile] bytes. Other files may have no end.
func readRegular(file string) ([]byte, error) {
	switch info, err := os.Stat(file); {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > MaxFile:
		return nil, fmt.Errorf("%s is not a regular file of at most %d bytes: move it away", file, MaxFile)
	}
	return os.ReadFile(file)
}

// dotenvUse matches a variable in a value of .env, in the notation of npm's dotenv-expand, or an escaped dollar sign.
var dotenvUse = regexp.MustCompile(`\\\$|\$\{(\w+)(?::-([^}\\]*))?\}|\$(\w+)`)

// expandDotenv replaces $NAME, ${NAME} and ${NAME:-default} in a value of .env, from the environment and the other values.
func expandDotenv(value string, all map[string]string) string {
	for range 5 { // values that name each other in a circle have no end
		next := dotenvUse.ReplaceAllStringFunc(value, func(use string) string {
			m := dotenvUse.FindStringSubmatch(use)
			name := m[1] + m[3]
			if name == "" {
				return use
			}
			return cmp.Or(os.Getenv(name), m[2], all[name])
		})
		if next == value || len(next) > MaxFile {
			break
		}
		value = next
	}
	return strings.ReplaceAll(value, `\$`, "$")
}
