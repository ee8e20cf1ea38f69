package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Results are published in the README of each language, as the same text between two comments.
var (
	readmeFiles = []string{filepath.Join(root, "README.md"), filepath.Join(root, "README.zh-CN.md")}
	pictureFile = filepath.Join(root, "docs", "match.svg")
)

const (
	sectionBegin = "<!-- bench -->\n"
	sectionEnd   = "<!-- /bench -->\n"
)

// section returns the text between the comments.
func (r *results) section() string {
	return "\n" + r.report() + "\n![Time to find all rules for one key, by the number of rules](docs/match.svg)\n\n"
}

// insert returns the page in the file, and the page with the section between its comments.
func insert(file, section string) (page, updated string, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", "", err
	}
	page = string(text)
	before, rest, ok := strings.Cut(page, sectionBegin)
	_, after, ok2 := strings.Cut(rest, sectionEnd)
	if !ok || !ok2 {
		return "", "", fmt.Errorf("%s: there is no place for the results: a line %sand below it a line %s", file, sectionBegin, sectionEnd)
	}
	return page, before + sectionBegin + section + sectionEnd + after, nil
}

// publish writes the results into the READMEs and draws the picture.
func (r *results) publish() error {
	picture, err := r.picture()
	if err != nil {
		return err
	}
	for _, file := range readmeFiles {
		_, updated, err := insert(file, r.section())
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(updated), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(pictureFile, picture, 0o644)
}
