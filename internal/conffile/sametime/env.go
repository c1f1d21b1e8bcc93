package sametime

import (
	"strings"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// readEnv adds the variables of an environment file, as docker compose reads
// one: "export " before a name and spaces around "=" are skipped, quotes come
// off, " #" begins a comment, and "${NAME}" outside of single quotes stands for
// something of the machine it runs on. The last of two lines counts.
func readEnv(d *confdoc.Document, f *conftree.File, rank int, p *params) {
	if damaged(d, f) {
		return
	}
	var last *entry
	lastAt := -1
	for at := 0; at < len(f.Text); {
		end := at + lineEnd(f.Text[at:])
		next := min(end+1, len(f.Text))
		line := strings.TrimRight(f.Text[at:end], "\r")
		start := at + len(line) - len(strings.TrimLeft(line, " \t"))
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			at = next
			continue
		}
		if strange(d, f, start, start+len(line)) {
			return
		}
		lastAt = at
		e := entry{file: f, rank: rank, form: formEnv, keyStart: start}
		if after, ok := strings.CutPrefix(line, "export "); ok {
			e.keyStart += len(line) - len(strings.TrimLeft(after, " \t"))
			line = strings.TrimLeft(after, " \t")
		}
		sep := strings.IndexAny(line, "=:")
		if sep < 0 {
			e.key, e.start = word(line), -1
			e.keyEnd = e.keyStart + len(e.key)
			e.open = clip(e.key) + " has no value here: it comes from the machine the container is started on"
		} else {
			line = strings.TrimRight(line[:sep], " \t")
			e.key = word(line)
			next = e.readValue(f.Text, e.keyStart+sep+1, end)
			if next < 0 {
				d.Fail(confdoc.Unclear, f.Place(start), "a quoted value begins on this line and does not end", "close the quotes")
				return
			}
			e.keyEnd = e.keyStart + len(e.key)
		}
		if len(line) > len(e.key) {
			d.Fail(confdoc.Unclear, f.Place(start), "a name with a space in it: docker compose refuses the file, and others read something else", "write NAME=value")
			return
		}
		section, name, misnamed, ours := sti(e.key)
		e.section, e.name, e.misnamed = section, name, misnamed
		if !ours {
			e.section, e.name = "", e.key
		}
		p.add(e)
		last = &e
		at = next
	}
	if last != nil && lastAt+lineEnd(f.Text[lastAt:]) == len(f.Text) {
		if last.start < 0 {
			last = nil
		}
		cut(d, f, last, lastAt)
	}
}

// lineEnd is the length of the first line of text, without its LF.
func lineEnd(text string) int {
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		return i
	}
	return len(text)
}

// readValue reads the value behind a separator at "from" and returns where the
// next line begins, -1 if a quote is not closed.
func (e *entry) readValue(text string, from, end int) (next int) {
	for from < end && (text[from] == ' ' || text[from] == '\t') {
		from++
	}
	if from < end && (text[from] == '"' || text[from] == '\'') {
		return e.readQuoted(text, from)
	}
	value, _, _ := strings.Cut(text[from:end], " #")
	value = strings.TrimRight(value, " \t\r")
	e.value, e.start, e.end = value, from, from+len(value)
	e.substituted(value)
	return min(end+1, len(text))
}

func (e *entry) readQuoted(text string, from int) (next int) {
	quote := text[from]
	for i := from + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] == quote:
			e.value, e.start, e.end = text[from+1:i], from, i+1
			if quote == '"' {
				e.substituted(e.value)
				if strings.IndexByte(e.value, '\\') >= 0 && e.open == "" {
					e.open = clip(e.key) + " holds an escape, which is not read here"
				}
			}
			return min(i+1+lineEnd(text[i+1:])+1, len(text))
		}
	}
	return -1
}

// substituted notes that a value depends on the machine. Passwords are not
// compared with anything, so that theirs need no note.
func (e *entry) substituted(value string) {
	if i := strings.IndexByte(value, '$'); i >= 0 && i+1 < len(value) && !strings.Contains(strings.ToUpper(e.key), "PASSWORD") {
		e.open = clip(e.key) + " is made of a variable: its value depends on the machine the container is started on"
	}
}
