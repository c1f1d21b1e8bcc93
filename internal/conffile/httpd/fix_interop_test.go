//go:build interop

package httpd

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// broken are the configurations of the round trip: the samples the server
// accepts, and more of the kind.
func broken(t testing.TB) map[string]string {
	list := map[string]string{}
	for _, s := range samples(t) {
		if s.System != "apache" || len(s.Rules) == 0 || s.Loadable == nil || !*s.Loadable {
			continue
		}
		b, err := os.ReadFile(filepath.Join(fixtureRoot, s.Path))
		if err != nil {
			t.Fatal(err)
		}
		list[s.Path] = string(b)
	}
	for _, v := range apacheVariants {
		if v.name == "compression" || v.name == "SSLv3 named" {
			continue // the server refuses it where OpenSSL was built without
		}
		if strings.Contains(v.fail, "HTTPD") && !v.loose && len(v.files) == 0 && len(v.versions) == 0 && strings.Contains(v.text, "SSLCertificateFile") && !strings.Contains(v.text, "SSLProxy") {
			list[v.name] = "Listen 443\n" + strings.TrimPrefix(strings.ReplaceAll(v.text, "SSLCertificateFile c.pem", "SSLCertificateFile ${CERTDIR}/c.pem\n  SSLCertificateKeyFile ${CERTDIR}/k.pem"), "Listen 443\n")
		}
	}
	return list
}

// server is a configuration that can be run and read.
type server struct {
	dir      string
	port     int
	versions map[string]string
}

func (s *server) read(t testing.TB) (*confdoc.Document, *conftree.File, *confdoc.Reader) {
	t.Helper()
	tree, err := conftree.OpenDir(s.dir, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := tree.Read("site.conf")
	if err != nil {
		t.Fatal(err)
	}
	r := &confdoc.Reader{Tree: tree, Versions: s.versions}
	return read(Apache, r, f), f, r
}

// observe starts the server and compares every version of every listener that
// speaks TLS with what is declared; it returns those that shake hands.
func (s *server) observe(t testing.TB, d *confdoc.Document) (accepted map[audit.Version]bool) {
	t.Helper()
	stop := start(t, s.dir+"/main.conf", s.port)
	defer stop()
	accepted = map[audit.Version]bool{}
	for _, l := range d.Listeners {
		if !l.Server() {
			continue
		}
		name := "www.example.com"
		if len(l.Names) > 0 {
			name = l.Names[0]
		}
		for v := range goVersions {
			f := l.Version(v)
			_, _, err := shake(s.port, name, v, suites())
			want := l.TLS == audit.Accepted && f.Answer == audit.Accepted && len(f.Suites) > 0
			if (err == nil) != want {
				t.Errorf("%s: %v declared %v (%s), the server: %v", l.Listener, v, f.Answer, f.Evidence, err)
			}
			accepted[v] = accepted[v] || err == nil
		}
	}
	return accepted
}

// TestRoundTrip starts the server with each broken configuration, compares file
// and wire, applies the patches, and does both again: the findings are gone,
// old versions are refused and a handshake completes.
func TestRoundTrip(t *testing.T) {
	versions := installed(t)
	n := 0
	for name, text := range broken(t) {
		t.Run(name, func(t *testing.T) {
			n++
			s := &server{dir: t.TempDir(), port: ports(t, 1)[0], versions: versions}
			certificates(t, s.dir)
			port := strconv.Itoa(s.port)
			text := strings.NewReplacer("Listen 443", "Listen 127.0.0.1:"+port, "*:443", "*:"+port, "${CERTDIR}", s.dir, "@CERTDIR@", s.dir).Replace(text)
			writeFiles(t, s.dir, map[string]string{"main.conf": prelude(s.dir) + "SSLSessionCache none\nInclude site.conf\n", "site.conf": text})
			if out, err := apache2(t, "-f", s.dir+"/main.conf", "-t"); err != nil {
				t.Fatalf("%v\n%s\n%s", err, out, text)
			}
			d, f, _ := s.read(t)
			s.observe(t, d)
			// One finding after the other, as a person would: a patch may mend several.
			for range 10 {
				edits := failing(d)
				if edits == nil {
					break
				}
				texts, err := conftree.Apply(edits)
				if err != nil {
					t.Fatal(err)
				}
				writeFiles(t, s.dir, texts)
				d, f, _ = s.read(t)
			}
			if left := verdicts(judge(d), audit.Fail, audit.Warn, audit.Unknown); len(left) > 0 {
				t.Fatalf("%q are left:\n%s", left, f.Text)
			}
			if out, err := apache2(t, "-f", s.dir+"/main.conf", "-t"); err != nil {
				t.Fatalf("the server refuses the patched file: %v\n%s\n%s", err, out, f.Text)
			}
			accepted := s.observe(t, d)
			if accepted[audit.TLSv10] || accepted[audit.TLSv11] || !accepted[audit.TLSv12] && !accepted[audit.TLSv13] {
				t.Errorf("after the patch the server accepts %v:\n%s", accepted, f.Text)
			}
		})
	}
	t.Logf("%d configurations", n)
	if n < 15 {
		t.Errorf("only %d configurations", n)
	}
}

// failing returns the edits of the first finding that fails or warns and has a
// patch.
func failing(d *confdoc.Document) []conftree.Edit {
	for _, j := range judge(d) {
		for i, f := range j.Findings {
			if fix, ok := j.Fixes[i]; ok && fix.None == "" && (f.Verdict == audit.Fail || f.Verdict == audit.Warn) {
				return fix.Edits
			}
		}
	}
	return nil
}
