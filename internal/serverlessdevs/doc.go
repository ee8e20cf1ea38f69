// Package serverlessdevs reads the files with which Serverless Devs deploys functions: s.yaml and its variants.
//
// It reads the parts that the command onput needs: name, region, role and environment of a function, its triggers, its
// destinations and its log store. It replaces variables, templates and extended files as Serverless Devs does; a test
// compares it with the parser of Serverless Devs. It is more patient in one thing: variables may name others at any depth.
// The format: https://docs.serverless-devs.com/user-guide/spec/
//
// A file is read in three steps. A document is the file without aliases, and the file that it extends. The resolver replaces
// the variables of the values that are read. The reader makes functions of them. A value that cannot be resolved is an error
// where it is read; one that only Serverless Devs knows, such as the account's ID, is an error where it is needed.
//
// Every value that a message may point at knows its [Pos].
package serverlessdevs
