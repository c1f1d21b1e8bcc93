package websphere

import (
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

const canary = "k4n4ry0fS3crets"

// TestSecrets puts a canary into every place of a password and looks for it in
// all that leaves the reader.
func TestSecrets(t *testing.T) {
	stores := fmt.Sprintf(`  <keyStores xmi:id="K" name="S" password="%[1]s" location="x"/><userRegistries serverPassword="{xor}%[1]s" bindPassword="%[1]s"/><authDataEntries password="{aes}%[1]s"/>`+"\n", canary)
	texts := []struct {
		format *confdoc.Format
		text   string
	}{
		{Security, cell(stores+property1("com.ibm.CSI.password", canary), `A||sslProtocol="SSL_TLSv2" keyStore="K" trustStore="K"`)},
		{Security, cell(stores, `A||sslProtocol="{xor}`+canary+`" securityLevel="{aes}`+canary+`" enabledCiphers="{xor}`+canary+`"`)},
		{Security, cell(stores, `A||sslProtocol="TLSv1.2" password="`+canary+`" password="`+canary+`"`)},
		{Security, cell(strings.Replace(stores, `name="S"`, "", 1)+"<broken a='", `A||sslProtocol="TLSv1"`)},
		{Security, cell(stores+"<x password="+canary+"/>", `A||sslProtocol="TLSv1"`)},
		{ClientProps, "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=SSL\ncom.ibm.ssl.keyStorePassword=" + canary + "\ncom.ibm.ssl.trustStorePassword={xor}" + canary + "\nbad\\u12" + canary},
		{ClientProps, "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol={xor}" + canary + "\ncom.ibm.ssl.keyStorePassword \\\n  " + canary + "\n"},
		{Server, process(` genericJvmArguments="-Djavax.net.ssl.keyStorePassword=`+canary+` '-Dx.passphrase=`+canary+` `+canary+`' -Dhttps.proxyPassword=`+canary+` -Dhttps.protocols=TLSv1"`, `<systemProperties name="db.password" value="`+canary+`"/>`)},
		{Server, process(` genericJvmArguments="-Djavax.net.ssl.keyStorePassword=`+canary+` '-Dx"`, "")},
		{Server, process(` genericJvmArguments="-Dcom.ibm.ssl.protocol={xor}`+canary+`"`, `<environment name="PASSWORD" value="`+canary+`"/>`)},
		{Plugin, `<Config><ServerCluster><Server><Transport Hostname="h" Port="1" Protocol="http"><Property Name="password" Value="` + canary + `"/></Transport></Server></ServerCluster></Config>`},
	}
	for i, tt := range texts {
		for _, text := range []string{tt.text, tt.text[:len(tt.text)*2/3]} {
			d := readText(t, tt.format, "x", text)
			if strings.Contains(dump(d.Document), canary) {
				t.Errorf("%d: a secret gets out of %s:\n%s", i, tt.format.Name, dump(d.Document))
			}
		}
	}
}

// dump is all that is told about a document.
func dump(d *confdoc.Document) string {
	var b strings.Builder
	list := confdoc.Judge(d, demands)
	for _, v := range []any{d.Faults, d.Gaps, d.Settings, list} {
		fmt.Fprintf(&b, "%+v\n", strip(v))
	}
	for _, l := range d.Listeners {
		text, _ := json.Marshal(l.Declared)
		b.Write(text)
	}
	for _, j := range list {
		text, _ := json.Marshal(j.Findings)
		b.Write(text)
	}
	return b.String()
}

// strip leaves out what does not leave the program: edits hold text of files.
func strip(v any) any {
	switch v := v.(type) {
	case []confdoc.Fault:
		var list []string
		for _, f := range v {
			list = append(list, f.Message+f.Hint)
		}
		return list
	case []confdoc.Judgement:
		var list []string
		for _, j := range v {
			list = append(list, j.Subject)
		}
		return list
	}
	return v
}

// TestBounds reads what is expensive for readers that are not careful.
func TestBounds(t *testing.T) {
	const size = 1 << 20
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)) }
	open, end, _ := strings.Cut(cell("@", `A||sslProtocol="TLSv1"`), "@")
	texts := []struct {
		format *confdoc.Format
		text   string
	}{
		{Security, open + repeat(`<repertoire alias="A"/>`) + end},
		{Security, open + repeat(`<properties name="com.ibm.websphere.tls.disabledAlgorithms" value="none"/>`) + end},
		{Security, open + repeat(`<a sslConfig="SSLConfig_1"/>`) + end},
		{Security, open + repeat(`<dynamicSSLConfigSelections dynamicSelectionInfo="a" sslConfig="b"/>`) + end},
		{Security, cell("", `A||sslProtocol="`+repeat("TLSv1,")+`"`)},
		{Security, cell("", `A||sslProtocol="TLSv1" enabledCiphers="`+repeat("SSL_RSA_WITH_RC4_128_SHA ")+`"`)},
		{Security, cell(property1(disabledKey, repeat("RC4, ")), `A||sslProtocol="TLSv1"`)},
		{ClientProps, repeat("com.ibm.ssl.alias=A\n")},
		{ClientProps, "com.ibm.ssl.alias=A\n" + repeat("com.ibm.ssl.protocol=TLSv1\n")},
		{ClientProps, repeat("com.ibm.ssl.protocol=TLSv1\n") + strings.Repeat("com.ibm.ssl.alias=A\n", 400)},
		{ClientProps, "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=" + repeat("TLSv1,\\\n")},
		{Server, process(` genericJvmArguments="`+repeat("-Dhttps.protocols=TLSv1 ")+`"`, "")},
		{Server, process(` genericJvmArguments="`+strings.Repeat("-Dhttps.protocols=TLSv1 -Dx.password=a ", 2400)+`"`, repeat(`<systemProperties name="https.protocols" value="TLSv1"/>`))},
		{Server, process(` genericJvmArguments="`+repeat("${A} ")+`"`, "")},
		{Server, process("", repeat("<jvmEntries/>"))},
		{Plugin, `<Config><ServerCluster><Server>` + repeat(`<Transport Protocol="http"/>`) + `</Server></ServerCluster></Config>`},
		{Plugin, `<Config><ServerCluster>` + strings.Repeat(`<Server><Transport Protocol="http"/></Server>`, 20000) + `</ServerCluster></Config>`},
		{Plugin, `<Config><ServerCluster><Server>` + strings.Repeat(`<Transport Protocol="http"/>`+"\n", 19000) + `<Transport Protocol="https"/></Server></ServerCluster></Config>`},
	}
	for i, tt := range texts {
		start := cpu()
		d := readText(t, tt.format, "x", tt.text)
		list := confdoc.Judge(d.Document, demands)
		if took := cpu() - start; took > time.Minute {
			t.Errorf("%d (%s): %s, %d listeners", i, tt.format.Name, took, len(d.Listeners))
		}
		changes := 0
		for _, j := range list {
			for _, fix := range j.Fixes {
				if changes++; changes <= 2 && len(fix.Edits) > 0 {
					d.change(t, fix.Edits)
				}
			}
		}
	}
}

// cpu is the time this process worked; the clock would count what others do.
func cpu() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		cell(property1(disabledKey, "none"), `A|N|sslProtocol="SSL_TLSv2" securityLevel="CUSTOM" enabledCiphers="SSL_RSA_WITH_RC4_128_SHA"`, `A||securityLevel="LOW"`),
		"com.ibm.ssl.defaultAlias=A\ncom.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=SSL\\\n  _TLSv2\ncom.ibm.ssl.alias B\ncom.ibm.ssl.protocol\n",
		process(` genericJvmArguments="-Dcom.ibm.jsse2.overrideDefaultTLS=false &quot;-Dhttps.protocols=TLSv1&quot; -Dx.password=a"`, `<systemProperties name="jdk.tls.client.protocols" value="TLSv1"/>`),
		"<Config UseInsecure='true'><ServerCluster><Server Name='s'><Transport Protocol='http'/>\n<Transport Protocol='https'/></Server></ServerCluster></Config>",
	} {
		for how := range byte(8) {
			f.Add(seed, how)
		}
	}
	f.Fuzz(func(t *testing.T, text string, how byte) {
		format := formats[how&3]
		min := audit.TLSv12
		if how&4 != 0 {
			min = audit.TLSv13
		}
		d := readText(t, format, "config/cells/c/x", text, "java", "8.0.6.30")
		inside := func(p audit.Place) {
			if p.File != "config/cells/c/x" || p.Line < 1 || p.Line > d.Main().Lines() {
				t.Fatalf("place %v of a file of %d lines", p, d.Main().Lines())
			}
		}
		for _, fault := range d.Faults {
			inside(fault.Place)
		}
		for _, gap := range d.Gaps {
			inside(gap.Place)
		}
		for _, s := range d.Settings {
			inside(s.Place)
		}
		for _, l := range d.Listeners {
			inside(*l.Place)
			for _, s := range l.Settings {
				inside(s.Place)
			}
			for _, v := range l.Versions {
				if v.Place != nil {
					inside(*v.Place)
				}
			}
			if format.Establish != nil {
				if edits, err := format.Establish(d.Document, l, audit.Want{MinVersion: min, Strong: true}); err == nil {
					d.change(t, edits)
				}
			}
		}
		for _, j := range confdoc.Judge(d.Document, confdoc.Demands{Min: min}) {
			for i := range j.Findings {
				inside(*j.Findings[i].Place)
			}
			for at, fix := range j.Fixes {
				if len(fix.Edits) == 0 {
					continue
				}
				after := d.change(t, fix.Edits)
				if after.Broken() != nil && d.Broken() == nil {
					t.Fatalf("the change of %s breaks the file: %s\n%q\n%q", j.Findings[at].Rule, after.Broken().Message, text, after.Main().Text)
				}
			}
		}
	})
}
