package report

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// appendCell appends a cell of SpreadsheetML (ECMA-376 part 1, section
// 18.3.1.4). Text stands in the cell itself and is never a formula. The value is
// one that cellValue returns.
func appendCell(b []byte, column string, row, style int, value any) []byte {
	b = append(b, `<c r="`...)
	b = append(b, column...)
	b = strconv.AppendInt(b, int64(row), 10)
	b = append(b, `" s="`...)
	b = strconv.AppendInt(b, int64(style), 10)
	switch v := value.(type) {
	case string:
		b = append(b, `" t="inlineStr"><is><t`...)
		if strings.TrimSpace(v) != v {
			b = append(b, ` xml:space="preserve"`...)
		}
		b = append(b, '>')
		b = appendText(b, v)
		return append(b, `</t></is></c>`...)
	case int:
		b = append(b, `"><v>`...)
		b = strconv.AppendInt(b, int64(v), 10)
	case float64:
		b = append(b, `"><v>`...)
		b = strconv.AppendFloat(b, v, 'f', -1, 64)
	case time.Time:
		b = append(b, `"><v>`...)
		b = strconv.AppendFloat(b, serial(v), 'f', -1, 64)
	default:
		return append(b, `"/>`...)
	}
	return append(b, `</v></c>`...)
}

// appendRow appends how a row begins; height is in points, 0 for the default.
func appendRow(b []byte, row int, height float64) []byte {
	b = append(b, `<row r="`...)
	b = strconv.AppendInt(b, int64(row), 10)
	if height > 0 {
		b = append(b, `" ht="`...)
		b = strconv.AppendFloat(b, height, 'f', -1, 64)
		b = append(b, `" customHeight="1`...)
	}
	return append(b, `">`...)
}

// letters names the first n columns: A to Z, AA to AZ and so on.
func letters(n int) []string {
	list := make([]string, n)
	for i := range list {
		for k := i + 1; k > 0; k = (k - 1) / 26 {
			list[i] = string(rune('A'+(k-1)%26)) + list[i]
		}
	}
	return list
}

// firstSerial is the first day whose number all programs agree on: Excel holds
// 1900 for a leap year.
var firstSerial = time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)

// serial is a time as the number of days since 1899-12-30, UTC.
func serial(t time.Time) float64 {
	const epoch = -25569 * 24 * 60 * 60
	seconds := t.Unix() - epoch
	return float64(seconds/86400) + float64(seconds%86400)/86400
}

// appendText appends escaped text. The parts of Excel that read files take
// _x0041_ for an A, so that text which happens to look so has its underscore
// escaped in the same way.
func appendText(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '&':
			b = append(b, "&amp;"...)
		case c == '<':
			b = append(b, "&lt;"...)
		case c == '>':
			b = append(b, "&gt;"...)
		case c == '_' && escapeLike(s[i:]):
			b = append(b, "_x005F_"...)
		case c < 0x20 && c != '\n' || c == 0x7f:
			b = append(b, "\uFFFD"...) // Clean lets none through
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == 0xfffe || r == 0xffff {
				r = utf8.RuneError
			}
			b = utf8.AppendRune(b, r)
			i += size - 1
		}
	}
	return b
}

// escapeLike reports whether s begins like _x0041_, in any case of the digits.
func escapeLike(s string) bool {
	if len(s) < 7 || s[1] != 'x' || s[6] != '_' {
		return false
	}
	for _, c := range []byte(s[2:6]) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}
