package localcloud

import (
	"maps"
	"math"
	"net/http"
	"strconv"
	"time"
)

// headers returns what a runtime tells the function of an invocation. Its deadline counts from now.
func (d *deployed) headers(inv *invocation) http.Header {
	h := maps.Clone(d.header)
	h["X-Fc-Request-Id"] = []string{inv.id}
	h["X-Fc-Function-Deadline"] = []string{strconv.FormatInt(time.Now().Add(d.Timeout).UnixMilli(), 10)}
	h["X-Fc-Retry-Count"] = []string{strconv.Itoa(inv.retry)}
	return h
}

// common returns the headers that are the same for every invocation. Nobody writes to it: it is made once because
// invocations are many.
func (d *deployed) common() http.Header {
	return http.Header{
		"X-Fc-Control-Path":      {"/invoke"},
		"X-Fc-Function-Type":     {"0"},
		"X-Fc-Function-Timeout":  {strconv.Itoa(int(math.Ceil(d.Timeout.Seconds())))},
		"X-Fc-Function-Name":     {d.Name},
		"X-Fc-Function-Handler":  {"main"},
		"X-Fc-Function-Memory":   {strconv.Itoa(d.Memory)},
		"X-Fc-Access-Key-Id":     {d.Credential.AccessKeyID},
		"X-Fc-Access-Key-Secret": {d.Credential.AccessKeySecret},
		"X-Fc-Security-Token":    {d.Credential.SecurityToken},
		"X-Fc-Region":            {d.region},
		"X-Fc-Account-Id":        {d.account},
		"X-Fc-Qualifier":         {"LATEST"},
		"Content-Type":           {"application/octet-stream"},
	}
}
