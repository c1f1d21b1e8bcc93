//go:build interop

package nginx

import (
	"fmt"
	"math/rand/v2"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
	"tlsaudit/internal/conftree"
)

// TestFixesOnTheWire starts every broken sample, compares, mends, and asks
// again.
func TestFixesOnTheWire(t *testing.T) {
	versions := program(t)
	for _, s := range conftest.SamplesOf(t, "nginx") {
		if s.Loadable == nil || len(s.Rules) == 0 {
			continue
		}
		t.Run(s.Path, func(t *testing.T) {
			dir := t.TempDir()
			conftest.Certificates(t, dir, time.Now())
			in := conftest.OpenSamples(t)
			main, err := in.Read(s.Path)
			if err != nil {
				t.Fatal(err)
			}
			texts := map[string]string{}
			ports := conftest.FreePorts(t, 2)
			take := func(f *conftree.File) {
				text := strings.ReplaceAll(f.Text, "@CERTDIR@", dir)
				text = strings.ReplaceAll(strings.ReplaceAll(text, "listen 8443 ", "listen 127.0.0.1:"+ports[1]+" "), "listen 443 ", "listen 127.0.0.1:"+ports[0]+" ")
				rel, _ := filepath.Rel(path.Dir(s.Path), f.Path)
				if f.Path == main.Path {
					rel = "nginx.conf"
				}
				texts[filepath.ToSlash(rel)] = text
			}
			for _, f := range Format.Read(&confdoc.Reader{Tree: in}, main).Files {
				take(f)
			}
			roundTrip(t, dir, texts, versions)
		})
	}
}

// roundTrip compares a tree with the wire, applies all fixes, and compares
// again: nothing may be left to say.
func roundTrip(t *testing.T, dir string, texts, versions map[string]string) {
	t.Helper()
	m := &maker{texts: texts}
	look := func(texts map[string]string) *confdoc.Document {
		m.texts = texts
		write(t, dir, texts)
		if ok, said := check(t, dir); !ok {
			t.Fatalf("nginx -t refuses the file: %s\n%s", said, dump(texts))
		}
		d := readTexts(t, texts, "nginx.conf", versions)
		var ports []string
		for _, l := range d.Listeners {
			if s, ok := l.Scope.(*site); ok {
				ports = append(ports, s.listens[0].port)
			}
		}
		stop := start(t, dir, ports)
		defer stop()
		for i, l := range d.Listeners {
			if _, ok := l.Scope.(*site); ok {
				if len(l.Names) == 0 {
					l.Names = []string{"nobody.test"}
				}
				compare(t, i, l, m)
				if got := conftest.Ask(t.Context(), l.Scope.(*site).listens[0].port, l.Names[0], audit.TLSv12, nil, nil); got.Answer != audit.Accepted {
					t.Errorf("%s completes no handshake: %v", l.Listener, got.Err)
				}
			}
		}
		return d
	}
	d := look(texts)
	var edits []conftree.Edit
	failing := 0
	for _, j := range confdoc.Judge(d, conftest.Demands) {
		for i, f := range j.Findings {
			if f.Verdict == audit.Fail || f.Verdict == audit.Warn {
				failing++
				if len(j.Fixes[i].Edits) == 0 {
					t.Errorf("%s %s has no edits: %s", f.Rule, f.Subject, j.Fixes[i].None)
				}
				edits = append(edits, j.Fixes[i].Edits...)
			}
		}
	}
	if failing == 0 {
		t.Fatal("nothing to mend")
	}
	changed, err := conftree.Apply(edits)
	if err != nil {
		t.Fatal(err)
	}
	mended := map[string]string{}
	for name, text := range texts {
		mended[name] = text
	}
	for name, text := range changed {
		mended[name] = text
	}
	after := look(mended)
	for rule, v := range conftest.Verdicts(after) {
		if v == audit.Fail || v == audit.Warn {
			t.Errorf("%s is %v after the change\n%s", rule, v, dump(mended))
		}
	}
}

// TestRandomFixes mends random configurations: the product's own checker takes
// the result, and no version below the policy's is left.
func TestRandomFixes(t *testing.T) {
	versions := program(t)
	dir := t.TempDir()
	conftest.Certificates(t, dir, time.Now())
	m := &maker{Rand: rand.New(rand.NewPCG(9, 2026))}
	var mended, unmended int
	for n := range *configurations / 2 {
		m.configuration(dir, conftest.FreePorts(t, 3))
		own := filepath.Join(dir, fmt.Sprint("fix", n))
		write(t, own, m.texts)
		d := readTexts(t, m.texts, "nginx.conf", versions)
		if ok, _ := check(t, own); !ok || len(d.Faults) > 0 {
			continue
		}
		var edits []conftree.Edit
		for _, j := range confdoc.Judge(d, conftest.Demands) {
			for i, f := range j.Findings {
				switch fix := j.Fixes[i]; {
				case f.Verdict != audit.Fail:
				case len(fix.Edits) == 0:
					unmended++
					t.Logf("configuration %d: %s %s: %s", n, f.Rule, f.Subject, fix.None)
				default:
					edits = append(edits, fix.Edits...)
				}
			}
		}
		if len(edits) == 0 {
			continue
		}
		changed, err := conftree.Apply(edits)
		if err != nil {
			t.Errorf("configuration %d: %v\n%s", n, err, dump(m.texts))
			continue
		}
		before := dump(m.texts)
		for name, text := range changed {
			m.texts[name] = text
		}
		write(t, own, m.texts)
		if ok, said := check(t, own); !ok {
			t.Errorf("configuration %d is refused after the change: %s\n%s\n%s", n, said, before, dump(m.texts))
		}
		for rule, v := range conftest.Verdicts(readTexts(t, m.texts, "nginx.conf", versions)) {
			if v == audit.Fail || v == audit.Unknown {
				t.Errorf("configuration %d: %s is %v after the change\n%s\n%s", n, rule, v, before, dump(m.texts))
			}
		}
		if mended++; t.Failed() {
			return
		}
	}
	t.Logf("%d configurations mended, %d findings without edits", mended, unmended)
	if mended < *configurations/8 || unmended > mended/10 {
		t.Error("too few are mended")
	}
}
