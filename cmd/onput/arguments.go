package main

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// flagsFirst moves the flags of a command line before its other arguments, because kong ends a list of arguments at the first
// flag after it: in KEY --size 5MiB FILE, it would not expect FILE. What follows -- stays.
func flagsFirst(parser *kong.Kong, args []string) []string {
	i := slices.IndexFunc(parser.Model.Children, func(n *kong.Node) bool { return len(args) > 0 && n.Name == args[0] })
	if i < 0 {
		return args
	}
	takesValue := map[string]bool{}
	for _, group := range parser.Model.Children[i].AllFlags(false) {
		for _, flag := range group {
			takesValue["--"+flag.Name] = !flag.IsBool()
		}
	}
	flags, others := []string{args[0]}, []string{}
	for rest := args[1:]; len(rest) > 0; {
		n := 1
		switch arg := rest[0]; {
		case arg == "--":
			return slices.Concat(flags, others, rest)
		case !strings.HasPrefix(arg, "-") || arg == "-":
			others = append(others, arg)
		case takesValue[arg] && len(rest) == 1: // its value is missing
			return slices.Concat(flags, others, rest)
		default:
			if takesValue[arg] {
				n = 2
			}
			flags = append(flags, rest[:n]...)
		}
		rest = rest[n:]
	}
	return append(flags, others...)
}
