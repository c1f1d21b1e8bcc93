package haproxy

import (
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
	"tlsaudit/internal/conftree"
)

// ofDocument returns what a rule says about the file as such, with its change.
func ofDocument(t *testing.T, d *confdoc.Document, rule string) (audit.Finding, confdoc.Fix) {
	t.Helper()
	j := confdoc.Judge(d, conftest.Demands)[0]
	for i, f := range j.Findings {
		if f.Rule == rule {
			return f, j.Fixes[i]
		}
	}
	t.Fatalf("no finding of %s about the file", rule)
	return audit.Finding{}, confdoc.Fix{}
}

// TestWeakDefaults: a weak option of the section global is objected to where it
// stands, whatever the binds say.
func TestWeakDefaults(t *testing.T) {
	good := head + "frontend f\n bind :443 ssl crt a.pem ssl-min-ver TLSv1.2\n"
	both := head + "frontend f\n bind :443 ssl crt a.pem ssl-min-ver TLSv1.2 ssl-max-ver TLSv1.3\n"
	for _, c := range []struct {
		name, text string
		versions   map[string]string
		verdict    audit.Verdict
		line       int
		mended     string
	}{
		{"every bind overrides it", "global\n ssl-default-bind-options ssl-min-ver TLSv1.0 # old\n" + good, nil, audit.Fail, 2, "global\n ssl-default-bind-options ssl-min-ver TLSv1.2 # old\n" + good},
		{"there is no bind with TLS", "global\n ssl-default-bind-options ssl-min-ver TLSv1.1\n" + head + "frontend f\n bind :80\n", nil, audit.Fail, 2, ""},
		{"there is no bind", "global\n ssl-default-bind-options no-tls-tickets ssl-min-ver SSLv3\n" + head, nil, audit.Fail, 2, ""},
		{"force", "global\n ssl-default-bind-options force-tlsv10\n" + both, nil, audit.Fail, 2, "global\n ssl-default-bind-options ssl-min-ver TLSv1.2\n" + both},
		{"the highest version", "global\n ssl-default-bind-options no-tls-tickets ssl-max-ver TLSv1.1\n" + both, nil, audit.Fail, 2, "global\n ssl-default-bind-options no-tls-tickets ssl-max-ver TLSv1.3 ssl-min-ver TLSv1.2\n" + both},
		{"both ends", "global\n ssl-default-bind-options ssl-min-ver TLSv1.0 ssl-max-ver TLSv1.1\n" + head, nil, audit.Fail, 2, ""},
		{"a later line mends it", "global\n ssl-default-bind-options ssl-min-ver TLSv1.0\n ssl-default-bind-options ssl-min-ver TLSv1.2\n" + good, nil, audit.Pass, 0, ""},
		{"good", "global\n ssl-default-bind-options ssl-min-ver TLSv1.2\n" + good, nil, audit.Pass, 0, ""},
		{"the default of a version", "global\n ssl-default-bind-options ssl-max-ver TLSv1.2\n" + good, map[string]string{"haproxy": "2.6.12"}, audit.Pass, 0, ""},
		{"the default of none", "global\n ssl-default-bind-options ssl-max-ver TLSv1.2\n" + good, nil, audit.Unknown, 0, ""},
		{"nothing about versions", "global\n ssl-default-bind-options no-tls-tickets no-sslv3\n" + good, nil, audit.NotApplicable, 0, ""},
		{"no options", "global\n ssl-default-bind-ciphers HIGH\n" + good, nil, audit.NotApplicable, 0, ""},
		{"no section", good, nil, audit.NotApplicable, 0, ""},
		{"a variable", "global\n ssl-default-bind-options ssl-min-ver \"${V}\"\n" + good, nil, audit.Unknown, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			texts := map[string]string{"haproxy.cfg": c.text}
			d := readTexts(t, texts, "haproxy.cfg", c.versions)
			f, fix := ofDocument(t, d, "HAP-01")
			if f.Verdict != c.verdict {
				t.Fatalf("HAP-01 is %v: %s", f.Verdict, f.Message)
			}
			if c.verdict != audit.Fail {
				return
			}
			if f.Place.Line != c.line {
				t.Errorf("it stands on line %d", f.Place.Line)
			}
			conftest.CheckMended(t, &confdoc.Reader{Tree: conftree.FromTexts(texts), Versions: c.versions}, d, fix, f, partial)
			changed, err := conftree.Apply(fix.Edits)
			if err != nil {
				t.Fatal(err)
			}
			if c.mended != "" && changed["haproxy.cfg"] != c.mended {
				t.Errorf("mended to\n%s", changed["haproxy.cfg"])
			}
		})
	}
}

// TestTripleDES: 3DES is broken, by itself and among others.
func TestTripleDES(t *testing.T) {
	for _, c := range []struct {
		ciphers  string
		versions map[string]string
		verdict  audit.Verdict
		names    []string
	}{
		{"DES-CBC3-SHA", nil, audit.Warn, []string{"TLS_RSA_WITH_3DES_EDE_CBC_SHA"}},
		{"DES-CBC3-SHA:RC4-SHA", nil, audit.Warn, []string{"TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_RC4_128_SHA"}},
		{"DES-CBC3-SHA:RC4-SHA", map[string]string{"openssl": "1.0.2"}, audit.Warn, []string{"TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_RC4_128_SHA"}},
		{"HIGH:!aNULL:!MD5", map[string]string{"openssl": "1.0.2"}, audit.Pass, nil},
	} {
		d := readTexts(t, map[string]string{"haproxy.cfg": head + "frontend f\n bind :443 ssl crt a.pem ssl-min-ver TLSv1.2 ciphers " + c.ciphers + "\n"}, "haproxy.cfg", c.versions)
		found := false
		for _, j := range confdoc.Judge(d, conftest.Demands) {
			for _, f := range j.Findings {
				if f.Rule != "HAP-06" {
					continue
				}
				found = true
				if f.Verdict != c.verdict {
					t.Errorf("%s %v: HAP-06 is %v: %s", c.ciphers, c.versions, f.Verdict, f.Message)
				}
				for _, name := range c.names {
					if !strings.Contains(f.Message, name) {
						t.Errorf("%s: %q does not name %s", c.ciphers, f.Message, name)
					}
				}
			}
		}
		if !found {
			t.Errorf("%s: no finding", c.ciphers)
		}
	}
}

// TestOneOfSeveralFiles: HAProxy reads all files of a folder as one, so that the
// section global of one is in force for the binds of another. Neither says by
// itself what is accepted.
func TestOneOfSeveralFiles(t *testing.T) {
	texts := map[string]string{
		"a.cfg": "global\n ssl-default-bind-options ssl-min-ver TLSv1.0\n" + head,
		"b.cfg": head + "frontend f\n bind :443 ssl crt a.pem\n",
		"c.cfg": "[metadata]\nname = another program\n",
	}
	versions := map[string]string{"haproxy": "2.6.12"}
	for main, gap := range map[string]string{"a.cfg": "for other files", "b.cfg": "stands in another file"} {
		if d := readTexts(t, texts, main, versions); len(d.Gaps) != 1 || !strings.Contains(d.Gaps[0].Message, gap) {
			t.Errorf("%s: gaps %v, want one with %q", main, d.Gaps, gap)
		}
	}
	if f, _ := ofDocument(t, readTexts(t, texts, "a.cfg", versions), "HAP-01"); f.Verdict != audit.Fail {
		t.Errorf("HAP-01 of the file with the section global is %v: %s", f.Verdict, f.Message)
	}
	delete(texts, "a.cfg")
	if d := readTexts(t, texts, "b.cfg", versions); len(d.Gaps) != 0 {
		t.Errorf("the only file of HAProxy in its folder has gaps: %v", d.Gaps)
	}
}
