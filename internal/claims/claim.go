package claims

import (
	"context"
	"errors"

	"onput/internal/text"
)

// maxFailures is the number of failed requests since the last good answer after which claims count as unreachable.
const maxFailures = 3

// claim appends this delivery's claim to the log. If the task was submitted before, it returns the receipt instead.
// The error is an [*Error].
func (d *delivery) claim(ctx context.Context) (*Receipt, error) {
	failure := d.appendClaim(ctx, 0) // assumes that there is no log, and reads nothing
	switch {
	case failure == nil:
		return nil, nil
	case errors.Is(failure, ErrPosition):
		return d.takeOver(ctx, 0)
	case hasReason(failure, Unusable):
		return nil, failure
	}
	return d.takeOver(ctx, 1)
}

// takeOver claims a task that has a log, or may have one, since the first append failed. It reads the log until no other
// delivery owns the task, and then appends this delivery's claim. It returns the same as claim.
func (d *delivery) takeOver(ctx context.Context, failedAppends int) (*Receipt, error) {
	failedReads := 0 // like failedAppends, since the last good answer; a good read says nothing about appends
	var snapshot logSnapshot
	var failure error
	for retry := 0; ; retry++ {
		if retry > 0 && !d.pause(ctx, retry) { // the first read follows the first append at once
			switch {
			case failure != nil:
				return nil, d.errUnreachable(timeUsedUp(failure))
			case snapshot.isActive():
				return nil, d.errInProgress(&snapshot.last)
			}
			return nil, d.errTooLate()
		}
		if snapshot, failure = d.read(ctx); failure != nil {
			failedReads++
		} else {
			failedReads = 0
			switch {
			case snapshot.last.State == submitted:
				return &snapshot.last.Receipt, nil
			case snapshot.endsWith(claimed, d.token): // an earlier append was done, and its answer lost
				d.end = snapshot.length
				return nil, nil
			case snapshot.isActive():
				d.sawOwner = true
				failedAppends = 0
				continue
			case retry > 0 && d.left(ctx) < minSubmitTime:
				return nil, d.errTooLate()
			}
			failure = d.appendClaim(ctx, snapshot.length)
			switch {
			case failure == nil:
				return nil, nil
			case errors.Is(failure, ErrPosition):
				failure = nil
				failedAppends = 0
				continue
			}
			failedAppends++
		}
		if hasReason(failure, Unusable) {
			return nil, failure
		}
		if failedReads+failedAppends >= maxFailures {
			return nil, d.errUnreachable(failure)
		}
	}
}

// appendClaim appends the line that claims the task to the log at a position. Its errors are the ones of append.
func (d *delivery) appendClaim(ctx context.Context, position int64) error {
	l := line{State: claimed, Token: d.token, RemainingMillis: d.remainingMillis(ctx),
		Invocation: text.Truncate(d.task.Invocation, maxID)}
	if position == 0 {
		note := d.task.note()
		note.Process = text.Truncate(note.Process, 1000)
		l.Task = &note
	}
	return d.append(ctx, position, l)
}

// write appends a line that ends this delivery's claim.
// Each further attempt first reads the log, to see whether an earlier one succeeded. It gives up if the claim is gone.
func (d *delivery) write(ctx context.Context, attempts int, last line) error {
	var failure error
	for attempt := range attempts {
		if attempt > 1 && !d.pause(ctx, attempt-1) {
			return timeUsedUp(failure)
		}
		if attempt > 0 {
			snapshot, err := d.read(ctx)
			switch {
			case hasReason(err, Unusable):
				return err
			case err != nil:
				failure = err
				continue
			case snapshot.endsWith(last.State, d.token):
				return nil
			case !snapshot.endsWith(claimed, d.token):
				return errGone
			}
		}
		if failure = d.append(ctx, d.end, last); failure == nil {
			return nil
		}
	}
	return failure
}

var errGone = errors.New("the claim was taken over, or deleted")

// append appends a line to the log at a position. It returns the errors of the Store, and an [*Error] with Unusable.
func (d *delivery) append(ctx context.Context, position int64, l line) error {
	data := l.encode()
	end := position + int64(len(data))
	if l.State == claimed && end+maxLast > maxLog {
		return d.errFull()
	}
	ctx, cancel := d.forRequest(ctx)
	defer cancel()
	err := d.store.Append(ctx, d.at, position, data)
	switch {
	case errors.Is(err, ErrNotAppendable):
		return d.errUnusable(err)
	case err == nil && l.State == claimed:
		d.end = end
	}
	return err
}

// read returns the log as it is, or the zero logSnapshot if there is no object.
// It returns the errors of the Store, and an [*Error] with Unusable.
func (d *delivery) read(ctx context.Context) (logSnapshot, error) {
	ctx, cancel := d.forRequest(ctx)
	defer cancel()
	object, err := d.store.Read(ctx, d.at, maxLog+1)
	switch {
	case errors.Is(err, ErrNotFound):
		return logSnapshot{}, nil
	case err != nil:
		return logSnapshot{}, err
	}
	last, err := parse(object.Data)
	if err != nil {
		return logSnapshot{}, d.errUnusable(err)
	}
	return logSnapshot{last: last, length: int64(len(object.Data)), modified: object.Modified, date: object.Date}, nil
}
