package sametime

import (
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// inside reports a place that is in no file of the document.
func inside(t *testing.T, d *confdoc.Document, what string, p *audit.Place) {
	t.Helper()
	if p == nil {
		return
	}
	for _, f := range d.Files {
		if f.Name == p.File && p.Line >= 1 && p.Line <= f.Lines() {
			return
		}
	}
	t.Errorf("%s is at %s, which is in no file", what, p)
}

// checkPlaces looks at every place a document and its findings name, and makes
// every change.
func checkPlaces(t *testing.T, d *confdoc.Document) {
	t.Helper()
	for i := range d.Faults {
		inside(t, d, "a fault", &d.Faults[i].Place)
		if _, err := conftree.Apply(d.Faults[i].Edits); err != nil {
			t.Errorf("edits of a fault: %v", err)
		}
	}
	for i := range d.Gaps {
		inside(t, d, "a gap", &d.Gaps[i].Place)
	}
	for _, l := range d.Listeners {
		inside(t, d, "a listener", l.Place)
		for i := range l.Settings {
			inside(t, d, "a setting", &l.Settings[i].Place)
		}
		for i := range l.Versions {
			inside(t, d, "a version", l.Versions[i].Place)
		}
		if d.Format.Establish == nil {
			continue
		}
		for _, want := range []audit.Want{{MinVersion: audit.TLSv12}, {TLSOnly: true}, {Strong: true}, {Versions: []audit.Version{audit.TLSv11, audit.TLSv12}}, {MinVersion: audit.TLSv13}} {
			if edits, err := d.Format.Establish(d, l, want); err == nil {
				if _, err := conftree.Apply(edits); err != nil {
					t.Errorf("edits for %v: %v", want, err)
				}
			}
		}
	}
	for _, j := range confdoc.Judge(d, today) {
		for i, f := range j.Findings {
			inside(t, d, f.Rule, f.Place)
			if fix, ok := j.Fixes[i]; ok {
				if _, err := conftree.Apply(fix.Edits); err != nil {
					t.Errorf("edits of %s: %v", f.Rule, err)
				}
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	for i := range Formats {
		for _, c := range brokenFiles {
			f.Add(uint8(i), c.text, c.more["mux.env"])
		}
	}
	files, err := filepath.Glob(samples + "/sametime/*")
	if err != nil {
		f.Fatal(err)
	}
	nasty, _ := filepath.Glob(samples + "/sametime/nasty/*")
	for _, name := range append(files, nasty...) {
		if b, err := os.ReadFile(name); err == nil && len(b) < 10_000 {
			for i := range Formats {
				f.Add(uint8(i), string(b), "STI__Debug__VPMX_PORT=1533\n")
			}
		}
	}
	f.Add(uint8(5), "services:\n  mux: &m\n    env_file: [mux.env, {path: mux.env}]\n    environment: {A: *m, <<: [*m, *m]}\n", "A")
	f.Fuzz(func(t *testing.T, which uint8, text, env string) {
		if !utf8.ValidString(text) || !utf8.ValidString(env) {
			return // text arrives decoded
		}
		tree := conftree.FromTexts(map[string]string{"dir/file": text, "dir/mux.env": env})
		file, err := tree.Read("dir/file")
		if err != nil {
			return
		}
		format := Formats[int(which)%len(Formats)]
		format.Sniff(file)
		checkPlaces(t, readAs(tree, format, file))
	})
}
