// Package policy derives from a rule set and its deployment what each party must be allowed to do, as policies of RAM,
// Alibaba Cloud's Resource Access Management, and evaluates such policies.
//
// Three parties act when an object is put, each with a role of its own:
//
//	OSS, with the trigger's role,     invokes the function
//	the function, with its own,       asks OSS for processes; with the same role Function Compute writes its log and
//	                                  delivers invocations that failed
//	IMM, with its service role,       reads uploads and clips, writes results, publishes completion messages
//
// derive.go says what each needs, statement by statement with its source; document.go is the form of a policy, and
// evaluate.go what it allows. That the derived policies are enough, and that each part of them is needed, is tested against
// what a local cloud is asked for.
//
// Package rules knows where rules read and write (rules.Set.Access). What it says in texts with * and ? is what resources
// in RAM are written in: https://www.alibabacloud.com/help/en/ram/user-guide/policy-elements
package rampolicy
