// Package process knows OSS's asynchronous data processing: which operations there are and what parameters they take
// (the catalogue), how a process string is written and read, and which variables OSS fills in in the names of targets.
//
// A process string is what a client POSTs to an object with the sub-resource x-oss-async-process:
//
//	doc/convert,target_png,source_docx|sys/saveas,b_dGVzdC1idWNrZXQ,o_ZG9jX2ltYWdlcy97aW5kZXh9LnBuZw/notify,topic_dGVzdC10b3BpYw
//
// Before the | stands one operation with its parameters, NAME_VALUE each; a concat is followed by its clips, /pre,o_KEY
// and /sur,o_KEY. Behind it the sys directives say where the result goes (saveas: bucket and key) and which SMQ topic
// hears when the task ends (notify). Keys, buckets, topics and page lists are Base64 in the URL-safe alphabet without
// padding; read, both alphabets are accepted, padded or not, because published samples hold all of them.
//
// The facts are those of https://help.aliyun.com/zh/oss/asynchronous-processing and of the pages that each operation
// names. What no page confirms is marked so and only ever leads to a warning.
package process
