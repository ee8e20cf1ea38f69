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
		"check region, network and proxy; `--endpoint internal` answers inside Alibaba Cloud only"},
	{"endpoint-foreign", Fault, true, "something answers that is not OSS",
		"look for a proxy in between, or for a mistake in `--endpoint`"},
	{"clock-skewed", Fault, true, "this machine's clock is more than 15 minutes off, and OSS refuses what it signs",
		"set the clock, best by NTP"},
	{"clock-off", Warning, false, "this machine's clock is more than a minute off; OSS bears 15",
		"set the clock, best by NTP"},
	{"credentials-missing", Fault, true, "there is no access key to ask with",
		"set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, and OSS_SESSION_TOKEN for temporary ones"},
	{"credentials-refused", Fault, true,
		"the access key is not known, not active, expired, or does not fit its secret or token",
		"take a key that is active in the RAM console, or temporary credentials that have not expired, and set all of their variables"},
	{"root-account", Warning, false, "the key is that of the account itself, which may do everything",
		"make a RAM user who may only deploy, and delete the account's own key"},
	{"not-checked", Warning, false, "the question was not answered, or could not be asked",
		"grant the permission that the line names, or look yourself"},
	{"account-stopped", Fault, true, "OSS does not serve the account: it owes money, or was stopped for another reason",
		"pay what is due, or ask Alibaba Cloud's support"},
	{"unexpected-answer", Fault, false, "OSS refused for a reason that doctor does not know",
		"is `--region` that of the endpoint? Else look the EC up at https://www.alibabacloud.com/help/en/oss/support/"},
	{"bucket-missing", Fault, false, "there is no such bucket",
		"create it, in the function's region, or correct its name in the rules and in the Serverless Devs file"},
	{"bucket-denied", Fault, false,
		"OSS does not let this key see the bucket: it belongs to another account, or the key lacks a permission",
		"use a bucket of your own, names being taken once for all accounts; if it is yours, grant `oss:GetBucketInfo` on it"},
	{"bucket-elsewhere", Fault, false, "the bucket is in another region than the function",
		"source, target, function, IMM project and topics share one region: change the bucket or the region"},
	{"bucket-of-another", Fault, false, "the bucket belongs to another account than the key",
		"OSS saves results in buckets of the source's account only: use one of them"},
	{"source-archived", Fault, false, "what is uploaded is archived at once, and cannot be read before it is restored",
		"take a bucket of storage class Standard or IA, and let a lifecycle rule archive what is old; or allow real-time access of Archive objects"},
	{"claims-archived", Fault, false, "claims are read again, and archived objects cannot be",
		"name a bucket of storage class Standard in `claims.bucket`"},
	{"target-archived", Warning, false, "results are archived at once, and must be restored before anybody can read them",
		"take a bucket of storage class Standard or IA, unless that is meant"},
	{"target-versioned", Warning, false, "a result that is written again stays as a previous version, which is billed",
		"add a lifecycle rule that deletes previous versions"},
	{"claims-retained", Fault, false, "claims grow by AppendObject, which a retention policy forbids",
		"name a bucket without a retention policy in `claims.bucket`"},
	{"target-retained", Warning, false,
		"a result cannot be written a second time while the retention policy protects it: a new upload of the same key fails",
		"give results names of their own, `{etag}` in the target for example, or take a bucket without the policy"},
	{"claims-encrypted", Warning, false,
		"OSS does not encrypt appendable objects, which claims are, with a key of your own",
		"name a bucket that is encrypted with AES256, or with the KMS key that OSS keeps, in `claims.bucket`"},
	{"bucket-encrypted", Warning, false,
		"objects are encrypted with a KMS key of your own, which whoever reads and writes must be allowed to use",
		"grant the use of the key, `kms:GenerateDataKey` and `kms:Decrypt`, to IMM's service role and to the function's role"},
	{"imm-unbound", Fault, false,
		"the bucket is not bound to an IMM project, and every process of its objects ends in 404 `Imm Client`",
		"bind it: OSS console, the bucket, Data Processing; or IMM's AttachOSSBucket"},
	{"trigger-overlaps", Fault, false,
		"another trigger on the bucket takes an event of the same objects, and Function Compute refuses two of them",
		"change prefix or suffix of one, delete the other trigger, or use an EventBridge trigger"},
	{"triggers-full", Fault, false, "a bucket takes ten native triggers",
		"delete one, take another bucket, or use an EventBridge trigger"},
	{"topic-missing", Fault, false, "there is no such SMQ topic in the region, and its messages are lost",
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
