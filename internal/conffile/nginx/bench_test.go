package nginx

import (
	"testing"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
)

func BenchmarkSample(b *testing.B) {
	text := "events {}\nhttp { ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers HIGH:!aNULL:!MD5; server { listen 443 ssl; ssl_certificate a; ssl_certificate_key b; } server { listen 444 ssl; ssl_certificate a; ssl_certificate_key b; } }"
	for b.Loop() {
		d := readTexts(b, map[string]string{"nginx.conf": text}, "nginx.conf", nil)
		confdoc.Judge(d, conftest.Demands)
	}
}
