package engine

import (
	"testing"

	"tlsaudit/audit"
)

// TestDeclaredClientsAreMendedAsClients: other settings govern what a proxy
// offers its upstream servers than what it accepts.
func TestDeclaredClientsAreMendedAsClients(t *testing.T) {
	for _, role := range []audit.Role{audit.RoleServer, audit.RoleClient} {
		check := says(nil, outcome(audit.Violated, "TLSv1.0 is accepted"))
		check.Declared = audit.AspectVersions
		check.Want = func(any) audit.Want { return audit.Want{MinVersion: audit.TLSv12} }
		var wants []audit.Want
		j := Judge{Checks: []*audit.Check{check}, Rules: []audit.Rule{{ID: "R", Check: check.ID, Level: audit.Must}}, Now: noon,
			Remedy: func(_ string, w audit.Want) *audit.Remedy {
				wants = append(wants, w)
				return &audit.Remedy{Text: "as it should be"}
			}}
		declared := audit.Declared{Role: role, TLS: audit.Accepted, Product: "nginx",
			Posture: audit.Posture{Versions: []audit.VersionFact{{Version: audit.TLSv10, Answer: audit.Accepted}}}}
		got := j.Declarations().Findings("config:a", audit.Target{}, &declared)
		if len(got) != 1 || got[0].Want == nil || len(wants) != 1 {
			t.Fatalf("%s: findings %v, wants %v", role, got, wants)
		}
		if client := role == audit.RoleClient; wants[0].Client != client || got[0].Want.Client != client {
			t.Errorf("%s: the remedy is for a client: %v, the want %v", role, wants[0].Client, got[0].Want.Client)
		}
	}
}
