package haproxy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// given is a word of a line about TLS, with its value if it takes one.
type given struct {
	line  *line
	word  *word // nil where the line itself is the word
	value *word
	// version is the index of a version in ssl-min-ver, ssl-max-ver and force-.
	version int
}

func (g *given) place() audit.Place {
	switch {
	case g.word != nil:
		return g.line.file.Place(g.word.start)
	}
	return g.line.place()
}

// settings are the words about TLS of a line, of the brackets of a crt-list, or
// of the global defaults.
type settings struct {
	min, max *given
	// off are the words no-sslv3 to no-tlsv13, by version.
	off   [5]*given
	words map[string]*given
	// all are the words in the order read.
	all []*given
	// unknown are variables whose value is not known.
	unknown []string
}

func (s settings) clone() settings {
	s.words = maps.Clone(s.words)
	s.all = slices.Clip(s.all)
	s.unknown = slices.Clip(s.unknown)
	return s
}

func (s *settings) set(key string, g *given) {
	if s.words == nil {
		s.words = map[string]*given{}
	}
	s.words[key] = g
	if len(s.all) < maxWords {
		s.all = append(s.all, g)
	}
}

// value returns a word's value, nil if it was not given.
func (s *settings) value(key string) *given { return s.words[key] }

func (s *settings) has(key string) bool { return s.words[key] != nil }

// versionNames are the versions HAProxy knows, by its names.
var versionNames = []string{"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}

// versionsOf are the versions by the same index.
var versionsOf = []audit.Version{audit.SSLv3, audit.TLSv10, audit.TLSv11, audit.TLSv12, audit.TLSv13}

// take reads the word at i of a line's arguments with the number of values it
// takes, and returns how many there were.
func (p *parser) take(s *settings, l *line, i, count int) (values int) {
	args := l.args()
	w := &args[i]
	g := &given{line: l, word: w, version: -1}
	if count > 0 {
		if i+1 >= len(args) {
			p.refuse(l.file, w.start, fmt.Sprintf("%q: missing its value", w.text), "")
			return 0
		}
		g.value = &args[i+1]
		if open := g.value.open; open != "" {
			s.unknown = append(s.unknown, open)
		}
	}
	count = min(count, len(args)-i-1)
	key := w.text
	if n, ok := versionFlags[key]; ok {
		g.version = n
		if strings.HasPrefix(key, "no-") {
			s.off[n] = g
			p.closed = p.closed || n >= 3
		} else {
			s.min, s.max = g, g
		}
		s.set(key, g)
		return count
	}
	if key == "ssl-min-ver" || key == "ssl-max-ver" {
		g.version = slices.Index(versionNames, g.value.text)
		switch {
		case g.value.open != "":
		case g.version < 0:
			p.unknownVersion(l, g.value)
		case key == "ssl-min-ver":
			s.min = g
		default:
			s.max = g
		}
	}
	s.set(key, g)
	return count
}

// unknownVersion refuses a version HAProxy does not know. One in the wrong case
// is written anew.
func (p *parser) unknownVersion(l *line, w *word) {
	var edits []conftree.Edit
	hint := "the versions are " + strings.Join(versionNames, ", ")
	for _, name := range versionNames {
		if strings.EqualFold(w.text, name) {
			hint = "write " + name + ": versions are case-sensitive"
			edits = []conftree.Edit{l.file.Replace(w.start, w.end, name)}
		}
	}
	p.refuseWith(l.file, w.start, fmt.Sprintf("%q: unknown ssl/tls version", confdoc.RedactText(w.text)), hint, edits)
}

// over returns what comes of settings that beat others: those of a line over
// the global defaults.
func (s settings) over(defaults settings) settings {
	out := s.clone()
	if out.words == nil {
		out.words = map[string]*given{}
	}
	if out.min == nil {
		out.min = defaults.min
	}
	if out.max == nil {
		out.max = defaults.max
	}
	for i := range out.off {
		if out.off[i] == nil {
			out.off[i] = defaults.off[i]
		}
	}
	for key, g := range defaults.words {
		if out.words[key] == nil {
			out.words[key] = g
		}
	}
	out.all = append(slices.Clone(defaults.all), out.all...)
	out.all = out.all[:min(len(out.all), 2*maxWords)]
	out.unknown = append(slices.Clone(defaults.unknown), out.unknown...)
	out.unknown = out.unknown[:min(len(out.unknown), maxWords)]
	return out
}
