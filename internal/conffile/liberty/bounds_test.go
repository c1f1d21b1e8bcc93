package liberty

import (
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
)

// TestLarge: a megabyte of anything takes a fraction of a second on an idle
// machine. The test allows for a busy one; what is quadratic takes longer still.
func TestLarge(t *testing.T) {
	for name, unit := range map[string]string{
		"ssl": `<ssl id="defaultSSLConfig" sslProtocol="SSL"/>`, "ssl without id": `<ssl sslProtocol="SSL"/>`, "endpoints": `<httpEndpoint httpsPort="1" httpPort="80" host="*"/>`,
		"options": `<httpEndpoint httpsPort="1"><sslOptions sslRef="x"/></httpEndpoint>`, "defaults": `<sslDefault sslRef="a"/>`, "features": `<featureManager><feature>x</feature></featureManager>`,
		"variables": `<variable name="a" value="${a}"/>`, "ldap": `<ldapRegistry port="389"/>`, "stores": `<keyStore password="a"/>`, "hosts": `<ssl id="a"><outboundConnection host="a"/></ssl>`,
		"hosts of one": `<outboundConnection host="a"/>`, "includes": `<include location="a.xml"/>`, "text": "a", "weak": `TLS_RSA_WITH_AES_128_CBC_SHA `,
	} {
		body := strings.Repeat(unit, (1<<20-200)/len(unit))
		switch name {
		case "hosts of one":
			body = `<ssl id="a">` + body + `</ssl>`
		case "weak":
			body = `<ssl id="defaultSSLConfig" enabledCiphers="` + body + `"/>`
		}
		start := time.Now()
		d := conftest.ReadText(t, Format, "server.xml", "<server>"+feature12+body+"</server>", nil)
		confdoc.Judge(d, conftest.Demands)
		if len(d.Listeners) > 0 {
			_, _ = establish(d, d.Listeners[0], audit.Want{MinVersion: audit.TLSv12, Strong: true})
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s took %v", name, took)
		}
	}
}
