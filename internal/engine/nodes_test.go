package engine_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
)

// nodeTargets are three addresses of one name.
func nodeTargets() []audit.Target {
	var list []audit.Target
	for _, ip := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"} {
		list = append(list, audit.Target{Protocol: "https", Host: "www.example.com", Port: 443, IP: netip.MustParseAddr(ip)})
	}
	return list
}

// likeTheFirst is what every address answers, unless edit changes it.
func likeTheFirst(edit func(*audit.Observation)) *audit.Observation {
	o := &audit.Observation{Reach: audit.ReachTLS, Posture: audit.Posture{
		ChainsAnswer: audit.Accepted, Chains: []audit.Chain{{Certificates: []audit.Certificate{{SHA256: "7d"}}, Trust: audit.Trust{Answer: audit.Accepted}}},
	}}
	for _, v := range audit.Versions {
		f := audit.VersionFact{Version: v, Answer: audit.Refused}
		if v == audit.TLSv12 {
			f.Answer, f.SuitesAnswer, f.Suites = audit.Accepted, audit.Accepted, []audit.Suite{{Name: "A"}, {Name: "B"}}
		}
		o.Versions = append(o.Versions, f)
	}
	if edit != nil {
		edit(o)
	}
	return o
}

// nodesRun audits the three addresses, of which the second answers as edited, and
// returns the findings of each.
func nodesRun(t *testing.T, ctx context.Context, edit func(*audit.Observation), scanned func(audit.Target)) map[string]string {
	t.Helper()
	targets := nodeTargets()
	run := engine.Run{
		Nodes: engine.NewNodes([][]audit.Target{targets}), SpoolDir: t.TempDir(),
		Targets: func(yield func(audit.Target, error) bool) {
			for _, to := range targets {
				if !yield(to, nil) {
					return
				}
			}
		},
		Concurrency: 1,
		Scan: func(_ context.Context, to audit.Target) *audit.Observation {
			if scanned != nil {
				scanned(to)
			}
			if to.IP == targets[1].IP {
				return likeTheFirst(edit)
			}
			return likeTheFirst(nil)
		},
		Judge: &engine.Judge{Checks: checks.All, Now: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
			Rules: []audit.Rule{{ID: "N", Profile: "p", Check: "endpoint.nodes_alike", Level: audit.Must, Severity: audit.High}}},
	}
	result, err := run.Do(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	found := map[string]string{}
	for record, err := range result.Report.Records.BySubject() {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range record.Findings {
			_, ip, _ := strings.Cut(f.Subject, "ip=")
			found[ip] = f.Verdict.String() + ": " + f.Message
		}
	}
	return found
}

// TestNodes: one finding, at the first address, speaks of all; differences are
// what both are sure of.
func TestNodes(t *testing.T) {
	const none = "not-applicable: no other address of the name is compared with this one"
	for _, c := range []struct {
		name string
		edit func(*audit.Observation)
		want string
	}{
		{"alike", nil, "pass: 3 addresses answer alike"},
		{"an older version", func(o *audit.Observation) { o.Versions[2].Answer = audit.Accepted }, "fail: 192.0.2.2: TLSv1.0: accepted, not refused"},
		{"suites", func(o *audit.Observation) {
			o.Versions[4].Suites = []audit.Suite{{Name: "C"}, {Name: "A"}, {Name: "D"}}
		}, "fail: 192.0.2.2: TLSv1.2 suites: besides C, D, without B"},
		{"another certificate", func(o *audit.Observation) { o.Chains[0].Certificates[0].SHA256 = "8e" }, "fail: 192.0.2.2: leaf certificates: SHA-256 8e, not SHA-256 7d"},
		{"not trusted", func(o *audit.Observation) { o.Chains[0].Trust.Answer = audit.Refused }, "fail: 192.0.2.2: trust in the certificates: refused, not accepted"},
		{"an open version", func(o *audit.Observation) { o.Versions[2].Answer = audit.Undetermined }, "unknown: not judged: 192.0.2.2: TLSv1.0 could not be compared"},
		{"open suites", func(o *audit.Observation) { o.Versions[4].SuitesAnswer = audit.Undetermined }, "unknown: not judged: 192.0.2.2: TLSv1.2 suites could not be compared"},
		{"suites not asked for", func(o *audit.Observation) { o.Versions[4].SuitesAnswer, o.Versions[4].Suites = audit.NotAsked, nil },
			"unknown: not judged: 192.0.2.2: TLSv1.2 suites could not be compared"},
		{"certificates not asked for", func(o *audit.Observation) { o.ChainsAnswer, o.Chains = audit.NotAsked, nil },
			"unknown: not judged: 192.0.2.2: leaf certificates, trust in the certificates could not be compared"},
		{"down", func(o *audit.Observation) { *o = audit.Observation{Reach: audit.ReachUnreachable, Reason: "gone"} }, "unknown: not judged: 192.0.2.2 was not observed: gone"},
		{"no TLS", func(o *audit.Observation) { *o = audit.Observation{Reach: audit.ReachNoTLS, Reason: "plain"} }, "fail: 192.0.2.2: no TLS is spoken, not TLS is spoken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			second := none
			if c.name == "down" || c.name == "no TLS" {
				second = map[string]string{"down": "unknown: not judged: unreachable: gone", "no TLS": "unknown: not judged: no TLS was offered: plain"}[c.name]
			}
			want := map[string]string{"192.0.2.1": c.want, "192.0.2.2": second, "192.0.2.3": none}
			if diff := cmp.Diff(want, nodesRun(t, t.Context(), c.edit, nil)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestNodesInterrupted: the observation that is held back is not lost, and does
// not pass for what was not compared.
func TestNodesInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	found := nodesRun(t, ctx, nil, func(to audit.Target) {
		if to.IP == netip.MustParseAddr("192.0.2.2") {
			cancel()
		}
	})
	if want := "unknown: not judged: 192.0.2.3 was not observed: the run ended before the address was observed"; found["192.0.2.1"] != want || len(found) != 2 {
		t.Errorf("%q", found)
	}
}
