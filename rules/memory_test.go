package rules

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"onput/internal/workload"
)

// ruleLines returns a rule file of size bytes or more whose rule i is made by rule.
func ruleLines(size int, rule func(i int) string) string {
	var b strings.Builder
	b.WriteString("version: 1\nsources: [src]\ndefaults: {target: {bucket: dst}}\nrules:\n")
	for i := 0; b.Len() < size; i++ {
		b.WriteString(rule(i))
	}
	return b.String()
}

// memoryShapes make rule files of some size, each written in another way.
var memoryShapes = map[string]func(size int) string{
	"plain": func(size int) string {
		return ruleLines(size, func(i int) string {
			return fmt.Sprintf("  - name: documents-of-team-%05d\n    match: \"uploads/team-%05[1]d/**/*.docx\"\n"+
				"    process: doc/convert,target_pdf\n    target: {bucket: dst, key: \"%05[1]d/{barename}.pdf\"}\n", i)
		})
	},
	"workload": func(size int) string { return string(workload.New(size / 140).File()) },
	"short": func(size int) string {
		return ruleLines(size, func(i int) string {
			return fmt.Sprintf("  - {name: r%d, match: \"*.a%[1]d\", process: style/x, target: \"%[1]d/{key}\"}\n", i)
		})
	},
	"flow": func(size int) string {
		return strings.Replace(ruleLines(size, func(i int) string {
			return fmt.Sprintf("{name: r%d, match: \"*.a%[1]d\", process: style/x, target: \"%[1]d/{key}\"},\n", i)
		}), "rules:", "rules: [", 1) + "]"
	},
	"lists": func(size int) string {
		return ruleLines(size, func(i int) string {
			text := fmt.Sprintf("  - name: r%d\n    match:\n      key:\n", i)
			for k := range 20 {
				text += fmt.Sprintf("        - \"in/%d/{dir:**}/*.e%d\"\n", i, k)
			}
			return text + fmt.Sprintf("      not: [\"in/%d/raw/**\", \"in/%[1]d/tmp/**\"]\n    process: style/x\n    target: \"%[1]d/{dir}/{barename}\"\n", i)
		})
	},
	"alternatives": func(size int) string {
		return ruleLines(size, func(i int) string {
			return fmt.Sprintf("  - name: r%d\n    match: \"in/%[1]d/**/{a,b,c,d}-{1,2,3,4}.{mp4,mov,avi,mkv}\"\n    process: style/x\n    target: \"%[1]d/{key}\"\n", i)
		})
	},
	"outputs": func(size int) string {
		return ruleLines(size, func(i int) string {
			text := fmt.Sprintf("  - name: r%d\n    match: \"in/%[1]d/**/*.mov\"\n    outputs:\n", i)
			for k := range 8 {
				text += fmt.Sprintf("      - {process: \"video/convert,f_mp4,vcodec_h264,s_1920x1080,scaletype_fit\", target: \"%d/%d/{barename}.mp4\"}\n", i, k)
			}
			return text
		})
	},
	"conditions": func(size int) string {
		return ruleLines(size, func(i int) string {
			return fmt.Sprintf("  - name: r%d\n    description: The rendition the web player uses.\n    match:\n"+
				"      key: [\"incoming/videos/%[1]d/{dir:**}/*.mp4\", \"incoming/videos/%[1]d/{dir:**}/*.mov\"]\n"+
				"      not: \"incoming/videos/raw/**\"\n      size: {min: 1KiB, max: 5GiB}\n      type: \"video/*\"\n"+
				"      where: {userIdentity.principalId: \"1649*\"}\n      ignore_case: true\n    process:\n"+
				"      video/convert: {f: mp4, vcodec: h264, s: 1280x720, scaletype: fit, arotate: 1, vb: 2000000}\n"+
				"    target: {bucket: \"{bucket}-derived\", key: \"720p/%[1]d/{dir}/{barename}.mp4\"}\n    notify: media-done\n", i)
		})
	},
	"comments": func(size int) string {
		return ruleLines(size, func(i int) string {
			return fmt.Sprintf("  # %s\n  - {name: r%d, match: \"*.a%[2]d\", process: style/x, target: \"%[2]d/{key}\"}\n", strings.Repeat("comment ", 100), i)
		})
	},
}

// TestMemoryEstimate compares estimates with the live heap while a file is loaded and afterwards.
func TestMemoryEstimate(t *testing.T) {
	if testing.Short() {
		t.Skip("in short mode: loads large files, with a garbage collection every few milliseconds")
	}
	for name, shape := range memoryShapes {
		src := []byte(shape(400_000))
		loading, loaded := EstimateMemory(src)
		before := heap()
		percent := debug.SetGCPercent(5)
		done, peaks := make(chan struct{}), make(chan int64)
		go func() {
			var peak int64
			for tick := time.Tick(time.Millisecond); ; {
				select {
				case <-tick:
					peak = max(peak, allocated())
				case <-done:
					peaks <- peak
					return
				}
			}
		}()
		file, err := Load("rules.yaml", src, Options{SetOnly: true})
		close(done)
		peak := max(<-peaks-before, 0)
		debug.SetGCPercent(percent)
		if err != nil {
			t.Fatal(err)
		}
		held := heap() - before
		t.Logf("%-12s %7d bytes: loading %5.1f MB, estimated %5.1f; loaded %5.1f MB, estimated %5.1f", name, len(src),
			float64(peak)/1e6, float64(loading)/1e6, float64(held)/1e6, float64(loaded)/1e6)
		if loading < peak*9/10-1<<20 || loading > 3*peak || loaded < held {
			t.Errorf("%s: the estimate is off", name)
		}
		runtime.KeepAlive(file)
		runtime.KeepAlive(src)
	}
}

// heap returns the bytes of live objects.
func heap() int64 {
	runtime.GC()
	return allocated()
}

func allocated() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Load refuses a file that needs more memory than allowed, also if that turns out on the way.
func TestMaxMemory(t *testing.T) {
	src := memoryShapes["plain"](100_000)
	loading, _ := EstimateMemory([]byte(src))
	for _, tt := range []struct {
		name, src string
		max       int64
		refused   bool
	}{
		{"enough", src, loading, false},
		{"any", src, 0, false},
		{"too little", src, loading - 1, true},
		{"too little for the whole file", src + "  - name: \"x\n  - y\"\n", loading + 10_000, true},
	} {
		_, err := Load("rules.yaml", []byte(tt.src), Options{SetOnly: true, MaxMemory: tt.max})
		if refused := err != nil && strings.HasPrefix(err.Error(), "rules.yaml: error: loading the rules takes about ") && strings.HasSuffix(err.Error(), " [memory]"); refused != tt.refused {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
