package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"onput/internal/opfacts"
	"onput/process"
)

// TestOps prints every operation. The output holds every word of the catalogue, and no line is too wide.
func TestOps(t *testing.T) {
	texts := map[string]string{"": opsPrints(t)}
	for _, op := range process.Operations() {
		text := opsPrints(t, opfacts.Name(op))
		texts[op.Name] = text
		plain := strings.Join(strings.Fields(text), " ") // wrapped in columns, so each word by itself
		for _, word := range words(op) {
			if !strings.Contains(plain, word) {
				t.Errorf("%s: %q is not shown", op.Name, word)
			}
		}
		if list := texts[""]; !strings.Contains(list, opfacts.Name(op)+"\n") || !strings.Contains(list, op.Summary) || !strings.Contains(list, op.Doc) {
			t.Errorf("%s is not in the list", op.Name)
		}
	}
	for name, text := range texts {
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > opsWidth {
				t.Errorf("%s: a line of %d characters: %s", name, n, line)
			}
			if strings.Contains(line, "\x1b") || strings.HasSuffix(line, " \n") {
				t.Errorf("%s: color or blanks at the end: %q", name, line)
			}
		}
	}
}

// words returns every word in the catalogue's texts about an operation.
func words(op *process.Operation) []string {
	var all []string
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.String:
			if v.String() != "style/" {
				all = append(all, strings.Fields(v.String())...)
			}
		}
	}
	walk(reflect.ValueOf(*op))
	return all
}

// Every field of the catalogue's types is in the JSON, in lower camel case unless it has a name of its own.
func TestOpsJSON(t *testing.T) {
	renamed := map[string]string{"UnconfirmedSources": "maybeReads", "NoOutput": "writesNone", "TakesClips": "joins", "ExclusiveMin": "above",
		"UnconfirmedValues": "maybeValues", "FormatLimits": "perFormat"}
	for _, tt := range []struct{ catalogue, json reflect.Type }{
		{reflect.TypeFor[process.Operation](), reflect.TypeFor[operationJSON]()},
		{reflect.TypeFor[process.Parameter](), reflect.TypeFor[parameterJSON]()},
	} {
		for i := range tt.catalogue.NumField() {
			name := tt.catalogue.Field(i).Name
			f, ok := tt.json.FieldByName(name)
			want := cmp.Or(renamed[name], strings.ToLower(name[:1])+name[1:])
			if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); !ok || tag != want {
				t.Errorf("%s of %s is %q in JSON, want %q", name, tt.catalogue, tag, want)
			}
		}
	}
	var all []operationJSON
	if err := json.Unmarshal([]byte(opsPrints(t, "--json")), &all); err != nil || len(all) != len(process.Operations()) {
		t.Fatal(len(all), err)
	}
	for i, op := range process.Operations() {
		var one operationJSON
		if err := json.Unmarshal([]byte(opsPrints(t, "--json", opfacts.Name(op))), &one); err != nil || !reflect.DeepEqual(one, all[i]) {
			t.Errorf("%s by itself and in the list differ: %v\n%+v\n%+v", op.Name, err, one, all[i])
		}
		text, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range words(op) {
			if quoted, _ := json.Marshal(word); !bytes.Contains(text, quoted[1:len(quoted)-1]) && !strings.Contains(string(text), word) {
				t.Errorf("%s: %q is not in the JSON", op.Name, word)
			}
		}
	}
}

// TestOpsClips compares the printed parameters of clips with those in the catalogue's message.
func TestOpsClips(t *testing.T) {
	r := process.Request{
		Operation: "audio/concat",
		Clips:     []process.Clip{{Where: "pre", Params: []process.Param{{Name: "unheard-of", Value: "1"}}}},
	}
	op, _ := process.Lookup(r.Operation)
	var names []string
	for _, p := range opfacts.ClipParameters(op) {
		names = append(names, p.Name)
	}
	for _, p := range r.CheckOperation() {
		if p.Param == "unheard-of" {
			if want := "expected one of " + strings.Join(names, ", "); !strings.HasSuffix(p.Message, want) {
				t.Errorf("%s; shown are %q", p.Message, names)
			}
			return
		}
	}
	t.Error("the catalogue takes every parameter")
}

func opsPrints(t *testing.T, args ...string) string {
	t.Helper()
	var out, log bytes.Buffer
	if status := run(append([]string{"ops"}, args...), &streams{out: &out, err: &log}); status != 0 || log.Len() > 0 {
		t.Fatalf("onput ops %q: exit status %d: %s", args, status, &log)
	}
	return out.String()
}
