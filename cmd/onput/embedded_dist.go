//go:build dist

package main

import _ "embed"

//go:embed embedded.zip
var embeddedZip string // in no folder: internal/dist gives it to go build

func init() { embedded = embeddedZip }
