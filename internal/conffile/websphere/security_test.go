package websphere

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// cell writes a security.xml: repertoires are "alias|node|attributes of setting".
func cell(properties string, repertoires ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<security:Security xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI" xmlns:security="http://www.ibm.com/websphere/appserver/schemas/5.0/security.xmi" xmi:id="Security_1" defaultSSLSettings="SSLConfig_1">` + "\n")
	for i, r := range repertoires {
		part := strings.Split(r, "|")
		scope := "(cell):CELL"
		if part[1] != "" {
			scope += ":(node):" + part[1]
		}
		fmt.Fprintf(&b, "  <repertoire xmi:id=\"SSLConfig_%d\" alias=%q managementScope=\"Scope_%d\">\n    <setting %s/>\n  </repertoire>\n  <managementScopes xmi:id=\"Scope_%d\" scopeName=%q/>\n", i+1, part[0], i, part[2], i, scope)
	}
	return b.String() + properties + "</security:Security>\n"
}

func property1(name, value string) string {
	return fmt.Sprintf("  <properties xmi:id=\"P\" name=%q value=%q/>\n", name, value)
}

func TestSecurity(t *testing.T) {
	const full = "SSLv3, TLSv1, TLSv1.1, RC4, 3DES_EDE_CBC, anon, NULL, DH keySize &lt; 2048"
	tests := []struct {
		name, text string
		min        audit.Version
		versions   []string // of the product
		want       []string // fail and warn
		unknown    []string
		accepted   []string // of the first listener
	}{
		{name: "compliant", text: cell("", `A||sslProtocol="TLSv1.2" securityLevel="HIGH" enabledCiphers=""`), accepted: []string{"TLSv1.2"}},
		{name: "1.3 only", text: cell("", `A||sslProtocol="TLSv1.3"`), accepted: []string{"TLSv1.3"}},
		{name: "1.2 where 1.3 is wanted", text: cell("", `A||sslProtocol="TLSv1.2"`), min: audit.TLSv13, want: []string{"WAS-01 alias A"}, accepted: []string{"TLSv1.2"}},
		{name: "a list where 1.3 is wanted", text: cell("", `A||sslProtocol="TLSv1.2,TLSv1.3"`), min: audit.TLSv13, want: []string{"WAS-01 alias A"}, accepted: []string{"TLSv1.2", "TLSv1.3"}},
		{name: "a list with an old version", text: cell("", `A||sslProtocol="TLSv1.1,TLSv1.2,TLSv1.3"`), want: []string{"WAS-01 alias A"}, accepted: []string{"TLSv1.1", "TLSv1.2", "TLSv1.3"}},
		{name: "the second node of the same alias", text: cell("", `N|N1|sslProtocol="TLSv1.2"`, `N|N2|sslProtocol="SSL_TLSv2"`), want: []string{"WAS-01 alias N (cell):CELL:(node):N2"}, accepted: []string{"TLSv1.2"}},
		{name: "no protocol", text: cell("", `A||securityLevel="HIGH"`), want: []string{"WAS-01 alias A"}, accepted: []string{"TLSv1.0", "TLSv1.1", "TLSv1.2"}},
		{name: "SSL_TLS is 1.0", text: cell("", `A||sslProtocol="SSL_TLS"`), want: []string{"WAS-01 alias A"}, accepted: []string{"TLSv1.0"}},
		{name: "SSL", text: cell("", `A||sslProtocol="SSL"`), want: []string{"WAS-01 alias A"}, accepted: []string{"TLSv1.0", "TLSv1.1", "TLSv1.2"}},
		{name: "SSLv3", text: cell("", `A||sslProtocol="SSLv3"`), want: []string{"WAS-01 alias A"}, accepted: []string{"SSLv3"}},
		{name: "TLS", text: cell("", `A||sslProtocol="TLS"`), want: []string{"WAS-01 alias A"}, accepted: []string{"TLSv1.0"}},
		{name: "unknown protocol", text: cell("", `A||sslProtocol="TLSv12"`), unknown: []string{"WAS-01 alias A", "WAS-08 alias A"}},
		{name: "case differs", text: cell("", `A||sslProtocol="tlsv1.2"`), unknown: []string{"WAS-01 alias A", "WAS-08 alias A"}, accepted: []string{"TLSv1.2"}},
		{name: "weak, and case differs", text: cell("", `A||sslProtocol="ssl_tlsv2"`), want: []string{"WAS-01 alias A"}, unknown: []string{"WAS-08 alias A"}, accepted: []string{"TLSv1.0", "TLSv1.1", "TLSv1.2"}},
		{name: "blanks in the list", text: cell("", `A||sslProtocol="TLSv1.2, TLSv1.3"`), unknown: []string{"WAS-01 alias A", "WAS-08 alias A"}, accepted: []string{"TLSv1.2", "TLSv1.3"}},
		{name: "a word in a list that may not", text: cell("", `A||sslProtocol="SSL_TLSv2,TLSv1.3"`), want: []string{"WAS-01 alias A"}, unknown: []string{"WAS-08 alias A"}, accepted: []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
		{name: "a list where WebSphere is too old", text: cell("", `A||sslProtocol="TLSv1.2,TLSv1.3"`), versions: []string{"websphere", "8.5.5.19"}, unknown: []string{"WAS-01 alias A", "WAS-08 alias A"}, accepted: []string{"TLSv1.2", "TLSv1.3"}},
		{name: "a list where WebSphere has it", text: cell("", `A||sslProtocol="TLSv1.2,TLSv1.3"`), versions: []string{"websphere", "9.0.5.12", "java", "8.0.8.0"}, accepted: []string{"TLSv1.2", "TLSv1.3"}},
		{name: "1.3 where Java is too old", text: cell("", `A||sslProtocol="TLSv1.3"`), versions: []string{"java", "8.0 SR6 FP20"}, unknown: []string{"WAS-01 alias A", "WAS-08 alias A"}, accepted: []string{"TLSv1.3"}},
		{name: "another provider", text: cell("", `A||sslProtocol="TLSv1.2" jsseProvider="SunJSSE"`), unknown: []string{"WAS-01 alias A", "WAS-08 alias A"}, accepted: []string{"TLSv1.2"}},
		{name: "System SSL", text: strings.Replace(cell("", `A||sslProtocol="TLSv1.2"`), "alias=", `type="SSSL" alias=`, 1), unknown: []string{"WAS-01 alias A", "WAS-08 alias A"}, accepted: []string{"TLSv1.2"}},
		{name: "none", text: cell(property1(disabledKey, "none"), `A||sslProtocol="TLSv1.2"`), want: []string{"WAS-04"}, accepted: []string{"TLSv1.2"}},
		{name: "a short list", text: cell(property1(disabledKey, "SSLv3, RC4, DH keySize &lt; 1024"), `A||sslProtocol="TLSv1.2"`), want: []string{"WAS-04"}, accepted: []string{"TLSv1.2"}},
		{name: "1.1 is missing", text: cell(property1(disabledKey, strings.Replace(full, "TLSv1.1, ", "", 1)), `A||sslProtocol="TLSv1.2"`), want: []string{"WAS-04"}, accepted: []string{"TLSv1.2"}},
		{name: "RC4 is missing", text: cell(property1(disabledKey, strings.Replace(full, "RC4, ", "", 1)), `A||sslProtocol="TLSv1.2"`), want: []string{"WAS-04"}, accepted: []string{"TLSv1.2"}},
		{name: "a full list", text: cell(property1(disabledKey, full), `A||sslProtocol="TLSv1.2"`), accepted: []string{"TLSv1.2"}},
		{name: "an empty list", text: cell(property1(disabledKey, ""), `A||sslProtocol="TLSv1.2"`), want: []string{"WAS-04"}, accepted: []string{"TLSv1.2"}},
		{name: "two lists", text: cell(property1(disabledKey, full)+property1(disabledKey, full+", DES"), `A||sslProtocol="TLSv1.2"`), unknown: []string{"WAS-04"}, accepted: []string{"TLSv1.2"}},
		{name: "misspelt", text: cell(property1("com.ibm.websphere.TLS.disabledAlgorithms", full), `A||sslProtocol="TLSv1.2"`), want: []string{"WAS-04"}, accepted: []string{"TLSv1.2"}},
		{name: "in a comment", text: cell("<!--"+property1(disabledKey, "none")+"-->", `A||sslProtocol="TLSv1.2"`), accepted: []string{"TLSv1.2"}},
		{name: "inside an element, not of the root", text: cell("<x>"+property1(disabledKey, "none")+"</x>", `A||sslProtocol="TLSv1.2"`), accepted: []string{"TLSv1.2"}},
		{name: "weak suites", text: cell("", `A||sslProtocol="TLSv1.2" securityLevel="CUSTOM" enabledCiphers="SSL_ECDHE_RSA_WITH_AES_128_GCM_SHA256 SSL_RSA_WITH_AES_128_GCM_SHA256"`), want: []string{"WAS-05 alias A"}, accepted: []string{"TLSv1.2"}},
		{name: "weak suites, and HIGH", text: cell("", `A||sslProtocol="TLSv1.2" securityLevel="HIGH" enabledCiphers="SSL_RSA_WITH_RC4_128_MD5"`), want: []string{"WAS-05 alias A"}, accepted: []string{"TLSv1.2"}},
		{name: "good suites", text: cell("", `A||sslProtocol="TLSv1.2" securityLevel="CUSTOM" enabledCiphers="SSL_ECDHE_RSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"`), accepted: []string{"TLSv1.2"}},
		{name: "a signal among the suites", text: cell("", `A||sslProtocol="TLSv1.2" securityLevel="CUSTOM" enabledCiphers="SSL_ECDHE_RSA_WITH_AES_128_GCM_SHA256 TLS_EMPTY_RENEGOTIATION_INFO_SCSV"`), accepted: []string{"TLSv1.2"}},
		{name: "a signal among weak suites", text: cell("", `A||sslProtocol="TLSv1.2" securityLevel="CUSTOM" enabledCiphers="TLS_EMPTY_RENEGOTIATION_INFO_SCSV SSL_RSA_WITH_RC4_128_SHA"`), want: []string{"WAS-05 alias A"}, accepted: []string{"TLSv1.2"}},
		{name: "an unknown suite", text: cell("", `A||sslProtocol="TLSv1.2" securityLevel="CUSTOM" enabledCiphers="SSL_ECDHE_RSA_WITH_AES_128_GCM_SHA256 SSL_FOO"`), unknown: []string{"WAS-05 alias A"}, accepted: []string{"TLSv1.2"}},
		{name: "CUSTOM without a list", text: cell("", `A||sslProtocol="TLSv1.2" securityLevel="CUSTOM" enabledCiphers=""`), unknown: []string{"WAS-05 alias A", "WAS-08 alias A"}, accepted: []string{"TLSv1.2"}},
		{name: "LOW", text: cell("", `A||sslProtocol="TLSv1.2" securityLevel="LOW"`), want: []string{"WAS-08 alias A"}, accepted: []string{"TLSv1.2"}},
		{name: "a level nobody knows", text: cell("", `A||sslProtocol="TLSv1.2" securityLevel="STRONG"`), unknown: []string{"WAS-08 alias A"}, accepted: []string{"TLSv1.2"}},
		{name: "CRLF and references", text: strings.ReplaceAll(cell(property1(disabledKey, "none"), `A||sslProtocol = 'SSL&#95;TLSv2'`), "\n", "\r\n"), want: []string{"WAS-04", "WAS-01 alias A"}, accepted: []string{"TLSv1.0", "TLSv1.1", "TLSv1.2"}},
		{name: "the form of older releases", text: strings.Replace(cell("", `A||securityLevel="HIGH"`), "/>\n  </rep", `><properties name="com.ibm.ssl.protocol" value="SSL_TLS"/></setting>`+"\n  </rep", 1), want: []string{"WAS-01 alias A"}, unknown: []string{"WAS-08 alias A"}, accepted: []string{"TLSv1.0"}},
		{name: "two protocols", text: strings.Replace(cell("", `A||sslProtocol="TLSv1.2"`), "/>\n  </rep", `><properties name="com.ibm.ssl.protocol" value="SSL_TLS"/></setting>`+"\n  </rep", 1), unknown: []string{"WAS-01 alias A", "WAS-08 alias A"}, accepted: []string{"TLSv1.2"}},
		{name: "a repertoire without setting", text: strings.Replace(cell("", `A||sslProtocol="TLSv1.2"`), "setting", "settings", 1), unknown: []string{"WAS-01 alias A", "WAS-08 alias A"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := readText(t, Security, "security.xml", tt.text, tt.versions...)
			if d.Broken() != nil {
				t.Fatal(d.Broken().Message)
			}
			demands := demands
			if tt.min != 0 {
				demands.Min = tt.min
			}
			list := confdoc.Judge(d.Document, demands)
			if diff := cmp.Diff(tt.want, found(list, audit.Fail, audit.Warn)); diff != "" {
				t.Errorf("objections (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.unknown, unknownOf(list), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("unknown (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.accepted, versionsOf(d.Listeners[0])); diff != "" {
				t.Errorf("versions (-want +got):\n%s", diff)
			}
			failing, mended := mend(t, d, demands)
			if failing != mended && tt.name != "misspelt" {
				t.Errorf("changes for %d of %d findings", mended, failing)
			}
		})
	}
}

func TestLatent(t *testing.T) {
	weak := `A||sslProtocol="SSL_TLSv2"`
	answers := func(d reading1) (out []string) {
		for _, v := range d.Listeners[0].Versions[2:5] {
			out = append(out, v.Answer.String())
		}
		return out
	}
	for name, tt := range map[string]struct {
		d    reading1
		want []string
	}{
		"the cell's list":    {readText(t, Security, "security.xml", cell(property1(disabledKey, "SSLv3, TLSv1, TLSv1.1"), weak)), []string{"latent", "latent", "accepted"}},
		"a patched SDK":      {readText(t, Security, "security.xml", cell("", weak), "java", "8.0.6.30"), []string{"latent", "latent", "accepted"}},
		"an older SDK":       {readText(t, Security, "security.xml", cell("", weak), "java", "8.0.6.25"), []string{"accepted", "accepted", "accepted"}},
		"none, and patched":  {readText(t, Security, "security.xml", cell(property1(disabledKey, "none"), weak), "java", "8.0.6.30"), []string{"accepted", "accepted", "accepted"}},
		"nothing is known":   {readText(t, Security, "security.xml", cell("", weak)), []string{"accepted", "accepted", "accepted"}},
		"a patched SDK 7.1":  {readText(t, Security, "security.xml", cell("", weak), "java", "7.1 SR4 FP85"), []string{"latent", "latent", "accepted"}},
		"props, patched SDK": {readText(t, ClientProps, "ssl.client.props", "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=SSL_TLSv2\n", "java", "8.0.7.0"), []string{"latent", "latent", "accepted"}},
	} {
		if diff := cmp.Diff(tt.want, answers(tt.d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestSuites reads the suites of a list as far as the cell's list leaves them.
func TestSuites(t *testing.T) {
	d := readText(t, Security, "security.xml", cell(property1(disabledKey, "TLSv1, TLSv1.1, RC4"), `A||sslProtocol="TLSv1.2" securityLevel="CUSTOM" enabledCiphers="SSL_RSA_WITH_RC4_128_SHA SSL_ECDHE_RSA_WITH_AES_128_GCM_SHA256"`))
	fact := d.Listeners[0].Version(audit.TLSv12)
	if fact.SuitesAnswer != audit.Accepted || len(fact.Suites) != 1 || fact.Suites[0].Name != "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" {
		t.Errorf("%+v", fact)
	}
	d = readText(t, Security, "security.xml", cell("", `A||sslProtocol="TLSv1.2" securityLevel="HIGH"`))
	if fact := d.Listeners[0].Version(audit.TLSv12); fact.SuitesAnswer != audit.Undetermined {
		t.Errorf("what HIGH means is known: %+v", fact)
	}
}

func TestSecuritySettings(t *testing.T) {
	text := cell(`  <dynamicSSLConfigSelections xmi:id="D" name="ldap" dynamicSelectionInfo="LDAP,h,636" sslConfig="SSLConfig_2"/>`+"\n"+`  <sslConfigGroups name="NODE" direction="inbound" sslConfig="SSLConfig_2"/>`+"\n",
		`A||sslProtocol="TLSv1.2"`, `B|NODE|sslProtocol="TLSv1.2"`, `C||sslProtocol="TLSv1.2"`)
	d := readText(t, Security, "profiles/Dmgr01/config/cells/CELL/security.xml", text)
	told := func(settings []audit.Setting) (list []string) {
		for _, s := range settings {
			list = append(list, strings.TrimSpace(s.Key+"="+s.Value+" "+s.Note))
		}
		return list
	}
	if diff := cmp.Diff([]string{"profile=Dmgr01", "cell=CELL", "dynamicSelectionInfo=LDAP,h,636 outbound connections that match use B"}, told(d.Settings)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"alias=B", "scopeName=(cell):CELL:(node):NODE", "cell=CELL", "node=NODE", "sslProtocol=TLSv1.2", "used-by=dynamicSSLConfigSelections ldap", "used-by=sslConfigGroups NODE inbound"}, told(d.Listeners[1].Settings)); diff != "" {
		t.Error(diff)
	}
	if c := d.Listeners[2].Scope.(*config); c.unused == "" {
		t.Error("C is used by nothing")
	}
}

func TestCommand(t *testing.T) {
	text := cell("", `NodeDefaultSSLSettings|NODE|sslProtocol="SSL_TLSv2" clientAuthentication="true" securityLevel="HIGH" enabledCiphers=""`, `x' ; bad|N|sslProtocol="TLSv1"`)
	list := confdoc.Judge(readText(t, Security, "security.xml", text).Document, demands)
	got := remedy(list, "WAS-01")
	want := "Console: Security > SSL certificate and key management > SSL configurations > NodeDefaultSSLSettings > Quality of protection (QoP) settings → Protocol: TLSv1.2 → Apply → Save.\n" +
		`wsadmin (Jython): AdminTask.modifySSLConfig('[-alias NodeDefaultSSLSettings -scopeName (cell):CELL:(node):NODE -sslProtocol TLSv1.2 -jsseProvider IBMJSSE2 -clientAuthentication true -clientAuthenticationSupported false -securityLevel HIGH -enabledCiphers ""]') then AdminConfig.save()`
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(got[1], "bad") || !strings.Contains(got[1], "-alias <ALIAS> ") {
		t.Errorf("an alias gets into a command: %s", got[1])
	}
}

// remedy are the texts of the remedies of a rule.
func remedy(list []confdoc.Judgement, rule string) (texts []string) {
	for _, j := range list {
		for i := range j.Findings {
			if f := &j.Findings[i]; f.Rule == rule && f.Remedy != nil {
				texts = append(texts, f.Remedy.Text)
			}
		}
	}
	return texts
}

func TestEstablish(t *testing.T) {
	all := []audit.Version{audit.TLSv12, audit.TLSv13}
	no := false
	tests := []struct {
		name, setting string
		versions      []string
		want          audit.Want
		after         string // the setting, or the error
	}{
		{"lowest", `sslProtocol="SSL_TLSv2"`, nil, audit.Want{MinVersion: audit.TLSv12}, `sslProtocol="TLSv1.2"`},
		{"lowest of a list", `sslProtocol="TLSv1.1,TLSv1.2,TLSv1.3"`, nil, audit.Want{MinVersion: audit.TLSv12}, `sslProtocol="TLSv1.2,TLSv1.3"`},
		{"versions, level unknown", `sslProtocol="SSL_TLSv2"`, nil, audit.Want{Versions: all}, `sslProtocol="TLSv1.2"`},
		{"versions, level unknown, no better way", `sslProtocol="TLSv1.2"`, nil, audit.Want{Versions: all}, "several versions take a list"},
		{"versions, level known", `sslProtocol="TLSv1.2"`, []string{"websphere", "9.0.5.20"}, audit.Want{Versions: all}, `sslProtocol="TLSv1.2,TLSv1.3"`},
		{"versions there", `sslProtocol="TLSv1.3,TLSv1.2"`, nil, audit.Want{Versions: all}, "no setting"},
		{"strong", `sslProtocol="TLSv1.2" securityLevel="HIGH" enabledCiphers=""`, nil, audit.Want{Strong: true},
			`sslProtocol="TLSv1.2" securityLevel="CUSTOM" enabledCiphers="SSL_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 SSL_ECDHE_RSA_WITH_AES_256_GCM_SHA384 SSL_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 SSL_ECDHE_RSA_WITH_AES_128_GCM_SHA256"`},
		{"strong with 1.3", `sslProtocol="TLSv1.3" securityLevel="CUSTOM" enabledCiphers="TLS_RSA_WITH_AES_128_CBC_SHA"`, nil, audit.Want{Strong: true},
			`sslProtocol="TLSv1.3" securityLevel="CUSTOM" enabledCiphers="TLS_AES_256_GCM_SHA384 TLS_AES_128_GCM_SHA256"`},
		{"allowed suites", `sslProtocol="TLSv1.2" enabledCiphers="SSL_ECDHE_RSA_WITH_AES_256_CBC_SHA384 SSL_ECDHE_RSA_WITH_AES_256_GCM_SHA384"`, nil, audit.Want{AllowSuites: []string{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"}},
			`sslProtocol="TLSv1.2" enabledCiphers="SSL_ECDHE_RSA_WITH_AES_256_GCM_SHA384" securityLevel="CUSTOM"`},
		{"forbidden suites", `sslProtocol="TLSv1.2" securityLevel="CUSTOM" enabledCiphers="SSL_DHE_RSA_WITH_AES_256_GCM_SHA384 SSL_ECDHE_RSA_WITH_AES_256_GCM_SHA384"`, nil, audit.Want{ForbidSuites: []string{"TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"}},
			`sslProtocol="TLSv1.2" securityLevel="CUSTOM" enabledCiphers="SSL_ECDHE_RSA_WITH_AES_256_GCM_SHA384"`},
		{"order", `sslProtocol="TLSv1.2"`, nil, audit.Want{ServerOrder: &no}, "no setting for who chooses"},
		{"groups", `sslProtocol="TLSv1.2"`, nil, audit.Want{Groups: []string{"x25519"}}, "java.security"},
		{"certificate", `sslProtocol="TLSv1.2"`, nil, audit.Want{Certificate: "another"}, "key stores"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := readText(t, Security, "security.xml", cell("", "A||"+tt.setting), tt.versions...)
			edits, err := Security.Establish(d.Document, d.Listeners[0], tt.want)
			if err != nil {
				if !strings.Contains(err.Error(), tt.after) {
					t.Fatalf("error %v, want %s", err, tt.after)
				}
				return
			}
			if want := cell("", "A||"+tt.after); d.change(t, edits).Main().Text != want {
				t.Errorf("got  %s\nwant %s", d.change(t, edits).Main().Text, want)
			}
		})
	}
}

// TestEncodings changes files in other encodings than UTF-8.
func TestEncodings(t *testing.T) {
	text := cell(property1(disabledKey, "none")+"<!-- ü -->\n", `A||sslProtocol="SSL_TLSv2"`)
	latin1 := []byte(strings.NewReplacer("UTF-8", "ISO-8859-1", "ü", "\xfc").Replace(text))
	utf16 := utf16le(strings.NewReplacer("UTF-8", "UTF-16", "ü", "u").Replace(text))
	for name, b := range map[string][]byte{"ISO-8859-1": latin1, "UTF-16": utf16, "UTF-8 with a mark": []byte("\xef\xbb\xbf" + text)} {
		d := readFile(t, Security, &confdoc.Reader{Tree: conftree.FromBytes(map[string][]byte{"security.xml": b})}, "security.xml")
		if d.Broken() != nil {
			t.Errorf("%s: %s", name, d.Broken().Message)
			continue
		}
		if failing, mended := mend(t, d, demands); failing != 2 || mended != 2 {
			t.Errorf("%s: changes for %d of %d findings", name, mended, failing)
		}
	}
	for name, b := range map[string][]byte{"bytes that are not UTF-8": []byte(strings.ReplaceAll(text, "ü", "\xfc")), "no UTF-16": []byte(strings.Replace(text, "UTF-8", "UTF-16", 1)), "a NUL": []byte(text + "\x00")} {
		d := readFile(t, Security, &confdoc.Reader{Tree: conftree.FromBytes(map[string][]byte{"security.xml": b})}, "security.xml")
		if d.Broken() == nil || d.Broken().Kind != confdoc.NotLoaded {
			t.Errorf("%s: %+v", name, d.Faults)
		}
	}
}

func TestWeakness(t *testing.T) {
	for suite, want := range map[string]string{
		"SSL_RSA_WITH_NULL_SHA256": "no encryption", "TLS_ECDH_anon_WITH_AES_128_CBC_SHA": "no authentication", "SSL_RSA_EXPORT_WITH_RC4_40_MD5": "RC4", "SSL_DHE_RSA_WITH_DES_CBC_SHA": "DES",
		"SSL_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA": "3DES", "TLS_RSA_WITH_AES_256_GCM_SHA384": "no forward secrecy", "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256": "no forward secrecy",
		"SSL_DHE_RSA_WITH_AES_128_CBC_SHA": "", "TLS_AES_128_GCM_SHA256": "", "SSL_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "",
	} {
		if s, ok := suiteOf(suite); !ok || weakness(s) != want {
			t.Errorf("%s: %q (known: %v), want %q", suite, weakness(s), ok, want)
		}
	}
}
