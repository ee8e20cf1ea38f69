package rules

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
	"strings"
)

// The loop check runs whenever a file is loaded, and for some files it takes longer than a function should take to start. A
// file that has passed can say so in its last line, a comment with a digest: its seal. The digest covers everything before
// that line, the values of environment variables, and the version of the check. All other checks run again.

// checkVersion is part of every digest. A check that refuses more than the one before needs another version.
const checkVersion = "onput proof 2"

// sealHead begins the last line of a sealed file; the digest and a newline follow.
const sealHead = "# checked by onput package: "

// Seal returns the last line of a sealed file, for the file that s was made from, which must end in a newline: see [Unsealed].
//
// Trust a seal ([Options].TrustSeal) only in a place where nobody can write who may not deploy: whoever can make a seal can
// make one for rules that loop.
func (s *Set) Seal() string { return sealHead + digest(s.source.Text, s.env.read) + "\n" }

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

// cutSeal returns a file without its seal, and the digest in the seal. Without a seal it returns the file and "".
func cutSeal(src string) (body, digest string) {
	line, ok := strings.CutSuffix(src, "\n")
	if begin := strings.LastIndexByte(line, '\n') + 1; ok {
		if digest, ok := strings.CutPrefix(line[begin:], sealHead); ok && len(digest) == hex.EncodedLen(sha256.Size) {
			return src[:begin], digest
		}
	}
	return src, ""
}

// digest returns the digest of a file's text and the environment variables it read.
func digest(text string, env []string) string {
	h := sha256.New()
	for _, part := range append([]string{checkVersion, text}, env...) {
		io.WriteString(h, strconv.Itoa(len(part))+":")
		io.Copy(h, strings.NewReader(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}
