package liberty

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

const (
	fail, warn, unknown, pass, moot = audit.Fail, audit.Warn, audit.Unknown, audit.Pass, audit.NotApplicable
)

func TestSamples(t *testing.T) {
	tree := conftest.OpenSamples(t)
	for _, s := range conftest.SamplesOf(t, "liberty") {
		t.Run(path.Base(s.Path), func(t *testing.T) {
			d := conftest.Read(t, Format, &confdoc.Reader{Tree: tree}, s.Path)
			conftest.CheckDocument(t, d)
			conftest.CheckSample(t, d, s)
			got := conftest.Verdicts(d)
			switch {
			case s.Loadable == nil || !*s.Loadable:
				if d.Broken() == nil || got["LIB-01"] != unknown || got["LIB-03"] != unknown {
					t.Errorf("a file that is not read: %v", got)
				}
			case s.Kind == "compliant":
				for id, v := range got {
					if v != pass && v != moot {
						t.Errorf("%s is %v", id, v)
					}
				}
			}
		})
	}
}

func TestSniff(t *testing.T) {
	tree := conftest.OpenSamples(t)
	for _, s := range conftest.SamplesOf(t, "liberty") {
		f, err := tree.Read(s.Path)
		if err != nil {
			t.Fatal(err)
		}
		if got := sniff(f); got < 40 && s.Path != "liberty/nasty/server.xml.deep-nesting" {
			t.Errorf("%s: %d", s.Path, got)
		}
	}
	for _, other := range []string{"websphere/server.xml.compliant", "websphere/security.xml.compliant", "connections/LotusConnections-config.compliant.xml", "ihs/plugin-cfg.compliant.xml"} {
		f, err := tree.Read(other)
		if err != nil {
			t.Fatal(err)
		}
		if got := sniff(f); got != 0 {
			t.Errorf("%s: %d, want 0", other, got)
		}
	}
}

const (
	feature12 = `<featureManager><feature>transportSecurity-1.0</feature></featureManager>`
	endpoint1 = `<httpEndpoint id="defaultHttpEndpoint" host="*" httpPort="-1" httpsPort="9443"/>`
	suites12  = `enabledCiphers="TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"`
)

// of12 is a server with an ssl element of some attributes.
func of12(attrs string) string {
	return "<server>\n  " + feature12 + "\n  " + endpoint1 + "\n  <ssl id=\"defaultSSLConfig\" " + attrs + "/>\n</server>\n"
}

// TestRules: versions are those of the weakest listener.
func TestRules(t *testing.T) {
	v12, v10to12 := []string{"TLSv1.2"}, []string{"TLSv1.0", "TLSv1.1", "TLSv1.2"}
	tests := []struct {
		name, java, text string
		want             map[string]audit.Verdict
		versions         []string
		left             []string
	}{
		{"TLSv1.2", "", of12(`sslProtocol="TLSv1.2" ` + suites12), map[string]audit.Verdict{"LIB-01": pass, "LIB-02": pass, "LIB-05": pass, "LIB-06": pass}, v12, nil},
		{"SSL_TLSv2", "", of12(`sslProtocol="SSL_TLSv2" ` + suites12), map[string]audit.Verdict{"LIB-01": fail, "LIB-02": pass}, v10to12, nil},
		{"SSL_TLSv2 under a Java that leaves old ones out", "17.0.15", of12(`sslProtocol="SSL_TLSv2" ` + suites12), map[string]audit.Verdict{"LIB-01": fail}, v10to12, nil},
		{"SSL", "", of12(`sslProtocol="SSL" ` + suites12), map[string]audit.Verdict{"LIB-01": fail}, v10to12, nil},
		{"TLS", "", of12(`sslProtocol="TLS" ` + suites12), map[string]audit.Verdict{"LIB-01": fail}, []string{"TLSv1.0"}, nil},
		{"TLSv1", "", of12(`sslProtocol="TLSv1" ` + suites12), map[string]audit.Verdict{"LIB-01": fail}, []string{"TLSv1.0"}, nil},
		{"SSLv3", "", of12(`sslProtocol="SSLv3" ` + suites12), map[string]audit.Verdict{"LIB-01": fail}, []string{"SSLv3"}, nil},
		{"list", "", of12(`sslProtocol="TLSv1.2,TLSv1.1" ` + suites12), map[string]audit.Verdict{"LIB-01": fail}, []string{"TLSv1.1", "TLSv1.2"}, nil},
		{"list with SSL", "", of12(`sslProtocol="TLSv1.2, SSL_TLSv2" ` + suites12), map[string]audit.Verdict{"LIB-01": fail}, nil, nil},
		{"unknown value", "", of12(`sslProtocol="TLSv12" ` + suites12), map[string]audit.Verdict{"LIB-01": unknown}, nil, nil},
		{"default", "", of12(suites12), map[string]audit.Verdict{"LIB-01": unknown}, v12, nil},
		{"default of Java 17", "17.0.15", of12(suites12), map[string]audit.Verdict{"LIB-01": pass}, v12, nil},
		{"default of Java 8 before 2021", "1.8.0_281", of12(suites12), map[string]audit.Verdict{"LIB-01": fail}, v10to12, nil},
		{"default of Java 8 today", "1.8.0_412", of12(suites12), map[string]audit.Verdict{"LIB-01": pass}, v12, nil},
		{"no ssl element", "1.8.0_281", "<server>\n" + feature12 + endpoint1 + "</server>\n", map[string]audit.Verdict{"LIB-01": fail, "LIB-02": moot}, v10to12, nil},
		{"weak suites", "", of12(`sslProtocol="TLSv1.2" enabledCiphers="SSL_RSA_WITH_3DES_EDE_CBC_SHA TLS_RSA_WITH_AES_128_CBC_SHA TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"`), map[string]audit.Verdict{"LIB-02": fail}, v12, nil},
		{"only weak suites", "", of12(`sslProtocol="TLSv1.3, TLSv1.2" enabledCiphers="SSL_RSA_WITH_RC4_128_SHA"`), map[string]audit.Verdict{"LIB-02": fail}, []string{"TLSv1.2", "TLSv1.3"}, nil},
		{"unknown suite", "", of12(`sslProtocol="TLSv1.2" enabledCiphers="TLS_FOO TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"`), map[string]audit.Verdict{"LIB-02": unknown, "LIB-01": unknown}, v12, nil},
		{"LOW beaten by the list", "", of12(`sslProtocol="TLSv1.2" securityLevel="LOW" ` + suites12), map[string]audit.Verdict{"LIB-02": pass}, v12, nil},
		{"MEDIUM", "", of12(`sslProtocol="TLSv1.2" securityLevel="MEDIUM"`), map[string]audit.Verdict{"LIB-02": fail}, v12, nil},
		{"LOW", "", of12(`sslProtocol="TLSv1.2" securityLevel="LOW"`), map[string]audit.Verdict{"LIB-02": fail}, v12, nil},
		{"HIGH", "", of12(`sslProtocol="TLSv1.2" securityLevel="HIGH"`), map[string]audit.Verdict{"LIB-02": moot}, v12, nil},
		{"CUSTOM without a list", "", of12(`sslProtocol="TLSv1.2" securityLevel="CUSTOM"`), map[string]audit.Verdict{"LIB-02": unknown}, v12, nil},
		{"names not compared", "", of12(`sslProtocol="TLSv1.2" verifyHostname="false" ` + suites12), map[string]audit.Verdict{"LIB-05": fail}, v12, nil},
		{"names not compared for one", "", of12(`sslProtocol="TLSv1.2" skipHostnameVerificationForHosts="a.example.com" ` + suites12), map[string]audit.Verdict{"LIB-05": warn}, v12, nil},
		{"names not compared for any", "", of12(`sslProtocol="TLSv1.2" skipHostnameVerificationForHosts="*" ` + suites12), map[string]audit.Verdict{"LIB-05": fail}, v12, nil},
		{"http port", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), `"-1"`, `"9080"`, 1), map[string]audit.Verdict{"LIB-03": fail}, v12, nil},
		{"http port by default", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), ` httpPort="-1"`, ``, 1), map[string]audit.Verdict{"LIB-03": fail}, v12, nil},
		{"http port on this machine", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), `host="*" httpPort="-1"`, `host="localhost" httpPort="9080"`, 1), map[string]audit.Verdict{"LIB-03": pass}, v12, nil},
		{"http port on no host", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), `host="*" httpPort="-1"`, ``, 1), map[string]audit.Verdict{"LIB-03": pass}, v12, nil},
		{"endpoint that is off", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), `httpPort="-1"`, `enabled="false" httpPort="80"`, 1), map[string]audit.Verdict{"LIB-03": pass}, v12, nil},
		{"http port by a variable", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), `"-1"`, `"${http.port}"`, 1), map[string]audit.Verdict{"LIB-03": unknown}, v12, nil},
		{"clear password", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "</server>", `<keyStore id="k" password="Liberty"/></server>`, 1), map[string]audit.Verdict{"LIB-04": fail}, v12, []string{"LIB-04"}},
		{"clear password in a variable", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "</server>", `<variable name="p" value="Liberty"/><keyStore id="k" password="${p}"/></server>`, 1), map[string]audit.Verdict{"LIB-04": fail}, v12, []string{"LIB-04"}},
		{"clear password of a key", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "</server>", `<keyStore id="k" password="{xor}x"><keyEntry name="a" keyPassword="Liberty"/></keyStore></server>`, 1), map[string]audit.Verdict{"LIB-04": fail}, v12, []string{"LIB-04"}},
		{"password from elsewhere", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "</server>", `<keyStore id="k" password="${env.KEYSTORE}"/></server>`, 1), map[string]audit.Verdict{"LIB-04": pass}, v12, nil},
		{"no feature", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "transportSecurity-1.0", "servlet-6.0", 1), map[string]audit.Verdict{"LIB-06": fail}, v12, nil},
		{"a feature nobody knows", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "transportSecurity-1.0", "webProfile-10.0", 1), map[string]audit.Verdict{"LIB-06": unknown, "LIB-01": pass}, v12, nil},
		{"ssl-1.0", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "transportSecurity-1.0", " SSL-1.0 ", 1), map[string]audit.Verdict{"LIB-06": pass, "LIB-01": pass}, v12, nil},
		{"ldap", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "</server>", `  <ldapRegistry id="l" host="ldap.example.com" port="389"/></server>`, 1), map[string]audit.Verdict{"LIB-07": fail}, v12, nil},
		{"ldap with TLS", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "</server>", `<ldapRegistry id="l" host="ldap.example.com" port="636" sslEnabled="true"/></server>`, 1), map[string]audit.Verdict{"LIB-07": pass}, v12, nil},
		{"another element is the default", "", strings.Replace(of12(`sslProtocol="SSL" `), "</server>", `<ssl id="good" sslProtocol="TLSv1.2" `+suites12+`/><sslDefault sslRef="good"/></server>`, 1), map[string]audit.Verdict{"LIB-01": pass, "LIB-02": pass}, v12, nil},
		{"a weak one for the outside", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "</server>", `<ssl id="weak" sslProtocol="TLSv1" `+suites12+`/><sslDefault outboundSSLRef="weak"/></server>`, 1), map[string]audit.Verdict{"LIB-01": fail}, []string{"TLSv1.0", "TLSv1.2"}, nil},
		{"a weak one for one host", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "</server>", `<ssl id="weak" sslProtocol="TLSv1" `+suites12+`><outboundConnection host="a.example.com" port="443"/></ssl></server>`, 1), map[string]audit.Verdict{"LIB-01": fail}, []string{"TLSv1.0", "TLSv1.2"}, nil},
		{"a weak one for an endpoint", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "</server>", `<ssl id="weak" sslProtocol="TLSv1" `+suites12+`/><sslOptions id="o" sslRef="weak"/><httpEndpoint id="e" httpsPort="9444" sslOptionsRef="o"/></server>`, 1), map[string]audit.Verdict{"LIB-01": fail}, []string{"TLSv1.0", "TLSv1.2"}, nil},
		{"a weak one inside an endpoint", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "</server>", `<ssl id="weak" sslProtocol="TLSv1" `+suites12+`/><httpEndpoint id="e" httpsPort="9444"><sslOptions sslRef="weak"/></httpEndpoint></server>`, 1), map[string]audit.Verdict{"LIB-01": fail}, []string{"TLSv1.0", "TLSv1.2"}, nil},
		{"a weak one nobody uses", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "</server>", `<ssl id="weak" sslProtocol="TLSv1"/></server>`, 1), map[string]audit.Verdict{"LIB-01": pass, "LIB-02": pass}, v12, nil},
		{"one that is not there", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "</server>", `<sslDefault sslRef="missing"/></server>`, 1), map[string]audit.Verdict{"LIB-01": unknown, "LIB-02": unknown}, nil, nil},
		{"two parts", "", strings.Replace(of12(`sslProtocol="SSL" `+suites12), "</server>", `<ssl id="defaultSSLConfig" sslProtocol="TLSv1.2"/></server>`, 1), map[string]audit.Verdict{"LIB-01": pass, "LIB-02": pass}, v12, nil},
		{"two parts, the later is weaker", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "</server>", `<ssl id="defaultSSLConfig" sslProtocol="SSL"/></server>`, 1), map[string]audit.Verdict{"LIB-01": fail}, v10to12, nil},
		{"variable", "", strings.Replace(of12(`sslProtocol="${p}" `+suites12), "</server>", `<variable name="p" value="${q}"/><variable name="q" defaultValue="TLSv1.2"/></server>`, 1), map[string]audit.Verdict{"LIB-01": pass}, v12, nil},
		{"weak variable", "", strings.Replace(of12(`sslProtocol="${p}" `+suites12), "</server>", `<variable name="p" value="SSL"/></server>`, 1), map[string]audit.Verdict{"LIB-01": fail}, v10to12, nil},
		{"undefined variable", "", of12(`sslProtocol="${p}" ` + suites12), map[string]audit.Verdict{"LIB-01": unknown}, nil, nil},
		{"variable of itself", "", strings.Replace(of12(`sslProtocol="${p}" `+suites12), "</server>", `<variable name="p" value="${p}"/></server>`, 1), map[string]audit.Verdict{"LIB-01": unknown}, nil, nil},
		{"comment", "", strings.Replace(of12(`sslProtocol="TLSv1.2" `+suites12), "</server>", `<!-- <ssl id="defaultSSLConfig" sslProtocol="SSL"/> --></server>`, 1), map[string]audit.Verdict{"LIB-01": pass}, v12, nil},
		{"fragment", "", `<server><ssl id="x" sslProtocol="SSL"/></server>`, map[string]audit.Verdict{"LIB-01": fail, "LIB-03": moot}, v10to12, nil},
		{"empty", "", `<server/>`, map[string]audit.Verdict{"LIB-03": moot}, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, eol := range []string{"\n", "\r\n"} {
				versions := map[string]string{}
				if test.java != "" {
					versions["java"] = test.java
				}
				tree := conftree.FromTexts(map[string]string{"server.xml": strings.ReplaceAll(test.text, "\n", eol)})
				r := &confdoc.Reader{Tree: tree, Versions: versions}
				d := conftest.Read(t, Format, r, "server.xml")
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
				versionsGot := conftest.Enabled(d)
				if test.java != "" {
					versionsGot = slices.DeleteFunc(versionsGot, func(v string) bool { return v == "TLSv1.3" || v == "SSLv3" })
				}
				if diff := cmp.Diff(test.versions, versionsGot); diff != "" {
					t.Errorf("versions (-want +got):\n%s", diff)
				}
				mended, _ := conftest.Mend(t, Format, r, "server.xml")
				if diff := cmp.Diff(test.left, conftest.Bad(mended)); diff != "" {
					t.Errorf("left after all changes (-want +got):\n%s\n%s", diff, mended.Main().Text)
				}
			}
		})
	}
}

func TestFixedText(t *testing.T) {
	d, _ := conftest.Mend(t, Format, &confdoc.Reader{Tree: conftest.OpenSamples(t)}, "liberty/server.xml.noncompliant-default")
	want := `<server>
    <featureManager><feature>transportSecurity-1.0</feature></featureManager>
    <httpEndpoint id="defaultHttpEndpoint" host="*" httpPort="-1" httpsPort="9443"/>
    <keyStore id="defaultKeyStore" password="Liberty"/>
    <ssl id="defaultSSLConfig" keyStoreRef="defaultKeyStore" sslProtocol="TLSv1.2"/>
</server>
`
	if diff := cmp.Diff(want, d.Main().Text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"LIB-04"}, conftest.Bad(d)); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

func TestEstablish(t *testing.T) {
	yes := true
	tests := []struct {
		name, text string
		want       audit.Want
		contains   []string
	}{
		{"lowest version", of12(`sslProtocol="SSL"`), audit.Want{MinVersion: audit.TLSv12}, []string{`sslProtocol="TLSv1.2"`}},
		{"lowest version keeps TLS 1.3", of12(`sslProtocol="TLSv1.1,TLSv1.3"`), audit.Want{MinVersion: audit.TLSv12}, []string{`sslProtocol="TLSv1.3"`}},
		{"versions", of12(`sslProtocol='SSL'`), audit.Want{Versions: []audit.Version{audit.TLSv12, audit.TLSv13}}, []string{`sslProtocol='TLSv1.3, TLSv1.2'`}},
		{"no element", "<server>\n    " + feature12 + "\n</server>\n", audit.Want{MinVersion: audit.TLSv12}, []string{"\n    <ssl id=\"defaultSSLConfig\" keyStoreRef=\"defaultKeyStore\" sslProtocol=\"TLSv1.2\"/>\n</server>"}},
		{"strong", of12(`sslProtocol="TLSv1.3, TLSv1.2" enabledCiphers="TLS_RSA_WITH_AES_128_CBC_SHA"`), audit.Want{Strong: true}, []string{`securityLevel="CUSTOM"`, "TLS_AES_256_GCM_SHA384 TLS_AES_128_GCM_SHA256 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"}},
		{"by name", of12(`sslProtocol="TLSv1.2"`), audit.Want{AllowSuites: []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}}, []string{`enabledCiphers="TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"`}},
		{"not one", of12(`sslProtocol="TLSv1.2" enabledCiphers="TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"`), audit.Want{ForbidSuites: []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}}, []string{`enabledCiphers="TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"`}},
		{"order", of12(suites12), audit.Want{ServerOrder: &yes}, []string{`enforceCipherOrder="true"`}},
		{"certificate", of12(suites12), audit.Want{Certificate: "RSA"}, nil},
		{"old versions", of12(suites12), audit.Want{Versions: []audit.Version{audit.TLSv10}}, nil},
	}
	for _, test := range tests {
		d := conftest.ReadText(t, Format, "server.xml", test.text, nil)
		edits, err := establish(d, d.Listeners[0], test.want)
		if test.contains == nil {
			if err == nil {
				t.Errorf("%s: no error, but %v", test.name, edits)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		texts, err := conftree.Apply(edits)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range test.contains {
			if !strings.Contains(texts["server.xml"], want) {
				t.Errorf("%s: %q is missing in\n%s", test.name, want, texts["server.xml"])
			}
		}
	}
}

// TestSecrets: passwords that stand in the files appear nowhere.
func TestSecrets(t *testing.T) {
	const canary = "C4naryS3cret"
	text := "<server>" + feature12 + endpoint1 + `<variable name="key.password" value="` + canary + `"/>
<keyStore id="a" password="` + canary + `"/><keyStore id="b" password="${key.password}"/><keyStore id="c" password="{xor}` + canary + `"><keyEntry keyPassword="` + canary + `"/></keyStore>
<ldapRegistry id="l" bindPassword="` + canary + `" host="{aes}` + canary + `"/><ssl id="defaultSSLConfig" sslProtocol="{xor}` + canary + `" enabledCiphers="{aes}` + canary + `"/>
<include location="http://user:` + canary + `@example.com/"/></server>`
	for _, text := range []string{text, text + `<a password="` + canary + `">`, strings.Replace(text, `id="a"`, `id="a" id="b"`, 1)} {
		d := conftest.ReadText(t, Format, "server.xml", text, nil)
		var told strings.Builder
		for _, f := range d.Faults {
			told.WriteString(f.Message + f.Hint + "\n")
		}
		for _, g := range d.Gaps {
			told.WriteString(g.Message + "\n")
		}
		for _, l := range d.Listeners {
			told.WriteString(strings.Join(l.Gaps, "\n"))
			for _, s := range slices.Concat(l.Settings, d.Settings) {
				told.WriteString(s.Key + s.Value + s.Note + "\n")
			}
			for _, v := range l.Versions {
				told.WriteString(v.Evidence + "\n")
			}
		}
		for _, j := range confdoc.Judge(d, conftest.Demands) {
			for _, f := range j.Findings {
				told.WriteString(f.Message + f.Evidence + "\n")
			}
		}
		if strings.Contains(told.String(), canary) {
			t.Errorf("the secret is told:\n%s", told.String())
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(of12(`sslProtocol="SSL_TLSv2" `+suites12), "<server/>", "a=b")
	f.Add("<server>"+feature12+`<httpEndpoint id="defaultHttpEndpoint" host="*"/><include location="more.xml" onConflict="IGNORE"/><ldapRegistry port="389"/></server>`, `<server><ssl id="defaultSSLConfig" sslProtocol="${a}" verifyHostname="false"/></server>`, "a=TLSv1")
	f.Add("<server><featureManager/><httpEndpoint httpsPort='1'/><ssl enabledCiphers='SSL_RSA_WITH_RC4_128_SHA'/><sslDefault sslRef=''/></server>", "", "")
	f.Fuzz(func(t *testing.T, text, more, properties string) {
		r := &confdoc.Reader{Tree: conftree.FromTexts(map[string]string{"server.xml": text, "more.xml": more, "bootstrap.properties": properties, "configDropins/overrides/a.xml": more})}
		d := conftest.Read(t, Format, r, "server.xml")
		conftest.CheckDocument(t, d)
		conftest.CheckFixes(t, r, d)
		sniff(d.Main())
	})
}
