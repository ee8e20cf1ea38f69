package main

import "onput/rules"

// testRunJSON is the output of onput test --json.
type testRunJSON struct {
	File    string           `json:"file"`
	Tests   int              `json:"tests"`
	Failed  int              `json:"failed"`
	Results []testResultJSON `json:"results"`
}

type testResultJSON struct {
	Line     int              `json:"line"`
	Upload   uploadJSON       `json:"upload"`
	Passed   bool             `json:"passed"`
	Expected []rules.Expected `json:"expected"`
	Got      []taskJSON       `json:"got"`
	Skipped  string           `json:"skipped,omitempty"`
	Rules    []verdictJSON    `json:"rules,omitempty"` // of a failed test
}

func newTestRunJSON(file string, results []rules.Result, failed int) testRunJSON {
	out := testRunJSON{File: file, Tests: len(results), Failed: failed, Results: []testResultJSON{}}
	for i := range results {
		r := &results[i]
		explained := newExplanationJSON(&r.Explanation)
		j := testResultJSON{
			Line: r.Test.Line, Upload: explained.uploadJSON, Passed: r.Passed(), Expected: append([]rules.Expected{}, r.Test.Fires...),
			Got: append([]taskJSON{}, newTasksJSON(r.Explanation.Tasks())...), Skipped: r.Explanation.Skip,
		}
		if !j.Passed {
			j.Rules = explained.Rules
		}
		out.Results = append(out.Results, j)
	}
	return out
}
