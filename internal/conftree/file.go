package conftree

import (
	"sort"
	"strings"
	"unicode/utf8"

	"tlsaudit/audit"
)

// File is one file that was read.
type File struct {
	// Path is where it is inside the tree: slashes, no leading one.
	Path string
	// Name is what people call it: the path as it was given. Places use it.
	Name string
	// Text is the content in UTF-8, without a byte order mark, otherwise as in
	// the file: line ends and NUL included. Offsets count its bytes.
	Text     string
	Encoding Encoding

	lines []int // offset of each line's first byte
	// columns count the characters before every block of the text, so that a
	// place in a line of a megabyte does not cost a megabyte; nil if no line is
	// long.
	columns []int
	// inexact is set if the bytes of the file cannot be had from Text again.
	inexact bool
}

// NewFile makes a file of text, for tests and for text that was changed.
func NewFile(path, name, text string, e Encoding) *File {
	f := &File{Path: path, Name: name, Text: text, Encoding: e, lines: make([]int, 1, 2+strings.Count(text, "\n"))}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\n', text[i] == '\r' && (i+1 == len(text) || text[i+1] != '\n'):
			f.lines = append(f.lines, i+1)
		}
	}
	if f.longest() > 2*block {
		f.columns = make([]int, 0, len(text)/block+1)
		for i, n := 0, 0; i <= len(text); i += block {
			f.columns = append(f.columns, n)
			n += characters(text[i:min(i+block, len(text))])
		}
	}
	return f
}

// block is how many bytes the characters are counted of at once.
const block = 1024

// characters counts those that begin in a text.
func characters(s string) (n int) {
	for i := range len(s) {
		if s[i]&0xc0 != 0x80 {
			n++
		}
	}
	return n
}

// charactersBefore counts those that begin before an offset.
func (f *File) charactersBefore(offset int) int {
	at := offset / block
	return f.columns[at] + characters(f.Text[at*block:offset])
}

// fileOf makes a file of bytes.
func fileOf(path, name string, b []byte) *File {
	e := detect(b)
	text, exact := decode(b, e)
	f := NewFile(path, name, text, e)
	f.inexact = !exact
	return f
}

// longest is the length of the longest line in bytes.
func (f *File) longest() (most int) {
	for i, start := range f.lines {
		end := len(f.Text)
		if i+1 < len(f.lines) {
			end = f.lines[i+1]
		}
		most = max(most, end-start)
	}
	return most
}

// Lines is the number of lines; the last one counts even if it is empty.
func (f *File) Lines() int { return len(f.lines) }

// Line returns line n, counted from 1, without its end, and the offset of its
// first byte. A line ends with LF, CR LF or CR.
func (f *File) Line(n int) (text string, offset int) {
	start, end := f.lines[n-1], len(f.Text)
	if n < len(f.lines) {
		end = f.lines[n]
	}
	return strings.TrimRight(f.Text[start:end], "\r\n"), start
}

// LineAt returns the number of the line an offset lies in.
func (f *File) LineAt(offset int) int {
	return max(1, sort.SearchInts(f.lines, max(0, min(offset, len(f.Text)))+1))
}

// Place returns where an offset is; columns count characters from 1.
func (f *File) Place(offset int) audit.Place {
	offset = max(0, min(offset, len(f.Text)))
	line := f.LineAt(offset)
	start := f.lines[line-1]
	if offset-start > block && f.columns != nil {
		return audit.Place{File: f.Name, Line: line, Col: 1 + f.charactersBefore(offset) - f.charactersBefore(start)}
	}
	return audit.Place{File: f.Name, Line: line, Col: 1 + utf8.RuneCountInString(f.Text[start:offset])}
}

// EOL returns the line end the file uses where it begins, "\n" if it has none.
func (f *File) EOL() string {
	i := strings.IndexAny(f.Text, "\r\n")
	switch {
	case i < 0 || f.Text[i] == '\n':
		return "\n"
	case strings.HasPrefix(f.Text[i:], "\r\n"):
		return "\r\n"
	}
	return "\r"
}
