package claims

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// The log of a task, as it stands in its object. The package comment says what the states mean.

type state string

const (
	claimed   state = "claimed"
	submitted state = "submitted"
	released  state = "released"
)

// line is one line of a log. Token is random: it tells whether a line is one's own.
type line struct {
	State state  `json:"claim"`
	Token string `json:"token"`

	// of a line that claims
	Left       int64  `json:"ms,omitempty"`         // milliseconds that the invocation had left
	Invocation string `json:"invocation,omitempty"` // Function Compute's id of it
	Task       *Note  `json:"task,omitempty"`       // in the first line, for people

	// of a line that records
	Receipt

	// of a line that releases
	InDoubt bool   `json:"inDoubt,omitempty"` // OSS may have taken the task all the same
	Error   string `json:"error,omitempty"`   // why OSS did not take it
}

// Bounds. A log has a few hundred bytes, and grows by as much with each delivery that fails.
const (
	maxLog  = 64 << 10
	maxLast = 8 << 10        // what a line that ends a claim may take
	maxLeft = 24 * time.Hour // the longest timeout of a function, and so of a claim
	maxID   = 200            // bytes of an id in a line
	maxText = 300            // bytes of an error in a line
)

// encode returns the line as it is appended. Bytes of a key that are no UTF-8, which OSS does not allow, come out as
// U+FFFD; the object's name is made of the bytes themselves.
//
// https://alibabacloud.com/help/en/oss/user-guide/object-naming-conventions
func (l line) encode() []byte { return encode(l) }

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // strings and numbers always encode
		panic(err)
	}
	return b.Bytes()
}

// log is a log that was read. The zero log is that of a task that nobody has claimed.
type log struct {
	last     line // its state
	length   int64
	modified time.Time // by OSS's clock, like date
	date     time.Time
}

// is says whether the log ends with a line of that state and token.
func (l *log) is(s state, token string) bool { return l.last.State == s && l.last.Token == token }

// margin makes up for Last-Modified, which has whole seconds.
const margin = time.Second

// held says whether the task is claimed by somebody whose time may not have passed yet. The line was written before
// modified + margin, so its owner's time was over by until; and it is later now than date says. Where an answer has no
// times, nobody's time has passed.
func (l *log) held() bool {
	until := l.modified.Add(time.Duration(l.last.Left)*time.Millisecond + margin)
	return l.last.State == claimed && (l.modified.IsZero() || l.date.Before(until))
}

// Why something is not a log of claims.
var (
	errTooLong   = errors.New("it has more than 64 KB")
	errUnended   = errors.New("its last line has no end")
	errNoLine    = errors.New("a line of it is no claim, record or release")
	errWrongTurn = errors.New("its lines do not follow from each other")
)

// parse reads a log and returns its last line, the zero line if there is none. The error is one of those above. It is
// strict, because what a log says is believed: every line must be there for a reason.
func parse(data []byte) (line, error) {
	if len(data) > maxLog {
		return line{}, errTooLong
	}
	var last line
	for len(data) > 0 {
		text, rest, ended := bytes.Cut(data, []byte("\n"))
		if !ended {
			return line{}, errUnended
		}
		var next line
		if json.Unmarshal(text, &next) != nil || !next.valid() {
			return line{}, errNoLine
		}
		if !next.follows(&last) {
			return line{}, errWrongTurn
		}
		last, data = next, rest
	}
	return last, nil
}

// valid says whether a line makes sense by itself.
func (l *line) valid() bool {
	switch l.State {
	case claimed:
		return l.Token != "" && 0 <= l.Left && l.Left <= maxLeft.Milliseconds()
	case submitted, released:
		return l.Token != ""
	}
	return false
}

// follows says whether a line may stand behind another, the zero line being the beginning.
func (l *line) follows(before *line) bool {
	if l.State == claimed {
		return before.State != submitted && before.Token != l.Token
	}
	return before.State == claimed && before.Token == l.Token
}

// clip returns at most max bytes of s, whole characters.
func clip(s string, max int) string {
	if len(s) <= max {
		return s
	}
	return strings.ToValidUTF8(s[:max], "") + "…"
}
