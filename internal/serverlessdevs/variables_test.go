package serverlessdevs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadDotenv(t *testing.T) {
	dir := t.TempDir()
	const text = "# what s init was told\n\nREGION=cn-beijing\r\n  export BUCKET = acme-up # for uploads\nPREFIX=\"in # here/\"\nQUOTED='a \"b\"'\nEMPTY=\nno variable\nURL=a=b"
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readDotenv(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"REGION": "cn-beijing", "BUCKET": "acme-up", "PREFIX": "in # here/", "QUOTED": `a "b"`, "EMPTY": "", "URL": "a=b"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got, err := readDotenv(t.TempDir()); len(got) > 0 || err != nil {
		t.Errorf("of no file: %v, %v", got, err)
	}
	if err := os.Truncate(filepath.Join(dir, ".env"), MaxFile+1); err != nil {
		t.Fatal(err)
	}
	odd := t.TempDir()
	if err := os.Mkdir(filepath.Join(odd, ".env"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dir, odd} {
		if _, err := readDotenv(dir); err == nil || !strings.Contains(err.Error(), "is not a regular file of at most 1048576 bytes") {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// Variables that name each other end, and do not grow without bound.
func TestNestedVariables(t *testing.T) {
	function := "resources: {f: {props: {functionName: f, region: \"${vars.last}\"}}}\n"
	double := "vars:\n  v0: x\n"
	for i := range 60 {
		double += fmt.Sprintf("  v%d: \"${vars.v%d}${vars.v%d}\"\n", i+1, i, i)
	}
	long := "vars: {v: " + strings.Repeat("x", 1000) + "}\n"
	for _, tt := range []struct{ name, text, region, err string }{
		{"a chain", "vars: {a: b, c: \"${vars.a}${vars.a}\", last: \"${vars.c}!\"}\n" + function, "bb!", ""},
		{"of itself", "vars: {last: \"<${vars.last}>\"}\n" + function, "<>", ""},
		{"a cycle", "vars: {a: \"<${vars.last}>\", last: \"(${vars.a})\"}\n" + function, "(<>)", ""},
		{"doubled", double + function, "", "s.yaml:22:8: variables grow to more than 1048576 bytes here; write out the ones that name others"},
		{"many in a value", long + strings.Replace(function, "${vars.last}", strings.Repeat("${vars.v}", 2000), 1), "", "s.yaml:2:50: variables grow to more than 1048576 bytes here; write out the ones that name others"},
	} {
		all, err := Parse("s.yaml", []byte(tt.text))
		switch {
		case tt.err != "":
			if err == nil || err.Error() != tt.err {
				t.Errorf("%s: %v, want %s", tt.name, err, tt.err)
			}
		case err != nil || all[0].Region != tt.region:
			t.Errorf("%s: %+v, %v; want region %s", tt.name, all, err, tt.region)
		}
	}
}
