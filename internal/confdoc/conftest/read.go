package conftest

import (
	"slices"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// Demands are those of the reference policy.
var Demands = confdoc.Demands{Min: audit.TLSv12, Now: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}

// Read reads one file of a tree, as the caller of formats does.
func Read(t testing.TB, format *confdoc.Format, r *confdoc.Reader, name string) *confdoc.Document {
	t.Helper()
	f, err := r.Tree.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	d := format.Read(r, f)
	d.Format = format
	confdoc.Settle(d)
	return d
}

// ReadText reads a text as a file of that name.
func ReadText(t testing.TB, format *confdoc.Format, name, text string, versions map[string]string) *confdoc.Document {
	t.Helper()
	return ReadTexts(t, format, map[string]string{name: text}, name, versions)
}

// ReadTexts reads one file, main, of a tree of texts.
func ReadTexts(t testing.TB, format *confdoc.Format, texts map[string]string, main string, versions map[string]string) *confdoc.Document {
	t.Helper()
	return Read(t, format, &confdoc.Reader{Tree: conftree.FromTexts(texts), Versions: versions}, main)
}

// Verdicts are the verdicts of all rules by id; the worst of several subjects.
func Verdicts(d *confdoc.Document) map[string]audit.Verdict {
	rank := []audit.Verdict{audit.NotApplicable, audit.Pass, audit.Unknown, audit.Warn, audit.Fail}
	all := map[string]audit.Verdict{}
	for _, j := range confdoc.Judge(d, Demands) {
		for i := range j.Findings {
			f := &j.Findings[i]
			if old, ok := all[f.Rule]; !ok || slices.Index(rank, f.Verdict) > slices.Index(rank, old) {
				all[f.Rule] = f.Verdict
			}
		}
	}
	return all
}

// Bad lists the rules that fail or warn.
func Bad(d *confdoc.Document) (list []string) {
	for id, v := range Verdicts(d) {
		if v == audit.Fail || v == audit.Warn {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// Enabled lists the versions some listener allows.
func Enabled(d *confdoc.Document) (list []string) {
	for _, v := range audit.Versions {
		for _, l := range d.Listeners {
			if a := l.Version(v).Answer; a == audit.Accepted || a == audit.Latent {
				list = append(list, v.String())
				break
			}
		}
	}
	return list
}

// WeakestServer lists the versions of the server whose lowest is the lowest.
func WeakestServer(d *confdoc.Document) (weakest []string) {
	var lowest audit.Version
	for _, l := range d.Listeners {
		spoken := l.Spoken()
		if !l.Server() || l.TLS == audit.Refused || len(spoken) == 0 {
			continue
		}
		if weakest != nil && spoken[0].Version >= lowest {
			continue
		}
		lowest, weakest = spoken[0].Version, nil
		for _, fact := range spoken {
			weakest = append(weakest, fact.Version.String())
		}
	}
	return weakest
}
