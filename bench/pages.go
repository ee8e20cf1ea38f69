package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

var pictureFile = filepath.Join(root, "docs", "match.svg")

// page is a document that shows results, between the comments <!-- NAME --> and <!-- /NAME -->.
type page struct {
	file, name string
	results    string
}

// pages returns the documents with their results: all of them on the pages about speed, some in the READMEs.
func (r *results) pages() []page {
	all := "\n" + r.report() + "\n![Time to find all rules for one key, by the number of rules](match.svg)\n\n"
	return []page{
		{filepath.Join(root, "docs", "speed.md"), "bench", all},
		{filepath.Join(root, "docs", "speed.zh-CN.md"), "bench", all},
		{filepath.Join(root, "README.md"), "figures", r.keyFigures(false)},
		{filepath.Join(root, "README.zh-CN.md"), "figures", r.keyFigures(true)},
	}
}

// insert returns the text of the page's file, before and after the results are inserted.
func (p *page) insert() (old, updated string, err error) {
	text, err := os.ReadFile(p.file)
	if err != nil {
		return "", "", err
	}
	begin, end := "<!-- "+p.name+" -->\n", "<!-- /"+p.name+" -->\n"
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return "", "", fmt.Errorf("%s: no place for the results: add the lines %sand %s", p.file, begin, end)
	}
	return string(text), before + begin + p.results + end + after, nil
}

// publish writes the results into the documents and draws the picture.
func (r *results) publish() error {
	picture, err := r.picture()
	if err != nil {
		return err
	}
	for _, p := range r.pages() {
		_, updated, err := p.insert()
		if err != nil {
			return err
		}
		if err := os.WriteFile(p.file, []byte(updated), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(pictureFile, picture, 0o644)
}
