package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"onput/process"
)

// CompletionCmd prints a script that teaches a shell the commands, flags and values.
type CompletionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown by onput completion --help.
func (*CompletionCmd) Help() string {
	return "Load it where the shell starts: source <(onput completion bash), or zsh after compinit; onput completion fish | source."
}

// Run prints the script.
func (c *CompletionCmd) Run(s *streams) error {
	model := kong.Must(&commands{}, kong.Name("onput")).Model
	switch c.Shell {
	case "bash":
		fmt.Fprintf(s.out, bashCompletion, completionCases(model))
	case "zsh":
		fmt.Fprintf(s.out, zshCompletion, completionCases(model))
	default:
		fishCompletion(s.out, model)
	}
	return nil
}

// candidates says what can stand for a value: words, or which files ("yaml", "dir", "any", "none"), nothing for a flag
// without a value. Fields are known by their names.
func candidates(v *kong.Value) (words []string, files string) {
	switch {
	case v.IsBool() || v.IsCounter():
		return nil, ""
	case v.Enum != "":
		return v.EnumSlice(), ""
	case v.Name == "operation":
		for _, op := range process.Operations() {
			words = append(words, strings.TrimSuffix(operationName(op), "NAME"))
		}
		return words, ""
	case v.Name == "file" || v.Name == "rules" || v.Name == "s":
		return nil, "yaml"
	case v.Name == "dir" || v.Name == "out":
		return nil, "dir"
	case v.Flag == nil || strings.HasPrefix(v.Flag.PlaceHolder, "FILE"):
		return nil, "any"
	}
	return nil, "none"
}

// argument says what can stand for the arguments of a command: rule files where it takes one.
func argument(n *kong.Node) (words []string, files string) {
	for _, v := range n.Positional {
		if words, files = candidates(v); files == "yaml" {
			break
		}
	}
	return words, files
}

// visible returns the commands that are shown.
func visible(model *kong.Application) []*kong.Node {
	return slices.DeleteFunc(slices.Clone(model.Children), func(n *kong.Node) bool { return n.Hidden })
}

// completionCases is what bash and zsh share: for the word before, or else for the command, the words, flags and files.
func completionCases(model *kong.Application) string {
	var before, after strings.Builder
	names := []string{}
	for _, n := range visible(model) {
		names = append(names, n.Name)
		flags := []string{"--help"}
		for _, f := range n.Flags {
			spelled := []string{"--" + f.Name}
			if f.Short != 0 {
				spelled = append(spelled, "-"+string(f.Short))
			}
			flags = append(flags, spelled[0])
			if words, files := candidates(f.Value); words != nil || files != "" {
				for _, flag := range spelled {
					fmt.Fprintf(&before, "    '%s %s') list='%s' files='%s' ;;\n", n.Name, flag, strings.Join(words, " "), files)
				}
			}
		}
		words, files := argument(n)
		fmt.Fprintf(&after, "        %s) list='%s' files='%s' flags='%s' ;;\n", n.Name, strings.Join(words, " "), files, strings.Join(flags, " "))
	}
	return fmt.Sprintf(`    for word in "${before[@]}"; do
        case $word in %s) command=$word; break ;; esac
    done
    case "$command $previous" in
%s    *)
        case $command in
        '') list='%s' flags='--help' ;;
%s        esac ;;
    esac
    [[ $current == -* ]] && list=$flags files=`, strings.Join(names, "|"), before.String(), strings.Join(names, " "), after.String())
}

const bashCompletion = `# bash completion of onput: source <(onput completion bash)
_onput() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= word= list= flags= files=
    local before=("${COMP_WORDS[@]:1:COMP_CWORD-1}")
    # --flag=VALUE is three words.
    [[ $current == = ]] && current= || { [[ $previous == = ]] && previous=${COMP_WORDS[COMP_CWORD-2]}; }
%s
    local IFS=$' \t\n'
    COMPREPLY=($(compgen -W "$list" -- "$current"))
    IFS=$'\n'
    case $files in
    yaml) COMPREPLY=($(compgen -d -- "$current") $(compgen -f -X '!*.yaml' -- "$current")) ;;
    dir) COMPREPLY=($(compgen -d -- "$current")) ;;
    any) COMPREPLY=($(compgen -f -- "$current")) ;;
    esac
    [[ -z $files ]] || compopt -o filenames 2>/dev/null
    return 0
}
complete -F _onput onput
`

const zshCompletion = `#compdef onput
# zsh completion of onput: source <(onput completion zsh), after compinit
_onput() {
    local current=${words[CURRENT]} previous=${words[CURRENT-1]} command= word= list= flags= files=
    local before=(${words[2,CURRENT-1]})
    if compset -P '--*='; then
        previous=${current%%%%=*} current=${current#*=}
    fi
%s
    case $files in
    yaml) _files -g '*.yaml' ;;
    dir) _files -/ ;;
    any) _files ;;
    *) compadd -- ${=list} ;;
    esac
}
compdef _onput onput
`

// fishCompletion prints a line for each command, flag and argument.
func fishCompletion(w io.Writer, model *kong.Application) {
	quote := func(s string) string { return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'" }
	values := func(words []string, files string) string {
		switch files {
		case "yaml":
			return " -k -a '(__fish_complete_suffix .yaml)'"
		case "dir":
			return " -a '(__fish_complete_directories)'"
		case "any":
			return " -F"
		case "none":
			return ""
		}
		return " -a " + quote(strings.Join(words, " "))
	}
	fmt.Fprint(w, "# fish completion of onput: onput completion fish | source\ncomplete -c onput -f\ncomplete -c onput -l help -d 'Show help.'\n")
	for _, n := range visible(model) {
		fmt.Fprintf(w, "complete -c onput -n __fish_use_subcommand -a %s -d %s\n", n.Name, quote(n.Help))
		inside := fmt.Sprintf("complete -c onput -n '__fish_seen_subcommand_from %s'", n.Name)
		if words, files := argument(n); words != nil || files != "" {
			fmt.Fprintf(w, "%s%s\n", inside, values(words, files))
		}
		for _, f := range n.Flags {
			line := inside + " -l " + f.Name
			if f.Short != 0 {
				line += " -s " + string(f.Short)
			}
			if words, files := candidates(f.Value); words != nil || files != "" {
				line += map[bool]string{true: " -r", false: " -x"}[files == "any"] + values(words, files)
			}
			fmt.Fprintf(w, "%s -d %s\n", line, quote(f.Help))
		}
	}
}
