package serverlessdevs

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"
)

// call returns the result of a function of Serverless Devs:
// https://docs.serverless-devs.com/user-guide/spec/#magic-variables
func (e *evaluation) call(name string, args []*yaml.Node) (*yaml.Node, error) {
	var texts []string
	for _, arg := range args {
		s, err := e.argument(arg)
		if err != nil {
			return nil, err
		}
		texts = append(texts, s)
	}
	if len(args) == 0 {
		return nil, errors.New("give an argument in quotes")
	}
	switch first := texts[0]; name {
	case "env":
		if value := e.getenv(first); value != "" {
			return e.newText(value), nil
		}
		if len(args) > 1 {
			return args[1], nil
		}
		return nil, fmt.Errorf("the environment variable %s is not set: set it, write it into .env, or give a default: ${env('%[1]s','…')}", shown(first))
	case "config":
		return e.credential(first)
	case "secret":
		return nil, &unavailableError{"is known to Serverless Devs alone: use ${env(…)} for what is needed here"}
	case "str":
		if v, err := e.evaluatePath(first); err == nil {
			s, err := joined(v)
			return e.newText(s), err
		}
		return e.newText(first), nil
	case "path":
		path := e.scope.file.join(first)
		if _, err := os.Stat(path); first == "" || err != nil {
			return nil, fmt.Errorf("there is no file %s", shown(first))
		}
		return e.newText(path), nil
	case "file":
		path := e.scope.file.join(first)
		src, err := readRegular(path)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("there is no file %s", shown(first))
		}
		return e.newText(string(src)), err
	case "json":
		if !json.Valid([]byte(first)) {
			return nil, errors.New("the text is no JSON")
		}
		return e.parse(first)
	case "yaml":
		return e.parse(first)
	case "base64":
		return e.newText(base64.StdEncoding.EncodeToString([]byte(first))), nil
	}
	return nil, fmt.Errorf("the function %s is not read here: write the value itself", shown(name))
}

// argument returns an argument as text.
func (e *evaluation) argument(n *yaml.Node) (string, error) {
	if err := e.broken[n]; err != nil {
		return "", err
	}
	s, err := joined(n)
	if why := e.whyUnknown(s); why != "" {
		return "", &unavailableError{"is not known: " + why}
	}
	return s, err
}

// evaluatePath returns the value of a variable such as vars.NAME.
func (e *evaluation) evaluatePath(code string) (*yaml.Node, error) {
	names := strings.Split(code, ".")
	return e.variable(names[0], names[1:])
}

// parse returns the value of a text in YAML or JSON.
func (e *evaluation) parse(src string) (*yaml.Node, error) {
	n, err := loadYAML([]byte(src))
	if err != nil {
		return nil, fmt.Errorf("the text is no YAML: %w", err)
	}
	e.adopt(n)
	return n, nil
}

// credential returns a field of the key that deploys. Of these, the account's ID is no secret.
func (e *evaluation) credential(name string) (*yaml.Node, error) {
	switch {
	case name != "AccountID":
		return nil, &unavailableError{"is known to Serverless Devs alone"}
	case e.account == "":
		return nil, &unavailableError{"is known to Serverless Devs alone: set the environment variable AccountID, which it reads as well"}
	}
	return e.newText(e.account), nil
}

// join returns a path, which is relative to the directory of the file.
func (d *document) join(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(d.dir, path)
}
