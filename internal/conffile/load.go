package conffile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// Source is something to read documents from: a tree, and which of its files.
type Source struct {
	Tree *conftree.Tree
	// Paths are the files to read, inside the tree; they were named one by one
	// if Named is set, so that one that is not recognised is told.
	Paths []string
	Named bool
	// As is the format they have, nil to find out.
	As *confdoc.Format
	// Versions are the versions of products somebody vouches for.
	Versions map[string]string
	// Skipped are files that were left out when the paths were listed.
	Skipped []conftree.Skipped
}

// Document is a document with the reader it can be read again with.
type Document struct {
	*confdoc.Document
	reader *confdoc.Reader
}

// realName is the name of a file without links on the way to it, so that one
// that several names lead to is one.
func (d *Document) realName(f *conftree.File) string {
	path, err := d.reader.Tree.Real(f.Path)
	if err != nil || path == f.Path {
		return f.Name
	}
	return strings.TrimSuffix(f.Name, f.Path) + path
}

// Loaded is what became of sources.
type Loaded struct {
	// Documents are in the order of the sources; files that another one includes
	// are part of that one.
	Documents []*Document
	// Unknown names files that were named and not recognised, or not read.
	Unknown []Unread
	// Skipped counts files of folders that are of no format, Left those that
	// were left out unread.
	Skipped int
	Left    []conftree.Skipped
}

// Join adds what was loaded from another source of the same system.
func (l *Loaded) Join(other *Loaded) {
	l.Documents = append(l.Documents, other.Documents...)
	l.Unknown = append(l.Unknown, other.Unknown...)
	l.Left = append(l.Left, other.Left...)
	l.Skipped += other.Skipped
	l.dropParts()
}

// Unread is a file nothing is known about. Number is as that of a document.
type Unread struct {
	Name   string
	Err    error
	Number int
}

// Number tells apart what has the same name in a run: a file that two systems
// list, or names that differ in signs no subject has.
func Number(all []*Loaded) {
	seen := map[string]bool{}
	next := func(kind, name string) int {
		for n := 1; ; n++ {
			if one := kind + confdoc.NumberedName(name, n); !seen[one] {
				seen[one] = true
				return n
			}
		}
	}
	for _, l := range all {
		for _, d := range l.Documents {
			d.Number = next("", d.Main().Name)
			if t, ok := d.Syntax.(*table); ok {
				policy := tableName(d.Main().Name)
				t.Policy = confdoc.NumberedName(policy, next("table:", policy))
			}
		}
		for i := range l.Unknown {
			l.Unknown[i].Number = next("", l.Unknown[i].Name)
		}
	}
}

// Unreadable is the record of a file that was named and could not be read.
func Unreadable(u Unread) audit.Record {
	subject := audit.ConfigSubject + confdoc.NumberedName(u.Name, u.Number)
	place := &audit.Place{File: u.Name}
	message := u.Err.Error()
	var input *audit.InputError
	var remedy string
	if errors.As(u.Err, &input) {
		message, remedy = input.Cause, input.Hint
		if input.Place.File != "" {
			place = &input.Place
		}
	}
	rule := confdoc.LoadRules[1]
	if remedy != "" {
		message += "; " + remedy
	}
	return audit.Record{
		Evidence: audit.Evidence{Subject: subject, Declared: []audit.Declared{{
			File: u.Name, Product: "generic", Role: audit.RoleServer, Gaps: []string{message}, Place: place, Settings: []audit.Setting{},
			Posture: audit.Posture{Versions: []audit.VersionFact{}, Groups: []audit.GroupFact{}, Chains: []audit.Chain{}},
		}}},
		Findings: []audit.Finding{{
			Rule: rule.ID, Control: "configuration files", Profile: confdoc.Profile, Check: rule.Check, Subject: subject, Level: rule.Level,
			Severity: rule.Severity, Place: place, Message: "not judged: " + message, Fingerprint: audit.FindingFingerprint(confdoc.Profile, rule.ID, subject),
		}},
	}
}

// Load reads every file that is of a format.
func Load(sources []Source) *Loaded {
	l := &Loaded{}
	memo := new(confdoc.Memo)
	for _, s := range sources {
		l.read(s, memo)
	}
	l.dropParts()
	return l
}

func (l *Loaded) read(s Source, memo *confdoc.Memo) {
	reader := &confdoc.Reader{Tree: s.Tree, Versions: s.Versions, Memo: memo}
	l.skip(s)
	parts := map[string]bool{} // of documents that are read already: they need no reading of their own
	for _, path := range outermost(s.Paths) {
		if parts[path] {
			continue
		}
		f, err := s.Tree.Read(path)
		if err != nil {
			l.Unknown = append(l.Unknown, Unread{Name: path, Err: err})
			continue
		}
		format := cmp.Or(s.As, find(f, s.Named))
		switch {
		case format == nil && s.Named:
			l.Unknown = append(l.Unknown, Unread{Name: f.Name, Err: &audit.InputError{
				Place: audit.Place{File: f.Name},
				Cause: "not recognised as a configuration file",
				Hint:  "say what it is with --as: one of " + strings.Join(Names(), ", "),
			}})
		case format == nil:
			l.Skipped++
		default:
			d := read(reader, format, f)
			if !s.Named && silent(d) {
				l.Skipped++
				continue
			}
			for _, part := range d.Files[1:] {
				parts[part.Path] = true
			}
			l.Documents = append(l.Documents, &Document{d, reader})
		}
	}
}

// skip tells what a folder or archive holds that cannot be looked at. Of links
// to elsewhere, pipes and devices, of which a machine has many, those that have
// a name of a configuration count, and are told together.
func (l *Loaded) skip(s Source) {
	singles := 0
	var first conftree.Skipped
	for _, skipped := range s.Skipped {
		switch {
		case skipped.Ignored, skipped.Single && !s.Named && !likely(skipped.Name):
			l.Left = append(l.Left, skipped)
		case skipped.Single && singles > 0:
			singles++
		case skipped.Single:
			singles, first = 1, skipped
		default:
			l.Unknown = append(l.Unknown, Unread{Name: skipped.Name, Err: errors.New(skipped.Reason)})
		}
	}
	if singles > 1 {
		first.Reason += fmt.Sprintf("; so it is with %d more, whose names are those of configuration files", singles-1)
	}
	if singles > 0 {
		l.Unknown = append(l.Unknown, Unread{Name: first.Name, Err: errors.New(first.Reason)})
	}
}

// likely reports whether a name is one that is looked for.
func likely(name string) bool {
	return slices.ContainsFunc(Formats, func(f *confdoc.Format) bool { return nameCounts(f, name) > 0 })
}

// silent reports whether a file of a folder has nothing to do with TLS: it says
// something, and nothing about any server or client.
func silent(d *confdoc.Document) bool {
	return len(d.Listeners)+len(d.Settings)+len(d.Faults)+len(d.Gaps) == 0 && !d.Elsewhere && strings.TrimSpace(d.Main().Text) != ""
}

// outermost orders paths by their depth: files that include others mostly lie
// above them.
func outermost(paths []string) []string {
	return slices.SortedStableFunc(slices.Values(paths), func(a, b string) int {
		return cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/"))
	})
}

// read calls the reader of a format; a defect in it leaves a document nothing
// is known about.
func read(r *confdoc.Reader, format *confdoc.Format, main *conftree.File) (d *confdoc.Document) {
	defer func() {
		if p := recover(); p != nil {
			d = &confdoc.Document{Format: format, Files: []*conftree.File{main}}
			d.Fail(confdoc.Unclear, main.Place(0), fmt.Sprintf("internal error of the reader of %s: %v", format.Name, p), "please report it")
		}
		d.Format = format
		if len(d.Files) == 0 {
			d.Files = []*conftree.File{main}
		}
		confdoc.Settle(d)
	}()
	return format.Read(r, main)
}

// dropParts leaves out documents that are part of another one: files it
// includes. Of two that include each other the first stays.
func (l *Loaded) dropParts() {
	includes := map[string][]int{} // by name of a file: the documents it is part of
	for i, d := range l.Documents {
		for _, f := range d.Files[1:] {
			includes[d.realName(f)] = append(includes[d.realName(f)], i)
		}
	}
	mutual := func(i, k int) bool {
		return slices.Contains(includes[l.Documents[k].realName(l.Documents[k].Main())], i)
	}
	var kept []*Document
	seen := map[string]bool{}
	for i, d := range l.Documents {
		name := d.realName(d.Main())
		part := slices.ContainsFunc(includes[name], func(k int) bool {
			return k != i && l.Documents[k].realName(l.Documents[k].Main()) != name && (!mutual(i, k) || k < i)
		})
		if !part && !seen[name] {
			seen[name] = true
			kept = append(kept, d)
		}
	}
	l.Documents = kept
}
