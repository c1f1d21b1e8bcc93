package conffile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conffile/connections"
	"tlsaudit/internal/conffile/httpd"
	"tlsaudit/internal/conffile/java"
	"tlsaudit/internal/conffile/websphere"
	"tlsaudit/internal/conftree"
)

// The files of a cell with a deployment manager and two nodes, and of its web
// server.
const (
	httpdConf    = "ihs/conf/httpd.conf"
	lotusConfig  = "profiles/Dmgr01/config/cells/CELL_01/LotusConnections-config/LotusConnections-config.xml"
	javaSecurity = "java/jre/lib/security/java.security"
)

func propsOf(profile string) string { return "profiles/" + profile + "/properties/ssl.client.props" }

func securityOf(profile string) string {
	return "profiles/" + profile + "/config/cells/CELL_01/security.xml"
}

func serverOf(profile, node, server string) string {
	return "profiles/" + profile + "/config/cells/CELL_01/nodes/" + node + "/servers/" + server + "/server.xml"
}

// cell returns the texts of an estate that followed the procedure to its end.
func cell(t *testing.T) map[string]string {
	t.Helper()
	text := func(sample string) string {
		b, err := os.ReadFile(filepath.Join(sampleDir, sample))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	texts := map[string]string{
		httpdConf:                              text("ihs/httpd.compliant.conf"),
		lotusConfig:                            text("connections/LotusConnections-config.compliant.xml"),
		serverOf("Dmgr01", "DMGRNODE", "dmgr"): strings.ReplaceAll(text("websphere/server.xml.compliant"), `name="server1"`, `name="dmgr"`),
		serverOf("AppSrv01", "NODE_01", "server1"): text("websphere/server.xml.compliant"),
		serverOf("AppSrv02", "NODE_02", "server1"): text("websphere/server.xml.compliant"),
	}
	for _, profile := range []string{"Dmgr01", "AppSrv01", "AppSrv02"} {
		texts[propsOf(profile)] = text("websphere/ssl.client.props.compliant")
		texts[securityOf(profile)] = text("websphere/security.xml.compliant")
	}
	return texts
}

// loadCell reads an estate, each file with the format of its name.
func loadCell(texts map[string]string) []*Document {
	tree := conftree.FromTexts(texts)
	formats := map[string]*confdoc.Format{
		"httpd.conf": httpd.IHS, "LotusConnections-config.xml": connections.Format, "ssl.client.props": websphere.ClientProps, "security.xml": websphere.Security,
		"server.xml": websphere.Server, "java.security": java.Security,
	}
	var sources []Source
	for path := range texts {
		sources = append(sources, Source{Tree: tree, Paths: []string{path}, As: formats[filepath.Base(path)]})
	}
	slices.SortFunc(sources, func(a, b Source) int { return strings.Compare(a.Paths[0], b.Paths[0]) })
	return Load(sources).Documents
}

// crossFindings are what rules over several documents say, beside passes.
func crossFindings(documents []*Document) map[string]string {
	all := map[string]string{}
	for _, r := range (&Judge{Demands: demands}).Records(documents, "connections") {
		for _, f := range r.Findings {
			master := f.Rule == "WAS-09" && f.Verdict == audit.NotApplicable
			if slices.Contains([]string{"CON-03", "CON-05", "WAS-09", "WAS-11"}, f.Rule) && f.Verdict != audit.Pass && !master {
				all[strings.TrimPrefix(r.Evidence.Subject, "config:")+" "+f.Rule] = f.Verdict.String() + " " + f.Message
			}
		}
	}
	return all
}

// TestProcedure: a complete procedure leaves nothing to say; each step left out
// is told in its place, and nothing else is.
func TestProcedure(t *testing.T) {
	replaced := func(path, old, new string) func(map[string]string) {
		return func(texts map[string]string) {
			if !strings.Contains(texts[path], old) {
				t.Fatalf("%s has no %q", path, old)
			}
			texts[path] = strings.ReplaceAll(texts[path], old, new)
		}
	}
	everywhere := func(pattern, old, new string) func(map[string]string) {
		return func(texts map[string]string) {
			for path := range texts {
				if strings.Contains(path, pattern) {
					replaced(path, old, new)(texts)
				}
			}
		}
	}
	without := func(paths ...string) func(map[string]string) {
		return func(texts map[string]string) {
			for _, path := range paths {
				if _, ok := texts[path]; !ok {
					t.Fatalf("no %s", path)
				}
				delete(texts, path)
			}
		}
	}
	const con05 = " CON-05"
	secondHost := "</IfModule>"
	tests := []struct {
		name   string
		change func(map[string]string)
		want   map[string]string // by file and rule: the verdict and words of the message
	}{
		{"complete", func(map[string]string) {}, nil},
		{"no line in the web server", replaced(httpdConf, "    SSLProtocolDisable SSLv2 SSLv3 TLSv10 TLSv11\n", ""), map[string]string{httpdConf + con05: "fail|has no line SSLProtocolDisable"}},
		{"a second host without the line", replaced(httpdConf, secondHost, "  <VirtualHost *:8443>\n    SSLEnable\n  </VirtualHost>\n"+secondHost), map[string]string{httpdConf + con05: "fail|8443"}},
		{"a second host with half the line", replaced(httpdConf, secondHost, "  <VirtualHost *:8443>\n    SSLEnable\n    SSLProtocolDisable SSLv2 SSLv3 TLSv11\n  </VirtualHost>\n"+secondHost), map[string]string{httpdConf + con05: "fail|8443|TLSv1.0"}},
		{"a node's ssl.client.props", replaced(propsOf("AppSrv02"), "com.ibm.ssl.protocol=TLSv1.2", "com.ibm.ssl.protocol=SSL_TLSv2"), map[string]string{propsOf("AppSrv02") + con05: "fail|DefaultSSLSettings|SSL_TLSv2"}},
		{"a node's ssl.client.props without a protocol", replaced(propsOf("AppSrv01"), "com.ibm.ssl.protocol=TLSv1.2\n", ""), map[string]string{propsOf("AppSrv01") + con05: "fail|no com.ibm.ssl.protocol"}},
		{"the property", replaced(lotusConfig, `name="com.ibm.connections.SSLProtocol"`, `name=""`), map[string]string{lotusConfig + con05: "fail|is not set", lotusConfig + " CON-03": "not-applicable|CON-01"}},
		{"the property is old", replaced(lotusConfig, ">TLSv1.2<", ">TLSv1<"), map[string]string{lotusConfig + con05: "fail|TLSv1.0", lotusConfig + " CON-03": "not-applicable|CON-02"}},
		{"one SSL configuration", everywhere("/security.xml", `jsseProvider="IBMJSSE2" sslProtocol="TLSv1.2" keyStore="KeyStore_3"`, `jsseProvider="IBMJSSE2" sslProtocol="SSL_TLSv2" keyStore="KeyStore_3"`), map[string]string{
			securityOf("Dmgr01") + con05: "fail|NodeDefaultSSLSettings|SSL_TLSv2", securityOf("AppSrv01") + con05: "fail|NodeDefaultSSLSettings", securityOf("AppSrv02") + con05: "fail|NodeDefaultSSLSettings",
		}},
		{"a server's JVM", replaced(serverOf("AppSrv01", "NODE_01", "server1"), " -Dcom.ibm.jsse2.overrideDefaultTLS=true", ""), map[string]string{serverOf("AppSrv01", "NODE_01", "server1") + con05: "fail|overrideDefaultTLS"}},
		{"the deployment manager's JVM", replaced(serverOf("Dmgr01", "DMGRNODE", "dmgr"), "overrideDefaultTLS=true", "overrideDefaultTLS=false"), map[string]string{serverOf("Dmgr01", "DMGRNODE", "dmgr") + con05: "fail|overrideDefaultTLS"}},
		{"no web server among the files", without(httpdConf), map[string]string{lotusConfig + con05: "unknown|httpd.conf"}},
		{"a node's ssl.client.props is not there", without(propsOf("AppSrv02")), map[string]string{lotusConfig + con05: "unknown|node NODE_02"}},
		{"the deployment manager's ssl.client.props is not there", without(propsOf("Dmgr01")), map[string]string{lotusConfig + con05: "unknown|node DMGRNODE"}},
		{"no ssl.client.props is there", without(propsOf("Dmgr01"), propsOf("AppSrv01"), propsOf("AppSrv02")), map[string]string{lotusConfig + con05: "unknown|no ssl.client.props"}},
		{"no security.xml is there", without(securityOf("Dmgr01"), securityOf("AppSrv01"), securityOf("AppSrv02")), map[string]string{lotusConfig + con05: "unknown|security.xml"}},
		{"no server.xml is there", without(serverOf("Dmgr01", "DMGRNODE", "dmgr"), serverOf("AppSrv01", "NODE_01", "server1"), serverOf("AppSrv02", "NODE_02", "server1")), map[string]string{lotusConfig + con05: "unknown|server.xml"}},
		{"a node's server.xml is not there", func(texts map[string]string) {
			without(serverOf("AppSrv01", "NODE_01", "server1"))(texts)
		}, map[string]string{lotusConfig + con05: "unknown|node NODE_01"}},
		{"the repository of the deployment manager has the nodes", func(texts map[string]string) {
			texts[serverOf("Dmgr01", "NODE_01", "server1")] = texts[serverOf("AppSrv01", "NODE_01", "server1")]
			texts[serverOf("Dmgr01", "NODE_02", "server1")] = texts[serverOf("AppSrv02", "NODE_02", "server1")]
		}, nil},
		{"a node known from the deployment manager alone", func(texts map[string]string) {
			texts[serverOf("Dmgr01", "NODE_03", "server1")] = texts[serverOf("AppSrv01", "NODE_01", "server1")]
		}, map[string]string{lotusConfig + con05: "unknown|node NODE_03"}},
		{"a node of a web server has no profile", func(texts map[string]string) {
			texts[serverOf("Dmgr01", "WEBNODE", "webserver1")] = texts[serverOf("AppSrv01", "NODE_01", "server1")]
		}, nil},
		{"a web server that is not read", replaced(httpdConf, "</VirtualHost>", ""), map[string]string{httpdConf + con05: "unknown|", lotusConfig + " CON-03": "unknown|httpd.conf"}},
		{"an old web server and an old node", func(texts map[string]string) {
			replaced(httpdConf, " TLSv10 TLSv11", "")(texts)
			replaced(propsOf("AppSrv02"), "com.ibm.ssl.protocol=TLSv1.2", "com.ibm.ssl.protocol=TLSv1")(texts)
		}, map[string]string{httpdConf + con05: "fail|TLSv1.0, TLSv1.1", propsOf("AppSrv02") + con05: "fail|TLSv1.0"}},
		{"TLS 1.3 in one place", replaced(lotusConfig, ">TLSv1.2<", ">TLSv1.3<"), map[string]string{lotusConfig + " CON-03": "fail|httpd.conf|ssl.client.props:|security.xml:"}},
		{"TLS 1.3 in one node", replaced(propsOf("AppSrv02"), "com.ibm.ssl.protocol=TLSv1.2", "com.ibm.ssl.protocol=TLSv1.3"), map[string]string{lotusConfig + " CON-03": "fail|" + propsOf("AppSrv02")}},
		{"both versions in one node", replaced(propsOf("AppSrv02"), "com.ibm.ssl.protocol=TLSv1.2", "com.ibm.ssl.protocol=TLSv1.2,TLSv1.3"), nil},
		{"TLS 1.3 everywhere but the web server", func(texts map[string]string) {
			replaced(lotusConfig, ">TLSv1.2<", ">TLSv1.3<")(texts)
			everywhere("ssl.client.props", "com.ibm.ssl.protocol=TLSv1.2", "com.ibm.ssl.protocol=TLSv1.3")(texts)
			everywhere("/security.xml", `sslProtocol="TLSv1.2"`, `sslProtocol="TLSv1.3"`)(texts)
		}, map[string]string{lotusConfig + " CON-03": "unknown|httpd.conf"}},
		{"TLS 1.3 everywhere", func(texts map[string]string) {
			replaced(lotusConfig, ">TLSv1.2<", ">TLSv1.3<")(texts)
			everywhere("ssl.client.props", "com.ibm.ssl.protocol=TLSv1.2", "com.ibm.ssl.protocol=TLSv1.3")(texts)
			everywhere("/security.xml", `sslProtocol="TLSv1.2"`, `sslProtocol="TLSv1.3"`)(texts)
			replaced(httpdConf, "TLSv10 TLSv11", "TLSv10 TLSv11 TLSv12")(texts)
			replaced(httpdConf, "    SSLCipherSpec ALL NONE\n    SSLCipherSpec ALL +TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 +TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n", "")(texts)
		}, nil},
		{"a node out of step", replaced(securityOf("AppSrv02"), `sslProtocol="TLSv1.2" keyStore="KeyStore_3"`, `sslProtocol="TLSv1.2,TLSv1.3" keyStore="KeyStore_3"`), map[string]string{securityOf("AppSrv02") + " WAS-09": "fail|NodeDefaultSSLSettings|TLSv1.2,TLSv1.3|" + securityOf("Dmgr01")}},
		{"a node ahead of the deployment manager", replaced(securityOf("Dmgr01"), `sslProtocol="TLSv1.2" keyStore="KeyStore_3"`, `sslProtocol="TLSv1" keyStore="KeyStore_3"`), map[string]string{securityOf("Dmgr01") + con05: "fail|NodeDefaultSSLSettings"}},
		{"a node behind the deployment manager", replaced(securityOf("AppSrv01"), `sslProtocol="TLSv1.2" keyStore="KeyStore_3"`, `sslProtocol="TLSv1" keyStore="KeyStore_3"`), map[string]string{securityOf("AppSrv01") + con05: "fail|NodeDefaultSSLSettings", securityOf("AppSrv01") + " WAS-09": "fail|TLSv1"}},
		{"a node that lacks one", replaced(securityOf("AppSrv01"), `alias="XDADefaultSSLSettings"`, `alias="Other"`), map[string]string{securityOf("AppSrv01") + " WAS-09": "fail|XDADefaultSSLSettings|Other"}},
		{"a node with another list", replaced(securityOf("AppSrv01"), "MD5withRSA, ", ""), map[string]string{securityOf("AppSrv01") + " WAS-09": "fail|disabledAlgorithms"}},
		{"a node that differs in bytes only", func(texts map[string]string) {
			replaced(securityOf("AppSrv01"), "SSLv3, TLSv1, ", "SSLv3,TLSv1 , ")(texts)
			replaced(securityOf("AppSrv01"), `cacheTimeout="600"`, `cacheTimeout="900"`)(texts)
			replaced(securityOf("AppSrv01"), "SSLConfig_", "SSLConfig_9")(texts)
		}, nil},
		{"another cell", func(texts map[string]string) {
			texts["profiles/Other/config/cells/CELL_02/security.xml"] = strings.ReplaceAll(strings.ReplaceAll(texts[securityOf("Dmgr01")], "XDADefault", "YDADefault"), "NODE_01", "NODE_02")
		}, nil},
		{"a deployment manager's security.xml that is not read", replaced(securityOf("Dmgr01"), "</security:Security>", ""), map[string]string{
			securityOf("Dmgr01") + " WAS-09": "unknown|", securityOf("AppSrv01") + " WAS-09": "unknown|is not read", securityOf("AppSrv02") + " WAS-09": "unknown|is not read", securityOf("Dmgr01") + con05: "unknown|",
			lotusConfig + " CON-03": "unknown|" + securityOf("Dmgr01"),
		}},
		{"a web server with a file that is missing", replaced(httpdConf, secondHost, secondHost+"\nInclude conf/more.conf"), map[string]string{httpdConf + con05: "unknown|", lotusConfig + " CON-03": "unknown|httpd.conf"}},
		{"java.security is stronger", func(texts map[string]string) {
			texts[javaSecurity] = "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, RC4\n"
			everywhere("/security.xml", "SSLv3, TLSv1, TLSv1.1, RC4", "SSLv3, RC4")(texts)
		}, map[string]string{
			securityOf("Dmgr01") + " WAS-11": "fail|is in force|" + javaSecurity + "|TLSv1.0, TLSv1.1", securityOf("AppSrv01") + " WAS-11": "fail|", securityOf("AppSrv02") + " WAS-11": "fail|",
		}},
		{"java.security is weaker", func(texts map[string]string) { texts[javaSecurity] = "jdk.tls.disabledAlgorithms=SSLv3, RC4\n" }, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			texts := cell(t)
			test.change(texts)
			got := crossFindings(loadCell(texts))
			for key, want := range test.want {
				words := strings.Split(want, "|")
				if !strings.HasPrefix(got[key], words[0]+" ") {
					t.Errorf("%s: %q, want %s", key, got[key], words[0])
				}
				for _, word := range words[1:] {
					if !strings.Contains(got[key], word) {
						t.Errorf("%s: %q does not name %q", key, got[key], word)
					}
				}
			}
			for key, message := range got {
				if _, ok := test.want[key]; !ok {
					t.Errorf("%s is not expected: %s", key, message)
				}
			}
		})
	}
}

// TestProcedureFixed: every step left out in a file that can be edited is made
// up for by the changes of that file.
func TestProcedureFixed(t *testing.T) {
	texts := cell(t)
	edit := func(path, old, new string) {
		t.Helper()
		if !strings.Contains(texts[path], old) {
			t.Fatalf("%s has no %q", path, old)
		}
		texts[path] = strings.Replace(texts[path], old, new, 1)
	}
	edit(httpdConf, "    SSLProtocolDisable SSLv2 SSLv3 TLSv10 TLSv11\n", "")
	edit(propsOf("AppSrv02"), "com.ibm.ssl.protocol=TLSv1.2", "com.ibm.ssl.protocol=SSL_TLSv2")
	edit(lotusConfig, "com.ibm.connections.SSLProtocol", "")
	for _, profile := range []string{"AppSrv01", "AppSrv02", "Dmgr01"} {
		edit(securityOf(profile), `sslProtocol="TLSv1.2"`, `sslProtocol="SSL_TLSv2"`)
	}
	edit(serverOf("AppSrv01", "NODE_01", "server1"), " -Dcom.ibm.jsse2.overrideDefaultTLS=true", "")
	judge := &Judge{Demands: demands, Prove: true}
	documents := loadCell(texts)
	want := []string{httpdConf, lotusConfig, propsOf("AppSrv02"), securityOf("AppSrv01"), securityOf("AppSrv02"), securityOf("Dmgr01"), serverOf("AppSrv01", "NODE_01", "server1")}
	var proven []string
	for _, r := range judge.Records(documents, "connections") {
		for _, f := range r.Findings {
			if f.Rule == "CON-05" && f.Verdict == audit.Fail && f.Remedy.Proven {
				proven = append(proven, strings.TrimPrefix(r.Evidence.Subject, "config:"))
			}
		}
	}
	slices.Sort(want)
	slices.Sort(proven)
	if diff := cmp.Diff(want, proven); diff != "" {
		t.Errorf("files with a proven change for CON-05 (-want +got):\n%s", diff)
	}
	for _, d := range documents {
		m := judge.Mend(d, documents, "connections")
		for _, c := range m.Changes {
			texts[c.Before.Path] = c.After
		}
	}
	if got := crossFindings(loadCell(texts)); len(got) > 0 {
		t.Errorf("after all changes: %v", got)
	}
}

// TestAlone: a file of Connections by itself is asked no rule over several
// files, and passes none; one file more, and what is missing is unknown.
func TestAlone(t *testing.T) {
	judge := &Judge{Demands: demands}
	for _, r := range judge.Records(loadCell(map[string]string{lotusConfig: cell(t)[lotusConfig]}), "") {
		for _, f := range r.Findings {
			if f.Rule == "CON-03" || f.Rule == "CON-05" {
				t.Errorf("%s is asked of a file by itself: %s", f.Rule, f.Verdict)
			}
		}
	}
	got := crossFindings(loadCell(map[string]string{lotusConfig: cell(t)[lotusConfig], httpdConf: cell(t)[httpdConf]}))
	for _, rule := range []string{"CON-05"} {
		if !strings.HasPrefix(got[lotusConfig+" "+rule], "unknown ") {
			t.Errorf("%s: %q", rule, got[lotusConfig+" "+rule])
		}
	}
	if got := crossFindings(loadCell(map[string]string{httpdConf: cell(t)[httpdConf]})); len(got) > 0 {
		t.Errorf("without Connections: %v", got)
	}
}
