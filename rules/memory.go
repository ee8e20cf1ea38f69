package rules

import (
	"fmt"
	"strings"

	"onput/internal/glob"
	"onput/internal/rulefile"
)

// Bytes that loading takes at most for parts of a rule file, measured over files of many shapes: TestMemoryEstimate. They
// hold for rules as people write them, not for every text.
const (
	memoryPerByte        = 3 // the file, read and kept
	memoryPerWrittenByte = 6 // of lines without indentation and comments
	memoryPerEntry       = 700
	memoryPerComma       = 200 // between values
	memoryPerAlternative = 400 // of a pattern that has several: {a,b}{c,d} has four
	memoryOfNodes        = 25  // for each written byte, if the file cannot be parsed in parts
)

// EstimateMemory returns estimates of the memory in bytes that loading a rule file takes, and of what its set holds then.
func EstimateMemory(src []byte) (loading, loaded int64) {
	text := string(src)
	return estimateMemory(text, rulefile.InParts(text))
}

func estimateMemory(text string, inParts bool) (loading, loaded int64) {
	written, entries, commas, alternatives := 0, 0, 0, 0
	for line := range strings.Lines(text) {
		line = strings.TrimLeft(line, " ")
		if strings.HasPrefix(line, "#") {
			continue
		}
		written += len(line)
		if strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "{") {
			entries++
		}
		commas += strings.Count(line, ", ")
		alternatives += countAlternatives(line)
	}
	loading = int64(memoryPerByte*len(text) + memoryPerWrittenByte*written + memoryPerEntry*entries +
		memoryPerComma*commas + memoryPerAlternative*alternatives)
	loaded = loading * 85 / 100
	if !inParts {
		loading += int64(memoryOfNodes * written)
	}
	return loading, loaded
}

// countAlternatives returns the number of texts that the braces in a line stand for, in all patterns together. A pattern
// ends at a space.
func countAlternatives(line string) int {
	total := 0
	for word := range strings.FieldsSeq(line) {
		product := 1
		for {
			_, rest, open := strings.Cut(word, "{")
			inner, after, closed := strings.Cut(rest, "}")
			if !open || !closed {
				break
			}
			product = min(product*(1+strings.Count(inner, ",")), glob.MaxAlternatives)
			word = after
		}
		if product > 1 {
			total += product
		}
	}
	return total
}

// refuseTooLarge returns Diagnostics if loading needs more memory than allowed.
func refuseTooLarge(doc *rulefile.Document, inParts bool, allowed int64) error {
	if allowed == 0 {
		return nil
	}
	need, _ := estimateMemory(doc.Text, inParts)
	if need <= allowed {
		return nil
	}
	return Diagnostics{{File: doc.Name, Code: "memory", Message: fmt.Sprintf(
		"loading the rules takes about %d MB of memory, but the function has %d MB for them: raise its memorySize",
		1+need>>20, allowed>>20)}}
}
