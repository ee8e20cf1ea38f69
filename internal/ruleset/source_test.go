package ruleset

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onput/internal/glob"
)

// Many sources, which are found by an index, are what a few are.
func TestManySources(t *testing.T) {
	long := strings.Repeat("x", 70) // of a prefix, the index looks at a part
	rapid.Check(t, func(t *rapid.T) {
		var few, many Set
		for range rapid.IntRange(linearScanLimit+1, 3*linearScanLimit).Draw(t, "sources") {
			bucket := rapid.SampledFrom([]string{"b1", "b2", "b*", "?2", "{b1,c1}"}).Draw(t, "bucket")
			p, err := glob.ParseValue(bucket, false)
			if err != nil {
				t.Fatal(err)
			}
			src := Source{Bucket: p, Prefix: rapid.StringOfN(rapid.SampledFrom([]rune("ab/é")), 0, 4, -1).Draw(t, "prefix")}
			if rapid.IntRange(0, 9).Draw(t, "long") == 0 {
				src.Prefix = long + src.Prefix
			}
			if !strings.ContainsAny(bucket, "*?{") {
				src.Name = bucket
			}
			few.Sources = append(few.Sources, src)
		}
		many.Sources = few.Sources
		many.indexSources()
		if many.sourceIndex == nil {
			t.Fatal("there is no index")
		}
		for range 20 {
			bucket := rapid.SampledFrom([]string{"b1", "b2", "c1", "c2", "d1"}).Draw(t, "in bucket")
			key := rapid.StringOfN(rapid.SampledFrom([]rune("ab/é\xff")), 1, 6, -1).Draw(t, "key")
			if rapid.Bool().Draw(t, "long") {
				key = long + key
			}
			want := slices.ContainsFunc(few.Sources, func(s Source) bool { return s.Contains(bucket, key) })
			if got := many.IsSource(bucket, key); got != want {
				t.Fatalf("%s in %s is in one of the sources: %v, want %v", key, bucket, got, want)
			}
		}
	})
}
