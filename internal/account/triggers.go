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

// maxTriggers is how many native triggers a bucket takes.
//
// https://www.alibabacloud.com/help/en/functioncompute/fc-3-0/user-guide/overview-of-oss-trigger
const maxTriggers = 10

// notification is one trigger that is on a bucket.
type notification struct {
	Events []string `xml:"Event"`
	Prefix string   `xml:"Filter>Key>Prefix"`
	Suffix string   `xml:"Filter>Key>Suffix"`
	ARN    string   `xml:"Function>Arn"`
}

// checkTriggers asks which triggers are on the buckets that the function is to hear of, and whether its own find room
// beside those of others.
func checkTriggers(ctx context.Context, e *examination) {
	const check = "triggers"
	asked := map[string]bool{}
	for _, t := range e.needs.Triggers {
		if !e.present[t.Bucket] || asked[t.Bucket] {
			continue
		}
		asked[t.Bucket] = true
		there, refused := e.notifications(ctx, t.Bucket)
		if refused != nil {
			e.report(check, t.Bucket, "not-checked", "oss:GetBucketEventNotification: "+refused.String()+
				"; look at the triggers of the bucket in the Function Compute console")
			continue
		}
		e.compareTriggers(check, t.Bucket, there)
	}
}

// compareTriggers holds the triggers that are to be on a bucket against those of other functions that are, and against each
// other.
func (e *examination) compareTriggers(check, bucket string, there []notification) {
	var wanted []Trigger
	for _, t := range e.needs.Triggers {
		if t.Bucket == bucket {
			wanted = append(wanted, t)
		}
	}
	rivals := slices.DeleteFunc(slices.Clone(there), e.ours)
	deployed := len(rivals) < len(there)
	if len(rivals)+len(wanted) > maxTriggers {
		e.report(check, bucket, "triggers-full", fmt.Sprintf("%d of other functions, and %d to come", len(rivals), len(wanted)))
		return
	}
	overlaps := false
	for _, t := range wanted {
		for _, n := range rivals {
			if event := overlap(t, n); event != "" {
				overlaps = true
				e.report(check, bucket, "trigger-overlaps", fmt.Sprintf("%s and %s of %s both take %s",
					describe(t.Prefix, t.Suffix), describe(n.Prefix, n.Suffix), functionOf(n), event))
			}
		}
		rivals = append(rivals, notification{Events: t.Events, Prefix: t.Prefix, Suffix: t.Suffix, ARN: "functions/" + e.needs.Function})
	}
	switch {
	case overlaps:
	case deployed:
		e.ok(check, bucket, "the function's own is there; overlaps with none")
	default:
		e.ok(check, bucket, "the function's own is not deployed yet; would overlap with none")
	}
}

// ours says whether a trigger is the function's own, which a deployment replaces. One in a service is of Function Compute
// 2.0, and another one, even of the same name.
func (e *examination) ours(n notification) bool {
	return e.needs.Function != "" && functionOf(n) == e.needs.Function && !strings.Contains(n.ARN, ":services/")
}

// functionOf returns the name of a trigger's function, out of acs:fc:REGION:ACCOUNT:functions/NAME, or of the older
// services/SERVICE.QUALIFIER/functions/NAME.
func functionOf(n notification) string {
	_, name, _ := strings.Cut(n.ARN, "functions/")
	name, _, _ = strings.Cut(name, "/")
	if name == "" || !anID.MatchString(strings.ReplaceAll(name, "_", "-")) {
		return "another function"
	}
	return name
}

// overlap returns an event that two triggers take of one object, "" if there is none: where of the prefixes, and of the
// suffixes, one continues the other.
func overlap(t Trigger, n notification) string {
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

// quoteAffix returns a prefix or suffix, which others chose, as it is or quoted.
func quoteAffix(s string) string { return text.QuoteIfAny(s, `"\\`) }

func describe(prefix, suffix string) string {
	s := quoteAffix(prefix) + "*"
	if suffix != "" {
		s += quoteAffix(suffix)
	}
	return s
}

// notifications returns the triggers on a bucket. The SDK has no such request. OSS's reference does not list it either; the
// permission for it is oss:GetBucketEventNotification, and the Java SDK makes it.
//
// https://github.com/aliyun/aliyun-oss-java-sdk (OSSBucketOperation.getBucketEventNotification)
func (e *examination) notifications(ctx context.Context, bucket string) ([]notification, *refusal) {
	out, err := e.oss.InvokeOperation(ctx, &oss.OperationInput{
		OpName: "GetBucketNotification", Method: "GET", Bucket: &bucket, Parameters: map[string]string{"notification": ""},
	})
	if refused := refusalOf(err); refused != nil {
		if refused.code == "NoSuchNotificationConfiguration" {
			return nil, nil
		}
		return nil, refused
	}
	defer out.Body.Close()
	var configuration struct {
		XMLName   xml.Name       `xml:"NotificationConfiguration"`
		Functions []notification `xml:"FunctionComputeConfiguration"`
	}
	if err := xml.NewDecoder(out.Body).Decode(&configuration); err != nil {
		return nil, &refusal{withoutAnswer: "the answer was not understood"}
	}
	return configuration.Functions, nil
}
