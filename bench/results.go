package main

import (
	"encoding/json"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
)

// results is what results.json holds: everything that was measured, as it was measured. What a page shows of it is made
// of it alone.
type results struct {
	Machine   machine    `json:"machine"`
	Libraries libraries  `json:"libraries"`
	Match     []matching `json:"match,omitempty"`
	Load      []loading  `json:"load,omitempty"`
	Decode    *decoding  `json:"decode,omitempty"`
	Handle    *cost      `json:"handle,omitempty"`
	Cold      []starting `json:"cold,omitempty"`
	Serve     []serving  `json:"serve,omitempty"`
}

// machine is where it was measured. Figures of different machines are not to be mixed.
type machine struct {
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	Go    string `json:"go"`
	OS    string `json:"os"` // linux/amd64
}

var cpuModel = regexp.MustCompile(`(?m)^model name\s*:\s*(.+)$`)

func thisMachine() machine {
	m := machine{CPU: "CPU not known", Cores: runtime.NumCPU(), Go: runtime.Version(), OS: runtime.GOOS + "/" + runtime.GOARCH}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if model := cpuModel.FindSubmatch(info); model != nil {
			m.CPU = string(model[1])
		}
	}
	return m
}

// libraries are the versions of what onput is compared with.
type libraries struct {
	Gobwas     string `json:"gobwas"`
	Doublestar string `json:"doublestar"`
}

func theseLibraries() (l libraries) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return l
	}
	for _, module := range info.Deps {
		switch module.Path {
		case "github.com/gobwas/glob":
			l.Gobwas = module.Version
		case "github.com/bmatcuk/doublestar/v4":
			l.Doublestar = module.Version
		}
	}
	return l
}

const resultsFile = "results.json"

func readResults() (*results, error) {
	b, err := os.ReadFile(resultsFile)
	if err != nil {
		return nil, err
	}
	r := &results{}
	return r, json.Unmarshal(b, r)
}

func (r *results) write() error {
	b, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(resultsFile, append(b, '\n'), 0o644)
}

// keep takes over the parts that were not measured now.
func (r *results) keep(old *results) {
	if r.Match == nil {
		r.Match = old.Match
	}
	if r.Load == nil {
		r.Load = old.Load
	}
	if r.Decode == nil {
		r.Decode = old.Decode
	}
	if r.Handle == nil {
		r.Handle = old.Handle
	}
	if r.Cold == nil {
		r.Cold = old.Cold
	}
	if r.Serve == nil {
		r.Serve = old.Serve
	}
}
