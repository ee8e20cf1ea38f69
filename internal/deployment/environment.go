package deployment

import (
	"maps"
	"os"

	"onput/internal/serverlessdevs"
	"onput/internal/text"
	"onput/rules"
)

// Environment is where the variables of ${env(…)} in rules are looked up.
type Environment struct {
	variables map[string]string
	unknown   map[string]*serverlessdevs.UnknownError // by property
	file      string                                  // Serverless Devs file that alone sets variables; "" if the caller does, too
}

// CallersEnvironment returns the environment of the caller, in which some variables have other values.
func CallersEnvironment(variables map[string]string) Environment {
	return Environment{variables: variables}
}

// NewEnvironment returns the environment that functions of a Serverless Devs file have when they are deployed. It has none of
// the caller's variables. Without a file, it is the caller's.
func NewEnvironment(functions ...serverlessdevs.Function) Environment {
	e := Environment{variables: map[string]string{}, unknown: map[string]*serverlessdevs.UnknownError{}}
	for _, f := range functions {
		e.file = f.File
		maps.Copy(e.variables, map[string]string{"FC_REGION": f.Region, "FC_FUNCTION_NAME": f.Name}) // Function Compute sets them
		maps.Copy(e.variables, f.Environment)
		maps.Copy(e.unknown, f.Unknown)
	}
	return e
}

// Get returns the value of a variable, "" if it is not set or not known.
func (e Environment) Get(name string) string {
	value, ok := e.variables[name]
	if !ok && e.file == "" {
		value = os.Getenv(name)
	}
	return value
}

// Load loads a rule file. It returns an error if the rules use a variable whose value is not known.
func (e Environment) Load(file string, src []byte) (*rules.File, error) {
	var unknown *serverlessdevs.UnknownError
	options := rules.Options{Getenv: func(name string) string {
		_, set := e.variables[name]
		for _, property := range []string{serverlessdevs.EnvironmentProperty + name, "environmentVariables"} {
			if !set && unknown == nil {
				unknown = e.unknown[property]
			}
		}
		return e.Get(name)
	}}
	if e.file != "" {
		options.SetIn = "environmentVariables of " + text.Printable(e.file)
	}
	loaded, err := rules.Load(file, src, options)
	if unknown != nil {
		return nil, unknown
	}
	return loaded, err
}
