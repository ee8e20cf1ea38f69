package text

// Closest returns the candidate with the fewest edits to word, "" if none is close. A close one has at most as many edits as
// a third of word's bytes, and at least one; words of a single byte have none.
func Closest(word string, candidates []string) string {
	if len(word) < 2 {
		return ""
	}
	best, bound := "", max(1, len(word)/3)
	for _, c := range candidates {
		if d := editDistance(word, c, bound); d <= bound && d < len(c) && c != word {
			best, bound = c, d-1
		}
	}
	return best
}

// editDistance counts the insertions, deletions, replacements and swaps of neighbours between a and b. It returns bound+1
// for any number above bound.
func editDistance(a, b string, bound int) int {
	if len(a)-len(b) > bound || len(b)-len(a) > bound {
		return bound + 1
	}
	// The rows of the usual table (optimal string alignment) for a's last two prefixes and this one.
	beforeLast, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
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
				row[j] = min(row[j], beforeLast[j-2]+1)
			}
		}
		beforeLast, last, row = last, row, beforeLast
	}
	return min(last[len(b)], bound+1)
}
