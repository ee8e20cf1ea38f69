package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// results holds the figures of results.txt. All that is published is made of them.
type results struct {
	config map[string]string    // of the machine
	names  []string             // of benchmarks, without "Benchmark" and the number of processors, in the order of the file
	values map[metric][]float64 // of each round
}

// metric names the figures of one benchmark in one unit: "Match/rules=10", "sec/op".
type metric struct{ name, unit string }

// readResults reads a file in Go's benchmark format. Units are base units: seconds and bytes.
func readResults(file string) (*results, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := &results{config: map[string]string{}, values: map[metric][]float64{}}
	reader := benchfmt.NewReader(f, file)
	for reader.Scan() {
		switch line := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			return nil, line
		case *benchfmt.Result:
			r.add(line)
		}
	}
	return r, reader.Err()
}

var processors = regexp.MustCompile(`-\d+$`)

func (r *results) add(line *benchfmt.Result) {
	for _, c := range line.Config {
		r.config[c.Key] = strings.TrimSpace(string(c.Value))
	}
	name := processors.ReplaceAllString(line.Name.String(), "")
	if !slices.Contains(r.names, name) {
		r.names = append(r.names, name)
	}
	for _, v := range line.Values {
		m := metric{name, v.Unit}
		r.values[m] = append(r.values[m], v.Value)
	}
}

// value returns the figure that is published of a benchmark: in sec/op the fastest round, in any other unit the median. It
// returns 0 if there is none.
func (r *results) value(name, unit string) float64 {
	values := slices.Sorted(slices.Values(r.values[metric{name, unit}]))
	switch {
	case len(values) == 0:
		return 0
	case unit == "sec/op":
		return values[0]
	}
	return values[len(values)/2]
}

// seconds returns the sec/op of a benchmark.
func (r *results) seconds(name string) float64 { return r.value(name, "sec/op") }

// has reports whether the benchmark ran.
func (r *results) has(name string) bool { return slices.Contains(r.names, name) }

// counts returns the numbers of rules that a benchmark, such as "Match", ran with, in the order of the file.
func (r *results) counts(benchmark string) []int {
	var counts []int
	for _, name := range r.names {
		if n, ok := strings.CutPrefix(name, benchmark+"/rules="); ok {
			if count, err := strconv.Atoi(n); err == nil {
				counts = append(counts, count)
			}
		}
	}
	return counts
}

// with returns the name of a benchmark with so many rules.
func with(benchmark string, rules int) string { return fmt.Sprintf("%s/rules=%d", benchmark, rules) }
