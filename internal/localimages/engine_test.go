package localimages_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	_ "image/png"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/retry"

	"onput/internal/localcloud"
	"onput/internal/localimages"
	"onput/process"
)

// local is a local OSS with a picture of 400 × 267 pixels, oss://photos/a b.jpg, and a text, oss://photos/note.txt.
type local struct {
	*localcloud.OSS
	client *oss.Client

	mu     sync.Mutex
	events []localcloud.Event
}

func start(t *testing.T, options localcloud.Options) *local {
	l := &local{}
	options.Dir = filepath.Join(t.TempDir(), "oss")
	options.Watch = func(e localcloud.Event) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.events = append(l.events, e)
	}
	var err error
	if l.OSS, err = localcloud.StartOSS(options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	owner := l.Credential()
	l.client = oss.NewClient(oss.LoadDefaultConfig().WithRegion(l.Region()).WithEndpoint(l.Endpoint()).WithRetryer(retry.NopRetryer{}).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(owner.AccessKeyID, owner.AccessKeySecret)))
	for _, bucket := range []string{"photos", "thumbs", "theirs"} {
		if err := l.CreateBucket(bucket); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.SetBucket("theirs", localcloud.Bucket{Owner: "1"}); err != nil {
		t.Fatal(err)
	}
	for key, content := range map[string][]byte{"a b.jpg": photo(t), "note.txt": []byte("no picture")} {
		if _, err := l.client.PutObject(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("photos"), Key: &key, Body: bytes.NewReader(content)}); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// photo returns a JPEG of 400 × 267 pixels.
func photo(t *testing.T) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 400, 267))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{200, 100, 50, 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// saveas returns a process with a target.
func saveas(actions, bucket, key string) string {
	return actions + process.Directives(&process.Location{Bucket: bucket, Key: key}, nil)
}

func TestStored(t *testing.T) {
	for _, test := range []struct {
		actions, bucket, format string
		width, height           int
	}{
		{"image/resize,w_100", "thumbs", "jpeg", 100, 67},
		{"image/auto-orient,1/resize,m_fixed,w_100,h_100/format,png", "", "png", 100, 100},
		{"image/watermark,text_SGVsbG8g5Zu-54mH5pyN5YqhIQ", "thumbs", "jpeg", 400, 267},
		{"image/watermark,image_YSBiLmpwZz94LW9zcy1wcm9jZXNzPWltYWdlL3Jlc2l6ZSxQXzMw,t_90", "thumbs", "jpeg", 400, 267}, // itself, at 30 %
	} {
		t.Run(test.actions, func(t *testing.T) {
			l := start(t, localcloud.Options{Images: localimages.NewEngine()})
			body := saveas(test.actions, test.bucket, "out/1")
			r, err := l.client.ProcessObject(t.Context(), &oss.ProcessObjectRequest{Bucket: oss.Ptr("photos"), Key: oss.Ptr("a b.jpg"), Process: &body})
			if err != nil {
				t.Fatal(err)
			}
			if r.Bucket != test.bucket || r.Object != "out/1" || r.ProcessStatus != "OK" {
				t.Errorf("%+v", r)
			}
			bucket := test.bucket
			if bucket == "" {
				bucket = "photos"
			}
			object, err := l.client.GetObject(t.Context(), &oss.GetObjectRequest{Bucket: &bucket, Key: oss.Ptr("out/1")})
			if err != nil {
				t.Fatal(err)
			}
			data, _ := io.ReadAll(object.Body)
			config, format, err := image.DecodeConfig(bytes.NewReader(data))
			if err != nil || format != test.format || config.Width != test.width || config.Height != test.height {
				t.Errorf("%s, %d × %d, %v", format, config.Width, config.Height, err)
			}
			if r.FileSize != len(data) || *object.ContentType != "image/"+test.format {
				t.Errorf("OSS says %d bytes, of %d; %s", r.FileSize, len(data), *object.ContentType)
			}
			p := l.Processes()
			if len(p) != 1 || !p[0].Synchronous || p[0].Size != int64(len(data)) || p[0].Width != test.width || p[0].Height != test.height {
				t.Errorf("%+v", p)
			}
			created := false
			for _, e := range l.events {
				c, ok := e.(localcloud.ObjectCreated)
				created = created || ok && c.Event == "ObjectCreated:PutObject" && c.Bucket == bucket && c.Key == "out/1" && c.Size == int64(len(data))
			}
			if !created {
				t.Error("the result raised no event")
			}
		})
	}
}

// A request for a process is answered like any other: checked, and refused in the words of OSS.
func TestAnswers(t *testing.T) {
	l := start(t, localcloud.Options{Images: localimages.NewEngine()})
	without := start(t, localcloud.Options{})
	resize := saveas("image/resize,w_100", "thumbs", "x.jpg")
	for _, test := range []struct {
		name, bucket, key string
		body              string
		oss               *local
		want              string // the beginning of the code, the message and the EC; "" if the result is stored
	}{
		{name: "raw", body: "x-oss-process=" + resize},
		{name: "as a form", body: "x-oss-process=" + url.QueryEscape(resize)},
		{name: "padded", body: "x-oss-process=image/resize,w_100|sys/saveas,o_ZGVzdC5qcGc="},
		{name: "a comma too many", body: "x-oss-process=image/resize,w_100,|sys/saveas,o_ZGVzdC5qcGc"},
		{name: "no body", want: "400 InvalidRequest: no x-oss-process parameter found"},
		{name: "the other parameter", body: "x-oss-async-process=" + resize, want: "400 InvalidRequest: no x-oss-process parameter found"},
		{name: "no source", key: "gone", body: "x-oss-process=" + resize, want: "404 NoSuchKey: "},
		{name: "no bucket", bucket: "not-there", body: "x-oss-process=" + resize, want: "404 NoSuchBucket: "},
		{name: "no target bucket", body: "x-oss-process=" + saveas("image/resize,w_100", "not-there", "x"), want: "404 NoSuchBucket: "},
		{name: "the bucket of another account", body: "x-oss-process=" + saveas("image/resize,w_100", "theirs", "x"), want: "403 AccessDenied: "},
		{name: "no object", body: "x-oss-process=" + saveas("image/resize,w_100", "thumbs", "/x"), want: "400 InvalidObjectName: "},
		{name: "no picture", key: "note.txt", body: "x-oss-process=" + resize, want: "400 "},
		{name: "a value", body: "x-oss-process=" + saveas("image/resize,w_0", "thumbs", "x"), want: "400 InvalidArgument: The value: 0 of parameter: w is invalid."},
		{name: "no Base64", body: "x-oss-process=" + saveas("image/watermark,text_!!!", "thumbs", "x"), want: "400 BadRequest: Input is not base64 decoding."},
		{name: "an unknown action", body: "x-oss-process=" + saveas("image/burn,w_1", "thumbs", "x"), want: "400 "},
		{name: "an action of IMM", body: "x-oss-process=" + saveas("image/blindwatermark,content_eA", "thumbs", "x"), want: "400 "},
		{name: "another operation", body: "x-oss-process=" + saveas("video/snapshot,t_0,f_jpg", "thumbs", "x"), want: "400 InvalidArgument: operation not support: video/snapshot,t_0,f_jpg"},
		{name: "a style", body: "x-oss-process=" + saveas("style/small", "thumbs", "x"), want: "404 NoSuchStyle: "},
		{name: "a report", body: "x-oss-process=" + saveas("image/info", "thumbs", "x"), want: "400 InvalidArgument: "},
		{name: "no engine", body: "x-oss-process=" + resize, oss: without, want: "400 InvalidArgument: operation not support: image/resize,w_100"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, bucket, key := l, "photos", "a b.jpg"
			if test.oss != nil {
				o = test.oss
			}
			if test.bucket != "" {
				bucket = test.bucket
			}
			if test.key != "" {
				key = test.key
			}
			done := len(o.Processes())
			_, err := o.client.InvokeOperation(t.Context(), &oss.OperationInput{OpName: "ProcessObject", Method: "POST", Bucket: &bucket, Key: &key,
				Parameters: map[string]string{"x-oss-process": ""}, Body: strings.NewReader(test.body)})
			if got := refusal(err); !strings.HasPrefix(got, test.want) || test.want == "" && err != nil {
				t.Errorf("%s, want %s", got, test.want)
			}
			if stored := len(o.Processes()) > done; stored != (test.want == "") {
				t.Errorf("stored: %v", stored)
			}
		})
	}
}

func refusal(err error) string {
	if e, ok := errors.AsType[*oss.ServiceError](err); ok {
		return fmt.Sprintf("%d %s: %s", e.StatusCode, e.Code, e.Message)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// A process without a target answers with the picture, to a POST and to a GET.
func TestAnswered(t *testing.T) {
	l := start(t, localcloud.Options{Images: localimages.NewEngine()})
	get := func(text string) (*oss.GetObjectResult, string, error) {
		r, err := l.client.GetObject(t.Context(), &oss.GetObjectRequest{Bucket: oss.Ptr("photos"), Key: oss.Ptr("a b.jpg"), Process: &text})
		if err != nil {
			return nil, "", err
		}
		data, err := io.ReadAll(r.Body)
		return r, string(data), err
	}
	r, data, err := get("image/resize,w_40/format,png")
	if err != nil {
		t.Fatal(err)
	}
	if config, format, err := image.DecodeConfig(strings.NewReader(data)); err != nil || format != "png" || config.Width != 40 || *r.ContentType != "image/png" {
		t.Errorf("%s, %d wide, %s, %v", format, config.Width, *r.ContentType, err)
	}
	_, data, err = get("image/info")
	var info struct{ ImageWidth, ImageHeight struct{ Value string } }
	if err != nil || json.Unmarshal([]byte(data), &info) != nil || info.ImageWidth.Value != "400" || info.ImageHeight.Value != "267" {
		t.Errorf("%s, %v", data, err)
	}
	for text, want := range map[string]string{
		saveas("image/resize,w_40", "thumbs", "x"): "400 InvalidArgument: a GET stores nothing: ",
		"image/resize,w_0":                         "400 InvalidArgument: The value: 0 of parameter: w is invalid.",
		"style/small":                              "404 NoSuchStyle: ",
	} {
		if _, _, err := get(text); !strings.HasPrefix(refusal(err), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	out, err := l.client.InvokeOperation(t.Context(), &oss.OperationInput{OpName: "ProcessObject", Method: "POST", Bucket: oss.Ptr("photos"), Key: oss.Ptr("a b.jpg"),
		Parameters: map[string]string{"x-oss-process": ""}, Body: strings.NewReader("x-oss-process=image/resize,w_40")})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	if config, format, err := image.DecodeConfig(out.Body); err != nil || format != "jpeg" || config.Width != 40 {
		t.Errorf("%s, %d wide, %v", format, config.Width, err)
	}
}
