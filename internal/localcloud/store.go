package localcloud

import (
	"crypto/md5"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc64"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"onput/process"
)

// store keeps buckets and objects as files, and an index of them in memory:
//
//	DIR/BUCKET/incoming_a-3f2ab0….docx             content
//	DIR/BUCKET/.meta/incoming_a-3f2ab0….docx.json  key, ETag, CRC64, headers
//	DIR/.staging/                                  incomplete uploads; emptied when the store is opened
//
// A file's name is readable (see fileName), but only the JSON has the key. See folderName for BUCKET.
type store struct {
	dir     string
	mu      sync.RWMutex
	buckets map[string]*bucket
}

// bucket is a bucket and the index of its objects.
type bucket struct {
	name     string
	unbound  bool // not bound to an IMM project
	settings Bucket
	objects  map[string]*object
}

// object is the metadata of one object. It is immutable: other requests may be reading it.
type object struct {
	Key      escapedKey        `json:"key"`
	Kind     string            `json:"kind"` // Normal, Multipart, Appendable
	Size     int64             `json:"size"`
	ETag     string            `json:"eTag"` // without quotes
	CRC64    uint64            `json:"crc64,string"`
	Header   map[string]string `json:"header"` // Content-Type, x-oss-meta-*…, by canonical name
	Class    string            `json:"storageClass,omitempty"`
	Tags     []tag             `json:"tags,omitempty"`
	Modified time.Time         `json:"modified"`
}

// escapedKey is a key that is percent-encoded in JSON, because a key need not be valid UTF-8.
type escapedKey string

func (k escapedKey) MarshalText() ([]byte, error) { return []byte(encodePath(string(k))), nil }

func (k *escapedKey) UnmarshalText(b []byte) error {
	s, err := url.PathUnescape(string(b))
	*k = escapedKey(s)
	return err
}

var crcTable = crc64.MakeTable(crc64.ECMA)

const (
	metaDir    = ".meta"
	stagingDir = ".staging"
)

// openStore opens the store in a folder, with the objects of earlier stores.
func openStore(dir string) (*store, error) {
	if dir == "" {
		return nil, errors.New("no folder given")
	}
	s := &store{dir: dir, buckets: map[string]*bucket{}}
	staging := filepath.Join(dir, stagingDir)
	if err := os.RemoveAll(staging); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(staging, 0o777); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name := strings.TrimPrefix(e.Name(), reservedPrefix)
		if !e.IsDir() || !process.ValidBucket(name) || folderName(name) != e.Name() {
			continue
		}
		if err := s.loadBucket(name); err != nil {
			return nil, fmt.Errorf("bucket %s: %w", name, err)
		}
	}
	return s, nil
}

// loadBucket adds a bucket and its objects to the index.
func (s *store) loadBucket(name string) error {
	b := &bucket{name: name, objects: map[string]*object{}}
	s.buckets[name] = b
	files, err := filepath.Glob(filepath.Join(s.folder(name), metaDir, "*.json"))
	if err != nil {
		return err
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		obj := &object{}
		if err := json.Unmarshal(data, obj); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		// Ignore objects whose file is missing.
		if info, err := os.Stat(s.contentPath(name, string(obj.Key))); err == nil && info.Size() >= obj.Size {
			b.objects[string(obj.Key)] = obj
		}
	}
	return nil
}

func (s *store) folder(bucket string) string { return filepath.Join(s.dir, folderName(bucket)) }

// createBucket creates a bucket, or does nothing if it exists.
func (s *store) createBucket(name string) error {
	if !process.ValidBucket(name) {
		return newError(400, "InvalidBucketName", "The specified bucket is not valid: %q.", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buckets[name] != nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(s.folder(name), metaDir), 0o777); err != nil {
		return fmt.Errorf("bucket %s: %w", name, err)
	}
	s.buckets[name] = &bucket{name: name, objects: map[string]*object{}}
	return nil
}

func (s *store) contentPath(bucket, key string) string {
	return filepath.Join(s.folder(bucket), fileName(key))
}

func (s *store) metaPath(bucket, key string) string {
	return filepath.Join(s.folder(bucket), metaDir, fileName(key)+".json")
}

// bucketLocked returns the bucket, or OSS's error if there is none. The caller holds the lock.
func (s *store) bucketLocked(name string) (*bucket, error) {
	if b := s.buckets[name]; b != nil {
		return b, nil
	}
	return nil, errNoSuchBucket()
}

// config returns the configuration of a bucket, without its objects, and reports whether there is one.
func (s *store) config(name string) (bucket, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b := s.buckets[name]
	if b == nil {
		return bucket{}, false
	}
	return bucket{name: b.name, unbound: b.unbound, settings: b.settings}, true
}

// configure calls f to change a bucket's configuration.
func (s *store) configure(name string, f func(*bucket)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucketLocked(name)
	if err == nil {
		f(b)
	}
	return err
}

// open returns the object and its content, or OSS's error if there is none. The caller must close the file.
func (s *store) open(bucket, key string) (*object, *os.File, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b, err := s.bucketLocked(bucket)
	if err != nil {
		return nil, nil, err
	}
	obj := b.objects[key]
	if obj == nil {
		return nil, nil, errNoSuchKey()
	}
	f, err := os.Open(s.contentPath(bucket, key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, errNoSuchKey()
	}
	return obj, f, err
}

// putObject stores an object with staged content. It replaces an existing one, unless that is forbidden, and returns the
// growth of the bucket.
func (s *store) putObject(bucket string, obj *object, p *stagedFile, forbidOverwrite bool) (delta int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucketLocked(bucket)
	if err != nil {
		return 0, err
	}
	key := string(obj.Key)
	delta = obj.Size
	if old := b.objects[key]; old != nil {
		if forbidOverwrite {
			return 0, newError(409, "FileAlreadyExists", "The object you specified already exists and can not be overwritten.")
		}
		delta -= old.Size
	}
	if err := os.Rename(p.path, s.contentPath(bucket, key)); err != nil {
		return 0, err
	}
	return delta, s.saveMeta(b, obj)
}

// saveMeta writes the metadata of an object whose content is stored, and adds it to the index.
func (s *store) saveMeta(b *bucket, obj *object) error {
	data, err := json.MarshalIndent(obj, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.metaPath(b.name, string(obj.Key)), append(data, '\n'), 0o666); err != nil {
		return err
	}
	b.objects[string(obj.Key)] = obj
	return nil
}

// appendAt appends data to an appendable object if its length is position. It creates the object at position 0.
//
// https://help.aliyun.com/zh/oss/developer-reference/appendobject
func (s *store) appendAt(bucket, key string, position int64, data []byte, a attributes, now time.Time) (*object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucketLocked(bucket)
	if err != nil {
		return nil, err
	}
	old := b.objects[key]
	if old == nil {
		old = &object{Key: escapedKey(key), Kind: "Appendable", Header: a.header, Class: a.class, Tags: a.tags}
	}
	if old.Kind != "Appendable" {
		return nil, newError(409, "ObjectNotAppendable", "The object is not appendable")
	}
	if position != old.Size {
		e := newError(409, "PositionNotEqualToLength", "Position is not equal to file length")
		e.Header = appendResponse(old).header
		return nil, e
	}
	f, err := os.OpenFile(s.contentPath(bucket, key), os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, err
	}
	// Not O_APPEND, to overwrite the remains of an interrupted append.
	_, err = f.WriteAt(data, position)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	obj := *old
	obj.Size += int64(len(data))
	obj.CRC64 = crc64.Update(old.CRC64, crcTable, data)
	// The ETag of an appendable object is not the MD5 of its content, but it differs after each append.
	obj.ETag = fmt.Sprintf("%X", md5.Sum(append([]byte(old.ETag), data...)))
	obj.Modified = now
	return &obj, s.saveMeta(b, &obj)
}

// removeObject deletes an object, if there is one.
func (s *store) removeObject(bucket, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucketLocked(bucket)
	if err != nil {
		return err
	}
	if b.objects[key] == nil {
		return nil
	}
	delete(b.objects, key)
	// RemoveAll, because the file may be missing.
	return errors.Join(os.Remove(s.metaPath(bucket, key)), os.RemoveAll(s.contentPath(bucket, key)))
}

// objects returns a copy of the bucket's index.
func (s *store) objects(bucket string) (map[string]*object, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b, err := s.bucketLocked(bucket)
	if err != nil {
		return nil, err
	}
	return maps.Clone(b.objects), nil
}
