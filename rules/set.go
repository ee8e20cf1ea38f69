package rules

import (
	"cmp"
	"slices"
	"strings"

	"onput/internal/glob"
	"onput/internal/keyindex"
	"onput/process"
)

// Set is a checked, compiled rule file. It is immutable and safe for concurrent use.
type Set struct {
	filename string
	src      string // for Warnings
	digest   string // of the file, see Seal
	sources  []source
	inSource *keyindex.Index // the sources behind the first ones, by their numbers; nil for none
	claims   *Claims         // nil without claims
	failures PermanentFailurePolicy
	rules    []rule
	stopping []int // the rules that are enabled, stop, and have conditions on the place alone

	shots     []shot          // by rule: what it takes to fire it
	index     *keyindex.Index // the rules that are enabled, by their conditions on the place
	listening *listening      // and by the events that they listen to
}

// source is a place whose uploads may fire.
type source struct {
	bucket *glob.Pattern
	prefix string
	plain  string // the bucket's name, if it is no more than that
}

func (s *source) has(bucket, key string) bool {
	return strings.HasPrefix(key, s.prefix) && (s.plain == bucket && bucket != "" || s.bucket.Match(bucket))
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
	capturing     bool // its tasks use captures

	prefixesWritten, suffixesWritten []string // as they stand in the file, for messages
}

// shot is what it takes to fire a rule that the index found. It fills a cache line: with many rules, an upload pays for each
// that it touches.
type shot struct {
	first  output // nearly always the only one
	name   string
	count  int32 // of outputs
	group  uint8 // of listening
	simple bool  // the index knows all its conditions, and its tasks use no captures
	stop   bool
	log    bool
}

// where is a condition on a field of the event record.
type where struct {
	path   string // of gjson
	values []*glob.Pattern
}

// size bounds the object's size in bytes, both ends inclusive.
type size struct{ min, max int64 }

// output is one task that a rule fires. Outputs that do the same share what they do, and those that write to the same
// place the target, so that an upload among many rules finds most of what it needs close at hand.
type output struct {
	*action
	target *target // nil where the operation writes no object
	notify string
}

// action is an operation with its parameters.
type action struct {
	operation *process.Operation
	request   process.Request // without sys directives
	open      []openParam     // the parameters that an upload fills in
	process   string          // request as a string, where nothing is open
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

	bucketValid bool // for any upload
}

// buildIndex makes what Match works with.
func (s *Set) buildIndex() {
	b := keyindex.NewBuilder()
	s.listening = newListening()
	s.shots = make([]shot, len(s.rules))
	for i := range s.rules {
		r := &s.rules[i]
		if !r.enabled {
			continue
		}
		group := s.listening.group(r.events)
		b.Add(keyindex.Entry{ID: i, Group: int(group), Fold: r.fold,
			Buckets: r.buckets, Keys: r.keys, Prefixes: r.prefixes, Suffixes: r.suffixes})
		s.shots[i] = shot{
			first: r.outputs[0], name: r.name, count: int32(len(r.outputs)), group: group, stop: r.stop, log: r.log,
			simple: group < maxGroups-1 && r.not == nil && r.prefixes == nil && r.suffixes == nil &&
				r.size == nil && r.types == nil && r.where == nil && !r.capturing,
		}
	}
	s.index = b.Index()
}

// Parse reads, checks and compiles a rule file; filename is only for messages. The error is Diagnostics, every one that
// the file has; warnings are no error.
func Parse(filename string, src []byte) (*Set, error) {
	return newDocument(filename, string(src)).parsed()
}

// parsed returns the Set of a document, or all its errors.
func (d *document) parsed() (*Set, error) {
	s := d.compile()
	if len(d.errors) > 0 {
		return nil, d.errors.sorted()
	}
	s.buildIndex()
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
	if partial(u.Event) {
		return "the event " + strings.TrimPrefix(u.Event, "ObjectCreated:") + " comes before the object exists"
	}
	return s.skipsObject(u)
}

// skipsObject is Skip whatever the event is.
func (s *Set) skipsObject(u *Upload) string {
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
	return c != nil && strings.HasPrefix(key, c.Prefix) && (c.Bucket == "" || c.Bucket == bucket)
}

// fewSources is how many sources are gone through, the first ones. The others have an index.
const fewSources = 10

// indexSources makes the index of sources.
func (s *Set) indexSources() {
	if len(s.sources) <= fewSources {
		return
	}
	b := keyindex.NewBuilder()
	for i := fewSources; i < len(s.sources); i++ {
		b.Add(keyindex.Entry{ID: i, Buckets: []*glob.Pattern{s.sources[i].bucket}, Prefixes: []string{s.sources[i].prefix}})
	}
	s.inSource = b.Index()
}

// isSource says whether sources let an object in that place fire.
func (s *Set) isSource(bucket, key string) bool {
	if s.sources == nil {
		return true
	}
	for i := range min(len(s.sources), fewSources) {
		if s.sources[i].has(bucket, key) {
			return true
		}
	}
	if s.inSource == nil {
		return false
	}
	var buf [8]keyindex.Hit
	hits := s.inSource.Find(buf[:0], bucket, key, 1)
	return slices.ContainsFunc(hits, func(h keyindex.Hit) bool { return s.sources[h.ID].has(bucket, key) })
}

// ExampleUploadLocation returns a bucket, and a prefix as the key, in which uploads may fire: those of the first source. Without
// sources it is a bucket called uploads, and any key.
func (s *Set) ExampleUploadLocation() process.Location {
	if len(s.sources) == 0 {
		return process.Location{Bucket: "uploads"}
	}
	return process.Location{Bucket: cmp.Or(s.sources[0].example(), "uploads"), Key: s.sources[0].prefix}
}

// example returns the name of a bucket of the source, "" if none comes to mind.
func (s *source) example() string {
	for name := range s.bucket.Examples() {
		return name
	}
	return ""
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
