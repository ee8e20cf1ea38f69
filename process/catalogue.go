package process

import (
	"slices"
	"strings"
	"sync"
)

// Operation describes one operation of OSS.
type Operation struct {
	Name               string              // "video/convert"; "image/resize" for an image action; "style/" for all styles
	Synchronous        bool                // OSS carries it out while the client waits (x-oss-process), without a task
	Summary            string              // its effect, in a sentence
	Doc                string              // URL of the page with its facts; a parameter may name another source
	Task               string              // prefix of its task ids, "MediaConvert"; "" if that varies
	Action             string              // the RAM action of Intelligent Media Management that it needs; "" if that varies
	Sources            []string            // extensions of the files it reads, lower case, no dot; nil if not known
	UnconfirmedSources []string            // more extensions: named by an overview page only, or another spelling of a format
	Format             string              // the parameter that sets the format of the result; "" without one
	Unpaired           map[string][]string // formats of the result to sources that no page pairs with them
	AppendsExt         bool                // OSS certainly appends an extension to a target without one; otherwise it may or may not
	NoOutput           bool                // it writes no object and takes no sys/saveas; the sys/notify message holds the result
	Parameters         []Parameter         // in the order of the documentation
	AnyOf              []string            // parameters of which OSS wants at least one
	MaxBytes           int64               // maximum size of the source in bytes; 0 without a documented limit
	TakesClips         bool                // it takes /pre and /sur clips
	MaxInputs          int                 // maximum number of inputs, including the posted object; 0 without a limit
	Variables          []string            // some of [OutputVariables]: the ones that OSS fills in in the target's name
	Limits             []string            // documented limits, as sentences
	Quirks             []string            // surprising behavior, as sentences
	Unconfirmed        string              // a fact about the operation itself that no page confirms; "" if none
}

// Kind is the form of a parameter's value.
type Kind int

const (
	Enum   Kind = iota // one of Values
	Int                // decimal digits
	Float              // decimal digits with an optional fraction
	Size               // WxH, Wx or xH in pixels
	Pages              // page numbers and ranges such as 1,2,4-10; Base64 on the wire
	Object             // an object key; Base64 on the wire
	Color              // six hexadecimal digits, RRGGBB
	Text               // any text of at most Max characters; Base64 on the wire
	Font               // one of Values; Base64 on the wire
	Mark               // the key of an image, or KEY?x-oss-process=image/ACTIONS; Base64 on the wire
)

// Base64 reports whether values of this kind are Base64 on the wire.
func (k Kind) Base64() bool { return slices.Contains([]Kind{Pages, Object, Text, Font, Mark}, k) }

// Parameter describes one parameter of an operation. A request holds its values as [Param].
type Parameter struct {
	Name              string // that of the action if it is Positional
	Positional        bool   // its value is written without a name, as in rotate,90
	Kind              Kind
	Note              string        // its meaning, in a few words
	Unit              string        // "ms", "px", "bit/s", "percent", "Hz"; "" without one
	Values            []string      // the values of an Enum
	UnconfirmedValues []string      // more values, named by another source than the page
	Min, Max          float64       // inclusive bounds, in Unit; Max 0 is no upper bound
	ExclusiveMin      bool          // Min itself is out of bounds
	Default           string        // the value that OSS uses without the parameter; "" if not known or if it varies
	Required          bool          // OSS refuses the operation without it
	Excludes          []string      // parameters that must not be given with this one
	IgnoredWith       []string      // parameters with which this one has no effect
	Requires          []string      // parameters without which this one is an error or has no meaning
	OnlyWith          []Param       // it has an effect only if one of these is given
	FormatLimits      []FormatLimit // narrower limits for some formats
	Source            string        // the source of its facts, if not the operation's page
	Unconfirmed       string        // why the parameter may not exist, or differ; "" if it is confirmed
	Instead           string        // confirmed parameters with the same effect as an unconfirmed one; "" if none are known
	Doubt             string        // a detail that is not confirmed, such as its default; "" if none
	ValuesConfirmed   bool          // its values are confirmed, although something else about it is not
	Permission        string        // the RAM action of Intelligent Media Management that PermissionValues need; "" for none
	PermissionValues  []string      // the values that need Permission; nil for all
}

// lenient reports whether an error in the parameter is only a warning, because something about it is not confirmed.
func (p *Parameter) lenient() bool { return p.Unconfirmed != "" || p.Doubt != "" }

// written returns the parameter with a value as a process string has it, apart from Base64.
func (p *Parameter) written(value string) string {
	if p.Positional {
		return p.Name + "," + value
	}
	return p.Name + "_" + value
}

// given reports whether q gives the parameter a value.
func (p *Parameter) given(q Param) bool {
	if p.Positional {
		return q.Name == ""
	}
	return q.Name == p.Name
}

// FormatLimit narrows a parameter's values for one audio codec or format.
type FormatLimit struct {
	Format string   `json:"format"`           // "mp3"
	Max    float64  `json:"max,omitempty"`    // inclusive, in the parameter's unit; 0 for none
	Values []string `json:"values,omitempty"` // the only valid values; nil for all of the parameter's
}

// Lookup returns the operation with that name. Any style/NAME or style/::NAME is the operation "style/".
func Lookup(name string) (*Operation, bool) {
	if style, ok := strings.CutPrefix(name, "style/"); ok {
		name = "style/"
		if !isPlainWord(strings.TrimPrefix(style, "::")) {
			return nil, false
		}
	}
	for _, op := range operations() {
		if op.Name == name {
			return op, true
		}
	}
	return nil, false
}

// Operations returns all operations in the order of the documentation.
func Operations() []*Operation { return slices.Clone(operations()) }

// imageActionNames returns the names of all image actions, without the category.
var imageActionNames = sync.OnceValue(func() []string {
	var names []string
	for _, op := range operations() {
		if op.Chained() {
			names = append(names, op.ShortName())
		}
	}
	return names
})

// Chained reports whether the operation is an action of images, which others may follow: image/resize,w_100/format,webp.
func (op *Operation) Chained() bool { return op.Synchronous && strings.HasPrefix(op.Name, imagePrefix) }

// ShortName returns the name of the operation without its category: "resize".
func (op *Operation) ShortName() string { return op.Name[strings.IndexByte(op.Name, '/')+1:] }

// Positional returns the parameter whose value is written without a name, nil if there is none.
func (op *Operation) Positional() *Parameter {
	if i := slices.IndexFunc(op.Parameters, func(p Parameter) bool { return p.Positional }); i >= 0 {
		return &op.Parameters[i]
	}
	return nil
}

// Parameter returns the operation's parameter with that name. It reports false if there is none.
func (op *Operation) Parameter(name string) (*Parameter, bool) {
	p := findParameter(op.Parameters, name)
	return p, p != nil
}

// ClipParameter returns the parameter with that name of a /pre or /sur clip. It reports false if there is none.
func (op *Operation) ClipParameter(name string) (*Parameter, bool) {
	if !op.TakesClips {
		return nil, false
	}
	p := findParameter(clipParameters, name)
	return p, p != nil
}

// givenParameter returns the parameter that q gives a value, nil if there is none.
func givenParameter(params []Parameter, q Param) *Parameter {
	if i := slices.IndexFunc(params, func(p Parameter) bool { return p.given(q) }); i >= 0 {
		return &params[i]
	}
	return nil
}

// findParameter returns the parameter with that name, nil if there is none.
func findParameter(params []Parameter, name string) *Parameter {
	if i := slices.IndexFunc(params, func(p Parameter) bool { return p.Name == name }); i >= 0 {
		return &params[i]
	}
	return nil
}
