package account

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// OSS refuses requests whose clock is off by more than maxSkew. A synchronized clock is never off by more than warnSkew.
//
// https://www.alibabacloud.com/help/en/oss/support/0002-00000504
const (
	maxSkew  = 15 * time.Minute
	warnSkew = time.Minute
)

// checkEndpoint checks that OSS responds, and compares clocks. Its request is not signed, so OSS refuses it.
func checkEndpoint(ctx context.Context, e *examination) {
	const check = "endpoint"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.account.Endpoint+"/", nil)
	if err != nil {
		e.report(check, "", "endpoint-unreachable", e.account.Endpoint+" is not a URL")
		return
	}
	before := time.Now()
	resp, err := e.httpClient.Do(req)
	if err != nil {
		e.report(check, "", "endpoint-unreachable", e.account.Endpoint+": "+transportFailure(err))
		return
	}
	resp.Body.Close()
	now := before.Add(time.Since(before) / 2)
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if resp.Header.Get("X-Oss-Request-Id") == "" || err != nil {
		e.report(check, "", "endpoint-foreign", e.account.Endpoint+" does not answer as OSS does")
		return
	}
	e.ok(check, "", e.account.Endpoint+" answers")
	checkClock(e, now, date)
}

// checkClock compares this machine's clock with OSS's Date header, which has no fractions of a second.
func checkClock(e *examination, ours, theirs time.Time) {
	const check = "clock"
	skew := ours.Sub(theirs.Add(time.Second / 2))
	direction := "ahead of OSS"
	if skew < 0 {
		direction = "behind OSS"
	}
	off := skew.Abs()
	message := strings.TrimSuffix(off.Round(time.Minute).String(), "0s") + " " + direction // 5m, 2h5m
	switch {
	case off > maxSkew:
		e.report(check, "", "clock-skewed", message)
	case off > warnSkew:
		e.report(check, "", "clock-off", message)
	default:
		e.ok(check, "", "less than a minute off")
	}
}
