package report

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"tlsaudit/audit"
)

type sarifFix struct {
	Description sarifText         `json:"description"`
	Changes     []sarifFileChange `json:"artifactChanges"`
}

type sarifFileChange struct {
	Location     sarifArtifact      `json:"artifactLocation"`
	Replacements []sarifReplacement `json:"replacements"`
}

type sarifReplacement struct {
	Deleted  sarifRegion   `json:"deletedRegion"`
	Inserted *sarifContent `json:"insertedContent,omitempty"`
}

type sarifContent struct {
	Text string `json:"text"`
}

// sarifFixes turns the diff of a proven remedy into replacements. It returns
// nil where the diff cannot be followed to the letter: where a line to be
// written holds a blanked-out secret or anything that is not plain text, since
// whoever applies the fix would write that into the file.
func sarifFixes(r *audit.Remedy) []sarifFix {
	if r == nil || !r.Proven || r.Diff == "" {
		return nil
	}
	changes, ok := sarifChanges(r.Diff)
	if !ok || len(changes) == 0 {
		return nil
	}
	text := "proven on a copy"
	for _, step := range remedySteps(r) {
		text += "; " + strings.ToLower(step[0]) + ": " + Clean(step[1])
	}
	return []sarifFix{{sarifText{Text: sarifNoLinks(text)}, changes}}
}

// sarifChanges reads a unified diff of one or more files.
func sarifChanges(diff string) (changes []sarifFileChange, ok bool) {
	d := diffReader{lines: strings.SplitAfter(diff, "\n")}
	for d.more() {
		if !strings.HasPrefix(d.line(), "--- ") {
			return nil, false
		}
		d.next()
		name, found := strings.CutPrefix(d.line(), "+++ ")
		if !found {
			return nil, false
		}
		d.next()
		if name, found = diffName(name); !found {
			return nil, false
		}
		change := sarifFileChange{Location: sarifArtifact{sarifURI(name)}}
		for d.more() && strings.HasPrefix(d.line(), "@@ ") {
			replacements, fine := d.hunk()
			if !fine {
				return nil, false
			}
			change.Replacements = append(change.Replacements, replacements...)
		}
		if len(change.Replacements) == 0 {
			return nil, false
		}
		changes = append(changes, change)
	}
	return changes, true
}

// diffName takes the name out of a "+++" line, as patch reads it.
func diffName(header string) (string, bool) {
	name := strings.TrimRight(header, "\r\n")
	if strings.HasPrefix(name, `"`) {
		unquoted, err := strconv.Unquote(name)
		if err != nil {
			return "", false
		}
		name = unquoted
	}
	name, _, _ = strings.Cut(name, "\t")
	return strings.CutPrefix(name, "b/")
}

type diffReader struct {
	lines []string // with their ends; the last may be empty
	at    int
}

func (d *diffReader) more() bool { return d.line() != "" }
func (d *diffReader) next()      { d.at++ }

// line is the line read next, empty behind the last.
func (d *diffReader) line() string {
	if d.at >= len(d.lines) {
		return ""
	}
	return d.lines[d.at]
}

// hunk reads one hunk. Lines that are removed and added next to each other are
// one replacement.
func (d *diffReader) hunk() (list []sarifReplacement, ok bool) {
	before, after, ok := hunkSpans(d.line())
	if !ok {
		return nil, false
	}
	d.next()
	line := before.first // of the file before
	if before.count == 0 {
		line++ // nothing is removed, behind that line
	}
	var change lineChange
	for before.count > 0 || after.count > 0 {
		if !d.more() {
			return nil, false
		}
		mark, text, ended := d.marked()
		if mark != '+' {
			before.count--
		}
		if mark != '-' {
			after.count--
		}
		switch mark {
		case ' ':
			list = change.flush(list, line)
			line++
		case '-':
			change.removed, change.unended = append(change.removed, text), !ended
			line++
		case '+':
			change.added = append(change.added, text)
		default:
			return nil, false
		}
	}
	list = change.flush(list, line)
	return list, !change.lossy && before.count == 0 && after.count == 0
}

// marked reads one line of a hunk, and whether it has an end.
func (d *diffReader) marked() (mark byte, text string, ended bool) {
	mark, text = d.line()[0], d.line()[1:]
	d.next()
	if d.more() && strings.HasPrefix(d.line(), `\`) { // "\ No newline at end of file"
		d.next()
		return mark, strings.TrimSuffix(text, "\n"), false
	}
	return mark, text, true
}

// lineChange gathers lines that are replaced together.
type lineChange struct {
	removed, added []string
	unended        bool // the last line removed is the last of the file and has no end
	lossy          bool // a line was not shown as it is in the file
}

// flush adds the change to a list; line is the one behind those removed.
func (c *lineChange) flush(list []sarifReplacement, line int) []sarifReplacement {
	if len(c.removed)+len(c.added) == 0 {
		return list
	}
	r := sarifReplacement{Deleted: sarifRegion{StartLine: line - len(c.removed), StartColumn: 1, EndLine: line, EndColumn: 1}}
	if c.unended {
		last := c.removed[len(c.removed)-1]
		c.lossy = c.lossy || !writable(last) // its length counts
		r.Deleted.EndLine, r.Deleted.EndColumn = line-1, len(utf16.Encode([]rune(last)))+1
	}
	for _, text := range c.added {
		c.lossy = c.lossy || !writable(text)
	}
	if len(c.added) > 0 {
		r.Inserted = &sarifContent{strings.Join(c.added, "")}
	}
	c.removed, c.added, c.unended = nil, nil, false
	return append(list, r)
}

// hunkSpan is a run of lines: the first, counted from 1, and how many. Of none
// it is the line before them.
type hunkSpan struct{ first, count int }

// hunkSpans reads "@@ -first,count +first,count @@".
func hunkSpans(header string) (before, after hunkSpan, ok bool) {
	fields := strings.Fields(header)
	if len(fields) < 4 || fields[0] != "@@" || fields[3] != "@@" {
		return before, after, false
	}
	before, fine := spanOf(fields[1], "-")
	after, ok = spanOf(fields[2], "+")
	return before, after, ok && fine
}

// maxDiffLine bounds the line numbers of diffs: no file that is read has as many.
const maxDiffLine = 1 << 30

func spanOf(field, sign string) (s hunkSpan, ok bool) {
	rest, signed := strings.CutPrefix(field, sign)
	first, count, counted := strings.Cut(rest, ",")
	s.count = 1
	var err error
	if counted {
		if s.count, err = strconv.Atoi(count); err != nil {
			return s, false
		}
	}
	s.first, err = strconv.Atoi(first)
	return s, signed && err == nil && s.first < maxDiffLine && s.first >= 0 && s.count >= 0 && (s.first > 0 || s.count == 0)
}

// writable reports whether a line may be written into a file as it stands.
func writable(line string) bool {
	text := strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", "")
	return Clean(text) == text && !strings.Contains(text, "[redacted]")
}
