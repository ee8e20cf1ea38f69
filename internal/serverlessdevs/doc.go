// Package serverlessdevs reads the files with which Serverless Devs deploys functions: s.yaml and its variants.
//
// It reads the parts that the command onput needs: name, region, role and environment of a function, its triggers, its
// destinations and its log store. Variables, ${env('NAME','default')} and ${vars.NAME}, are replaced as Serverless Devs
// replaces them, from the caller's environment and the file .env next to the file. The format:
// https://docs.serverless-devs.com/user-guide/spec/
//
// Every value that a message may point at knows its [Pos].
package serverlessdevs
