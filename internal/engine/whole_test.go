package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/baseline"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/waiver"
	"tlsaudit/report"
)

// fleet is stored evidence of n endpoints: every one offers TLS 1.0, every
// tenth did not answer.
func fleet(n int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\"schema\":%q,\"evidence\":[", audit.SchemaV1)
	for i := range n {
		seen := `"reach":"tls","versions":[{"version":"TLSv1.0","answer":"accepted"}]`
		if i%10 == 9 {
			seen = `"reach":"unreachable"`
		}
		sep := ","
		if i == 0 {
			sep = ""
		}
		fmt.Fprintf(&b, `%s{"subject":"https://host%03d.example.com:443","observed":{"target":{"protocol":"https","host":"host%03[2]d.example.com","port":443},%s}}`, sep, i, seen)
	}
	b.WriteString("]}")
	return b.Bytes()
}

const fleetPolicy = `policy: {id: corp, title: T}
rules:
- {rule: old, check: protocol.offered, level: must_not, params: {versions: [TLSv1.0]}}
`

// run judges the fleet with whatever marks.
func run(t *testing.T, evidence []byte, marks ...engine.Mark) *audit.Report {
	t.Helper()
	p, err := policy.Parse("corp.yaml", []byte(fleetPolicy), checks.All)
	if err != nil {
		t.Fatal(err)
	}
	r := engine.Run{Evidence: report.ReadEvidence("r.json", bytes.NewReader(evidence)), SpoolDir: t.TempDir(),
		Judge: &engine.Judge{Checks: checks.All, Rules: p.Rules, Now: now, Mark: marks}}
	result, err := r.Do(context.Background())
	t.Cleanup(func() { result.Close() })
	if err != nil {
		t.Fatal(err)
	}
	return result.Report
}

// TestWaiversAndBaseline goes the whole way: stored evidence is judged, the
// result becomes a baseline, some of it is waived, the waiver ends.
func TestWaiversAndBaseline(t *testing.T) {
	const n = 100
	dir := t.TempDir()
	known := filepath.Join(dir, "known.json")
	first := run(t, fleet(n))
	var text bytes.Buffer
	if err := baseline.Write(&text, first); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(known, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := first.Summary; s.Fail != 90 || s.Unknown != 10 {
		t.Fatalf("summary %+v", s)
	}
	file := filepath.Join(dir, "waivers.yaml")
	waivers := fmt.Sprintf("waivers:\n- {id: W, rule: old, target: 'https://host00*', reason: r, expires: %s}\n", now.AddDate(0, 0, 100).Format(time.DateOnly))
	if err := os.WriteFile(file, []byte(waivers), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := waiver.Load([]string{file}, now, waiver.Known{Rules: []audit.Rule{{Profile: "corp", ID: "old", Check: "protocol.offered"}}})
	if err != nil {
		t.Fatal(err)
	}
	compare := func(file string, evidence []byte, when time.Time) (*audit.Report, *audit.BaselineRef, []audit.WaiverStatus) {
		b, err := baseline.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		waived, compared := set.Session(when), b.Session()
		r := run(t, evidence, waived.Apply, compared.Apply)
		return r, compared.Ref(), waived.Status(!r.Stopped)
	}
	counts := func(ref *audit.BaselineRef) [3]int { return [3]int{ref.New, ref.Known, ref.Gone} }

	r, ref, status := compare(known, fleet(n), now)
	if s := r.Summary; s.Waived != 9 || s.Fail != 81 || s.Unknown != 10 || r.Complete {
		t.Errorf("what is unknown stays so, and nine are waived: %+v", s)
	}
	if diff := cmp.Diff([3]int{0, 81, 0}, counts(ref)); diff != "" || status[0].State != audit.WaiverActive || status[0].Findings != 9 {
		t.Errorf("%s %+v", diff, status)
	}

	// a report with waived findings as the next baseline, and the waiver over
	var stored bytes.Buffer
	if err := report.JSON.Write(&stored, r, report.Options{}); err != nil {
		t.Fatal(err)
	}
	later := filepath.Join(dir, "later.json")
	if err := os.WriteFile(later, stored.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r, ref, status = compare(later, fleet(n), now.AddDate(0, 0, 101))
	if diff := cmp.Diff([3]int{9, 81, 0}, counts(ref)); diff != "" || r.Summary.Fail != 90 || status[0].State != audit.WaiverExpired || status[0].Findings != 9 {
		t.Errorf("%s %+v %+v", diff, r.Summary, status)
	}

	// mended: TLS 1.0 is gone everywhere but where nobody knows
	r, ref, status = compare(known, bytes.ReplaceAll(fleet(n), []byte("accepted"), []byte("refused")), now)
	if diff := cmp.Diff([3]int{0, 0, 90}, counts(ref)); diff != "" || r.Summary.Pass != 90 || status[0].State != audit.WaiverUnused {
		t.Errorf("%s %+v %+v", diff, r.Summary, status)
	}
}

// FuzzRejudge: evidence nobody made is judged by every rule there is without a
// panic in any check, and a scan that was cut short passes nothing.
func FuzzRejudge(f *testing.F) {
	f.Add(fleet(1))
	golden, err := os.ReadFile("../../report/testdata/report.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	var ids []string
	for _, p := range policy.Profiles() {
		ids = append(ids, p.ID)
	}
	p, err := policy.Load(ids, checks.All)
	if err != nil {
		f.Fatal(err)
	}
	j := engine.Judge{Checks: checks.All, Rules: p.Rules, Now: now}
	f.Fuzz(func(t *testing.T, data []byte) {
		for stored, err := range report.ReadEvidence("r.json", bytes.NewReader(data)) {
			if err != nil {
				return
			}
			o := stored.Observed
			for _, interrupted := range []bool{o.Interrupted, true} {
				o.Interrupted = interrupted
				for _, finding := range j.Findings(o) {
					if strings.Contains(finding.Message, "internal error") {
						t.Errorf("%s %s: %s", finding.Profile, finding.Rule, finding.Message)
					}
					if interrupted && finding.Verdict == audit.Pass {
						t.Errorf("%s %s passes what was cut short", finding.Profile, finding.Rule)
					}
				}
			}
		}
	})
}
