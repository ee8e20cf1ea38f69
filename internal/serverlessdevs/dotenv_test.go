package serverlessdevs

import (
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

// Values name the environment and each other, as npm's dotenv-expand has it.
func TestExpandDotenv(t *testing.T) {
	t.Setenv("ONPUT_TEST_SHELL", "shell")
	all := map[string]string{"A": "a", "B": "$A", "LOOP": "x$LOOP"}
	for value, want := range map[string]string{
		"plain": "plain", "$A-${A}": "a-a", "${B}": "a", "${ONPUT_TEST_SHELL}": "shell", `\$A`: "$A",
		"${ONPUT_TEST_UNSET:-default}": "default", "${ONPUT_TEST_UNSET}!": "!", "5$": "5$", "${LOOP}": "xxxxx$LOOP",
	} {
		if got := expandDotenv(value, all); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
}
