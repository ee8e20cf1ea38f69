package claims

import (
	"context"
	"errors"
)

// maxTroubles is how many requests may fail before claims count as unreachable.
const maxTroubles = 3

// claim makes the log's last line a claim of this delivery. If the task was submitted before, it returns that
// submission's receipt instead. The error is an *Error.
func (d *delivery) claim(ctx context.Context) (*Receipt, error) {
	var l log // nobody was there before: nearly always true, so nothing is read at first
	var trouble error
	for n, troubles := 0, 0; ; n++ {
		if n > 1 { // one look at once, the others after a while
			if !d.pause(ctx, n-1) {
				if trouble == nil && l.held() {
					return nil, d.inProgress(&l.last)
				}
				return nil, d.unreachable(timeUsedUp(trouble))
			}
		}
		trouble = nil
		if n > 0 {
			l, trouble = d.read(ctx)
		}
		if trouble == nil {
			switch {
			case l.last.State == submitted:
				return &l.last.Receipt, nil
			case l.is(claimed, d.token): // an append whose answer was lost
				d.end = l.length
				return nil, nil
			case l.held():
				continue
			case n > 1 && d.left(ctx) < enoughTime:
				return nil, d.late()
			}
			if trouble = d.append(ctx, l.length, d.claimLine(ctx, l.length)); trouble == nil {
				return nil, nil
			}
			if errors.Is(trouble, ErrPosition) {
				trouble = nil
				continue
			}
		}
		if hasReason(trouble, Unusable) {
			return nil, trouble
		}
		if troubles++; troubles == maxTroubles {
			return nil, d.unreachable(trouble)
		}
	}
}

// claimLine returns the line that claims the task, at a position.
func (d *delivery) claimLine(ctx context.Context, position int64) line {
	l := line{State: claimed, Token: d.token, Left: d.milliseconds(ctx), Invocation: clip(d.task.Invocation, maxID)}
	if position == 0 {
		note := d.task.note()
		note.Process = clip(note.Process, 1000)
		l.Task = &note
	}
	return l
}

// write puts a line behind the claim of this delivery, where it ends the claim. Each try but the first looks whether
// the one before got through. Where the claim is not there any more, or the log is no log, there is nothing left to try.
func (d *delivery) write(ctx context.Context, tries int, last line) error {
	var trouble error
	for n := range tries {
		if n > 1 {
			if !d.pause(ctx, n-1) {
				return timeUsedUp(trouble)
			}
		}
		if n > 0 {
			l, err := d.read(ctx)
			switch {
			case hasReason(err, Unusable):
				return err
			case err != nil:
				trouble = err
				continue
			case l.is(last.State, d.token):
				return nil
			case !l.is(claimed, d.token):
				return errGone
			}
		}
		if trouble = d.append(ctx, d.end, last); trouble == nil {
			return nil
		}
	}
	return trouble
}

var errGone = errors.New("the claim was taken over, or deleted")

// append writes a line to the log, which then ends with it. Errors are those of the Store, and *Error with Unusable.
func (d *delivery) append(ctx context.Context, position int64, l line) error {
	data := l.encode()
	end := position + int64(len(data))
	if l.State == claimed && end+maxLast > maxLog {
		return d.full()
	}
	ctx, cancel := d.forRequest(ctx)
	defer cancel()
	err := d.store.Append(ctx, d.at, position, data)
	switch {
	case errors.Is(err, ErrNotAppendable):
		return d.unusable(err)
	case err == nil && l.State == claimed:
		d.end = end
	}
	return err
}

// read returns the log as it is now: the zero log where there is no object. Errors are those of the Store, and *Error
// with Unusable.
func (d *delivery) read(ctx context.Context) (log, error) {
	ctx, cancel := d.forRequest(ctx)
	defer cancel()
	object, err := d.store.Read(ctx, d.at, maxLog+1)
	switch {
	case errors.Is(err, ErrNotFound):
		return log{}, nil
	case err != nil:
		return log{}, err
	}
	last, err := parse(object.Data)
	if err != nil {
		return log{}, d.unusable(err)
	}
	return log{last: last, length: int64(len(object.Data)), modified: object.Modified, date: object.Date}, nil
}
