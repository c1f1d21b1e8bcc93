package confdoc_test

import (
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

func BenchmarkNewSetting(b *testing.B) {
	for b.Loop() {
		confdoc.NewSetting("SSLProtocol", "-all +TLSv1.2 +TLSv1.3", audit.Place{})
		confdoc.NewSetting("ssl_ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256", audit.Place{})
	}
}
