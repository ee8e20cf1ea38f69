package rulefile

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
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
		return 0, fmt.Errorf("invalid size %q: use a whole number of bytes, or one with KiB, MiB or GiB, such as 5MiB", text)
	}
	return int64(n) * bytes, nil
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
