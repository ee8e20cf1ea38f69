package ruleset

// ClaimSettings are the settings of claims, the records that keep a task from being submitted twice.
type ClaimSettings struct {
	Bucket    string // of the claims; "" for the bucket of the upload
	Prefix    string // of their keys, ".onput/"; uploads below it fire nothing
	ByContent bool   // by: content; uploads of the same bytes to the same key count as one
	Fire      bool   // unreachable: fire; submit without a claim if claims cannot be read or written
}

// PermanentFailurePolicy decides what a task that no retry can help does to its invocation.
type PermanentFailurePolicy uint8

const (
	FailPermanent   PermanentFailurePolicy = iota // the invocation fails
	RecordPermanent                               // an object below the claims prefix records the failure; the invocation succeeds
	LogPermanent                                  // the log has the failure; the invocation succeeds
)
