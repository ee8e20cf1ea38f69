//go:build !race

package claims

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"onput/process"
)

// These tests show what the model would find. Each breaks the protocol without a change to its code: around its Store, around
// the submission, or by another order of its steps. The model must find each.

// anyPosition appends at any position: no compare-and-swap.
type anyPosition struct{ *script }

func (s anyPosition) Append(ctx context.Context, at process.Location, _ int64, data []byte) error {
	return s.script.Append(ctx, at, anywhere, data)
}

// overwriting claims with PutObject, whose x-oss-forbid-overwrite has no effect in some buckets.
type overwriting struct{ *script }

func (s overwriting) Append(ctx context.Context, at process.Location, position int64, data []byte) error {
	if position == 0 {
		return s.put(at, data)
	}
	return s.script.Append(ctx, at, position, data)
}

// trusting assumes that an append was done if its answer is lost.
type trusting struct{ *script }

func (s trusting) Append(ctx context.Context, at process.Location, position int64, data []byte) error {
	if err := s.script.Append(ctx, at, position, data); !errors.Is(err, ErrInDoubt) {
		return err
	}
	return nil
}

// forgetful never records a submission.
type forgetful struct{ *script }

func (s forgetful) Append(ctx context.Context, at process.Location, position int64, data []byte) error {
	if lastLine(data).State == submitted {
		return nil
	}
	return s.script.Append(ctx, at, position, data)
}

// dated judges deadlines by a clock other than OSS's.
type dated struct {
	*script
	date func(*script, Object) time.Time
}

func (s dated) Read(ctx context.Context, at process.Location, max int64) (Object, error) {
	o, err := s.script.Read(ctx, at, max)
	o.Date = s.date(s.script, o)
	return o, err
}

func withDate(date func(*script, Object) time.Time) func(*script) Store {
	return func(s *script) Store { return dated{s, date} }
}

// truncated sees the first line of the log only.
type truncated struct{ *script }

func (s truncated) Read(ctx context.Context, at process.Location, max int64) (Object, error) {
	o, err := s.script.Read(ctx, at, max)
	if i := bytes.IndexByte(o.Data, '\n'); i >= 0 {
		o.Data = o.Data[:i+1]
	}
	return o, err
}

var brokenProtocols = []struct {
	name string
	variant
}{
	{"no compare-and-swap", variant{store: func(s *script) Store { return anyPosition{s} }}},
	{"PutObject", variant{store: func(s *script) Store { return overwriting{s} }}},
	{"an append without an answer counts as done", variant{store: func(s *script) Store { return trusting{s} }}},
	{"no record", variant{store: func(s *script) Store { return forgetful{s} }}},
	{"only the first line is read", variant{store: func(s *script) Store { return truncated{s} }}},
	{"one token for all", variant{token: func(*attempt) string { return "A1" }}},
	{"the instance's clock", variant{store: withDate(func(s *script, _ Object) time.Time { return s.clock.Add(s.a.skew) })}},
	{"a clock that is a second fast", variant{store: withDate(func(_ *script, o Object) time.Time { return o.Date.Add(time.Second) })}},
	{"a clock that stands still", variant{store: withDate(func(_ *script, o Object) time.Time { return o.Modified })}},
	{"submissions when the time is over", variant{late: true}},
	{"submit, then claim", variant{do: func(c *Claimer, ctx context.Context, t Task, submit Submit) (Outcome, error) {
		r, err := submit(ctx)
		if err != nil {
			return Outcome{}, err
		}
		return c.Do(ctx, t, func(context.Context) (Receipt, error) { return r, nil })
	}}},
	{"release, then submit", variant{do: func(c *Claimer, ctx context.Context, t Task, submit Submit) (Outcome, error) {
		notYet := errors.New("not yet")
		o, err := c.Do(ctx, t, func(context.Context) (Receipt, error) { return Receipt{}, notYet })
		if err == notYet {
			o.Receipt, err = submit(ctx)
		}
		return o, err
	}}},
	{"record, then submit", variant{do: func(c *Claimer, ctx context.Context, t Task, submit Submit) (Outcome, error) {
		o, err := c.Do(ctx, t, func(context.Context) (Receipt, error) { return Receipt{TaskID: "T1"}, nil })
		if err == nil && !o.Duplicate {
			o.Receipt, err = submit(ctx)
		}
		return o, err
	}}},
	{"in progress counts as duplicate", variant{do: func(c *Claimer, ctx context.Context, t Task, submit Submit) (Outcome, error) {
		o, err := c.Do(ctx, t, submit)
		if hasReason(err, InProgress) {
			return Outcome{Duplicate: true}, nil
		}
		return o, err
	}}},
	{"a submission without an answer counts as taken", variant{do: func(c *Claimer, ctx context.Context, t Task, submit Submit) (Outcome, error) {
		return c.Do(ctx, t, func(ctx context.Context) (Receipt, error) {
			r, err := submit(ctx)
			if errors.Is(err, ErrInDoubt) {
				return Receipt{TaskID: "T1"}, nil
			}
			return r, err
		})
	}}},
	{"unclaimed, although a live claim was read", variant{fire: true, do: func(c *Claimer, ctx context.Context, t Task, submit Submit) (Outcome, error) {
		o, err := c.Do(ctx, t, submit)
		if hasReason(err, Unreachable) {
			o.Receipt, err = submit(ctx)
		}
		return o, err
	}}},
	{"no claim", variant{do: func(_ *Claimer, ctx context.Context, _ Task, submit Submit) (Outcome, error) {
		r, err := submit(ctx)
		return Outcome{Receipt: r}, err
	}}},
}

// ladder lists limits in the order in which they are explored, so that the execution found has few faults.
var ladder = []limits{
	{deliveries: 2},
	{deliveries: 2, retries: 1, faults: 1},
	{deliveries: 2, retries: 1, kills: 1, leaps: 1},
	{deliveries: 2, retries: 1, faults: 1, leaps: 1},
	{deliveries: 2, faults: 3},
	{deliveries: 2, retries: 2, faults: 1, kills: 1},
}

// The model finds an execution of each broken protocol that violates a promise.
func TestBrokenProtocols(t *testing.T) {
	for _, test := range brokenProtocols {
		t.Run(test.name, func(t *testing.T) {
			actors := newActors(test.variant)
			for _, l := range ladder {
				if _, _, broken := explore(l, actors); broken != "" {
					t.Log(broken)
					return
				}
			}
			t.Error("nothing was found")
		})
	}
}
