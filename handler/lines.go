package handler

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"
)

// NewLog returns a log that writes JSON to w as slog.JSONHandler does: one object a line, in one call of Write, and one such
// call at a time. Records below the level are left out.
//
// A Handler writes to it in a third of the time: every upload has a line.
func NewLog(w io.Writer, level slog.Level) *slog.Logger {
	out := &output{w: w}
	return slog.New(&jsonLines{JSONHandler: slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level}), out: out})
}

// output is where lines go to.
type output struct {
	mu   sync.Mutex
	w    io.Writer
	line []byte // room for one
}

// maxRoom bounds the bytes of room that is kept.
const maxRoom = 32 << 10

// Write writes a line of slog.JSONHandler.
func (o *output) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(line)
}

// jsonLines is a slog.JSONHandler with a shorter way for lines of plain strings and whole numbers.
type jsonLines struct {
	*slog.JSONHandler
	out  *output
	with []byte // the attributes that every line has, as written
}

// WithAttrs returns a handler whose lines all have these attributes.
func (l *jsonLines) WithAttrs(attrs []slog.Attr) slog.Handler {
	var line bytes.Buffer
	slog.NewJSONHandler(&line, nil).WithAttrs(attrs).Handle(context.Background(), slog.Record{})
	with := bytes.TrimPrefix(line.Bytes(), []byte(`{"level":"INFO","msg":""`))
	return &jsonLines{
		JSONHandler: l.JSONHandler.WithAttrs(attrs).(*slog.JSONHandler),
		out:         l.out,
		with:        append(slices.Clone(l.with), bytes.TrimSuffix(with, []byte("}\n"))...),
	}
}

// write writes the line that the JSONHandler would write, byte for byte, at a time of our days. It reports false, and writes
// nothing, where that line is not plain.
func (l *jsonLines) write(at time.Time, level slog.Level, message string, attrs []slog.Attr) bool {
	if !plain(message) {
		return false
	}
	l.out.mu.Lock()
	defer l.out.mu.Unlock()
	b := append(l.out.line[:0], `{"time":"`...)
	b = at.AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","level":"`...)
	b = append(b, level.String()...)
	b = append(b, `","msg":"`...)
	b = append(b, message...)
	b = append(b, '"')
	b = append(b, l.with...)
	b, ok := appendAttrs(b, attrs)
	b = append(b, '}', '\n')
	if cap(b) <= maxRoom {
		l.out.line = b
	}
	if ok {
		l.out.w.Write(b) // as for slog, there is nobody to tell of an error
	}
	return ok
}

// appendAttrs appends attributes, and reports false where one is not plain.
func appendAttrs(b []byte, attrs []slog.Attr) ([]byte, bool) {
	for _, a := range attrs {
		if !plain(a.Key) {
			return b, false
		}
		b = append(b, ',', '"')
		b = append(b, a.Key...)
		b = append(b, '"', ':')
		switch a.Value.Kind() {
		case slog.KindString:
			s := a.Value.String()
			if !plain(s) {
				return b, false
			}
			b = append(b, '"')
			b = append(b, s...)
			b = append(b, '"')
		case slog.KindInt64:
			b = strconv.AppendInt(b, a.Value.Int64(), 10)
		default:
			return b, false
		}
	}
	return b, true
}
