package nginx

import (
	"testing"

	"tlsaudit/internal/confdoc/conftest"
)

// FuzzRead reads any text as a configuration that includes another, judges it,
// and applies every change that is offered.
func FuzzRead(f *testing.F) {
	for _, s := range seeds {
		f.Add(s[0], s[1])
	}
	tree := conftest.OpenSamples(f)
	for _, sample := range conftest.SamplesOf(f, "nginx") {
		file, err := tree.Read(sample.Path)
		if err != nil {
			f.Fatal(err)
		}
		if len(file.Text) < 5000 {
			f.Add(file.Text, "")
		}
	}
	f.Fuzz(func(t *testing.T, main, other string) {
		if len(main) > 1<<16 || len(other) > 1<<16 {
			return
		}
		texts := map[string]string{mainName: main, "other": other}
		for _, versions := range []map[string]string{nil, {"nginx": "1.22.1", "haproxy": "2.6.12", "openssl": "3.0.22"}} {
			d := readTexts(t, texts, mainName, versions)
			conftest.CheckDocument(t, d)
		}
	})
}

const mainName = "nginx.conf"

var seeds = [][2]string{
	{"events{} http { include other; server { listen 443 ssl; ssl_certificate a; } }", "ssl_protocols TLSv1 TLSv1.1;\nssl_ciphers RC4:@SECLEVEL=0;\nssl_conf_command Protocol ALL;"},
	{"events{} http { server { listen 443 ssl default_server; ssl_certificate a; location / { proxy_pass https://u; proxy_ssl_protocols TLSv1; } } }", ""},
	{"server { listen 8000-8010 ssl; include other; }", "ssl_protocols TLSv1 # x\n TLSv1.1;"},
	{"events{} http { content_by_lua_block { local s = [[ } ]] -- }\n } }", ""},
	{"events{} stream { server { listen 1 ssl; proxy_ssl on; proxy_pass a:1; ssl_certificate a; } } mail { server { listen 25; starttls on; protocol smtp; } }", ""},
	{"events{} http { server { listen [::]:443 quic; ssl_certificate a; ssl_reject_handshake on; ssl on; } }", ""},
}
