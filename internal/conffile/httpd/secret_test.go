package httpd

import (
	"encoding/json"
	"strings"
	"testing"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// TestSecretsStayInside puts a canary wherever these files hold secrets, and
// into lines that are objected to.
func TestSecretsStayInside(t *testing.T) {
	const canary = "Kanarienvogel7"
	text := strings.ReplaceAll(`SSLSRPUnknownUserSeed CANARY
SSLPassPhraseDialog "exec:/usr/bin/ask --password CANARY"
SSLOCSPProxyURL http://joe:CANARY@ocsp.example.com/
SSLProxyEngine on
AuthLDAPBindPassword CANARY
SetEnv DB_PASSWORD CANARY
DBDParams "host=db user=u password=CANARY"
CryptoSecret CANARY
SessionCryptoPassphrase CANARY
Define Password CANARY
Define dbPassword CANARY
<VirtualHost *:443>
SSLEngine on
SSLProtocol all
AuthLDAPBindPassword CANARY extra
ProxyPass / https://joe:CANARY@back.example.com/
<Proxy https://joe:CANARY@back.example.com/>
SSLProxyVerify none
</Proxy>
# SSLProtocol all password=CANARY
</VirtualHost>
<VirtualHost *:8443>
SSLEnable
SSLProtocolDisable SSLv3
SSLStashFile x password=CANARY
SSLPKCSDriver x
</VirtualHost>
Include http://joe:CANARY@x.example.com/a.conf
ServerName a password=CANARY
SSLProtocol ${dbPassword}
SSLEngine password=CANARY
`, "CANARY", canary)
	for _, format := range []*confdoc.Format{Apache, IHS} {
		for _, text := range []string{text, strings.ReplaceAll(text, "SSLEnable\n", ""), strings.Join(strings.Split(text, "\n")[:20], "\n") + "\n</VirtualHost>\n"} {
			tree := conftree.FromTexts(map[string]string{"httpd.conf": text})
			f, err := tree.Read("httpd.conf")
			if err != nil {
				t.Fatal(err)
			}
			d := read(format, &confdoc.Reader{Tree: tree}, f)
			var out strings.Builder
			for _, x := range []any{d.Listeners, d.Settings, d.Gaps} {
				b, err := json.Marshal(x)
				if err != nil {
					t.Fatal(err)
				}
				out.Write(b)
			}
			for _, fault := range d.Faults {
				out.WriteString(fault.Message + "\n" + fault.Hint + "\n")
			}
			for _, j := range judge(d) {
				out.WriteString(j.Subject + "\n")
				for _, finding := range j.Findings {
					b, err := json.Marshal(finding)
					if err != nil {
						t.Fatal(err)
					}
					out.Write(b)
				}
				for _, fix := range j.Fixes {
					out.WriteString(fix.None)
				}
			}
			for at := strings.Index(out.String(), canary); at >= 0; at = -1 {
				t.Errorf("%s: ...%s", format.Name, out.String()[max(0, at-200):at+50])
			}
		}
	}
}
