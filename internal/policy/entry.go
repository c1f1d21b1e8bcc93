package policy

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
	"tlsaudit/internal/tlsreg"
)

// entry is one suite, group or signature scheme of a list, with the time it
// stands on it.
type entry struct {
	name, control string
	from, until   date
	level         level
	// at is where the entry stands, levelAt its level; zero if it has none.
	at, levelAt strictyaml.Node
}

type entryDoc struct {
	Place   audit.Place `yaml:",place"`
	ID      string      `yaml:"id,required"`
	Name    string      `yaml:"name,required"`
	Control string      `yaml:"control"`
	From    date        `yaml:"from"`
	Until   date        `yaml:"until"`
	Level   level       `yaml:"level"`
	Note    string      `yaml:"note"`
}

// read reads {id, name}, or the name alone in any vendor's spelling.
func (e *entry) read(n strictyaml.Node, kind string, lookup func(string) (string, bool)) error {
	if n.IsText() {
		text, _ := n.Text()
		found, ok := lookup(text)
		if !ok {
			return n.Fault("write the IANA or OpenSSL name, or the number", "%q is not a %s", text, kind)
		}
		e.name, e.at = found, n
		return nil
	}
	var doc entryDoc
	if err := n.Decode(&doc); err != nil {
		return err
	}
	if _, err := tlsreg.ParseCode(doc.ID); err != nil {
		return n.Get("id").Fault("write the two bytes as in 0xC0,0x2F", "%v", err)
	}
	found, ok := lookup(doc.ID)
	if !ok {
		return n.Get("id").Fault("see the IANA registry", "%s is not a %s", doc.ID, kind)
	}
	if found != doc.Name {
		return n.Get("name").Fault("number and name must agree", "%s is %s, not %q", doc.ID, found, doc.Name)
	}
	*e = entry{name: found, control: doc.Control, from: doc.From, until: doc.Until, level: doc.Level, at: n, levelAt: n.Get("level")}
	return checkDates(doc.Place, doc.From, doc.Until)
}

func (e entry) self() entry { return e }

// entries turns list entries into parameters: the name, or, where the entry
// stands on the list for a time only, a mapping that says so.
func entries[T interface{ self() entry }](docs []T) []any {
	list := make([]any, len(docs))
	for i, doc := range docs {
		e := doc.self()
		if e.from.first.IsZero() && e.until.after.IsZero() {
			list[i] = e.name
			continue
		}
		m := map[string]any{"name": e.name}
		if !e.from.first.IsZero() {
			m["from"] = e.from.first.Format(time.DateOnly)
		}
		if !e.until.after.IsZero() {
			m["until"] = e.until.last()
		}
		list[i] = m
	}
	return list
}

// names returns the names alone.
func names[T interface{ self() entry }](docs []T) []string {
	list := make([]string, len(docs))
	for i, doc := range docs {
		list[i] = doc.self().name
	}
	return list
}

// words turns names into parameters.
func words(list []string) []any {
	out := make([]any, len(list))
	for i, w := range list {
		out[i] = w
	}
	return out
}

// shown is how many names a title spells out.
const shown = 4

// joinNames writes the first names of a list, and how many more there are.
func joinNames(list []string) string { return joinBounded(list, shown) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// at12 and at13 are the parameter "versions" of rules on one version.
var (
	at12 = words([]string{audit.TLSv12.String()})
	at13 = words([]string{audit.TLSv13.String()})
	both = slices.Concat(at12, at13)
)

func joinBounded(list []string, most int) string {
	if len(list) <= most+1 {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:most], ", ") + " and " + strconv.Itoa(len(list)-most) + " more"
}
