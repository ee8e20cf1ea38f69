// Bench measures onput and publishes the figures. From this folder:
//
//	go run .           run all benchmarks, write results.txt and the documents
//	go run . -update   write the documents from results.txt, run nothing
//
// The documents are docs/speed.md with docs/match.svg, README.md, and their Chinese translations.
//
// The measurements are ordinary benchmarks. Packages rules and handler have their own; this module has the ones that need
// more than the product does: other engines, cold starts, and uploads per second. results.txt is in Go's benchmark format, so
// benchstat compares two of them:
//
//	git show HEAD:bench/results.txt > old.txt && benchstat old.txt results.txt
//
// Figures depend on the machine and on its load. Each round runs all benchmarks once, so whatever else the machine does
// affects all of them.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

const (
	root        = ".." // the product's folder
	resultsFile = "results.txt"
)

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	update := flags.Bool("update", false, "write the documents from results.txt, run nothing")
	rounds := flags.Int("rounds", 5, "run every benchmark `n` times")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *rounds < 1 {
		return errors.New("no arguments, and at least one round")
	}
	if !*update {
		text, err := measure(*rounds, suites, stderr)
		if err != nil {
			return err
		}
		if err := os.WriteFile(resultsFile, text, 0o644); err != nil {
			return err
		}
	}
	r, err := readResults(resultsFile)
	if err != nil {
		return err
	}
	fmt.Fprint(stdout, r.report())
	return r.publish()
}

// suite is one run of go test.
type suite struct {
	dir, pkg string
	args     []string
}

// suites are the benchmarks whose figures are published.
var suites = []suite{
	{root, "./rules", []string{"-bench=^Benchmark(Match|NoMatch|FirstPass|Parse|YAML)$/^(rules=|mixed$)", "-benchtime=300ms"}},
	{root, "./handler", []string{"-bench=^Benchmark(Invoke|Decode)$", "-benchtime=300ms"}},
	{".", ".", []string{"-bench=^Benchmark(Gobwas|Doublestar|MapLookups|TableWalk)$", "-benchtime=300ms"}},
	{".", ".", []string{"-bench=^BenchmarkColdStart$", "-benchtime=1s"}},
	{".", ".", []string{"-bench=^BenchmarkUploads$", "-benchtime=1x"}},
}

// functionGC is the garbage collector's setting in the function, once it has loaded its rules.
const functionGC = "GOGC=400"

// measure runs the suites, one after the other in each round, and returns their output in Go's benchmark format.
func measure(rounds int, suites []suite, progress io.Writer) ([]byte, error) {
	var out bytes.Buffer
	if err := writeMachine(&out); err != nil {
		return nil, err
	}
	for round := range rounds {
		for _, s := range suites {
			fmt.Fprintf(progress, "round %d of %d: %s %s\n", round+1, rounds, filepath.Join(s.dir, s.pkg), s.args[0])
			cmd := exec.Command("go", append([]string{"test", "-run=^$", "-timeout=30m"}, append(s.args, s.pkg)...)...)
			cmd.Dir = s.dir
			cmd.Env = append(os.Environ(), functionGC)
			text, err := cmd.CombinedOutput()
			if err != nil {
				return nil, fmt.Errorf("go test %s: %w\n%s", s.pkg, err, text)
			}
			out.Write(text)
		}
	}
	return out.Bytes(), nil
}

// writeMachine writes what go test does not: cores, and the versions of Go and of the other engines.
func writeMachine(w io.Writer) error {
	fmt.Fprintf(w, "cores: %d\ngo: %s\n", runtime.NumCPU(), runtime.Version())
	versions, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "github.com/gobwas/glob", "github.com/bmatcuk/doublestar/v4").Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	lines := strings.Fields(string(versions))
	fmt.Fprintf(w, "gobwas: %s\ndoublestar: %s\n", lines[0], lines[1])
	return nil
}
