package imageprocess

import (
	"strings"

	"onput/process"
)

// category begins a process of this engine.
const category = "image/"

// base64ECs are the ECs of values that are not Base64, by the name of the watermark's parameter.
var base64ECs = map[string]string{"text": "0040-00000257", "type": "0040-00000250", "image": "0040-00000265"}

// Parse returns the actions of a process string such as image/resize,w_200/format,webp, without sys directives. It decodes
// the Base64 in the parameters of watermark. [Engine.Process] finds out whether actions and parameters are valid.
// The error is an [*Error].
func Parse(s string) ([]Action, error) {
	chain, ok := strings.CutPrefix(s, category)
	if !ok {
		return nil, refuse("InvalidArgument", "", "operation not support: %s", shorten(s))
	}
	if chain == "" {
		return nil, noAction()
	}
	var actions []Action
	for segment := range strings.SplitSeq(chain, "/") {
		name, rest, _ := strings.Cut(segment, ",")
		a := Action{Name: name}
		for param := range strings.SplitSeq(rest, ",") {
			if param == "" { // OSS takes a comma too many
				continue
			}
			p := Param{Value: param}
			if key, value, ok := strings.Cut(param, "_"); ok {
				p = Param{Name: key, Value: value}
			}
			if ec := base64ECs[p.Name]; name == "watermark" && ec != "" {
				decoded, ok := process.DecodeBase64(p.Value)
				if !ok {
					return nil, notBase64(ec)
				}
				p.Value = decoded
			}
			a.Params = append(a.Params, p)
		}
		actions = append(actions, a)
	}
	return actions, nil
}

func noAction() *Error {
	return refuse("MissingArgument", "0040-00000212", "the process has no action")
}
