package process

import (
	"fmt"
	"slices"
	"strings"
)

// stream is a stream of a video and the parameters that encode it.
type stream struct {
	name        string
	codec, drop string // the parameters that set its codec and drop it
	example     string // a value of codec
	parameters  []string
}

var streams = []stream{
	{"video", "vcodec", "vn", "h264", []string{
		"fps", "fpsopt", "pixfmt", "s", "sopt", "scaletype", "arotate", "g", "vb", "vbopt", "crf", "maxrate", "bufsize", "videoslim"}},
	{"audio", "acodec", "an", "aac", []string{"ar", "ac", "aq", "ab", "abopt", "adepth"}},
}

// ignoredParameters returns warnings about parameters of video/convert that OSS silently ignores, because their stream is
// copied or dropped. A missing codec copies the stream.
//
// https://help.aliyun.com/zh/oss/user-guide/video-transcoding, and of acodec the IMM API reference
func (r *Request) ignoredParameters() []Problem {
	op, ok := Lookup(r.Operation)
	if !ok || op.Name != "video/convert" {
		return nil
	}
	var problems []Problem
	for _, s := range streams {
		ignored := r.encoding(op, s)
		if len(ignored) == 0 {
			continue
		}
		codec, known := knownValue(r.Params, s.codec)
		dropped, _ := knownValue(r.Params, s.drop)
		format, _ := knownValue(r.Params, op.Format)
		example := s.example
		c, limited := containers[format]
		if codecs := c.codecs(s); len(codecs) > 0 {
			example = codecs[0]
		}
		copied := !hasParam(r.Params, s.codec) || known && codec == "copy"
		var message string
		switch all := strings.Join(ignored, ", "); {
		case dropped == "1":
			message = fmt.Sprintf("with %s_1 there is no %s stream: remove %s, which OSS ignores", s.drop, s.name, all)
		case copied && limited && c.codecs(s) == nil:
			message = fmt.Sprintf("%s holds no %s: remove %s, which OSS ignores", format, s.name, all)
		case copied && known:
			message = fmt.Sprintf("with %s_copy the %s stream is copied unchanged, so OSS ignores %s: set a codec such as %[1]s_%[4]s",
				s.codec, s.name, all, example)
		case copied:
			message = fmt.Sprintf("without %s the %s stream is copied unchanged, so OSS ignores %s: set a codec such as %[1]s_%[4]s",
				s.codec, s.name, all, example)
		default:
			continue
		}
		problems = append(problems, Problem{Code: "ignored-parameter", Param: ignored[0], Index: paramIndex(r.Params, ignored[0]),
			Warning: true, Message: message})
	}
	return problems
}

// encoding returns the names of the parameters that encode a stream. It leaves out those for which CheckOperation reports
// that they need a codec.
func (r *Request) encoding(op *Operation, s stream) []string {
	var found []string
	for _, q := range r.Params {
		p, ok := op.Parameter(q.Name)
		if ok && slices.Contains(s.parameters, q.Name) && (hasParam(r.Params, s.codec) || !slices.Contains(p.Requires, s.codec)) {
			found = append(found, q.Name)
		}
	}
	return found
}
