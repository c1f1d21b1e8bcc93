package report

import (
	"path"
	"strings"

	"tlsaudit/audit"
)

// relativePath is a file name as those who compare it with the names in a
// repository want it: slashes between its parts, relative, without drive letter
// and without "." and ".."; what cannot be seen is "_", as
// is the beginning of a command, see Clean. Spaces and all that is
// beyond ASCII stay: a URI escapes each part of it. It is empty if nothing is
// left of the name.
func relativePath(file string) string {
	file = strings.TrimPrefix(file, "file://")
	file = strings.Map(func(r rune) rune {
		switch {
		case r == '\\':
			return '/'
		case r == '\ufffd' || !visible(r): // a byte that is not UTF-8 is U+FFFD here
			return '_'
		}
		return r
	}, file)
	if len(file) > 2 && file[1] == ':' && file[2] == '/' {
		file = file[2:]
	}
	if len(file) > maxText { // no file system has it
		file = strings.ToValidUTF8(file[:maxText], "")
	}
	return strings.TrimPrefix(path.Clean("/"+command.ReplaceAllString(file, "_")), "/")
}

// location is where programs that mark lines of files show a finding. Line
// counts from 1, col too, where 0 is unknown. File is empty if no file names
// what the finding is about.
type location struct {
	file      string
	line, col int
}

// locator finds the line of a finding: where its subject was declared, else the
// line of the policy that states its rule, else the first line of the first
// inventory or policy that was read.
type locator struct {
	rules map[[2]string]*audit.Place
	first location
}

func newLocator(r *audit.Report) *locator {
	l := &locator{rules: map[[2]string]*audit.Place{}}
	for i := range r.Rules {
		l.rules[[2]string{r.Rules[i].Profile, r.Rules[i].Rule}] = r.Rules[i].Place
	}
	for _, s := range r.Sources {
		if file := relativePath(s.File); file != "" {
			l.first = location{file: file, line: 1}
			break
		}
	}
	return l
}

func (l *locator) of(f *audit.Finding) location {
	for _, p := range []*audit.Place{f.Place, l.rules[[2]string{f.Profile, f.Rule}]} {
		if !onFile(p) {
			continue
		}
		if file := relativePath(p.File); file != "" {
			return location{file, p.Line, max(p.Col, 0)}
		}
	}
	return l.first
}

// onFile reports whether a place is a line of a file a reader has: arguments
// have no line, standard input is gone, and built-in profiles are inside the
// program.
func onFile(p *audit.Place) bool {
	return p != nil && p.Line > 0 && p.File != "stdin" && !strings.HasPrefix(p.File, "builtin/")
}
