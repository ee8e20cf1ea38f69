package rules

import (
	"strings"

	"onput/process"
	"onput/rules/glob"
)

// Set is a checked, compiled rule file. It is immutable and safe for concurrent use.
type Set struct {
	filename string
	src      string // for Warnings
	sources  []source
	claims   *claims // nil without claims
	rules    []rule
	stopping []int // the rules that are enabled, stop, and have conditions on the place alone
}

// source is a place whose uploads may fire.
type source struct {
	bucket *glob.Pattern
	prefix string
}

// claims is where the objects that record claims are. Their own events fire nothing.
type claims struct {
	bucket string // "" for the source's
	prefix string
}

// rule is one rule, its conditions and what it fires.
type rule struct {
	name     string
	enabled  bool
	log      bool
	stop     bool
	fold     bool            // letters of keys are compared folded
	keys     []*glob.Pattern // one of them must match; nil for any key
	not      []*glob.Pattern
	prefixes []string // folded where fold is set, like suffixes
	suffixes []string
	buckets  []*glob.Pattern
	events   []*glob.Pattern
	types    []*glob.Pattern
	where    []where
	size     *size
	outputs  []output

	placeOnly     bool // it has conditions on key and bucket alone
	defaultEvents bool // it listens to the events of the file's defaults

	prefixesWritten, suffixesWritten []string // as they stand in the file, for messages
}

// where is a condition on a field of the event record.
type where struct {
	path   string // of gjson
	values []*glob.Pattern
}

// size bounds the object's size in bytes, both ends inclusive.
type size struct{ min, max int64 }

// output is one task that a rule fires.
type output struct {
	operation *process.Operation
	request   process.Request // without sys directives
	open      []openParam     // the parameters that an upload fills in
	process   string          // request as a string, where nothing is open
	target    *target         // nil where the operation writes no object
	notify    string
}

// openParam is a parameter that holds variables.
type openParam struct {
	clip  int // index of the clip, -1 for the operation itself
	param int
	value template
}

type target struct {
	bucket template // empty for the source's
	key    template
}

// Parse reads, checks and compiles a rule file; filename is only for messages. The error is Diagnostics, every one that
// the file has; warnings are no error.
func Parse(filename string, src []byte) (*Set, error) {
	d := newDocument(filename, string(src))
	s := d.compile()
	if len(d.errors) > 0 {
		return nil, d.errors.sorted()
	}
	return s, nil
}

// Warnings returns what is doubtful in the file but no error, computed when asked.
func (s *Set) Warnings() Diagnostics {
	d := newDocument(s.filename, s.src)
	d.warn = true
	d.compile()
	return d.warnings.sorted()
}

// Skip says why u fires nothing whatever the rules are, "" if they decide.
func (s *Set) Skip(u *Upload) string {
	if name, ok := strings.CutPrefix(u.Event, "ObjectCreated:"); ok {
		switch name {
		case "InitiateMultipartUpload", "UploadPart", "UploadPartCopy":
			return "the event " + name + " comes before the object exists"
		}
	}
	switch {
	case strings.HasSuffix(u.Key, "/"):
		return "the key ends in /: a folder"
	case u.Size == 0:
		return "the object is empty"
	case s.isClaim(u.Bucket, u.Key):
		return "the object is under the prefix of claims"
	case !s.isSource(u.Bucket, u.Key):
		return "the object is in none of the sources"
	}
	return ""
}

// isClaim says whether an object is where claims are kept.
func (s *Set) isClaim(bucket, key string) bool {
	c := s.claims
	return c != nil && strings.HasPrefix(key, c.prefix) && (c.bucket == "" || c.bucket == bucket)
}

// isSource says whether sources let an object in that place fire.
func (s *Set) isSource(bucket, key string) bool {
	if s.sources == nil {
		return true
	}
	for i := range s.sources {
		if strings.HasPrefix(key, s.sources[i].prefix) && s.sources[i].bucket.Match(bucket) {
			return true
		}
	}
	return false
}

// UploadPlace returns a bucket, and a prefix as the key, in which uploads may fire: those of the first source. Without
// sources it is a bucket called uploads, and any key.
func (s *Set) UploadPlace() process.Location {
	if len(s.sources) == 0 {
		return process.Location{Bucket: "uploads"}
	}
	place := process.Location{Bucket: "uploads", Key: s.sources[0].prefix}
	if names := s.sources[0].bucket.Examples(); len(names) > 0 {
		place.Bucket = names[0]
	}
	return place
}

// Sources returns the places that may fire, as BUCKET/PREFIX with the environment's values filled in, the bucket a glob;
// none where everything may.
func (s *Set) Sources() []string {
	var all []string
	for _, src := range s.sources {
		all = append(all, src.bucket.String()+"/"+src.prefix)
	}
	return all
}

// Listens says whether a rule that is enabled listens to an event, ObjectCreated:PutObject for example.
func (s *Set) Listens(event string) bool {
	for i := range s.rules {
		if s.rules[i].enabled && anyMatch(s.rules[i].events, event) {
			return true
		}
	}
	return false
}
