package websphere

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// process writes a server.xml; arguments stand in it as they are.
func process(arguments, children string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<process:Server xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI" xmlns:process="http://www.ibm.com/websphere/appserver/schemas/5.0/process.xmi" xmi:id="Server_1" name="server1">
  <processDefinitions xmi:id="P">
    <jvmEntries xmi:id="J" debugMode="false"` + arguments + `>
` + children + `    </jvmEntries>
  </processDefinitions>
</process:Server>
`
}

func TestServer(t *testing.T) {
	const on = "-Dcom.ibm.jsse2.overrideDefaultTLS=true"
	tests := []struct {
		name, arguments, children string
		min                       audit.Version
		want, unknown             []string
		after                     string // the arguments after all changes
	}{
		{name: "compliant", arguments: ` genericJvmArguments="` + on + `"`},
		{name: "missing", arguments: ` genericJvmArguments="-Xmx1g"`, want: []string{"WAS-03"}, after: ` genericJvmArguments="-Xmx1g ` + on + `"`},
		{name: "no arguments", want: []string{"WAS-03"}, after: ` genericJvmArguments="` + on + `"`},
		{name: "empty arguments", arguments: ` genericJvmArguments=""`, want: []string{"WAS-03"}, after: ` genericJvmArguments="` + on + `"`},
		{name: "false", arguments: ` genericJvmArguments="-Da=b -Dcom.ibm.jsse2.overrideDefaultTLS=false -Dc"`, want: []string{"WAS-03"}, after: ` genericJvmArguments="-Da=b ` + on + ` -Dc"`},
		{name: "the last wins", arguments: ` genericJvmArguments="` + on + ` -Dcom.ibm.jsse2.overrideDefaultTLS=false"`, want: []string{"WAS-03"}, after: ` genericJvmArguments="` + on + ` ` + on + `"`},
		{name: "the last wins, for the better", arguments: ` genericJvmArguments="-Dcom.ibm.jsse2.overrideDefaultTLS=false ` + on + `"`},
		{name: "as a system property", arguments: ` genericJvmArguments=""`, children: `<systemProperties name="com.ibm.jsse2.overrideDefaultTLS" value="true"/>`},
		{name: "as a system property, and false", arguments: ` genericJvmArguments=""`, children: `<systemProperties name="com.ibm.jsse2.overrideDefaultTLS" value="false"/>`, want: []string{"WAS-03"}},
		{name: "as a system property without a value", children: `<systemProperties name="com.ibm.jsse2.overrideDefaultTLS"/>`, want: []string{"WAS-03"}},
		{name: "both, and they differ", arguments: ` genericJvmArguments="` + on + `"`, children: `<systemProperties name="com.ibm.jsse2.overrideDefaultTLS" value="false"/>`, unknown: []string{"WAS-03"}},
		{name: "another case", arguments: ` genericJvmArguments="-Dcom.ibm.jsse2.overridedefaulttls=true"`, want: []string{"WAS-03"}, after: ` genericJvmArguments="-Dcom.ibm.jsse2.overridedefaulttls=true ` + on + `"`},
		{name: "inside quotes of another argument", arguments: ` genericJvmArguments="-Dx=&quot;a ` + on + `&quot;"`, want: []string{"WAS-03"}, after: ` genericJvmArguments="-Dx=&quot;a ` + on + `&quot; ` + on + `"`},
		{name: "in quotes", arguments: ` genericJvmArguments='"` + on + `" -Dy="a b"'`},
		{name: "a quote not closed", arguments: ` genericJvmArguments="-Dx='a ` + on + `"`, unknown: []string{"JVM-02", "WAS-03", "WAS-06", "WAS-07", "JVM-06"}},
		{name: "a variable", arguments: ` genericJvmArguments="${MORE}"`, unknown: []string{"JVM-02", "WAS-03", "WAS-06", "WAS-07", "JVM-06"}},
		{name: "a variable in another argument", arguments: ` genericJvmArguments="` + on + ` -Dx=${LOG_ROOT}/y"`},
		{name: "a variable in the value", arguments: ` genericJvmArguments="-Dcom.ibm.jsse2.overrideDefaultTLS=${X}"`, unknown: []string{"WAS-03"}},
		{name: "an options file", arguments: ` genericJvmArguments="-Xoptionsfile=/opt/x"`, unknown: []string{"JVM-02", "WAS-03", "WAS-06", "WAS-07", "JVM-06"}},
		{name: "commented out", arguments: ` genericJvmArguments="-Dx"`, children: "<!-- " + on + " -->\n", want: []string{"WAS-03"}, after: ` genericJvmArguments="-Dx ` + on + `"`},
		{name: "old protocols", arguments: ` genericJvmArguments="` + on + ` -Dhttps.protocols=TLSv1,TLSv1.2 -Da=b -Djdk.tls.client.protocols=TLSv1.1"`, want: []string{"WAS-06"}, after: ` genericJvmArguments="` + on + ` -Da=b"`},
		{name: "old protocols first", arguments: ` genericJvmArguments="-Dhttps.protocols=TLSv1  -Djdk.tls.server.protocols=&#84;LSv1&#10;` + on + `"`, want: []string{"WAS-06"}, after: ` genericJvmArguments="` + on + `"`},
		{name: "good protocols", arguments: ` genericJvmArguments="` + on + ` -Dhttps.protocols=TLSv1.2 -Djdk.tls.client.protocols=TLSv1.2,TLSv1.3 -Dcom.ibm.jsse2.overrideDefaultProtocol=TLSv12 -Dcom.ibm.jsse2.disableSSLv3=true"`},
		{name: "good protocols that are not good enough", min: audit.TLSv13, arguments: ` genericJvmArguments="` + on + ` -Dhttps.protocols=TLSv1.2"`, want: []string{"WAS-06"}, after: ` genericJvmArguments="` + on + `"`},
		{name: "an old one that does not count, and one that does", arguments: ` genericJvmArguments="` + on + ` -Dhttps.protocols=TLSv1 -Dhttps.protocols=TLSv1.2"`},
		{name: "a good one that does not count", arguments: ` genericJvmArguments="` + on + ` -Dhttps.protocols=TLSv1.2 -Dhttps.protocols=TLSv1"`, want: []string{"WAS-06"}, after: ` genericJvmArguments="` + on + `"`},
		{name: "SSL_TLSv2", arguments: ` genericJvmArguments="` + on + ` -Dcom.ibm.jsse2.overrideDefaultProtocol=SSL_TLSv2"`, want: []string{"WAS-06"}, after: ` genericJvmArguments="` + on + `"`},
		{name: "the client's protocol", arguments: ` genericJvmArguments="` + on + ` -Dcom.ibm.ssl.protocol=SSL_TLS"`, want: []string{"WAS-06"}, after: ` genericJvmArguments="` + on + `"`},
		{name: "SSLv3", arguments: ` genericJvmArguments="` + on + ` -Dcom.ibm.jsse2.disableSSLv3=false"`, want: []string{"WAS-06"}, after: ` genericJvmArguments="` + on + `"`},
		{name: "an empty list", arguments: ` genericJvmArguments="` + on + ` -Dhttps.protocols="`},
		{name: "an unknown word", arguments: ` genericJvmArguments="` + on + ` -Dhttps.protocols=TLS1.2"`, unknown: []string{"WAS-06"}},
		{name: "old protocols as system properties", arguments: ` genericJvmArguments="` + on + `"`, children: "      <systemProperties name=\"https.protocols\" value=\"TLSv1\"/>\n", want: []string{"WAS-06"}, after: ` genericJvmArguments="` + on + `"`},
		{name: "a password", arguments: ` genericJvmArguments="` + on + ` -Djavax.net.ssl.trustStorePassword=s3"`, want: []string{"WAS-07"}, after: ` genericJvmArguments="` + on + ` -Djavax.net.ssl.trustStorePassword=s3"`},
		{name: "a password in quotes", arguments: ` genericJvmArguments='` + on + ` "-Ddb.passwd=s 3"'`, want: []string{"WAS-07"}, after: ` genericJvmArguments='` + on + ` "-Ddb.passwd=s 3"'`},
		{name: "a password by a shorter name", arguments: ` genericJvmArguments="` + on + ` -DkeyPass=s3"`, want: []string{"WAS-07"}},
		{name: "about passwords", arguments: ` genericJvmArguments="` + on + ` -Dx.passwordFile=/a -Dx.useSecret=false -Dx.password= -Dcompass=north -Dbypass=1"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := process(tt.arguments, tt.children)
			d := readText(t, Server, "server.xml", text)
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
			mend(t, d, demands)
			for _, j := range list {
				for _, fix := range j.Fixes {
					if len(fix.Edits) > 0 {
						d = d.change(t, fix.Edits)
					}
				}
			}
			if tt.after != "" {
				if diff := cmp.Diff(process(tt.after, strings.ReplaceAll(tt.children, "      <systemProperties name=\"https.protocols\" value=\"TLSv1\"/>\n", "")), d.Main().Text); diff != "" {
					t.Errorf("after the change (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestServerSettings(t *testing.T) {
	d := readText(t, Server, "profiles/App/config/cells/C/nodes/N/servers/server1/server.xml", process(` genericJvmArguments="-Xmx1g -Dcom.ibm.jsse2.overrideDefaultTLS=true -Djavax.net.ssl.keyStorePassword=x -Da=b -Dcom.ibm.jsse2.overrideDefaultTLS=false"`, ""))
	var got []string
	for _, s := range d.Settings {
		got = append(got, strings.TrimSpace(s.Key+"="+s.Value+" "+s.Note))
	}
	want := []string{"profile=App", "cell=C", "node=N", "server=server1", "com.ibm.jsse2.overrideDefaultTLS=true not in force: a later one has the same name", "javax.net.ssl.keyStorePassword=[redacted]", "com.ibm.jsse2.overrideDefaultTLS=false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if p := d.Settings[4].Place; p.Line != 4 || p.Col != 74 {
		t.Errorf("the argument is at %s", p)
	}
	if d := readText(t, Server, "server.xml", strings.Replace(process("", ""), "jvmEntries", "other", 2)); len(found(confdoc.Judge(d.Document, demands), audit.NotApplicable)) != 5 {
		t.Error("a server without a JVM is judged")
	}
}

func TestPlugin(t *testing.T) {
	config := func(attrs, servers string) string {
		return `<?xml version="1.0" encoding="ISO-8859-1"?>` + "\r\n<Config RefreshInterval=\"60\"" + attrs + ">\r\n <ServerCluster Name=\"C\">\r\n" + servers + " </ServerCluster>\r\n</Config>\r\n"
	}
	const (
		https = "   <Transport Hostname=\"h\" Port=\"9443\" Protocol=\"https\"/>\r\n"
		http  = "   <Transport Hostname=\"h\" Port=\"9080\" Protocol=\"http\">\r\n   </Transport>\r\n"
	)
	server := func(transports string) string {
		return "  <Server Name=\"s\">\r\n" + transports + "  </Server>\r\n"
	}
	tests := []struct {
		name, text, after string
		want, unknown     []string
		tls, plain        audit.Answer
	}{
		{name: "https", text: config("", server(https)), tls: audit.Accepted, plain: audit.Refused},
		{name: "both", text: config("", server(http+https)), want: []string{"IHS-09"}, after: config("", server(https)), tls: audit.Accepted, plain: audit.Accepted},
		{name: "twice both", text: config("", server(http+https)+server(https+http)), want: []string{"IHS-09"}, after: config("", server(https)+server(https)), tls: audit.Accepted, plain: audit.Accepted},
		{name: "http only", text: config("", server(http)), want: []string{"IHS-09"}, tls: audit.Refused, plain: audit.Accepted},
		{name: "one server http only", text: config("", server(http)+server(http+https)), want: []string{"IHS-09"}, tls: audit.Accepted, plain: audit.Accepted},
		{name: "on one line", text: config("", "<Server>"+`<Transport Protocol="HTTP"/><Transport Protocol="https"/></Server>`), want: []string{"IHS-09"}, after: config("", "<Server>"+`<Transport Protocol="https"/></Server>`), tls: audit.Accepted, plain: audit.Accepted},
		{name: "in a comment", text: config("", server("<!--"+http+"-->"+https)), tls: audit.Accepted, plain: audit.Refused},
		{name: "no protocol", text: config("", server(`<Transport Hostname="h" Port="1"/>`+https)), unknown: []string{"IHS-09"}, tls: audit.Accepted, plain: audit.Refused},
		{name: "insecure", text: config(` UseInsecure="true"`, server(https)), want: []string{"IHS-20"}, after: config(` UseInsecure="false"`, server(https)), tls: audit.Accepted, plain: audit.Refused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := readText(t, Plugin, "plugin-cfg.xml", tt.text)
			if d.Broken() != nil {
				t.Fatal(d.Broken().Message)
			}
			list := confdoc.Judge(d.Document, demands)
			if diff := cmp.Diff(tt.want, found(list, audit.Fail, audit.Warn)); diff != "" {
				t.Errorf("objections (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.unknown, unknownOf(list), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("unknown (-want +got):\n%s", diff)
			}
			if l := d.Listeners[0]; l.TLS != tt.tls || l.Plain != tt.plain {
				t.Errorf("TLS %v, plain text %v", l.TLS, l.Plain)
			}
			mend(t, d, demands)
			for _, j := range list {
				for _, fix := range j.Fixes {
					if len(fix.Edits) > 0 {
						d = d.change(t, fix.Edits)
					}
				}
			}
			if tt.after != "" && d.Main().Text != tt.after {
				t.Errorf("after the change: %q, want %q", d.Main().Text, tt.after)
			}
		})
	}
}
