package main

import (
	"maps"
	"os"

	"onput/internal/serverlessdevs"
	"onput/internal/text"
	"onput/rules"
)

// environment is where the variables of ${env(…)} in rules are looked up.
type environment struct {
	variables map[string]string
	unknown   map[string]*serverlessdevs.UnknownError // by property
	file      string                                  // Serverless Devs file that alone sets variables; "" if the caller does, too
}

// callersEnvironment has the variables of the caller, and before them others.
func callersEnvironment(variables map[string]string) environment {
	return environment{variables: variables}
}

// deployedEnvironment has the variables that functions of a Serverless Devs file have when they are deployed. The caller's are
// not among them. Without a file, it is the caller's.
func deployedEnvironment(functions ...serverlessdevs.Function) environment {
	e := environment{variables: map[string]string{}, unknown: map[string]*serverlessdevs.UnknownError{}}
	for _, f := range functions {
		e.file = f.File
		maps.Copy(e.variables, map[string]string{"FC_REGION": f.Region, "FC_FUNCTION_NAME": f.Name}) // Function Compute sets them
		maps.Copy(e.variables, f.Environment)
		maps.Copy(e.unknown, f.Unknown)
	}
	return e
}

// get returns the value of a variable, "" if it is not set or not known.
func (e environment) get(name string) string {
	value, ok := e.variables[name]
	if !ok && e.file == "" {
		value = os.Getenv(name)
	}
	return value
}

// load loads a rule file. It returns an error if the rules use a variable whose value is not known.
func (e environment) load(file string, src []byte) (*rules.File, error) {
	var unknown *serverlessdevs.UnknownError
	options := rules.Options{Getenv: func(name string) string {
		_, set := e.variables[name]
		for _, property := range []string{serverlessdevs.EnvironmentProperty + name, "environmentVariables"} {
			if !set && unknown == nil {
				unknown = e.unknown[property]
			}
		}
		return e.get(name)
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
