//go:build race

package claims

// underRace says that the tests run with the race detector, and so several times slower.
const underRace = true
