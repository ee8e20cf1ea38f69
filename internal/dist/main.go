// Command dist builds the released onput, for `make dist`: one file for each system, which holds the function for linux/amd64
// to package, the function for its own system to run, and the samples of `onput run`. Next to them it puts the licences and
// SHA256SUMS. The same sources and the same release of Go give the same bytes.
//
//	go run ./internal/dist [-out DIR] [SYSTEM/ARCHITECTURE…]
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"onput/internal/build"
)

// systems are the systems that onput is released for.
var systems = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

// licences are the files that a release must come with.
var licences = []string{"LICENSE", "THIRD_PARTY_LICENSES.md"}

func main() {
	log.SetFlags(0)
	log.SetPrefix("dist: ")
	out := flag.String("out", "dist", "directory to write to")
	flag.Parse()
	wanted := flag.Args()
	if len(wanted) == 0 {
		wanted = systems
	}
	if err := release(".", *out, wanted); err != nil {
		log.Fatal(err)
	}
}

// release builds the source tree root for systems, and writes a new directory out.
func release(root, out string, systems []string) error {
	temp, err := os.MkdirTemp("", "onput-dist-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if root, err = filepath.Abs(root); err != nil {
		return err
	}
	version, err := version(root)
	if err != nil {
		return err
	}
	d := dist{root: root, temp: temp, version: version, functions: map[string][]byte{}}
	if d.samples, err = d.readSamples(); err != nil {
		return err
	}
	files := map[string][]byte{}
	for _, name := range licences {
		if files[name], err = os.ReadFile(filepath.Join(root, name)); err != nil {
			return err
		}
	}
	for _, system := range systems {
		goos, goarch, ok := strings.Cut(system, "/")
		if !ok {
			return fmt.Errorf("invalid system %q: write it as in linux/amd64", system)
		}
		name := "onput-" + goos + "-" + goarch
		if goos == "windows" {
			name += ".exe"
		}
		start := time.Now()
		fmt.Printf("%s: building …\n", name)
		if files[name], err = d.command(goos, goarch); err != nil {
			return fmt.Errorf("%s: %w", system, err)
		}
		fmt.Printf("%s: built in %v\n", name, time.Since(start).Round(time.Second))
	}
	return write(out, files)
}

// version returns the version of the project in root, which publish.yaml states.
func version(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, "publish.yaml"))
	if err != nil {
		return "", err
	}
	m := regexp.MustCompile(`(?m)^Version: (\S+)$`).FindSubmatch(text)
	if m == nil {
		return "", errors.New("publish.yaml has no Version")
	}
	return string(m[1]), nil
}

// dist is a release that is being built.
type dist struct {
	root, temp, version string
	samples             []build.ZipFile
	functions           map[string][]byte // by system
}

// readSamples returns the samples of onput run, as they are embedded.
func (d *dist) readSamples() ([]build.ZipFile, error) {
	var all []build.ZipFile
	for _, name := range []string{"clip.mp4", "photo.jpg", "report.docx", "voice.mp3"} {
		data, err := os.ReadFile(filepath.Join(d.root, filepath.FromSlash(build.Samples), name))
		if err != nil {
			return nil, err
		}
		all = append(all, build.ZipFile{Name: build.EmbeddedSamples + "/" + name, Mode: 0o644, Data: data})
	}
	return all, nil
}

// command builds the command for a system.
func (d *dist) command(goos, goarch string) ([]byte, error) {
	files := slices.Clone(d.samples)
	for _, system := range slices.Compact([]string{"linux/amd64", goos + "/" + goarch}) {
		goos, goarch, _ := strings.Cut(system, "/")
		if d.functions[system] == nil {
			data, err := d.goBuild(goos, goarch, build.Function, build.Flags...)
			if err != nil {
				return nil, err
			}
			d.functions[system] = data
		}
		files = append(files, build.ZipFile{Name: build.EmbeddedFunction(goos, goarch), Mode: 0o755, Data: d.functions[system]})
	}
	var embedded bytes.Buffer
	if err := build.WriteZip(&embedded, files); err != nil {
		return nil, err
	}
	// The overlay puts the zip into the package without writing to the source tree.
	zip, overlay := filepath.Join(d.temp, "embedded.zip"), filepath.Join(d.temp, "overlay.json")
	mapping, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(d.root, "cmd", "onput", "embedded.zip"): zip}})
	if err := errors.Join(err, os.WriteFile(zip, embedded.Bytes(), 0o666), os.WriteFile(overlay, mapping, 0o666)); err != nil {
		return nil, err
	}
	return d.goBuild(goos, goarch, "onput/cmd/onput", "-mod=readonly", "-trimpath", "-buildvcs=auto", "-tags=dist",
		"-overlay="+overlay, "-ldflags=-s -w -X main.version=v"+d.version)
}

// goBuild builds a package for a system and returns the binary.
func (d *dist) goBuild(goos, goarch, pkg string, flags ...string) ([]byte, error) {
	env, err := build.Environment(d.root, goos, goarch)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(d.temp, "binary")
	cmd := build.CommandWith(context.Background(), d.root, pkg, file, flags)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go build %s: %w", pkg, err)
	}
	return os.ReadFile(file)
}

// write writes files and their checksums to a new directory dir, in place of an earlier one.
func write(dir string, files map[string][]byte) error {
	if _, err := os.Stat(dir); err == nil {
		if _, err := os.Stat(filepath.Join(dir, "SHA256SUMS")); err != nil {
			return fmt.Errorf("%s is not an earlier release: move it away, or choose another directory with -out", dir)
		}
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o777)); err != nil {
		return err
	}
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	var sums strings.Builder
	for _, name := range names {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(files[name]), name)
		mode := os.FileMode(0o666)
		if strings.HasPrefix(name, "onput-") {
			mode = 0o777
		}
		if err := os.WriteFile(filepath.Join(dir, name), files[name], mode); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums.String()), 0o666)
}
