package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/hypertext"
)

// startData is the form that starts an audit.
type startData struct {
	// Possible is set when audits can be started from here.
	Possible bool
	Depths   []option
	Systems  []option
	Latest   *history.Run
	Running  *history.Run
}

// startDepths are the depths to choose from; the first is the usual one of the
// server.
var startDepths = slices.Concat([]string{""}, audit.Depths)

func startForm(ctx context.Context, q *request) (any, error) {
	d := &startData{Possible: q.Audits != nil, Depths: options(startDepths, "", "as configured")}
	var err error
	if d.Systems, err = q.systemNames(ctx, ""); err != nil {
		return nil, err
	}
	recent, _, err := q.History.Runs(ctx, history.Page{Limit: 10})
	if err != nil {
		return nil, err
	}
	for i := range recent {
		switch {
		case recent[i].State == history.Running && d.Running == nil:
			d.Running = &recent[i]
		case recent[i].State == history.Complete && d.Latest == nil:
			d.Latest = &recent[i]
		}
	}
	return d, nil
}

// start begins an audit and leads to its progress.
func start(q *request, w http.ResponseWriter) error {
	if q.Audits == nil {
		return &fault{status: http.StatusConflict, cause: "No audit can be started from here.", hint: "The server was started without targets: see \"tlsaudit serve --help\"."}
	}
	system, err := unescaped(q.PostForm.Get("system"))
	ask := AuditRequest{By: q.session.Name, Depth: q.PostForm.Get("depth"), System: system}
	if err != nil || !slices.Contains(startDepths, ask.Depth) || len(ask.System) > maxSearch {
		return badRequest("The form asks for something there is not.", "Choose from what the page offers.")
	}
	id, err := q.Audits.Start(q.Context(), ask)
	if errors.Is(err, ErrBusy) {
		return &fault{status: http.StatusConflict, cause: "An audit is running already, and there are never two at once.", hint: "Wait until it ends. The page \"Runs\" shows it.", err: err}
	}
	if err != nil {
		return err
	}
	http.Redirect(w, q.Request, string(link("/audit/"+id)), http.StatusSeeOther)
	return nil
}

// progressData is how far an audit got.
type progressData struct {
	*Progress
	// Bar is the share of targets that were scanned, in thousandths.
	Bar int
	// Moving is set while it goes on.
	Moving bool
	Events href
}

// Percent is the share of targets that were scanned.
func (d *progressData) Percent() string { return hypertext.ShareText(d.Done, d.Total) }

// Fleeting reports whether the audit goes on.
func (d *progressData) Fleeting() bool { return d.Moving }

func progress(ctx context.Context, q *request) (any, error) {
	p, err := q.progressOf(ctx)
	if err != nil {
		return nil, err
	}
	d := &progressData{Progress: p, Moving: p.State == history.Running, Events: link("/audit/" + p.Run + "/events")}
	if p.Total > 0 {
		d.Bar = min(int(int64(p.Done)*1000/int64(p.Total)), 1000)
	}
	return d, nil
}

// progressOf finds the audit the address names. One that was not started from
// here is known to the history only.
func (q *request) progressOf(ctx context.Context) (*Progress, error) {
	id, err := validRun(q.PathValue("run"), "")
	if err != nil {
		return nil, err
	}
	if q.Audits != nil {
		p, err := q.Audits.Progress(ctx, id)
		if err == nil || !errors.Is(err, history.ErrNotFound) {
			return p, err
		}
	}
	r, err := q.History.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	p := &Progress{Run: r.ID, State: r.State, Started: r.Started, Note: r.Why}
	if r.State == history.Complete {
		p.Total, p.Done = r.Summary.Subjects, r.Summary.Subjects
	}
	return p, nil
}

// event is what the page of progress is told, as JSON.
type event struct {
	State       history.RunState `json:"state"`
	Total       int              `json:"total"`
	Done        int              `json:"done"`
	Unreachable int              `json:"unreachable"`
	Percent     string           `json:"percent"`
	Note        string           `json:"note"`
}

// events tells the progress of an audit until it ends, or the reader goes. A line
// is sent at every tick, so that a connection nobody listens at is found out.
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
		if err := control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) || p.State != history.Running {
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
			q.Log.Error("the progress of an audit is not known", "error", q.Clean(err.Error()))
			return nil
		}
	}
}

func send(w http.ResponseWriter, q *request, p *Progress) error {
	text, err := json.Marshal(event{p.State, p.Total, p.Done, p.Unreachable, hypertext.ShareText(p.Done, p.Total), q.Clean(p.Note)})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "data: %s\n\n", text)
	return err
}
