package domino

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
		"switches": "SSL_DISABLE_TLS_10=1\n", "comments": ";SSL_DISABLE_TLS_10=1\n", "others": "A=1\n", "tls": "SSL_A=1\n", "sections": "[Notes]\n[x]\nSSL_DISABLE_TLS_11=1\n",
		"suites": "SSLCipherSpec=C030\n", "one line": "SSLCipherSpec=C030", "equals": "=", "no-break": "\u00a0",
	} {
		text := "[Notes]\n" + strings.Repeat(unit, 1<<20/len(unit))
		start := time.Now()
		d := conftest.ReadText(t, Format, "notes.ini", text, map[string]string{"domino": "9.0.1FP10"})
		for _, j := range confdoc.Judge(d, conftest.Demands) {
			for _, fix := range j.Fixes {
				_ = fix
			}
		}
		if edits, err := establish(d, d.Listeners[0], audit.Want{MinVersion: audit.TLSv12}); err == nil && len(edits) == 0 {
			t.Errorf("%s: no edits", name)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s took %v", name, took)
		}
	}
}
