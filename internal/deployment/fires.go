package deployment

import (
	"slices"

	"onput/internal/serverlessdevs"
	"onput/internal/text"
	"onput/rules"
)

// CheckFires returns an error if no rule fires in a deployment: policies would be empty. The error says why.
func CheckFires(f *serverlessdevs.Function, set *rules.Set) error {
	listens := UploadPatterns(f.Triggers...)
	if len(set.Access(listens).Outputs) > 0 {
		return nil
	}
	if len(set.Access(nil).Outputs) == 0 {
		return f.ErrorAt(f.Pos, "no rule fires for the function %s, so it needs no permissions: each rule is disabled, is in mode log, or is in none of the sources", text.Printable(f.Name))
	}
	var places []string
	at := f.Pos
	for _, t := range slices.Backward(f.Triggers) {
		for _, u := range t.Uploads {
			at = t.Pos
			places = append(places, text.Printable(u.Bucket+"/"+u.Prefix))
		}
	}
	slices.Reverse(places)
	remedy := "where none matches; change the trigger, or the buckets and prefixes of the rules"
	if sources := set.Sources(); sources != nil {
		remedy = "and sources of the rules name " + text.JoinFirst(sources, 3) + "; change one of them"
	}
	return f.ErrorAt(at, "no rule fires for the function %s: its triggers deliver %s, %s", text.Printable(f.Name), text.JoinFirst(places, 3), remedy)
}

// UploadPatterns returns where the uploads of triggers come from, in the form that rules take.
func UploadPatterns(triggers ...serverlessdevs.Trigger) []rules.BucketKeyPattern {
	var all []rules.BucketKeyPattern
	for _, t := range triggers {
		for _, u := range t.Uploads {
			all = append(all, rules.BucketKeyPattern{Bucket: u.Bucket, Key: u.Prefix + "*"})
		}
	}
	return all
}
