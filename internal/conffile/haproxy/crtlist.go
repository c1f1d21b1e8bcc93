package haproxy

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// entry is a line of a crt-list.
type entry struct {
	line *line
	// settings are the words in brackets; bracketed is set if there are any.
	settings  settings
	bracketed bool
	names     []string
}

// maxEntries bounds the lines of one list.
const maxEntries = 50_000

// list reads a crt-list; gap says why it is not known.
func (p *parser) list(w *word) (entries []*entry, gap string) {
	if w.open != "" {
		return nil, fmt.Sprintf("crt-list depends on the variable %s", w.open)
	}
	f, why := p.listFile(w)
	if f == nil {
		return nil, why
	}
	if entries, read := p.lists[f.Path]; read {
		return entries, why
	}
	if len(p.doc.Files) >= confdoc.MaxFiles {
		return nil, "there are more crt-lists than are read"
	}
	if !slices.Contains(p.doc.Files, f) {
		p.doc.Files = append(p.doc.Files, f)
	}
	p.lists[f.Path] = p.entries(f)
	return p.lists[f.Path], why
}

// listFile finds the file of a crt-list. One that is found beside the
// configuration under its base name only is read, and its gap told.
func (p *parser) listFile(w *word) (f *conftree.File, why string) {
	folder := path.Dir(p.main.Path)
	shown := confdoc.RedactText(w.text)
	where, err := p.r.Tree.Resolve(folder, w.text)
	if err == nil {
		if f, err = p.r.Tree.Read(where); err == nil {
			return f, ""
		}
	}
	beside := path.Join(folder, path.Base(w.text))
	if beside != where && p.r.Tree.Exists(beside) == "file" {
		if f, again := p.r.Tree.Read(beside); again == nil {
			return f, fmt.Sprintf("crt-list %q is not among the files; the one of that name beside the configuration is read instead", shown)
		}
	}
	if errors.Is(err, fs.ErrNotExist) && !path.IsAbs(w.text) {
		return nil, fmt.Sprintf("crt-list %q is not among the files", shown)
	}
	return nil, fmt.Sprintf("crt-list %q cannot be read: %s", shown, reason(err, w.text))
}

// reason says in one line why the tree does not give a file; target is what the
// message names before it.
func reason(err error, target string) string {
	why := err.Error()
	var input *audit.InputError
	if errors.As(err, &input) {
		why = input.Cause
	}
	why, _, _ = strings.Cut(why, "\n")
	return confdoc.RedactText(strings.TrimPrefix(why, strconv.Quote(target)+" "))
}

// entries reads the lines of a list.
func (p *parser) entries(f *conftree.File) (list []*entry) {
	if f.Encoding.UTF16() || f.Encoding.BOM {
		p.refuse(f, 0, "the crt-list is UTF-16 or begins with a byte order mark, which HAProxy takes for a part of the first name", "save it as UTF-8 without a byte order mark")
		return nil
	}
	if at := strings.IndexByte(f.Text, 0); at >= 0 {
		p.refuse(f, at, "a NUL byte in the crt-list", "take the NUL bytes out")
		return nil
	}
	if f.Text != "" && !strings.HasSuffix(f.Text, "\n") {
		p.refuseWith(f, strings.LastIndexByte(f.Text, '\n')+1, "no line feed at the end of the crt-list, it might have been cut off", "see whether something is missing, then end the last line", endLine(f))
		return nil
	}
	for start := 0; start < len(f.Text); {
		end := start + strings.IndexByte(f.Text[start:], '\n')
		e := p.entry(f, start, end)
		start = end + 1
		if e == nil {
			continue
		}
		if list = append(list, e); len(list) == maxEntries {
			p.open(e.line.place(), fmt.Sprintf("more than %d lines in the crt-list: the others are not read", maxEntries))
			return list
		}
	}
	return list
}

// entry reads one line: a certificate, words in brackets, names. There are no
// quotes in a crt-list.
func (p *parser) entry(f *conftree.File, start, end int) *entry {
	e := &entry{}
	l := &line{file: f, start: start, end: end, listed: true}
	text := f.Text[start:end]
	inside, closed := false, false
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == '\r':
			i++
			continue
		case c == '#':
			i = len(text)
			continue
		case c == '[' && !inside && !closed && len(l.words) > 0:
			inside, e.bracketed = true, true
			i++
			continue
		case c == ']' && inside:
			inside, closed = false, true
			i++
			continue
		}
		n := strings.IndexAny(text[i:], " \t\r[]")
		if !inside && closed { // names may hold anything but blanks
			n = strings.IndexAny(text[i:], " \t\r")
		}
		if n < 0 {
			n = len(text) - i
		}
		if n == 0 {
			n = 1
		}
		w := word{text: text[i : i+n], start: start + i, end: start + i + n}
		switch {
		case len(l.words) == 0 || inside:
			l.words = append(l.words, w)
		default:
			e.names = append(e.names, w.text)
		}
		i += n
	}
	if len(l.words) == 0 {
		return nil
	}
	if inside {
		p.refuse(f, start, "a bracket of the crt-list is not closed", "")
		return nil
	}
	e.line = l
	for i := 0; i < len(l.args()); i++ {
		w := l.args()[i]
		count, known := listWords[w.text]
		if !known {
			p.refuse(f, w.start, fmt.Sprintf("unknown ssl keyword %q in the crt-list", confdoc.RedactText(w.text)), "")
			continue
		}
		i += p.take(&e.settings, l, i, count)
	}
	return e
}

// weighs reports whether the words of an entry change versions or suites. Its
// groups do nothing: those of the bind count.
func (e *entry) weighs() bool {
	for _, key := range []string{"ssl-min-ver", "ssl-max-ver", "ciphers", "ciphersuites"} {
		if e.settings.has(key) {
			return true
		}
	}
	return false
}
