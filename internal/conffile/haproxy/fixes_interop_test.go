//go:build interop

package haproxy

import (
	"fmt"
	"math/rand/v2"
	"net"
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
	for _, s := range conftest.SamplesOf(t, "haproxy") {
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
			text := strings.ReplaceAll(strings.ReplaceAll(main.Text, "@CERTDIR@", dir), "${CERTDIR}", dir)
			ports := conftest.FreePorts(t, 2)
			text = strings.ReplaceAll(strings.ReplaceAll(text, ":18950", ":"+ports[0]), ":18951", ":"+ports[1])
			roundTrip(t, dir, map[string]string{"haproxy.cfg": text}, versions)
		})
	}
}

// roundTrip compares a configuration with the wire, applies all fixes, and
// compares again: nothing may be left to say.
func roundTrip(t *testing.T, dir string, texts, versions map[string]string) {
	t.Helper()
	m := &maker{texts: texts}
	look := func(texts map[string]string, mended bool) *confdoc.Document {
		m.texts = texts
		write(t, dir, texts)
		if ok, said := check(t, dir); !ok {
			t.Fatalf("haproxy -c refuses the file: %s\n%s", said, dump(texts))
		}
		d := readTexts(t, texts, "haproxy.cfg", versions)
		var ports []string
		for _, l := range d.Listeners {
			if _, ok := l.Scope.(*bind); ok {
				_, port, _ := net.SplitHostPort(l.Binds[0])
				ports = append(ports, port)
			}
		}
		stop := start(t, dir, ports)
		defer stop()
		for i, l := range d.Listeners {
			if _, ok := l.Scope.(*bind); !ok {
				continue
			}
			compare(t, i, l, m)
			_, port, _ := net.SplitHostPort(l.Binds[0])
			name := ""
			if len(l.Names) > 0 {
				name = l.Names[0]
			}
			if l.TLS == audit.Accepted && !completes(t, port, name) && mended {
				t.Errorf("%s completes no handshake", l.Listener)
			}
		}
		return d
	}
	d := look(texts, false)
	var edits []conftree.Edit
	failing := 0
	for _, j := range confdoc.Judge(d, conftest.Demands) {
		for i, f := range j.Findings {
			if f.Verdict == audit.Fail {
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
	after := look(mended, true)
	for rule, v := range conftest.Verdicts(after) {
		if v == audit.Fail {
			t.Errorf("%s is %v after the change\n%s", rule, v, dump(mended))
		}
	}
}

// completes reports whether TLS 1.2 or 1.3 brings a whole handshake.
func completes(t *testing.T, port, name string) bool {
	for _, v := range []audit.Version{audit.TLSv12, audit.TLSv13} {
		if conftest.Ask(t.Context(), port, name, v, nil, nil).Answer == audit.Accepted {
			return true
		}
	}
	return false
}

// TestRandomFixes mends random configurations: the product's own checker takes
// the result, and no version below the policy's is left.
func TestRandomFixes(t *testing.T) {
	versions := program(t)
	dir := t.TempDir()
	conftest.Certificates(t, dir, time.Now())
	m := &maker{Rand: rand.New(rand.NewPCG(9, 2026)), dir: dir}
	var mended, unmended int
	for n := range *configurations / 2 {
		m.configuration(conftest.FreePorts(t, 5))
		own := filepath.Join(dir, fmt.Sprint("fix", n))
		write(t, own, m.texts)
		d := readTexts(t, m.texts, "haproxy.cfg", versions)
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
		for rule, v := range conftest.Verdicts(readTexts(t, m.texts, "haproxy.cfg", versions)) {
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
