package conffile

import (
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// toy is a format small enough to see through: "include FILE", "listen PORT
// NAME OLDEST" and "refuse".
func toy() *confdoc.Format {
	f := &confdoc.Format{Name: "toy", Title: "toy", Product: "generic", Names: []string{"*.toy"}, Apply: "restart the toy", Rollback: "put it back"}
	f.Sniff = func(file *conftree.File) int { return strings.Count(file.Text, "listen") }
	f.Read = func(r *confdoc.Reader, main *conftree.File) *confdoc.Document {
		d := &confdoc.Document{Format: f}
		readToy(r, d, main)
		return d
	}
	f.Rules = []*confdoc.Rule{{
		ID: "TOY-01", Check: "config.protocol", Title: "nothing old", Of: confdoc.OfServer, Level: audit.Must, Severity: audit.High, Text: "write TLSv1.2",
		Judge: func(c *confdoc.Case) []confdoc.Result {
			for _, v := range c.Listener.Versions {
				if v.Answer == audit.Accepted && v.Version < c.Min {
					return []confdoc.Result{confdoc.Violated(*v.Place, v.Version.String()+" is allowed").Wants(audit.Want{MinVersion: c.Min})}
				}
			}
			return nil
		},
	}}
	f.Establish = func(_ *confdoc.Document, l *confdoc.Listener, want audit.Want) ([]conftree.Edit, error) {
		at := l.Scope.(toyLine)
		return []conftree.Edit{at.file.Replace(at.start, at.end, want.MinVersion.String())}, nil
	}
	return f
}

type toyLine struct {
	file       *conftree.File
	start, end int
}

func readToy(r *confdoc.Reader, d *confdoc.Document, f *conftree.File) {
	for _, known := range d.Files {
		if known.Path == f.Path {
			return
		}
	}
	d.Files = append(d.Files, f)
	for n := 1; n <= f.Lines(); n++ {
		line, at := f.Line(n)
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "include":
			included, err := r.Tree.Read(words[1])
			if err != nil {
				d.Open(f.Place(at), "cannot include "+words[1])
				continue
			}
			readToy(r, d, included)
		case len(words) == 4 && words[0] == "listen":
			d.Listeners = append(d.Listeners, toyListener(f, at, line, words))
		case len(words) == 1 && words[0] == "refuse":
			d.Fail(confdoc.NotLoaded, f.Place(at), "the toy does not start", "take it out")
		}
	}
}

func toyListener(f *conftree.File, at int, line string, words []string) *confdoc.Listener {
	oldest, err := audit.ParseVersion(words[3])
	if err != nil {
		panic(err)
	}
	start := at + strings.LastIndex(line, words[3])
	place := f.Place(start)
	l := &confdoc.Listener{Scope: toyLine{f, start, start + len(words[3])}}
	l.Listener, l.Role, l.TLS, l.Plain, l.Place = words[1]+" "+words[2], audit.RoleServer, audit.Accepted, audit.Refused, &place
	l.Binds, l.Names = []string{":" + words[1]}, []string{words[2]}
	for _, v := range audit.Versions {
		answer := audit.Refused
		if v >= oldest {
			answer = audit.Accepted
		}
		l.Versions = append(l.Versions, audit.VersionFact{Version: v, Answer: answer, Evidence: line, Place: &place})
	}
	return l
}

// toys reads files of the toy.
func toys(texts map[string]string, paths ...string) *Loaded {
	return Load([]Source{{Tree: conftree.FromTexts(texts), Paths: paths, Named: true, As: toy()}})
}
