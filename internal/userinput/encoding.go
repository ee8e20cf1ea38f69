package userinput

import (
	"bytes"

	"golang.org/x/text/encoding/unicode"
)

// Text returns the text of a file in UTF-8, without its byte order mark. UTF-16, which PowerShell and Notepad write, is
// recognized by its mark, or by the zero byte of a first character in ASCII. Other bytes stay as they are.
func Text(data []byte) []byte {
	if text, ok := bytes.CutPrefix(data, []byte("\ufeff")); ok {
		return text
	}
	order := unicode.LittleEndian
	switch {
	case len(data) < 2:
		return data
	case data[0] == 0xFF && data[1] == 0xFE, data[0] != 0 && data[1] == 0:
	case data[0] == 0xFE && data[1] == 0xFF, data[0] == 0 && data[1] != 0:
		order = unicode.BigEndian
	default:
		return data
	}
	text, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(data)
	if err != nil { // without a mark
		if text, err = unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder().Bytes(data); err != nil {
			return data
		}
	}
	return text
}
