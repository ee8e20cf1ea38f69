package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
)

// That no rule loops is proved when a file is loaded, and for some files that takes longer than a function should take to
// start. A file that has passed can say so: its digest, kept beside it, spares the next one that loads it the proof. The
// digest covers the file, what it takes from the environment, and the proof itself; whatever else a file is checked for
// is checked again.

// proofVersion is part of every digest. A proof that refuses more than the one before needs another name.
const proofVersion = "onput proof 1"

// Checked returns the digest of a file that has passed, for ParseChecked.
func (s *Set) Checked() string { return s.digest }

// ParseChecked is Parse, without the proof that no rule loops and without the comparison of targets if checked is the
// digest of this very file in this environment. With any other text, "" among them, it is Parse.
func ParseChecked(filename string, src []byte, checked string) (*Set, error) {
	d := newDocument(filename, string(src))
	d.checked = checked
	return d.parsed()
}

// digest returns the digest of a document that has been compiled.
func (d *document) digest() string {
	h := sha256.New()
	var piece [4096]byte
	for _, text := range append([]string{proofVersion, d.src}, d.environment...) {
		io.WriteString(h, strconv.Itoa(len(text)))
		io.WriteString(h, ":")
		for text != "" { // piece by piece: all of a file at once would be copied
			n := copy(piece[:], text)
			h.Write(piece[:n])
			text = text[n:]
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
