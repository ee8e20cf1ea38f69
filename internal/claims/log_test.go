package claims

import (
	"bytes"
	"strings"
	"testing"

	"onput/process"
)

// A valid log that is one byte too long is refused.
func TestParseTooLong(t *testing.T) {
	own := line{State: claimed, Token: "a"}
	for _, test := range []struct {
		length int
		want   error
	}{{maxLog, nil}, {maxLog + 1, errTooLong}} {
		own.Invocation = ""
		own.Invocation = strings.Repeat("x", test.length-len(own.encode())-len(`,"invocation":""`))
		data := own.encode()
		if _, err := parse(data); err != test.want || len(data) != test.length {
			t.Errorf("%d bytes: %v", len(data), err)
		}
	}
}

// Ids in a log and in a note come out bounded and on one line, whoever wrote them.
func TestIDsAreCleaned(t *testing.T) {
	long := strings.Repeat("x", 1000)
	const hostile, cleaned = "doc\x1b[31m\u202e-1\n", "doc [31m -1"
	own := line{State: claimed, Token: "a", RemainingMillis: 1000}
	record := line{State: submitted, Token: "a", Receipt: Receipt{TaskID: hostile, EventID: long, RequestID: long, ProcessRequestID: hostile}}
	got, err := parse(append(own.encode(), record.encode()...))
	want := Receipt{TaskID: cleaned, EventID: long[:maxID] + "…", RequestID: long[:maxID] + "…", ProcessRequestID: cleaned}
	if err != nil || got.Receipt != want {
		t.Errorf("%+v, %v", got.Receipt, err)
	}
	m := newMemory()
	c := New(m, settings)
	at, err := c.noteAt("acme-uploads", "doc-1")
	if err != nil {
		t.Fatal(err)
	}
	forged := Note{TaskID: "doc-1", EventID: hostile, Bucket: long, Key: strings.Repeat("k", 60_000), Upload: hostile, Rule: long, Invocation: hostile}
	if err := m.Append(t.Context(), at, 0, encode(forged)); err != nil {
		t.Fatal(err)
	}
	n, err := c.Find(t.Context(), "acme-uploads", "doc-1")
	if err != nil || n.EventID != cleaned || n.Upload != cleaned || n.Invocation != cleaned || n.Bucket != long[:maxID]+"…" ||
		n.Rule != long[:maxID]+"…" || len(n.Key) != 3*process.MaxKey {
		t.Errorf("%+.500v, %v", n, err)
	}
}

// FuzzParse parses untrusted input. If a log is accepted, exactly the lines that the protocol would append to it are accepted
// as its new state.
func FuzzParse(f *testing.F) {
	own := line{State: claimed, Token: "a", RemainingMillis: 1000, Invocation: "1-65", Task: &Note{Key: "a"}}
	record := line{State: submitted, Token: "a", Receipt: Receipt{TaskID: "doc-1"}}
	release := line{State: released, Token: "a", InDoubt: true, Error: "503"}
	f.Add("")
	f.Add(string(own.encode()))
	f.Add(string(own.encode()) + string(record.encode()))
	f.Add(string(own.encode()) + string(release.encode()))
	f.Add(string(own.encode()) + "\n")
	f.Add("\n")
	f.Add("null\n")
	f.Fuzz(func(t *testing.T, data string) {
		last, err := parse([]byte(data))
		if err != nil {
			if last != (line{}) {
				t.Errorf("%v, and yet %+v", err, last)
			}
			return
		}
		if (last.State == "") != (data == "") || len(data) > maxLog || data != "" && !strings.HasSuffix(data, "\n") {
			t.Fatalf("accepted: %q as %+v", data, last)
		}
		for _, s := range []state{claimed, submitted, released} {
			for _, token := range []string{last.Token, "a fresh one"} {
				if token == "" {
					continue
				}
				next := line{State: s, Token: token}
				allowed := last.State == claimed && s != claimed && token == last.Token || // its owner ends the claim
					last.State != submitted && s == claimed && token != last.Token // a delivery claims the task
				longer := append([]byte(data), next.encode()...)
				if len(longer) > maxLog {
					allowed = false
				}
				got, err := parse(longer)
				if (err == nil) != allowed {
					t.Errorf("%q, then %s by %q: %v", data, s, token, err)
				}
				if err == nil && (got.State != s || got.Token != token) {
					t.Errorf("%q, then %s by %q: %+v", data, s, token, got)
				}
			}
		}
		if _, err := parse(bytes.TrimSuffix([]byte(data), []byte("\n"))); data != "" && err == nil {
			t.Errorf("%q is accepted without its end", data)
		}
	})
}
