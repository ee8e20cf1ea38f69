package account

import (
	"context"
	"encoding/xml"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/internal/text"
)

// maxTriggers is the maximum number of native triggers of a bucket.
//
// https://www.alibabacloud.com/help/en/functioncompute/fc-3-0/user-guide/overview-of-oss-trigger
const maxTriggers = 10

// notification is an existing trigger of a bucket.
type notification struct {
	Events []string `xml:"Event"`
	Prefix string   `xml:"Filter>Key>Prefix"`
	Suffix string   `xml:"Filter>Key>Suffix"`
	ARN    string   `xml:"Function>Arn"`
}

// checkTriggers checks that the function's triggers are compatible with the existing triggers of their buckets.
func checkTriggers(ctx context.Context, e *examination) {
	wanted := map[string][]Trigger{}
	for _, t := range e.needs.Triggers {
		wanted[t.Bucket] = append(wanted[t.Bucket], t)
	}
	for _, t := range e.needs.Triggers {
		triggers := wanted[t.Bucket]
		delete(wanted, t.Bucket) // each bucket once, in the order of the triggers
		if !e.usable[t.Bucket] || triggers == nil {
			continue
		}
		if existing, apiErr := e.bucketTriggers(ctx, t.Bucket); apiErr == nil {
			e.compareTriggers(t.Bucket, triggers, existing)
		} else {
			e.report("triggers", t.Bucket, "not-checked", "oss:GetBucketEventNotification: "+apiErr.String()+
				"; check the triggers of the bucket in the Function Compute console")
		}
	}
}

// compareTriggers compares the triggers to deploy on a bucket with each other and with the triggers of other functions.
func (e *examination) compareTriggers(bucket string, wanted []Trigger, existing []notification) {
	const check = "triggers"
	rivals := slices.DeleteFunc(slices.Clone(existing), e.isOwn)
	deployed := len(rivals) < len(existing)
	if len(rivals)+len(wanted) > maxTriggers {
		e.report(check, bucket, "triggers-full", fmt.Sprintf("%d of other functions, and %d to add", len(rivals), len(wanted)))
		return
	}
	overlaps := false
	for _, t := range wanted {
		for _, n := range rivals {
			if event := sharedEvent(t, n); event != "" {
				overlaps = true
				e.report(check, bucket, "trigger-overlaps", fmt.Sprintf("%s and %s of %s both take %s",
					affixPattern(t.Prefix, t.Suffix), affixPattern(n.Prefix, n.Suffix), functionOf(n), event))
			}
		}
		rivals = append(rivals, notification{Events: t.Events, Prefix: t.Prefix, Suffix: t.Suffix, ARN: "functions/" + e.needs.Function})
	}
	switch {
	case overlaps:
	case deployed:
		e.ok(check, bucket, "the function's own exists and overlaps with no other")
	default:
		e.ok(check, bucket, "the function's own is not deployed yet; it would overlap with no other")
	}
}

// isOwn reports whether a trigger is the function's own, which a deployment replaces. A function in a service, of Function
// Compute 2.0, is another one, even if it has the same name.
func (e *examination) isOwn(n notification) bool {
	return e.needs.Function != "" && functionOf(n) == e.needs.Function && !strings.Contains(n.ARN, ":services/")
}

// functionOf returns the name of a trigger's function. The ARN ends in functions/NAME, or in the older
// services/SERVICE.QUALIFIER/functions/NAME.
func functionOf(n notification) string {
	_, name, _ := strings.Cut(n.ARN, "functions/")
	name, _, _ = strings.Cut(name, "/")
	if name == "" || !idPattern.MatchString(strings.ReplaceAll(name, "_", "-")) {
		return "another function"
	}
	return name
}

// sharedEvent returns an event of one object that both triggers match, "" if there is none. There is such an object if one
// prefix begins with the other, and one suffix ends in the other.
func sharedEvent(t Trigger, n notification) string {
	if !strings.HasPrefix(t.Prefix, n.Prefix) && !strings.HasPrefix(n.Prefix, t.Prefix) ||
		!strings.HasSuffix(t.Suffix, n.Suffix) && !strings.HasSuffix(n.Suffix, t.Suffix) {
		return ""
	}
	for _, a := range t.Events {
		for _, b := range n.Events {
			if ab, _ := path.Match(a, b); ab {
				return quoteAffix(b)
			}
			if ba, _ := path.Match(b, a); ba {
				return quoteAffix(a)
			}
		}
	}
	return ""
}

// quoteAffix returns untrusted text, quoted if necessary.
func quoteAffix(s string) string { return text.QuoteIfAny(s, `"\\`) }

// affixPattern returns the pattern of a trigger's keys: in/*.docx.
func affixPattern(prefix, suffix string) string { return quoteAffix(prefix) + "*" + quoteAffix(suffix) }

// bucketTriggers returns the triggers of a bucket. The Go SDK and OSS's API reference do not have this request, but RAM has
// the permission oss:GetBucketEventNotification, and the Java SDK sends it.
//
// https://github.com/aliyun/aliyun-oss-java-sdk (OSSBucketOperation.getBucketEventNotification)
func (e *examination) bucketTriggers(ctx context.Context, bucket string) ([]notification, *apiError) {
	out, err := e.oss.InvokeOperation(ctx, &oss.OperationInput{
		OpName: "GetBucketNotification", Method: "GET", Bucket: &bucket, Parameters: map[string]string{"notification": ""},
	})
	switch apiErr := asAPIError(err); {
	case apiErr == nil:
	case apiErr.code == "NoSuchNotificationConfiguration":
		return nil, nil
	default:
		return nil, apiErr
	}
	defer out.Body.Close()
	var configuration struct {
		XMLName   xml.Name       `xml:"NotificationConfiguration"`
		Functions []notification `xml:"FunctionComputeConfiguration"`
	}
	if err := xml.NewDecoder(out.Body).Decode(&configuration); err != nil {
		return nil, &apiError{noResponse: "the answer was not understood"}
	}
	return configuration.Functions, nil
}
