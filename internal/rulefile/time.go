package rulefile

import (
	"errors"
	"time"
)

// ParseTime parses a point in time as events write it, such as 2026-11-30T08:15:00Z or 2026-11-30T16:15:00+08:00.
func ParseTime(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, errors.New("a time must be written with its distance from UTC, such as 2026-11-30T08:15:00Z or 2026-11-30T16:15:00+08:00")
	}
	return at, nil
}
