package process

import (
	"slices"
	"strings"
	"sync"
)

// Operation is one asynchronous operation of OSS.
type Operation struct {
	Name               string      // "video/convert"; "style/" for every style
	Summary            string      // what it does, in a sentence
	Doc                string      // the documentation page that its facts are from, where a parameter names no other source
	Task               string      // what its task ids begin with, "MediaConvert"; "" where that depends
	Action             string      // the RAM action of Intelligent Media Management behind it; "" where that depends
	Sources            []string    // extensions of what it reads, lower case, no dot; nil where not known
	UnconfirmedSources []string    // further extensions: of an overview page, or another spelling of a format
	Format             string      // the parameter that decides the format of what it writes; "" without one
	NoOutput           bool        // it writes no object: sys/saveas does not belong, the result is in the sys/notify message
	Parameters         []Parameter // in the order of the documentation
	TakesClips         bool        // it takes /pre and /sur clips
	MaxInputs          int         // how many inputs at most, the posted object among them; 0 without a limit
	Variables          []string    // what OSS fills in in the target's name, beside the clock variables
	Limits             []string
	Quirks             []string
	Unconfirmed        string // what about the operation as a whole is not confirmed by its page; "" if nothing
}

// Kind is the shape of a parameter's value.
type Kind int

const (
	Enum   Kind = iota // one of Values
	Int                // decimal digits
	Float              // decimal digits with an optional fraction
	Size               // WxH, Wx or xH in pixels
	Pages              // page numbers and ranges such as 1,2,4-10; Base64 on the wire
	Object             // an object key; Base64 on the wire
)

// Base64 says whether values of this kind are Base64 on the wire.
func (k Kind) Base64() bool { return k == Pages || k == Object }

// Parameter is one parameter of an operation.
type Parameter struct {
	Name         string
	Kind         Kind
	Note         string   // what it does, in a few words
	Unit         string   // "ms", "px", "bit/s", "percent", "Hz"; "" without one
	Values       []string // what an Enum may be
	MaybeValues  []string // values that the page does not name but another source does
	Min, Max     float64  // bounds, inclusive; no upper bound where Max is 0
	ExclusiveMin bool     // Min itself is out of bounds
	Default      string   // what OSS takes where the parameter is left out; "" where that is not known or depends
	Required     bool
	Excludes     []string   // parameters that must not be given together with this one
	Requires     []string   // parameters without which this one is refused or means nothing
	OnlyWith     []Param    // it has an effect only where one of these is given
	PerFormat    []PerValue // narrower bounds for some formats
	Source       string     // where it is known from, if not from the operation's page
	Unconfirmed  string     // why it may not be there at all or not be as it is here; "" if it is confirmed
	Doubt        string     // what else about it is not confirmed, its default for example; "" if nothing
}

// lenient says whether nothing may be insisted on, because something about the parameter is not confirmed.
func (p *Parameter) lenient() bool { return p.Unconfirmed != "" || p.Doubt != "" }

// PerValue narrows a numeric parameter for one audio codec or container.
type PerValue struct {
	Format string
	Max    float64
	Values []string
}

// Lookup returns the operation of that name; every style/NAME and style/::NAME is one.
func Lookup(name string) (*Operation, bool) {
	if style, ok := strings.CutPrefix(name, "style/"); ok {
		name = "style/"
		if !plainWord(strings.TrimPrefix(style, "::")) {
			return nil, false
		}
	}
	op, ok := catalogue()[name]
	return op, ok
}

// Operations returns the asynchronous operations in the order of the documentation.
func Operations() []*Operation {
	var ops []*Operation
	for i := range operations() {
		ops = append(ops, &operations()[i])
	}
	return ops
}

// Parameter returns the operation's parameter of that name.
func (op *Operation) Parameter(name string) (*Parameter, bool) {
	return find(op.Parameters, name)
}

// Clip returns the parameter of that name of a /pre or /sur segment.
func (op *Operation) Clip(name string) (*Parameter, bool) {
	if !op.TakesClips {
		return nil, false
	}
	return find(clipParameters, name)
}

func find(params []Parameter, name string) (*Parameter, bool) {
	for i := range params {
		if params[i].Name == name {
			return &params[i], true
		}
	}
	return nil, false
}

// names of the parameters, for suggestions.
func names(params []Parameter) []string {
	list := make([]string, len(params))
	for i, p := range params {
		list[i] = p.Name
	}
	return list
}

var catalogue = sync.OnceValue(func() map[string]*Operation {
	m := map[string]*Operation{}
	for _, op := range Operations() {
		m[op.Name] = op
	}
	return m
})

// Synchronous returns a sentence on the operation if OSS knows it but only answers it synchronously (x-oss-process),
// and "" otherwise.
func Synchronous(name string) string {
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
	{"hls", []string{"m3u8", "sign", "ts"}, "hls operations are synchronous (x-oss-process)"},
	{"doc", []string{"preview", "edit", "snapshot", "translate"},
		"of documents only doc/convert is asynchronous; preview, edit, snapshot and translate are synchronous (x-oss-process)"},
}
