package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tlsaudit/audit"
)

// The bounds of what is named; all is counted.
const (
	namedSubjects = 20
	namedWaivers  = 10
	maxEvents     = 5000
)

// gathering collects what becomes of subjects. Several goroutines may add to it;
// what comes out does not depend on their order.
type gathering struct {
	now, until time.Time

	mu       sync.Mutex // guards what follows
	groups   map[groupKey]*audit.ForecastEvent
	subjects int
	open     int
	rowCount int
	faults   int
	// oldest and newest are when evidence is from.
	oldest, newest time.Time
	expiry         *expiry
}

// groupKey tells events apart.
type groupKey struct {
	date          string
	kind          audit.ForecastKind
	profile, rule string
	severity      audit.Severity
	from, to      audit.Verdict
}

func newGathering(f *Forecast) *gathering {
	return &gathering{now: f.Judge.Now, until: f.Until, groups: map[groupKey]*audit.ForecastEvent{}, expiry: newExpiry(f)}
}

// endpoint adds one endpoint.
func (g *gathering) endpoint(subject string, o *audit.Observation, told foretold) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.subjects++
	g.faults += told.faults
	if told.open {
		g.open++
	}
	if at := o.Started; !at.IsZero() {
		if g.oldest.IsZero() || at.Before(g.oldest) {
			g.oldest = at
		}
		if at.After(g.newest) {
			g.newest = at
		}
	}
	g.add(subject, told.changes)
	g.expiry.add(subject, o)
}

// rows says how many rows were judged.
func (g *gathering) rows(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rowCount = n
}

// changes adds what becomes of a subject that is no endpoint.
func (g *gathering) changes(subject string, list []turned) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.add(subject, list)
}

func (g *gathering) add(subject string, list []turned) {
	for i := range list {
		c := &list[i]
		f := c.finding
		key := groupKey{c.at.UTC().Format(time.DateOnly), c.kind, f.Profile, f.Rule, f.Severity, c.from, c.to}
		e := g.groups[key]
		if e == nil {
			e = &audit.ForecastEvent{Date: key.date, At: c.at, Kind: c.kind, Profile: f.Profile, Rule: f.Rule, Control: f.Control, Check: f.Check,
				Title: cmp.Or(c.title, f.Rule), Severity: f.Severity, From: c.from.String(), To: c.to.String()}
			g.groups[key] = e
		}
		if c.at.Before(e.At) {
			e.At = c.at
		}
		e.Total++
		e.Subjects = keepFirst(e.Subjects, subject, namedSubjects)
		if c.waiver != "" {
			e.Waivers = keepFirst(e.Waivers, c.waiver, namedWaivers)
		}
	}
}

// keepFirst adds a name to the first n in order, each once.
func keepFirst(list []string, name string, n int) []string {
	i, found := slices.BinarySearch(list, name)
	if found || i >= n {
		return list
	}
	if len(list) == n {
		list = list[:n-1]
	}
	return slices.Insert(list, i, name)
}

// forecast is what was gathered.
func (g *gathering) forecast(f *Forecast) *audit.Forecast {
	r := &audit.Forecast{
		Schema: audit.ForecastV1, Now: g.now.UTC(), Until: g.until.UTC(), Policies: []audit.PolicyRef{}, Subjects: g.subjects, Open: g.open, Rows: g.rowCount,
		OldestEvidence: g.oldest.UTC(), NewestEvidence: g.newest.UTC(), Events: []audit.ForecastEvent{}, Expiry: g.expiry.result(),
	}
	for _, e := range g.groups {
		r.Events = append(r.Events, *e)
	}
	r.Events = append(r.Events, g.expiry.steps(f.Steps)...)
	slices.SortFunc(r.Events, compareEvents)
	if more := len(r.Events) - maxEvents; more > 0 {
		r.Events, r.Omitted = r.Events[:maxEvents], more
	}
	r.Assumes = g.assumes()
	return r
}

// compareEvents orders by day; within it bad news first, the gravest first.
func compareEvents(a, b audit.ForecastEvent) int {
	rank := func(e *audit.ForecastEvent) int {
		switch {
		case e.Kind == audit.ForecastStep:
			return 1
		case e.Worse():
			return 0
		}
		return 2
	}
	return cmp.Or(strings.Compare(a.Date, b.Date), cmp.Compare(rank(&a), rank(&b)), cmp.Compare(b.Severity, a.Severity), strings.Compare(string(a.Kind), string(b.Kind)),
		strings.Compare(a.Profile, b.Profile), strings.Compare(a.Rule, b.Rule), a.At.Compare(b.At), strings.Compare(a.From, b.From), strings.Compare(a.To, b.To), strings.Compare(a.Title, b.Title))
}

// assumes says what the forecast rests on.
func (g *gathering) assumes() []string {
	list := []string{
		"Nothing is changed until then: every endpoint keeps its configuration and its certificates, and every policy and waiver stays as it is. A certificate that is renewed before its date takes its events away.",
		"Trust is foretold by the dates of the certificates presented only. Authorities that are distrusted, certificates that are revoked and roots that end are not foreseen.",
	}
	if g.open > 0 {
		list = append(list, fmt.Sprintf("%d of %d endpoints are not judged in full today: of what is unknown nothing is foretold.", g.open, g.subjects))
	}
	if g.faults > 0 {
		list = append(list, fmt.Sprintf("An internal error left out the dates of %d judgements; their changes may be missing.", g.faults))
	}
	return list
}
