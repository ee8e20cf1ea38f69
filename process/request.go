package process

import (
	"iter"
	"slices"
	"strings"
)

// Request is a parsed process string: one operation, or a chain of image actions, and the sys directives.
//
// https://help.aliyun.com/zh/oss/asynchronous-processing and https://help.aliyun.com/document_detail/183902.htm
type Request struct {
	Operation string    // "doc/convert", "style/NAME", "style/::NAME"; of a chain its first action, "image/resize"
	Params    []Param   // of the operation, in the order written
	Clips     []Clip    // the /pre and /sur segments of a concat, in the order written
	Chain     []Action  // the image actions after the first, in the order written
	Target    *Location // sys/saveas, decoded; nil without one; Bucket is "" if the directive has no b_
	Notify    *string   // topic of sys/notify, decoded; nil without one; "" for a bare /notify
}

// Param is one NAME_VALUE of a request, or a value alone, as in rotate,90.
type Param struct {
	Name  string // "" for a value alone
	Value string // decoded, if it is Base64 on the wire
	Open  bool   // Value holds variables of a template, so the final value is not known yet
}

// Clip is one /pre or /sur segment, an object that is joined before or after the posted one.
type Clip struct {
	Where  string // "pre" or "sur"
	Params []Param
}

// Action is one action of an image process.
type Action struct {
	Name   string // "resize"
	Params []Param
}

// Actions returns all actions of an image process, in the order in which OSS carries them out. For any other process it
// returns the operation alone, "convert" for doc/convert.
func (r *Request) Actions() []Action {
	_, name, _ := strings.Cut(r.Operation, "/")
	return append([]Action{{name, r.Params}}, r.Chain...)
}

// Synchronous reports whether OSS carries out the process while the client waits (x-oss-process), and not as a task
// (x-oss-async-process). It is false for a style, whose name does not tell.
func (r *Request) Synchronous() bool {
	op, ok := Lookup(r.Operation)
	return ok && op.Synchronous
}

// Format returns the format of the result, such as png. It is "" if that depends on the source or the upload, or is not known.
func (r *Request) Format() string {
	format := ""
	for op, params := range r.operations() {
		if op.Format == "" {
			continue
		}
		p := findParameter(op.Parameters, op.Format)
		if i := slices.IndexFunc(params, p.given); i >= 0 {
			if format = params[i].Value; params[i].Open {
				format = ""
			}
		}
	}
	if format == "jpeg" {
		return "jpg"
	}
	return format
}

// operations iterates over the actions of the request that the catalogue has, with their parameters.
func (r *Request) operations() iter.Seq2[*Operation, []Param] {
	return func(yield func(*Operation, []Param) bool) {
		if op, ok := Lookup(r.Operation); ok && !yield(op, r.Params) {
			return
		}
		for _, a := range r.Chain {
			if op, ok := Lookup(imagePrefix + a.Name); ok && !yield(op, a.Params) {
				return
			}
		}
	}
}

// IMMActions returns the RAM actions of Intelligent Media Management that the request needs, nil if OSS carries it out by
// itself. It knows nothing of styles.
func (r *Request) IMMActions() []string {
	var all []string
	for op, params := range r.operations() {
		if op.Action != "" {
			all = append(all, op.Action)
		}
		for _, q := range params {
			p := givenParameter(op.Parameters, q)
			if p != nil && p.Permission != "" && (q.Open || p.PermissionValues == nil || slices.Contains(p.PermissionValues, q.Value)) {
				all = append(all, p.Permission)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Segments returns the number of segments of the request: the operation, and then its clips or the further actions of an
// image. They are numbered from 0, the operation.
func (r *Request) Segments() int { return 1 + len(r.Clips) + len(r.Chain) }

// SegmentName returns how a segment begins in the process string: "video/concat", "pre", "resize".
func (r *Request) SegmentName(segment int) string {
	switch clips := len(r.Clips); {
	case segment == 0:
		return r.Operation
	case segment <= clips:
		return r.Clips[segment-1].Where
	default:
		return r.Chain[segment-1-clips].Name
	}
}

// ParamsOf returns the parameters of a segment.
func (r *Request) ParamsOf(segment int) *[]Param {
	switch clips := len(r.Clips); {
	case segment == 0:
		return &r.Params
	case segment <= clips:
		return &r.Clips[segment-1].Params
	default:
		return &r.Chain[segment-1-clips].Params
	}
}

// Spec returns the operation of a segment: that of the request, or the further action of an image. It reports false if OSS
// has no such operation.
func (r *Request) Spec(segment int) (*Operation, bool) {
	if segment <= len(r.Clips) {
		return Lookup(r.Operation)
	}
	return Lookup(imagePrefix + r.SegmentName(segment))
}

// Parameter returns the parameter that q gives a value in a segment. It reports false if there is none.
func (r *Request) Parameter(segment int, q Param) (*Parameter, bool) {
	p := givenParameter(r.known(segment), q)
	return p, p != nil
}

// known returns the parameters that a segment can have.
func (r *Request) known(segment int) []Parameter {
	if r.isClip(segment) {
		return clipParameters
	}
	if op, ok := r.Spec(segment); ok {
		return op.Parameters
	}
	return nil
}

// isClip reports whether a segment is a clip.
func (r *Request) isClip(segment int) bool { return 0 < segment && segment <= len(r.Clips) }

// String returns the process string, exactly as it goes over the wire. Parameters, clips and actions keep their order; saveas
// comes before notify, and its bucket before its key. Open parameters, which cannot be sent, are not encoded.
func (r *Request) String() string {
	var b strings.Builder
	for segment := range r.Segments() {
		if segment > 0 {
			b.WriteByte('/')
		}
		b.WriteString(r.SegmentName(segment))
		known := r.known(segment)
		for _, q := range *r.ParamsOf(segment) {
			p := givenParameter(known, q)
			writeParam(&b, q, p != nil && p.Kind.Base64())
		}
	}
	b.WriteString(Directives(r.Target, r.Notify))
	return b.String()
}

// Directives returns the sys directives of a process string with the | before them: saveas for target, and notify for the
// topic with that name. A nil one is left out.
func Directives(target *Location, notify *string) string {
	if target == nil && notify == nil {
		return ""
	}
	s := "|sys"
	if target != nil {
		s += "/saveas"
		if target.Bucket != "" {
			s += ",b_" + EncodeBase64(target.Bucket)
		}
		s += ",o_" + EncodeBase64(target.Key)
	}
	if notify != nil {
		s += "/notify"
		if *notify != "" {
			s += ",topic_" + EncodeBase64(*notify)
		}
	}
	return s
}

// clipKey is the parameter of a clip that names its object.
const clipKey = "o"

func writeParam(b *strings.Builder, p Param, encode bool) {
	value := p.Value
	if encode && !p.Open {
		value = EncodeBase64(value)
	}
	b.WriteByte(',')
	if p.Name != "" {
		b.WriteString(p.Name + "_")
	}
	b.WriteString(value)
}
