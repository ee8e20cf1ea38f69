package loopcheck

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/ruleset"
	"onput/internal/text"
)

// ClaimsTarget is an output whose target can lie below the claims prefix, or cannot be shown not to.
type ClaimsTarget struct {
	Rule, Output int // their numbers
	Message      string
	Upload       *ruleset.Upload // the example; nil if there is none
}

// errNoClaimsExample is the error of an output whose languages do not exclude a target below the claims prefix, and for
// which no upload was found that has one.
var errNoClaimsExample = errors.New("no example found")

// ClaimsTargets returns the outputs whose targets can lie below the claims prefix, where they could forge claims and records
// of failures. It ends with the first output that it can neither show to do so nor exclude.
func (a *Analysis) ClaimsTargets() (found []ClaimsTarget) {
	if a.set.Claims == nil {
		return nil
	}
	const remedy = "begin the target with a folder of its own, keep claims in another bucket"
	for i := range a.set.Rules {
		r := &a.set.Rules[i]
		for k := range r.Outputs {
			if !r.Enabled || r.Outputs[k].Target == nil {
				continue
			}
			upload, task, err := a.claimsExample(i, k)
			switch {
			case err != nil:
				return append(found, ClaimsTarget{i, k, fmt.Sprintf("the target may lie below %s, the prefix of claims, but this "+
					"cannot be decided; %s, or write simpler patterns", text.Printable(a.set.Claims.Prefix), remedy), nil})
			case upload != nil:
				found = append(found, ClaimsTarget{i, k, fmt.Sprintf("the target can lie below %s, the prefix of claims: %s would write %s; %s, "+
					"or exclude such keys with not", text.Printable(a.set.Claims.Prefix), text.Printable(task.Source.String()),
					text.Printable(task.Target.String()), remedy), upload})
			}
		}
	}
	return found
}

// claimsExample returns an upload whose target may lie below the claims prefix, with its task, or nil if there is none. The
// error is [errNoClaimsExample] or [automaton.ErrTooLarge].
func (a *Analysis) claimsExample(rule, output int) (*ruleset.Upload, *ruleset.Task, error) {
	excluded := true
	for bound := range a.claimsBindings(&a.set.Rules[rule].Outputs[output]) {
		if a.cannotHave(rule, bound) {
			continue
		}
		sources, err := a.sourcesWith(rule, bound)
		if err != nil {
			return nil, nil, err
		}
		if sources.Empty() {
			continue
		}
		excluded = false
		objects := sources.Texts(maxKeysTried)
		if named, err := a.withPlainNames(sources); err == nil {
			objects = append(named.Texts(20), objects...) // they read better
		}
		for _, object := range objects {
			at := locationOf(object)
			upload := &ruleset.Upload{Event: "ObjectCreated:PutObject", Bucket: at.Bucket, Key: at.Key, ETag: "0123456789ABCDEF", Size: 1, Time: exampleTime}
			for _, b := range bound {
				if b.Kind == ruleset.ETagPart {
					upload.ETag = b.Text
				}
			}
			task := a.set.Fire(rule, upload)[output]
			if errors.Is(task.Err, ruleset.ErrBelowClaims) && a.CanFire(rule, at) {
				return upload, &task, nil
			}
		}
	}
	if excluded {
		return nil, nil, nil
	}
	return nil, nil, a.excludeClaims(rule, output)
}

// withPlainNames returns the objects whose base names are a word, with or without an extension.
func (a *Analysis) withPlainNames(objects *automaton.DFA) (*automaton.DFA, error) {
	plain, err := a.languageOf(func(n *automaton.NFA) {
		bare := oneOrMore(n, n.Text(n.Any(0), "/"), alphanumerics)
		n.Accept(bare)
		n.Accept(oneOrMore(n, n.Text(bare, "."), alphanumerics))
	})
	if err != nil {
		return nil, err
	}
	return objects.And(plain)
}

// claimsBindings iterates over the values of variables with which the target of an output lies below the claims prefix. If
// the buckets with claims have no fixed names, the values may be too few to make the bucket one of them.
func (a *Analysis) claimsBindings(o *ruleset.Output) iter.Seq[[]ruleset.Binding] {
	bucket := o.Target.Bucket
	if len(bucket.Parts) == 0 {
		bucket.Parts = []ruleset.Part{{Kind: ruleset.BucketPart, Text: "bucket"}}
	}
	fixed, isFixed := o.Target.FixedBucket()
	return func(yield func([]ruleset.Binding) bool) {
		inBucket := func(bound []ruleset.Binding) bool {
			for key := range o.Bindings(o.Target.Key, a.set.Claims.Prefix, false, bound) {
				if !yield(key) {
					return false
				}
			}
			return true
		}
		names, ok := a.claimsBuckets()
		switch {
		case isFixed:
			if a.set.HoldsClaims(fixed) {
				inBucket(nil)
			}
		case !ok, a.set.Claims.Bucket == "" && len(bucket.Parts) == 1 && bucket.Parts[0].Kind == ruleset.BucketPart:
			inBucket(nil)
		default:
			for _, name := range names {
				for bound := range o.Bindings(bucket, name, true, nil) {
					if !inBucket(bound) {
						return
					}
				}
			}
		}
	}
}

// claimsBuckets returns the names of all buckets that hold claims. It returns false if their names are not fixed.
func (a *Analysis) claimsBuckets() (names []string, ok bool) {
	if name := a.set.Claims.Bucket; name != "" {
		return []string{name}, true
	}
	for _, src := range a.set.Sources {
		if src.Name == "" {
			return nil, false
		}
		names = append(names, src.Name)
	}
	return names, a.set.Sources != nil
}

// cannotHave reports whether affixes tell that no object that fires a rule has the values.
func (a *Analysis) cannotHave(rule int, bound []ruleset.Binding) bool {
	c := a.set.Claims
	inClaimsBucket := c.Bucket == "" || slices.ContainsFunc(bound, func(b ruleset.Binding) bool {
		return b.Kind == ruleset.BucketPart && b.Text == c.Bucket
	})
	for _, b := range bound {
		prefix := b.Text
		switch {
		case b.Kind == ruleset.DirnamePart && b.Text != "" && !b.Open:
			prefix += "/"
		case b.Kind != ruleset.DirnamePart && b.Kind != ruleset.KeyPart:
			continue
		}
		overlaps := func(key affixes) bool { return eitherIsPrefix(key.prefix, a.fold(prefix)) }
		if inClaimsBucket && strings.HasPrefix(prefix, c.Prefix) || !slices.ContainsFunc(a.affixes[rule], overlaps) {
			return true
		}
	}
	return false
}

// sourcesWith returns the objects that fire a rule and have the values, as far as captures tell. The error is
// [automaton.ErrTooLarge].
func (a *Analysis) sourcesWith(rule int, bound []ruleset.Binding) (*automaton.DFA, error) {
	r := &a.set.Rules[rule]
	captures, open := map[string]string{}, ""
	var others []ruleset.Binding
	for _, b := range bound {
		switch b.Kind {
		case ruleset.CapturePart:
			if captures[b.Name] = b.Text; b.Open {
				open = b.Name
			}
		case ruleset.ETagPart, ruleset.TimePart: // the object does not decide them
		default:
			others = append(others, b)
		}
	}
	d, err := a.objectsWith(r, others)
	if err == nil && !d.Empty() && len(captures) > 0 {
		d, err = a.restrict(d, func(n *automaton.NFA) {
			for _, pattern := range r.Keys {
				addObjects(n, pattern.WithCaptures(captures, open))
			}
		})
	}
	if err != nil || d.Empty() {
		return d, err // the usual case, without the trigger language of the rule
	}
	triggers, err := a.TriggerLanguage(rule)
	if err == nil {
		d, err = d.And(triggers)
	}
	return d, err
}

// objectsWith returns the objects in sources that have the values, without those that the not of a rule excludes. Many
// rules share them.
func (a *Analysis) objectsWith(r *ruleset.Rule, bound []ruleset.Binding) (*automaton.DFA, error) {
	key := fmt.Sprint(bound)
	if r.Not != nil {
		key += fmt.Sprint(notKeyOf(r))
	}
	return cached(a.claimsSources, key, func() (*automaton.DFA, error) {
		d, err := a.LanguageOf(&ruleset.Rule{Not: r.Not, IgnoreCase: r.IgnoreCase})
		for _, b := range bound {
			if err == nil {
				d, err = a.restrict(d, func(n *automaton.NFA) { addObjectsWith(n, b) })
			}
		}
		return d, err
	})
}

// restrict returns the texts of d that are in the language of the automaton that build makes.
func (a *Analysis) restrict(d *automaton.DFA, build func(n *automaton.NFA)) (*automaton.DFA, error) {
	other, err := a.languageOf(build)
	if err != nil {
		return nil, err
	}
	return d.And(other)
}

// addObjectsWith adds the objects that have the value of a variable of bucket or key.
func addObjectsWith(n *automaton.NFA, b ruleset.Binding) {
	value := func(from int32, symbols [][2]rune) int32 {
		s := n.Text(from, b.Text)
		if b.Open {
			s = n.Repeat(s, symbols...)
		}
		return s
	}
	if b.Kind == ruleset.BucketPart {
		n.Accept(n.Any(n.Text(value(0, bucketNameSymbols), "/")))
		return
	}
	key := n.Text(n.Repeat(0, bucketNameSymbols...), "/")
	base := n.State(0)
	n.Epsilon(key, base)
	n.Epsilon(n.Text(n.Any(key), "/"), base)
	switch b.Kind {
	case ruleset.KeyPart:
		n.Accept(value(key, automaton.AnySymbols))
	case ruleset.DirnamePart:
		n.Accept(n.Repeat(n.Text(value(key, automaton.AnySymbols), "/"), automaton.PlainSymbols...))
		if b.Text == "" {
			n.Accept(n.Repeat(key, automaton.PlainSymbols...))
		}
	case ruleset.BasenamePart:
		n.Accept(value(base, automaton.PlainSymbols))
	case ruleset.BarenamePart:
		bare := value(base, automaton.PlainSymbols)
		n.Accept(n.Repeat(n.Text(bare, "."), bareNameSymbols...))
		if !strings.Contains(b.Text, ".") {
			n.Accept(bare)
		}
	case ruleset.ExtPart:
		n.Accept(value(n.Text(n.Repeat(base, automaton.PlainSymbols...), "."), bareNameSymbols))
		if b.Text == "" {
			n.Accept(n.Repeat(base, bareNameSymbols...))
		}
	}
}

// excludeClaims returns nil if the output language of an output excludes that its target lies below the claims prefix.
func (a *Analysis) excludeClaims(rule, output int) error {
	triggers, err := a.TriggerLanguage(rule)
	if err != nil {
		return err
	}
	results, err := a.outputLanguage(rule, output, triggers)
	if err != nil {
		return err
	}
	claims := a.shared.claims
	if c := a.set.Claims; c.Bucket == "" && a.set.Sources != nil {
		claims, err = a.languageOf(func(n *automaton.NFA) {
			for _, src := range a.set.Sources {
				n.Accept(n.Any(n.Text(a.addBuckets(n, src.Bucket), "/"+c.Prefix)))
			}
		})
		if err != nil {
			return err
		}
	}
	meets, err := results.Intersects(claims)
	if err == nil && meets {
		err = errNoClaimsExample
	}
	return err
}
