package rulefile

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// SizeUnits are the units of sizes, in ascending order. A size without a unit is in bytes.
var SizeUnits = []struct {
	Name  string
	Bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}

// ParseSize parses a number of bytes as a rule file writes it: 900, 5MiB.
func ParseSize(text string) (int64, error) {
	digits, bytes := text, int64(1)
	for _, unit := range SizeUnits {
		if rest, ok := strings.CutSuffix(text, unit.Name); ok {
			digits, bytes = rest, unit.Bytes
		}
	}
	n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 63)
	if err != nil || int64(n) > math.MaxInt64/bytes {
		return 0, fmt.Errorf("invalid size %q: use a whole number of bytes, or one with KiB, MiB or GiB, such as 5MiB%s", text, meantSize(text))
	}
	return int64(n) * bytes, nil
}

// otherSize matches sizes in the notations of other tools.
var otherSize = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?i)([0-9]+(?:\.[0-9]+)?(?:e[0-9]+)?) ?(?:([kmgt])(i?)b?|b|bytes?)?$`)
})

// meantSize returns, for a message, the sizes that somebody may mean by an invalid one; "" if that is unclear.
func meantSize(text string) string {
	found := otherSize().FindStringSubmatch(strings.NewReplacer("_", "", ",", "").Replace(text))
	if found == nil {
		return ""
	}
	n, err := strconv.ParseFloat(found[1], 64)
	power := float64(strings.Index("kmgt", strings.ToLower(found[2])) + 1)
	if found[2] == "" {
		power = 0
	}
	binary, decimal := n*math.Pow(1024, power), n*math.Pow(1000, power)
	if err != nil || binary > 1<<53 || decimal < 0 {
		return ""
	}
	meant := "; did you mean " + FormatSize(int64(binary))
	if power > 0 && found[3] == "" && decimal == math.Trunc(decimal) {
		meant += ", or " + strconv.FormatInt(int64(decimal), 10)
	}
	return meant + "?"
}

// FormatSize returns a number of bytes as a rule file writes it, in the largest unit that divides it.
func FormatSize(n int64) string {
	for _, unit := range slices.Backward(SizeUnits) {
		if n >= unit.Bytes && n%unit.Bytes == 0 {
			return strconv.FormatInt(n/unit.Bytes, 10) + unit.Name
		}
	}
	return strconv.FormatInt(n, 10)
}

// ReadSize returns the size that a scalar holds. It reports an error if it holds none.
func (r *Reporter) ReadSize(s Scalar) (int64, bool) {
	n, err := ParseSize(s.Text)
	if err != nil {
		r.Error(s.Node, "size", "%s", err)
	}
	return n, err == nil
}
