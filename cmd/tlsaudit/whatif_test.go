package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

// whatIfReport is what the test reads of a JSON report.
type whatIfReport struct {
	Complete bool `json:"complete"`
	WhatIf   []struct {
		Subject string `json:"subject"`
		audit.WhatIf
	} `json:"what_if"`
	Impact   []audit.RowImpact `json:"impact"`
	Findings []struct {
		Rule, Subject string
		Verdict       audit.Verdict
	} `json:"findings"`
}

// partners runs the eight partners and writes their inventory and root.
func partners(t *testing.T) (zoo *fixtures.Zoo, inventory, ca string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	zoo, err := fixtures.Partners(ctx, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { zoo.Close() })
	var lines strings.Builder
	for _, target := range zoo.Targets() {
		fmt.Fprintf(&lines, "%s&label.level=%s&label.strength=%s\n", target.Subject(), strings.ReplaceAll(target.Labels["level"], "+", "%2B"), target.Labels["strength"])
	}
	return zoo, keep(t, "partners.txt", lines.String()), keep(t, "ca.pem", string(zoo.CA))
}

func keep(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// tlsaudit runs a command line and returns the JSON report it wrote.
func tlsaudit(t *testing.T, code int, args ...string) whatIfReport {
	t.Helper()
	out := filepath.Join(t.TempDir(), "report.json")
	var stdout, stderr strings.Builder
	a := &app{
		stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr,
		getenv: func(string) string { return "" }, now: time.Now, resolver: noDNS{},
	}
	if got := a.run(append(args, "-q", "-o", out)); got != code {
		t.Fatalf("%v: exit code %d, want %d\n%s%s", args, got, code, stdout.String(), stderr.String())
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var r whatIfReport
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// noDNS knows no name, so that a test can ask for none in the real DNS.
type noDNS struct{}

func (noDNS) LookupMX(context.Context, string) ([]*net.MX, error) {
	return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
}

func (noDNS) LookupHost(context.Context, string) ([]string, error) {
	return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
}

func tableFor(level, strength string) string {
	return fmt.Sprintf(`policy: {id: whatif-test, title: Partners}
connections:
  - {name: partners, priority: 1, direction: outbound, security: %s, strength: %s, match: any}
`, level, strength)
}

// satisfies is the truth about a partner: chain and name are demands of their
// own, and more bits satisfy a demand for fewer.
func satisfies(partner audit.Target, level, strength string) bool {
	has := partner.Labels["level"]
	return (!strings.HasPrefix(level, "verify") || strings.HasPrefix(has, "verify")) &&
		(!strings.HasSuffix(level, "+cn") || strings.HasSuffix(has, "+cn")) &&
		(strength == "medium" || partner.Labels["strength"] == "high")
}

// TestWhatIf holds the matrix to eight partners of which each satisfies just
// one cell and what is weaker; probed, and judged by stored evidence.
func TestWhatIf(t *testing.T) {
	zoo, inventory, ca := partners(t)
	live := tlsaudit(t, exitCompliant, "whatif", inventory, "--ca", ca, "-p", keep(t, "policy.yaml", tableFor("encrypt", "medium")))
	if len(live.WhatIf) != len(zoo.Endpoints) || !live.Complete {
		t.Fatalf("%d peers, complete %t", len(live.WhatIf), live.Complete)
	}
	of := map[string]audit.Target{}
	for _, target := range zoo.Targets() {
		of[target.Subject()] = target
	}
	for _, peer := range live.WhatIf {
		partner := of[peer.Subject]
		if want := []string{partner.Labels["level"] + "/" + partner.Labels["strength"]}; !cmp.Equal(peer.Highest, want) {
			t.Errorf("%s: highest %q, want %q", peer.Subject, peer.Highest, want)
		}
		if len(peer.Cells) != 8 {
			t.Fatalf("%s: %d cells", peer.Subject, len(peer.Cells))
		}
		for _, cell := range peer.Cells {
			want := audit.Fail
			if satisfies(partner, cell.Level, cell.Strength) {
				want = audit.Pass
			}
			if cell.Verdict != want {
				t.Errorf("%s: %s/%s is %s (%s), want %s", peer.Subject, cell.Level, cell.Strength, cell.Verdict, cell.Why, want)
			}
			if cell.Verdict == audit.Fail && cell.Why == "" {
				t.Errorf("%s: %s/%s fails without a reason", peer.Subject, cell.Level, cell.Strength)
			}
		}
	}
	impactOf(t, zoo, live)
}

// impactOf compares the row's summary with the truth.
func impactOf(t *testing.T, zoo *fixtures.Zoo, r whatIfReport) {
	t.Helper()
	if len(r.Impact) != 1 || r.Impact[0].Peers != len(zoo.Endpoints) {
		t.Fatalf("impact %+v", r.Impact)
	}
	for _, cell := range r.Impact[0].Cells {
		want := 0
		for _, partner := range zoo.Targets() {
			if !satisfies(partner, cell.Level, cell.Strength) {
				want++
			}
		}
		if cell.Breaks != want || cell.Unknown != 0 || len(cell.BreaksNamed) != want {
			t.Errorf("%s/%s: %d break, %d unknown, %d named; want %d, 0, %d", cell.Level, cell.Strength, cell.Breaks, cell.Unknown, len(cell.BreaksNamed), want, want)
		}
	}
}

// TestWhatIfAgreesWithAudit raises the row to every cell in turn and audits the
// stored evidence: the audit fails just the peers what-if had named.
func TestWhatIfAgreesWithAudit(t *testing.T) {
	_, inventory, ca := partners(t)
	dir := t.TempDir()
	kept := filepath.Join(dir, "kept.json")
	live := tlsaudit(t, exitCompliant, "whatif", inventory, "--ca", ca, "-p", keep(t, "policy.yaml", tableFor("encrypt", "medium")), "-o", kept)
	for _, level := range audit.WhatIfLevels {
		for _, strength := range audit.WhatIfStrengths {
			policy := keep(t, "policy.yaml", tableFor(level, strength))
			again := tlsaudit(t, exitCompliant, "whatif", "--from", kept, "-p", policy)
			for i, peer := range again.WhatIf {
				if diff := cmp.Diff(live.WhatIf[i].Cells, peer.Cells); diff != "" {
					t.Errorf("%s: stored evidence is judged otherwise (-live +stored):\n%s", peer.Subject, diff)
				}
			}
			code := exitFindings
			if level == "encrypt" && strength == "medium" {
				code = exitCompliant
			}
			audited := tlsaudit(t, code, "audit", "--from", kept, "-p", policy, "--allow-incomplete")
			failed := map[string]bool{}
			for _, f := range audited.Findings {
				if strings.HasPrefix(f.Rule, "FP-08.") && f.Verdict == audit.Fail {
					failed[f.Subject] = true
				}
			}
			for _, peer := range live.WhatIf {
				for _, cell := range peer.Cells {
					if cell.Level == level && cell.Strength == strength && (cell.Verdict == audit.Fail) != failed[peer.Subject] {
						t.Errorf("%s at %s/%s: what-if says %s, audit failed: %t", peer.Subject, level, strength, cell.Verdict, failed[peer.Subject])
					}
				}
			}
		}
	}
}

// TestWhatIfWithoutPeers: a table whose rows name nobody that can be found is
// no compliant result.
func TestWhatIfWithoutPeers(t *testing.T) {
	for name, test := range map[string]struct {
		policy, want string
	}{
		"no table": {"policy: {id: x, title: X}\nprofiles: [baseline]\n", "the policy has no table of connections"},
		"any only": {tableFor("encrypt", "medium"), "the rows of the table name none that can be enumerated"},
		"no MX":    {strings.Replace(tableFor("encrypt", "medium"), "match: any", "match: {domains: [bank.example.net]}", 1), "bank.example.net"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			a := &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }, now: time.Now, resolver: noDNS{}}
			if code := a.run([]string{"whatif", "-p", keep(t, "policy.yaml", test.policy)}); code != exitNothing {
				t.Errorf("exit code %d, want %d", code, exitNothing)
			}
			if !strings.Contains(stderr.String(), test.want) {
				t.Errorf("stderr lacks %q:\n%s", test.want, stderr.String())
			}
		})
	}
}

// TestWhatIfAtALaterTime: a gateway that verifies refuses a certificate that has
// expired by then; one that only encrypts does not look.
func TestWhatIfAtALaterTime(t *testing.T) {
	_, inventory, ca := partners(t)
	kept := filepath.Join(t.TempDir(), "kept.json")
	policy := keep(t, "policy.yaml", tableFor("verify", "medium"))
	tlsaudit(t, exitCompliant, "whatif", inventory, "--ca", ca, "-p", policy, "-o", kept)
	later := time.Now().AddDate(0, 6, 0).Format(time.DateOnly)
	r := tlsaudit(t, exitCompliant, "whatif", "--from", kept, "-p", policy, "--now", later)
	if len(r.WhatIf) != 8 {
		t.Fatalf("%d peers", len(r.WhatIf))
	}
	for _, peer := range r.WhatIf {
		for _, cell := range peer.Cells {
			if strings.HasPrefix(cell.Level, "verify") && cell.Verdict != audit.Fail {
				t.Errorf("%s: %s/%s is %s in %s", peer.Subject, cell.Level, cell.Strength, cell.Verdict, later)
			}
			if cell.Level == "encrypt" && cell.Strength == "medium" && cell.Verdict != audit.Pass {
				t.Errorf("%s: %s/%s is %s in %s: %s", peer.Subject, cell.Level, cell.Strength, cell.Verdict, later, cell.Why)
			}
		}
	}
	tlsaudit(t, exitFindings, "audit", "--from", kept, "-p", policy, "--now", later, "--allow-incomplete")
}
