package userinput

import (
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
)

// encode returns a text in UTF-16.
func encode(t testing.TB, text string, order unicode.Endianness, mark unicode.BOMPolicy) []byte {
	t.Helper()
	data, err := unicode.UTF16(order, mark).NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestText(t *testing.T) {
	const text = "{\"key\": \"报告\U0001F4C4.docx\"}\r\n"
	for name, data := range map[string][]byte{
		"UTF-8":                         []byte(text),
		"UTF-8, marked":                 []byte("\ufeff" + text),
		"UTF-16, little endian":         encode(t, text, unicode.LittleEndian, unicode.IgnoreBOM),
		"UTF-16, big endian":            encode(t, text, unicode.BigEndian, unicode.IgnoreBOM),
		"UTF-16, little endian, marked": encode(t, text, unicode.LittleEndian, unicode.UseBOM),
		"UTF-16, big endian, marked":    encode(t, text, unicode.BigEndian, unicode.UseBOM),
	} {
		if got := string(Text(data)); got != text {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, data := range []string{"", "a", "\xff", "in/\xff.docx", "\xd5\xfd"} { // nothing to decode: the last one is GBK
		if got := string(Text([]byte(data))); got != data {
			t.Errorf("%q: %q", data, got)
		}
	}
}

// FuzzText checks that a text survives UTF-16 in each of its forms, and that other bytes stay as they are.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a", "in/a.docx\r\n", "{\"events\":[]}", "报告.docx", "\ufeffx", "\xff\xfe", "a\x00b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text := string(data)
		if got := string(Text(data)); utf8.Valid(data) && len(data) > 1 && data[0] != 0 && data[1] != 0 && got != text && "\ufeff"+got != text {
			t.Errorf("%q became %q", data, got)
		}
		if !utf8.Valid(data) || len(data) == 0 || data[0] == 0 || data[0] >= utf8.RuneSelf {
			return
		}
		for _, order := range []unicode.Endianness{unicode.LittleEndian, unicode.BigEndian} {
			for _, mark := range []unicode.BOMPolicy{unicode.UseBOM, unicode.IgnoreBOM} {
				if got := string(Text(encode(t, text, order, mark))); got != text {
					t.Errorf("%q became %q", text, got)
				}
			}
		}
	})
}
