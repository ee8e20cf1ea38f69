package main

import (
	"fmt"
	"strings"
	"time"
)

// report renders the results as docs/speed.md shows them: a table of matching by the number of rules, and one of all else.
func (r *results) report() string {
	var b strings.Builder
	if len(r.counts("Match")) > 0 {
		b.WriteString(r.matchTable() + "\n")
	}
	if rest := r.restTable(); rest != "" {
		b.WriteString(rest + "\n")
	}
	fmt.Fprintf(&b, "%s, %s cores, %s/%s, %s.\n", r.config["cpu"], r.config["cores"], r.config["goos"], r.config["goarch"], r.config["go"])
	return b.String()
}

// keyFigures renders the results that a README shows, with English or Chinese labels.
func (r *results) keyFigures(chinese bool) string {
	t := table{}
	add := func(english, inChinese, value string) {
		if chinese {
			english = inChinese
		}
		t.add(english, value)
	}
	add("measured on one machine, not on Function Compute", "在一台机器上测得，不是在函数计算上测得", "")
	add("find every rule for a key among 10, 1,000 and 100,000 rules", "在 10、1,000 和 100,000 条规则中找出一个 Key 触发的全部规则",
		duration(r.seconds(with("Match", 10)))+", "+duration(r.seconds(with("Match", 1000)))+", "+duration(r.seconds(with("Match", 100_000))))
	add("cold start to the first answer with 20 rules (an empty function)", "冷启动到首次返回结果，20 条规则（空函数）",
		duration(r.value(with("ColdStart", fewRules), "answer-sec"))+" ("+duration(r.value("ColdStart/bare", "answer-sec"))+")")
	uploads := func(name string) string {
		return number(r.value(name, "uploads/s")) + " (" + size(r.value(name, "resident-B")) + ")"
	}
	add("uploads a second (memory) if OSS takes 50 ms: `go1`, one at a time", "OSS 耗时 50 ms 时，每秒处理的上传事件数（内存）：`go1`，单实例并发度为一", uploads("Uploads/runtime=go1/at-once=1"))
	add("the same: custom runtime, up to 200 at once", "其余条件不变，改用自定义运行时，单实例并发度 200", uploads("Uploads/runtime=custom/at-once=200"))
	return t.String()
}

func (r *results) matchTable() string {
	counts := r.counts("Match")
	t := table{numbers: true}
	heading := []string{"ns per key, by the number of rules"}
	for _, n := range counts {
		heading = append(heading, whole(n))
	}
	t.add(heading...)
	for _, row := range []struct{ label, benchmark, unit string }{
		{"onput", "Match", "sec/op"},
		{"onput, first pass", "FirstPass", "sec/key"},
		{"onput, nothing matches", "NoMatch", "sec/op"},
		{"gobwas/glob " + r.config["gobwas"], "Gobwas", "sec/op"},
		{"doublestar " + r.config["doublestar"], "Doublestar", "sec/op"},
		{"lower bound: four map lookups", "MapLookups", "sec/op"},
		{"lower bound: a walk through a table", "TableWalk", "sec/op"},
	} {
		cells := []string{row.label}
		for _, n := range counts {
			cells = append(cells, number(1e9*r.value(with(row.benchmark, n), row.unit)))
		}
		t.add(cells...)
	}
	return t.String()
}

func (r *results) restTable() string {
	t := table{}
	t.add("", "onput", "compared with")
	r.matchRows(&t)
	r.loadRows(&t)
	r.handlerRows(&t)
	r.coldRows(&t)
	r.uploadRows(&t)
	if len(t.rows) == 1 {
		return ""
	}
	return t.String()
}

func (r *results) matchRows(t *table) {
	const few, medium, many = 10, 1000, 100_000
	row := func(rules int, beside string) {
		if name := with("Match", rules); r.has(name) {
			t.add("a key among "+whole(rules)+" rules", duration(r.seconds(name))+", "+allocations(r.value(name, "allocs/key")), beside)
		}
	}
	times := func(a, b string) string { return ratio(r.seconds(a), r.seconds(b)) }
	row(few, times(with("Match", few), with("MapLookups", few))+" the lookups, "+times(with("Match", few), with("TableWalk", few))+
		" the walk; gobwas/glob takes "+times(with("Gobwas", few), with("Match", few)))
	row(medium, "gobwas/glob takes "+times(with("Gobwas", medium), with("Match", medium))+", doublestar "+times(with("Doublestar", medium), with("Match", medium)))
	row(many, times(with("Match", many), with("Match", few))+" that of 10 rules")
}

func (r *results) loadRows(t *table) {
	for _, n := range r.counts("Parse/mixed") {
		name := with("Parse/mixed", n)
		parse, yaml := r.seconds(name), r.seconds(with("YAML/mixed", n))
		t.add("loading "+whole(n)+" rules, "+size(r.value(name, "file-B")), duration(parse)+", "+size(r.value(name, "held-B"))+" retained",
			"YAML alone "+duration(yaml)+", the rest "+duration(parse-yaml))
	}
}

func (r *results) handlerRows(t *table) {
	cell := func(name string) string {
		return duration(r.seconds(name)) + ", " + allocations(r.value(name, "allocs/op"))
	}
	if name := "Decode/by=onput"; r.has(name) {
		t.add(fmt.Sprintf("decoding an event of %.0f bytes", r.value(name, "event-B")), cell(name),
			"encoding/json "+duration(r.seconds("Decode/by=encoding-json"))+", gjson.GetManyBytes "+duration(r.seconds("Decode/by=gjson")))
	}
	if r.has("Invoke") {
		t.add("an invocation, one upload, one task, without OSS", cell("Invoke"), "")
	}
}

// fewRules is the number of rules where their number is not what is measured.
const fewRules = 20

func (r *results) coldRows(t *table) {
	const bare, poll, answer = "ColdStart/bare", "poll-sec", "answer-sec"
	for _, n := range r.counts("ColdStart") {
		name := with("ColdStart", n)
		value := func(unit string) (onput, alone float64) { return r.value(name, unit), r.value(bare, unit) }
		if n != fewRules {
			own, alone := value(answer)
			t.add("cold start to the first answer, "+whole(n)+" rules", duration(own), duration(own-alone)+" more than the bare function")
			continue
		}
		for _, until := range []struct{ what, unit string }{{"poll", poll}, {"answer", answer}} {
			own, alone := value(until.unit)
			t.add(fmt.Sprintf("cold start to the first %s, %d rules", until.what, n), duration(own), ratio(own, alone)+" the bare function's "+duration(alone))
		}
	}
}

// ossTakes is how long OSS takes to answer a submission in BenchmarkUploads.
const ossTakes = 50 * time.Millisecond

func (r *results) uploadRows(t *table) {
	const perSecond, resident = "uploads/s", "resident-B"
	first := ""
	for _, name := range r.names {
		parts := strings.Split(name, "/") // Uploads, runtime=go1, at-once=1
		if len(parts) != 3 || parts[0] != "Uploads" {
			continue
		}
		runtime, atOnce := strings.TrimPrefix(parts[1], "runtime="), strings.TrimPrefix(parts[2], "at-once=")
		figures, beside := number(r.value(name, perSecond)), ""
		if bytes := r.value(name, resident); bytes > 0 {
			figures += ", " + size(bytes) + " resident at most"
		}
		if first == "" {
			first = name
		} else {
			beside = ratio(r.value(name, perSecond), r.value(first, perSecond)) + " " + strings.TrimPrefix(strings.Split(first, "/")[1], "runtime=")
		}
		t.add(fmt.Sprintf("uploads per second, OSS taking %s: %s, %s at once", duration(ossTakes.Seconds()), runtime, atOnce), figures, beside)
	}
}
