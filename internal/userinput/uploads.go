package userinput

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"onput/internal/text"
	"onput/rules"
)

// Arguments are the arguments of a command that takes keys or events, and rules.
type Arguments struct {
	Names  []string // keys, oss://BUCKET/KEY, files with events, or - for a list on standard input
	Events string   // a file with events, - for standard input; "" for none
	Rules  string   // the rule file, - for standard input; "" if it is not given
}

// NewArguments tells the arguments apart. The rule file comes last. events is a file, or "" if the names are keys. Every error is
// wrong usage.
func NewArguments(names []string, events string) (*Arguments, error) {
	a := &Arguments{Names: names, Events: events}
	switch last := len(names) - 1; {
	case events != "" && (last > 0 || last == 0 && !mayBeRules(names[0])):
		return nil, fmt.Errorf("--event %s: the events have their own keys: give only a rule file with it, not %s",
			text.Printable(events), text.Printable(strings.Join(names, " ")))
	case events != "" && last == 0:
		a.Names, a.Rules = nil, names[0]
	case events == "" && last < 0:
		return nil, errors.New("expected \"<key> ...\", or --event FILE")
	case last > 0 && mayBeRules(names[last]):
		a.Names, a.Rules = names[:last], names[last]
	}
	stdins := 0
	for _, name := range append(a.Names[:len(a.Names):len(a.Names)], a.Rules, a.Events) {
		if name == "-" {
			stdins++
		}
	}
	if stdins > 1 {
		return nil, errors.New("- is standard input, which can be only one of rules, keys and events")
	}
	for _, name := range a.Names {
		if isYAML(name) && holdsRules(name) {
			return nil, misplacedRules(name, len(names) > 1)
		}
	}
	return a, nil
}

// misplacedRules returns the error for a rule file in the place of a key.
func misplacedRules(name string, hasKey bool) error {
	problem := "and a key is missing"
	if hasKey {
		problem = "which comes after the keys"
	}
	return fmt.Errorf("%s is a rule file, %s: onput explain KEY %[1]s; for an object of that name, write oss://BUCKET/KEY",
		text.Printable(name), problem)
}

// mayBeRules reports whether the last argument is the rule file: by its extension, by its content, or because it is no file
// that can be read twice, as in a process substitution. The name of a folder with rule files counts, too, for its error.
func mayBeRules(name string) bool {
	if name == "-" || isYAML(name) {
		return true
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return false
	case info.IsDir():
		found, err := rulesIn(name)
		return err == nil && len(found) > 0
	}
	return !info.Mode().IsRegular() || holdsRules(name)
}

// IsEventFile reports whether a text that may be the name of an event is a file: it exists, or it looks like a path.
func IsEventFile(name string) bool {
	if name == "" || rules.KnownEvent(name) {
		return false
	}
	info, err := os.Stat(name)
	return name == "-" || err == nil && !info.IsDir() || strings.ContainsAny(name, `./\`)
}

// Upload is an upload, and the facts about it that are known.
type Upload struct {
	rules.Upload
	Given rules.Given
}

// Uploads are what [Arguments] name.
type Uploads struct {
	All      []Upload
	List     bool     // there may be any number of keys, so that a table suits them
	Notes    []string // what was read in another way than it was written
	Problems []error  // of single names

	read    func(name string, max int64) ([]byte, error)
	slashed int // keys that began with a slash
}

// Read returns the uploads. It reads files with a function that takes their largest size in bytes. The error is wrong usage.
func (a *Arguments) Read(read func(name string, max int64) ([]byte, error)) (*Uploads, error) {
	u := &Uploads{List: len(a.Names) > 1, read: read}
	if a.Events != "" {
		data, err := read(a.Events, MaxEvents)
		if err != nil {
			u.Problems = append(u.Problems, err)
		} else {
			u.addEvents(a.Events, data, "")
		}
		return u, nil
	}
	for _, name := range a.Names {
		if err := u.add(name); err != nil {
			return nil, err
		}
	}
	if u.slashed > 1 {
		u.Notes = append(u.Notes, fmt.Sprintf("and %s more likewise", text.Plural(u.slashed-1, "key")))
	}
	return u, nil
}

// add adds the uploads that one name stands for.
func (u *Uploads) add(name string) error {
	if name == "-" {
		data, err := u.read(name, MaxObjects)
		switch {
		case err != nil:
			u.Problems = append(u.Problems, err)
		case isJSON(data):
			u.addEvents(name, data, "")
		default:
			u.addList(data)
		}
		return nil
	}
	if isFile, err := u.addEventFile(name); isFile || err != nil {
		if err != nil {
			u.Problems = append(u.Problems, fmt.Errorf("%s: the file has no upload to explain: %w%s", text.Printable(name), err, insteadOfFile))
		}
		return nil
	}
	bucket, key, err := Address(name)
	if err == nil {
		u.addObject(&Object{Bucket: bucket, Key: key, Size: -1})
	}
	return err
}

// insteadOfFile ends errors about files that may be meant as keys.
const insteadOfFile = "; for an object of that name, write oss://BUCKET/KEY"

// addEventFile adds the uploads in a file with JSON, whatever its name, or in a file whose name says so. It reports false for any
// other name, which is a key.
func (u *Uploads) addEventFile(name string) (bool, error) {
	named := strings.HasSuffix(name, ".json") && !strings.Contains(name, "://")
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && named:
		u.Notes = append(u.Notes, fmt.Sprintf("there is no file %s, so it is taken as a key", text.Printable(name)))
		return false, nil
	case !named && (err != nil || !info.Mode().IsRegular() || info.Size() > MaxEvents):
		return false, nil
	}
	data, err := u.read(name, MaxEvents)
	switch {
	case named && err != nil:
		return false, err
	case !named && (err != nil || !isJSON(data)):
		return false, nil
	}
	u.addEvents(name, data, insteadOfFile)
	return true, nil
}

// addEvents adds the uploads of captured events. instead is what to do if the file is not meant.
func (u *Uploads) addEvents(name string, data []byte, instead string) {
	events, err := Events(data)
	found, noUpload := uploadsOf(events)
	for _, upload := range found {
		u.All = append(u.All, Upload{upload, rules.GivenAll &^ rules.GivenByOSS})
	}
	if name = text.Printable(name); name == "-" {
		name = "standard input"
	}
	switch {
	case len(found) == 0:
		u.Problems = append(u.Problems, fmt.Errorf("%s: the file has no upload to explain: %w%s", name, errors.Join(err, noUpload), instead))
	case err != nil:
		u.Problems = append(u.Problems, fmt.Errorf("%s: %w", name, err))
	}
}

// addList adds the objects of a list on standard input.
func (u *Uploads) addList(data []byte) {
	u.List = true
	objects, leftOut, err := Objects(data)
	for i := range objects {
		u.addObject(&objects[i])
	}
	if leftOut > 0 {
		u.Notes = append(u.Notes, fmt.Sprintf("left out %s of ossutil: unfinished uploads, earlier versions and delete markers",
			text.Plural(leftOut, "line")))
	}
	switch {
	case err != nil:
		u.Problems = append(u.Problems, fmt.Errorf("standard input: %w", err))
	case len(objects) == 0:
		u.Problems = append(u.Problems, errors.New("standard input names no key"))
	}
}

// addObject adds an object with what is known of it. A key does not begin with a slash, so one there is dropped and noted.
func (u *Uploads) addObject(o *Object) {
	added := Upload{rules.Upload{Bucket: o.Bucket, Key: o.Key, ETag: o.ETag, Size: o.Size}, 0}
	if trimmed := strings.TrimLeft(o.Key, "/"); trimmed != o.Key && trimmed != "" { // / alone is a folder
		if u.slashed++; u.slashed == 1 {
			u.Notes = append(u.Notes, fmt.Sprintf("keys do not begin with /, so %s is explained as %s", text.Printable(o.Key), text.Printable(trimmed)))
		}
		added.Key = trimmed
	}
	for _, fact := range []struct {
		known bool
		fact  rules.Given
	}{{o.Bucket != "", rules.GivenBucket}, {o.ETag != "", rules.GivenETag}, {o.Size >= 0, rules.GivenSize}} {
		if fact.known {
			added.Given |= fact.fact
		}
	}
	u.All = append(u.All, added)
}
