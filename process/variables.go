package process

import "strings"

// KeyVariables returns the variables of a target's name that take their values from the source's bucket and key. The caller
// fills them in before it sends the request.
//
// https://help.aliyun.com/zh/oss/user-guide/variables
func KeyVariables() []string {
	return []string{"bucket", "key", "dirname", "basename", "barename", "ext"}
}

// ClockVariables returns the variables that OSS fills in with a time: the upload's, or the task's if they begin with t_.
func ClockVariables() []string {
	return []string{"year", "mon", "day", "hour", "min", "sec", "t_year", "t_mon", "t_day", "t_hour", "t_min", "t_sec"}
}

// OutputVariables returns the variables that OSS fills in for each object that an operation writes. Which of them an
// operation has is in [Operation].Variables.
func OutputVariables() []string {
	return []string{"index", "autoext", "sheetname", "streamindex", "resolution"}
}

// VariableShapes returns the shapes of the texts that OSS fills in for one of its variables: 9 stands for one or more digits,
// a for one or more lower-case letters and digits, and any other character for itself. It returns nil if any text may come.
func VariableShapes(name string) []string {
	switch {
	case name == "index":
		return []string{"9", "9_9"} // SHEET_PART for a spreadsheet
	case name == "resolution":
		return []string{"9x9"}
	case name == "autoext":
		return []string{"a"}
	case name == "sheetname" || strings.HasPrefix(name, "tags."):
		return nil
	}
	return []string{"9"}
}

var (
	braceEscaper   = strings.NewReplacer("{", "{{", "}", "}}")
	braceUnescaper = strings.NewReplacer("{{", "{", "}}", "}")
)

// EscapeBraces doubles the braces of a literal text in the name of a target: OSS expands variables in the name, and reads {{
// and }} as single braces.
func EscapeBraces(literal string) string {
	if strings.IndexByte(literal, '{') < 0 && strings.IndexByte(literal, '}') < 0 {
		return literal // the usual case, which matching an upload meets several times
	}
	return braceEscaper.Replace(literal)
}

// UnescapeBraces undoes [EscapeBraces], as OSS does in a name without variables.
func UnescapeBraces(name string) string { return braceUnescaper.Replace(name) }

// clockExample replaces the clock's variables with digits of the length that OSS writes.
var clockExample = strings.NewReplacer("{year}", "2000", "{t_year}", "2000",
	"{mon}", "00", "{day}", "00", "{hour}", "00", "{min}", "00", "{sec}", "00",
	"{t_mon}", "00", "{t_day}", "00", "{t_hour}", "00", "{t_min}", "00", "{t_sec}", "00")

// ValidBucketTemplate reports whether name is a valid bucket once OSS has filled in its [ClockVariables].
func ValidBucketTemplate(name string) bool { return ValidBucket(clockExample.Replace(name)) }
