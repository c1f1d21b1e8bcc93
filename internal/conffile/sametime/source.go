package sametime

import (
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// source is what the rules about a whole document look at.
type source struct {
	params []*params
	// texts are all texts of YAML with the path to them.
	texts []text
	helm  *helm
	// addresses are where clients get settings and tokens from.
	addresses []address
}

// text is a value with what it is called.
type text struct {
	file *conftree.File
	// name is the path in YAML or the name of the parameter, value what is
	// written; the offsets are -1 where it cannot be replaced.
	name, value  string
	at           int
	start, end   int
	quoted, open bool
	// shared is set for a file that is passed around, such as YAML in version
	// control or a package for clients.
	shared bool
}

func (t *text) place() audit.Place { return t.file.Place(t.at) }

// maxResults bounds how much one rule says about one file.
const maxResults = 200

// all lists every value of the files: parameters, and texts of YAML.
func (s *source) all() (list []text) {
	for _, p := range s.params {
		for i := range p.entries {
			e := &p.entries[i]
			if e.form == formMap || e.form == formList {
				continue // among the texts
			}
			t := text{file: e.file, name: e.key, value: e.value, at: e.keyStart, start: e.start, end: e.end, open: e.open != ""}
			t.quoted = e.start >= 0 && e.end-e.start != len(e.value)
			list = append(list, t)
		}
	}
	return append(list, s.texts...)
}

// readTexts lists the texts of YAML; "NAME=value" of a list counts as a
// variable.
func readTexts(y document) (list []text) {
	words(y.root, "", func(path string, key, n yamlNode) {
		value, _, ok := scalar(n)
		if !ok {
			return
		}
		t := text{file: y.file, name: path, value: value, at: y.offset(n), start: -1, shared: true, open: strings.Contains(value, "${")}
		if start, end, ok := y.span(n); ok {
			t.start, t.end = start, end
			t.quoted = end-start != len(value)
		}
		if name, rest, found := strings.Cut(value, "="); found && isVariable(name) {
			t.name, t.value = name, rest
			if t.start >= 0 {
				t.start += len(name) + 1
				if t.quoted {
					t.start, t.end, t.quoted = t.start+1, t.end-1, false
				}
			}
		}
		list = append(list, t)
	})
	return list
}

func isVariable(name string) bool {
	return name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// sourceOf is the reader's view of a document.
func sourceOf(c *confdoc.Case) *source {
	s, _ := c.Doc.Syntax.(*source)
	if s == nil {
		s = &source{}
	}
	return s
}

// moot says that there is nothing to bite on, unless some of the files are
// missing: then nobody knows.
func moot(c *confdoc.Case, message string) []confdoc.Result {
	if len(c.Doc.Gaps) > 0 {
		return nil // the gap is told
	}
	return confdoc.Moot(message)
}
