// Command chaos runs storms: thousands of uploads while OSS and the function fail at random.
//
// Each upload is delivered one to three times. On submissions and on claims, OSS refuses, hangs, resets connections and is
// slow, and the function's processes are killed. Afterwards the command counts lost tasks and tasks whose
// acceptance by OSS is repeated without an excuse. There must be neither.
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
// reach it are delivered again when the storm is over, as an operator would with onput replay. A task that OSS still has
// not taken then is lost, too.
//
// # Excuses for repeated acceptances
//
// OSS cannot be asked whether it took a task. If a submission gets no answer, or its invocation dies before the claim
// records it, the next delivery must submit the task again, and OSS may accept it once more: a repeated acceptance. An
// acceptance excuses the next one only if:
//
//   - its answer was lost: the connection broke, no answer came, or the answer was a 500;
//   - the try that submitted it was killed;
//   - the function's log says that its time was over before the answer came;
//   - the function's log says that its time was over before it could record the submission.
//
// The order is that of the submissions, not that in which OSS takes them.
//
// # Seeds
//
// The same seed makes the same faults. The order of events still differs, because processes run concurrently.
package main
