package sametime

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// entry is one parameter as it is written somewhere.
type entry struct {
	file *conftree.File
	// key is what is written, section and name the parameter it means.
	key, section, name string
	value              string
	// keyStart to keyEnd and start to end are the key and the value in the text
	// of the file; start is -1 where the value cannot be replaced.
	keyStart, keyEnd, start, end int
	// rank orders sources: the higher beats the lower.
	rank int
	// misnamed is set for a name with the wrong underscores, which counts for
	// nothing.
	misnamed bool
	// number is what YAML makes of an unquoted number that is written otherwise.
	number string
	// open says why the value is not known, empty if it is.
	open string
	form form
}

func (e *entry) place() audit.Place { return e.file.Place(e.keyStart) }

// shown is the setting for messages, secrets blanked out.
func (e *entry) shown() string { return e.key + "=" + clip(confdoc.Redact(e.key, e.value)) }

func (e *entry) setting() audit.Setting {
	value := e.value
	if e.number != "" {
		value = e.number
	}
	return confdoc.NewSetting(e.key, value, e.place())
}

func clip(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}

// form is how parameters are written in a file.
type form uint8

const (
	formINI  form = iota // name=value in a section
	formEnv              // STI__Section__name=value
	formMap              // STI__Section__name: "value" of YAML
	formList             // - STI__Section__name=value of YAML
)

// params are the parameters one server is given, from all its sources.
type params struct {
	// home is the file new parameters go to, in the given form; nil if there is
	// none that can be edited.
	home *conftree.File
	form form
	// grow writes new parameters into a file of YAML that has no place for them.
	grow    func(lines []pair) ([]conftree.Edit, error)
	entries []entry
	// missing are sources that could not be read, by rank.
	missing []missing
	// index maps section and name to the entries that count for them.
	index map[string][]int
	// names maps a name in lower case to all that bear it, in whatever section.
	names map[string][]int
	// firstWins is not known of sametime.ini: what stands twice is undecided.
	twice bool
}

type missing struct {
	rank   int
	reason string
}

type pair struct{ section, name, value string }

// maxEntries bounds the parameters of one server; what is beyond is a source
// that is not read.
const maxEntries = 20_000

// add appends an entry.
func (p *params) add(e entry) {
	if len(p.entries) >= maxEntries {
		if len(p.missing) == 0 || p.missing[len(p.missing)-1].reason != tooMany {
			p.missing = append(p.missing, missing{math.MaxInt, tooMany})
		}
		return
	}
	if p.index == nil {
		p.index, p.names = map[string][]int{}, map[string][]int{}
	}
	if !e.misnamed && e.section != "" {
		key := e.section + "\x00" + e.name
		p.index[key] = append(p.index[key], len(p.entries))
	}
	lower := strings.ToLower(e.name)
	p.names[lower] = append(p.names[lower], len(p.entries))
	p.entries = append(p.entries, e)
}

const tooMany = "more parameters are set than are read"

// found is what is known about a parameter.
type found struct {
	// entry is what is in force, nil if nothing is written.
	entry *entry
	value string
	// doubt says why that may not be so, empty if it is.
	doubt string
}

func (f found) set() bool { return f.entry != nil }

// get looks a parameter up in the section it belongs to.
func (p *params) get(section, name string) found {
	exact := p.index[section+"\x00"+name]
	if len(exact) == 0 {
		return found{doubt: p.near(section, name)}
	}
	best := &p.entries[exact[0]]
	for _, i := range exact[1:] {
		e := &p.entries[i]
		if p.twice && e.value != best.value {
			return found{entry: best, value: best.value, doubt: fmt.Sprintf("%s stands here twice, with different values; which counts is not documented", name)}
		}
		if e.rank >= best.rank {
			best = e
		}
	}
	f := found{entry: best, value: best.value, doubt: best.open}
	for _, m := range p.missing {
		if m.rank > best.rank && f.doubt == "" {
			f.doubt = m.reason
		}
	}
	return f
}

// near says what makes it doubtful that a parameter is absent.
func (p *params) near(section, name string) string {
	for _, i := range p.names[strings.ToLower(name)] {
		if e := &p.entries[i]; !e.misnamed {
			return fmt.Sprintf("%s is not written as documented (%s in section %s): whether it counts is not known", clip(e.key), name, section)
		}
	}
	if len(p.missing) > 0 {
		return p.missing[0].reason
	}
	return ""
}

// global is the prefix of settings for all services.
const global = "ST"

// tls looks up a TLS parameter of a service: its own, or that for all.
func (p *params) tls(prefix, suffix string) found {
	if prefix != global {
		if own := p.get("Config", prefix+"_TLS_"+suffix); own.set() || own.doubt != "" && !p.onlyMissing(own) {
			return own
		} else if own.doubt != "" {
			all := p.get("Config", global+"_TLS_"+suffix)
			all.doubt = own.doubt
			return all
		}
	}
	return p.get("Config", global+"_TLS_"+suffix)
}

// onlyMissing reports whether a doubt is but that a source is not there.
func (p *params) onlyMissing(f found) bool {
	return slices.ContainsFunc(p.missing, func(m missing) bool { return m.reason == f.doubt })
}

// has reports whether any parameter begins with one of the prefixes.
func (p *params) has(prefixes ...string) bool {
	return slices.ContainsFunc(p.entries, func(e entry) bool {
		return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(strings.ToUpper(e.name), prefix) })
	})
}
