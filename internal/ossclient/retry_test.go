package ossclient

import (
	"testing"
	"time"
)

func TestPause(t *testing.T) {
	c := &Client{}
	for _, jitter := range []float64{0, 0.999} {
		c.jitter = func() float64 { return jitter }
		for attempts, full := range [maxAttempts - 1]time.Duration{200, 400, 800, 1600} {
			full *= time.Millisecond
			if p := c.pause(attempts + 1); p < full/2 || p > full {
				t.Errorf("after %d attempts: %v", attempts+1, p)
			}
		}
	}
}
