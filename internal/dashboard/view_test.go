package dashboard

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/hypertext"
	"tlsaudit/report"
)

// TestOverviewNumbers reads the figures of the overview: the denominator and what
// is not known are said.
func TestOverviewNumbers(t *testing.T) {
	f := newFake()
	body := get(t, newDashboard(t, testConfig(f, viewer)), "/").Body.String()
	pass, unknown := 0, 0
	for _, s := range f.subjects {
		switch s.Verdict {
		case audit.Pass:
			pass++
		case audit.Unknown:
			unknown++
		}
	}
	c := &f.counts
	judged := c.FindingsFail + c.FindingsWarn + c.FindingsUnknown + c.FindingsWaived + c.FindingsPass
	for _, want := range []string{
		fmt.Sprintf("%d of 130 pass; %d (%s) are unknown and count as not passing. %d of %d findings (%s) could not be decided", pass, unknown, hypertext.ShareText(unknown, 130), c.FindingsUnknown, judged, hypertext.ShareText(c.FindingsUnknown, judged)),
		"130 subjects, each at its latest result, of 2 runs; the oldest result is of 2027-03-01 09:30 UTC, 9 days ago",
		fmt.Sprintf(`aria-label="%s of 130 subjects pass every rule"`, hypertext.ShareText(pass, 130)),
		"Latest run <a", "6 h ago", "2027-03-11 01:30 UTC, in 16 h", "bsi-tr-02102-2 2026-01", "1 expired, 1 run out soon",
		`<span class="v unknown">old</span>`, // of those not reached for nine days
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the overview does not say %q", want)
		}
	}
}

// TestCompareWalk walks through two runs part by part: every subject that differs
// is listed once, whichever part it falls into.
func TestCompareWalk(t *testing.T) {
	f := newFake()
	h := newDashboard(t, testConfig(f, viewer))
	address := "/compare?a=" + runName(20) + "&b=" + runName(40)
	var named []string
	for range 10 {
		body := get(t, h, address).Body.String()
		for _, link := range links(t, body) {
			if strings.HasPrefix(link, "/compare/subject?") {
				named = append(named, link)
			}
		}
		address = ""
		for _, link := range links(t, body) {
			if strings.HasPrefix(link, "/compare?") && strings.Contains(link, "after=") {
				address = link
			}
		}
		if address == "" {
			break
		}
	}
	if text := plain(get(t, h, "/compare?a="+runName(20)+"&b="+runName(40)).Body.String()); !strings.Contains(text, "Score of 100 74.0 84.0 &#43;10.0") {
		t.Error("the scores are not compared")
	}
	seen := map[string]bool{}
	for _, link := range named {
		if seen[link] {
			t.Errorf("%s is listed twice", link)
		}
		seen[link] = true
	}
	if len(seen) != 15 { // every ninth of 130
		t.Errorf("%d subjects differ", len(seen))
	}
}

// TestShares lays out parts: one that is there is seen, and rounding never says
// that all is well.
func TestShares(t *testing.T) {
	got := byVerdict(1, 0, 0, 0, 9999)
	if p := got.Parts[0]; p.Width != 4 || p.Percent != "under 1 %" {
		t.Errorf("one of ten thousand is %+v", p)
	}
	if p := got.Parts[4]; p.Width != 996 || p.X != 4 || p.Percent != "99 %" {
		t.Errorf("the others are %+v", p)
	}
	if got.Says() != "1 fail, 0 unknown, 0 warn, 0 waived, 9,999 pass" {
		t.Errorf("it says %q", got.Says())
	}
	for _, p := range byVerdict(0, 0, 0, 0, 0).Parts {
		if p.Width != 0 || p.Percent != "0 %" {
			t.Errorf("of nothing: %+v", p)
		}
	}
}

// TestBuckets puts certificates at the edges of the horizons, and follows the link
// of each count: the list has as many. There is no bound on what is counted.
func TestBuckets(t *testing.T) {
	f := newFake()
	f.certs = nil
	at := func(d time.Duration) {
		f.certs = append(f.certs, history.Certificate{SHA256: fmt.Sprintf("%064x", len(f.certs)), NotAfter: fakeNow.Add(d), Leaf: true, Subjects: 1})
	}
	const oneDay = 24 * time.Hour
	for _, d := range []time.Duration{-time.Second, 0, 7*oneDay - 1, 7 * oneDay, 14 * oneDay, 30*oneDay - 1, 60*oneDay - 1, 89 * oneDay, 90 * oneDay} {
		at(d)
	}
	for range 12000 {
		at(85 * oneDay)
	}
	c := testConfig(f, viewer)
	q := &request{dashboard: &dashboard{Config: c}, now: fakeNow}
	list, err := q.buckets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, b := range list {
		got[b.Name] = b.N
	}
	want := map[string]int{"ended": 1, "0 to 7 days": 2, "7 to 14 days": 1, "14 to 30 days": 2, "30 to 60 days": 1, "60 to 90 days": 12001}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	h := newDashboard(t, c)
	for _, b := range list[:5] {
		if text := plain(get(t, h, string(b.Link)).Body.String()); !strings.Contains(text, plural(b.N, "certificate", "certificates")+".") {
			t.Errorf("%s: %d are counted, and the list has others", b.Name, b.N)
		}
	}
	months, err := q.months(t.Context())
	if err != nil || months[0].N != 5 || months[1].N != 1 || months[2].N != 1 || months[11].Name != "2028-02" {
		t.Errorf("months are %+v, %v", months, err)
	}
	if text := plain(get(t, h, string(months[0].Link)).Body.String()); !strings.Contains(text, "5 certificates.") || !strings.Contains(text, "Certificates that end in 2027-03") {
		t.Error("a month lists others than it counts")
	}
}

// TestTrend draws all there was after each run: what was broken off is no point.
func TestTrend(t *testing.T) {
	f := newFake()
	tr := newTrend(f.runs)
	if len(tr.Points) != 39 || tr.First().Run != runName(1) || tr.Last().Run != runName(40) {
		t.Errorf("%d points from %s to %s", len(tr.Points), tr.First().Run, tr.Last().Run)
	}
	if want := fmt.Sprintf("0.0,%.1f ", 200-61.0*200/130); !strings.HasPrefix(tr.Pass, want) || !strings.HasSuffix(tr.Unknown, " 1000,200") {
		t.Errorf("lines begin %.20s and end %s", tr.Pass, tr.Unknown[len(tr.Unknown)-20:])
	}
	for _, c := range tr.Columns {
		if c.X < 0 || c.Y < 0 || c.X+c.Width > trendWidth || c.Y+c.Height > trendHeight {
			t.Fatalf("a column outside the drawing: %+v", c)
		}
	}
	one := newTrend(f.runs[:2])
	if one.Pass != "" || len(one.Points) != 1 {
		t.Error("one run is no line")
	}
	if empty := newTrend(nil); len(empty.Points) != 0 {
		t.Error("no run is no point")
	}
}

// TestWords words durations, days and numbers.
func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		span(30 * time.Second): "under a minute", span(61 * time.Minute): "1 h 1 min", span(49 * time.Hour): "2 days 1 h", span(48 * time.Hour): "2 days", span(16 * time.Hour): "16 h", span(15 * 24 * time.Hour): "15 days",
		left(fakeNow, fakeNow.Add(-time.Hour)): "ended 0 days ago", left(fakeNow, fakeNow.Add(time.Hour)): "ends within a day", left(fakeNow, fakeNow.Add(50*time.Hour)): "2 days left", left(fakeNow, time.Time{}): "unknown",
		ago(fakeNow, time.Time{}): "never", num(1234567): "1,234,567", num(-1000): "-1,000", num(12): "12", stamp(time.Time{}): "unknown time",
		verdictClass(audit.Verdict(99)): "unknown", verdictClass(audit.NotApplicable): "moot", leftClass(fakeNow, time.Time{}): "unknown", leftClass(fakeNow, fakeNow.AddDate(0, 0, 29)): "warn",
	} {
		if got != want {
			t.Errorf("got %q, wanted %q", got, want)
		}
	}
}

// TestPieces parts text at what cannot be seen.
func TestPieces(t *testing.T) {
	want := []piece{{Text: "a"}, {Odd: true, Text: `\u202e`}, {Odd: true, Text: `\x1b`}, {Text: "b"}}
	if diff := cmp.Diff(want, pieces(`a\u202e\x1bb`)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]piece{{Text: "plain"}}, pieces("plain")); diff != "" {
		t.Error(diff)
	}
}

// TestExact sends values of forms there and back.
func TestExact(t *testing.T) {
	for _, s := range []string{"Web shop", hostile, "escaped:x", "100 %", ""} {
		sent := escaped(report.Clean, s)
		if back, err := unescaped(sent); err != nil || back != s || strings.ContainsAny(sent, "\u202e\x1b") {
			t.Errorf("%q is sent as %q and comes back as %q, %v", s, sent, back, err)
		}
	}
	f := newFake()
	body := get(t, newDashboard(t, testConfig(f, viewer)), "/subjects?system="+url.QueryEscape(escaped(report.Clean, fakeSystems[5]))).Body.String()
	if !strings.Contains(body, "host-005.example.com") || strings.Contains(body, "host-004.example.com") {
		t.Error("the hostile system cannot be chosen")
	}
}

// TestOpenSince words the age of a finding that was mended and came back: it counts
// from when it was last opened.
func TestOpenSince(t *testing.T) {
	f := newFake()
	back := &f.findings[0]
	back.FirstSeen, back.OpenSince, back.FixedAt = fakeNow.AddDate(0, 0, -90), fakeNow.AddDate(0, 0, -3), time.Time{}
	h := newDashboard(t, testConfig(f, viewer))
	for _, address := range []string{"/findings", "/subject?s=" + url.QueryEscape(back.Subject)} {
		if text := plain(get(t, h, address).Body.String()); !strings.Contains(strings.ToLower(text), "open for 3 days") || !strings.Contains(text, "since 2027-03-07, first seen 2026-12-10") {
			t.Errorf("%s does not say since when it is open", address)
		}
	}
}
