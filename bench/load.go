package main

import (
	"fmt"
	"runtime"
	"time"

	"go.yaml.in/yaml/v4"

	"onput/rules"
)

// loading is what it takes to read a rule file and to keep it.
type loading struct {
	Rules int           `json:"rules"`
	Bytes int           `json:"bytes"`     // of the file
	Parse time.Duration `json:"parseNS"`   // rules.Parse: YAML, checks, loop proof, index
	YAML  time.Duration `json:"yamlNS"`    // YAML alone, into the nodes that rules.Parse reads
	Held  uint64        `json:"heldBytes"` // that the set keeps
}

// measureLoading reads the workload's file several times, in turn with YAML alone. What counts is the fastest.
func measureLoading(count int, e effort) (loading, error) {
	file := newWorkload(count).file()
	l := loading{Rules: count, Bytes: len(file)}
	for i := range e.loads {
		runtime.GC()
		began := time.Now()
		var root yaml.Node
		if err := yaml.Load(file, &root); err != nil {
			return l, fmt.Errorf("yaml: %w", err)
		}
		nodes := time.Since(began)
		root = yaml.Node{}

		before := heap()
		began = time.Now()
		set, err := rules.Parse("rules.yaml", file)
		if err != nil {
			return l, err
		}
		parse := time.Since(began)
		l.Held = heap() - before
		runtime.KeepAlive(set)
		if i == 0 || parse < l.Parse {
			l.Parse = parse
		}
		if i == 0 || nodes < l.YAML {
			l.YAML = nodes
		}
	}
	runtime.KeepAlive(file)
	return l, nil
}

// heap returns the bytes in use once the garbage is collected; twice, for what finalizers let go of.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
