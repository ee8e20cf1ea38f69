package rules

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
	"strings"
)

// For some files the loop check takes longer than a function should take to start. A file that has passed it can carry a
// seal, a comment with a digest as its last line, and is then loaded without the loop check. The digest covers the lines
// above, the values of environment variables, and the version of the check. All other checks run again.

// checkVersion is part of every digest. Change it when the loop check refuses more files than before.
const checkVersion = "onput proof 3"

// sealHead begins a seal; the digest and a newline follow.
const sealHead = "# checked by onput package: "

// Seal returns the seal of the file that s was loaded from. The file must end in a newline; see [Unsealed].
//
// A seal proves nothing about its author: anyone can compute one for rules that loop. Trust it ([Options].TrustSeal) only
// in files that nobody but a deployer can write.
func (s *Set) Seal() string { return sealHead + digest(s.document.Text, s.env.Read) + "\n" }

// IsSealed reports whether a rule file ends in a seal, true or not.
func IsSealed(src []byte) bool {
	_, digest := cutSeal(string(src))
	return digest != ""
}

// Unsealed returns a rule file without a seal and with a newline at its end.
func Unsealed(src []byte) []byte {
	body, _ := cutSeal(string(src))
	src = src[:len(body)]
	if len(src) > 0 && !bytes.HasSuffix(src, []byte("\n")) {
		src = append(bytes.Clone(src), '\n')
	}
	return src
}

// cutSeal returns a file without its seal, and the digest of the seal, "" if there is none.
func cutSeal(src string) (body, digest string) {
	line, ok := strings.CutSuffix(src, "\n")
	if begin := strings.LastIndexByte(line, '\n') + 1; ok {
		if digest, ok := strings.CutPrefix(line[begin:], sealHead); ok && len(digest) == hex.EncodedLen(sha256.Size) {
			return src[:begin], digest
		}
	}
	return src, ""
}

// digest returns the digest of a file's text and of the environment variables that it refers to.
func digest(text string, env []string) string {
	h := sha256.New()
	for _, part := range append([]string{checkVersion, text}, env...) {
		io.WriteString(h, strconv.Itoa(len(part))+":")
		io.Copy(h, strings.NewReader(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}
