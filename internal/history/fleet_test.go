package history_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// target is the target of a record that told made.
func target(host string) *audit.Target { return &told(host + " tls").Evidence.Observed.Target }

// leftOut is what is left out but for some hosts.
func leftOut(hosts ...string) *history.LeftOut {
	l := &history.LeftOut{}
	for _, host := range hosts {
		l.Add(target(host))
	}
	return l
}

func hosts(states []history.SubjectState) (list []string) {
	for _, s := range states {
		list = append(list, strings.TrimSuffix(strings.TrimPrefix(s.Subject, "https://"), ".example.com:443"))
	}
	slices.Sort(list)
	return list
}

// there are the subjects there are, and those that are gone.
func there(t *testing.T, s *history.Store) (there, gone string) {
	t.Helper()
	some, _, err := s.Subjects(t.Context(), history.SubjectQuery{})
	others, _, err2 := s.Subjects(t.Context(), history.SubjectQuery{Gone: true})
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	for _, one := range append(some, others...) {
		if one.GoneSince.IsZero() == slices.Contains(hosts(others), hosts([]history.SubjectState{one})[0]) {
			t.Errorf("%s: gone since %v", one.Subject, one.GoneSince)
		}
	}
	return strings.Join(hosts(some), " "), strings.Join(hosts(others), " ")
}

// testGone: a subject is gone when a run that would have audited it did not have
// it, and only then.
func testGone(t *testing.T, where place) {
	all := []string{"a.example.com tls R1=fail", "b.example.com tls R1=pass", "c.example.com tls R1=pass"}
	whole := history.Run{Inventory: "i"}
	for name, test := range map[string]struct {
		run     history.Run
		records []string
		stopped bool // of the report
		want    string
		changes string
	}{
		"the whole inventory":            {whole, all[1:], false, "a", "gone a"},
		"all of it":                      {whole, all, false, "", ""},
		"another inventory":              {history.Run{Inventory: "j"}, all[2:], false, "", ""},
		"targets named by hand":          {history.Run{Part: true}, all[2:], false, "", ""},
		"a part that left it out":        {history.Run{Inventory: "i", Part: true, LeftOut: leftOut("a.example.com", "b.example.com")}, all[2:], false, "", ""},
		"a part, and nobody names it":    {history.Run{Inventory: "i", Part: true, LeftOut: leftOut("b.example.com")}, all[2:], false, "a", "gone a"},
		"a part with nothing else":       {history.Run{Inventory: "i", Part: true, LeftOut: leftOut()}, all[2:], false, "a b", "gone a; gone b"},
		"one with a schedule of its own": {history.Run{Inventory: "i", Schedule: "other"}, all[1:], false, "a", "gone a"},
		"a list with a gap":              {whole, all[1:], true, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := opened(t, where(t))
			keepRun(t, s, 0, whole, small(0, all...))
			report := small(1, test.records...)
			report.Stopped = test.stopped
			run := keepRun(t, s, 1, test.run, report)
			if _, gone := there(t, s); gone != test.want {
				t.Errorf("%q is gone", gone)
			}
			if got := strings.Join(happened(t, s, run.ID), "; "); got != test.changes {
				t.Errorf("%q changed", got)
			}
			if kept := must(s.Run(t.Context(), run.ID))(t); kept.Part != test.run.Part || kept.Inventory != test.run.Inventory || kept.Fleet.Subjects != 3-len(strings.Fields(test.want)) {
				t.Errorf("%+v", kept)
			}
			if v := must(s.Verify(t.Context(), ""))(t); len(v.Damage) > 0 {
				t.Error(v.Damage)
			}
		})
	}
}

// testGoneKinds: what a run judged none of is not gone, and the addresses of a name
// and the hosts of a mail domain are left out with it.
func testGoneKinds(t *testing.T, where place) {
	s := opened(t, where(t))
	host, node := told("h.example.net tls R1=pass"), told("n.example.com tls R1=pass")
	host.Evidence.Observed.Target.Domains, host.Evidence.Observed.Target.Port = []string{"mail.example.com"}, 25
	row := &audit.Record{Evidence: audit.Evidence{Subject: "row 1", Connection: &audit.Connection{Source: "table"}}}
	file := &audit.Record{Evidence: audit.Evidence{Subject: "nginx.conf", Declared: []audit.Declared{{Product: "nginx"}}}}
	report := small(0, "a.example.com tls R1=pass")
	report.Records = append(report.Records.(recordList), host, node, row, file)
	keepRun(t, s, 0, history.Run{Inventory: "i"}, report)
	out := leftOut()
	out.Add(&audit.Target{Protocol: audit.ProtocolMX, Host: "mail.example.com", Port: 25})
	out.Add(&audit.Target{Protocol: "https", Host: "N.example.com", Port: 443, SNI: "other"})
	keepRun(t, s, 1, history.Run{Inventory: "i", Part: true, LeftOut: out}, small(1, "a.example.com tls R1=pass"))
	if _, gone := there(t, s); gone != "" {
		t.Errorf("%q is gone", gone)
	}
	report = small(2, "a.example.com tls R1=pass")
	report.Records = append(report.Records.(recordList), &audit.Record{Evidence: audit.Evidence{Subject: "row 2", Connection: &audit.Connection{Source: "table"}}})
	keepRun(t, s, 2, history.Run{Inventory: "i"}, report)
	if _, gone := there(t, s); gone != "h.example.net:443 n row 1" {
		t.Errorf("%q is gone", gone)
	}
}

// testGoneNodes: that a name cannot be resolved does not make its addresses gone;
// that it has others does.
func testGoneNodes(t *testing.T, where place) {
	s := opened(t, where(t))
	node := func(address, verdict string) *audit.Record {
		r := told("n.example.com tls R1=" + verdict)
		o := r.Evidence.Observed
		o.Target.IP = netip.MustParseAddr(address)
		r.Evidence.Subject = o.Target.Subject()
		r.Findings[0].Subject, r.Findings[0].Fingerprint = r.Evidence.Subject, ""
		return r
	}
	run := history.Run{Inventory: "i"}
	keepNodes := func(night int, records ...*audit.Record) {
		r := small(night)
		r.Records = recordList(records)
		keepRun(t, s, night, run, r)
	}
	keepNodes(0, node("192.0.2.1", "fail"), node("192.0.2.2", "pass"))
	keepNodes(1, told("n.example.com unreachable R1=unknown"))
	if f := must(s.Fleet(t.Context()))(t); f.Subjects != 3 || f.Fail != 1 || f.Unknown != 1 {
		t.Errorf("not resolved: %+v", f.FleetCounts)
	}
	keepNodes(2, node("192.0.2.2", "pass"))
	if f := must(s.Fleet(t.Context()))(t); f.Subjects != 1 || f.Pass != 1 {
		t.Errorf("another address: %+v", f.FleetCounts)
	}
}

// testFleet: what is counted is all there is, whichever run it is of, and what is
// gone is in no list but those that ask for it.
func testFleet(t *testing.T, where place) {
	ctx := t.Context()
	s := opened(t, where(t))
	if f := must(s.Fleet(ctx))(t); !cmp.Equal(f, &history.Fleet{}) {
		t.Errorf("nothing: %+v", f)
	}
	keepRun(t, s, 0, history.Run{Inventory: "i"}, small(0, "a.example.com tls aa R1=fail R2=warn", "b.example.com tls bb R1=pass R2=pass", "c.example.com tls cc R1=fail", "d.example.com tls aa R1=unknown", "e.example.com tls R1=waived"))
	part := keepRun(t, s, 1, history.Run{Inventory: "i", Part: true, LeftOut: leftOut("a.example.com", "d.example.com", "e.example.com")}, small(1, "b.example.com unreachable R1=unknown R2=unknown"))
	at := func(night int) time.Time { return historytest.Night(night).Add(time.Hour) }
	want := &history.Fleet{
		FleetCounts: history.FleetCounts{Subjects: 4, Fail: 1, Unknown: 2, Waived: 1, FindingsFail: 1, FindingsWarn: 1, FindingsUnknown: 3, FindingsWaived: 1},
		Oldest:      at(0), Newest: at(1), Runs: 2,
		Systems: []history.SystemCount{{System: "sys-a", Subjects: 1, Fail: 1}, {System: "sys-b", Subjects: 1, Unknown: 1}, {System: "sys-d", Subjects: 1, Unknown: 1}, {System: "sys-e", Subjects: 1, Waived: 1}},
		Rules: []history.RuleCount{
			{Profile: "p", Rule: "R1", Check: "c", Severity: audit.Medium, Fail: 1, Unknown: 1, Waived: 1},
			{Profile: "p", Rule: "R2", Check: "c", Severity: audit.Medium, Warn: 1},
		},
	}
	if diff := cmp.Diff(want, must(s.Fleet(ctx))(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.FleetCounts, must(s.Run(ctx, part.ID))(t).Fleet); diff != "" || part.Fleet != want.FleetCounts {
		t.Errorf("kept with the run (-want +got):\n%s", diff)
	}
	var seen []string
	for e, err := range s.FleetEvidence(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, e.Observed.Target.Host[:1]+" "+string(e.Observed.Reach))
	}
	if diff := cmp.Diff([]string{"a tls", "b unreachable", "d tls", "e tls"}, seen); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	lists := func() string {
		var list []string
		for _, state := range []string{"open", "gone", "all"} {
			found, _, err := s.Findings(ctx, history.FindingQuery{State: state})
			if err != nil {
				t.Fatal(err)
			}
			var words []string
			for _, f := range found {
				words = append(words, f.System[4:]+" "+f.Rule)
			}
			slices.Sort(words)
			list = append(list, state+": "+strings.Join(words, ", "))
		}
		certificates, _, err := s.Certificates(ctx, time.Time{}, history.Page{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range certificates {
			list = append(list, c.SHA256+" "+strings.Repeat("i", c.Subjects))
		}
		return strings.Join(list, "\n")
	}
	if diff := cmp.Diff("open: a R1, a R2, e R1\ngone: c R1\nall: a R1, a R2, c R1, d R1, e R1\naa ii\nbb i", lists()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	back := keepRun(t, s, 2, history.Run{Part: true}, small(2, "c.example.com tls cc R1=fail"))
	if got := happened(t, s, back.ID); !slices.Equal(got, []string{"added c"}) || back.Fleet.Subjects != 5 || back.Fleet.Fail != 2 {
		t.Errorf("%q, %+v", got, back.Fleet)
	}
	if diff := cmp.Diff("open: a R1, a R2, c R1, e R1\ngone: \nall: a R1, a R2, c R1, d R1, e R1\naa ii\nbb i\ncc i", lists()); diff != "" {
		t.Errorf("back (-want +got):\n%s", diff)
	}
	if state := must(s.Subject(ctx, "https://c.example.com:443"))(t); !state.GoneSince.IsZero() {
		t.Errorf("%+v", state)
	}
	// That it was named by hand does not take it out of its inventory.
	keepRun(t, s, 3, history.Run{Inventory: "i"}, small(3, "b.example.com tls bb R1=pass", "d.example.com tls aa R1=unknown", "e.example.com tls R1=waived"))
	if _, gone := there(t, s); gone != "a c" {
		t.Errorf("%q is gone", gone)
	}
	if v := must(s.Verify(ctx, ""))(t); len(v.Damage) > 0 {
		t.Error(v.Damage)
	}
}

// testFixedGone: what was fixed is listed of what is there, and not of what is gone
// or forgotten, until that is back.
func testFixedGone(t *testing.T, where place) {
	s := opened(t, where(t))
	fixed := func() string {
		t.Helper()
		list, _, err := s.Findings(t.Context(), history.FindingQuery{State: "fixed"})
		if err != nil {
			t.Fatal(err)
		}
		var hosts []string
		for _, f := range list {
			hosts = append(hosts, f.System[4:])
		}
		slices.Sort(hosts)
		return strings.Join(hosts, " ")
	}
	var failed, passed []string
	for _, host := range []string{"a", "b", "c"} {
		failed, passed = append(failed, host+".example.com tls R1=fail"), append(passed, host+".example.com tls R1=pass")
	}
	keep(t, s, 0, small(0, failed...))
	keep(t, s, 1, small(1, passed...))
	if got := fixed(); got != "a b c" {
		t.Errorf("all are there: %s", got)
	}
	keep(t, s, 2, small(2, passed[:2]...))
	if _, err := s.Forget(t.Context(), []string{urlOf("b")}, history.AuditEntry{At: historytest.Night(2), Actor: "alice"}, false); err != nil {
		t.Fatal(err)
	}
	if got := fixed(); got != "a" {
		t.Errorf("c is gone, b forgotten: %s", got)
	}
	keep(t, s, 3, small(3, passed...))
	if got := fixed(); got != "a b c" {
		t.Errorf("they are back: %s", got)
	}
}

// testStopped: a run that was stopped counts as far as it got, and is not
// complete.
func testStopped(t *testing.T, where place) {
	ctx := t.Context()
	s := opened(t, where(t))
	keep(t, s, 0, small(0, "a.example.com tls R1=pass", "b.example.com tls R1=pass"))
	w := must(s.Begin(ctx, history.Run{Started: historytest.Night(1), Inventory: "inventory.yaml"}))(t)
	report := small(1, "a.example.com tls R1=fail")
	report.Stopped, report.Incomplete = true, "terminated before every target was audited"
	must(w.FinishStopped(ctx, report, 143))(t)
	run := must(s.Run(ctx, "latest"))(t)
	if run.ID != w.ID() || run.State != history.Incomplete || run.Why != report.Incomplete || run.Whole || !run.Reported() || run.ExitCode != 143 || run.Digest == "" || run.Fleet.Subjects != 2 || run.Fleet.Fail != 1 {
		t.Errorf("%+v", run)
	}
	if got := happened(t, s, run.ID); !slices.Equal(got, []string{"regressed a R1 fail"}) {
		t.Error(got)
	}
	if records := lines(t, must(s.Report(ctx, run.ID))(t).Records.BySubject()); len(records) != 1 {
		t.Error(records)
	}
	n := 0
	for _, err := range s.Evidence(ctx, run.ID) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if all, gone := there(t, s); n != 1 || all != "a b" || gone != "" {
		t.Errorf("%d seen; %q there, %q gone", n, all, gone)
	}
	// Retention takes it for the run that it is: of one in the chain the latest results
	// stay.
	keepRun(t, s, 2, history.Run{Part: true}, small(2, "b.example.com tls R1=pass"))
	must(s.Prune(ctx, history.Retention{Runs: 1}, historytest.Night(40)))(t)
	must(s.Record(ctx, run.ID, "https://a.example.com:443"))(t)
	if v := must(s.Verify(ctx, ""))(t); len(v.Damage) > 0 || v.Runs != 3 {
		t.Error(v)
	}
}

// testNotJudged: what no rule speaks about is unknown, if it is an endpoint.
func testNotJudged(t *testing.T, where place) {
	s := opened(t, where(t))
	report := small(0, "a.example.com tls", "b.example.com tls R1=not-applicable", "c.example.com tls R1=pass")
	report.Records = append(report.Records.(recordList), &audit.Record{Evidence: audit.Evidence{Subject: audit.ConfigSubject + "nginx.conf", Declared: []audit.Declared{{Product: "nginx"}}}})
	run := keep(t, s, 0, report)
	if want := (history.FleetCounts{Subjects: 4, Unknown: 2, Pass: 1, NotApplicable: 1, FindingsPass: 1}); run.Fleet != want {
		t.Errorf("%+v", run.Fleet)
	}
}
