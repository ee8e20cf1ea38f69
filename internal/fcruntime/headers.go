package fcruntime

import (
	"net/http"
	"strconv"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"
)

// fcContextOf returns the invocation context that the headers of a custom runtime's request carry.
// The FC SDK makes the same context in go1. A field is "" or 0 if its header is missing or not a number.
//
// https://www.alibabacloud.com/help/en/fc/user-guide/specification-details
func fcContextOf(h http.Header) *fccontext.FcContext {
	timeout, _ := strconv.Atoi(h.Get("X-Fc-Function-Timeout"))
	retries, _ := strconv.Atoi(h.Get("X-Fc-Retry-Count"))
	return &fccontext.FcContext{
		RequestID: h.Get("X-Fc-Request-Id"),
		Credentials: fccontext.Credentials{
			AccessKeyId:     h.Get("X-Fc-Access-Key-Id"),
			AccessKeySecret: h.Get("X-Fc-Access-Key-Secret"),
			SecurityToken:   h.Get("X-Fc-Security-Token"),
		},
		Function: fccontext.Function{
			Name:    h.Get("X-Fc-Function-Name"),
			Handler: h.Get("X-Fc-Function-Handler"),
			Memory:  h.Get("X-Fc-Function-Memory"),
			Timeout: timeout,
		},
		Service: fccontext.Service{
			Name:       h.Get("X-Fc-Service-Name"),
			LogProject: h.Get("X-Fc-Service-Logproject"),
			LogStore:   h.Get("X-Fc-Service-Logstore"),
			Qualifier:  h.Get("X-Fc-Qualifier"),
			VersionId:  h.Get("X-Fc-Version-Id"),
		},
		Region:     h.Get("X-Fc-Region"),
		AccountId:  h.Get("X-Fc-Account-Id"),
		RetryCount: retries,
	}
}

// deadlineOf returns the deadline of an invocation, and false if its headers set none.
// The headers give it in milliseconds since 1970, or as a timeout in seconds, which counts from arrived.
func deadlineOf(h http.Header, arrived time.Time) (time.Time, bool) {
	if ms, err := strconv.ParseInt(h.Get("X-Fc-Function-Deadline"), 10, 64); err == nil {
		return time.UnixMilli(ms), true
	}
	if seconds, err := strconv.ParseInt(h.Get("X-Fc-Function-Timeout"), 10, 32); err == nil && seconds > 0 {
		return arrived.Add(time.Duration(seconds) * time.Second), true
	}
	return time.Time{}, false
}
