package conffile

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// httpdTree is a configuration of Apache httpd in five files, two of whose
// virtual hosts are in order and one is not.
func httpdTree(i int) map[string]string {
	host := func(n int, protocol string) string {
		return fmt.Sprintf(`<VirtualHost *:%d>
    ServerName www%d-%d.example.com
    SSLEngine on
    SSLCertificateFile /etc/ssl/certs/www%d.pem
    SSLCertificateKeyFile /etc/ssl/private/www%d.key
    %s
    SSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384
    <Directory /srv/www%d>
        Require all granted
    </Directory>
</VirtualHost>
`, 8000+n, n, i, n, n, protocol, n)
	}
	return map[string]string{
		"httpd.conf":       "ServerRoot .\nLoadModule ssl_module modules/mod_ssl.so\nListen 8001\nListen 8002\nListen 8003\nInclude conf.d/ssl.conf\nInclude sites/*.conf\n",
		"conf.d/ssl.conf":  "SSLProtocol -all +TLSv1.2 +TLSv1.3\nSSLHonorCipherOrder on\nSSLSessionTickets off\n",
		"sites/one.conf":   host(1, ""),
		"sites/two.conf":   host(2, "SSLProtocol -all +TLSv1.3"),
		"sites/three.conf": host(3, "SSLProtocol all -SSLv3"),
	}
}

// BenchmarkTrees audits 1,000 configurations of five files each: found out
// about, read, judged, and their patches proven.
func BenchmarkTrees(b *testing.B) {
	const n = 1000
	folder := b.TempDir()
	for i := range n {
		for name, text := range httpdTree(i) {
			path := filepath.Join(folder, fmt.Sprint(i), name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	for b.Loop() {
		failed, patched := 0, 0
		var sources []Source
		for i := range n {
			tree, err := conftree.OpenDir(filepath.Join(folder, fmt.Sprint(i)), conftree.Options{})
			if err != nil {
				b.Fatal(err)
			}
			paths, _ := tree.Files()
			sources = append(sources, Source{Tree: tree, Paths: paths, Versions: map[string]string{"httpd": "2.4.62", "openssl": "3.0"}})
		}
		for _, r := range sampleJudge.Records(Load(sources).Documents, "") {
			for _, f := range r.Findings {
				if f.Verdict == audit.Fail {
					failed++
					if f.Remedy.Proven {
						patched++
					}
				}
			}
		}
		if failed < n || patched != failed {
			b.Fatalf("%d findings, %d of them with a patch, in %d trees", failed, patched, n)
		}
	}
}
