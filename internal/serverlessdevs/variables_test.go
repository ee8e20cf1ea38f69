package serverlessdevs

import (
	"os"
	"path/filepath"
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
}
