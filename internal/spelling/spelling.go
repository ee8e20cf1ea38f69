// Package spelling finds the word that was probably meant, for "did you mean" in messages.
package spelling

// Closest returns the word among candidates with the fewest edits to word, and "" where none is near enough to be
// what was meant: at most a third of its letters, and at least one of two or more, may differ.
func Closest(word string, candidates []string) string {
	if len(word) < 2 {
		return ""
	}
	best, bound := "", max(1, len(word)/3)
	for _, c := range candidates {
		if d := distance(word, c, bound); d <= bound && d < len(c) && c != word {
			best, bound = c, d-1
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of neighbours between a and b. Above bound it
// returns bound+1.
func distance(a, b string, bound int) int {
	if len(a)-len(b) > bound || len(b)-len(a) > bound {
		return bound + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], bound+1)
}
