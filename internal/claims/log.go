package claims

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"onput/internal/text"
)

// state is the state of a log. The package comment explains the states.
type state string

const (
	claimed   state = "claimed"
	submitted state = "submitted"
	released  state = "released"
)

// line is one line of a log.
type line struct {
	State state  `json:"claim"`
	Token string `json:"token"` // random, by which a delivery recognizes its own lines

	// claimed:
	RemainingMillis int64  `json:"ms,omitempty"`         // left to the invocation when it wrote the line
	Invocation      string `json:"invocation,omitempty"` // its id in Function Compute
	Task            *Note  `json:"task,omitempty"`       // in the first line, for people who read the log

	// submitted:
	Receipt

	// released:
	InDoubt bool   `json:"inDoubt,omitempty"` // OSS may have taken the task
	Error   string `json:"error,omitempty"`   // why OSS did not take it
}

// Limits of a log. Most logs have a few hundred bytes; each failed delivery adds as many.
const (
	maxLog  = 64 << 10
	maxLast = 8 << 10        // bytes that stay free for the line that ends a claim
	maxLeft = 24 * time.Hour // the longest timeout of a function, and so of a claim
	maxID   = 200            // bytes of an id in a line
	maxText = 300            // bytes of an error in a line
)

// encode returns the line's JSON with a newline. Bytes of a key that are not UTF-8, which OSS does not allow, become U+FFFD;
// the object's name depends on the original bytes.
//
// https://alibabacloud.com/help/en/oss/user-guide/object-naming-conventions
func (l line) encode() []byte { return encode(l) }

// encode returns v as JSON with a newline, without HTML escapes.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // strings and numbers always encode
		panic(err)
	}
	return b.Bytes()
}

// logSnapshot is the state of a log when it was read. The zero logSnapshot is the log of a task that was never claimed.
type logSnapshot struct {
	last     line
	length   int64
	modified time.Time // OSS's Last-Modified
	date     time.Time // OSS's Date of the answer
}

// endsWith reports whether the last line has a state and a token.
func (s *logSnapshot) endsWith(last state, token string) bool {
	return s.last.State == last && s.last.Token == token
}

// margin makes up for Last-Modified, which is cut off to whole seconds.
const margin = time.Second

// isActive reports whether the log ends with a claim whose owner may still have time.
//
// The owner wrote the claim at modified + margin at the latest, and had RemainingMillis left then. Its time is therefore over
// if OSS answered at end or later. A claim is also active if the answer has no times.
func (s *logSnapshot) isActive() bool {
	end := s.modified.Add(margin + time.Duration(s.last.RemainingMillis)*time.Millisecond)
	return s.last.State == claimed && (s.modified.IsZero() || s.date.Before(end))
}

// Errors of parse.
var (
	errTooLong       = errors.New("it is larger than 64 KB")
	errUnended       = errors.New("its last line is incomplete")
	errNoLine        = errors.New("a line is not a claim, record or release")
	errBadTransition = errors.New("its lines do not follow from each other")
)

// parse returns the last line of a log, or the zero line if it is empty.
// It is strict, because a wrong log would lose or repeat tasks: each line must be valid and follow from the line before.
func parse(data []byte) (line, error) {
	if len(data) > maxLog {
		return line{}, errTooLong
	}
	var last line
	for len(data) > 0 {
		first, rest, ended := bytes.Cut(data, []byte("\n"))
		if !ended {
			return line{}, errUnended
		}
		var next line
		if json.Unmarshal(first, &next) != nil || !next.valid() {
			return line{}, errNoLine
		}
		if !next.follows(&last) {
			return line{}, errBadTransition
		}
		last, data = next, rest
	}
	last.Receipt.clean()
	return last, nil
}

// clean bounds the ids and keeps each on one line. Whoever may write to the bucket chooses them.
func (r *Receipt) clean() { clean(&r.TaskID, &r.EventID, &r.RequestID, &r.ProcessRequestID) }

func clean(ids ...*string) {
	for _, id := range ids {
		*id = text.OneLine(*id, maxID)
	}
}

// valid reports whether the fields of a line fit its state.
func (l *line) valid() bool {
	switch l.State {
	case claimed:
		return l.Token != "" && 0 <= l.RemainingMillis && l.RemainingMillis <= maxLeft.Milliseconds()
	case submitted, released:
		return l.Token != ""
	}
	return false
}

// follows reports whether a line may come after another. The zero line is the start of a log.
func (l *line) follows(before *line) bool {
	if l.State == claimed {
		return before.State != submitted && before.Token != l.Token
	}
	return before.State == claimed && before.Token == l.Token
}
