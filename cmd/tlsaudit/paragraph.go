package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// page writes text for people in the width of their terminal.
type page struct {
	w     io.Writer
	width int
}

// newPage starts a page on standard output, 80 columns wide where that is not
// known and never so wide that lines are hard to read.
func (a *app) newPage() *page {
	return &page{cleaner{a.stdout}, min(max(cmp.Or(a.width(), 80), 60), 120)}
}

// line writes one line as it is.
func (p *page) line(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

// heading writes a heading after an empty line.
func (p *page) heading(text string) { p.line("\n%s", text) }

// text wraps a paragraph; every line is indented.
func (p *page) text(indent int, text string) {
	for _, line := range wrapWords(text, p.width-indent) {
		p.line("%s%s", strings.Repeat(" ", indent), line)
	}
}

// entry writes a label and its text beside it; an empty text writes nothing.
func (p *page) entry(indent, column int, label, text string) {
	if text == "" {
		return
	}
	for i, line := range wrapWords(text, p.width-column) {
		if i > 0 {
			label = ""
		}
		p.line("%s", strings.TrimRight(fmt.Sprintf("%s%-*s%s", strings.Repeat(" ", indent), column-indent, label, line), " "))
	}
}

// wrapWords breaks text at spaces. A word longer than the width stays whole:
// names of suites are there to be copied.
func wrapWords(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
