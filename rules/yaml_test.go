package rules

import (
	"errors"
	"strings"
	"testing"
)

// TestYAMLAsTyped replaces a line of a rule file. A case with a message has that one, at line:column, and one without has none.
func TestYAMLAsTyped(t *testing.T) {
	const file = "version: 1\nsources: [acme-uploads]\ndefaults: {target: {bucket: acme-derived}}\nrules:\n  - name: r\n" +
		"    match: '*.docx'\n    process: doc/convert,target_pdf\n    target: 'v/{dirname}/{barename}.pdf'\n"
	for _, tt := range []struct{ line, with, want string }{
		// Characters that look like those of YAML.
		{"version: 1", "version：1", `1:8: error: ： (U+FF1A) is a full-width colon, which YAML takes for text: write ":" and a space`},
		{"rules:", "rules：", `4:6: error: ： (U+FF1A) is a full-width colon`},
		{"    match: '*.docx'", "    match： '*.docx'", `6:10: error: ： (U+FF1A) is a full-width colon`},
		{"    match: '*.docx'", "    match： '*.docx'\n\n    # a comment", `6:10: error: ： (U+FF1A) is a full-width colon`},
		{"    match: '*.docx'", "    match: {key： '*.docx'}", `6:16: error: match has no field "key： '*.docx'": ： (U+FF1A) is a full-width colon`},
		{"    match: '*.docx'", "\u00a0\u00a0\u00a0\u00a0match: '*.docx'", `6:1: error: U+00A0 is a no-break space, which YAML takes for text: write a space`},
		{"    match: '*.docx'", "\u3000\u3000match: '*.docx'", `6:1: error: U+3000 is an ideographic space`},
		{"    match: '*.docx'", "    match:\u00a0'*.docx'", `6:11: error: U+00A0 is a no-break space`},
		{"    match: '*.docx'", "    match:\u3000'*.docx'", `6:11: error: U+3000 is an ideographic space`},
		{"  - name: r", "  - name:\u00a0films", `5:10: error: U+00A0 is a no-break space`},
		{"  - name: r", "  -\u00a0name: r", `5:4: error: U+00A0 is a no-break space`},
		{"  - name: r", "  – name: r", `5:3: error: – (U+2013) is a dash`},
		{"  - name: r", "  － name: r", `5:3: error: － (U+FF0D) is a full-width hyphen`},
		{"    match: '*.docx'", "    \u200bmatch: '*.docx'", `6:5: error: a rule has no field "\u200bmatch": U+200B does not show`},
		{"    match: '*.docx'", "    match\u200b: '*.docx'", `6:10: error: a rule has no field "match\u200b": U+200B does not show`},
		{"    match: '*.docx'", "    match: ['*.docx'，'*.doc']", `6:21: error: ， (U+FF0C) is a full-width comma`},
		{"    match: '*.docx'", "    match: [“*.docx”，“*.doc”]", `6:13: warning: this is one pattern and no list of 2 patterns: write ["*.docx", "*.doc"]`},
		{"    match: '*.docx'", "    match: [“*.docx: ”, x\n", `6:13: error: “ (U+201C) is a typographic quotation mark`},
		{"version: 1", "＃ 规则\nversion: 1", `1:1: error: ＃ (U+FF03) is a full-width number sign`},
		{"    match: '*.docx'", "    match: '报告：终稿，“二”\u3000*.docx'", ""},
		{"    match: '*.docx'", "    match: 报告：终稿，二\u3000x.docx", ""},
		{"    match: '*.docx'", "    match: [报告，终稿.docx, a：b.docx]", ""},
		{"    match: '*.docx'", "    match: '*.docx' # 规则：一，“二”", ""},
		{"  - name: r", "  - name: r\n    description: 一：二，“三”\u00a0四", ""},
		{"  - name: r", "  - name: r\n    description: >\n      match： 一\n      \u3000二", ""},
		{"    match: '*.docx'", "    match: 报告：终稿.docx\n\tx: y", `7:1: error: tabs cannot be used for indentation`},

		// Patterns and targets without quotes.
		{"    match: '*.docx'", "    match: [0-9]*.docx", `6:12: error: quote the pattern: "[0-9]*.docx"; unquoted, [ begins a list`},
		{"    match: '*.docx'", "    match: [a.docx, [0-9]*.docx]", `6:21: error: quote the pattern: "[0-9]*.docx"`},
		{"    match: '*.docx'", "    match: !raw.docx", `6:12: error: tags are not allowed: ! does not negate: write not: "raw.docx"; if ! begins a name, quote it: '\!raw.docx'`},
		{"    match: '*.docx'", "    match: ['*.docx', !*_tmp.docx]", `6:23: error: tags are not allowed: ! does not negate: write not: "*_tmp.docx"`},
		{"    match: '*.docx'", "    match: &x/*.docx", `6:12: error: anchors are not allowed; if &x/*.docx is a pattern, quote it: "&x/*.docx"`},
		{"    match: '*.docx'", "    match: &x *.docx", `6:12: error: quote the pattern: "&x *.docx"; unquoted, & begins an anchor`},
		{"    match: '*.docx'", "    match: %tmp/*.docx", `6:12: error: quote the pattern: "%tmp/*.docx"; an unquoted text cannot begin with %`},
		{"    match: '*.docx'", "    match: @x/*.docx", `6:12: error: quote the pattern: "@x/*.docx"`},
		{"    match: '*.docx'", "    match: `*.docx`", "6:12: error: quote the pattern: \"`*.docx`\""},
		{"    match: '*.docx'", "    match: >*.docx", `6:12: error: quote the pattern: ">*.docx"`},
		{"    match: '*.docx'", "    match: '*'.docx", `6:12: error: quote the pattern: "'*'.docx"; nothing can follow the closing quotation mark`},
		{"    match: '*.docx'", "    match: - '*.docx'", `6:12: error: a list cannot begin here: begin it on the next line, or write it in brackets`},
		{"    match: '*.docx'", "    match: {key: *.docx, suffix: .docx}", `6:18: error: quote the pattern: "*.docx"`},
		{"    match: '*.docx'", "    match: [incoming/a #1/x.docx]", `6:13: error: quote the pattern: "incoming/a #1/x.docx"; unquoted, a blank and # begin a comment`},
		{"    target: 'v/{dirname}/{barename}.pdf'", "    target: {barename}.pdf", `8:13: error: quote the target: "{barename}.pdf"`},
		{"    target: 'v/{dirname}/{barename}.pdf'", "    target: {bucket: x, key: {barename}.pdf}", `8:30: error: quote the target: "{barename}.pdf"`},
		{"    target: 'v/{dirname}/{barename}.pdf'", "    target: {key: {barename}.pdf, bucket: x}", `8:19: error: quote the target: "{barename}.pdf"`},
		{"    target: 'v/{dirname}/{barename}.pdf'", "    target: {bucket: xyz, key: v/{barename}.pdf}", `8:32: error: quote the target: "v/{barename}.pdf"`},
		{"    target: 'v/{dirname}/{barename}.pdf'", "    target: {bucket: xyz, key: {barename}}", `8:32: error: target.key must be text, not a map: quote it: "{barename}"`},
		{"    target: 'v/{dirname}/{barename}.pdf'", "    target: {barename}", `8:14: error: target has no field "barename"; use one of bucket, key; if {barename} is a text, quote it: "{barename}"`},
		{"    target: 'v/{dirname}/{barename}.pdf'", "    target: v/{dirname}/{barename}.pdf", ""},
		{"    target: 'v/{dirname}/{barename}.pdf'", "    target: {bucket: xyz, key: 'v/{dirname}/{barename}.pdf'}", ""},
		{"    match: '*.docx'", "    match: a[0-9]*.docx", ""},
		{"    match: '*.docx'", "    match: incoming/!raw/*.docx", ""},
		{"    match: '*.docx'", "    match: R&B/@x/100%/*.docx", ""},
		{"    match: '*.docx'", "    match: incoming/#1/*.docx", ""},
		{"    match: '*.docx'", "    match: ?.docx", ""},
		{"    match: '*.docx'", "    match:\n      [\n        '*.docx', # Word\n        '*.doc', # its predecessor\n      ]", ""},
		{"    match: '*.docx'", "    match: [0-9.docx]", ""},
		{"    match: '*.docx'", "    match: {key: '*.docx', not: ['~$*', '.*']}", ""},
		{"    match: '*.docx'", "    match: {key: a{b,c}/*.docx}", `6:18: error: quote the pattern: "a{b,c}/*.docx"`},
		{"    match: '*.docx'", "    match: [报告/*.docx, 'C++ (draft)/*.docx', R & B/*.docx]", ""},
		{"    match: '*.docx'", "    match:\n      - 报告/*.docx\n      - incoming/a, b/*.docx", ""},
		{"    match: '*.docx'", "    match: >-\n      incoming/*.docx", ""},
		{"    match: '*.docx'", "    match: |-\n      incoming/#1 * #2.docx", ""},
		{"    match: '*.docx'", "    match: \"incoming/\\\n      *.docx\"", ""},
		{"    match: '*.docx'", "    match: 'it''s “final”.docx'", ""},
		{"    target: 'v/{dirname}/{barename}.pdf'", "    target: v/{dirname}/{barename} (最终，稿).pdf # 名称：见上", ""},
		{"    target: 'v/{dirname}/{barename}.pdf'", "    target: v/{dirname}/{barename}.pdf #PDF", ""},
		{"rules:", "rules: # 规则：一", ""},
		{"  - name: r", "  - name: r\n    description: '- a: b'", ""},

		// What YAML reads in other ways elsewhere.
		{"    match: '*.docx'", "    match: yes", ""},
		{"    match: '*.docx'", "    match: 1:30", ""},
		{"    match: '*.docx'", "    match: [1_000, 2e6, 0x10, 010]", ""},
		{"    match: '*.docx'", "\ufeff    match: '*.docx'", `6:1: error: U+FEFF does not show`},
		{"    process: doc/convert,target_pdf", "    process: {doc/convert: {target: pdf, source: docx}}", ""},
		{"    process: doc/convert,target_pdf", "    process: {video/convert: {f: mp4, vcodec: h264, ss: 010}}", `7:57: warning: ss_010 is sent with its leading zeros: write ss_10`},
	} {
		src := strings.Replace(file, tt.line+"\n", tt.with+"\n", 1)
		s, err := Parse("rules.yaml", []byte(src))
		var found Diagnostics
		if !errors.As(err, &found) {
			for _, d := range s.Warnings() {
				if d.Code != "never-reads" && d.Code != "extension" && d.Code != "overwrites" { // of match: yes, of video/convert for documents, and of *.doc and *.docx
					found = append(found, d)
				}
			}
		}
		switch {
		case src == file:
			t.Errorf("%q: nothing is replaced", tt.line)
		case tt.want == "" && len(found) > 0, tt.want != "" && len(found) == 0, tt.want != "" && !strings.HasPrefix(found.Error(), "rules.yaml:"+tt.want):
			t.Errorf("%q: got %v\nwant %s", tt.with, found, tt.want)
		case len(found) > 1:
			t.Errorf("%q: %d messages: %v", tt.with, len(found), found)
		}
	}
}
