// Package rampolicy derives the least policies of RAM, Alibaba Cloud's Resource Access Management, that a rule set needs, and
// evaluates policies.
//
// Three parties act on an upload, each with a role of its own:
//
//	OSS, with the trigger's role,     invokes the function
//	the function, with its role,      submits processes to OSS; Function Compute uses the same role to write the log and
//	                                  to deliver failed invocations
//	IMM, with its service role,       reads uploads and clips, writes results, publishes completion messages
//
// [Derive] returns the policies of all three (derive.go, with the source of each statement); [Document] is the form of a
// policy, and [Document.Allows] evaluates it. Tests with a local cloud show that the derived policies are sufficient and that
// each part of them is necessary.
//
// Package rules knows where rules read and write (rules.Set.Access). It uses * and ? as RAM does in resources:
// https://www.alibabacloud.com/help/en/ram/user-guide/policy-elements
package rampolicy
