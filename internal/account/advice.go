package account

import "fmt"

// Status is the severity of a finding.
type Status int

const (
	OK      Status = iota
	Warning        // it works or could not be checked
	Fault          // it does not work
)

var statusNames = [...]string{"ok", "warning", "fault"}

func (s Status) String() string { return statusNames[s] }

// MarshalText returns the status for JSON.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Advice is the meaning of a code and its remedy.
type Advice struct {
	Code    string
	Status  Status
	Fatal   bool // it ends the examination
	Meaning string
	Remedy  string
}

// Advices are the codes of all findings, in the order of the checks.
var Advices = []Advice{
	{"endpoint-unreachable", Fault, true, "no connection to OSS",
		"check region, network and proxy; `--endpoint internal` only works inside Alibaba Cloud"},
	{"endpoint-foreign", Fault, true, "the answers are not from OSS",
		"check for a proxy, and for a mistake in `--endpoint`"},
	{"clock-skewed", Fault, true, "this machine's clock is more than 15 minutes off, so OSS refuses its signatures",
		"set the clock, preferably with NTP"},
	{"clock-off", Warning, false, "this machine's clock is more than a minute off; OSS tolerates 15",
		"set the clock, preferably with NTP"},
	{"credentials-missing", Fault, true, "no access key is set",
		"set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, and OSS_SESSION_TOKEN for temporary ones"},
	{"credentials-refused", Fault, true,
		"the access key is unknown, disabled or expired, or does not match its secret or token",
		"use a key that is enabled in the RAM console, or temporary credentials that have not expired, and set all of their variables"},
	{"root-account", Warning, false, "the access key belongs to the account itself, which has all permissions",
		"create a RAM user with only the permissions to deploy, and delete the account's own key"},
	{"not-checked", Warning, false, "the check could not be done, or got no answer",
		"grant the permission that the line names, or check it yourself"},
	{"account-stopped", Fault, true, "OSS does not serve the account, because of overdue payments or for another reason",
		"pay outstanding bills, or contact Alibaba Cloud's support"},
	{"unexpected-answer", Fault, false, "OSS refused for an unknown reason",
		"check that `--region` is the region of the endpoint; otherwise, look up the EC at https://www.alibabacloud.com/help/en/oss/support/"},
	{"bucket-missing", Fault, false, "the bucket does not exist",
		"create it, in the function's region, or correct its name in the rules and in the Serverless Devs file"},
	{"bucket-denied", Fault, false,
		"OSS does not let this key see the bucket: it belongs to another account, or the key lacks a permission",
		"use a bucket of your own, because bucket names are unique across accounts; if it is yours, grant `oss:GetBucketInfo` on it"},
	{"bucket-elsewhere", Fault, false, "the bucket is not in the region of the function",
		"source, target, function, IMM project and topics must be in one region: change the bucket or the region"},
	{"bucket-of-another", Fault, false, "the bucket does not belong to the account of the key",
		"use a bucket of the source's account; OSS saves results nowhere else"},
	{"source-archived", Fault, false, "uploads are archived at once, and cannot be read until they are restored",
		"use a bucket of storage class Standard or IA, and archive old objects with a lifecycle rule; or enable real-time access of Archive objects"},
	{"claims-archived", Fault, false, "claims are read again, but archived objects cannot be read",
		"name a bucket of storage class Standard in `claims.bucket`"},
	{"target-archived", Warning, false, "results are archived at once, and cannot be read until they are restored",
		"use a bucket of storage class Standard or IA, unless this is intended"},
	{"target-versioned", Warning, false, "if a result is written again, the old one stays as a previous version, which is billed",
		"add a lifecycle rule that deletes previous versions"},
	{"claims-retained", Fault, false, "claims grow by AppendObject, which a retention policy forbids",
		"name a bucket without a retention policy in `claims.bucket`"},
	{"target-retained", Warning, false,
		"a result cannot be overwritten while the retention policy protects it, so a new upload of the same key fails",
		"make target names unique, for example with `{etag}`, or use a bucket without the policy"},
	{"claims-encrypted", Warning, false,
		"claims are appendable objects, which OSS does not encrypt with a key of your own",
		"name a bucket that is encrypted with AES256, or with the KMS key that OSS manages, in `claims.bucket`"},
	{"bucket-encrypted", Warning, false,
		"objects are encrypted with a KMS key of your own, and readers and writers need permission to use it",
		"grant `kms:GenerateDataKey` and `kms:Decrypt` on the key to IMM's service role and to the function's role"},
	{"imm-unbound", Fault, false,
		"the bucket is not bound to an IMM project, so every process of its objects ends with 404 `Imm Client`",
		"bind it: OSS console, the bucket, Data Processing; or IMM's AttachOSSBucket"},
	{"trigger-overlaps", Fault, false,
		"another trigger on the bucket covers the same events and objects, and Function Compute refuses overlapping triggers",
		"change the prefix or suffix of one, delete the other trigger, or use an EventBridge trigger"},
	{"triggers-full", Fault, false, "the bucket has ten native triggers, the maximum",
		"delete one, use another bucket, or use an EventBridge trigger"},
	{"topic-missing", Fault, false, "the SMQ topic does not exist in the region, so its messages are lost",
		"create the topic in the function's region, and subscribe a queue to it"},
}

// advice returns the Advice with a code.
func advice(code string) Advice {
	for _, a := range Advices {
		if a.Code == code {
			return a
		}
	}
	panic(fmt.Sprintf("doctor: no advice of code %q", code))
}
