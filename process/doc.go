// Package process describes OSS's data processing: the operations and their parameters, the process strings that request
// them, and the variables in the names of targets. It makes no requests.
//
// A client POSTs a process string to an object with the sub-resource x-oss-async-process:
//
//	doc/convert,target_png,source_docx|sys/saveas,b_dGVzdC1idWNrZXQ,o_ZG9jX2ltYWdlcy97aW5kZXh9LnBuZw/notify,topic_dGVzdC10b3BpYw
//
// One operation with its parameters, each NAME_VALUE, comes before the |. The clips of a concat, /pre,o_KEY and /sur,o_KEY,
// follow it. After the | the sys directives name the target (saveas, with bucket and key) and the SMQ topic to notify when
// the task ends (notify). Keys, buckets, topics and page lists are Base64.
//
// Images are processed while the client waits, with the sub-resource x-oss-process. Their actions follow each other, each
// after a slash, and some take a value without a name:
//
//	image/auto-orient,1/resize,w_200/format,webp|sys/saveas,b_dGVzdA,o_dGVzdC53ZWJw
//
// [Request.Synchronous] tells the two apart, and [Request.Actions] lists the actions.
//
// [Parse] reads a process string into a [Request], and [Request.String] writes it. [Request.Check] compares a request with
// the catalogue of operations, [Operations]; [Request.Describe] describes it in English.
//
// The catalogue states facts of https://help.aliyun.com/zh/oss/asynchronous-processing,
// https://help.aliyun.com/document_detail/183902.htm and of the page that each operation
// names. A fact that no page confirms is marked, and leads to a warning at most.
package process
