package notify

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/strictyaml"
)

// parse reads a file that holds nothing but the section.
func parse(file string, data []byte) (*Config, error) {
	var doc struct {
		Notify strictyaml.Node `yaml:"notify,required"`
	}
	if err := strictyaml.Decode(file, data, 1<<20, &doc); err != nil {
		return nil, err
	}
	return Section(doc.Notify, filepath.Dir(file))
}

// today is the time of these tests.
var today = time.Date(2026, 11, 22, 3, 30, 0, 0, time.UTC)

// nasty is text as somebody writes it who wants to be seen, clicked or obeyed.
const nasty = "<!channel> @here *b* `c` [go](https://evil.test) <https://evil.test|ok> <script>alert(1)</script> {{DATE(x)}} \u202egnp.exe \x1b[31m\r\nBcc: all@evil.test"

func sampleRun(id string, at time.Time) history.Run {
	return history.Run{
		ID: id, State: history.Complete, Started: at.Add(-30 * time.Minute), Finished: at, Trigger: "schedule", Schedule: "nightly", Slot: at.Add(-30 * time.Minute),
		Depth: "standard", Policy: "example-mail 3", PolicySHA256: "ab12", Tool: "1.0.0", Whole: true,
		Summary: audit.Summary{Subjects: 1000, Judged: 1000, Pass: 9000, Warn: 20, Waived: 5, FailBySeverity: map[string]int{},
			Profiles: []audit.ProfileSummary{{Profile: "baseline", Pass: 980, Warn: 20}}},
		Fleet: history.FleetCounts{Subjects: 1000, Pass: 980, Warn: 20, FindingsPass: 9000, FindingsWarn: 20, FindingsWaived: 5},
	}
}

func failing(r history.Run) history.Run {
	r.Whole, r.Why, r.ExitCode = false, "12 endpoints could not be judged", 1
	r.Summary.Judged, r.Summary.Unknown, r.Summary.Fail, r.Summary.UnknownFindings = 988, 12, 40, 15
	r.Summary.Profiles = []audit.ProfileSummary{{Profile: "baseline", Fail: 38, Unknown: 12, Warn: 20, Pass: 930}}
	r.Fleet = history.FleetCounts{Subjects: 1000, Fail: 38, Unknown: 12, Warn: 20, Pass: 930, FindingsFail: 40, FindingsWarn: 20, FindingsUnknown: 15, FindingsWaived: 5, FindingsPass: 9000}
	return r
}

func finding(kind history.ChangeKind, subject, rule, message string, severity audit.Severity, verdict audit.Verdict) history.Change {
	return history.Change{Kind: kind, At: today, Subject: subject, Finding: &history.FindingState{
		Fingerprint: audit.FindingFingerprint("baseline", rule, subject), Profile: "baseline", Rule: rule, Check: "suite.no_weak", Subject: subject, System: "web",
		Verdict: verdict, Severity: severity, Message: message, FirstSeen: today.AddDate(0, 0, -40), LastSeen: today, Since: today,
	}}
}

// fakeHistory is a history in memory. Pages are small, so that paging is used.
type fakeHistory struct {
	runs         []history.Run // the newest first
	changes      map[string][]history.Change
	records      map[string]*audit.Record // by run and subject
	certificates []history.Certificate

	mu     sync.Mutex
	claims map[string]bool
	broken error
}

func paged[T any](list []T, p history.Page) ([]T, string, error) {
	at := 0
	if p.After != "" {
		fmt.Sscan(p.After, &at)
	}
	end := min(len(list), at+min(p.Limit, 3))
	next := ""
	if end < len(list) {
		next = fmt.Sprint(end)
	}
	return list[at:end], next, nil
}

func (h *fakeHistory) Runs(_ context.Context, p history.Page) ([]history.Run, string, error) {
	if p.Limit < pageSize { // a caller that reads one page wants it whole
		return h.runs[:min(len(h.runs), p.Limit)], "", nil
	}
	return paged(h.runs, p)
}

func (h *fakeHistory) Run(_ context.Context, id string) (*history.Run, error) {
	for i := range h.runs {
		if h.runs[i].ID == id {
			return &h.runs[i], nil
		}
	}
	return nil, history.ErrNotFound
}

func (h *fakeHistory) Changes(_ context.Context, run string, p history.Page) ([]history.Change, string, error) {
	return paged(h.changes[run], p)
}

func (h *fakeHistory) Record(_ context.Context, run, subject string) (*audit.Record, error) {
	if r := h.records[run+" "+subject]; r != nil {
		return r, nil
	}
	return nil, fmt.Errorf("%s: %w", subject, history.ErrNotFound)
}

func (h *fakeHistory) Fleet(context.Context) (*history.Fleet, error) {
	f := &history.Fleet{Oldest: today.AddDate(0, 0, -1), Newest: today}
	if len(h.runs) > 0 {
		f.FleetCounts = h.runs[0].Fleet
	}
	return f, nil
}

func (h *fakeHistory) Certificates(_ context.Context, before time.Time, p history.Page) ([]history.Certificate, string, error) {
	var list []history.Certificate
	for _, c := range h.certificates {
		if c.NotAfter.Before(before) {
			list = append(list, c)
		}
	}
	return paged(list, p)
}

func (h *fakeHistory) Claim(ctx context.Context, key string, _ time.Time) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if h.broken != nil {
		return false, h.broken
	}
	if h.claims == nil {
		h.claims = map[string]bool{}
	}
	fresh := !h.claims[key]
	h.claims[key] = true
	return fresh, nil
}

func (h *fakeHistory) Claimed(_ context.Context, prefix string) (keys []string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for key := range h.claims {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys, h.broken
}

// fakeOutlook knows one forecast and one waiver.
type fakeOutlook struct{ err error }

func (o fakeOutlook) Forecast(context.Context, *history.Run, time.Time) ([]Forecast, error) {
	return []Forecast{{Date: time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC), Count: 14, What: "certificates", Becomes: audit.Fail, Why: "PUB-LIFETIME: at most 100 days " + nasty, Sample: []string{"https://a.example.com:443", "https://b.example.com:443"}}}, o.err
}

func (o fakeOutlook) Waivers(context.Context, *history.Run, time.Time) ([]WaiverEnd, error) {
	return []WaiverEnd{{ID: "W-2026-014", Owner: "web team", Ticket: "SEC-1412", Expires: today.AddDate(0, 0, 9), Findings: 3}}, o.err
}

// fakeWay is a channel that keeps what it is given.
type fakeWay struct {
	mu    sync.Mutex
	sent  []*Digest
	ids   []string
	fails []error // taken one by one
	// during, if set, happens while a message is sent.
	during func()
}

func (w *fakeWay) compose(d *Digest, id string) ([]byte, error) { return d.writeJSON(id, 10) }
func (w *fakeWay) secrets() []secret                            { return []secret{newSecret("hunter2-hunter2")} }

func (w *fakeWay) send(_ context.Context, d *Digest, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.during != nil {
		w.during()
	}
	if len(w.fails) > 0 {
		err := w.fails[0]
		w.fails = w.fails[1:]
		if err != nil {
			return err
		}
	}
	w.sent, w.ids = append(w.sent, d), append(w.ids, id)
	return nil
}

var errDown = &failure{certainty: later, err: errors.New("connection refused, password hunter2-hunter2")}

// notifierFor makes a notifier with one fake channel.
func notifierFor(h *fakeHistory, way channel, mode AllClear) *Notifier {
	c := &Config{Lines: 3, AllClear: mode, Horizons: []int{90, 60, 30, 14, 7}}
	for _, o := range groupOrder {
		c.Changes = append(c.Changes, o.kind)
	}
	return &Notifier{config: c, parts: Parts{Source: h, Claims: h, Now: func() time.Time { return today }},
		channels: []opened{{name: "ops", allClear: mode, way: way}}, since: today, missed: map[string]Missed{}, remarks: map[string][]string{}, fates: map[string]fate{}}
}
