package process

import (
	"slices"
	"strings"
)

// synchronousAdvice returns how to use an operation that OSS offers only synchronously (x-oss-process), "" for any other.
func synchronousAdvice(name string) string {
	category, action, _ := strings.Cut(name, "/")
	for _, s := range synchronous {
		if s.category == category && slices.Contains(s.actions, action) {
			return s.sentence
		}
	}
	return ""
}

var synchronous = []struct {
	category string
	actions  []string
	sentence string
}{
	{"image", []string{"blindwatermark"},
		"image/blindwatermark is synchronous: POST it as x-oss-process with sys/saveas; only image/deblindwatermark is asynchronous"},
	{"image", []string{
		"resize", "crop", "indexcrop", "rotate", "flip", "quality", "format", "watermark", "blur", "sharpen", "bright",
		"contrast", "auto-orient", "circle", "rounded-corners", "interlace", "info", "average-hue", "faces", "bodies", "cars",
		"codes", "labels", "score", "cropping"},
		"image operations are synchronous (x-oss-process); of images only image/deblindwatermark is asynchronous"},
	{"video", []string{"snapshot"}, "video/snapshot is synchronous (x-oss-process); the asynchronous one is video/snapshots"},
	{"video", []string{"info"}, "video/info is synchronous (x-oss-process)"},
	{"audio", []string{"info"}, "audio/info is synchronous (x-oss-process)"},
	{"pointcloud", []string{"compress"}, "pointcloud/compress is synchronous (x-oss-process)"},
	{"hls", []string{"m3u8", "sign", "ts"}, "hls operations are synchronous (x-oss-process)"},
	{"doc", []string{"preview", "edit", "snapshot", "translate"},
		"of documents only doc/convert is asynchronous; preview, edit, snapshot and translate are synchronous (x-oss-process)"},
}
