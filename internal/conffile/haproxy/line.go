package haproxy

import (
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// word is one argument of a line. Start and end are the offsets of what stands
// in the file, quotes included.
type word struct {
	text       string
	start, end int
	// open names a variable in it whose value is not known.
	open string
}

// line is one line with words.
type line struct {
	file  *conftree.File
	words []word
	// start and end are the offsets of the line without its end.
	start, end int
	// listed is set for a line of a crt-list.
	listed bool
}

func (l *line) name() string { return l.words[0].text }

func (l *line) args() []word { return l.words[1:] }

func (l *line) place() audit.Place { return l.file.Place(l.words[0].start) }

// value returns the arguments as one line.
func (l *line) value() string {
	var texts []string
	for _, w := range l.args() {
		texts = append(texts, w.text)
	}
	return strings.Join(texts, " ")
}

// maxValue bounds what variables expand to.
const maxValue = 64 << 10

// maxExpanded bounds what all variables of a file expand to.
const maxExpanded = 4 << 20

// environment is what is known of the variables of the process: those the file
// sets.
type environment struct {
	values map[string]string
	// expanded counts bytes.
	expanded int
}

// split takes a line apart. rest is where a CR in the middle of it ends what
// HAProxy reads, -1 if there is none; quote is where a quote opens that nothing
// closes, otherwise -1.
func split(f *conftree.File, start, end int, env *environment) (words []word, rest, quote int) {
	var (
		b              strings.Builder
		inWord         bool
		single, double = -1, -1
		w              word
	)
	text := f.Text
	rest = -1
	flush := func(at int) {
		if inWord {
			w.text, w.end = b.String(), at
			words = append(words, w)
			b.Reset()
			w, inWord = word{}, false
		}
	}
	begin := func(at int) {
		if !inWord {
			inWord, w.start = true, at
		}
	}
	i := start
loop:
	for i < end {
		c := text[i]
		quoted := single >= 0 || double >= 0
		switch {
		case c == '\r' && !quoted:
			if i+1 < end {
				rest = i
			}
			break loop
		case (c == ' ' || c == '\t' || c == '\v' || c == '\f') && !quoted:
			flush(i)
		case c == '#' && !quoted:
			break loop
		case c == '"' && single < 0:
			begin(i)
			if double >= 0 {
				double = -1
			} else {
				double = i
			}
		case c == '\'' && double < 0:
			begin(i)
			if single >= 0 {
				single = -1
			} else {
				single = i
			}
		case c == '\\' && single < 0 && i+1 < end:
			begin(i)
			n, out := escaped(text[i:end], double >= 0)
			b.WriteString(out)
			i += n
			continue
		case c == '$' && double >= 0:
			begin(i)
			n, value, unknown := variable(text[i:end], env)
			if unknown != "" {
				w.open = unknown
			}
			if b.Len()+len(value) <= maxValue {
				b.WriteString(value)
			}
			i += n
			continue
		default:
			begin(i)
			b.WriteByte(c)
		}
		i++
	}
	flush(i)
	return words, rest, max(single, double)
}

// escaped reads what stands behind a backslash: how many bytes, and what they
// mean.
func escaped(s string, double bool) (n int, out string) {
	switch c := s[1]; c {
	case ' ', '\\', '#', '"', '\'':
		return 2, string(c)
	case '$':
		if double {
			return 2, "$"
		}
	case 'n':
		return 2, "\n"
	case 'r':
		return 2, "\r"
	case 't':
		return 2, "\t"
	case 'x':
		if len(s) >= 4 && hex(s[2]) >= 0 && hex(s[3]) >= 0 {
			return 4, string([]byte{byte(hex(s[2])<<4 | hex(s[3]))})
		}
	}
	return 1, `\`
}

func hex(c byte) int {
	if c >= 'A' && c <= 'F' {
		c += 'a' - 'A'
	}
	return strings.IndexByte("0123456789abcdef", c)
}

// variable reads "$NAME", "${NAME}" or "${NAME-default}" in double quotes. The
// value of one that is not known is empty.
func variable(s string, env *environment) (n int, value, unknown string) {
	brace := strings.HasPrefix(s, "${")
	i := 1
	if brace {
		i = 2
	}
	from := i
	for i < len(s) && (s[i] == '_' || s[i] == '.' || s[i] >= '0' && s[i] <= '9' || s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z') {
		i++
	}
	name := s[from:i]
	if name == "" {
		return 1, "$", ""
	}
	if brace {
		end := strings.IndexByte(s[i:], '}')
		if end < 0 {
			return len(s), "", name
		}
		i += end + 1
	}
	value, known := env.values[name]
	if env.expanded += len(value); !known || env.expanded > maxExpanded {
		return i, "", name
	}
	return i, value, ""
}
