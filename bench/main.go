// Bench measures onput, and writes what it found into the READMEs. From this folder:
//
//	go run .                    measure everything, write results.json, the READMEs and docs/match.svg
//	go run . -only match,cold   measure some parts; the figures of the others stay if they are of this machine
//	go run . -max 10000         leave out the largest numbers of rules
//	go run . -quick             see that every part works; small, and writes nothing
//	go run . -update            write the READMEs and docs/match.svg from results.json, measure nothing
//
// It is a module of its own so that what it compares with, and what draws the picture, is no dependency of the product.
//
// Figures depend on the machine and on what else it does, so those that are compared are taken in one run, one after the
// other in every round: the engines for each number of rules, the decoders, and the two programs of a cold start. What
// is done again and again is given by its fastest batch, what can be done only once by the median of many times.
//
// The parts, each in the file of its name:
//
//	match      how long it takes to find all rules for a key, by the number of rules, also with other libraries
//	load       reading a rule file, and the memory that it keeps
//	decode     reading an event
//	handle     a whole invocation, but for OSS's answer
//	cold       from the start of the process to the first poll and the first answer
//	serve      uploads per second of one instance
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

// functionGC is the garbage collector's setting once the function has loaded its rules.
const functionGC = 400

var parts = []string{"match", "load", "decode", "handle", "cold", "serve"}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	only := flags.String("only", strings.Join(parts, ","), "the `parts` to measure")
	quick := flags.Bool("quick", false, "see that every part works, and write nothing")
	most := flags.Int("max", slices.Max(thorough.sizes), "match and load at most so many `rules`")
	update := flags.Bool("update", false, "write the READMEs and the picture from results.json, measure nothing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *update {
		r, err := readResults()
		if err != nil {
			return err
		}
		return r.publish()
	}
	wanted := strings.Split(*only, ",")
	for _, part := range wanted {
		if !slices.Contains(parts, part) {
			return fmt.Errorf("-only: there is no part %q; there are %s", part, strings.Join(parts, ", "))
		}
	}
	debug.SetGCPercent(functionGC)
	e := thorough
	if *quick {
		e = smoke
	}
	e.sizes = slices.DeleteFunc(slices.Clone(e.sizes), func(n int) bool { return n > *most })
	fresh, err := measureAll(wanted, e, stderr)
	if err != nil {
		return err
	}
	fmt.Fprint(stdout, fresh.report())
	if *quick {
		return nil
	}
	if old, err := readResults(); err == nil && old.Machine == fresh.Machine {
		fresh.keep(old)
	}
	if err := fresh.write(); err != nil {
		return err
	}
	return fresh.publish()
}

// effort is how thoroughly is measured.
type effort struct {
	sizes       []int         // numbers of rules to match with, and, from 1,000 on, to load
	rounds      int           // of a race
	batch       time.Duration // of one operation
	firstPasses int
	loads       int
	starts      int   // of each function
	coldRules   []int // numbers of rules to start with
	oneByOne    int   // uploads in a batch of the Go runtime
	together    int   // uploads in a batch of the custom runtime
}

var (
	thorough = effort{
		sizes:  []int{10, 100, 1000, 10_000, 100_000},
		rounds: 5, batch: 200 * time.Millisecond, firstPasses: 7, loads: 3,
		starts: 40, coldRules: []int{fewRules, 1000, 10_000},
		oneByOne: 100, together: 10_000,
	}
	smoke = effort{
		sizes:  []int{10, 1000},
		rounds: 1, batch: time.Millisecond, firstPasses: 1, loads: 1,
		starts: 1, coldRules: []int{fewRules, 100},
		oneByOne: 3, together: 30,
	}
)

// measureAll measures the parts that are wanted, and says on progress what it is at.
func measureAll(wanted []string, e effort, progress io.Writer) (*results, error) {
	r := &results{Machine: thisMachine(), Libraries: theseLibraries()}
	want := func(part string) bool {
		if !slices.Contains(wanted, part) {
			return false
		}
		fmt.Fprintln(progress, "measuring", part)
		return true
	}
	if want("match") {
		for _, count := range e.sizes {
			m, err := measureMatching(count, e)
			if err != nil {
				return nil, err
			}
			r.Match = append(r.Match, m)
		}
	}
	if want("load") {
		for _, count := range e.sizes {
			if count < 1000 {
				continue
			}
			l, err := measureLoading(count, e)
			if err != nil {
				return nil, err
			}
			r.Load = append(r.Load, l)
		}
	}
	if want("decode") {
		d, err := measureDecoding(e)
		if err != nil {
			return nil, err
		}
		r.Decode = &d
	}
	if want("handle") {
		h, err := measureHandling(e)
		if err != nil {
			return nil, err
		}
		r.Handle = &h
	}
	cold, serve := want("cold"), want("serve")
	if !cold && !serve {
		return r, nil
	}
	p, err := buildPrograms()
	if err != nil {
		return nil, err
	}
	defer p.remove()
	if cold {
		if r.Cold, err = measureStarts(p, e); err != nil {
			return nil, err
		}
	}
	if serve {
		one, err := measureServing(p, "go1", 1, e.oneByOne)
		if err != nil {
			return nil, err
		}
		many, err := measureServing(p, "custom", 200, e.together)
		if err != nil {
			return nil, err
		}
		r.Serve = []serving{one, many}
	}
	return r, nil
}
