package haproxy

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
	for _, sample := range conftest.SamplesOf(f, "haproxy") {
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

const mainName = "haproxy.cfg"

var seeds = [][2]string{
	{"global\n ssl-default-bind-options ssl-min-ver TLSv1.0\nfrontend f\n bind :443 ssl crt a crt-list other\n", "a.pem [ssl-min-ver TLSv1.1 ciphers RC4] n.test !x\nb.pem\n"},
	{"frontend f\n bind :443,:444 ssl crt a force-tlsv11 ciphers RC4:@SECLEVEL=0\nbackend b\n default-server ssl verify none\n server s a:1 ssl-min-ver TLSv1.0\n", ""},
	{".if streq(a,b) || !(0 && version_atleast(2.4))\nglobal\n setenv A \"x\"\n.elif 1\n.else\n.endif\n", ""},
	{"frontend f\n bind \"${A}\" ssl crt \"$B\" ssl-max-ver '\\x54LSv1.1' quic4@:1\n", ""},
	{"defaults d\n default-server no-ssl\nfrontend f from d\n bind quic4@:443 ssl crt a\npeers p\n default-bind ssl crt x\n bind :1\n", ""},
}
