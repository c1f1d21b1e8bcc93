package websphere

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// TestRandom writes random files of every format and mends them: every change
// holds, for either policy, and only what takes a person is left.
func TestRandom(t *testing.T) {
	g := &author{rand.New(rand.NewPCG(9, 1910))}
	writers := []struct {
		format *confdoc.Format
		write  func() string
	}{{Security, g.security}, {ClientProps, g.props}, {Server, g.server}, {Plugin, g.plugin}}
	for _, w := range writers {
		failing, mended := 0, 0
		for range 300 {
			text := w.write()
			versions := []string{}
			if g.IntN(4) == 0 {
				versions = []string{"websphere", g.any("8.5.5.24", "9.0.5.20"), "java", "8.0.8.0"}
			}
			d := readText(t, w.format, "config/cells/C/x", text, versions...)
			if d.Broken() != nil {
				t.Fatalf("%s: %s\n%s", w.format.Name, d.Broken().Message, text)
			}
			demands := confdoc.Demands{Min: audit.TLSv12}
			if g.IntN(4) == 0 {
				demands.Min = audit.TLSv13
			}
			f, m := mend(t, d, demands)
			failing, mended = failing+f, mended+m
			if t.Failed() {
				t.Fatal(text)
			}
		}
		t.Logf("%s: changes for %d of %d findings", w.format.Name, mended, failing)
		if failing < 50 || mended*10 < failing*9 && w.format != Server && w.format != Plugin {
			t.Errorf("%s: changes for %d of %d findings", w.format.Name, mended, failing)
		}
	}
}

// author writes files.
type author struct{ *rand.Rand }

func (g *author) any(list ...string) string { return list[g.IntN(len(list))] }

func (g *author) protocol() string {
	return g.any("SSL_TLSv2", "SSL_TLS", "TLS", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.2", "TLSv1.3", "SSL", "SSLv3", "TLSv1.2,TLSv1.3", "TLSv1.1,TLSv1.2", "TLSv1,TLSv1.1,TLSv1.2,TLSv1.3", "TLSv1.3,TLSv1.2")
}

func (g *author) suites() string {
	var list []string
	for range g.IntN(4) {
		list = append(list, g.any("SSL_RSA_WITH_RC4_128_SHA", "SSL_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA", "SSL_DHE_RSA_WITH_AES_256_CBC_SHA256", "TLS_AES_256_GCM_SHA384", "SSL_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"))
	}
	return strings.Join(list, g.any(" ", "  ", ","))
}

// attrs writes attributes in any order and any layout.
func (g *author) attrs(pairs ...string) string {
	var list []string
	for i := 0; i < len(pairs); i += 2 {
		if g.IntN(5) > 0 {
			list = append(list, pairs[i]+g.any("=", " = ")+g.any(`"`+pairs[i+1]+`"`, "'"+pairs[i+1]+"'"))
		}
	}
	g.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return strings.Join(list, g.any(" ", "\n      ", "\t"))
}

func (g *author) security() string {
	var repertoires []string
	for i := range 1 + g.IntN(4) {
		repertoires = append(repertoires, fmt.Sprintf("%s|%s|%s", g.any("NodeDefaultSSLSettings", "CellDefaultSSLSettings", fmt.Sprint("A", i)), g.any("", "N1", fmt.Sprint("N", i)),
			g.attrs("sslProtocol", g.protocol(), "securityLevel", g.any("HIGH", "HIGH", "MEDIUM", "LOW", "CUSTOM"), "enabledCiphers", g.any("", g.suites()), "jsseProvider", "IBMJSSE2", "clientAuthentication", "false")))
	}
	properties := g.any("", property1(disabledKey, g.any("none", "NONE", "SSLv3, RC4", "SSLv3, TLSv1, TLSv1.1, RC4, 3DES_EDE_CBC, anon, NULL", "TLSv1.1", "DH keySize &lt; 1024, TLSv1")), "<!-- "+property1(disabledKey, "none")+" -->")
	return strings.ReplaceAll(cell(properties, repertoires...), "\n", g.any("\n", "\r\n"))
}

func (g *author) props() string {
	var b strings.Builder
	line := func(key, value string) {
		if g.IntN(6) > 0 {
			b.WriteString(g.any("", "", " ", "\t") + key + g.any("=", " = ", ":", " ") + value + "\n")
		}
		b.WriteString(g.any("", "", "# "+key+"=TLSv1 \\\n", "\n"))
	}
	line(hostNameKey, g.any("true", "false"))
	line(defaultAliasKey, "A0")
	for i := range 1 + g.IntN(3) {
		fmt.Fprintf(&b, "%s=A%d\n", aliasKey, i)
		line("com.ibm.ssl.protocol", g.protocol())
		line("com.ibm.ssl.securityLevel", g.any("HIGH", "MEDIUM", "LOW"))
		line("com.ibm.ssl.enabledCipherSuites", g.suites())
		line("com.ibm.ssl.keyStorePassword", "{xor}CDo9Hgw=")
	}
	return strings.ReplaceAll(b.String(), "\n", g.any("\n", "\r\n", "\r"))
}

func (g *author) server() string {
	property := func() string {
		return g.any("com.ibm.jsse2.overrideDefaultTLS=true", "com.ibm.jsse2.overrideDefaultTLS=false", "https.protocols=TLSv1,TLSv1.2", "jdk.tls.client.protocols=TLSv1.1", "https.protocols=TLSv1.2,TLSv1.3",
			"com.ibm.jsse2.overrideDefaultProtocol=SSL_TLSv2", "com.ibm.jsse2.disableSSLv3=false", "x=y", "com.ibm.ssl.protocol=TLS", "javax.net.ssl.trustStorePassword=a")
	}
	var arguments []string
	for range g.IntN(6) {
		arguments = append(arguments, g.any("-D"+property(), "-D"+property(), "&quot;-D"+property()+"&quot;", "-Xmx1g", "-Dx=&apos;a b&apos;"))
	}
	children := ""
	for range g.IntN(3) {
		name, value, _ := strings.Cut(property(), "=")
		children += fmt.Sprintf("      <systemProperties %s name=%q value=%q/>%s", g.any("", `xmi:id="P"`), name, value, g.any("\n", "", "\r\n"))
	}
	return process(g.any("", ` genericJvmArguments="`+strings.Join(arguments, g.any(" ", "  ", "\n   "))+g.any("", " ")+`"`), children)
}

func (g *author) plugin() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version='1.0'?>\n<Config %s>\n", g.attrs("UseInsecure", g.any("true", "false"), "USETLS13", "true"))
	for i := range 1 + g.IntN(3) {
		fmt.Fprintf(&b, "<ServerCluster Name='%d'>\n", i)
		for k := range 1 + g.IntN(3) {
			fmt.Fprintf(&b, " <Server Name='s%d'>%s", k, g.any("\n", ""))
			for range g.IntN(3) {
				fmt.Fprintf(&b, "  <Transport Hostname='h' %s/>%s", g.any("Protocol='http'", "Protocol='https'", "Protocol='https'"), g.any("\n", "", " <!-- x -->\n"))
			}
			b.WriteString("  <Transport Protocol='https'></Transport>\n </Server>\n")
		}
		b.WriteString("</ServerCluster>\n")
	}
	return b.String() + "</Config>\n"
}
