package engine

import (
	"context"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
)

// TestUnencodable: a certificate with a date JSON cannot express costs its
// own facts, not the run.
func TestUnencodable(t *testing.T) {
	far := &audit.Observation{Reach: audit.ReachTLS, Posture: audit.Posture{
		Chains: []audit.Chain{{Certificates: []audit.Certificate{{NotAfter: time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)}}}}}}
	result := do(t, context.Background(), &Run{Targets: endpoints(1, nil), Judge: byHost(), Scan: func(context.Context, audit.Target) *audit.Observation { return far }})
	for r, err := range result.Report.Records.BySubject() {
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Findings) != 1 || len(r.Evidence.Observed.Notes) != 1 {
			t.Errorf("record %+v", r)
		}
	}
}

// TestUnreadable: a record that could not be read back at the end of the run is
// an unknown endpoint, and the report goes on.
func TestUnreadable(t *testing.T) {
	result := do(t, context.Background(), &Run{Targets: endpoints(2, nil), Judge: byHost(), Scan: func(ctx context.Context, target audit.Target) *audit.Observation {
		o := observe(ctx, target)
		if target.Host == "host00000.example.com" {
			o.Versions = []audit.VersionFact{{Version: audit.TLSv12, Answer: audit.Answer(77)}}
		}
		return o
	}})
	var got []string
	for r, err := range result.Report.Records.BySubject() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Findings[0].Verdict.String()+" "+r.Evidence.Observed.Reason)
	}
	want := []string{`unknown internal error: the record could not be kept: `, "pass "}
	if len(got) != 2 || !strings.HasPrefix(got[0], want[0]) || got[1] != want[1] {
		t.Errorf("%q, want %q", got, want)
	}
	if s := result.Report.Summary; s.Unknown != 1 || s.Judged != 1 {
		t.Errorf("summary %+v", s)
	}
}
