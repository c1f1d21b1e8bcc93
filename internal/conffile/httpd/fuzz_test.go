package httpd

import (
	"os"
	"path"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// FuzzRead reads any text in both dialects: nothing may crash, every place must
// lie in a file, and edits must fit the text.
func FuzzRead(f *testing.F) {
	for _, s := range samples(f) {
		b, err := os.ReadFile(path.Join(fixtureRoot, s.Path))
		if err != nil {
			f.Fatal(err)
		}
		if len(b) < 5000 {
			f.Add(string(b), "SSLProtocol all\n", "2.4.71")
		}
	}
	for _, text := range []string{
		"Include b.conf\nInclude *.conf\nIncludeOptional sub\n", "<Macro V $a $b>\nSSLProtocol $a\n<VirtualHost $b>\n</Macro>\nUse V all *:443\n</VirtualHost>\nUse V\n",
		"Define A ${A}${A}x\nDefine A ${A}${A}\nSSLProtocol ${A} ${B}\n", "<IfVersion !>= 2.4.3>\n<IfModule !ssl_module>\n</IfModule>\n</IfVersion>\n<IfFile b.conf>\nSSLEngine on\n</IfFile>",
		"# a \\\n  SSLProtocolDisable SSLv3 \\\n\\\nSSLEnable\n", "SSLProtocol \\\n\\\n \\\n +TLSv1 \\", "<VirtualHost *:443 [::1]:8443 _default_>\nSSLEngine on\nSSLOpenSSLConfCmd Protocol -ALL,+TLSv1\nSSLOpenSSLConfCmd MinProtocol None\n",
		"SSLProxyEngine on\n<Proxy *>\nSSLProxyVerify none\n</Proxy>\n<If \"a > b\">\nSSLVerifyClient none\n</If>\nSSLPolicy modern\n", "<Perl>\nx\n</Perl>\n\"\" x\n'\n<\n</\n<>\n</>\n",
		"SSLEngine on\nSSLCipherSuite \"RC4:ALL:@SECLEVEL=0\"\nSSLCipherSuite TLSv1.3 X\nSSLProtocol TLSv1 # \u00a0\x00\n", "LoadModule a b\nLoadModule ssl_module mod_ssl.so\nServerRoot /x/y\nInclude /x/y/b.conf\nListen 443 https\n",
	} {
		f.Add(text, "<VirtualHost *:443>\nSSLEnable\n</VirtualHost>\nInclude main.conf\n", "9.0.5.26")
	}
	f.Fuzz(func(t *testing.T, text, other, version string) {
		tree := conftree.FromTexts(map[string]string{"conf/main.conf": text, "conf/b.conf": other, "conf/sub/c.conf": other})
		for _, format := range []*confdoc.Format{Apache, IHS} {
			for _, versions := range []map[string]string{{}, {"httpd": version, "ihs": version, "openssl": "3.0.19"}} {
				r := &confdoc.Reader{Tree: tree, Versions: versions}
				main, err := tree.Read("conf/main.conf")
				if err != nil {
					return // larger than is read
				}
				format.Sniff(main)
				d := read(format, r, main)
				found := judge(d)
				checkPlaces(t, d, found)
				for _, j := range found {
					for i, finding := range j.Findings {
						if strings.Contains(finding.Message, "internal error") {
							t.Errorf("%s: %s", finding.Rule, finding.Message)
						}
						if fix, ok := j.Fixes[i]; ok {
							if strings.Contains(fix.None, "internal error") {
								t.Errorf("%s: %s", finding.Rule, fix.None)
							}
							_, _ = conftree.Apply(fix.Edits)
						}
					}
				}
				order := true
				for _, l := range d.Listeners {
					for _, want := range []audit.Want{
						{Versions: []audit.Version{audit.TLSv13}}, {Strong: true, MinDHBits: 2048}, {ForbidSuites: []string{"TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_AES_128_GCM_SHA256"}}, {ServerOrder: &order, Groups: []string{"x25519"}},
					} {
						if edits, err := format.Establish(d, l, want); err == nil {
							_, _ = conftree.Apply(edits)
						}
					}
				}
			}
		}
	})
}
