package rules

import "onput/internal/keyindex"

// Stats says how Match finds the rules.
type Stats struct {
	Rules    int
	Enabled  int
	Ways     int     // alternatives of patterns, for each bucket, prefix and suffix
	Nodes    int     // of the index, a trie over segments
	Texts    int     // that the index looks up
	Bytes    int     // of the index, about
	Groups   int     // of rules that listen to the same events
	Partly   Crowd   // rules with too many alternatives, so that some of their conditions are compared
	Compared []Crowd // segments that are compared one after another, the most first
	Together []Crowd // rules that are found together, so that further conditions are compared for each
}

// Crowd is a number of segments or rules that one key may have to do with.
type Crowd struct {
	Count int
	Rule  string // the first of the rules
}

// Stats returns how Match finds the rules; PATTERNS.md says what that costs.
func (s *Set) Stats() Stats {
	x := s.index.Stats()
	crowds := func(of []keyindex.Crowd) []Crowd {
		all := []Crowd{}
		for _, c := range of {
			all = append(all, Crowd{c.Count, s.rules[c.First].name})
		}
		return all
	}
	var partly Crowd
	if x.Partly.Count > 0 {
		partly = Crowd{x.Partly.Count, s.rules[x.Partly.First].name}
	}
	return Stats{
		Rules: len(s.rules), Enabled: x.Places, Ways: x.Ways, Nodes: x.Nodes, Texts: x.Edges, Bytes: x.Bytes,
		Groups: len(s.listening.groups), Partly: partly, Compared: crowds(x.Compared), Together: crowds(x.Together),
	}
}
