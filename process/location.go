package process

// Location names an object: a bucket and a key in it. Keys are raw, as OSS stores them, never URL-encoded.
type Location struct {
	Bucket string
	Key    string
}

// String returns the location as oss://bucket/key, and "" for the zero Location.
func (l Location) String() string {
	if l == (Location{}) {
		return ""
	}
	return "oss://" + l.Bucket + "/" + l.Key
}
