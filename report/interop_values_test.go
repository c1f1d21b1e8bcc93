//go:build interop

package report

import (
	"slices"
	"testing"
)

// literal fails unless LibreOffice reads what this test says, whatever any
// library makes of it.
func literal(t *testing.T, sheets map[string][][]string) {
	t.Helper()
	evil := `=cmd|'/c calc'!A1 \x1b[2J\x1b]0;owned\x07 <script>alert(1)</script> \u202egpj.exe\u202c _x0041_ \x00\x9b1m\u200b\ufeff\u2028 "q" \x0a::error::x \xff |` + "`"
	for _, want := range []struct {
		sheet, column string
		row           int
		value         string
	}{
		{"Findings", "Verdict", 1, "FAIL"},
		{"Findings", "Finding", 1, "SSLv3 is accepted; the oldest version allowed is TLSv1.2"},
		{"Findings", "Verdict", 17, "WAIVED (fail)"},
		{"Findings", "Status", 1, "new"},
		{"Findings", "Waiver", 17, "old-clients until 2026-12-31\nold clients are replaced in January\nowner: chat team\napproved by: CISO\nticket: CHG-4711"},
		{"Findings", "Confidence", 1, "medium"},
		{"Matrix", "mozilla-intermediate-6.0", 1, "UNKNOWN"},
		{"Matrix", "gateway", 1, "no rule"},
		{"Matrix", "System", 2, evil},
		{"Gateway", "Row", 2, "gateway:edge/outbound/10:partners"},
		{"Gateway", "In effect", 2, "encrypt+cn"},
		{"Gateway", "Name", 1, evil},
		{"What-if", "Encrypt+CN high", 1, "ok"},
		{"What-if", "Verify high", 1, "unknown"},
		{"What-if", "Highest", 2, "verify+cn/medium"},
		{"Row impact", "Mail keeps flowing", 5, "no"},
		{"Row impact", "Row", 17, evil},
		{"Waivers", "State", 1, "expired"},
		{"Waivers", "Expires (UTC)", 5, "2026-12-31 23:59:59"},
		{"Waivers", "Reason", 2, evil},
		{"Waivers", "Approved by", 5, "CISO"},
		{"Conflicts", "What they say", 2, evil},
		{"Conflicts", "From (UTC)", 1, "2027-01-01 00:00:00"},
		{"Endpoints", "System", 2, evil},
		{"Endpoints", "TLSv1.1", 2, "latent"},
		{"Endpoints", "Scanned (UTC)", 1, "2026-11-20 12:00:00"},
		{"Ciphers", "Id", 1, "0xC02F"},
		{"Certificates", "Subject", 1, "CN=" + evil},
		{"Certificates", "Not after (UTC)", 1, "2026-11-22 00:00:00"},
		{"Certificates", "Days left", 3, "-3"},
		{"Certificates", "Trusted", 1, "no"},
		{"Certificates", "SAN matches", 1, "yes"},
		{"Inconclusive", "Rules undecided", 2, "5"},
		{"Inconclusive", "Why", 1, "a row of the gateway table"},
		{"Not automated", "Rule", 1, "hsts"},
		{"Not automated", "Kind", 3, "switched off"},
		{"Remediation", "Remedy", 1, "tls_dhparam = ffdhe3072"},
		{"Remediation", "Status", 1, "open"},
		{"Scorecard", "System", 1, evil},
		{"Scorecard", "Owner", 2, "payments team"},
		{"Certificates", "Bucket", 1, "0-7 days"},
		{"Calendar", "Month", 2, "2027-01"},
		{"Cipher inventory", "Key exchange", 1, "RSA"},
		{"Cipher inventory", "Cipher suite", 1, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
		{"Controls", "Result", 1, "FAIL"},
		{"Evidence", "Exchange", 5, "alert 70 protocol_version"},
		{"Evidence", "Scan ended (UTC)", 1, "2026-11-20 12:00:02"},
		{"Lists", "Owner", 2, "payments team"},
	} {
		rows := sheets[want.sheet]
		if len(rows) <= want.row {
			t.Errorf("%s has no row %d", want.sheet, want.row)
			continue
		}
		column := slices.Index(rows[0], want.column)
		if column < 0 {
			t.Errorf("%s has no column %q: %q", want.sheet, want.column, rows[0])
		} else if got := rows[want.row][column]; got != want.value {
			t.Errorf("%s, row %d, %s: %q, want %q", want.sheet, want.row, want.column, got, want.value)
		}
	}
	if title := sheets["Summary"][0][0]; title != "TLS compliance report" {
		t.Errorf("the summary begins with %q", title)
	}
}
