package confdoc

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

func TestReadJavaProtocol(t *testing.T) {
	tests := []struct{ value, java, on, open, latent, unknown string }{
		{"TLSv1.2", "", "TLSv1.2", "", "", ""},
		{" TLSv1.3 , TLSv1.2 ", "", "TLSv1.2 TLSv1.3", "", "", ""},
		{"TLSv1", "", "TLSv1.0", "", "", ""},
		{"SSL_TLS", "", "TLSv1.0", "", "", ""},
		{"SSL_TLSv2", "", "TLSv1.0 TLSv1.1 TLSv1.2", "TLSv1.3", "", ""},
		{"SSL", "", "TLSv1.0 TLSv1.1 TLSv1.2", "SSLv3 TLSv1.3", "", ""},
		{"TLS", "", "TLSv1.0", "TLSv1.1 TLSv1.2 TLSv1.3", "", ""},
		{"SSLv3", "", "SSLv3", "", "", ""},
		{"SSL_TLSv2", "8.0.6.30", "TLSv1.2", "TLSv1.3", "TLSv1.0 TLSv1.1", ""},
		{"SSL_TLSv2", "8.0.6.25", "TLSv1.0 TLSv1.1 TLSv1.2", "TLSv1.3", "", ""},
		{"TLSv1.1,TLSv1.2", "17.0.15", "TLSv1.2", "", "TLSv1.1", ""},
		{"tlsv1.2", "", "", "SSLv2 SSLv3 TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3", "", "tlsv1.2"},
		{"TLSv1.2,SSL_TLSv2", "", "", "SSLv2 SSLv3 TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3", "", "SSL_TLSv2"},
		{"", "", "", "SSLv2 SSLv3 TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3", "", ""},
		{"{xor}CDo9Hgw=", "", "", "SSLv2 SSLv3 TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3", "", Redacted},
	}
	for _, test := range tests {
		p := ReadJavaProtocol("sslProtocol", Written{Text: test.value}, test.java)
		got := map[audit.Answer][]string{}
		for _, v := range audit.Versions {
			fact := p.Enabled[v]
			got[fact.Answer] = append(got[fact.Answer], v.String())
			if strings.Contains(fact.Evidence, "CDo9Hgw") {
				t.Errorf("%q: the evidence tells a secret: %s", test.value, fact.Evidence)
			}
		}
		list := func(a audit.Answer) string { return strings.Join(got[a], " ") }
		want := []string{test.on, test.open, test.latent, test.unknown}
		have := []string{list(audit.Accepted), list(audit.Undetermined), list(audit.Latent), strings.Join(p.Unknown, " ")}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%q under Java %q: on, open, latent, unknown (-want +got):\n%s", test.value, test.java, diff)
		}
	}
}

func TestJavaLeavesOut(t *testing.T) {
	tests := []struct {
		java       string
		out, known bool
	}{
		{"17.0.15", true, true}, {"16", true, true}, {"15.0.2", false, true}, {"11.0.11", true, true}, {"11.0.10", false, true}, {"25", true, true},
		{"1.8.0_291", true, true}, {"1.8.0_281", false, true}, {"8u292", true, true}, {"8u202", false, true}, {"8.0.412", true, true}, {"8.0.202", false, true},
		{"8.0.6.30", true, true}, {"8.0.7.0", true, true}, {"8.0.6.26", false, true}, {"7.1.4.85", true, true}, {"7.1.4.80", false, true}, {"7.0.10.85", true, true}, {"7.0.10.70", false, true},
		{"1.7.0_301", true, true}, {"1.7.0_80", false, true}, {"8", false, false}, {"", false, false}, {"unknown", false, false}, {"6.0", false, false},
	}
	for _, test := range tests {
		for _, v := range []audit.Version{audit.TLSv10, audit.TLSv11} {
			if out, known := JavaLeavesOut(test.java, v); out != test.out || known != test.known {
				t.Errorf("%s of Java %q: out %v, known %v", v, test.java, out, known)
			}
		}
		if out, _ := JavaLeavesOut(test.java, audit.TLSv12); out {
			t.Errorf("TLS 1.2 of Java %q is out", test.java)
		}
	}
	if out, known := JavaLeavesOut("17", audit.SSLv3); !out || !known {
		t.Errorf("SSLv3 of Java 17: out %v, known %v", out, known)
	}
}
