package membudget

import (
	"context"
	"testing"
)

// Small payloads are read and handled while a large one is half read, and others wait for it.
func TestPayload(t *testing.T) {
	b := New(128)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	first, second, small := b.NewPayload(10*mb), b.NewPayload(10*mb), b.NewPayload(100<<10)
	for _, step := range []struct {
		name    string
		payload *Payload
		n       int64
		ok      bool
	}{
		{"the first bytes", second, FreePayload, true},
		{"a large payload", first, SmallPayload, true},
		{"that grows", first, 1 * mb, true},
		{"another that is still small", second, SmallPayload, true},
		{"and grows", second, 1 * mb, false},
		{"a small one", small, 100 << 10, true},
		{"the first again", first, 10 * mb, true},
	} {
		ctx := t.Context()
		if !step.ok {
			ctx = ended
		}
		if err := step.payload.Grow(ctx, step.n); (err == nil) != step.ok {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	if b.free.TryAcquire(68*mb + 1) {
		t.Error("a large payload that is half read holds no memory")
	}
	one, err := small.Handle(t.Context(), 4*mb)
	if err != nil || one.Size() != 4*mb {
		t.Error(err)
	}
	other, err := first.Handle(t.Context(), 60*mb)
	if err != nil || other.Size() != 60*mb || b.free.TryAcquire(24*mb+1) {
		t.Error(err)
	}
	if err := second.Grow(t.Context(), 1*mb); err != nil {
		t.Errorf("a large payload after the first one is read: %v", err)
	}
	if lease, err := second.Handle(ended, 60*mb); err == nil || lease != nil {
		t.Error("a lease although there is no room")
	}
	one.Release()
	other.Release()
	if !b.free.TryAcquire(88*mb) || !b.arriving.TryAcquire(arriving) || !b.large.TryAcquire(1) {
		t.Error("payloads keep memory")
	}
	none := (*Budget)(nil).NewPayload(10 * mb)
	lease, err := none.Handle(t.Context(), 1<<40)
	if err != nil || none.Grow(t.Context(), 10*mb) != nil {
		t.Error(err)
	}
	none.Release()
	lease.Release()
}
