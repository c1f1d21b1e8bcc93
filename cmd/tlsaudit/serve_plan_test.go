package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/internal/history"
	"tlsaudit/internal/schedule"
)

// planning is a service that is not serving: its audits are begun by hand. There
// is one endpoint, which is weak at times, and one receiver of messages.
type planning struct {
	*testing.T
	*service
	weak atomic.Bool
	port string
	said *transcript

	mu   sync.Mutex
	told []message
}

// message is what a webhook is told.
type message struct {
	Kind, Title string
	Run         struct{ ID, State string }
	Changes     []struct {
		Kind  string
		Total int
	}
	Second  *struct{ Looked, Refuted int } `json:"second_look"`
	Missed  *struct{ Slots int }
	Notices []string
}

func (m *message) String() string {
	text := m.Kind
	for _, c := range m.Changes {
		text += fmt.Sprintf(" %s=%d", c.Kind, c.Total)
	}
	return text
}

const weakPolicy = `policy: {id: corp, title: Corporate}
rules:
- {rule: modern, level: must, check: protocol.offered, params: {versions: [TLSv1.3]}}
`

func newPlanning(t *testing.T, target, more string) *planning {
	t.Helper()
	p := &planning{T: t, said: &transcript{}}
	authority := fixtures.NewAuthority(time.Now())
	presented := authority.Issue(fixtures.Leaf{IPs: []net.IP{net.IPv4(127, 0, 0, 1)}, DNS: []string{"localhost"}}).Present(authority.Intermediate)
	endpoint := httptest.NewUnstartedServer(http.NotFoundHandler())
	endpoint.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	endpoint.TLS = &tls.Config{Certificates: []tls.Certificate{presented}, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		c := &tls.Config{Certificates: []tls.Certificate{presented}}
		if p.weak.Load() {
			c.MaxVersion = tls.VersionTLS12
		}
		return c, nil
	}}
	endpoint.StartTLS()
	t.Cleanup(endpoint.Close)
	_, p.port, _ = net.SplitHostPort(endpoint.Listener.Addr().String())
	receiver := httptest.NewUnstartedServer(http.HandlerFunc(p.receive))
	receiver.TLS = &tls.Config{Certificates: []tls.Certificate{presented}}
	receiver.StartTLS()
	t.Cleanup(receiver.Close)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"ca.pem": string(authority.RootPEM()), "policy.yaml": weakPolicy, "targets.txt": strings.ReplaceAll(target, "PORT", p.port) + "\n",
		"serve.yaml": "db: audits.db\naudit: {inventory: [targets.txt], policy: [policy.yaml], ca: ca.pem, depth: deep, timeout: 20s" + more + "}\n" +
			"schedules:\n- {name: nightly, cron: '0 3 * * *', depth: quick}\n" +
			"notify: {channels: [{name: ops, webhook: {url: '" + receiver.URL + "', secret_env: KEY, ca_file: ca.pem}}]}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, now: time.Now, hostname: os.Hostname,
		getenv: func(name string) string { return map[string]string{"KEY": "correct horse battery staple"}[name] }}
	set, err := (&notifyFlags{config: filepath.Join(dir, "serve.yaml")}).settings(a)
	if err != nil {
		t.Fatal(err)
	}
	p.service = &service{app: a, set: set, log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if p.store, err = a.openHistory(t.Context(), set.db, true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.store.Close() })
	if err := p.wire(); err != nil {
		t.Fatal(err)
	}
	p.audits.live = t.Context()
	return p
}

func (p *planning) receive(_ http.ResponseWriter, r *http.Request) {
	var m message
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		p.Error(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = append(p.told, m)
}

// messages returns what was told since it was asked last.
func (p *planning) messages() (list []message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	list, p.told = p.told, nil
	return list
}

// night makes the run of a night; between happens before the second look.
func (p *planning) night(n int, between func()) schedule.Job {
	p.Helper()
	job := schedule.Job{Schedule: p.set.schedules[0], Slot: time.Date(2026, 11, n, 3, 0, 0, 0, time.UTC), Attempt: 1}
	life := p.plan.life()
	again := life.Again
	life.Again = func(ctx context.Context, job schedule.Job, run *history.Run, subjects []string) (int, error) {
		between()
		return again(ctx, job, run, subjects)
	}
	if err := life.Do(p.Context(), job); err != nil {
		p.Fatal(err)
	}
	return job
}

func (p *planning) wantTold(want ...string) {
	p.Helper()
	var got []string
	for _, m := range p.messages() {
		got = append(got, m.String())
	}
	if !slices.Equal(got, want) {
		p.Errorf("told %q, want %q", got, want)
	}
}

// TestSecondLookIsKept: bad news that is gone at the second look is not told, and
// is told when it is there again the next night. So it is where the audit makes a
// target of each address of a name.
func TestSecondLookIsKept(t *testing.T) {
	for name, tt := range map[string]struct{ target, more string }{
		"as it is listed": {"https://localhost:PORT?ip=127.0.0.1", ""},
		"each address":    {"https://localhost:PORT", ", all-addresses: true"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlanning(t, tt.target, tt.more)
			nothing := func() { t.Error("there is no bad news, and it is looked at again") }
			p.night(1, nothing)
			if m := p.messages(); len(m) != 1 || m[0].Kind != "digest" {
				t.Fatalf("the first run is told as %+v", m)
			}
			p.weak.Store(true)
			job := p.night(2, func() { p.weak.Store(false) })
			p.wantTold()
			open, _, err := p.store.Findings(t.Context(), history.FindingQuery{Rule: "modern", Text: "127.0.0.1"})
			if err != nil || len(open) > 0 {
				t.Errorf("what was not found again is open: %+v, %v", open, err)
			}
			runs, _, err := p.store.Runs(t.Context(), history.Page{Limit: 10})
			if err != nil || len(runs) != 3 || runs[0].Trigger != history.TriggerRecheck || runs[1].Trigger != "schedule" || !runs[0].Slot.Equal(job.Slot) || runs[0].Depth != audit.DepthQuick {
				t.Fatalf("%+v, %v", runs, err)
			}

			p.weak.Store(true)
			p.night(3, func() {})
			if m := p.messages(); len(m) != 1 || !strings.Contains(m[0].String(), "flapping=1") || !strings.Contains(m[0].Title, "1 of ") { // failed, kept, failed
				t.Errorf("what came back is told as %+v", m)
			}
			p.weak.Store(false)
			p.night(4, nothing)
			if m := p.messages(); len(m) != 1 || !strings.Contains(m[0].String(), "fixed=1") && !strings.Contains(m[0].String(), "flapping=1") {
				t.Errorf("that it is mended is told as %+v", m)
			}
		})
	}
}

// TestSecondAttempt: a run that was kept and not told is not made again; what is
// made up for is the second look and the telling.
func TestSecondAttempt(t *testing.T) {
	p := newPlanning(t, "https://localhost:PORT?ip=127.0.0.1", "")
	p.night(1, nil)
	p.messages()
	p.weak.Store(true)
	job := schedule.Job{Schedule: p.set.schedules[0], Slot: time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC), Attempt: 1}
	first, err := p.plan.audit(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	if pending, err := p.plan.pending(t.Context(), first); !pending || err != nil {
		t.Errorf("the slot is not done, and nobody is at work on it: %v", err)
	}
	p.notices.resume(t.Context())
	p.wantTold() // whoever does the slot tells

	job.Attempt = 2
	if err := p.plan.life().Do(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	m := p.messages()
	if len(m) != 1 || m[0].Run.ID != first.ID || m[0].Second == nil || m[0].Second.Looked != 1 {
		t.Errorf("told %+v", m)
	}
	if err := p.plan.life().Do(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	p.wantTold()
	if runs, _, _ := p.store.Runs(t.Context(), history.Page{Limit: 10}); len(runs) != 3 {
		t.Errorf("%d runs, want two nights and a second look", len(runs))
	}
}

// TestBrokenOffIsTold: a run that began and failed is told of, and is no run of its
// slot; one that is complete is told whatever failed behind it.
func TestBrokenOffIsTold(t *testing.T) {
	p := newPlanning(t, "https://localhost:PORT?ip=127.0.0.1", "")
	w, err := p.store.Begin(t.Context(), history.Run{Started: time.Now(), Trigger: "schedule", Schedule: "nightly", Slot: time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Abandon(t.Context(), "no space left on device"); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	if run, err := p.plan.outcome(t.Context(), w.ID(), full); run != nil || !errors.Is(err, full) {
		t.Errorf("%+v, %v", run, err)
	}
	p.wantTold("broken-off")
	if run, err := p.plan.done(t.Context(), "schedule", "nightly", time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC)); run != nil || err != nil {
		t.Errorf("what was broken off is the run of its slot: %+v, %v", run, err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if run, err := p.plan.outcome(stopped, w.ID(), nil); run != nil || err == nil {
		t.Errorf("a run that was stopped counts: %+v", run)
	}
	if run, err := p.plan.outcome(t.Context(), "", history.ErrHeld); run != nil || !errors.Is(err, history.ErrHeld) {
		t.Errorf("%+v, %v", run, err)
	}
	p.wantTold()
	p.night(2, nil)
	p.messages()
	last := lastRun(t, p.set.db)
	if run, err := p.plan.outcome(t.Context(), last.ID, full); err != nil || run == nil || run.ID != last.ID {
		t.Errorf("%+v, %v", run, err)
	}
}

// TestOthersRunsAreTold: a run of a command is told by the service, and that an
// audit was missed is with its count.
func TestOthersRunsAreTold(t *testing.T) {
	p := newPlanning(t, "https://localhost:PORT?ip=127.0.0.1", "")
	p.night(1, nil)
	p.messages()
	p.weak.Store(true)
	if err := p.audit(t.Context(), order{kept: true, depth: audit.DepthQuick}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		p.notices.resume(t.Context())
	}
	p.wantTold("digest regressed=1")
	p.plan.missed(t.Context(), schedule.Miss{Schedule: p.set.schedules[0], Slot: time.Now(), Due: time.Now(), Slots: 7, Why: "it slept"})
	p.tasks.Wait()
	if m := p.messages(); len(m) != 1 || m[0].Kind != "missed" || m[0].Missed.Slots != 7 {
		t.Errorf("%+v", m)
	}
}

// TestRemarks: what could not be looked at again is in the message.
func TestRemarks(t *testing.T) {
	p := newPlanning(t, "https://localhost:PORT?ip=127.0.0.1", "")
	p.night(1, nil)
	p.messages()
	p.weak.Store(true)
	job := schedule.Job{Schedule: p.set.schedules[0], Slot: time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC), Attempt: 1}
	life := p.plan.life()
	life.Again = func(context.Context, schedule.Job, *history.Run, []string) (int, error) {
		return 0, errors.New("no descriptors left")
	}
	life.Notify = func(ctx context.Context, job schedule.Job, run *history.Run, r schedule.Rechecked) error {
		r.Left = 3
		return p.plan.notify(ctx, job, run, r)
	}
	if err := life.Do(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	m := p.messages()
	if len(m) != 1 || len(m[0].Notices) != 2 || !strings.Contains(m[0].Notices[0], "no descriptors left") || !strings.Contains(m[0].Notices[1], "more than 50: 3") {
		t.Errorf("%+v", m)
	}
}

// TestSourcesOf: what a subject came from in the inventory: the name of an address,
// the domain of a mail host; a file is not looked at again.
func TestSourcesOf(t *testing.T) {
	s := &teller{}
	var err error
	if s.store, err = history.Open(t.Context(), filepath.Join(t.TempDir(), "audits.db")); err != nil {
		t.Fatal(err)
	}
	defer s.store.Close()
	target := func(text string) audit.Target {
		list, _, err := (&app{}).targets([]string{text}, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		for one, err := range list {
			if err != nil {
				t.Fatal(err)
			}
			return one
		}
		return audit.Target{}
	}
	node, host, domain := target("https://www.example.com?ip=192.0.2.1"), target("smtp://mx1.example.net?ip=192.0.2.25"), target("mx:example.com")
	host.Domains = []string{"example.com"}
	var list keptRecords
	for _, one := range []audit.Target{node, host, domain} {
		list = append(list, &audit.Record{Evidence: audit.Evidence{Subject: one.Subject(), Observed: &audit.Observation{Target: one, Reach: audit.ReachTLS}}})
	}
	const file = audit.ConfigSubject + "/etc/nginx/nginx.conf"
	list = append(list, &audit.Record{Evidence: audit.Evidence{Subject: file}})
	w, err := s.store.Begin(t.Context(), history.Run{Started: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	run, err := w.Finish(t.Context(), &audit.Report{Generated: time.Now(), Records: list}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		subjects []string
		count    int
		picked   []string
	}{
		{[]string{node.Subject()}, 1, []string{"https://www.example.com", "https://www.example.com?ip=192.0.2.1"}},
		{[]string{host.Subject(), file}, 1, []string{"smtp://mx1.example.net", "mx:example.com"}},
		{[]string{domain.Subject()}, 1, []string{"mx:example.com"}},
		{[]string{file}, 0, nil},
	} {
		picks, count, err := s.sourcesOf(t.Context(), run.ID, tt.subjects)
		if err != nil || count != tt.count {
			t.Errorf("%q: %d, %v", tt.subjects, count, err)
		}
		for _, text := range []string{"https://www.example.com", "https://www.example.com?ip=192.0.2.1", "https://www.example.com?ip=192.0.2.2", "https://www.example.org", "smtp://mx1.example.net", "smtp://mx2.example.net", "mx:example.com", "mx:example.org"} {
			if one := target(text); picks(&one) != slices.Contains(tt.picked, text) {
				t.Errorf("%q: %s is picked: %t", tt.subjects, text, picks(&one))
			}
		}
	}
	if _, _, err := s.sourcesOf(t.Context(), run.ID, []string{"https://unknown.example.com:443"}); !errors.Is(err, history.ErrNotFound) {
		t.Error(err)
	}
}

// keptRecords are the records of a report in memory.
type keptRecords []*audit.Record

func (k keptRecords) BySubject() iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		for _, r := range k {
			if !yield(r, nil) {
				return
			}
		}
	}
}
func (k keptRecords) WorstFirst() iter.Seq2[*audit.Record, error] { return k.BySubject() }
func (k keptRecords) Findings() iter.Seq2[*audit.Record, error]   { return k.BySubject() }
