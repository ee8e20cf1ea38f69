package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"
)

// contextOf returns what the headers of a request in the custom runtime say of an invocation, as the FC SDK gives it to a
// handler in the built-in one: credentials and region are this invocation's own. What is missing or no number is "" or 0.
//
// https://www.alibabacloud.com/help/en/fc/user-guide/specification-details
func contextOf(h http.Header) *fccontext.FcContext {
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

// deadlineOf returns when an invocation ends: the deadline that its headers name, in ms since 1970; else its timeout, in
// seconds, after it arrived. It reports whether they name either.
func deadlineOf(h http.Header, arrived time.Time) (time.Time, bool) {
	if ms, err := strconv.ParseInt(h.Get("X-Fc-Function-Deadline"), 10, 64); err == nil {
		return time.UnixMilli(ms), true
	}
	if seconds, err := strconv.ParseInt(h.Get("X-Fc-Function-Timeout"), 10, 32); err == nil && seconds > 0 {
		return arrived.Add(time.Duration(seconds) * time.Second), true
	}
	return time.Time{}, false
}
