package conftree

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestPlaceOfLongLines compares columns with those counted from the line's
// beginning.
func TestPlaceOfLongLines(t *testing.T) {
	text := "é\n" + strings.Repeat("aé€😀", 1000) + "\nx" + strings.Repeat("b", 5000)
	f := NewFile("a", "a", text, Encoding{Charset: "utf-8"})
	for offset := range text {
		line := f.LineAt(offset)
		_, start := f.Line(line)
		if p := f.Place(offset); p.Line != line || p.Col != 1+utf8.RuneCountInString(text[start:offset]) {
			t.Fatalf("offset %d: %v", offset, p)
		}
	}
	if p := f.Place(len(text)); p.Col != 5002 {
		t.Errorf("the end is at %v", p)
	}
}
