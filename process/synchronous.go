package process

import (
	"slices"
	"strings"
)

// cannotStore returns why a process cannot be an operation that OSS has only synchronously (x-oss-process) and whose result
// it does not store, or no rule can use. It returns "" for any other operation.
func cannotStore(name string) string {
	category, action, _ := strings.Cut(name, "/")
	for _, s := range unstorable {
		if s.category == category && slices.Contains(s.actions, action) {
			return s.sentence
		}
	}
	return ""
}

// unstorable are the operations that answer a GET: https://help.aliyun.com/document_detail/2326703.html
var unstorable = []struct {
	category string
	actions  []string
	sentence string
}{
	{"image", []string{"info"},
		"image/info stores nothing: it answers a GET with the size, format and EXIF data of an image, as JSON"},
	{"image", []string{"average-hue"},
		"image/average-hue stores nothing: it answers a GET with the main color of an image, as text"},
	{"image", []string{"faces", "bodies", "cars", "codes", "labels"},
		"image/faces, bodies, cars, codes and labels store nothing: they answer a GET with what an image shows, as JSON"},
	{"image", []string{"score"}, "image/score stores nothing: it answers a GET with a rating of an image, as JSON"},
	{"image", []string{"cropping"},
		"image/cropping stores nothing: it answers a GET with where to crop an image, as JSON; image/crop,g_auto crops it"},
	{"video", []string{"info"}, "video/info is synchronous (x-oss-process): it answers a GET with facts about a video, as JSON, and stores nothing"},
	{"audio", []string{"info"}, "audio/info is synchronous (x-oss-process): it answers a GET with facts about a sound file, as JSON, and stores nothing"},
	{"pointcloud", []string{"compress"}, "pointcloud/compress is synchronous (x-oss-process), and rules do not submit it: let the client that needs the result ask for it"},
	{"hls", []string{"m3u8", "sign", "ts"}, "hls operations are synchronous (x-oss-process), and rules do not submit them: a player asks for them"},
	{"doc", []string{"preview", "edit", "snapshot", "translate"},
		"of documents only doc/convert is asynchronous; preview, edit, snapshot and translate are synchronous (x-oss-process), and rules do not submit them"},
}
