package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/tidwall/gjson"

	"onput/internal/event"
)

// decoding is what it costs to read the fields that rules ask for out of one event.
type decoding struct {
	Bytes        int  `json:"bytes"` // of the event
	Onput        cost `json:"onput"` // event.Decode: of any envelope, checked
	EncodingJSON cost `json:"encodingJSON"`
	GJSON        cost `json:"gjson"`
}

// documentedEvent reads the event that Function Compute's documentation prints.
func documentedEvent() ([]byte, error) {
	return os.ReadFile(filepath.Join(root, "internal", "event", "testdata", "events", "native-doc-2022.json"))
}

func measureDecoding(e effort) (decoding, error) {
	payload, err := documentedEvent()
	if err != nil {
		return decoding{}, err
	}
	decode := func() (err error) {
		_, _, err = event.Decode(payload)
		return err
	}
	if err := decode(); err != nil {
		return decoding{}, err
	}
	costs := race(e.rounds, e.batch,
		times(func() { decode() }),
		times(func() { decodeStruct(payload) }),
		times(func() { gjson.GetManyBytes(payload, eventPaths...) }),
	)
	return decoding{len(payload), costs[0], costs[1], costs[2]}, nil
}

// times does an operation n times.
func times(do func()) func(n int) {
	return func(n int) {
		for range n {
			do()
		}
	}
}

// eventPaths are the fields that event.Decode reads of a native event.
var eventPaths = []string{
	"events.0.eventName",
	"events.0.eventTime",
	"events.0.region",
	"events.0.responseElements.requestId",
	"events.0.oss.bucket.name",
	"events.0.oss.object.key",
	"events.0.oss.object.eTag",
	"events.0.oss.object.size",
	"events.0.oss.object.objectMeta.mimeType",
}

// nativeEvent is the same fields for encoding/json.
type nativeEvent struct {
	Events []struct {
		EventName string    `json:"eventName"`
		EventTime time.Time `json:"eventTime"`
		Region    string    `json:"region"`
		Response  struct {
			RequestID string `json:"requestId"`
		} `json:"responseElements"`
		OSS struct {
			Bucket struct {
				Name string `json:"name"`
			} `json:"bucket"`
			Object struct {
				Key  string `json:"key"`
				ETag string `json:"eTag"`
				Size int64  `json:"size"`
				Meta struct {
					MimeType string `json:"mimeType"`
				} `json:"objectMeta"`
			} `json:"object"`
		} `json:"oss"`
	} `json:"events"`
}

func decodeStruct(payload []byte) (e nativeEvent, err error) {
	err = json.Unmarshal(payload, &e)
	return e, err
}
