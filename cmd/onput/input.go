package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"onput/internal/deployment"
	"onput/internal/serverlessdevs"
	"onput/internal/text"
	"onput/internal/userinput"
	"onput/rules"
)

// readFile reads a file of at most max bytes. If stdin is not nil, - is standard input. It returns early if ctx ends, because a
// pipe may never open or end.
func readFile(ctx context.Context, name string, stdin io.Reader, max int64) ([]byte, error) {
	if name == "" {
		return nil, errors.New("the name of a file is empty")
	}
	var data []byte
	var err error
	read := make(chan struct{})
	go func() {
		defer close(read)
		in := stdin
		if name != "-" || stdin == nil {
			var file *os.File
			if file, err = os.Open(name); err != nil {
				return
			}
			defer file.Close()
			in = file
		}
		data, err = io.ReadAll(io.LimitReader(in, max+1))
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-read:
	}
	if err == nil && int64(len(data)) > max {
		return nil, &tooLargeError{name, max}
	}
	return data, err
}

// tooLargeError is the error of [readFile] for a file with more bytes than it may have.
type tooLargeError struct {
	name string
	max  int64
}

func (e *tooLargeError) Error() string {
	return fmt.Sprintf("%s is too large: at most %d bytes are read", text.Printable(e.name), e.max)
}

// defaultRules is [userinput.DefaultRules].
func defaultRules(file *string, dir string) error { return userinput.DefaultRules(file, dir) }

// readRules reads a rule file, or standard input for "-". The error for a missing file names the rule file of the project,
// and the one for another kind of file says what it is.
func readRules(ctx context.Context, file string, stdin io.Reader) ([]byte, error) {
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return nil, userinput.FolderError(file)
	}
	src, err := readFile(ctx, file, stdin, rules.MaxFile)
	other := ""
	if errors.Is(err, fs.ErrNotExist) && defaultRules(&other, "") == nil && other != filepath.Clean(file) {
		err = fmt.Errorf("%w; there is %s here", err, filepath.ToSlash(other))
	}
	if err == nil {
		err = userinput.NotRules(file, src)
	}
	return src, err
}

// loadRules loads a rule file in an environment, and prints its errors.
func loadRules(ctx context.Context, file string, env deployment.Environment, s *streams) (*rules.File, error) {
	src, err := readRules(ctx, file, s.in)
	if err != nil {
		return nil, err
	}
	loaded, err := env.Load(file, src)
	var errs rules.Diagnostics
	if errors.As(err, &errs) {
		printErrors(s.err, file, errs)
		return nil, exit(exitFailed)
	}
	return loaded, err
}

// readFunctions returns the functions of a Serverless Devs file, and its text. account is the ID of the account, "" if it is
// not known.
func readFunctions(ctx context.Context, file, account string) (all []serverlessdevs.Function, src []byte, err error) {
	if src, err = readFile(ctx, file, nil, serverlessdevs.MaxFile); err == nil {
		all, err = serverlessdevs.ParseAs(file, src, account)
	}
	return all, src, err
}

// readFunction returns the function of a Serverless Devs file, an empty one without a file.
func readFunction(ctx context.Context, file string) (*serverlessdevs.Function, error) {
	if file == "" {
		return &serverlessdevs.Function{}, nil
	}
	all, _, err := readFunctions(ctx, file, "")
	switch {
	case err != nil:
		return nil, err
	case len(all) > 1:
		return nil, fmt.Errorf("%s has %d functions: give a file with only the one to use", file, len(all))
	}
	return &all[0], nil
}
