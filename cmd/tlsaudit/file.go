package main

import (
	"errors"
	"io"
	"os"
	"regexp"
	"strings"

	"tlsaudit/report"
)

// writeWhole replaces a file at once or not at all, as reports are written. What
// people edit and share is not as private as a report: a new file can be read
// by all, and one that is replaced keeps its permissions.
func writeWhole(path string, text []byte) error {
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
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
	return os.Chmod(path, mode)
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
