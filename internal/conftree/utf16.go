package conftree

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeUTF16 returns the text of UTF-16 in one byte order. exact is false if a
// surrogate lacks its other half, or the last byte its other one.
func decodeUTF16(b []byte, bigEndian bool) (text string, exact bool) {
	order := binary.ByteOrder(binary.LittleEndian)
	if bigEndian {
		order = binary.BigEndian
	}
	exact = len(b)%2 == 0
	var w strings.Builder
	w.Grow(len(b)/2 + len(b)/16)
	for ; len(b) >= 2; b = b[2:] {
		r := rune(order.Uint16(b))
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if len(b) >= 4 {
				pair = utf16.DecodeRune(r, rune(order.Uint16(b[2:])))
			}
			if pair == utf8.RuneError {
				exact = false
			} else {
				b = b[2:]
			}
			r = pair
		}
		w.WriteRune(r)
	}
	if len(b) > 0 {
		w.WriteRune(utf8.RuneError)
	}
	return w.String(), exact
}

// appendUTF16 appends text, which must be valid, in one byte order.
func appendUTF16(out []byte, text string, bigEndian bool) []byte {
	order := binary.AppendByteOrder(binary.LittleEndian)
	if bigEndian {
		order = binary.BigEndian
	}
	for _, r := range text {
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			out = order.AppendUint16(out, uint16(high))
			r = low
		}
		out = order.AppendUint16(out, uint16(r))
	}
	return out
}
