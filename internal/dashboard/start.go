package dashboard

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
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
		case recent[i].Reported() && d.Latest == nil:
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
