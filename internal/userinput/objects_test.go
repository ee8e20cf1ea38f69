package userinput

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestObjects(t *testing.T) {
	const time = "2020-05-01 10:23:54 +0800 CST"
	for _, tt := range []struct {
		list    string
		want    []Object
		leftOut int
		err     string
	}{
		{"in/a.docx\nin/b.docx", []Object{{Key: "in/a.docx", Size: -1, Line: 1}, {Key: "in/b.docx", Size: -1, Line: 2}}, 0, ""},
		{"in/a.docx\r\n\r\n  \nin/b.docx\r\n", []Object{{Key: "in/a.docx", Size: -1, Line: 1}, {Key: "in/b.docx", Size: -1, Line: 4}}, 0, ""},
		{" in/a .docx ", []Object{{Key: " in/a .docx ", Size: -1, Line: 1}}, 0, ""},
		{"in/\xff.docx", []Object{{Key: "in/\xff.docx", Size: -1, Line: 1}}, 0, ""},
		{"\ufeffoss://b/in/a.docx", []Object{{Bucket: "b", Key: "in/a.docx", Size: -1, Line: 1}}, 0, ""},
		{"oss://b//a", []Object{{Bucket: "b", Key: "/a", Size: -1, Line: 1}}, 0, ""},
		{time + "   90240   Standard   8DF4   oss://b/in/a b.docx", []Object{{Bucket: "b", Key: "in/a b.docx", ETag: "8DF4", Size: 90240, Line: 1}}, 0, ""},
		{time + " 6476984      IA   8DF4-2  oss://b/oss://x/ 2020", []Object{{Bucket: "b", Key: "oss://x/ 2020", ETag: "8DF4-2", Size: 6476984, Line: 1}}, 0, ""},
		{time + "  1  Standard  8DF4  V1  true  false  oss://b/k", []Object{{Bucket: "b", Key: "k", ETag: "8DF4", Size: 1, Line: 1}}, 0, ""},
		{time + "  1  Standard  8DF4  V1  false  false  oss://b/k", nil, 1, ""},
		{time + "  0  Standard  8DF4  V1  true  true  oss://b/k", nil, 1, ""},
		{time + "  15754AF7980C4DFB8193F190837520BB  oss://b/k", nil, 1, ""},
		{"LastModifiedTime  Size(B)  StorageClass   ETAG    ObjectName\nObject Number is: 0\n\n0.1(s) elapsed\n", nil, 0, ""},
		{"InitiatedTime    UploadID   ObjectName\nUploadId Number is:4\nObject and Directory Number is: 3 ", nil, 0, ""},
		{"Object Number is: many", []Object{{Key: "Object Number is: many", Size: -1, Line: 1}}, 0, ""},
		{"2020-05-01 report.docx", []Object{{Key: "2020-05-01 report.docx", Size: -1, Line: 1}}, 0, ""},
		{"a\noss://b\nhttps://b/k\nc", []Object{{Key: "a", Size: -1, Line: 1}, {Key: "c", Size: -1, Line: 4}}, 0,
			"line 2: oss://b has no key: write oss://b/KEY\nline 3: https://b/k: write oss://BUCKET/KEY, or the key alone"},
		{time + "  big  Standard  8DF4  oss://b/k", nil, 0, `line 1: "big" is not a size`},
		{strings.Repeat("oss:///\n", 8), nil, 0, "and 3 more problems"},
	} {
		got, leftOut, err := Objects([]byte(tt.list))
		if diff := cmp.Diff(tt.want, got); diff != "" || leftOut != tt.leftOut {
			t.Errorf("%q: %d left out (-want +got):\n%s", tt.list, leftOut, diff)
		}
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%q: %v", tt.list, err)
		}
	}
}

// FuzzObjects checks that every line is an object, left out, an error, or around the list, and that keys stay as they are.
func FuzzObjects(f *testing.F) {
	for _, s := range []string{"in/a.docx\r\noss://b/k\n", "\ufeffa", "a\x00", "oss://\noss://b/", "2020-05-01 10:23:54 +0800 CST  90240  Standard  8DF4  oss://b/k",
		"Object Number is: 3", "0.1(s) elapsed", "2020-05-01 10:23:54 +0800 CST  1  Standard  8DF4  V1  true  false  oss://b/k"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		objects, leftOut, _ := Objects(data)
		text := string(Text(data))
		if lines := strings.Count(text, "\n") + 1; len(objects)+leftOut > lines {
			t.Errorf("%d objects and %d left out of %d lines", len(objects), leftOut, lines)
		}
		for _, o := range objects {
			if o.Key == "" || o.Size < -1 || o.Line < 1 || !strings.Contains(text, o.Key) || strings.Contains(o.Key, "\n") {
				t.Errorf("%+v of %q", o, data)
			}
		}
	})
}
