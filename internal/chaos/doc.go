// A storm: thousands of uploads, each delivered one to three times, while OSS refuses, hangs, breaks off and is slow, on
// submissions and on claims, and the function is killed at random. What comes of it is counted: a task that never fired is
// lost; one that fired more than once has to have an excuse.
//
//	go run ./internal/storm -seeds 10          both runtimes, ten storms each
//	go run ./internal/storm -seed 7 -runtime custom -uploads 20000
//
// The function is the real binary in the local cloud. weather.go decides what goes wrong, and counts it; tally.go keeps
// the books; storm.go lets the one loose on the other; table.go prints.
//
// # What is lost
//
// A task is lost if OSS never took it and nobody was told: no invocation with its event reached the onFailure
// destination. What did reach it is delivered again when the storm is over, as an operator would with onput replay; a task
// that OSS has still not taken then is lost, too.
//
// # What excuses a task that was taken twice
//
// OSS cannot be asked whether it took a task. So whoever submits it, and gets no answer, or dies before the claim says
// that it was taken, has to leave it to the next delivery, which submits it again. Each time that OSS took a task is
// therefore looked at by itself: it excuses the next one if its answer was lost (the connection broke, or no answer came,
// or a 500); if the try that submitted it was killed; or if the function says itself, in its log, that its time was over
// before the answer came, or before it could record the submission. Nothing else does. The next is the next that was
// submitted: OSS may take it before.
//
// A storm that goes by a seed makes the same choices again, but processes race as they like: the same seed is the same
// weather, not the same voyage.
package main
