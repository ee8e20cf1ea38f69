package localcloud

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// headers returns the headers of an invocation. Its deadline counts from now.
func (d *deployment) headers(inv *invocation) http.Header {
	cred := d.Credential
	if d.CredentialOf != nil {
		cred = d.CredentialOf(inv.id, inv.retry)
		d.oss.AddCredential(cred)
	}
	return http.Header{
		"Content-Type":           {"application/octet-stream"},
		"X-Fc-Request-Id":        {inv.id},
		"X-Fc-Retry-Count":       {strconv.Itoa(inv.retry)},
		"X-Fc-Function-Deadline": {strconv.FormatInt(time.Now().Add(d.Timeout).UnixMilli(), 10)},
		"X-Fc-Function-Timeout":  {strconv.Itoa(int(math.Ceil(d.Timeout.Seconds())))},
		"X-Fc-Function-Name":     {d.Name},
		"X-Fc-Function-Handler":  {"main"},
		"X-Fc-Function-Memory":   {strconv.Itoa(d.Memory)},
		"X-Fc-Function-Type":     {"0"},
		"X-Fc-Control-Path":      {"/invoke"},
		"X-Fc-Region":            {d.oss.opts.Region},
		"X-Fc-Account-Id":        {d.oss.opts.AccountID},
		"X-Fc-Qualifier":         {"LATEST"},
		"X-Fc-Access-Key-Id":     {cred.AccessKeyID},
		"X-Fc-Access-Key-Secret": {cred.AccessKeySecret},
		"X-Fc-Security-Token":    {cred.SecurityToken},
	}
}
