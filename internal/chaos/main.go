package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"onput/internal/build"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit status: 0 if all storms ended well, 1 if one did not or could not run, 2 for wrong usage.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("storm", flag.ContinueOnError)
	flags.SetOutput(stderr)
	seed := flags.Uint64("seed", 0, "the first seed; a random one if 0")
	seeds := flags.Int("seeds", 1, "storms in each runtime, with one seed after the other")
	uploads := flags.Int("uploads", 5000, "uploads of a storm")
	runtime := flags.String("runtime", "", "go1 or custom; both if not given")
	unclaimed := flags.Bool("unclaimed", false, "rules without claims: shows what they are for")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() > 0 || *seeds < 1 || *uploads < 1 || *runtime != "" && *runtime != "go1" && *runtime != "custom" {
		flags.Usage()
		return 2
	}
	for *seed == 0 {
		*seed = rand.Uint64N(1_000_000)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	binary, remove, err := buildFunction(ctx, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "storm:", err)
		return 1
	}
	defer remove()

	var storms []*Storm
	for _, in := range []string{"go1", "custom"} {
		if *runtime != "" && *runtime != in {
			continue
		}
		calm := newStorm(binary, in, *seed, *uploads)
		calm.calm()
		storms = append(storms, calm)
		for n := range *seeds {
			storms = append(storms, newStorm(binary, in, *seed+uint64(n), *uploads))
		}
	}
	t := newTable(stdout)
	var failures []string
	for _, s := range storms {
		s.Unclaimed = *unclaimed
		fmt.Fprintf(stderr, "%s, %d uploads, seed %d, calm %v …\n", s.Runtime, s.Uploads, s.Seed, s.Calm)
		r, err := s.Run(ctx)
		if err != nil {
			failures = append(failures, err.Error())
			break
		}
		t.add(r)
		if failed := r.Failed(); failed != "" {
			failures = append(failures, fmt.Sprintf("%s, seed %d, calm %v: %s", s.Runtime, s.Seed, s.Calm, failed))
			failures = append(failures, r.Histories...)
		}
	}
	t.end()
	for _, f := range failures {
		fmt.Fprintln(stderr, "storm:", f)
	}
	return min(len(failures), 1)
}

// newStorm returns a storm with default settings. It has so many instances, and timeouts so short, that thousands of
// uploads take about a minute, although some requests hang until the timeout.
func newStorm(binary, runtime string, seed uint64, uploads int) *Storm {
	s := &Storm{Binary: binary, Runtime: runtime, Seed: seed, Uploads: uploads, Timeout: 3 * time.Second, Limit: 20 * time.Minute,
		Instances: 48, Concurrency: 1, KillEvery: 100 * time.Millisecond, PauseEvery: 200 * time.Millisecond}
	if runtime == "custom" {
		s.Instances, s.Concurrency, s.KillEvery, s.PauseEvery = 4, 40, time.Second, 2*time.Second
	}
	return s
}

// calm turns the faults off, and extends the timeout so that a busy machine causes none.
func (s *Storm) calm() { s.Calm, s.Timeout = true, time.Minute }

// buildFunction builds the function into a temporary folder, which remove deletes.
func buildFunction(ctx context.Context, stderr io.Writer) (binary string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "onput-storm-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	binary = filepath.Join(dir, "main")
	c := build.Command(ctx, "", build.Function, binary)
	c.Stderr = stderr
	if err := c.Run(); err != nil {
		remove()
		return "", nil, fmt.Errorf("go build: %w", err)
	}
	return binary, remove, nil
}
