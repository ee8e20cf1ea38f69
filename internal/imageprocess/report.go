package imageprocess

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/kovidgoyal/imaging"
)

// readReport reads an action whose result is text: info or average-hue.
func readReport(pl *plan, p *params) { pl.report = p.action }

// runReport returns the text of info or average-hue.
func (pl *plan) runReport(src *source) (*Result, error) {
	result := &Result{Width: src.width, Height: src.height}
	var err error
	if pl.report == "info" {
		result.ContentType = "application/json"
		result.Data, err = src.info()
	} else {
		result.ContentType = "text/plain"
		result.Data, err = src.averageHue()
	}
	if err != nil {
		return nil, err
	}
	return result, nil
}

// info returns what OSS says of a picture, each value a string: size, format, and EXIF tags. OSS reads no EXIF tags of a PNG.
//
// https://help.aliyun.com/en/oss/user-guide/query-the-exif-data-of-an-image-4
func (s *source) info() ([]byte, error) {
	type field struct {
		Value string `json:"value"`
	}
	fields := map[string]field{}
	if s.name != "png" {
		for name, value := range s.tags() {
			fields[name] = field{value}
		}
	}
	for name, value := range map[string]int{"FileSize": len(s.data), "FrameCount": s.frames, "ImageHeight": s.height, "ImageWidth": s.width} {
		fields[name] = field{strconv.Itoa(value)}
	}
	fields["Format"] = field{s.name}
	return json.MarshalIndent(fields, "", "  ")
}

// averageHue returns the mean color of a picture, such as 0x5c783b.
//
// https://www.alibabacloud.com/help/doc-detail/44976.htm
func (s *source) averageHue() ([]byte, error) {
	img, err := s.decodePicture()
	if err != nil {
		return nil, err
	}
	mean := imaging.AsNRGBA(imaging.Resize(img, 1, 1, imaging.Box)).Pix
	return fmt.Appendf(nil, "0x%02x%02x%02x", mean[0], mean[1], mean[2]), nil
}
