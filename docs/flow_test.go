package docs

import (
	"bytes"
	"fmt"
	"html"
	"os"
	"testing"
)

// palette holds the colors of a drawing.
type palette struct{ ink, quiet, line, box, accent, fill string }

var palettes = map[string]palette{
	"light": {ink: "#1f2328", quiet: "#59636e", line: "#818b98", box: "#f6f8fa", accent: "#0969da", fill: "#ddf4ff"},
	"dark":  {ink: "#f0f6fc", quiet: "#9198a1", line: "#656c76", box: "#151b23", accent: "#4493f8", fill: "#121d2f"},
}

// flowTexts are the texts of the drawing, by the suffix of the file's name.
var flowTexts = map[string]map[string]string{
	"": {
		"client": "Client", "anything": "any tool or SDK", "bucket": "OSS bucket", "uploads": "for uploads", "upload": "upload", "event": "event",
		"function": "onput, in Function Compute", "decode": "decode the event", "match": "match the key against the rules",
		"claim": "claim each task", "submit": "submit it to OSS", "failure": "failures: retry, then onFailure", "process": "process",
		"workers": "OSS and IMM", "work": "convert and transcode", "result": "result", "results": "for results",
		"completion": "completion message, if the rule has notify",
	},
	".zh-CN": {
		"client": "客户端", "anything": "任何工具或 SDK", "bucket": "OSS Bucket", "uploads": "存放上传的文件", "upload": "上传", "event": "事件",
		"function": "函数计算中的 onput", "decode": "解析事件", "match": "用规则匹配 Key", "claim": "认领每个任务", "submit": "提交给 OSS",
		"failure": "失败：重试后投递到 onFailure", "process": "处理指令", "workers": "OSS 和 IMM", "work": "转换、转码", "result": "结果",
		"results": "存放结果", "completion": "任务完成通知（规则设置了 notify 时）",
	},
}

// TestFlowDrawing compares the drawings of the READMEs with what this test draws. With -update it writes them.
func TestFlowDrawing(t *testing.T) {
	for language, texts := range flowTexts {
		for scheme, colors := range palettes {
			file := "flow-" + scheme + language + ".svg"
			want := drawFlow(texts, colors)
			if *update {
				if err := os.WriteFile(file, want, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal([]byte(read(t, file)), want) {
				t.Errorf("%s is not what the test draws: go test ./docs -update", file)
			}
		}
	}
}

// drawFlow returns an SVG of the life of an upload.
func drawFlow(texts map[string]string, p palette) []byte {
	var b bytes.Buffer
	text := func(x, y, size int, color, weight, anchor, name string) {
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-size="%d" fill="%s" font-weight="%s" text-anchor="%s">%s</text>`+"\n",
			x, y, size, color, weight, anchor, html.EscapeString(texts[name]))
	}
	box := func(x, y, w, h int, stroke, fill string) {
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" rx="8" fill="%s" stroke="%s" stroke-width="1.5"/>`+"\n", x, y, w, h, fill, stroke)
	}
	labelled := func(x, y, w int, name, detail string) {
		box(x, y, w, 66, p.line, p.box)
		text(x+w/2, y+29, 15, p.ink, "600", "middle", name)
		text(x+w/2, y+50, 13, p.quiet, "400", "middle", detail)
	}
	arrow := func(path, dash string) {
		fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.5" stroke-dasharray="%s" marker-end="url(#tip)"/>`+"\n", path, p.accent, dash)
	}

	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 306" width="880" height="306" font-family="system-ui,-apple-system,'Segoe UI','Noto Sans','Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif">` + "\n")
	fmt.Fprintf(&b, `<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="%s"/></marker></defs>`+"\n", p.accent)

	labelled(10, 34, 150, "client", "anything")
	labelled(250, 34, 200, "bucket", "uploads")
	box(570, 10, 300, 252, p.accent, p.fill)
	text(720, 38, 15, p.ink, "600", "middle", "function")
	for i, step := range []string{"decode", "match", "claim", "submit"} {
		box(586, 52+i*44, 268, 34, p.line, p.box)
		text(720, 74+i*44, 14, p.ink, "400", "middle", step)
	}
	text(720, 249, 12, p.quiet, "400", "middle", "failure")
	labelled(250, 168, 200, "workers", "work")
	labelled(10, 168, 150, "bucket", "results")

	arrow("M160 67H248", "none")
	text(204, 58, 13, p.quiet, "400", "middle", "upload")
	arrow("M450 67H568", "none")
	text(509, 58, 13, p.quiet, "400", "middle", "event")
	arrow("M570 201H452", "none")
	text(511, 192, 13, p.quiet, "400", "middle", "process")
	arrow("M250 201H162", "none")
	text(206, 192, 13, p.quiet, "400", "middle", "result")
	arrow("M350 234V286H720V264", "5 4")
	text(360, 279, 12, p.quiet, "400", "start", "completion")
	b.WriteString("</svg>\n")
	return b.Bytes()
}
