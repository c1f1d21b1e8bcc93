package compare

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// sequence yields records, then the error if there is one.
func sequence(err error, records ...*audit.Record) iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// found is a record with one finding per rule.
func found(subject string, verdicts map[string]audit.Verdict) *audit.Record {
	r := &audit.Record{Evidence: audit.Evidence{Subject: subject, Observed: &audit.Observation{Reach: audit.ReachTLS}}}
	for rule, v := range verdicts {
		f := audit.Finding{Profile: "p", Rule: rule, Subject: subject, Verdict: v, Severity: audit.Medium, Message: rule + " is " + v.String(), Fingerprint: audit.FindingFingerprint("p", rule, subject)}
		if v == audit.Waived {
			f.Waiver = &audit.WaiverRef{ID: "W", Was: audit.Fail}
		}
		r.Findings = append(r.Findings, f)
	}
	slices.SortFunc(r.Findings, func(a, b audit.Finding) int { return a.Compare(&b) })
	return r
}

// TestKinds is the whole table: what was, what is, what became of it.
func TestKinds(t *testing.T) {
	const absent = audit.Verdict(99)
	verdicts := []audit.Verdict{absent, audit.Unknown, audit.Fail, audit.Warn, audit.Pass, audit.NotApplicable, audit.Waived}
	want := map[audit.Verdict]string{ // in the order of verdicts
		absent:              "- undecided new new - - new",
		audit.Unknown:       "- unchanged new new - - new",
		audit.Fail:          "gone undecided unchanged unchanged fixed gone unchanged",
		audit.Warn:          "gone undecided regressed unchanged fixed gone regressed",
		audit.Pass:          "- undecided regressed regressed - - regressed",
		audit.NotApplicable: "- undecided new new - - new",
		audit.Waived:        "gone undecided regressed regressed fixed gone unchanged",
	}
	one := func(v audit.Verdict) *state {
		if v == absent {
			return nil
		}
		return stateOf(&found("s", map[string]audit.Verdict{"R": v}).Findings[0])
	}
	for _, before := range verdicts {
		var got []string
		for _, now := range verdicts {
			k := string(kind(one(before), one(now)))
			if k == "" {
				k = "-"
			}
			got = append(got, k)
		}
		if diff := cmp.Diff(want[before], strings.Join(got, " ")); diff != "" {
			t.Errorf("was %s (-want +got):\n%s", before, diff)
		}
	}
	graverOne, lesser := one(audit.Fail), one(audit.Fail)
	graverOne.finding.Severity = audit.High
	if kind(lesser, graverOne) != audit.ChangeRegressed || kind(graverOne, lesser) != audit.ChangeUnchanged {
		t.Error("a severity that rises regresses, one that falls does not")
	}
}

func TestWalk(t *testing.T) {
	before := []*audit.Record{
		found("https://a.example.com:443", map[string]audit.Verdict{"R1": audit.Fail, "R2": audit.Pass, "R3": audit.Fail}),
		found("https://b.example.com:443", map[string]audit.Verdict{"R1": audit.Fail, "R2": audit.Fail}),
	}
	now := []*audit.Record{
		found("https://a.example.com:443", map[string]audit.Verdict{"R1": audit.Pass, "R2": audit.Fail, "R4": audit.Waived}),
		found("https://c.example.com:443", map[string]audit.Verdict{"R1": audit.Fail}),
	}
	var c Comparison
	statuses := map[string]string{}
	for record, err := range c.Walk(sequence(nil, before...), sequence(nil, now...)) {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range record.Findings {
			statuses[f.Subject[8:9]+f.Rule] = f.Status
		}
	}
	if diff := cmp.Diff(map[string]string{"aR1": "fixed", "aR2": "regressed", "aR4": "new", "cR1": "new"}, statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	var got []string
	for _, ch := range c.Changes().List {
		got = append(got, fmt.Sprintf("%s %s %s %s>%s %s", ch.Kind, ch.Subject[8:9], ch.Rule, ch.Before, ch.After, ch.Message))
	}
	want := []string{
		"regressed a R2 pass>fail R2 is fail",
		"new a R4 >waived R4 is waived",
		"new c R1 >fail R1 is fail",
		"gone a R3 fail> no rule of the later report asks for it any more; it was: R3 is fail",
		"gone b  > the endpoint is not in the later report; 2 open findings went with it",
		"added c  > the endpoint is new to the report",
		"fixed a R1 fail>pass R1 is pass",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.Open() != 2 { // what is waived stops no gate
		t.Errorf("%d findings count, want 2", c.Open())
	}
	if before[0].Findings[0].Status+now[0].Findings[0].Status != "" {
		t.Error("the records of others were written to")
	}
}

// random makes a report over few subjects and rules, so that much coincides.
func random(r *rand.Rand) (records []*audit.Record) {
	verdicts := []audit.Verdict{audit.Unknown, audit.Fail, audit.Warn, audit.Pass, audit.NotApplicable, audit.Waived}
	for i := range 8 {
		if r.IntN(4) == 0 {
			continue
		}
		rules := map[string]audit.Verdict{}
		for k := range 6 {
			if r.IntN(4) > 0 {
				rules[fmt.Sprint("R", k)] = verdicts[r.IntN(len(verdicts))]
			}
		}
		record := found(fmt.Sprintf("https://%c.example.com:443", 'a'+i), rules)
		o := record.Evidence.Observed
		o.Reach = []audit.Reach{audit.ReachTLS, audit.ReachUnreachable, audit.ReachNoTLS, audit.ReachUnknown}[r.IntN(4)]
		o.Versions = []audit.VersionFact{{Version: audit.TLSv12, Answer: audit.Answer(r.IntN(5))}}
		o.ChainsAnswer = audit.Accepted
		o.Chains = []audit.Chain{{Certificates: []audit.Certificate{{SHA256: fmt.Sprint(r.IntN(2)), Key: audit.Key{Type: "rsa"}}}}}
		records = append(records, record)
	}
	return records
}

func compared(t *testing.T, a, b []*audit.Record) *audit.Changes {
	t.Helper()
	c, err := Changes(sequence(nil, a...), sequence(nil, b...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestProperties: a report compared with itself has nothing but what is
// unchanged; and compared the other way round, what was new is gone or
// undecided, and what is there is there again.
func TestProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		a, b := random(r), random(r)
		self := compared(t, a, a)
		for k, n := range self.Counts {
			if k != audit.ChangeUnchanged && n > 0 {
				t.Fatalf("compared with itself: %d %s", n, k)
			}
		}
		forth, back := compared(t, a, b).Counts, compared(t, b, a).Counts
		for k, mirror := range map[audit.ChangeKind]audit.ChangeKind{
			audit.ChangeAdded: audit.ChangeGone, audit.ChangeUnreachable: audit.ChangeReachable,
			audit.ChangePosture: audit.ChangePosture, audit.ChangeCertificate: audit.ChangeCertificate,
		} {
			want := back[mirror]
			if mirror == audit.ChangeGone {
				want = endpointsGone(compared(t, b, a))
			}
			if forth[k] != want {
				t.Fatalf("%d %s there, %d %s back", forth[k], k, want, mirror)
			}
		}
		findings(t, compared(t, a, b), compared(t, b, a))
	}
}

func endpointsGone(c *audit.Changes) (n int) {
	for _, ch := range c.List {
		if ch.Kind == audit.ChangeGone && ch.Rule == "" {
			n++
		}
	}
	return n
}

// findings holds each finding against the comparison the other way round.
func findings(t *testing.T, forth, back *audit.Changes) {
	t.Helper()
	other := map[string]audit.Change{}
	gone := map[string]bool{}
	for _, ch := range back.List {
		if ch.Rule != "" {
			other[ch.Fingerprint] = ch
		} else if ch.Kind == audit.ChangeGone {
			gone[ch.Subject] = true
		}
	}
	for _, ch := range forth.List {
		m := other[ch.Fingerprint]
		switch ch.Kind {
		case audit.ChangeNew:
			if m.Kind != audit.ChangeGone && m.Kind != audit.ChangeUndecided && !gone[ch.Subject] {
				t.Fatalf("%+v, and back %+v", ch, m)
			}
		case audit.ChangeFixed:
			if m.Kind != audit.ChangeRegressed {
				t.Fatalf("%+v, and back %+v", ch, m)
			}
		case audit.ChangeRegressed:
			// Unchanged is not listed. A waiver that ends is a change for the worse
			// even where the finding is less grave than it was.
			if m.Kind != audit.ChangeFixed && m.Kind != "" && !(m.Kind == audit.ChangeRegressed && (ch.Before == "waived" || ch.After == "waived")) {
				t.Fatalf("%+v, and back %+v", ch, m)
			}
		}
	}
}

// TestNaive holds the walk to what is found by looking everything up.
func TestNaive(t *testing.T) {
	bySubject := func(records []*audit.Record) map[string]*audit.Record {
		m := map[string]*audit.Record{}
		for _, r := range records {
			m[r.Evidence.Subject] = r
		}
		return m
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		a, b := random(r), random(r)
		before, now := bySubject(a), bySubject(b)
		want := map[audit.ChangeKind]int{}
		for subject := range before {
			if now[subject] == nil {
				want[audit.ChangeGone]++
				continue
			}
			was, is := states(before[subject]), states(now[subject])
			for print, s := range was {
				if k := kind(s, is[print]); is[print] == nil && k != "" {
					want[k]++
				}
			}
		}
		for subject, record := range now {
			was := states(before[subject]) // of none, if it is not there
			if before[subject] == nil {
				want[audit.ChangeAdded]++
			}
			for print, s := range states(record) {
				if k := kind(was[print], s); k != "" {
					want[k]++
				}
			}
		}
		got := compared(t, a, b).Counts
		for _, k := range []audit.ChangeKind{audit.ChangeUnreachable, audit.ChangeReachable, audit.ChangePosture, audit.ChangeCertificate} {
			delete(got, k) // TestReach and others have them
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

// TestLimit: however few changes are listed, they are the first of all.
func TestLimit(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		a, b := random(r), random(r)
		full := Comparison{Unchanged: true}
		few := Comparison{Unchanged: true, Limit: 1 + r.IntN(12)}
		for _, c := range []*Comparison{&full, &few} {
			for _, err := range c.Walk(sequence(nil, a...), sequence(nil, b...)) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		all, some := full.Changes(), few.Changes()
		n := min(few.Limit, len(all.List))
		if diff := cmp.Diff(all.List[:n], some.List); diff != "" || some.Omitted != len(all.List)-n {
			t.Fatalf("limit %d, omitted %d of %d (-want +got):\n%s", few.Limit, some.Omitted, len(all.List), diff)
		}
		if diff := cmp.Diff(all.Counts, some.Counts); diff != "" {
			t.Fatalf("counts (-want +got):\n%s", diff)
		}
		total := 0
		for _, n := range all.Counts {
			total += n
		}
		if total != len(all.List) {
			t.Fatalf("%d are counted, %d listed", total, len(all.List))
		}
	}
}

func TestFaults(t *testing.T) {
	a, b := found("https://a.example.com:443", nil), found("https://b.example.com:443", nil)
	broken := errors.New("the file ends here")
	for name, test := range map[string]struct {
		before, now iter.Seq2[*audit.Record, error]
		want        string
	}{
		"earlier out of order": {sequence(nil, b, a), sequence(nil, b), "the earlier report is not in order"},
		"later out of order":   {sequence(nil, a), sequence(nil, b, a), "the later report is not in order"},
		"twice":                {sequence(nil, a), sequence(nil, b, b), "the later report is not in order"},
		"twice in the earlier": {sequence(nil, a, a), sequence(nil), "the earlier report is not in order"},
		"earlier broken":       {sequence(broken, a), sequence(nil, a), "the file ends here"},
		"earlier broken first": {sequence(broken), sequence(nil, a), "the file ends here"},
		"later broken":         {sequence(nil, a), sequence(broken, a), "the file ends here"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Changes(test.before, test.now); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// TestStops: who has seen enough reads no further, in neither report.
func TestStops(t *testing.T) {
	a, b := found("https://a.example.com:443", nil), found("https://b.example.com:443", nil)
	var c Comparison
	for range c.Walk(sequence(errors.New("read on"), a), sequence(nil, a, b)) {
		break
	}
}
