package localcloud

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// randomHex returns a random number of that many hexadecimal digits.
func randomHex(digits int) string {
	b := make([]byte, (digits+1)/2)
	rand.Read(b)
	return hex.EncodeToString(b)[:digits]
}

// newOSSRequestID returns a request id of OSS, such as 58F9FF2D3DF792092E12044C.
func newOSSRequestID() string { return strings.ToUpper(randomHex(24)) }

// newFCRequestID returns a request id of Function Compute, such as 1-65f0a1b2-12345678-0123456789ab: a version, the time in
// seconds, and two random parts.
func newFCRequestID(now time.Time) string {
	return fmt.Sprintf("1-%08x-%s-%s", now.Unix(), randomHex(8), randomHex(12))
}

const requestIDLength = len("1-65f0a1b2-12345678-0123456789ab")

// newRequestID returns a request id of STS or IMM.
func newRequestID() string { return strings.ToUpper(newUUID()) }

// newUUID returns a random UUID in lower case.
func newUUID() string {
	s := randomHex(32)
	return s[:8] + "-" + s[8:12] + "-5" + s[13:16] + "-9" + s[17:20] + "-" + s[20:]
}

// newIMMEventID returns the EventId of an accepted process, such as 1C7-2NeZ1G6P6NW6uxwhJLB8V33ex76.
func newIMMEventID() string {
	return strings.ToUpper(randomHex(3)) + "-" + (rand.Text() + rand.Text())[:27]
}
