package account

import (
	"context"
	"regexp"
	"strings"
)

var (
	accountPattern = regexp.MustCompile(`^[0-9]{1,32}$`)
	arnPattern     = regexp.MustCompile(`^acs:ram::[0-9]{1,32}:[A-Za-z0-9@._/-]{1,128}$`)
)

// checkCredentials asks STS for the owner of the access key. That needs no permission.
//
// https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-getcalleridentity
func checkCredentials(ctx context.Context, e *examination) {
	const check = "credentials"
	c := e.account.Credentials
	switch {
	case c.AccessKeyID == "" || c.AccessKeySecret == "":
		e.report(check, "", "credentials-missing", "OSS_ACCESS_KEY_ID or OSS_ACCESS_KEY_SECRET is not set")
		return
	case strings.HasPrefix(c.AccessKeyID, "STS.") && c.SecurityToken == "":
		e.report(check, "", "credentials-refused", "a temporary access key without its OSS_SESSION_TOKEN")
		return
	}
	kind := "a long-lived AccessKey"
	if c.SecurityToken != "" {
		kind = "temporary credentials"
	}
	if e.account.STS == "" {
		e.report(check, "", "not-checked", kind+"; its owner was not checked: no URL of STS")
		return
	}
	var identity struct{ IdentityType, AccountId, Arn string }
	if apiErr := e.callOpenAPI(ctx, e.account.STS, "GetCallerIdentity", "2015-04-01", nil, &identity); apiErr != nil {
		if apiErr.hasCode(keyCodes) {
			e.report(check, "", "credentials-refused", kind+": STS says "+apiErr.String())
		} else {
			e.report(check, "", "not-checked", kind+"; STS did not name its owner: "+apiErr.String())
		}
		return
	}
	e.accountID = sanitize(accountPattern, identity.AccountId)
	arn := sanitize(arnPattern, identity.Arn)
	switch identity.IdentityType {
	case "Account":
		e.report(check, "", "root-account", kind+" of the account itself, "+e.accountID)
	case "RAMUser":
		e.ok(check, "", kind+" of a RAM user: "+arn)
	case "AssumedRoleUser":
		e.ok(check, "", kind+" of a role: "+arn)
	default:
		e.report(check, "", "not-checked", kind+"; STS did not name its owner")
	}
}
