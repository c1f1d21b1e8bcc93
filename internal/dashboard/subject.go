package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// Of one subject at most so many findings get an age, and so many runs stand in
// its timeline.
const (
	maxAges      = 1000
	timelineRuns = 40
)

// subjectData is one subject in one run, with what became of it.
type subjectData struct {
	// State is what it came to last, Result what it came to in this run.
	State, Result *history.SubjectState
	Record        *audit.Record
	// Run is the run the record is of, Latest whether it is the latest result.
	Run    string
	Latest bool
	// O is what was observed; nil for what is no endpoint.
	O *audit.Observation
	// Open are the findings to act upon, the others passed or have no meaning.
	Open         []subjectFinding
	Passed, Moot []*audit.Finding
	// Strip draws the timeline, the oldest first; Points lists it the other way
	// round.
	Strip  []stripCell
	Points []history.Point
	Pager  pager
	JSON   href
}

// PageTitle is the subject.
func (d *subjectData) PageTitle() string { return d.State.Subject }

// subjectFinding is a finding with what became of it; State is nil if the
// history says nothing of it.
type subjectFinding struct {
	*audit.Finding
	State *history.FindingState
}

// stripCell is one run in the drawing of a timeline.
type stripCell struct {
	X     int
	Class string
	Title string
}

func subject(ctx context.Context, q *request) (any, error) {
	name, run, err := q.subjectAndRun()
	if err != nil {
		return nil, err
	}
	at, err := q.after()
	if err != nil {
		return nil, err
	}
	d := &subjectData{}
	if d.State, err = q.History.Subject(ctx, name); err != nil {
		return nil, err
	}
	r := &history.Run{ID: d.State.LastRun}
	if run != "" {
		if r, err = q.History.Run(ctx, run); err != nil {
			return nil, err
		}
	}
	d.Run, d.Latest = r.ID, r.ID == d.State.LastRun
	if d.Record, err = q.History.Record(ctx, d.Run, name); err != nil {
		return nil, err
	}
	if d.Record.Evidence.Endpoint() {
		d.O = observed(d.Record)
	}
	if d.Result = d.State; !d.Latest {
		d.Result = resultIn(r, d.Record)
	}
	d.JSON = link("/subject/record.json", "s", name, "run", d.Run)
	if err := d.findings(ctx, q); err != nil {
		return nil, err
	}
	at.Limit = timelineRuns
	points, next, err := q.History.Timeline(ctx, name, at)
	if err != nil {
		return nil, err
	}
	d.Points, d.Pager, d.Strip = points, q.pager(next, len(points), "run", "runs"), strip(points)
	return d, nil
}

// resultIn is what a subject came to in a run that is not its latest.
func resultIn(r *history.Run, record *audit.Record) *history.SubjectState {
	s := &history.SubjectState{Subject: record.Evidence.Subject, LastRun: r.ID, LastSeen: r.Started, Verdict: audit.NotApplicable}
	for i := range record.Findings {
		f := &record.Findings[i]
		if i == 0 || f.Compare(&audit.Finding{Verdict: s.Verdict, Severity: s.Severity}) < 0 {
			s.Verdict, s.Severity = f.Verdict, f.Severity
		}
		switch f.Verdict {
		case audit.Fail:
			s.Fail++
		case audit.Warn:
			s.Warn++
		case audit.Pass:
			s.Pass++
		case audit.Waived:
			s.Waive++
		case audit.NotApplicable:
		default:
			s.Unknown++
		}
	}
	o := observed(record)
	s.System, s.Reach, s.Reason = o.Target.System, o.Reach, o.Reason
	for i := range o.Chains {
		if leaf := o.Chains[i].Certificates; len(leaf) > 0 && !leaf[0].NotAfter.IsZero() && (s.NotAfter.IsZero() || leaf[0].NotAfter.Before(s.NotAfter)) {
			s.NotAfter = leaf[0].NotAfter
		}
	}
	return s
}

// subjectAndRun reads what a page about a subject is about. The run is empty for
// the latest result.
func (q *request) subjectAndRun() (name, run string, err error) {
	in := reader{q: q}
	name = in.subject("s")
	if q.query().Get("run") != "" {
		run = in.run("run", "")
	}
	if in.err == nil && name == "" {
		in.err = badRequest("The address names no subject.", "The page \"Subjects\" leads to them.")
	}
	return name, run, in.err
}

// findings sorts the findings of the record and joins them with their history.
func (d *subjectData) findings(ctx context.Context, q *request) error {
	states, _, err := q.History.Findings(ctx, history.FindingQuery{Page: history.Page{Limit: maxAges}, Subject: d.State.Subject, State: "all"})
	if err != nil {
		return err
	}
	known := make(map[string]*history.FindingState, len(states))
	for i := range states {
		known[states[i].Fingerprint] = &states[i]
	}
	for i := range d.Record.Findings {
		f := &d.Record.Findings[i]
		switch f.Verdict {
		case audit.Pass:
			d.Passed = append(d.Passed, f)
		case audit.NotApplicable:
			d.Moot = append(d.Moot, f)
		default:
			d.Open = append(d.Open, subjectFinding{f, known[f.Fingerprint]})
		}
	}
	return nil
}

// observed returns the observation of a record, and one that knows nothing if it
// has none.
func observed(record *audit.Record) *audit.Observation {
	if record.Evidence.Observed == nil {
		return &audit.Observation{Reach: audit.ReachUnknown, Reason: "no observation was recorded"}
	}
	return record.Evidence.Observed
}

// strip draws points, the oldest at the left.
func strip(points []history.Point) []stripCell {
	cells := make([]stripCell, 0, len(points))
	for i, p := range slices.Backward(points) {
		cells = append(cells, stripCell{X: (len(points) - 1 - i) * 12, Class: verdictClass(p.Verdict), Title: day(p.At) + ": " + verdictWord(p.Verdict)})
	}
	return cells
}

// StripWidth is the width of the drawing.
func (d *subjectData) StripWidth() int { return max(len(d.Strip)*12, 12) }

// Changed reports whether a point, by its place in the list, was seen otherwise
// than in the run before it.
func (d *subjectData) Changed(i int) bool {
	return i+1 < len(d.Points) && d.Points[i].ObservationSHA256 != d.Points[i+1].ObservationSHA256
}

// At leads to the subject as a run saw it.
func (d *subjectData) At(p history.Point) href {
	return link("/subject", "s", d.State.Subject, "run", p.RunID)
}

// recordJSON sends the record of a subject as it is.
func recordJSON(q *request, w http.ResponseWriter) error {
	name, run, err := q.subjectAndRun()
	if err != nil {
		return err
	}
	if run == "" {
		state, err := q.History.Subject(q.Context(), name)
		if err != nil {
			return err
		}
		run = state.LastRun
	}
	record, err := q.History.Record(q.Context(), run, name)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="tlsaudit-record.json"`)
	if _, err := w.Write(append(text, '\n')); err != nil && !errors.Is(err, context.Canceled) {
		q.Log.Debug("writing a record", "error", err)
	}
	return nil
}
