package claims

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"onput/process"
)

// memory is a Store in memory, for tests in the fake time of testing/synctest.
type memory struct {
	mu       sync.Mutex
	objects  map[process.Location]*stored
	skew     time.Duration         // of OSS's clock from the instance's clock
	suffer   func(*request) *fault // if not nil, returns the fault of a request, or nil
	requests []string
}

type stored struct {
	data     []byte
	normal   bool // written by PutObject
	modified time.Time
}

// request is a request to the Store.
type request struct {
	number int // from 0
	kind   string
	at     process.Location
	line   line // of an append
}

// fault is a fault of a request.
type fault struct {
	done  bool  // OSS handles the request
	hang  bool  // OSS does not answer
	panic bool  // the invocation is killed
	err   error // the answer, if OSS answers
}

var errKilled = errors.New("killed")

func newMemory() *memory { return &memory{objects: map[process.Location]*stored{}} }

func (m *memory) Append(ctx context.Context, at process.Location, position int64, data []byte) error {
	l := lastLine(data)
	name := fmt.Sprintf("append %s at %d", l.State, position)
	if l.State == "" {
		name = "append note"
	}
	return m.ask(ctx, name, request{kind: "append", at: at, line: l}, func() error {
		o := m.objects[at]
		if o == nil {
			o = &stored{}
		}
		switch {
		case o.normal:
			return ErrNotAppendable
		case position != int64(len(o.data)):
			return ErrPosition
		}
		m.objects[at] = &stored{data: slices.Concat(o.data, data), modified: m.date()}
		return nil
	})
}

func (m *memory) Read(ctx context.Context, at process.Location, max int64) (Object, error) {
	var o Object
	err := m.ask(ctx, "read", request{kind: "read", at: at}, func() error {
		s := m.objects[at]
		if s == nil {
			return ErrNotFound
		}
		o = Object{Data: s.data[:min(int64(len(s.data)), max)], Modified: s.modified, Date: m.date()}
		return nil
	})
	return o, err
}

func (m *memory) date() time.Time { return time.Now().Add(m.skew).Truncate(time.Second) }

func (m *memory) ask(ctx context.Context, name string, r request, do func() error) error {
	if ctx.Err() != nil {
		return errNothingSent
	}
	m.mu.Lock()
	r.number = len(m.requests)
	m.requests = append(m.requests, name)
	f := &fault{done: true}
	if m.suffer != nil {
		if other := m.suffer(&r); other != nil {
			f = other
		}
	}
	var err error
	if f.done {
		err = do()
	}
	m.mu.Unlock()
	switch {
	case f.panic:
		panic(errKilled)
	case f.hang:
		<-ctx.Done()
		return fmt.Errorf("no answer came back: %w", ErrInDoubt)
	case f.err != nil:
		return f.err
	}
	return err
}

// asked returns the requests since the last call.
func (m *memory) asked() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := strings.Join(m.requests, ", ")
	m.requests = nil
	return s
}

// put writes an object with PutObject.
func (m *memory) put(at process.Location, data string) {
	m.objects[at] = &stored{data: []byte(data), normal: true, modified: m.date()}
}

// log returns the content of a claim.
func (m *memory) log(at process.Location) string {
	if o := m.objects[at]; o != nil {
		return string(o.data)
	}
	return ""
}
