package gateway

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What an import takes that looks odd and is valid: values that say nothing,
// limits that are not in the file, and entries of other kinds.
func TestOddImports(t *testing.T) {
	online := func(members string) string {
		return `{"Name": "A", "RecipientDomains": ["a.test"], "TlsSettings": "EncryptionOnly", ` + members + `}`
	}
	const (
		scoped   = " (not decided: the connector takes only mail that a transport rule sends to it (IsTransportRuleScoped))"
		accepted = " (not decided: the connector is for all accepted domains too, which are not in the file (AllAcceptedDomains))"
	)
	for _, tt := range []struct{ as, in, want string }{
		{"exchange", online(`"SmartHosts": ""`), `outbound 1 "A": encrypt, for a.test`},
		{"exchange", online(`"SmartHosts": "relay.test,"`), `outbound 1 "A": encrypt, for a.test through relay.test`},
		{"exchange", online(`"IsTransportRuleScoped": false`), `outbound 1 "A": encrypt, for a.test`},
		{"exchange", online(`"IsTransportRuleScoped": true`), `outbound 1 "A": encrypt, for a.test` + scoped},
		{"exchange", `[{"Name": "A", "RecipientDomains": [], "TlsSettings": "EncryptionOnly", "IsTransportRuleScoped": true}]`, `outbound 1 "A": encrypt, for nobody` + scoped},
		{"exchange", `[{"Name": "A", "AddressSpaces": ["a.test"], "RequireTLS": true, "IsScopedConnector": true}]`,
			`outbound 1 "A": encrypt, for a.test (not decided: the connector is for servers of its own Active Directory site only (IsScopedConnector))`},
		{"exchange", `[{"Name": "A", "RecipientDomains": null, "AllAcceptedDomains": true, "TlsSettings": "EncryptionOnly"}]`, `outbound 1 "A": encrypt, for nobody` + accepted},
		{"exchange", `[{"Name": "A", "RecipientDomains": [], "TlsSettings": "EncryptionOnly"}, {"Name": "B", "RecipientDomains": ["*"], "TlsSettings": null}]`,
			`outbound 1 "B": opportunistic, for any; outbound 2 "A": encrypt, for nobody`},
		{"sendmail", "TLS_Srv_features:a.test CertFile=x\nTLS_Clt_features:b.test x y z\nSrv_Features: s\nConnect:192.0.2.1 RELAY\ntls_srv.a.test REJECT\nTLS_Srv:a.test ENCR:128", `outbound 1 "TLS_Srv:a.test": encrypt, medium, for a.test, .a.test`},
		{"cisco-esa", "[a.test]\ntable_tls = Required - Verify Hosted Domains", `outbound 1 "a.test": verify+cn, for a.test names the recipient's domain`},
		{"cisco-esa", "[a.test]\nip_sort_pref = X\n[Default]\ntable_tls = require", `outbound 1 "a.test": encrypt, for a.test; outbound 2 "Default": encrypt, for any`},
	} {
		table, err := Read(tt.as, "f", []byte(tt.in))
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		var got []string
		for _, r := range table.Rows {
			s := r.String()
			if len(r.Names) > 0 {
				s += " names " + strings.Join(r.Names, ", ")
			}
			got = append(got, s)
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, "; ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.in, diff)
		}
	}
}
