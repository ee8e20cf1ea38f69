package main

import (
	"fmt"
	"strings"

	"onput/internal/membudget"
	"onput/internal/serverlessdevs"
	"onput/rules"
)

// memoryNote says how much memory the function needs to load rules, "" if that does not count.
func memoryNote(src []byte) string {
	need, _ := rules.EstimateMemory(src)
	if need < 1<<20 {
		return ""
	}
	return fmt.Sprintf("loading the rules takes about %d MB: memorySize %d or more", need>>20, membudget.MemorySize(need))
}

// compareMemory warns about functions of a Serverless Devs file that have too little memory to load the rules.
func compareMemory(file string, deployment []byte, functions []serverlessdevs.Function, src []byte) (found rules.Diagnostics) {
	need, _ := rules.EstimateMemory(src)
	least := membudget.MemorySize(need)
	for _, f := range functions {
		if p := f.MemoryPos; 0 < f.MemorySize && f.MemorySize < least {
			found = append(found, rules.Diagnostic{
				File: file, Line: p.Line, Column: p.Column, Width: p.Width, Warning: true, Code: "memory",
				Message:    fmt.Sprintf("loading the rules takes about %d MB: raise memorySize to %d", need>>20, least),
				SourceLine: strings.Split(string(deployment), "\n")[p.Line-1],
			})
		}
	}
	return found
}
