// Package triggers compares the triggers of a Serverless Devs file with the rules that they start.
//
// Objects are written BUCKET/KEY, and sets of them are languages (package automaton), as in package loopcheck. A trigger
// delivers some events of some objects; a rule listens to some events and can be fired by the objects of its trigger
// language. An upload that fires a rule and that no trigger delivers is a finding, and its key is an example of it. So is a
// trigger that delivers what no rule listens to, and one that Function Compute refuses.
//
// A rule listens to an event by name if it names it, or if a wildcard includes it and it is one of the default events: those
// are what uploads raise. A rule for ObjectCreated:* does not ask for triggers on everything that its wildcard includes.
//
// Sources say where uploads are meant to come from. Without sources, the prefixes of the triggers say it. Conditions on size,
// type and other fields are taken to hold. A trigger whose event pattern is not understood may deliver anything.
//
// All languages of a comparison share one budget. Where it is spent, nothing more is found.
package triggers
