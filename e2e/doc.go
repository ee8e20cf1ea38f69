// Package e2e holds the end-to-end tests: the function's real binary against the local cloud.
//
// Nothing is replaced but the cloud itself. The tests build the function as it is deployed, put objects with the OSS SDK,
// and let [onput/internal/localcloud] deliver the events: real signatures, the real Runtime API, real HTTP.
package e2e
