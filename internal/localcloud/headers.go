package localcloud

import (
	"maps"
	"math"
	"net/http"
	"strconv"
	"time"
)

// headers returns the headers of an invocation. Its deadline counts from now.
func (d *deployment) headers(inv *invocation) http.Header {
	h := maps.Clone(d.baseHeader)
	h["X-Fc-Request-Id"] = []string{inv.id}
	h["X-Fc-Function-Deadline"] = []string{strconv.FormatInt(time.Now().Add(d.Timeout).UnixMilli(), 10)}
	h["X-Fc-Retry-Count"] = []string{strconv.Itoa(inv.retry)}
	if d.CredentialOf != nil {
		c := d.CredentialOf(inv.id, inv.retry)
		d.addCredential(c)
		c.addHeaders(h)
	}
	return h
}

// addHeaders adds the credential to the headers of an invocation.
func (c Credential) addHeaders(h http.Header) {
	h["X-Fc-Access-Key-Id"] = []string{c.AccessKeyID}
	h["X-Fc-Access-Key-Secret"] = []string{c.AccessKeySecret}
	h["X-Fc-Security-Token"] = []string{c.SecurityToken}
}

// commonHeaders returns the headers that all invocations share.
func (d *deployment) commonHeaders() http.Header {
	h := http.Header{
		"X-Fc-Control-Path":     {"/invoke"},
		"X-Fc-Function-Type":    {"0"},
		"X-Fc-Function-Timeout": {strconv.Itoa(int(math.Ceil(d.Timeout.Seconds())))},
		"X-Fc-Function-Name":    {d.Name},
		"X-Fc-Function-Handler": {"main"},
		"X-Fc-Function-Memory":  {strconv.Itoa(d.Memory)},
		"X-Fc-Region":           {d.region},
		"X-Fc-Account-Id":       {d.account},
		"X-Fc-Qualifier":        {"LATEST"},
		"Content-Type":          {"application/octet-stream"},
	}
	d.Credential.addHeaders(h)
	return h
}
