package javaprops

import (
	"strings"

	"tlsaudit/internal/conftree"
)

// Entry is one key with its value. The offsets are those of the file's text.
type Entry struct {
	Key, Value string
	// Start is the first byte of the key, ValueStart that of the value as it is
	// written, End the end of the logical line without its line end. An empty
	// value begins at End, or where its separator ends.
	Start, ValueStart, End int
}

// Loaded is a file as Java reads it.
type Loaded struct {
	// Entries are in the order of the file.
	Entries []Entry
	// Garbled is set for a UTF-16 file: Java reads keys nobody asks for and says
	// nothing. What the file says has no effect, and the caller must not judge it.
	Garbled bool
	// Malformed is set if Java refuses the file for a \u escape without four
	// hexadecimal digits; At is where the backslash is. Entries are those before.
	Malformed bool
	At        int
	// Lost is the key that a byte order mark spoiled, without the mark; empty if
	// there is none, or if it is but a comment or a blank line.
	Lost string
}

// Parse returns the entries of a file in order, duplicates kept: the last of a
// key is the one java.util.Properties keeps.
func Parse(f *conftree.File) []Entry { return Load(f).Entries }

// Load reads a file as java.util.Properties.load(InputStream) does.
func Load(f *conftree.File) Loaded {
	if f.Encoding.UTF16() {
		return Loaded{Garbled: true}
	}
	r := &reader{text: f.Text, decode: decoder(f.Encoding.Charset, f.Text), bom: f.Encoding.BOM}
	return r.load()
}

// Last returns the entry of a key that counts.
func Last(entries []Entry, key string) (Entry, bool) {
	for i := len(entries) - 1; i >= 0; i-- {
		if entries[i].Key == key {
			return entries[i], true
		}
	}
	return Entry{}, false
}

// Escape writes a value so that Java reads it back as it is.
func Escape(value string) string {
	var b strings.Builder
	for i, c := range value {
		switch {
		case c == ' ' && i == 0:
			b.WriteString(`\ `)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\f':
			b.WriteString(`\f`)
		case c == '\\':
			b.WriteString(`\\`)
		case c < ' ' || c > '~':
			writeUnicode(&b, c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
