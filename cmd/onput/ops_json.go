package main

import (
	"onput/internal/opfacts"
	"onput/process"
)

// operationJSON is an operation in the output of onput ops --json. Empty fields are left out.
type operationJSON struct {
	Name               string              `json:"name"`
	Synchronous        bool                `json:"synchronous,omitempty"`
	Summary            string              `json:"summary"`
	Doc                string              `json:"doc"`
	Task               string              `json:"task,omitempty"`
	Action             string              `json:"action,omitempty"`
	Sources            []string            `json:"sources,omitempty"`
	UnconfirmedSources []string            `json:"maybeReads,omitempty"`
	Unpaired           map[string][]string `json:"unpaired,omitempty"`
	Format             string              `json:"format,omitempty"`
	AppendsExt         bool                `json:"appendsExt,omitempty"`
	NoOutput           bool                `json:"writesNone,omitempty"`
	Parameters         []parameterJSON     `json:"parameters"`
	AnyOf              []string            `json:"anyOf,omitempty"`
	MaxBytes           int64               `json:"maxBytes,omitempty"`
	TakesClips         bool                `json:"joins,omitempty"`
	Clips              []parameterJSON     `json:"clips,omitempty"`
	MaxInputs          int                 `json:"maxInputs,omitempty"`
	Variables          []string            `json:"variables,omitempty"`
	Limits             []string            `json:"limits,omitempty"`
	Quirks             []string            `json:"quirks,omitempty"`
	Unconfirmed        string              `json:"unconfirmed,omitempty"`
}

type parameterJSON struct {
	Name              string                `json:"name"`
	Positional        bool                  `json:"positional,omitempty"` // written without its name
	Kind              string                `json:"kind"`
	Note              string                `json:"note"`
	Unit              string                `json:"unit,omitempty"`
	Values            []string              `json:"values,omitempty"`
	UnconfirmedValues []string              `json:"maybeValues,omitempty"`
	Min               *float64              `json:"min,omitempty"`
	Max               float64               `json:"max,omitempty"`
	ExclusiveMin      bool                  `json:"above,omitempty"` // min itself is out of bounds
	Default           string                `json:"default,omitempty"`
	Required          bool                  `json:"required,omitempty"`
	Excludes          []string              `json:"excludes,omitempty"`
	IgnoredWith       []string              `json:"ignoredWith,omitempty"`
	Requires          []string              `json:"requires,omitempty"`
	OnlyWith          []string              `json:"onlyWith,omitempty"` // NAME_VALUE
	FormatLimits      []process.FormatLimit `json:"perFormat,omitempty"`
	Source            string                `json:"source,omitempty"`
	Unconfirmed       string                `json:"unconfirmed,omitempty"`
	Instead           string                `json:"instead,omitempty"`
	Doubt             string                `json:"doubt,omitempty"`
	ValuesConfirmed   bool                  `json:"valuesConfirmed,omitempty"`
	Permission        string                `json:"permission,omitempty"`
	PermissionValues  []string              `json:"permissionValues,omitempty"`
}

func newOperationJSON(op *process.Operation) operationJSON {
	return operationJSON{
		Name: opfacts.Name(op), Synchronous: op.Synchronous, Summary: op.Summary, Doc: op.Doc, Task: op.Task, Action: op.Action, Sources: op.Sources,
		UnconfirmedSources: op.UnconfirmedSources, Unpaired: op.Unpaired, Format: op.Format, AppendsExt: op.AppendsExt, NoOutput: op.NoOutput, Parameters: newParametersJSON(op.Parameters),
		TakesClips: op.TakesClips, Clips: newParametersJSON(opfacts.ClipParameters(op)), MaxInputs: op.MaxInputs, Variables: op.Variables,
		AnyOf: op.AnyOf, MaxBytes: op.MaxBytes, Limits: op.Limits, Quirks: op.Quirks, Unconfirmed: op.Unconfirmed,
	}
}

func newParametersJSON(params []process.Parameter) []parameterJSON {
	kinds := [...]string{process.Enum: "enum", process.Int: "int", process.Float: "float", process.Size: "size",
		process.Pages: "pages", process.Object: "object", process.Color: "color", process.Text: "text", process.Font: "font", process.Mark: "mark"}
	all := []parameterJSON{}
	for i := range params {
		p := &params[i]
		j := parameterJSON{
			Name: p.Name, Positional: p.Positional, Kind: kinds[p.Kind], Note: p.Note, Unit: p.Unit, Values: p.Values, UnconfirmedValues: p.UnconfirmedValues, Max: p.Max,
			ExclusiveMin: p.ExclusiveMin, Default: p.Default, Required: p.Required, Excludes: p.Excludes, IgnoredWith: p.IgnoredWith, Requires: p.Requires,
			OnlyWith: opfacts.NameValues(p.OnlyWith), FormatLimits: p.FormatLimits, Source: p.Source, Unconfirmed: p.Unconfirmed, Instead: p.Instead, Doubt: p.Doubt,
			ValuesConfirmed: p.ValuesConfirmed, Permission: p.Permission, PermissionValues: p.PermissionValues,
		}
		if p.Kind == process.Int || p.Kind == process.Float {
			j.Min = &p.Min
		}
		all = append(all, j)
	}
	return all
}
