package main

import (
	"fmt"
	"strings"
	"time"
)

// report renders the results as the READMEs show them: how matching grows with the number of rules, and then all the rest.
func (r *results) report() string {
	var b strings.Builder
	if len(r.Match) > 0 {
		b.WriteString(r.matchTable())
		b.WriteString("\n")
	}
	if rest := r.restTable(); rest != "" {
		b.WriteString(rest)
		b.WriteString("\n")
	}
	m := r.Machine
	fmt.Fprintf(&b, "%s, %d cores, %s, %s.\n", m.CPU, m.Cores, m.OS, m.Go)
	return b.String()
}

func (r *results) matchTable() string {
	t := table{numbers: true}
	row := func(name string, value func(*matching) string) {
		cells := []string{name}
		for i := range r.Match {
			cells = append(cells, value(&r.Match[i]))
		}
		t.add(cells...)
	}
	row("ns per key, by the number of rules", func(m *matching) string { return whole(m.Rules) })
	row("onput", func(m *matching) string { return number(m.Onput.NS) })
	row("onput, first pass", func(m *matching) string { return number(m.FirstPass) })
	row("onput, nothing matches", func(m *matching) string { return number(m.Nothing.NS) })
	row("gobwas/glob "+r.Libraries.Gobwas, func(m *matching) string { return number(m.Gobwas) })
	row("doublestar "+r.Libraries.Doublestar, func(m *matching) string { return number(m.Doublestar) })
	row("floor: four look-ups in maps", func(m *matching) string { return number(m.Floor) })
	row("floor: a walk through a table", func(m *matching) string { return number(m.Walk) })
	return t.String()
}

// among returns the matching of so many rules, nil if it was not measured.
func (r *results) among(count int) *matching {
	for i := range r.Match {
		if r.Match[i].Rules == count {
			return &r.Match[i]
		}
	}
	return nil
}

func (r *results) restTable() string {
	t := table{}
	t.add("", "onput", "beside it")
	if m := r.among(10); m != nil {
		t.add("a key among 10 rules", nanoseconds(m.Onput.NS)+", "+allocations(m.Onput),
			ratio(m.Onput.NS, m.Floor)+" the look-ups, "+ratio(m.Onput.NS, m.Walk)+" the walk; gobwas/glob takes "+ratio(m.Gobwas, m.Onput.NS))
	}
	if m := r.among(1000); m != nil {
		t.add("a key among 1,000 rules", nanoseconds(m.Onput.NS)+", "+allocations(m.Onput),
			"gobwas/glob takes "+ratio(m.Gobwas, m.Onput.NS)+", doublestar "+ratio(m.Doublestar, m.Onput.NS))
	}
	if few, many := r.among(10), r.among(100_000); few != nil && many != nil {
		t.add("a key among 100,000 rules", nanoseconds(many.Onput.NS)+", "+allocations(many.Onput),
			ratio(many.Onput.NS, few.Onput.NS)+" that of 10 rules")
	}
	for _, l := range r.Load {
		t.add("reading "+whole(l.Rules)+" rules, "+size(l.Bytes), duration(l.Parse)+", "+size(l.Held)+" kept",
			"YAML alone "+duration(l.YAML)+", the rest "+duration(l.Parse-l.YAML))
	}
	if d := r.Decode; d != nil {
		t.add(fmt.Sprintf("decoding an event of %d bytes", d.Bytes), nanoseconds(d.Onput.NS)+", "+allocations(d.Onput),
			"encoding/json "+nanoseconds(d.EncodingJSON.NS)+", gjson.GetManyBytes "+nanoseconds(d.GJSON.NS))
	}
	if r.Handle != nil {
		t.add("an invocation, one upload, one task, OSS apart", nanoseconds(r.Handle.NS)+", "+allocations(*r.Handle), "")
	}
	r.coldRows(&t)
	r.serveRows(&t)
	if len(t.rows) == 1 {
		return ""
	}
	return t.String()
}

func (r *results) coldRows(t *table) {
	var bare starting
	for _, s := range r.Cold {
		if s.Function == "bare" {
			bare = s
		}
	}
	for _, s := range r.Cold {
		beside := func(own, bare time.Duration) string {
			return ratio(own, bare) + " the bare function's " + duration(bare)
		}
		switch {
		case s.Function == "bare":
		case s.Rules == fewRules:
			rules := fmt.Sprintf(", %d rules", s.Rules)
			t.add("cold start to the first poll"+rules, duration(s.Poll), beside(s.Poll, bare.Poll))
			t.add("cold start to the first answer"+rules, duration(s.Answer), beside(s.Answer, bare.Answer))
		default:
			t.add("cold start to the first answer, "+whole(s.Rules)+" rules", duration(s.Answer), duration(s.Answer-bare.Answer)+" more than the bare function")
		}
	}
}

func (r *results) serveRows(t *table) {
	for i, s := range r.Serve {
		beside := ""
		if i > 0 {
			beside = ratio(s.PerSecond, r.Serve[0].PerSecond) + " " + r.Serve[0].Runtime
		}
		what := fmt.Sprintf("uploads per second, OSS taking %s: %s, %d at once", duration(ossTakes), s.Runtime, s.AtOnce)
		memory := ""
		if s.Memory > 0 {
			memory = ", " + size(s.Memory) + " resident at most"
		}
		t.add(what, number(s.PerSecond)+memory, beside)
	}
}
