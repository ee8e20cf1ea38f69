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
	var log claimLog // the first append assumes that there is none, and reads nothing
	var failure error
	failedReads, failedAppends := 0, 0 // since the last good answer; a good read says nothing about appends
	for attempt := 0; ; attempt++ {
		if attempt > 1 && !d.pause(ctx, attempt-1) { // the first read follows the first append at once
			switch {
			case failure != nil:
				return nil, d.errUnreachable(timeUsedUp(failure))
			case log.isActive():
				return nil, d.errInProgress(&log.last)
			}
			return nil, d.errTooLate()
		}
		failure = nil
		if attempt > 0 {
			if log, failure = d.read(ctx); failure != nil {
				failedReads++
			}
		}
		if failure == nil {
			failedReads = 0
			switch {
			case log.last.State == submitted:
				return &log.last.Receipt, nil
			case log.endsWith(claimed, d.token): // an earlier append was done, and its answer lost
				d.end = log.length
				return nil, nil
			case log.isActive():
				d.sawOwner = true
				failedAppends = 0
				continue
			case attempt > 1 && d.left(ctx) < minSubmitTime:
				return nil, d.errTooLate()
			}
			failure = d.append(ctx, log.length, d.claimLine(ctx, log.length))
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

// claimLine returns the line that claims the task at a position of the log.
func (d *delivery) claimLine(ctx context.Context, position int64) line {
	l := line{State: claimed, Token: d.token, Left: d.remainingMillis(ctx), Invocation: text.Truncate(d.task.Invocation, maxID)}
	if position == 0 {
		note := d.task.note()
		note.Process = text.Truncate(note.Process, 1000)
		l.Task = &note
	}
	return l
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
			log, err := d.read(ctx)
			switch {
			case hasReason(err, Unusable):
				return err
			case err != nil:
				failure = err
				continue
			case log.endsWith(last.State, d.token):
				return nil
			case !log.endsWith(claimed, d.token):
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

// read returns the log, or the zero log if there is no object.
// It returns the errors of the Store, and an [*Error] with Unusable.
func (d *delivery) read(ctx context.Context) (claimLog, error) {
	ctx, cancel := d.forRequest(ctx)
	defer cancel()
	object, err := d.store.Read(ctx, d.at, maxLog+1)
	switch {
	case errors.Is(err, ErrNotFound):
		return claimLog{}, nil
	case err != nil:
		return claimLog{}, err
	}
	last, err := parse(object.Data)
	if err != nil {
		return claimLog{}, d.errUnusable(err)
	}
	return claimLog{last: last, length: int64(len(object.Data)), modified: object.Modified, date: object.Date}, nil
}
