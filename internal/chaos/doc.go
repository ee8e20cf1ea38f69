// Command chaos runs storms: thousands of uploads while OSS and the function fail at random.
//
// Each upload is delivered one to three times. On submissions, on claims and on look-ups of metadata and
// tags, OSS refuses, hangs, resets connections and is
// slow. The function's processes are killed, and paused with SIGSTOP. Afterwards the command counts lost tasks and tasks
// whose acceptance by OSS is repeated without an excuse. There must be neither.
//
//	go run ./internal/chaos -seeds 10          both runtimes, ten storms each
//	go run ./internal/chaos -seed 7 -runtime custom -uploads 20000
//
// The function is the real binary in the local cloud. chaos.go runs a storm, faults.go injects faults, ledger.go records the
// tasks that OSS took, and report.go prints the results.
//
// # Lost tasks
//
// A task is lost if OSS never took it and no invocation with its event reached the onFailure destination. Events that did
// reach it are delivered again when the storm is over, up to three times, as an operator would with onput replay. A task that
// OSS still has not taken then is lost, too.
//
// # Pauses
//
// Some pauses begin at random, others while OSS answers a claim or a submission, or within a millisecond after. Half of them
// last longer than any invocation in flight has: it is retried meanwhile, and another delivery takes its claims over. The
// process goes on afterwards, and must not submit anything.
//
// # Excuses for repeated acceptances
//
// The comment of package claims lists the excuses. An acceptance is repeated without one unless the ledger finds that
//
//   - the answer to the one before was lost: the connection broke, no answer came, or the answer was a 500;
//   - the try that submitted it was killed;
//   - the function's log says that its time was over before the answer came;
//   - the function's log says that its time was over before it could record the submission;
//   - one of the two has no claim, and the rules allow that (with odd seeds).
//
// The first four excuse nothing if the claim does record the acceptance before. The order is that in which the submissions were
// signed, not that in which OSS takes them.
//
// A submission that was signed after the time of its try fails the storm, repeated or not.
//
// # Seeds
//
// The same seed makes the same faults. The order of events still differs, because processes run concurrently.
package main
