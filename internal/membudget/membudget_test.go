package membudget

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestMemorySize(t *testing.T) {
	for _, tt := range []struct {
		rules int64
		want  int
	}{{0, 128}, {80 * mb, 128}, {80*mb + 1, 192}, {1000 * mb, 1216}} {
		if got := MemorySize(tt.rules); got != tt.want || New(got).ForRules() < tt.rules {
			t.Errorf("%d MB of rules: %d, want %d", tt.rules/mb, got, tt.want)
		}
	}
}

func TestFromEnvironment(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	for _, tt := range []struct {
		name, value string
		limit, left int64
	}{
		{"FC_FUNCTION_MEMORY_SIZE", "128", 112 * mb, 88 * mb},
		{"FC_MEMORY_SIZE", "1024", 896 * mb, 872 * mb},
		{"FC_FUNCTION_MEMORY_SIZE", "16", 0, 0}, // less than the process takes
		{"FC_FUNCTION_MEMORY_SIZE", "much", before, 3560 * mb},
		{"FC_FUNCTION_MEMORY_SIZE", "-1", before, 3560 * mb},
		{"FC_FUNCTION_MEMORY_SIZE", "99999999999999999", before, 3560 * mb},
		{"OTHER", "128", before, 3560 * mb},
	} {
		debug.SetMemoryLimit(before)
		b := FromEnvironment(func(name string) string { return map[string]string{tt.name: tt.value}[name] })
		if limit := debug.SetMemoryLimit(-1); limit != tt.limit || b.Left() != tt.left {
			t.Errorf("%s=%s: limit %d, left %d", tt.name, tt.value, limit, b.Left())
		}
	}
}

func TestLease(t *testing.T) {
	b := New(128)
	rules, err := b.Acquire(t.Context(), 80*mb)
	if err != nil {
		t.Fatal(err)
	}
	rules.Keep(60 * mb)
	if b.Left() != 28*mb || b.ForRules() != 20*mb {
		t.Errorf("%d left, %d for rules", b.Left(), b.ForRules())
	}
	first, _ := b.Acquire(t.Context(), 20*mb)
	if first.Resize(29*mb) || !first.Resize(28*mb) || !first.Resize(8*mb) {
		t.Error("a lease grows to what is free, and shrinks")
	}
	got := make(chan error)
	go func() {
		second, err := b.Acquire(t.Context(), 25*mb)
		second.Release()
		got <- err
	}()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Acquire(ended, 25*mb); !errors.Is(err, context.Canceled) {
		t.Errorf("a lease for which there is no room: %v", err)
	}
	select {
	case err := <-got:
		t.Errorf("a lease although there was no room: %v", err)
	default:
	}
	for b.free.TryAcquire(0) { // until the second one waits
		runtime.Gosched()
	}
	if !first.Resize(8 * mb) {
		t.Error("a lease cannot keep its size while another one waits")
	}
	first.Release()
	if err := <-got; err != nil {
		t.Error(err)
	}
	rules.Release()
	if b.Left() != 88*mb || !b.free.TryAcquire(88*mb) {
		t.Errorf("%d left when all is released", b.Left())
	}
}

// Without a budget every lease is granted.
func TestNoBudget(t *testing.T) {
	var b *Budget
	l, err := b.Acquire(t.Context(), 1<<40)
	if err != nil || !l.Resize(1<<50) || b.ForRules() < 1<<60 {
		t.Error(err)
	}
	l.Keep(1)
	l.Release()
	(*Lease)(nil).Release()
}
