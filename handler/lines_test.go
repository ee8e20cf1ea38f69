package handler

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var drawText = rapid.OneOf(
	rapid.StringMatching(`[ -~]{0,40}`),
	rapid.String(),
	rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "文", "😀", "\x7f", "\u2027", "\u2028", "\u2029", "\u202a", "\xff", "\xe2\x80", "\"", "\\", "\n", "\x00", "\x1f", "<&>", "\ufffd"}), 0, 5),
		func(parts []string) string { return strings.Join(parts, "") }),
)

var drawPlain = rapid.Custom(func(t *rapid.T) slog.Attr {
	return slog.String("name", rapid.StringOfN(rapid.SampledFrom([]rune("abc0 /<文😀")), 0, 20, -1).Draw(t, "text"))
})

var drawAttr = rapid.Custom(func(t *rapid.T) slog.Attr {
	name := drawText.Draw(t, "name")
	switch rapid.IntRange(0, 12).Draw(t, "kind") {
	case 0:
		return slog.Int64(name, rapid.Int64().Draw(t, "int"))
	case 1:
		return slog.Bool(name, true)
	case 2:
		return slog.Any(name, []string{"a", "b"})
	case 3:
		return slog.Group(name, slog.String("a", "b"))
	case 4:
		return slog.Attr{}
	case 5:
		return slog.Any(name, errors.New(drawText.Draw(t, "error")))
	}
	return slog.String(name, drawText.Draw(t, "text"))
})

// A Handler's log is what slog.JSONHandler writes, byte for byte.
func TestLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var got, want bytes.Buffer
		level := rapid.SampledFrom([]slog.Level{slog.LevelDebug, slog.LevelInfo}).Draw(t, "from level")
		ours := NewLog(&got, level)
		theirs := slog.New(slog.NewJSONHandler(&want, &slog.HandlerOptions{Level: level}))
		for range rapid.IntRange(0, 2).Draw(t, "with") {
			if rapid.IntRange(0, 5).Draw(t, "group") == 0 {
				ours, theirs = ours.WithGroup("g"), theirs.WithGroup("g")
				continue
			}
			var attrs []any
			for _, a := range rapid.SliceOfN(drawAttr, 0, 2).Draw(t, "attributes of all") {
				attrs = append(attrs, a)
			}
			ours, theirs = ours.With(attrs...), theirs.With(attrs...)
		}
		for range rapid.IntRange(1, 3).Draw(t, "records") {
			level, message, attr := slog.Level(rapid.IntRange(-6, 10).Draw(t, "level")), "task", drawAttr
			if rapid.Bool().Draw(t, "plain") {
				attr = drawPlain
			} else {
				message = drawText.Draw(t, "message")
			}
			attrs := rapid.SliceOfN(attr, 0, 8).Draw(t, "attributes")
			(&Handler{Log: ours}).write(t.Context(), level, message, attrs...)
			theirs.LogAttrs(t.Context(), level, message, attrs...)
		}
		if got, want := withoutTime(&got), withoutTime(&want); got != want {
			t.Fatalf("%s\nwant\n%s", got, want)
		}
	})
}

// What all lines have is no reason for a longer way.
func TestLinesWith(t *testing.T) {
	var got, want bytes.Buffer
	attrs := []any{slog.String("rulesETag", `"68F0"`), slog.Bool("b", true)}
	ours, theirs := NewLog(&got, slog.LevelInfo).With(attrs...).With("c", 1), slog.New(slog.NewJSONHandler(&want, nil)).With(attrs...).With("c", 1)
	l, ok := ours.Handler().(*jsonLines)
	if !ok || !l.write(time.Now(), slog.LevelInfo, "task", aLine) {
		t.Errorf("%T", ours.Handler())
	}
	ours.Info("another way")
	theirs.LogAttrs(t.Context(), slog.LevelInfo, "task", aLine...)
	theirs.Info("another way")
	if got, want := withoutTime(&got), withoutTime(&want); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// plain says of every byte at every place, and of every character, what encoding/json makes of it.
func TestPlain(t *testing.T) {
	check := func(s string) {
		var written bytes.Buffer
		e := json.NewEncoder(&written)
		e.SetEscapeHTML(false)
		if err := e.Encode(s); err != nil {
			t.Fatal(err)
		}
		if got, want := plain(s), written.String() == `"`+s+`"`+"\n"; got != want {
			t.Fatalf("%q is plain: %v", s, got)
		}
	}
	for length := 1; length <= 18; length++ {
		for at := range length {
			for b := range 256 {
				s := bytes.Repeat([]byte{'a'}, length)
				s[at] = byte(b)
				check(string(s))
			}
		}
	}
	for r := range rune(0x11000) {
		check("abcdef" + string(r) + "ghij")
	}
}

// withoutTime replaces the times that lines begin with by their form.
func withoutTime(b *bytes.Buffer) string {
	return regexp.MustCompile(`(?m)^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)"`).ReplaceAllString(b.String(), `{"time":"TIME"`)
}

func TestLinesTime(t *testing.T) {
	for _, at := range []time.Time{
		time.Now(), time.Unix(1, 20).UTC(), time.Unix(1, 0), time.Date(2026, 1, 2, 3, 4, 5, 60_000_000, time.FixedZone("", 8*3600)),
	} {
		var got, want bytes.Buffer
		if !NewLog(&got, slog.LevelInfo).Handler().(*jsonLines).write(at, slog.LevelInfo, "task", nil) {
			t.Errorf("%v is not plain", at)
		}
		slog.NewJSONHandler(&want, nil).Handle(t.Context(), slog.NewRecord(at, slog.LevelInfo, "task", 0))
		if got.String() != want.String() {
			t.Errorf("%s want %s", &got, &want)
		}
	}
}

// oneWriter is a writer that is not to be entered twice.
type oneWriter struct {
	t    *testing.T
	busy atomic.Bool
	bytes.Buffer
}

func (w *oneWriter) Write(line []byte) (int, error) {
	if w.busy.Swap(true) {
		w.t.Error("two lines are written at once")
	}
	runtime.Gosched()
	w.busy.Store(false)
	return w.Buffer.Write(line)
}

// Lines of several goroutines are written one after the other, each in one piece, whichever way it is made.
func TestLinesInTurn(t *testing.T) {
	written := &oneWriter{t: t}
	h := &Handler{Log: NewLog(written, slog.LevelInfo)}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				h.write(t.Context(), slog.LevelInfo, "plain", slog.Int("i", 1))
				h.write(t.Context(), slog.LevelInfo, "not plain", slog.Bool("i", true))
				h.Log.Info("another way")
			}
		})
	}
	all.Wait()
	lines := bytes.Split(bytes.TrimSpace(written.Bytes()), []byte("\n"))
	if len(lines) != 1200 {
		t.Errorf("%d lines", len(lines))
	}
	for _, line := range lines {
		if !json.Valid(line) {
			t.Errorf("%s", line)
		}
	}
}

// The room of a line that was very long is not kept.
func TestLinesRoom(t *testing.T) {
	h := &Handler{Log: NewLog(io.Discard, slog.LevelInfo)}
	for _, n := range []int{10, 2 * maxRoom} {
		h.write(t.Context(), slog.LevelInfo, "task", slog.String("key", strings.Repeat("k", n)))
		if room := cap(h.Log.Handler().(*jsonLines).out.line); room == 0 || room > maxRoom {
			t.Errorf("room for %d bytes", room)
		}
	}
}

// aLine is what a task's line tells.
var aLine = []slog.Attr{
	slog.String("invocation", "1-68f0c3a2-15b2f9d1-2f0d6f4f9f3a"), slog.String("bucket", "acme-uploads"),
	slog.String("key", "incoming/videos/2026/11/cats.mp4"), slog.String("event", "ObjectCreated:PutObject"),
	slog.String("rule", "mp4-720p"), slog.Int("output", 0), slog.String("status", "submitted"),
	slog.String("process", "video/convert,f_mp4,vcodec_h264,s_1280x,vb_2000000,acodec_aac,ab_128000"),
	slog.String("target", "oss://acme-derived/720p/2026/11/cats.mp4"), slog.Int("httpStatus", 200),
	slog.String("requestId", "68F0C3A2D5F1A73230A1B2C3"), slog.String("taskId", "MediaConvert-6b0a3c1e-8f2d-4c57-9a51-0d6f5e4c3b2a"),
	slog.Int("attempts", 1), slog.Int64("ms", 21),
}

func TestLinesAllocateNothing(t *testing.T) {
	h := &Handler{Log: NewLog(io.Discard, slog.LevelInfo)}
	if allocs := testing.AllocsPerRun(100, func() { h.write(t.Context(), slog.LevelInfo, "task", aLine...) }); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkLines(b *testing.B) {
	for _, c := range []struct {
		name string
		log  *slog.Logger
	}{{"lines", NewLog(io.Discard, slog.LevelInfo)}, {"slog", slog.New(slog.NewJSONHandler(io.Discard, nil))}} {
		b.Run(c.name, func(b *testing.B) {
			h := &Handler{Log: c.log}
			b.ReportAllocs()
			for b.Loop() {
				h.write(b.Context(), slog.LevelInfo, "task", aLine...)
			}
		})
	}
}
