package inventory

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"tlsaudit/audit"
)

// maxLine bounds one line of a list or table, in bytes.
const maxLine = 64 << 10

// line is one line of a file, without its end.
type line struct {
	number int
	text   string
}

// lines yields the lines of r, which may begin with a byte order mark and may
// end its lines in CRLF. A line that is not text is an error.
func lines(file string, r io.Reader) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		scanner := bufio.NewScanner(r)
		scanner.Buffer(nil, maxLine)
		n := 0
		for scanner.Scan() {
			n++
			text := scanner.Text()
			if n == 1 {
				text = strings.TrimPrefix(text, "\uFEFF")
			}
			if col, err := checkLine(text); err != nil {
				yield(line{}, at(audit.Place{File: file, Line: n, Col: col}, err))
				return
			}
			if !yield(line{n, text}, nil) {
				return
			}
		}
		if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
			yield(line{}, &audit.InputError{Place: audit.Place{File: file, Line: n + 1, Col: 1}, Cause: fmt.Sprintf("the line is longer than %d bytes", maxLine), Hint: "is this a text file?"})
		} else if err != nil {
			yield(line{}, openError(file, err))
		}
	}
}

func checkLine(text string) (col int, err error) {
	col = 1
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 {
			return col, &fault{fmt.Sprintf("byte 0x%02X is not UTF-8 text", text[0]), "save the file as UTF-8 (Excel: CSV UTF-8)"}
		}
		if unicode.IsControl(r) && r != '\t' {
			return col, &fault{fmt.Sprintf("control character %U", r), "remove it"}
		}
		text = text[size:]
		col++
	}
	return 0, nil
}
