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
}

// Encoding says how the bytes of a file were read.
type Encoding struct {
	// Charset is "utf-8", "utf-16le", "utf-16be", "iso-8859-1", "iso-8859-15" or
	// "windows-1252".
	Charset string
	// BOM is set if the file begins with a byte order mark.
	BOM bool
	// Declared is set if the file itself names the charset, as XML may.
	Declared bool
}

// UTF16 reports whether every character takes two bytes or four.
func (e Encoding) UTF16() bool { return strings.HasPrefix(e.Charset, "utf-16") }

// NewFile makes a file of text, for tests and for text that was changed.
func NewFile(path, name, text string, e Encoding) *File {
	f := &File{Path: path, Name: name, Text: text, Encoding: e, lines: []int{0}}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\n', text[i] == '\r' && (i+1 == len(text) || text[i+1] != '\n'):
			f.lines = append(f.lines, i+1)
		}
	}
	return f
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
