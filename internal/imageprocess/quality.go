package imageprocess

import (
	"encoding/binary"
	"math"
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

// standardLuminance is the quantization table that T.81 gives as an example, table K.1. Encoders scale it by their quality.
var standardLuminance = [64]int{
	16, 11, 10, 16, 24, 40, 51, 61,
	12, 12, 14, 19, 26, 58, 60, 55,
	14, 13, 16, 24, 40, 57, 69, 56,
	14, 17, 22, 29, 51, 87, 80, 62,
	18, 22, 37, 56, 68, 109, 103, 77,
	24, 35, 55, 64, 81, 104, 113, 92,
	49, 64, 78, 87, 103, 121, 120, 101,
	72, 92, 95, 98, 112, 100, 103, 99,
}

// jpegQuality returns the quality, 1 to 100, that a JPEG was written with, by the scale of libjpeg: the one whose table is most
// like the first of the JPEG. It is 0 if there is none.
func jpegQuality(data []byte) int {
	table := segment(data, 0xdb)
	size := 1 // of an element
	if len(table) > 0 && table[0]>>4 != 0 {
		size = 2
	}
	if len(table) < 1+64*size {
		return 0
	}
	sum := 0
	for i := range 64 {
		if size == 1 {
			sum += int(table[1+i])
		} else {
			sum += int(binary.BigEndian.Uint16(table[1+2*i:]))
		}
	}
	best, least := 0, math.MaxInt
	for q := 1; q <= 100; q++ {
		difference := sum - luminanceSum(q)
		if difference = max(difference, -difference); difference < least {
			best, least = q, difference
		}
	}
	return best
}

// luminanceSum returns the sum of the standard table, scaled by a quality.
func luminanceSum(quality int) int {
	scale := 200 - 2*quality // percent
	if quality < 50 {
		scale = 5000 / quality
	}
	sum := 0
	for _, n := range standardLuminance {
		sum += max(1, min(255, (n*scale+50)/100))
	}
	return sum
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
