package imageprocess

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// The encoder of the standard library writes baseline JPEGs only. This file turns one into a progressive JPEG without loss: it
// reads the coefficients of all blocks, and writes them again in several scans, the coarse ones first.
//
// Sections and figures are those of ITU-T T.81, https://www.w3.org/Graphics/JPEG/itu-t81.pdf.

const (
	markerSOF0 = 0xc0
	markerSOF2 = 0xc2
	markerDHT  = 0xc4
	markerSOI  = 0xd8
	markerEOI  = 0xd9
	markerSOS  = 0xda
)

// block holds the coefficients of 8 × 8 samples, in zigzag order.
type block [64]int16

// component is one channel of a JPEG.
type component struct {
	id, h, v               int // h and v are the sampling factors
	unitsAcross, unitsDown int // of h × v blocks, in scans of all components
	across, down           int // blocks, in scans of this component alone
	blocks                 []block
	dc, ac                 *huffman
	tables                 byte // numbers of both tables, as SOS has them
	lastDC                 int16
}

func (c *component) at(x, y int) *block { return &c.blocks[y*c.unitsAcross*c.h+x] }

// scan is a part of the coefficients of some components.
type scan struct {
	components  []*component
	first, last int // coefficients
}

// errBaseline is the error of data that is no baseline JPEG of the standard library.
var errBaseline = errors.New("the baseline JPEG cannot be made progressive")

// progressive returns a JPEG of the standard library's encoder as a progressive one.
func progressive(baseline []byte) ([]byte, error) {
	var out bytes.Buffer
	out.Write([]byte{0xff, markerSOI})
	tables := map[byte]*huffman{} // by class and number, as DHT has them
	var components []*component
	for i := 2; i+4 <= len(baseline); {
		marker, length := baseline[i+1], int(binary.BigEndian.Uint16(baseline[i+2:]))
		if length < 2 || i+2+length > len(baseline) {
			return nil, errBaseline
		}
		whole, content := baseline[i:i+2+length], baseline[i+4:i+2+length]
		i += 2 + length
		switch marker {
		case markerSOF0:
			components = parseFrame(content)
			out.Write([]byte{0xff, markerSOF2})
			out.Write(whole[2:])
		case markerDHT:
			if err := parseTables(content, tables); err != nil {
				return nil, err
			}
			out.Write(whole)
		case markerSOS:
			if err := assignTables(content, components, tables); err != nil {
				return nil, err
			}
			if err := readBlocks(baseline[i:], components); err != nil {
				return nil, err
			}
			for _, s := range scansOf(components) {
				s.write(&out)
			}
			out.Write([]byte{0xff, markerEOI})
			return out.Bytes(), nil
		default:
			out.Write(whole)
		}
	}
	return nil, errBaseline
}

// scansOf returns the scans of a progressive JPEG: all mean values, then the coarse coefficients of the first component, the
// others' coefficients, and the rest of the first.
func scansOf(components []*component) []scan {
	scans := []scan{{components, 0, 0}, {components[:1], 1, 5}}
	for i := 1; i < len(components); i++ {
		scans = append(scans, scan{components[i : i+1], 1, 63})
	}
	return append(scans, scan{components[:1], 6, 63})
}

// parseFrame returns the components of a frame header (B.2.2), with room for their blocks.
func parseFrame(content []byte) []*component {
	height, width := int(binary.BigEndian.Uint16(content[1:])), int(binary.BigEndian.Uint16(content[3:]))
	var components []*component
	maxH, maxV := 1, 1
	for i := range int(content[5]) {
		c := content[6+3*i:]
		components = append(components, &component{id: int(c[0]), h: int(c[1] >> 4), v: int(c[1] & 15)})
		maxH, maxV = max(maxH, int(c[1]>>4)), max(maxV, int(c[1]&15))
	}
	for _, c := range components {
		c.unitsAcross, c.unitsDown = ceilDiv(width, 8*maxH), ceilDiv(height, 8*maxV)
		c.across, c.down = ceilDiv(ceilDiv(width*c.h, maxH), 8), ceilDiv(ceilDiv(height*c.v, maxV), 8)
		c.blocks = make([]block, c.unitsAcross*c.h*c.unitsDown*c.v)
	}
	return components
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// assignTables gives the components the Huffman tables that a scan header (B.2.3) names.
func assignTables(content []byte, components []*component, tables map[byte]*huffman) error {
	if len(components) == 0 || int(content[0]) != len(components) {
		return errBaseline
	}
	for i, c := range components {
		c.tables = content[2+2*i]
		c.dc, c.ac = tables[c.tables>>4], tables[0x10|c.tables&15]
		if c.dc == nil || c.ac == nil {
			return errBaseline
		}
	}
	return nil
}

// eachBlock calls f for each block of a scan of components, in order (A.2).
func eachBlock(components []*component, f func(c *component, b *block) error) error {
	if len(components) == 1 {
		c := components[0]
		for y := range c.down {
			for x := range c.across {
				if err := f(c, c.at(x, y)); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for unitY := range components[0].unitsDown {
		for unitX := range components[0].unitsAcross {
			for _, c := range components {
				for i := range c.h * c.v {
					x, y := unitX*c.h+i%c.h, unitY*c.v+i/c.h
					if err := f(c, c.at(x, y)); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// readBlocks decodes the only scan of a baseline JPEG (F.2.2).
func readBlocks(data []byte, components []*component) error {
	r := &bitReader{r: bytes.NewReader(data)}
	return eachBlock(components, func(c *component, b *block) error {
		size := r.symbol(c.dc)
		c.lastDC += r.value(size)
		b[0] = c.lastDC
		for k := 1; k < 64; k++ {
			symbol := r.symbol(c.ac)
			run, size := int(symbol>>4), symbol&15
			if size == 0 && run < 15 { // the end of the block
				break
			}
			if k += run; k > 63 {
				return errBaseline
			}
			b[k] = r.value(size)
		}
		return r.err
	})
}

// write writes the header and the data of a scan (G.1.2).
func (s scan) write(out *bytes.Buffer) {
	out.Write([]byte{0xff, markerSOS, 0, byte(6 + 2*len(s.components)), byte(len(s.components))})
	for _, c := range s.components {
		out.Write([]byte{byte(c.id), c.tables})
		c.lastDC = 0
	}
	out.Write([]byte{byte(s.first), byte(s.last), 0})
	w := &bitWriter{out: out}
	eachBlock(s.components, func(c *component, b *block) error { // which never fails
		if s.first == 0 {
			w.coefficient(c.dc, 0, b[0]-c.lastDC)
			c.lastDC = b[0]
			return nil
		}
		run := 0
		for k := s.first; k <= s.last; k++ {
			if b[k] == 0 {
				run++
				continue
			}
			for ; run > 15; run -= 16 {
				w.code(c.ac, 0xf0) // sixteen zeros
			}
			w.coefficient(c.ac, run, b[k])
			run = 0
		}
		if run > 0 {
			w.code(c.ac, 0) // the end of the band
		}
		return nil
	})
	w.flush()
}

// huffman is a Huffman table.
type huffman struct {
	symbols []byte          // by length and code
	counts  [17]int         // codes of each length
	codes   map[byte]uint32 // length<<16 | code, by symbol
}

// parseTables parses a segment of Huffman tables (B.2.4.2).
func parseTables(content []byte, tables map[byte]*huffman) error {
	for len(content) >= 17 {
		h := &huffman{codes: map[byte]uint32{}}
		total := 0
		for length := 1; length <= 16; length++ {
			h.counts[length] = int(content[length])
			total += int(content[length])
		}
		if len(content) < 17+total {
			return errBaseline
		}
		h.symbols = content[17 : 17+total]
		code, i := uint32(0), 0
		for length := 1; length <= 16; length++ {
			for range h.counts[length] {
				h.codes[h.symbols[i]] = uint32(length)<<16 | code
				code++
				i++
			}
			code <<= 1
		}
		tables[content[0]] = h
		content = content[17+total:]
	}
	return nil
}

// bitReader reads the data of a scan. The first error stays in err; later reads return 0.
type bitReader struct {
	r    io.ByteReader
	last byte
	left int // bits of last that are not read
	err  error
}

func (r *bitReader) bit() int {
	if r.left == 0 && r.err == nil {
		r.last, r.err = r.r.ReadByte()
		if r.last == 0xff && r.err == nil {
			_, r.err = r.r.ReadByte() // a 0 is put after each 0xff
		}
		r.left = 8
	}
	if r.err != nil {
		return 0
	}
	r.left--
	return int(r.last>>r.left) & 1
}

// symbol reads one symbol (F.2.2.3).
func (r *bitReader) symbol(h *huffman) byte {
	code, first, index := 0, 0, 0
	for length := 1; length <= 16; length++ {
		code |= r.bit()
		if n := h.counts[length]; code-first < n {
			return h.symbols[index+code-first]
		} else {
			index += n
			first = (first + n) << 1
		}
		code <<= 1
	}
	if r.err == nil {
		r.err = errBaseline
	}
	return 0
}

// value reads a number of size bits, whose first bit is 0 if it is negative (F.2.2.1).
func (r *bitReader) value(size byte) int16 {
	v := 0
	for range size {
		v = v<<1 | r.bit()
	}
	if size > 0 && v < 1<<(size-1) {
		v -= 1<<size - 1
	}
	return int16(v)
}

// bitWriter writes the data of a scan.
type bitWriter struct {
	out  *bytes.Buffer
	bits uint32
	n    int // bits that are not written
}

func (w *bitWriter) write(value uint32, n int) {
	w.bits = w.bits<<n | value
	for w.n += n; w.n >= 8; w.n -= 8 {
		b := byte(w.bits >> (w.n - 8))
		w.out.WriteByte(b)
		if b == 0xff {
			w.out.WriteByte(0)
		}
	}
}

func (w *bitWriter) code(h *huffman, symbol byte) {
	c := h.codes[symbol]
	w.write(c&0xffff, int(c>>16))
}

// coefficient writes a coefficient after a run of zeros.
func (w *bitWriter) coefficient(h *huffman, run int, value int16) {
	magnitude := int(value)
	if magnitude < 0 {
		magnitude = -magnitude
	}
	size := 0
	for magnitude>>size > 0 {
		size++
	}
	w.code(h, byte(run<<4|size))
	bits := int(value)
	if bits < 0 {
		bits += 1<<size - 1
	}
	w.write(uint32(bits), size)
}

// flush fills the last byte with ones.
func (w *bitWriter) flush() {
	if w.n > 0 {
		w.write(1<<(8-w.n)-1, 8-w.n)
	}
}
