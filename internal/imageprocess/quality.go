package imageprocess

import (
	"encoding/binary"
)

// quality is the action quality. Numbers that are not given are 0.
type quality struct {
	relative int // q: percent of the source's quality
	upper    int // Q: at most this quality
}

// defaultQuality is the quality of a result if neither the process nor the source has one. OSS documents none.
const defaultQuality = 80

func readQuality(pl *plan, p *params) {
	if len(p.left) == 0 {
		p.fail(refuse("MissingArgument", "0040-00000307", "the action quality needs q or Q"))
		return
	}
	pl.quality = quality{
		relative: p.integer("q", 0, 1, 100, "0040-00000309"),
		upper:    p.integer("Q", 0, 1, 100, "0040-00000308"),
	}
	if len(p.left) == 1 && p.left[0].Name == "" { // OSS does not say which of both a bare value is
		pl.quality.upper = p.bareInteger(1, 100, "0040-00000307", "0040-00000310")
	}
}

// forJPEG returns the quality for a JPEG from a source.
func (q quality) forJPEG(src *source) int {
	own := 0
	if src.name == "jpg" {
		own = jpegQuality(src.data)
	}
	switch {
	case q.upper > 0 && own > 0:
		return min(q.upper, own)
	case q.upper > 0:
		return q.upper
	case q.relative > 0 && own > 0:
		return max(1, own*q.relative/100)
	case q.relative > 0:
		return q.relative
	case own > 0:
		return own
	}
	return defaultQuality
}

// forWebP returns the quality for a WebP, where q is what Q is.
func (q quality) forWebP() int {
	switch {
	case q.upper > 0:
		return q.upper
	case q.relative > 0:
		return q.relative
	}
	return defaultQuality
}

// standardLuminance is the sum of the quantization table that the JPEG standard gives as an example, T.81 table K.1. Encoders
// scale that table by their quality.
const standardLuminance = 3688

// jpegQuality returns the quality, 1 to 100, that a JPEG was written with, by the scale of libjpeg. It is estimated from the
// first quantization table; 0 if there is none.
func jpegQuality(data []byte) int {
	table := segment(data, 0xdb)
	if len(table) < 65 {
		return 0
	}
	wide := table[0]>>4 != 0 // two bytes for each element
	if wide && len(table) < 129 {
		return 0
	}
	sum := 0
	for i := range 64 {
		if wide {
			sum += int(binary.BigEndian.Uint16(table[1+2*i:]))
		} else {
			sum += int(table[1+i])
		}
	}
	scale := float64(sum) * 100 / standardLuminance // percent, as libjpeg calculates it from the quality
	q := 5000 / scale
	if scale <= 100 {
		q = (200 - scale) / 2
	}
	return max(1, min(100, int(q+0.5)))
}

// segment returns the content of the first segment of a JPEG with a marker that comes before the first scan.
func segment(data []byte, marker byte) []byte {
	const startOfScan = 0xda
	for i := 2; i+4 <= len(data) && data[i] == 0xff; {
		m, length := data[i+1], int(binary.BigEndian.Uint16(data[i+2:]))
		if m == 0xff { // filling
			i++
			continue
		}
		if length < 2 || i+2+length > len(data) || m == startOfScan {
			return nil
		}
		if m == marker {
			return data[i+4 : i+2+length]
		}
		i += 2 + length
	}
	return nil
}
