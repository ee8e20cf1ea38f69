package account

import "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

// Account is the access to an account: its services and the credentials for them.
type Account struct {
	Region      string                        // of the function: "cn-hangzhou"
	Credentials credentials.Credentials       // without keys if there are none
	Endpoint    string                        // URL of OSS
	STS         string                        // URL of STS; "" to skip it
	IMM         string                        // URL of IMM; "" to skip it
	SMQ         func(accountID string) string // URL of SMQ, which holds the account's id; nil to skip it
}

// Public returns an Account with the public endpoints of a region.
func Public(region string) Account { return newAccount(region, "", "", "https") }

// Internal returns an Account with the endpoints of a region inside Alibaba Cloud. SMQ's has no HTTPS.
func Internal(region string) Account { return newAccount(region, "-internal", "-vpc", "http") }

// newAccount returns an Account with the endpoints of a region, whose names contain internal or, for STS and IMM, vpc.
func newAccount(region, internal, vpc, smqScheme string) Account {
	return Account{
		Region:   region,
		Endpoint: "https://oss-" + region + internal + ".aliyuncs.com",
		STS:      "https://sts" + vpc + "." + region + ".aliyuncs.com",
		IMM:      "https://imm" + vpc + "." + region + ".aliyuncs.com",
		SMQ: func(accountID string) string {
			return smqScheme + "://" + accountID + ".mns." + region + internal + ".aliyuncs.com"
		},
	}
}
