package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"tlsaudit/report"
	"unicode/utf8"
)

// unpacked is what a workbook holds.
func unpacked(t *testing.T, data []byte) (all []byte) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}

// wellFormed reads a report as what its first bytes say it is.
func wellFormed(t *testing.T, f report.Format, data []byte) {
	t.Helper()
	text := bytes.TrimSpace(data)
	switch {
	case strings.HasSuffix(f.Ext, ".ndjson"):
		for line := range bytes.Lines(text) {
			if !json.Valid(line) {
				t.Errorf("%s: not JSON: %.100q", f.Name, line)
			}
		}
	case bytes.HasPrefix(text, []byte("{")), bytes.HasPrefix(text, []byte("[")):
		if !json.Valid(text) {
			t.Errorf("%s: not JSON: %.100q", f.Name, text)
		}
	case bytes.HasPrefix(text, []byte("PK")):
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			return
		}
		for _, member := range z.File {
			in, err := member.Open()
			if err == nil {
				_, err = io.Copy(io.Discard, in)
			}
			if err != nil {
				t.Errorf("%s: %s: %v", f.Name, member.Name, err)
			}
		}
	case bytes.HasPrefix(text, []byte("<?xml")):
		for d := xml.NewDecoder(bytes.NewReader(text)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", f.Name, err)
				break
			}
		}
	case bytes.HasPrefix(bytes.ToLower(text), []byte("<!doctype html")):
		if !bytes.HasSuffix(text, []byte("</html>")) {
			t.Errorf("%s: it ends in %q", f.Name, text[max(0, len(text)-60):])
		}
	case len(text) == 0 && f.Name != "github": // annotations of nothing are none
		t.Errorf("%s: empty", f.Name)
	case !utf8.Valid(text):
		t.Errorf("%s: not UTF-8", f.Name)
	}
}

// saysCut requires the mark.
func saysCut(t *testing.T, f report.Format, data []byte) {
	t.Helper()
	if bytes.HasPrefix(data, []byte("PK")) {
		data = unpacked(t, data)
	}
	if !cutMark.Match(data) {
		t.Errorf("%s: the report does not say that it is incomplete:\n%.600s", f.Name, data)
	}
}

// cutMark is how formats say that a report is not of everything.
var cutMark = regexp.MustCompile(`(?i)incomplete|"complete":\s*false|complete(\{[^}]*\})? 0\b|"executionSuccessful":\s*false|stopped by`)
