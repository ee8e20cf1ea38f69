// Package timezone loads time zones by name from data in the binary, because Function Compute has none.
//
// The data begins with 2020, because uploads are newer. Package time/tzdata has all of it, in twenty times as many bytes.
package timezone

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:generate go run generate.go zones.gz

// zones holds, for each zone, a line with its names and the length of its data, and the data in the format of tzfile(5).
//
//go:embed zones.gz
var zones []byte

// Load returns the zone with a name of the IANA time zone database, such as Asia/Shanghai.
func Load(name string) (*time.Location, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(zones))
	if err != nil {
		return nil, err
	}
	for r := bufio.NewReader(unpacked); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("no time zone is called %q", name)
		}
		names := strings.Fields(line)
		last := len(names) - 1
		length, err := strconv.Atoi(names[last])
		if err != nil {
			return nil, err
		}
		if !slices.Contains(names[:last], name) {
			r.Discard(length) // the next line cannot be read if this fails
			continue
		}
		data := make([]byte, length)
		if _, err := io.ReadFull(r, data); err != nil {
			return nil, err
		}
		return time.LoadLocationFromTZData(name, data)
	}
}
