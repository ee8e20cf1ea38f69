package localcloud

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Bucket is the configuration of a bucket. The zero Bucket is a Standard bucket of the cloud's own account and region. The
// local OSS reports all settings but enforces only Owner and Location: it archives, versions, encrypts and retains nothing.
type Bucket struct {
	Owner         string // account id; the cloud's own if empty
	Shared        bool   // a bucket policy of another owner grants this account access
	Location      string // region; the cloud's own if empty
	StorageClass  string // Standard, IA, Archive, ColdArchive, DeepColdArchive; Standard if empty
	DirectRead    bool   // Archive objects can be read without a restore
	Versioning    string // Enabled or Suspended; "" if it was never switched on
	Encryption    string // AES256, KMS or SM4; "" for none
	KMSKey        string // id of the account's own key, with KMS
	Retention     string // state of the retention (WORM) policy: InProgress, Locked or Expired; "" for none
	Notifications []Notification
}

// Notification is a rule of a bucket that sends its events to a function. Each trigger of Function Compute creates one.
type Notification struct {
	Function       string // ARN
	Events         []string
	Prefix, Suffix string
}

// SetBucket configures a bucket. The error is an [*Error] if there is no such bucket.
func (o *OSS) SetBucket(name string, settings Bucket) error {
	settings.Notifications = slices.Clone(settings.Notifications)
	return o.store.configure(name, func(b *bucket) { b.settings = settings })
}

// settings returns the configuration of a bucket, with the cloud's own owner and region as defaults.
func (o *OSS) settings(name string) Bucket {
	config, _ := o.store.config(name)
	b := config.settings
	b.Owner, b.Location = cmp.Or(b.Owner, o.opts.AccountID), cmp.Or(b.Location, o.opts.Region)
	return b
}

// checkBucketAccess refuses a request for a missing bucket, or one of another account or region. Only GetBucketInfo works in
// any region.
//
// https://www.alibabacloud.com/help/en/oss/how-to-troubleshoot-403-status-code-when-you-access-oss
// https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketinfo
func (o *OSS) checkBucketAccess(c *call, op operation) error {
	_, ok := o.store.config(c.Bucket)
	switch b := o.settings(c.Bucket); {
	case !ok:
		return errNoSuchBucket()
	case b.Owner != o.opts.AccountID && !b.Shared:
		return newError(403, "AccessDenied", "The bucket you access does not belong to you.")
	case b.Location != o.opts.Region && op.name != "GetBucketInfo":
		e := newError(403, "AccessDenied", "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.")
		e.Endpoint = "oss-" + b.Location + ".aliyuncs.com"
		return e
	}
	return nil
}

// creationDate is the time at which all buckets and projects were created.
var creationDate = time.Unix(1_700_000_000, 0).UTC()

// https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketinfo
func (o *OSS) getBucketInfo(c *call) (*response, error) {
	var info struct {
		XMLName xml.Name `xml:"BucketInfo"`
		Bucket  struct {
			CreationDate, ExtranetEndpoint, IntranetEndpoint, Location, StorageClass, Name string
			Versioning                                                                     string `xml:",omitempty"`
			Owner                                                                          struct{ DisplayName, ID string }
			AccessControlList                                                              struct{ Grant string }
			DataRedundancyType                                                             string
			ServerSideEncryptionRule                                                       struct {
				SSEAlgorithm   string
				KMSMasterKeyID string `xml:",omitempty"`
			}
		}
	}
	set := o.settings(c.Bucket)
	b := &info.Bucket
	b.Name, b.Location, b.StorageClass = c.Bucket, "oss-"+set.Location, cmp.Or(set.StorageClass, "Standard")
	b.CreationDate = creationDate.Format(xmlTime)
	b.ExtranetEndpoint, b.IntranetEndpoint = b.Location+".aliyuncs.com", b.Location+"-internal.aliyuncs.com"
	b.Versioning = set.Versioning
	b.Owner.ID, b.Owner.DisplayName = set.Owner, set.Owner
	b.AccessControlList.Grant, b.DataRedundancyType = "private", "LRS"
	b.ServerSideEncryptionRule.SSEAlgorithm = cmp.Or(set.Encryption, "None")
	b.ServerSideEncryptionRule.KMSMasterKeyID = set.KMSKey
	return newResponse().withXML(info)
}

// https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketarchivedirectread
func (o *OSS) getBucketArchiveDirectRead(c *call) (*response, error) {
	return newResponse().withXML(struct {
		XMLName xml.Name `xml:"ArchiveDirectReadConfiguration"`
		Enabled bool
	}{Enabled: o.settings(c.Bucket).DirectRead})
}

// https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketworm
func (o *OSS) getBucketWorm(c *call) (*response, error) {
	state := o.settings(c.Bucket).Retention
	if state == "" {
		return nil, newError(404, "NoSuchWORMConfiguration", "The specified bucket does not have a WORM configuration.")
	}
	return newResponse().withXML(struct {
		XMLName               xml.Name `xml:"WormConfiguration"`
		WormId, State         string
		RetentionPeriodInDays int
		CreationDate          string
	}{WormId: "1666E2CFB2B3418", State: state, RetentionPeriodInDays: 365, CreationDate: creationDate.Format(xmlTime)})
}

// getBucketNotification lists the triggers of a bucket. OSS's API reference does not have the request, but RAM has the
// action oss:GetBucketEventNotification, and the Java SDK 3 sends it.
//
// https://github.com/aliyun/aliyun-oss-java-sdk (OSSBucketOperation.getBucketEventNotification)
func (o *OSS) getBucketNotification(c *call) (*response, error) {
	type function struct {
		ID     string
		Event  []string
		Filter struct {
			Key struct{ Prefix, Suffix string }
		}
		Function struct{ Arn, AssumeRole string }
	}
	var all struct {
		XMLName   xml.Name   `xml:"NotificationConfiguration"`
		Functions []function `xml:"FunctionComputeConfiguration"`
	}
	for i, n := range o.settings(c.Bucket).Notifications {
		f := function{ID: fmt.Sprint(i + 1), Event: n.Events}
		f.Filter.Key.Prefix, f.Filter.Key.Suffix = n.Prefix, n.Suffix
		f.Function.Arn = n.Function
		f.Function.AssumeRole = "acs:ram::" + o.opts.AccountID + ":role/onput-trigger"
		all.Functions = append(all.Functions, f)
	}
	if all.Functions == nil {
		return nil, newError(http.StatusNotFound, "NoSuchNotificationConfiguration", "The specified bucket does not have a notification configuration.")
	}
	return newResponse().withXML(all)
}

// https://help.aliyun.com/zh/oss/developer-reference/putbucket
func (o *OSS) putBucket(c *call) (*response, error) {
	return newResponse(), o.store.createBucket(c.Bucket)
}
