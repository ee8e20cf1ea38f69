// Package rulefile parses the YAML of a rule file, and knows nothing of what it means.
//
// [Parse] turns a [Document] into a [File]: definitions in which every value keeps its YAML node. It reports what is not
// YAML, unknown and missing fields, and values of the wrong type. The rules themselves are parsed on demand, one by one
// ([File.Rule]). Whoever reads the definitions (the compiler in package rules, package lint) reports to the same
// [Reporter], which finds out where in the file the bytes of a value are (position.go) and collects [Diagnostics].
package rulefile
