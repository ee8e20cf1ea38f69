package compile

import (
	"regexp"
	"sync"
	"time"

	"onput/internal/rulefile"
	"onput/internal/timezone"
)

// utcOffset is a distance from UTC, as people write it in place of a time zone.
var utcOffset = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(UTC|GMT)?[+-]\d\d?(:?\d\d)?$`) })

// compileTimeZone returns the time zone of {u_year} and its like, nil for UTC.
func (c *compiler) compileTimeZone(s *rulefile.Scalar) *time.Location {
	if s == nil {
		return nil
	}
	zone, err := timezone.Load(s.Text)
	switch {
	case err == nil:
		return zone
	case utcOffset().MatchString(s.Text):
		c.Error(s.Node, "timezone", "%q is a distance from UTC, which a time zone may change twice a year: write its name, such as Asia/Shanghai",
			s.Text)
	default:
		c.Error(s.Node, "timezone", "no time zone is called %q: write a name of the IANA time zone database, such as Asia/Shanghai", s.Text)
	}
	return nil
}
