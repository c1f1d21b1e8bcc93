package gateway

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

var parts = []string{partStartTLS, partTLS, partMedium, partHigh, partChain, partName}

func findingsOf(verdicts map[string]audit.Verdict) []audit.Finding {
	var list []audit.Finding
	for _, part := range parts {
		if v, ok := verdicts[part]; ok {
			list = append(list, audit.Finding{Rule: part, Verdict: v, Message: v.String() + " of " + part})
		}
	}
	return list
}

// Every combination of holding, broken and unknown parts, against the
// definition: a cell is broken by one broken part, open by one open part if
// none is broken, and holds otherwise.
func TestCells(t *testing.T) {
	verdicts := []audit.Verdict{audit.Pass, audit.Fail, audit.Unknown, audit.Warn}
	n := 0
	var walk func(k int, given map[string]audit.Verdict)
	walk = func(k int, given map[string]audit.Verdict) {
		if k == len(parts) {
			n++
			checkCells(t, given)
			return
		}
		for _, v := range verdicts {
			given[parts[k]] = v
			walk(k+1, given)
		}
	}
	walk(0, map[string]audit.Verdict{})
	if n != 4*4*4*4*4*4 {
		t.Fatalf("%d combinations", n)
	}
}

func checkCells(t *testing.T, given map[string]audit.Verdict) {
	t.Helper()
	w := Cells(findingsOf(given))
	k := 0
	holds := map[string]bool{}
	for _, level := range []string{"encrypt", "encrypt+cn", "verify", "verify+cn"} {
		for _, strength := range []string{"medium", "high"} {
			needs := []audit.Verdict{given[partStartTLS], given[partTLS], given["whatif."+strength]}
			if strings.HasPrefix(level, "verify") {
				needs = append(needs, given[partChain])
			}
			if strings.HasSuffix(level, "+cn") {
				needs = append(needs, given[partName])
			}
			want := audit.Pass
			for _, v := range needs {
				if v == audit.Fail {
					want = audit.Fail
				} else if v == audit.Unknown && want != audit.Fail {
					want = audit.Unknown
				}
			}
			c := w.Cells[k]
			k++
			if c.Level != level || c.Strength != strength || c.Verdict != want {
				t.Fatalf("%v: %s/%s is %s (%s), want %s", given, c.Level, c.Strength, c.Verdict, c.Why, want)
			}
			if (c.Why == "") != (want == audit.Pass) {
				t.Fatalf("%v: %s/%s says %q", given, level, strength, c.Why)
			}
			holds[level+"/"+strength] = want == audit.Pass
		}
	}
	// what holds is the highest, or contained in it; the highest holds
	for _, h := range w.Highest {
		if !holds[h] {
			t.Fatalf("%v: %s is called highest and does not hold", given, h)
		}
	}
	if len(w.Highest) == 0 && holds["encrypt/medium"] || len(w.Highest) > 0 && !holds["encrypt/medium"] && !holds["encrypt/high"] {
		t.Fatalf("%v: highest %v", given, w.Highest)
	}
}

func TestHighest(t *testing.T) {
	for _, tt := range []struct {
		broken string
		want   string
	}{
		{"", "verify+cn/high"}, {partHigh, "verify+cn/medium"}, {partChain, "encrypt+cn/high"}, {partName, "verify/high"},
		{partChain + partName, "encrypt/high"}, {partStartTLS, ""}, {partMedium + partHigh, ""},
	} {
		given := map[string]audit.Verdict{}
		for _, p := range parts {
			given[p] = audit.Pass
			if strings.Contains(tt.broken, p) {
				given[p] = audit.Fail
			}
		}
		if got := strings.Join(Cells(findingsOf(given)).Highest, " "); got != tt.want {
			t.Errorf("without %q: %q, want %q", tt.broken, got, tt.want)
		}
	}
}

// A part nobody judged leaves its cells open; smtps alone has no STARTTLS.
func TestCellsOfLessThanAll(t *testing.T) {
	if w := Cells(nil); w != nil {
		t.Errorf("no findings: %+v", w)
	}
	if w := Cells(findingsOf(map[string]audit.Verdict{partTLS: audit.NotApplicable})); w != nil {
		t.Errorf("no mail endpoint: %+v", w)
	}
	w := Cells(findingsOf(map[string]audit.Verdict{partTLS: audit.Pass, partMedium: audit.Pass, partHigh: audit.Pass}))
	var got []string
	for _, c := range w.Cells {
		got = append(got, c.Verdict.String()+" "+c.Why)
	}
	want := []string{"pass ", "pass ", "unknown name: not judged", "unknown name: not judged", "unknown chain: not judged", "unknown chain: not judged",
		"unknown chain: not judged; name: not judged", "unknown chain: not judged; name: not judged"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPreview(t *testing.T) {
	table := &Table{Policy: "gw", Deployment: Hybrid, Rows: []Row{
		{Name: "Bank", Priority: 1, Direction: Outbound, Level: VerifyCN, MinBits: 129, Match: Match{Domains: []string{"bank.test"}}},
		{Name: "Rest", Priority: 2, Direction: Outbound, Level: Encrypt, MinBits: 128, Match: Match{Any: true}},
		{Name: "Off", Priority: 3, Direction: Outbound, Level: Encrypt, Disabled: true, Match: Match{Any: true}},
	}}
	table.Sort()
	p := NewPreview([]*Table{table}, Downgrade())
	all := func(v audit.Verdict) map[string]audit.Verdict {
		m := map[string]audit.Verdict{}
		for _, part := range parts {
			m[part] = v
		}
		return m
	}
	target := func(host, domains string) *audit.Observation {
		return &audit.Observation{Target: audit.Target{Protocol: "smtp", Host: host, Port: 25, Labels: map[string]string{"domain": domains}}}
	}
	w := p.Peer(target("mx1.test", "bank.test,other.test"), findingsOf(all(audit.Pass)))
	// the bank's row is in effect Encrypt+CN since the downgrade
	if w.Row != "Bank, Rest" || w.RowSubject != "gateway:gw/outbound/1:Bank" || w.Demands != "encrypt+cn/high, encrypt/medium" || w.Direction != Outbound {
		t.Errorf("%+v", w)
	}
	broken := all(audit.Pass)
	broken[partChain] = audit.Fail
	p.Peer(target("mx3.test", "other.test"), findingsOf(broken))
	open := all(audit.Pass)
	open[partHigh] = audit.Unknown
	p.Peer(target("mx2.test", "other.test"), findingsOf(open))
	var got []string
	for _, row := range p.Impact() {
		for _, c := range row.Cells {
			got = append(got, fmt.Sprintf("%s (%s, %d peers) -> %s/%s: %d %v, %d %v", row.Row, row.Demands, row.Peers, c.Level, c.Strength, c.Breaks, c.BreaksNamed, c.Unknown, c.UnknownNamed))
		}
	}
	chain := "[smtp://mx3.test:25: chain: fail of whatif.chain]"
	high := "[smtp://mx2.test:25: high: unknown of whatif.high]"
	want := []string{
		"Bank (encrypt+cn/high, 1 peers) -> verify+cn/high: 0 [], 0 []",
		"Rest (encrypt/medium, 3 peers) -> encrypt/high: 0 [], 1 " + high,
		"Rest (encrypt/medium, 3 peers) -> encrypt+cn/medium: 0 [], 0 []",
		"Rest (encrypt/medium, 3 peers) -> encrypt+cn/high: 0 [], 1 " + high,
		"Rest (encrypt/medium, 3 peers) -> verify/medium: 1 " + chain + ", 0 []",
		"Rest (encrypt/medium, 3 peers) -> verify/high: 1 " + chain + ", 1 " + high,
		"Rest (encrypt/medium, 3 peers) -> verify+cn/medium: 1 " + chain + ", 0 []",
		"Rest (encrypt/medium, 3 peers) -> verify+cn/high: 1 " + chain + ", 1 " + high,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// before the downgrade the row demands what it says
	if w := NewPreview([]*Table{table}, Downgrade().Add(-time.Second)).Peer(target("mx1.test", "bank.test"), findingsOf(all(audit.Pass))); w.Demands != "verify+cn/high" {
		t.Errorf("before the downgrade: %+v", w)
	}
}

// A row that compares other names than the host's leaves the cells with a name
// open, as the audit does; other rows are not touched by it.
func TestPreviewOtherNames(t *testing.T) {
	table := &Table{Policy: "gw", Deployment: OnPrem, Rows: []Row{
		{Name: "Named", Priority: 1, Direction: Outbound, Level: VerifyCN, MinBits: 128, Names: []string{"mail.bank.test"}, Match: Match{Domains: []string{"bank.test"}}},
		{Name: "Plain", Priority: 2, Direction: Outbound, Level: Encrypt, MinBits: 128, Match: Match{Any: true}},
	}}
	for _, name := range []audit.Verdict{audit.Pass, audit.Fail} {
		given := map[string]audit.Verdict{}
		for _, part := range parts {
			given[part] = audit.Pass
		}
		given[partName] = name
		p := NewPreview([]*Table{table}, now())
		w := p.Peer(&audit.Observation{Target: audit.Target{Protocol: "smtp", Host: "mx.test", Port: 25, Labels: map[string]string{"domain": "bank.test"}}}, findingsOf(given))
		both := p.Peer(&audit.Observation{Target: audit.Target{Protocol: "smtp", Host: "mx2.test", Port: 25, Labels: map[string]string{"domain": "bank.test,other.test"}}}, findingsOf(given))
		for i, c := range w.Cells {
			want := audit.Pass
			if strings.HasSuffix(c.Level, "+cn") {
				want = audit.Unknown
			}
			if c.Verdict != want || both.Cells[i].Verdict != want {
				t.Errorf("name %s: %s/%s is %s and %s (%s), want %s", name, c.Level, c.Strength, c.Verdict, both.Cells[i].Verdict, c.Why, want)
			}
		}
		if got := strings.Join(w.Highest, " "); got != "verify/high" {
			t.Errorf("name %s: highest %s", name, got)
		}
		for _, row := range p.Impact() {
			for _, c := range row.Cells {
				breaks, unknown := 0, 0
				switch {
				case row.Row == "Named":
					unknown = 2
				case name == audit.Fail && strings.HasSuffix(c.Level, "+cn"):
					breaks = 1
				}
				if c.Breaks != breaks || c.Unknown != unknown {
					t.Errorf("name %s: %s -> %s/%s breaks %d, unknown %d; want %d, %d", name, row.Row, c.Level, c.Strength, c.Breaks, c.Unknown, breaks, unknown)
				}
			}
		}
	}
}

// A row whose strength is not said, or below medium, can be raised to medium;
// one whose deployment is not stated demands what it says, as configured.
func TestImpactOfLittle(t *testing.T) {
	for _, tt := range []struct {
		bits          int
		level         Level
		demands, want string
	}{
		{0, Encrypt, "encrypt", "encrypt/medium"}, {40, Encrypt, "encrypt", "encrypt/medium"}, {128, Encrypt, "encrypt/medium", "encrypt/high"}, {0, VerifyCN, "verify+cn (as configured)", "verify+cn/medium"},
	} {
		table := &Table{Rows: []Row{{Name: "a", Priority: 1, Direction: Outbound, Level: tt.level, MinBits: tt.bits, Match: Match{Any: true}}}}
		one := NewPreview([]*Table{table}, now()).Impact()[0]
		if got := one.Cells[0].Level + "/" + one.Cells[0].Strength; got != tt.want || one.Demands != tt.demands {
			t.Errorf("%s with %d bits: demands %q, first raised to %s; want %q, %s", tt.level, tt.bits, one.Demands, got, tt.demands, tt.want)
		}
	}
}

// Names are bounded, and the same whatever order the peers come in.
func TestNamesOrder(t *testing.T) {
	var a, b names
	order := rand.New(rand.NewSource(1)).Perm(500)
	for i := range 500 {
		a.add(fmt.Sprintf("%03d", i))
		b.add(fmt.Sprintf("%03d", order[i]))
	}
	if diff := cmp.Diff(a.kept, b.kept); diff != "" || a.count != 500 || len(a.kept) != audit.MaxNamed || a.kept[0] != "000" {
		t.Errorf("%d, %v\n%s", a.count, a.kept, diff)
	}
}

// A row for one port is for no other, and a target with a domain no row is for
// has a part nobody governs.
func TestGoverningPart(t *testing.T) {
	table := &Table{Rows: []Row{
		{Name: "a", Priority: 1, Direction: Outbound, Level: Encrypt, Match: Match{Domains: []string{"a.test"}}},
		{Name: "p", Priority: 2, Direction: Outbound, Level: Encrypt, Match: Match{Domains: []string{"p.test"}, Port: 587}},
	}}
	for _, tt := range []struct {
		domains string
		port    uint16
		rows    []int
		whole   bool
	}{
		{"a.test", 25, []int{0}, true}, {"a.test,b.test", 25, []int{0}, false}, {"b.test", 25, nil, false}, {"p.test", 587, []int{1}, true}, {"p.test", 25, nil, false}, {"p.test,a.test", 587, []int{0, 1}, true},
	} {
		target := &audit.Target{Protocol: "smtp", Host: "mx.test", Port: tt.port, Direction: Outbound, Labels: map[string]string{"domain": tt.domains}}
		if diff := cmp.Diff(tt.rows, table.Governing(Outbound, target, nil)); diff != "" {
			t.Errorf("%s at %d (-want +got):\n%s", tt.domains, tt.port, diff)
		}
		for _, d := range table.Demands() {
			if d.Rule.ID == "FP-08.outbound.unmatched" && d.Rule.Match(target, nil) == tt.whole {
				t.Errorf("%s at %d: a part nobody governs is not told, or told without need", tt.domains, tt.port)
			}
		}
	}
}
