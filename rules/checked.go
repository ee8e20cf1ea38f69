package rules

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
	"strings"
)

// That no rule loops is proved when a file is loaded, and for some files that takes longer than a function should take to
// start. A file that has passed can say so in its last line, a comment with a digest, which spares the next one that loads
// it the proof: the file is sealed. The digest covers all before that line, what the file takes from the environment, and
// the proof itself; whatever else a file is checked for is checked again.

// proofVersion is part of every digest. A proof that refuses more than the one before needs another name.
const proofVersion = "onput proof 2"

// sealHead is what the last line of a sealed file begins with; the digest and a newline follow.
const sealHead = "# checked by onput package: "

// Seal returns the last line of a sealed file, for the file that the set was made of. The file must end in a newline, as
// Unsealed returns it.
func (s *Set) Seal() string { return sealHead + s.digest + "\n" }

// Unsealed returns a rule file without its seal, if it has one, and with a newline at its end.
func Unsealed(src []byte) []byte {
	if body, digest := cutSeal(string(src)); digest != "" {
		src = src[:len(body)]
	}
	if len(src) > 0 && !bytes.HasSuffix(src, []byte("\n")) {
		src = append(bytes.Clone(src), '\n')
	}
	return src
}

// ParseSealed is Parse, without the proof that no rule loops and without the comparison of targets if the file's seal is
// that of this very file in this environment. With any other seal, or none, it is Parse. So it is for files that lie where
// only those can write who may deploy: whoever makes a seal can make one for rules that loop.
func ParseSealed(filename string, src []byte) (*Set, error) {
	d := newDocument(filename, string(src))
	d.src, d.seal = cutSeal(d.src)
	return d.parsed()
}

// cutSeal returns a file without its last line, and the digest in that line, where it is a seal; else the file and "".
func cutSeal(src string) (body, digest string) {
	line, ok := strings.CutSuffix(src, "\n")
	if begin := strings.LastIndexByte(line, '\n') + 1; ok {
		if digest, ok := strings.CutPrefix(line[begin:], sealHead); ok && len(digest) == hex.EncodedLen(sha256.Size) {
			return src[:begin], digest
		}
	}
	return src, ""
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
