// Command chaos runs storms: thousands of uploads while OSS and the function fail at random.
//
// Each upload is delivered one to three times. OSS refuses, hangs, resets connections and is slow, on submissions and on
// claims, and the function's processes are killed. Afterwards the command counts the tasks that were lost, and those
// that were taken more than once without an excuse. There must be none of either.
//
//	go run ./internal/chaos -seeds 10          both runtimes, ten storms each
//	go run ./internal/chaos -seed 7 -runtime custom -uploads 20000
//
// The function is the real binary in the local cloud. faults.go decides what goes wrong, and counts it; ledger.go records
// what OSS took; chaos.go runs a storm; table.go prints the results.
//
// # Lost tasks
//
// A task is lost if OSS never took it and nobody learned of it: no invocation with its event reached the onFailure
// destination. Events that did reach it are delivered again when the storm is over, as an operator would with onput
// replay. A task that OSS has still not taken then is lost, too.
//
// # Excuses for taking a task again
//
// OSS cannot be asked whether it took a task. If a submission gets no answer, or its invocation dies before the claim
// records it, the next delivery must submit the task again. So each acceptance of a task is judged on its own. It excuses
// the next acceptance in these cases only:
//
//   - its answer was lost: the connection broke, no answer came, or the answer was a 500;
//   - the try that submitted it was killed;
//   - the function's log says that its time was over before the answer came;
//   - the function's log says that its time was over before it could record the submission.
//
// Next means submitted next: OSS may take requests in another order.
//
// # Seeds
//
// The same seed makes the same faults again. The order of events still differs, because processes run concurrently.
package main
