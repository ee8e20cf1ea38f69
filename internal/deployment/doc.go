// Package deployment relates rules to the functions of a Serverless Devs file that deploy them: which environment the rules are
// read in, and whether a rule fires for what the triggers deliver.
package deployment
