package membudget

import "context"

// Sizes of payloads, in bytes.
const (
	FreePayload  = 4 << 10   // that is read without a lease
	SmallPayload = 256 << 10 // at most; a larger one is large
)

// Payload leases the memory of one payload while it is read. The caller must release it.
type Payload struct {
	budget *Budget
	size   int64  // at most
	small  int64  // leased from the share of small payloads
	large  *Lease // with the slot of large payloads; nil without
}

// NewPayload returns a payload that will have at most size bytes, and holds no lease yet.
func (b *Budget) NewPayload(size int64) *Payload { return &Payload{budget: b, size: size} }

// Grow waits until the payload's buffer may grow to n bytes, or returns the error of ctx.
func (p *Payload) Grow(ctx context.Context, n int64) error {
	switch {
	case p.budget == nil || n <= max(FreePayload, p.small):
		return nil
	case n <= SmallPayload:
		need := min(p.size, SmallPayload)
		if err := p.budget.arriving.Acquire(ctx, need); err != nil {
			return err
		}
		p.small = need
		return nil
	case p.large == nil:
		if err := p.budget.large.Acquire(ctx, 1); err != nil {
			return err
		}
		p.large = &Lease{budget: p.budget}
	}
	need := 2 * n // with the smaller buffer that is copied
	if err := p.budget.free.Acquire(ctx, need-p.large.n); err != nil {
		return err
	}
	p.large.n = need
	return nil
}

// Handle exchanges the leases of the payload, which has arrived, for one of n bytes.
func (p *Payload) Handle(ctx context.Context, n int64) (*Lease, error) {
	defer p.Release()
	lease := &Lease{budget: p.budget}
	if p.large != nil {
		lease.n, p.large.n = min(p.large.n, n), max(p.large.n-n, 0)
	}
	more, err := p.budget.Acquire(ctx, n-lease.n)
	if err != nil {
		lease.Release()
		return nil, err
	}
	lease.n += more.n
	return lease, nil
}

// Release ends the leases that the payload has.
func (p *Payload) Release() {
	if p.small > 0 {
		p.budget.arriving.Release(p.small)
		p.small = 0
	}
	if p.large != nil {
		p.large.Release()
		p.budget.large.Release(1)
		p.large = nil
	}
}
