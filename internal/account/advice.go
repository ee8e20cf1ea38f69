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
		"check region, network and proxy; `--endpoint internal` works only inside Alibaba Cloud"},
	{"endpoint-foreign", Fault, true, "something other than OSS answers",
		"check for a proxy in between, or a mistake in `--endpoint`"},
	{"clock-skewed", Fault, true, "this machine's clock is more than 15 minutes off, so OSS refuses its requests",
		"set the clock, preferably with NTP"},
	{"clock-off", Warning, false, "this machine's clock is more than a minute off; OSS tolerates 15",
		"set the clock, preferably with NTP"},
	{"credentials-missing", Fault, true, "no access key is set",
		"set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, and OSS_SESSION_TOKEN for temporary credentials"},
	{"credentials-refused", Fault, true,
		"the access key is unknown, inactive or expired, or does not match its secret or token",
		"use a key that is active in the RAM console, or temporary credentials that have not expired, and set all of their variables"},
	{"root-account", Warning, false, "the key belongs to the account itself, which may do anything",
		"create a RAM user that may only deploy, and delete the account's own key"},
	{"not-checked", Warning, false, "the check could not be made, or was not answered",
		"grant the permission that the line names, or check by hand"},
	{"account-stopped", Fault, true, "OSS has suspended the account: a payment is overdue, or there is another reason",
		"pay what is due, or ask Alibaba Cloud support"},
	{"unexpected-answer", Fault, false, "OSS refused for a reason that doctor does not know",
		"check that `--region` is the region of the endpoint, or look up the EC at https://www.alibabacloud.com/help/en/oss/support/"},
	{"bucket-missing", Fault, false, "there is no such bucket",
		"create it in the function's region, or correct its name in the rules and in the Serverless Devs file"},
	{"bucket-denied", Fault, false,
		"OSS does not let this key see the bucket: it belongs to another account, or the key lacks a permission",
		"use a bucket of your own, since all accounts share one set of names; if it is yours, grant `oss:GetBucketInfo` on it"},
	{"bucket-elsewhere", Fault, false, "the bucket and the function are in different regions",
		"source, target, function, IMM project and topics must be in one region: change the bucket or the region"},
	{"bucket-of-another", Fault, false, "the bucket and the key belong to different accounts",
		"OSS saves results only in buckets of the source's account: use one of those"},
	{"source-archived", Fault, false, "uploads are archived at once and cannot be read until they are restored",
		"use a bucket of storage class Standard or IA and archive old objects with a lifecycle rule, or enable real-time access to Archive objects"},
	{"claims-archived", Fault, false, "claims are read again, but archived objects cannot be read",
		"set `claims.bucket` to a bucket of storage class Standard"},
	{"target-archived", Warning, false, "results are archived at once and must be restored before they can be read",
		"use a bucket of storage class Standard or IA, unless this is intended"},
	{"target-versioned", Warning, false, "an overwritten result is kept as a previous version, which is billed",
		"add a lifecycle rule that deletes previous versions"},
	{"claims-retained", Fault, false, "claims grow by AppendObject, which a retention policy forbids",
		"set `claims.bucket` to a bucket without a retention policy"},
	{"target-retained", Warning, false,
		"a result cannot be overwritten while the retention policy protects it: another upload of the same key fails",
		"give each result its own name, for example with `{etag}` in the target, or use a bucket without the policy"},
	{"claims-encrypted", Warning, false,
		"claims are appendable objects, which OSS does not encrypt with a key of your own",
		"set `claims.bucket` to a bucket that is encrypted with AES256 or with the KMS key that OSS manages"},
	{"bucket-encrypted", Warning, false,
		"objects are encrypted with a KMS key of your own, and all that read or write them must be allowed to use it",
		"grant `kms:GenerateDataKey` and `kms:Decrypt` on the key to IMM's service role and to the function's role"},
	{"imm-unbound", Fault, false,
		"the bucket is not bound to an IMM project, so every process of its objects fails with 404 `Imm Client`",
		"bind it in the OSS console, under the bucket's Data Processing, or with IMM's AttachOSSBucket"},
	{"trigger-overlaps", Fault, false,
		"another trigger on the bucket takes the same event of the same objects, which Function Compute does not allow",
		"change the prefix or suffix of one, delete the other trigger, or use an EventBridge trigger"},
	{"triggers-full", Fault, false, "a bucket can have at most ten native triggers",
		"delete one, use another bucket, or use an EventBridge trigger"},
	{"topic-missing", Fault, false, "there is no such SMQ topic in the region, so its messages are lost",
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
