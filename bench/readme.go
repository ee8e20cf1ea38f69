package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Where results are shown. In the README it is between two comments; what is around them is nobody's business here.
var (
	readmeFile  = filepath.Join(root, "README.md")
	pictureFile = filepath.Join(root, "docs", "match.svg")
)

const (
	sectionBegin = "<!-- bench -->\n"
	sectionEnd   = "<!-- /bench -->\n"
)

// section is what stands between the comments.
func (r *results) section() string {
	return "\n" + r.report() + "\n![Time to find all rules for one key, by the number of rules](docs/match.svg)\n\n"
}

// insert returns the page with the section in its place.
func insert(page, section string) (string, error) {
	before, rest, ok := strings.Cut(page, sectionBegin)
	_, after, ok2 := strings.Cut(rest, sectionEnd)
	if !ok || !ok2 {
		return "", fmt.Errorf("%s: there is no place for the results: a line %sand below it a line %s", readmeFile, sectionBegin, sectionEnd)
	}
	return before + sectionBegin + section + sectionEnd + after, nil
}

// publish writes the results into the README and draws the picture.
func (r *results) publish() error {
	picture, err := r.picture()
	if err != nil {
		return err
	}
	page, err := os.ReadFile(readmeFile)
	if err != nil {
		return err
	}
	updated, err := insert(string(page), r.section())
	if err != nil {
		return err
	}
	if err := os.WriteFile(pictureFile, picture, 0o644); err != nil {
		return err
	}
	return os.WriteFile(readmeFile, []byte(updated), 0o644)
}
