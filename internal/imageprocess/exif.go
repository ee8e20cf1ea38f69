package imageprocess

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/bep/imagemeta"
)

// exifFormats are the formats whose EXIF tags are read.
var exifFormats = map[string]imagemeta.ImageFormat{"jpg": imagemeta.JPEG, "tiff": imagemeta.TIFF, "webp": imagemeta.WebP, "png": imagemeta.PNG}

// Limits of EXIF tags, which anyone may have written.
const (
	maxTags    = 500
	maxTagSize = 1000
)

// tags returns the EXIF tags of a picture by name, as far as they can be read.
func (s *source) tags() map[string]string {
	format, ok := exifFormats[s.name]
	if !ok {
		return nil
	}
	tags := map[string]string{}
	imagemeta.Decode(imagemeta.Options{ // an error leaves the tags before it
		R: bytes.NewReader(s.data), ImageFormat: format, Sources: imagemeta.EXIF,
		LimitNumTags: maxTags, LimitTagSize: maxTagSize,
		ShouldHandleTag: func(t imagemeta.TagInfo) bool { return !strings.HasPrefix(t.Namespace, "IFD1") }, // the thumbnail's
		HandleTag: func(t imagemeta.TagInfo) error {
			if !strings.HasPrefix(t.Tag, imagemeta.UnknownPrefix) {
				tags[t.Tag] = fmt.Sprint(t.Value)
			}
			return nil
		},
	})
	return tags
}

// orientation returns the EXIF orientation of a picture, 1 to 8; 1 if it has none.
func (s *source) orientation() int {
	if value := s.tags()["Orientation"]; len(value) == 1 && '1' <= value[0] && value[0] <= '8' {
		return int(value[0] - '0')
	}
	return 1
}
