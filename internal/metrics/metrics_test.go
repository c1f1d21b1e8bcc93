package metrics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// shelf is a history in memory that counts what it is asked.
type shelf struct {
	mu           sync.Mutex
	runs         []history.Run
	head         audit.Report
	fleet        history.Fleet
	subjects     []history.SubjectState
	findings     []history.FindingState
	certificates []history.Certificate
	fault        error
	asked        map[string]int
}

func (s *shelf) ask(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked == nil {
		s.asked = map[string]int{}
	}
	s.asked[what]++
	return s.fault
}

// paged cuts a page out of a list; After is an index.
func paged[T any](list []T, p history.Page) ([]T, string) {
	from, _ := strconv.Atoi(p.After)
	to := min(from+p.Limit, len(list))
	if to == len(list) {
		return list[from:to], ""
	}
	return list[from:to], strconv.Itoa(to)
}

func (s *shelf) Runs(_ context.Context, p history.Page) ([]history.Run, string, error) {
	list, next := paged(s.runs, p)
	return list, next, s.ask("runs")
}

func (s *shelf) Report(context.Context, string) (*audit.Report, error) {
	return &s.head, s.ask("report")
}

func (s *shelf) Fleet(context.Context) (*history.Fleet, error) {
	return &s.fleet, s.ask("fleet")
}

func (s *shelf) Subjects(_ context.Context, q history.SubjectQuery) ([]history.SubjectState, string, error) {
	list, next := paged(s.subjects, q.Page)
	return list, next, s.ask("subjects " + q.Order)
}

func (s *shelf) Findings(_ context.Context, q history.FindingQuery) ([]history.FindingState, string, error) {
	list, next := paged(s.findings, q.Page)
	return list, next, s.ask("findings " + q.State)
}

func (s *shelf) Certificates(_ context.Context, _ time.Time, p history.Page) ([]history.Certificate, string, error) {
	list, next := paged(s.certificates, p)
	return list, next, s.ask("certificates")
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// full is a history with something of everything.
func full() *shelf {
	return &shelf{
		runs: []history.Run{
			{ID: "3", State: history.Running, Started: noon.Add(24 * time.Hour)},
			{ID: "2", State: history.Incomplete, Started: noon.Add(2 * time.Hour)},
			{ID: "1", State: history.Complete, Started: noon, Finished: noon.Add(90 * time.Second), Summary: audit.Summary{Subjects: 4, Judged: 3, Unknown: 1, Fail: 2, Score: audit.Score{Points: 3, Of: 4}}},
			{ID: "0", State: history.Complete, Started: noon.Add(-24 * time.Hour), Finished: noon},
		},
		head: audit.Report{Waivers: []audit.WaiverStatus{{State: audit.WaiverActive}, {State: audit.WaiverExpiring}, {State: audit.WaiverExpiring}}},
		fleet: history.Fleet{FleetCounts: history.FleetCounts{Subjects: 5}, Oldest: noon.AddDate(0, 0, -6), Newest: noon, Runs: 2, Rules: []history.RuleCount{
			{Profile: "corp", Rule: "a", Check: "cert.validity.now", Severity: audit.High, Fail: 1, Unknown: 1},
			{Profile: "corp", Rule: "b", Check: "cert.validity.now", Severity: audit.Low, Fail: 1},
		}},
		subjects: []history.SubjectState{
			{Subject: "https://www.example.com:443", System: "Shop", Reach: audit.ReachTLS, Verdict: audit.Fail, Fail: 2, Unknown: 1, Pass: 1, LastSeen: noon},
			{Subject: "https://dead.example.com:443", Reach: audit.ReachUnreachable, Verdict: audit.Unknown, Unknown: 2, LastSeen: noon.AddDate(0, 0, -6)},
			{Subject: "https://a.example.com:443", Reach: audit.ReachTLS, Verdict: audit.Pass, Pass: 3, LastSeen: noon},
			{Subject: "https://b.example.com:443", Reach: audit.ReachTLS, Verdict: audit.NotApplicable, LastSeen: noon},
			{Subject: "config:nginx.conf"},
		},
		findings: []history.FindingState{
			{Check: "cert.validity.now", Rule: "a", Subject: "https://www.example.com:443", Verdict: audit.Fail},
			{Check: "cert.validity.now", Rule: "b", Subject: "https://www.example.com:443", Verdict: audit.Warn},
		},
		certificates: []history.Certificate{{SHA256: "ab", NotAfter: noon.AddDate(0, 1, 0), Leaf: true, Sample: "https://www.example.com:443"}, {SHA256: "cd", NotAfter: noon.AddDate(1, 0, 0), Sample: "https://www.example.com:443"}, {SHA256: "ef"}},
	}
}

// scrape asks as Prometheus does and returns each value by its name and labels.
func scrape(t *testing.T, h http.Handler) map[string]float64 {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatalf("%v\n%s", err, w.Body)
	}
	values := map[string]float64{}
	for name, family := range families {
		if family.GetHelp() == "" || !strings.HasPrefix(name, "tlsaudit_") {
			t.Errorf("%s: %q", name, family.GetHelp())
		}
		for _, m := range family.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
				if !utf8.ValidString(l.GetValue()) || len(l.GetValue()) > maxLabel+20 || strings.ContainsAny(l.GetValue(), "\n\x1b\x00") {
					t.Errorf("the label %s is %q", l.GetName(), l.GetValue())
				}
			}
			values[name+"{"+strings.Join(labels, ",")+"}"] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return values
}

func TestValues(t *testing.T) {
	m := New(Options{Source: full(), Version: "1.0.0", Schedules: func() []Schedule { return []Schedule{{Name: "night", Next: noon.Add(time.Hour)}, {Name: "night"}} }})
	m.Notified("mail", nil)
	m.Notified("mail", errors.New("refused"))
	m.Notified("mail", errors.New("refused"))
	values := scrape(t, m)
	const www, dead = "target=https://www.example.com:443", "target=https://dead.example.com:443"
	want := map[string]float64{
		"tlsaudit_build_info{version=1.0.0}":                                      1,
		"tlsaudit_source_up{}":                                                    1,
		"tlsaudit_runs_running{}":                                                 1,
		"tlsaudit_last_run_timestamp_seconds{}":                                   float64(noon.Add(2 * time.Hour).Unix()),
		"tlsaudit_last_run_success{}":                                             0,
		"tlsaudit_last_success_timestamp_seconds{}":                               float64(noon.Add(90 * time.Second).Unix()),
		"tlsaudit_run_complete{}":                                                 0,
		"tlsaudit_run_duration_seconds{}":                                         90,
		"tlsaudit_score_ratio{}":                                                  0.75,
		"tlsaudit_oldest_result_timestamp_seconds{}":                              float64(noon.AddDate(0, 0, -6).Unix()),
		"tlsaudit_endpoints{state=judged}":                                        2,
		"tlsaudit_endpoints{state=unknown}":                                       2,
		"tlsaudit_unknown_ratio{}":                                                0.5,
		"tlsaudit_waivers{state=active}":                                          1,
		"tlsaudit_waivers{state=unused}":                                          0,
		"tlsaudit_waivers_expiring{}":                                             2,
		"tlsaudit_findings{severity=high,verdict=fail}":                           1,
		"tlsaudit_findings{severity=low,verdict=unknown}":                         0,
		"tlsaudit_findings{severity=critical,verdict=fail}":                       0,
		"tlsaudit_check_findings{check=cert.validity.now,verdict=fail}":           2,
		"tlsaudit_check_status{check=cert.validity.now," + www + ",verdict=fail}": 1,
		"tlsaudit_target_up{system=Shop," + www + "}":                             1,
		"tlsaudit_target_up{system=," + dead + "}":                                0,
		"tlsaudit_target_last_audit_timestamp_seconds{" + dead + "}":              float64(noon.AddDate(0, 0, -6).Unix()),
		"tlsaudit_target_findings{" + www + ",verdict=fail}":                      2,
		"tlsaudit_target_findings{" + dead + ",verdict=unknown}":                  2,
		"tlsaudit_certificate_not_after_timestamp_seconds{fingerprint_sha256=ab,position=leaf," + www + "}":   float64(noon.AddDate(0, 1, 0).Unix()),
		"tlsaudit_certificate_not_after_timestamp_seconds{fingerprint_sha256=cd,position=issuer," + www + "}": float64(noon.AddDate(1, 0, 0).Unix()),
		"tlsaudit_targets_omitted{}":                               0,
		"tlsaudit_schedule_next_timestamp_seconds{schedule=night}": float64(noon.Add(time.Hour).Unix()),
		"tlsaudit_notifications_total{channel=mail,result=sent}":   1,
		"tlsaudit_notifications_total{channel=mail,result=failed}": 2,
	}
	for key, v := range want {
		if got, ok := values[key]; !ok || got != v {
			t.Errorf("%s is %v (%v), want %v", key, got, ok, v)
		}
	}
	for key := range values {
		if strings.HasPrefix(key, "tlsaudit_findings") && strings.Contains(key, "pass") { // which is not known of a fleet
			t.Errorf("unexpected %s", key)
		}
		if strings.Contains(key, "verdict=warn") && strings.HasPrefix(key, "tlsaudit_check_status") || strings.Contains(key, "config:") || strings.Contains(key, "=ef") {
			t.Errorf("unexpected %s", key)
		}
	}
}

// TestNothingKnown: what is not known has no value.
func TestNothingKnown(t *testing.T) {
	for name, source := range map[string]*shelf{"empty": {}, "running": {runs: []history.Run{{ID: "1", State: history.Running}}}, "broken off": {runs: []history.Run{{ID: "1", State: history.Incomplete, Started: noon}}}} {
		for key := range scrape(t, New(Options{Source: source})) {
			for _, absent := range []string{"success_timestamp", "findings", "target_up", "certificate", "waivers", "score", "unknown_ratio", "endpoints", "run_complete", "oldest"} {
				if strings.Contains(key, absent) {
					t.Errorf("%s: %s", name, key)
				}
			}
		}
	}
	if values := scrape(t, New(Options{Source: &shelf{fault: errors.New("locked")}})); values["tlsaudit_source_up{}"] != 0 || len(values) != 2 {
		t.Errorf("%v", values)
	}
}

// TestChannelsFromTheStart: the series of a channel begin with 0, or Prometheus
// does not see the first message that fails.
func TestChannelsFromTheStart(t *testing.T) {
	m := New(Options{Source: full(), Channels: []string{"mail", "team"}})
	failed := func() (counts []float64) {
		values := scrape(t, m)
		for _, channel := range []string{"mail", "team"} {
			for _, result := range []string{"failed", "sent"} {
				n, there := values["tlsaudit_notifications_total{channel="+channel+",result="+result+"}"]
				if !there {
					t.Errorf("%s has no series of what was %s", channel, result)
				}
				counts = append(counts, n)
			}
		}
		return counts
	}
	if got := failed(); !slices.Equal(got, []float64{0, 0, 0, 0}) {
		t.Errorf("at the start %v", got)
	}
	m.Notified("mail", errors.New("refused"))
	if got := failed(); !slices.Equal(got, []float64{1, 0, 0, 0}) {
		t.Errorf("after one that failed %v", got)
	}
}

// TestKeepsWhatItRead: nothing is read again before a run ends, and a history that
// cannot be read leaves the values there were, and says so.
func TestKeepsWhatItRead(t *testing.T) {
	source := full()
	m := New(Options{Source: source})
	first := scrape(t, m)
	scrape(t, m)
	if source.asked["runs"] != 2 || source.asked["fleet"] != 1 || source.asked["subjects worst"] != 1 {
		t.Errorf("asked %v", source.asked)
	}
	source.runs[0].State, source.runs[0].Finished = history.Complete, noon.Add(25*time.Hour)
	source.runs[0].Summary = source.runs[2].Summary
	if values := scrape(t, m); values["tlsaudit_last_run_success{}"] != 1 || source.asked["fleet"] != 2 {
		t.Errorf("asked %v", source.asked)
	}
	source.fault = errors.New("locked")
	values := scrape(t, m)
	if values["tlsaudit_source_up{}"] != 0 || len(values) != len(first) {
		t.Errorf("%d values, want %d: %v", len(values), len(first), values)
	}
}

// TestBounded: a fleet of any size, and names of any kind, make no more series
// than there may be, and none twice.
func TestBounded(t *testing.T) {
	source := full()
	source.fleet.Rules, source.subjects, source.findings, source.certificates = nil, nil, nil, nil
	for i := range 6000 {
		name := fmt.Sprintf("https://h%d.example.com:443", i)
		source.fleet.Rules = append(source.fleet.Rules, history.RuleCount{Check: fmt.Sprintf("check.%d", i), Fail: 1})
		source.subjects = append(source.subjects, history.SubjectState{Subject: name, Reach: audit.ReachTLS})
		source.findings = append(source.findings, history.FindingState{Check: "c", Subject: name, Verdict: audit.Fail})
		source.certificates = append(source.certificates, history.Certificate{SHA256: fmt.Sprint(i), NotAfter: noon, Sample: name})
	}
	m := New(Options{Source: source, Targets: 1000})
	for i := range 200 {
		m.Notified(fmt.Sprint("channel", i), nil)
	}
	values := scrape(t, m)
	count := map[string]int{}
	for key := range values {
		name, _, _ := strings.Cut(key, "{")
		count[name]++
	}
	for name, most := range map[string]int{"tlsaudit_target_up": 1000, "tlsaudit_check_status": maxOpen, "tlsaudit_check_findings": followed * (maxChecks + 1), "tlsaudit_certificate_not_after_timestamp_seconds": maxCertificates, "tlsaudit_notifications_total": 2 * (maxChannels + 1)} {
		if count[name] != most {
			t.Errorf("%d series of %s, want %d", count[name], name, most)
		}
	}
	for key, want := range map[string]float64{"tlsaudit_targets_omitted{}": 5000, "tlsaudit_endpoints{state=judged}": 0, "tlsaudit_endpoints{state=unknown}": 6000, "tlsaudit_series_dropped{family=target_up}": 5000, "tlsaudit_series_dropped{family=check_status}": 4000, "tlsaudit_check_findings{check=other,verdict=fail}": 5500} {
		if values[key] != want {
			t.Errorf("%s is %v, want %v", key, values[key], want)
		}
	}
	if values["tlsaudit_series_dropped{family=certificate_not_after_timestamp_seconds}"] < 1 {
		t.Error("certificates are missing, and nothing says so")
	}
}

// TestHostileLabels: names from the network cannot break the format, and two of
// them do not become one series, which would void the scrape.
func TestHostileLabels(t *testing.T) {
	hostile := []string{"", "a\"} 1\ntlsaudit_target_up{target=\"b", `\`, "\xff\xfe", "\xff", "\ufffd", "\x1b[2J", "\u202egpj", "a\x00b", strings.Repeat("x", 300) + "1", strings.Repeat("x", 300) + "2", "{{.}}", "%s"}
	source := full()
	source.subjects, source.findings, source.certificates = nil, nil, nil
	for _, name := range hostile {
		source.subjects = append(source.subjects, history.SubjectState{Subject: name, System: name, Reach: audit.ReachTLS})
		source.findings = append(source.findings, history.FindingState{Check: name, Subject: name, Verdict: audit.Fail})
		source.certificates = append(source.certificates, history.Certificate{SHA256: name, NotAfter: noon, Sample: name})
	}
	source.subjects = append(source.subjects, source.subjects...)
	source.findings = append(source.findings, source.findings...)
	source.certificates = append(source.certificates, source.certificates...)
	m := New(Options{Source: source, Version: hostile[1], Schedules: func() (list []Schedule) {
		for _, name := range hostile {
			list = append(list, Schedule{Name: name, Next: noon})
		}
		return list
	}})
	for _, name := range hostile {
		m.Notified(name, nil)
	}
	count := map[string]int{}
	for key := range scrape(t, m) {
		name, _, _ := strings.Cut(key, "{")
		count[name]++
	}
	for _, name := range []string{"tlsaudit_target_up", "tlsaudit_check_status", "tlsaudit_certificate_not_after_timestamp_seconds", "tlsaudit_schedule_next_timestamp_seconds"} {
		if count[name] != len(hostile) {
			t.Errorf("%d series of %s, want %d", count[name], name, len(hostile))
		}
	}
}

func FuzzLabel(f *testing.F) {
	for _, s := range []string{"a", "\xff", "\x1b", strings.Repeat("é", 150), "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l := label(s)
		if !utf8.ValidString(l) || len(l) > maxLabel+13 || strings.ContainsAny(l, "\n\r\x00\x1b") {
			t.Errorf("%q became %q", s, l)
		}
	})
}

func TestMethods(t *testing.T) {
	w := httptest.NewRecorder()
	New(Options{Source: full()}).ServeHTTP(w, httptest.NewRequest("POST", "/metrics", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("status %d", w.Code)
	}
}
