package main

import "testing"

func TestTable(t *testing.T) {
	numbers := table{numbers: true}
	numbers.add("ns", "10", "100")
	numbers.add("µ", "1.0", "12,300")
	text := table{}
	text.add("", "onput")
	text.add("reading", "1 ms")
	for _, test := range []struct {
		t    table
		want string
	}{
		{numbers, "| ns  |  10 |    100 |\n| --- | --: | -----: |\n| µ   | 1.0 | 12,300 |\n"},
		{text, "|         | onput |\n| ------- | ----- |\n| reading | 1 ms  |\n"},
	} {
		if got := test.t.String(); got != test.want {
			t.Errorf("\n%s\nwant\n%s", got, test.want)
		}
	}
}

func TestFormats(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{number(0), "0.0"},
		{number(62.34), "62.3"},
		{number(389.7), "390"},
		{number(12_345), "12,300"},
		{number(7_712_345), "7,710,000"},
		{whole(10), "10"},
		{whole(100_000), "100,000"},
		{duration(62e-9), "62 ns"},
		{duration(1234e-9), "1.23 µs"},
		{duration(999_999e-9), "1000 µs"},
		{duration(16.482e-3), "16.5 ms"},
		{duration(120), "120 s"},
		{ratio(7_700_000.0, 227.0), "34,000 ×"},
		{ratio(31600.0, 260.0), "120 ×"},
		{ratio(2.0, 3.0), "0.67 ×"},
		{size(137_357), "137 KB"},
		{size(15_640_000), "15.6 MB"},
		{allocations(0), "no allocation"},
		{allocations(1.04), "1 allocation"},
		{allocations(2.26), "2.3 allocations"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}
