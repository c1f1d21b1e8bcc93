package connections

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
	"tlsaudit/internal/conftree"
)

const name = "LotusConnections-config.xml"

func TestSamples(t *testing.T) {
	tree := conftest.OpenSamples(t)
	for _, s := range conftest.SamplesOf(t, "connections") {
		t.Run(path.Base(s.Path), func(t *testing.T) {
			d := conftest.Read(t, Format, &confdoc.Reader{Tree: tree}, s.Path)
			conftest.CheckDocument(t, d)
			conftest.CheckSample(t, d, s)
			if s.Loadable == nil || !*s.Loadable {
				got := conftest.Verdicts(d)
				if got["LOAD-01"] != audit.Fail || got["CON-01"] != audit.Unknown || got["CON-04"] != audit.Unknown {
					t.Errorf("a file that is not read: %v", got)
				}
			}
			if got := sniff(d.Main()); got < 50 {
				t.Errorf("sniff: %d", got)
			}
		})
	}
}

// sampleText is the compliant sample.
func sampleText(t testing.TB) string {
	tree, err := conftree.OpenDir(conftest.Samples, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := tree.Read("connections/LotusConnections-config.compliant.xml")
	if err != nil {
		t.Fatal(err)
	}
	return f.Text
}

const line = `<genericProperty name="com.ibm.connections.SSLProtocol">TLSv1.2</genericProperty>`

// TestVariants changes the compliant sample. Every finding but those listed in
// left must be mended by its own change.
func TestVariants(t *testing.T) {
	good := sampleText(t)
	with := func(old, new string) string {
		t.Helper()
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the sample", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	fail, warn, unknown, pass := audit.Fail, audit.Warn, audit.Unknown, audit.Pass
	tests := []struct {
		name, text string
		want       map[string]audit.Verdict
		message    string // of the first rule that fails
		left       []string
	}{
		{"absent", with("    "+line+"\n", ""), map[string]audit.Verdict{"CON-01": fail, "CON-02": audit.NotApplicable}, "is not set", nil},
		{"in a comment", with(line, "<!-- "+line+" -->"), map[string]audit.Verdict{"CON-01": fail}, "stands in a comment", nil},
		{"in a comment of several lines", with(line, "<!--\n"+line+"\n-->"), map[string]audit.Verdict{"CON-01": fail}, "stands in a comment", nil},
		{"empty name", with(`"com.ibm.connections.SSLProtocol"`, `""`), map[string]audit.Verdict{"CON-01": fail}, "name is empty", nil},
		{"blank name", with(`"com.ibm.connections.SSLProtocol"`, `"  "`), map[string]audit.Verdict{"CON-01": fail}, "name is empty", nil},
		{"blanks around the name", with(`"com.ibm.connections.SSLProtocol"`, `" com.ibm.connections.SSLProtocol"`), map[string]audit.Verdict{"CON-01": fail}, "blanks around", nil},
		{"other case", with("connections.SSLProtocol", "connections.sslProtocol"), map[string]audit.Verdict{"CON-01": fail}, "case matters", nil},
		{"other case and an old value", with(line, `<genericProperty name="com.ibm.connections.sslprotocol">TLS</genericProperty>`), map[string]audit.Verdict{"CON-01": fail}, "case matters", nil},
		{"other case of the element", with(line, `<genericproperty name="com.ibm.connections.SSLProtocol">TLSv1.2</genericproperty>`), map[string]audit.Verdict{"CON-01": fail}, "case matters", nil},
		{"other case of the attribute", with(line, `<genericProperty Name="com.ibm.connections.SSLProtocol">TLSv1.2</genericProperty>`), map[string]audit.Verdict{"CON-01": fail}, "attribute name", nil},
		{"attribute in a namespace", with(line, `<genericProperty tns:name="com.ibm.connections.SSLProtocol">TLSv1.2</genericProperty>`), map[string]audit.Verdict{"CON-01": fail}, "attribute name", nil},
		{"outside of properties", with("<properties>", line+"\n  <properties>")[0:0] + strings.Replace(with("    "+line+"\n", ""), "<properties>", line+"\n  <properties>", 1), map[string]audit.Verdict{"CON-01": fail}, "outside of properties", nil},
		{"other namespace of the element", with(line, `<sloc:genericProperty name="com.ibm.connections.SSLProtocol">TLSv1.2</sloc:genericProperty>`), map[string]audit.Verdict{"CON-01": fail}, "service-location", nil},
		{"other namespace of properties", strings.Replace(with("<properties>", "<sloc:properties>"), "</properties>", "</sloc:properties>", 1), map[string]audit.Verdict{"CON-01": fail}, "outside of properties, which is in the namespace", nil},
		{"no namespace at all", with(` xmlns="http://www.ibm.com/LotusConnections-config"`, ""), map[string]audit.Verdict{"CON-01": fail}, "no namespace", []string{"CON-01"}},
		{"with a prefix", strings.NewReplacer("<properties>", "<tns:properties>", "</properties>", "</tns:properties>", "<genericProperty", "<tns:genericProperty", "</genericProperty", "</tns:genericProperty").Replace(good), map[string]audit.Verdict{"CON-01": pass, "CON-02": pass}, "", nil},
		{"no properties", good[:strings.Index(good, "  <properties>")] + "</config>\n", map[string]audit.Verdict{"CON-01": fail}, "is not set", nil},
		{"empty properties", good[:strings.Index(good, "  <properties>")] + "  <properties />\n</config>\n", map[string]audit.Verdict{"CON-01": fail}, "is not set", nil},
		{"properties on one line", good[:strings.Index(good, "  <properties>")] + "  <properties></properties></config>\n", map[string]audit.Verdict{"CON-01": fail}, "is not set", nil},
		{"a typing error is not the property", with("com.ibm.connections.SSLProtocol", "com.ibm.connections.SSLProtokol"), map[string]audit.Verdict{"CON-01": fail}, "is not set", nil},
		{"also in a comment", with(line, "<!-- "+line+" -->\n    "+line), map[string]audit.Verdict{"CON-01": pass, "CON-02": pass, "CON-06": pass}, "", nil},
		{"single quotes", with(line, `<genericProperty name='com.ibm.connections.SSLProtocol'>TLSv1.2</genericProperty>`), map[string]audit.Verdict{"CON-01": pass, "CON-02": pass}, "", nil},
		{"character reference", with(">TLSv1.2<", ">TLS&#118;1.2<"), map[string]audit.Verdict{"CON-02": pass}, "", nil},
		{"section", with(">TLSv1.2<", "><![CDATA[TLSv1.2]]><"), map[string]audit.Verdict{"CON-02": pass}, "", nil},
		{"TLS", with(">TLSv1.2<", ">TLS<"), map[string]audit.Verdict{"CON-01": pass, "CON-02": fail}, "TLS, which allows TLSv1.0", nil},
		{"SSL_TLSv2", with(">TLSv1.2<", ">\n      SSL_TLSv2\n    <"), map[string]audit.Verdict{"CON-02": fail}, "SSL_TLSv2", nil},
		{"TLSv1.1", with(">TLSv1.2<", ">TLSv1.1<"), map[string]audit.Verdict{"CON-02": fail}, "TLSv1.1", nil},
		{"a value nobody knows", with(">TLSv1.2<", ">TLSv12<"), map[string]audit.Verdict{"CON-02": fail}, "no protocol of Java", nil},
		{"a value in another case", with(">TLSv1.2<", ">tlsv1.2<"), map[string]audit.Verdict{"CON-02": fail}, "no protocol of Java", nil},
		{"no value", with(">TLSv1.2<", "><"), map[string]audit.Verdict{"CON-02": fail}, "has no value", nil},
		{"no value, no end tag", with(line, `<genericProperty name="com.ibm.connections.SSLProtocol" />`), map[string]audit.Verdict{"CON-02": fail}, "has no value", nil},
		{"an old list", with(">TLSv1.2<", ">TLSv1.1,TLSv1.2<"), map[string]audit.Verdict{"CON-02": fail}, "TLSv1.1", nil},
		{"a list", with(">TLSv1.2<", ">TLSv1.2,TLSv1.3<"), map[string]audit.Verdict{"CON-02": unknown}, "", nil},
		{"twice alike", with(line, line+"\n    "+line), map[string]audit.Verdict{"CON-02": pass, "CON-06": warn}, "stands 2 times", nil},
		{"twice, differently", with(line, strings.Replace(line, "TLSv1.2", "TLSv1", 1)+"\n    "+line), map[string]audit.Verdict{"CON-02": unknown, "CON-06": warn}, "stands 2 times", nil},
		{"interService", with(`interService href="https://`, `interService href="http://`), map[string]audit.Verdict{"CON-04": fail}, "service activities, interService", nil},
		{"interService in capitals", with(`interService href="https://`, `interService href=" HTTP://`), map[string]audit.Verdict{"CON-04": fail}, "interService", nil},
		{"port 80", with(`interService href="https://connections.example.com`, `interService href="http://connections.example.com:80/a`), map[string]audit.Verdict{"CON-04": fail}, "interService", nil},
		{"another port", with(`interService href="https://connections.example.com`, `interService href="http://connections.example.com:9080`), map[string]audit.Verdict{"CON-04": fail}, "interService", []string{"CON-04"}},
		{"ssl_enabled", with(`ssl_enabled="true"`, `ssl_enabled="false"`), map[string]audit.Verdict{"CON-04": fail}, "service activities: ssl_enabled", nil},
		{"ssl_enabled 0", with(`ssl_enabled="true"`, `ssl_enabled='0'`), map[string]audit.Verdict{"CON-04": fail}, "ssl_enabled", nil},
		{"a service that is off", with(`enabled="true" serviceName="activities" ssl_enabled="true"`, `enabled="false" serviceName="activities" ssl_enabled="false"`), map[string]audit.Verdict{"CON-04": pass}, "", nil},
		{"ssl_enabled not set", with(` ssl_enabled="true"`, ``), map[string]audit.Verdict{"CON-04": unknown}, "", nil},
		{"ssl_href", with(`ssl_href="https://`, `ssl_href="http://`), map[string]audit.Verdict{"CON-04": fail}, "static", nil},
		{"dynamic host", strings.Replace(with("<dynamicHosts", "<dynamicHosts"), `<host href="http://connections.example.com" ssl_href="https://`, `<host href="http://connections.example.com" ssl_href="http://`, 1), map[string]audit.Verdict{"CON-04": fail}, "dynamicHosts", nil},
		{"seedlist", with(`allowUnsecuredTransfer="false"`, `allowUnsecuredTransfer="true"`), map[string]audit.Verdict{"CON-04": fail}, "seedlistSettings", nil},
		{"not forced", with(`forceConfidentialCommunications enabled="true"`, `forceConfidentialCommunications enabled="false"`), map[string]audit.Verdict{"CON-04": fail}, "forceConfidentialCommunications", nil},
		{"forcing not set", with(`  <forceConfidentialCommunications enabled="true"/>`+"\n", ""), map[string]audit.Verdict{"CON-04": unknown}, "", nil},
		{"application registry", with(`"appreg.protocol">https<`, `"appreg.protocol"> http <`), map[string]audit.Verdict{"CON-04": fail}, "appreg.protocol", nil},
		{"document type", with("<config ", "<!DOCTYPE config SYSTEM \"config.dtd\">\n<config "), map[string]audit.Verdict{"CON-01": unknown, "CON-02": unknown, "CON-04": unknown}, "", nil},
		{"XInclude", with("<properties>", `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="more.xml"/><properties>`), map[string]audit.Verdict{"CON-02": unknown, "CON-04": unknown}, "", nil},
		{"another root", strings.NewReplacer("<config ", "<settings ", "</config>", "</settings>").Replace(good), map[string]audit.Verdict{"LOAD-02": unknown, "CON-01": unknown, "CON-04": unknown}, "", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, eol := range []string{"\n", "\r\n", "\r"} {
				text := strings.ReplaceAll(test.text, "\n", eol)
				r := &confdoc.Reader{Tree: conftree.FromTexts(map[string]string{name: text})}
				d := conftest.Read(t, Format, r, name)
				conftest.CheckDocument(t, d)
				got := conftest.Verdicts(d)
				for id, want := range test.want {
					if got[id] != want {
						t.Errorf("%s is %v, want %v", id, got[id], want)
					}
				}
				for _, id := range conftest.Bad(d) {
					if test.want[id] != got[id] {
						t.Errorf("%s is %v, which is not expected", id, got[id])
					}
				}
				if test.message != "" && !strings.Contains(messages(d), test.message) {
					t.Errorf("no message with %q in:\n%s", test.message, messages(d))
				}
				mended, _ := conftest.Mend(t, Format, r, name)
				if diff := cmp.Diff(test.left, conftest.Bad(mended)); diff != "" {
					t.Errorf("left after all changes (-want +got):\n%s\n%s", diff, mended.Main().Text)
				}
				if rest := strings.ReplaceAll(mended.Main().Text, eol, ""); strings.ContainsAny(rest, "\r\n") {
					t.Errorf("line ends are mixed: %q", mended.Main().Text)
				}
			}
		})
	}
}

func messages(d *confdoc.Document) string {
	var b strings.Builder
	for _, j := range confdoc.Judge(d, conftest.Demands) {
		for _, f := range j.Findings {
			if f.Verdict == audit.Fail || f.Verdict == audit.Warn {
				b.WriteString(f.Rule + ": " + f.Message + "\n")
			}
		}
	}
	return b.String()
}

// TestFixedText shows what changes look like.
func TestFixedText(t *testing.T) {
	tree := conftest.OpenSamples(t)
	good := sampleText(t)
	for _, test := range []struct{ sample, want string }{
		{"empty-name", good},
		{"old-value", good},
		{"http-links", good},
		{"missing", strings.Replace(good, "    "+line, "    <!-- nothing about TLS here -->\n    "+line, 1)},
		{"commented-out", strings.Replace(good, "    "+line, "    <!-- "+line+" -->\n    "+line, 1)},
	} {
		d, n := conftest.Mend(t, Format, &confdoc.Reader{Tree: tree}, "connections/LotusConnections-config.noncompliant-"+test.sample+".xml")
		if diff := cmp.Diff(test.want, d.Main().Text); diff != "" || n == 0 {
			t.Errorf("%s (-want +got):\n%s", test.sample, diff)
		}
	}
}

func TestNewerPolicy(t *testing.T) {
	d := conftest.ReadText(t, Format, name, sampleText(t), nil)
	for _, j := range confdoc.Judge(d, confdoc.Demands{Min: audit.TLSv13}) {
		for i, f := range j.Findings {
			if f.Rule != "CON-02" {
				continue
			}
			if f.Verdict != audit.Fail || !strings.Contains(f.Remedy.Text, ">TLSv1.3<") {
				t.Errorf("%v: %s, %s", f.Verdict, f.Message, f.Remedy.Text)
			}
			texts, err := conftree.Apply(j.Fixes[i].Edits)
			if err != nil || !strings.Contains(texts[name], ">TLSv1.3<") {
				t.Errorf("%v: %v", err, texts)
			}
			return
		}
	}
	t.Error("CON-02 was not judged")
}

func TestReleases(t *testing.T) {
	text := strings.Replace(sampleText(t), ">TLSv1.2<", ">TLSv1.3<", 1)
	for release, want := range map[string]audit.Verdict{"6.0": audit.Fail, "8.0 CR3": audit.Pass, "": audit.Pass} {
		versions := map[string]string{}
		if release != "" {
			versions["connections"] = release
		}
		if got := conftest.Verdicts(conftest.ReadText(t, Format, name, text, versions))["CON-02"]; got != want {
			t.Errorf("TLSv1.3 in %q: %v, want %v", release, got, want)
		}
	}
	text = strings.Replace(sampleText(t), ">TLSv1.2<", ">SSL_TLSv2<", 1)
	d := conftest.ReadText(t, Format, name, text, map[string]string{"java": "8.0.6.36"})
	if got := d.Listeners[0].Version(audit.TLSv10).Answer; got != audit.Latent {
		t.Errorf("TLS 1.0 under a Java that leaves it out: %v", got)
	}
	if got := conftest.Verdicts(d)["CON-02"]; got != audit.Fail {
		t.Errorf("CON-02 under a Java that leaves old versions out: %v", got)
	}
}

func TestEstablish(t *testing.T) {
	old := strings.Replace(sampleText(t), ">TLSv1.2<", ">TLS<", 1)
	tests := []struct {
		name, text string
		want       audit.Want
		line       string
	}{
		{"lowest version", old, audit.Want{MinVersion: audit.TLSv12}, ">TLSv1.2<"},
		{"lowest version 1.3", old, audit.Want{MinVersion: audit.TLSv13}, ">TLSv1.3<"},
		{"versions", old, audit.Want{Versions: []audit.Version{audit.TLSv12, audit.TLSv13}}, ">TLSv1.2<"},
		{"no such version", old, audit.Want{Versions: []audit.Version{audit.TLSv10}}, ""},
		{"suites", old, audit.Want{Strong: true}, ""},
		{"nothing to do", sampleText(t), audit.Want{MinVersion: audit.TLSv12}, ""},
		{"not well-formed", "<config", audit.Want{MinVersion: audit.TLSv12}, ""},
	}
	for _, test := range tests {
		d := conftest.ReadText(t, Format, name, test.text, nil)
		edits, err := establish(d, d.Listeners[0], test.want)
		if test.line == "" {
			if err == nil {
				t.Errorf("%s: no error, but %v", test.name, edits)
			}
			continue
		}
		texts, applied := conftree.Apply(edits)
		if err != nil || applied != nil || !strings.Contains(texts[name], test.line) {
			t.Errorf("%s: %v %v %s", test.name, err, applied, texts[name])
		}
	}
}

// TestSecrets: passwords that stand in the file appear nowhere.
func TestSecrets(t *testing.T) {
	const canary = "C4naryS3cret"
	text := strings.NewReplacer(
		`interService href="https://`, `interService href="http://admin:`+canary+`@`,
		`ssl_href="https://`, `ssl_href="https://admin:`+canary+`@`,
		"<versionStamp", `<genericProperty name="some.password">`+canary+`</genericProperty><versionStamp`,
		">TLSv1.2<", ">{xor}"+canary+"<",
	).Replace(sampleText(t))
	for _, text := range []string{text, text + "<" + canary, strings.Replace(text, "<properties>", "<properties password='"+canary+"' password='"+canary+"'>", 1)} {
		d := conftest.ReadText(t, Format, name, text, nil)
		told := messages(d)
		for _, f := range d.Faults {
			told += f.Message + f.Hint
		}
		for _, g := range d.Gaps {
			told += g.Message
		}
		for _, l := range d.Listeners {
			told += strings.Join(l.Gaps, "\n")
			for _, s := range slices.Concat(l.Settings, d.Settings) {
				told += s.Key + s.Value + s.Note + "\n"
			}
			for _, v := range l.Versions {
				told += v.Evidence
			}
		}
		for _, j := range confdoc.Judge(d, conftest.Demands) {
			for _, f := range j.Findings {
				told += f.Message + f.Evidence
			}
		}
		if strings.Contains(told, canary) && !strings.HasSuffix(text, "<"+canary) {
			t.Errorf("the secret is told:\n%s", told)
		}
	}
}

func FuzzRead(f *testing.F) {
	good := sampleText(f)
	f.Add(good)
	f.Add(strings.Replace(good, ">TLSv1.2<", "><", 1))
	f.Add(`<config xmlns="http://www.ibm.com/LotusConnections-config"><properties/><interService href="http://a:80"/></config>`)
	f.Add(`<t:config xmlns:t="http://www.ibm.com/LotusConnections-config"><t:properties ><t:genericProperty name=""/></t:properties></t:config>`)
	f.Fuzz(func(t *testing.T, text string) {
		r := &confdoc.Reader{Tree: conftree.FromTexts(map[string]string{name: text})}
		d := conftest.Read(t, Format, r, name)
		conftest.CheckDocument(t, d)
		conftest.CheckFixes(t, r, d)
		sniff(d.Main())
		if edits, err := establish(d, d.Listeners[0], audit.Want{MinVersion: audit.TLSv12}); err == nil {
			if _, err := conftree.Apply(edits); err != nil {
				t.Fatal(err)
			}
		}
	})
}
