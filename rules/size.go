package rules

import (
	"math"
	"strconv"
	"strings"
)

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"", 1}}

// bytes reads a number of bytes, with KiB, MiB or GiB behind it or without a unit.
func (d *document) bytes(s scalar) (int64, bool) {
	for _, unit := range sizeUnits {
		digits, ok := strings.CutSuffix(s.text, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 63)
		if err != nil || int64(n) > math.MaxInt64/unit.bytes {
			break
		}
		return int64(n) * unit.bytes, true
	}
	d.fail(s.node, "size", "%q is no size: a whole number of bytes, or one with KiB, MiB or GiB, such as 5MiB", s.text)
	return 0, false
}
