package dashboard

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// runsData is a part of the runs, the newest first.
type runsData struct {
	Runs      []history.Run
	Pager     pager
	Schedules []Schedule
}

func runs(ctx context.Context, q *request) (any, error) {
	at, err := q.after()
	if err != nil {
		return nil, err
	}
	list, next, err := q.History.Runs(ctx, at)
	if err != nil {
		return nil, err
	}
	schedules, err := q.schedules(ctx)
	return &runsData{list, q.pager(next, len(list), "run", "runs"), schedules}, err
}

// runData is one run with what changed in it.
type runData struct {
	Run      *history.Run
	Report   *audit.Report
	Findings whole
	Changes  []history.Change
	Pager    pager
	Formats  []Format
	// Before is the run before it; empty if there is none.
	Before string
}

// PageTitle names the run by its time.
func (d *runData) PageTitle() string { return "Run of " + stamp(d.Run.Started) }

// CompareWithBefore leads to the comparison with the run before.
func (d *runData) CompareWithBefore() href { return link("/compare", "a", d.Before, "b", d.Run.ID) }

// Download is where the run is to be had in a format.
func (d *runData) Download(f Format) href { return link("/runs/" + d.Run.ID + "/download/" + f.Name) }

// Took is how long the run lasted; empty if it did not end.
func (d *runData) Took() string {
	if d.Run.Finished.IsZero() || d.Run.Finished.Before(d.Run.Started) {
		return ""
	}
	return span(d.Run.Finished.Sub(d.Run.Started))
}

func run(ctx context.Context, q *request) (any, error) {
	id, err := validRun(q.PathValue("run"), "")
	if err != nil {
		return nil, err
	}
	at, err := q.after()
	if err != nil {
		return nil, err
	}
	d := &runData{Formats: q.Formats}
	if d.Run, err = q.History.Run(ctx, id); err != nil {
		return nil, err
	}
	d.Findings = findingShares(&d.Run.Summary)
	if !d.Run.Reported() {
		return d, nil
	}
	if d.Report, err = q.History.Report(ctx, d.Run.ID); err != nil {
		return nil, err
	}
	changes, next, err := q.History.Changes(ctx, d.Run.ID, at)
	if err != nil {
		return nil, err
	}
	d.Changes, d.Pager = changes, q.pager(next, len(changes), "change", "changes")
	d.Before, err = q.before(ctx, d.Run)
	return d, err
}

// before finds the run before another that asked for the same.
func (q *request) before(ctx context.Context, r *history.Run) (string, error) {
	for p := (history.Page{Limit: 200}); ; {
		list, next, err := q.History.Runs(ctx, p)
		if err != nil {
			return "", err
		}
		for i := range list {
			if list[i].Reported() && list[i].ID < r.ID && alike(&list[i], r) {
				return list[i].ID, nil
			}
		}
		if next == "" {
			return "", nil
		}
		p.After = next
	}
}

// Patience with a reader of a download: so long may a part of it take.
const patience = time.Minute

// download writes a run in a format while it is read from the history.
func download(q *request, w http.ResponseWriter) error {
	id, err := validRun(q.PathValue("run"), "")
	if err != nil {
		return err
	}
	var format *Format
	for i := range q.Formats {
		if q.Formats[i].Name == q.PathValue("format") {
			format = &q.Formats[i]
		}
	}
	if format == nil {
		return notFound("There is no such format.", "The page of the run lists those there are.")
	}
	r, err := q.History.Run(q.Context(), id)
	if err != nil {
		return err
	}
	if !r.Reported() {
		return &fault{status: http.StatusConflict, cause: "The run has no report: it is " + string(r.State) + ".", hint: "What was seen of a run that was broken off can be had with \"tlsaudit history export\"."}
	}
	report, err := q.History.Report(q.Context(), r.ID)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", format.Type)
	h.Set("Content-Disposition", `attachment; filename="tlsaudit-`+r.ID+format.Ext+`"`)
	if q.Method == http.MethodHead {
		return nil
	}
	out := &patient{w: w, control: http.NewResponseController(w), now: q.Now}
	if err := format.Write(out, report); err != nil {
		if !out.begun {
			h.Del("Content-Disposition")
			return err
		}
		if q.Context().Err() == nil && !errors.Is(err, context.Canceled) {
			q.Log.Error("a download broke off", "run", r.ID, "format", format.Name, "error", q.Clean(err.Error()))
		}
		panic(http.ErrAbortHandler) // so that no half of a report passes for a whole one
	}
	return nil
}

// patient gives the reader a time for each part, not for the whole.
type patient struct {
	w       io.Writer
	control *http.ResponseController
	now     func() time.Time
	begun   bool
}

// Write moves the deadline and writes.
func (p *patient) Write(b []byte) (int, error) {
	p.begun = true
	if err := p.control.SetWriteDeadline(p.now().Add(patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return p.w.Write(b)
}
