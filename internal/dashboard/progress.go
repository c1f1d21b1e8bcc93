package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"tlsaudit/internal/history"
	"tlsaudit/internal/hypertext"
)

// progressData is how far an audit got.
type progressData struct {
	*Progress
	// Counts says it in words.
	Counts string
	// Bar is the share of targets that were scanned, in thousandths; negative where
	// that is not known.
	Bar int
}

// Percent is the share of targets that were scanned.
func (d *progressData) Percent() string { return hypertext.ShareText(d.Done, d.Total) }

// Moving is set while the audit goes on.
func (d *progressData) Moving() bool { return d.State == history.Running }

// Fleeting reports whether the audit goes on.
func (d *progressData) Fleeting() bool { return d.Moving() }

// PageTitle says how the audit is.
func (d *progressData) PageTitle() string {
	switch d.State {
	case history.Running:
		return "Audit in progress"
	case history.Complete:
		return "Audit that is done"
	}
	return "Audit that was broken off"
}

// Here is where the page is.
func (d *progressData) Here() href { return link("/audit/" + d.Run) }

// Events is where its progress is told.
func (d *progressData) Events() href { return link("/audit/" + d.Run + "/events") }

func progress(ctx context.Context, q *request) (any, error) { return q.progressOf(ctx) }

// progressOf finds the audit the address names. Of one that is not made here no
// more is known than the history has.
func (q *request) progressOf(ctx context.Context) (*progressData, error) {
	id, err := validRun(q.PathValue("run"), "")
	if err != nil {
		return nil, err
	}
	if q.Audits != nil {
		p, err := q.Audits.Progress(ctx, id)
		if err == nil {
			return followed(p), nil
		}
		if !errors.Is(err, history.ErrNotFound) {
			return nil, err
		}
	}
	r, err := q.History.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	return recorded(r), nil
}

// followed is the progress of an audit that is made here.
func followed(p *Progress) *progressData {
	d := &progressData{Progress: p}
	d.Counts = fmt.Sprintf("%s of %s (%s), %s not reached", num(p.Done), plural(p.Total, "target", "targets"), d.Percent(), num(p.Unreachable))
	if p.Total > 0 {
		d.Bar = min(int(int64(p.Done)*1000/int64(p.Total)), 1000)
	}
	return d
}

// recorded is what the history knows of a run.
func recorded(r *history.Run) *progressData {
	d := &progressData{Progress: &Progress{Run: r.ID, State: r.State, Started: r.Started, Note: r.Why}, Bar: -1}
	switch r.State {
	case history.Complete:
		d.Total, d.Done, d.Bar = r.Summary.Subjects, r.Summary.Subjects, 1000
		d.Counts = fmt.Sprintf("%s of %s (%s); of %s not all is known", num(d.Done), plural(d.Total, "target", "targets"), d.Percent(), num(r.Summary.Unknown))
	case history.Running:
		d.Counts = "Another process makes this audit: how far it is cannot be seen here."
	default:
		d.Counts = "It did not get to its end. What it had seen is kept."
	}
	return d
}

// event is what the page of progress is told, as JSON.
type event struct {
	State  history.RunState `json:"state"`
	Bar    int              `json:"bar"`
	Counts string           `json:"counts"`
	Note   string           `json:"note"`
}

// events tells the progress of an audit until it ends, the reader goes, or the
// server stops. A line is sent at every tick, so that a connection nobody listens
// at is found out.
func events(q *request, w http.ResponseWriter) error {
	p, err := q.progressOf(q.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	tick := time.NewTicker(q.Tick)
	defer tick.Stop()
	for {
		if err := control.SetWriteDeadline(q.Now().Add(patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return nil
		}
		if err := send(w, q, p); err != nil {
			return nil // the reader is gone
		}
		if err := control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) || !p.Moving() {
			return nil
		}
		select {
		case <-q.Context().Done():
			return nil
		case <-q.Ending:
			return nil
		case <-tick.C:
		}
		if p, err = q.progressOf(q.Context()); err != nil {
			if q.Context().Err() == nil {
				q.Log.Error("the progress of an audit is not known", "error", q.Clean(err.Error()))
			}
			return nil
		}
	}
}

func send(w http.ResponseWriter, q *request, p *progressData) error {
	text, err := json.Marshal(event{p.State, p.Bar, p.Counts, q.Clean(p.Note)})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "data: %s\n\n", text)
	return err
}
