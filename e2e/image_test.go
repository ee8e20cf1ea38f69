package e2e

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/handler"
	"onput/internal/localcloud"
	"onput/internal/localimages"
)

const photoRules = `
version: 1
sources: [src/in/, src/web/]
claims: {bucket: dst}
failures: {permanent: record}
rules:
  - name: web
    match: "in/*.jpg"
    process: image/auto-orient,1/resize,w_80
    target: "web/{barename}.jpg"
  - name: thumbnail
    match: "web/*.jpg"
    process: {image: {resize: {m: fixed, w: 20, h: 20}, format: png}}
    target: {bucket: dst, key: "thumbs/{barename}.png"}
`

// newPhotoWorld is like newWorld, with an OSS that carries out image processes.
func (in fcRuntime) newPhotoWorld(t *testing.T, rules string, env ...string) *world {
	t.Helper()
	return in.newWorldWith(t, rules, func(o *localcloud.Options, f *localcloud.Function) {
		o.Images, f.Env = localimages.NewEngine(), env
	})
}

// putPhoto uploads a JPEG of 160 × 90 pixels to src and waits until the function has handled it.
func (w *world) putPhoto(key string) {
	w.t.Helper()
	if _, err := w.client.PutObject(w.t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("src"), Key: &key, Body: bytes.NewReader(photo(w.t))}); err != nil {
		w.t.Fatal(err)
	}
	w.drain()
}

// photo returns a JPEG of 160 × 90 pixels.
func photo(t testing.TB) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 160, 90))
	for i := range img.Pix {
		img.Pix[i] = uint8(i)
	}
	img.Set(0, 0, color.White)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// picture returns the format, the size in pixels and the size in bytes of an object.
func (w *world) picture(bucket, key string) (format string, width, height, size int) {
	w.t.Helper()
	r, err := w.client.GetObject(w.t.Context(), &oss.GetObjectRequest{Bucket: &bucket, Key: &key})
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		w.t.Fatal(err)
	}
	return format, config.Width, config.Height, len(data)
}

// tasks returns the tasks in the answers of the function, in the order of its invocations.
func (w *world) tasks() []handler.TaskAnswer {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []handler.TaskAnswer
	for _, r := range w.results {
		var answer handler.Answer
		json.Unmarshal(r.Answer, &answer) // an error has none
		for _, u := range answer.Uploads {
			all = append(all, u.Tasks...)
		}
	}
	return all
}

// A JPEG becomes a web-sized picture, whose own event makes a thumbnail of it. Both are done when the function answers.
func TestPicturesAreDone(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newPhotoWorld(t, photoRules)
		w.putPhoto("in/a b.jpg")
		format, width, height, webSize := w.picture("src", "web/a b.jpg")
		if format != "jpeg" || width != 80 || height != 45 {
			t.Errorf("web: %s, %d × %d", format, width, height)
		}
		format, width, height, thumbSize := w.picture("dst", "thumbs/a b.png")
		if format != "png" || width != 20 || height != 20 {
			t.Errorf("thumbnail: %s, %d × %d", format, width, height)
		}
		tasks := w.tasks()
		for i, want := range []handler.TaskAnswer{
			{Rule: "web", Status: handler.Done, Process: "image/auto-orient,1/resize,w_80", Target: "oss://src/web/a b.jpg", Size: int64(webSize)},
			{Rule: "thumbnail", Status: handler.Done, Process: "image/resize,m_fixed,w_20,h_20/format,png", Target: "oss://dst/thumbs/a b.png", Size: int64(thumbSize)},
		} {
			if len(tasks) != 2 {
				t.Fatalf("%+v", tasks)
			}
			want.RequestID = tasks[i].RequestID
			if tasks[i] != want || want.RequestID == "" {
				t.Errorf("%+v\nwant %+v", tasks[i], want)
			}
		}
		logged := 0
		for _, line := range w.log {
			var entry struct {
				Level, Msg, Status, TaskID string
				Size                       int
			}
			if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "task" && entry.Level == "INFO" && entry.Status == "done" && entry.TaskID == "" {
				if logged++; entry.Size != webSize && entry.Size != thumbSize {
					t.Errorf("the log says %d bytes: %s", entry.Size, line)
				}
			}
		}
		if logged != 2 {
			t.Errorf("%d log lines of tasks that are done", logged)
		}
	})
}

// A second delivery of an upload finds the claim of a task that is done.
func TestPicturesAreDoneOnce(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newPhotoWorld(t, strings.Replace(photoRules, "src/in/, src/web/", "src/in/", 1))
		w.putPhoto("in/a.jpg")
		w.invoke(w.events[0])
		tasks := w.tasks()
		if len(tasks) != 2 || tasks[0].Status != handler.Done || tasks[1].Status != handler.Duplicate ||
			tasks[1].RequestID != tasks[0].RequestID || len(w.Processes()) != 1 {
			t.Errorf("%+v", tasks)
		}
	})
}

// OSS refuses pictures under load, and loses answers: the task is tried again, because that is harmless.
func TestPicturesAreTriedAgain(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newPhotoWorld(t, strings.Replace(photoRules, "src/in/, src/web/", "src/in/", 1))
		var requests atomic.Int32
		w.SetFaults(localcloud.Faults{
			Before: func(r localcloud.Request) localcloud.Fault {
				if r.Operation == "ProcessObject" && requests.Add(1) == 1 {
					return localcloud.Fault{Status: http.StatusServiceUnavailable, Code: "CpuLimitExceeded", Message: "busy"}
				}
				return localcloud.Fault{}
			},
			After: func(r localcloud.Request) localcloud.Fault {
				return localcloud.Fault{Drop: r.Operation == "ProcessObject" && requests.Load() == 2}
			},
		})
		w.putPhoto("in/a.jpg")
		tasks := w.tasks()
		if len(tasks) != 1 || tasks[0].Status != handler.Done || requests.Load() != 3 || len(w.Failures()) > 0 {
			t.Errorf("%+v after %d requests", tasks, requests.Load())
		}
	})
}

// What is no picture fails for good, with OSS's code, and leaves a failure record.
func TestNoPicture(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newPhotoWorld(t, photoRules)
		w.put("in/text.jpg")
		tasks := w.tasks()
		if len(tasks) != 1 || tasks[0].Status != handler.Failed || tasks[0].Size != 0 ||
			!strings.HasPrefix(tasks[0].Error, "ProcessObject oss://src/in/text.jpg, rule web, image/auto-orient: 400 ") ||
			!strings.Contains(tasks[0].Error, ", EC 0040-") {
			t.Errorf("%+v", tasks)
		}
		posts := slices.DeleteFunc(w.Requests(), func(r localcloud.Request) bool { return r.Operation != "ProcessObject" })
		if len(posts) != 1 {
			t.Errorf("%d requests for one task that no retry can help", len(posts))
		}
		if len(w.Failures()) != 0 {
			t.Error("the invocation failed, although the failure is recorded")
		}
		records := 0
		for _, r := range w.Requests() {
			if r.Operation == "PutObject" && strings.HasPrefix(r.Key, ".onput/failed/") {
				records++
			}
		}
		if records != 1 {
			t.Errorf("%d failure records", records)
		}
	})
}

// In mode log OSS is asked for nothing.
func TestPicturesInModeLog(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newPhotoWorld(t, photoRules, "ONPUT_MODE=log")
		w.putPhoto("in/a.jpg")
		if tasks := w.tasks(); len(tasks) != 1 || tasks[0].Status != handler.Logged || len(w.Processes()) != 0 {
			t.Errorf("%+v", tasks)
		}
	})
}
