package main

import (
	"errors"
	"io"
	"os"
	"regexp"
	"strings"

	"tlsaudit/report"
)

// writeWhole replaces a file at once or not at all, as reports are written.
func writeWhole(path string, text []byte) error {
	err := report.WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	if cause := errors.Unwrap(err); cause != nil {
		return cause // without "writing report"
	}
	if err != nil {
		return err
	}
	// What people edit and share is not as private as a report.
	return os.Chmod(path, 0o644)
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+,-]+$`)

// shellWord writes a word as a POSIX shell reads it back.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// shellLine joins the words of a command.
func shellLine(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = shellWord(w)
	}
	return strings.Join(quoted, " ")
}
