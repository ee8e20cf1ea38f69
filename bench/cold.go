package main

import (
	"fmt"
	"strings"
	"time"

	"onput/rules"
)

// starting is the median of many cold starts of one function.
type starting struct {
	Function string        `json:"function"`        // onput or bare
	Rules    int           `json:"rules,omitempty"` // in onput's file
	Starts   int           `json:"starts"`
	Poll     time.Duration `json:"pollNS"`
	Answer   time.Duration `json:"answerNS"`
}

// measureStarts starts the bare function and onput with each number of rules, one after the other, and that many times
// over. onput only logs what it would submit (ONPUT_MODE=log), so that no OSS has a part in it.
func measureStarts(p *programs, e effort) ([]starting, error) {
	type candidate struct {
		program string
		env     []string
		payload []byte
		wants   string // in the answer
		polls   []time.Duration
		answers []time.Duration
	}
	few, err := firing(newWorkload(fewRules))
	if err != nil {
		return nil, err
	}
	all := []starting{{Function: "bare", Starts: e.starts}}
	candidates := []*candidate{{program: p.bare, payload: few, wants: "hello"}}
	for _, count := range e.coldRules {
		w := newWorkload(count)
		path, err := p.ruleFile(w)
		if err != nil {
			return nil, err
		}
		payload, err := firing(w)
		if err != nil {
			return nil, err
		}
		all = append(all, starting{Function: "onput", Rules: count, Starts: e.starts})
		candidates = append(candidates, &candidate{
			program: p.onput,
			env:     []string{"ONPUT_RULES=" + path, "ONPUT_MODE=log"},
			payload: payload,
			wants:   `"status":"logged"`,
		})
	}
	for range e.starts {
		for _, c := range candidates {
			s, err := coldStart(c.program, c.env, c.payload)
			if err != nil {
				return nil, err
			}
			if !strings.Contains(s.body, c.wants) {
				return nil, fmt.Errorf("the answer has no %s: %s", c.wants, s.body)
			}
			c.polls, c.answers = append(c.polls, s.poll), append(c.answers, s.answer)
		}
	}
	for i, c := range candidates {
		all[i].Poll, all[i].Answer = median(c.polls), median(c.answers)
	}
	return all, nil
}

// firing returns an event that fires one task of the workload.
func firing(w *workload) ([]byte, error) {
	set, err := rules.Parse("rules.yaml", w.file())
	if err != nil {
		return nil, err
	}
	payloads, err := w.events(set, 1)
	if err != nil {
		return nil, err
	}
	return payloads[0], nil
}
