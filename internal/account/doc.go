// Package account examines whether an account of Alibaba Cloud has everything that the function needs. It changes nothing:
// every request is a query, apart from one in imm.go that can have no effect and says why.
//
//	findings := account.Examine(ctx, account.Public("cn-hangzhou"), needs)
//
// A [Finding] is ok, a warning or a fault. It belongs to a check and, if the check looks at several buckets or topics, to one
// of them. A warning or fault has a code, and [Advices] has the meaning and remedy of each code, which docs/doctor.md
// repeats.
//
// Each check is a function in the file named for its object. Checks run in the order in which they build on each other. A
// fatal finding ends the examination.
//
// Responses are untrusted input: they may repeat the signed request, and may come from a proxy. Only codes, ids and names
// reach a finding, and only if they have the expected form.
package account
