package dashboard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/report"
)

// The sessions of the tests.
var (
	viewer   = Session{Name: "vera", Role: Viewer, CSRF: "token-of-vera"}
	operator = Session{Name: "olga " + hostile, Role: Operator, CSRF: "token-of-olga", SignOut: "/logout"}
)

// fakeAudits starts nothing, and is done after a few looks.
type fakeAudits struct {
	mu    sync.Mutex
	asked []AuditRequest
	busy  bool
	looks int
	// again: every start begins a new audit.
	again bool
}

func (f *fakeAudits) Start(_ context.Context, r AuditRequest) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy {
		return "", fmt.Errorf("begun by somebody: %w", ErrBusy)
	}
	f.asked = append(f.asked, r)
	if f.again {
		f.looks = 0
	}
	return runName(41), nil
}

func (f *fakeAudits) Progress(_ context.Context, run string) (*Progress, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if run != runName(41) {
		return nil, history.ErrNotFound
	}
	f.looks++
	p := &Progress{Run: run, State: history.Running, Total: 1300, Done: 100 * f.looks, Unreachable: 3, Started: fakeNow.Add(-time.Minute), Note: "scanning " + hostile}
	if p.Done >= p.Total {
		p.Done, p.State = p.Total, history.Complete
	}
	return p, nil
}

type fakeOutlook struct{}

var fakeBasis = Basis{Made: fakeNow, Oldest: fakeNow.AddDate(0, 0, -9), Newest: fakeNow.Add(-6 * time.Hour), Renewing: true}

func (fakeOutlook) Forecast(context.Context) (*Forecast, error) {
	f := &Forecast{Basis: fakeBasis, Until: fakeNow.AddDate(1, 0, 0), Subjects: 130, Unknown: 12}
	for i := range 30 {
		kind, severity := "certificate", audit.High
		if i%3 == 0 {
			kind, severity = "rule", audit.Medium
		}
		f.Events = append(f.Events, ForecastEvent{At: fakeNow.AddDate(0, 0, 9*i+5), Kind: kind, Severity: severity, Title: fmt.Sprintf("%d certificates end %s", i+1, hostile), Count: i + 1, Subjects: []string{"https://host-001.example.com:443"}})
	}
	return f, nil
}

func (fakeOutlook) Gateway(context.Context) (*Gateway, error) {
	impact := audit.RowImpact{Row: "partners " + hostile, RowSubject: "row:1", Direction: "outbound", Demands: "encrypt/medium", Peers: 12}
	for i, level := range audit.WhatIfLevels {
		for _, strength := range audit.WhatIfStrengths {
			cell := audit.RowBreak{Level: level, Strength: strength, Breaks: i, Unknown: i / 2}
			if i > 0 {
				cell.BreaksNamed = []string{"mx.example.net: name does not match " + hostile}
			}
			impact.Cells = append(impact.Cells, cell)
		}
	}
	return &Gateway{Basis: fakeBasis, Tables: true, Impact: []audit.RowImpact{impact}}, nil
}

func testConfig(f *fake, s Session) Config {
	return Config{
		History: f, Session: func(*http.Request) Session { return s }, Clean: report.Clean, Now: func() time.Time { return fakeNow },
		Formats: []Format{
			{Name: "json", Ext: ".json", Title: "everything", Type: "application/json", Write: func(w io.Writer, r *audit.Report) error { _, err := fmt.Fprintf(w, "{%q:1}", r.Schema); return err }},
			{Name: "broken", Ext: ".broken", Title: "breaks off", Type: "text/plain", Write: func(w io.Writer, _ *audit.Report) error {
				_, _ = io.WriteString(w, strings.Repeat("half ", 2000))
				return errors.New("the disk is full")
			}},
			{Name: "unwilling", Ext: ".none", Title: "does not begin", Type: "text/plain", Write: func(io.Writer, *audit.Report) error { return errors.New("nothing to write") }},
		},
		Outlook: fakeOutlook{}, Audits: &fakeAudits{}, Version: "0.9", Tick: time.Millisecond,
		Schedules: func(context.Context) ([]Schedule, error) {
			return []Schedule{{Name: "nightly", Spec: "0 3 * * * Europe/Berlin", Next: fakeNow.Add(16 * time.Hour)}}, nil
		},
	}
}

func newDashboard(t testing.TB, c Config) http.Handler {
	t.Helper()
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// get asks for an address.
func get(t testing.TB, h http.Handler, address string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil))
	return w
}

// post sends a form.
func post(t testing.TB, h http.Handler, address, form string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
