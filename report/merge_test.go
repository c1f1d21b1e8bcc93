package report

import (
	"bytes"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// parts are fullReport cut in two, as if two sites had been audited apart.
func halves() []*audit.Report {
	whole := fullReport()
	z := whole.Records.(zoo)
	var list []*audit.Report
	for i, records := range []zoo{z[:3], z[3:]} {
		r := fullReport()
		r.Records, r.Summary = records, summarise(records)
		r.Impact = whole.Impact[i*2 : i*2+2]
		r.Generated = r.Generated.AddDate(0, 0, i)
		r.Waivers = slices.Clone(r.Waivers)
		r.Waivers[0].State, r.Waivers[0].Findings, r.Waivers[0].Notes = audit.WaiverUnused, 0, []string{"matches no finding"}
		list = append(list, r)
	}
	list[1].Waivers[0].State, list[1].Waivers[0].Findings, list[1].Waivers[0].Notes = audit.WaiverActive, 1, nil
	list[0].Complete, list[0].Incomplete, list[0].Stopped = true, "", false
	list[0].Origin = &audit.Origin{Host: "north.example.com", Operator: "TLS audit team"}
	return list
}

func merge(t *testing.T, reports ...*audit.Report) *audit.Report {
	t.Helper()
	m, err := Merge(reports)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMerge(t *testing.T) {
	p := halves()
	m, whole := merge(t, p...), fullReport()
	if diff := cmp.Diff(summarise(whole.Records), m.Summary); diff != "" {
		t.Errorf("the sums are not those of the whole (-want +got):\n%s", diff)
	}
	for name, order := range map[string][2]iter.Seq2[*audit.Record, error]{
		"by subject": {whole.Records.BySubject(), m.Records.BySubject()},
		"findings":   {whole.Records.Findings(), m.Records.Findings()},
	} {
		if diff := cmp.Diff(collect(t, order[0]), collect(t, order[1])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	worst := collect(t, m.Records.WorstFirst())
	if !slices.IsSortedFunc(worst, byGravity) || len(worst) != len(whole.Records.(zoo)) {
		t.Error("not the worst first")
	}
	if m.Complete || !m.Stopped || !strings.Contains(m.Incomplete, "stopped after 8 endpoints") || strings.Count(m.Incomplete, "of the report") != 1 {
		t.Errorf("one of two is incomplete: %v, %q", m.Complete, m.Incomplete)
	}
	if w := m.Waivers[slices.IndexFunc(m.Waivers, func(w audit.WaiverStatus) bool { return w.ID == "old-clients" })]; len(m.Waivers) != 5 || w.State != audit.WaiverActive || w.Findings != 1 || w.Notes != nil {
		t.Errorf("%d waivers; unused in one and active in the other is %+v", len(m.Waivers), w)
	}
	if w := m.Waivers[slices.IndexFunc(m.Waivers, func(w audit.WaiverStatus) bool { return w.ID == "dh-2048" })]; w.Findings != 4 {
		t.Errorf("twice two findings are %d", w.Findings)
	}
	if diff := cmp.Diff(whole.Rules, m.Rules); diff != "" {
		t.Error(diff)
	}
	if m.Origin.Host != "north.example.com, scanner.example.com" || m.Origin.Operator != "TLS audit team" || len(m.Policies) != 2 || len(m.Impact) != 4 || m.Baseline.New != 4 || len(m.Notices) != 0 {
		t.Errorf("%+v, %d policies, %d rows, %+v, %q", m.Origin, len(m.Policies), len(m.Impact), m.Baseline, m.Notices)
	}
	if !m.Generated.Equal(p[1].Generated) || m.Schema != audit.SchemaV1 {
		t.Errorf("made %v", m.Generated)
	}
}

// collect copies the records of an iteration.
func collect(t *testing.T, records iter.Seq2[*audit.Record, error]) (list []*audit.Record) {
	t.Helper()
	for r, err := range records {
		if err != nil {
			t.Fatal(err)
		}
		c := *r
		c.Evidence.Observed = nil // the addresses in it are not comparable
		list = append(list, &c)
	}
	return list
}

func TestMergeIsTheSameInAnyOrder(t *testing.T) {
	for _, f := range Formats {
		p := halves()
		first := write(t, f, merge(t, p[0], p[1]), Options{})
		if !bytes.Equal(first, write(t, f, merge(t, p[1], p[0]), Options{})) {
			t.Errorf("%s differs", f.Name)
		}
	}
}

func TestMergeSaysWhatDoesNotFit(t *testing.T) {
	p := halves()
	p[0].Policies = slices.Clone(p[0].Policies)
	p[0].Policies[1].SHA256 = strings.Repeat("00", 32)
	p[0].Rules = slices.Clone(p[0].Rules)
	p[0].Rules[0].Why = "for another reason"
	p[0].Now = p[0].Now.AddDate(0, 0, -1)
	p[0].Tool.Version = "0.9.0"
	p[0].Baseline = nil
	p[1].Changes = &audit.Changes{}
	m := merge(t, p...)
	all := strings.Join(m.Notices, "\n")
	for _, want := range []string{"different states of gateway", "tell these rules differently", "as of different times", "different programs", "not all compared with one baseline", "changes since earlier reports"} {
		if !strings.Contains(all, want) {
			t.Errorf("no notice says %q:\n%s", want, all)
		}
	}
	if m.Baseline != nil || m.Changes != nil || !m.Now.Equal(p[1].Now) || m.Tool != p[1].Tool || m.Rules[0].Why == "for another reason" || len(m.Policies) != 3 {
		t.Errorf("the latest does not count: %v, %v", m.Now, m.Tool)
	}
}

func TestMergeRefusesTheSameSubjectTwice(t *testing.T) {
	p := halves()
	p[0].Records = p[0].Records.(zoo)[:2]
	again := fullReport()
	again.Records = zoo{fullReport().Records.(zoo)[1]}
	_, err := Merge([]*audit.Report{p[1], p[0], again})
	var twice *SubjectError
	if !errors.As(err, &twice) || twice.Subject != "smtp://mx.partner.example.org:25" || twice.A != 1 || twice.B != 2 {
		t.Fatalf("%v", err)
	}
	if text := err.Error(); !strings.Contains(text, "north.example.com") || !strings.Contains(text, "scanner.example.com") {
		t.Errorf("which reports? %s", text)
	}
}

func TestMergeOfOneAndOfNone(t *testing.T) {
	r := fullReport()
	if m := merge(t, r); m != r {
		t.Error("one report is not itself")
	}
	if _, err := Merge(nil); err == nil {
		t.Error("no report is a report")
	}
	p := halves()
	p[1].Records = broken{p[1].Records.(zoo)}
	if _, err := Merge(p); !errors.Is(err, errSpool) {
		t.Errorf("a damaged spool gives %v", err)
	}
	m := merge(t, halves()...)
	m.Records.(merged)[1] = broken{m.Records.(merged)[1].(zoo)}
	if err := HTML.Write(&bytes.Buffer{}, m, Options{}); !errors.Is(err, errSpool) {
		t.Errorf("a spool damaged later gives %v", err)
	}
}

// TestMergeTellsTheWorstFirst: the gravest finding decides, then how many there
// are like it, then the subject.
func TestMergeTellsTheWorstFirst(t *testing.T) {
	some := func(host string, verdicts ...audit.Verdict) *audit.Record {
		rec := record("https", host, 443, "", audit.Posture{})
		for i, v := range verdicts {
			add(rec, v, audit.High, "p", string(rune('a'+i)), "", "", nil)
		}
		return rec
	}
	var got []string
	m := merge(t, &audit.Report{Records: zoo{some("c.example.com", audit.Fail), some("d.example.com", audit.Warn, audit.Warn), some("e.example.com")}},
		&audit.Report{Records: zoo{some("b.example.com", audit.Fail, audit.Fail), some("a.example.com", audit.Unknown)}})
	for _, rec := range collect(t, m.Records.WorstFirst()) {
		got = append(got, rec.Evidence.Subject[8:9])
	}
	if order := strings.Join(got, ""); order != "bcade" {
		t.Errorf("the order is %s", order)
	}
}
