// Package imageprocess carries out OSS's synchronous image processes, in pure Go.
//
// An [Engine] takes the bytes of a picture and the actions of a process, such as resize and format, and returns the bytes
// that OSS would store or answer with. Sizes, formats, places and errors are those that OSS documents; bytes and single
// pixels differ, because OSS's filters, curves and encoders are its own. [Gaps] lists what OSS does and the engine does not.
//
// A process runs in three steps, each in a file of its own:
//
//	plan.go    actions → plan: every parameter is checked before a byte of the picture is read
//	source.go  bytes → source: format and size, held against OSS's limits before anything is decoded
//	run.go     source and plan → result: decode, carry out, encode
//
// The engine is for the local OSS. The function in Function Compute does not link it.
//
// Facts: https://help.aliyun.com/document_detail/183902.htm and the page of each action.
package imageprocess
