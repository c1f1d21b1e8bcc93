package dashboard

import (
	"context"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// The choices of the filter; the first of each is the usual one.
var (
	subjectVerdicts = []string{"", audit.Fail.String(), audit.Unknown.String(), audit.Warn.String(), audit.Waived.String(), audit.Pass.String()}
	subjectOrders   = []string{"worst", "subject", "expiry", "seen"}
)

// subjectsData is a part of the subjects that match a filter, each at its latest
// result.
type subjectsData struct {
	Subjects []history.SubjectState
	Pager    pager
	Verdicts, Systems,
	Orders []option
	Protocol, Text string
	Filtered       bool
}

func subjects(ctx context.Context, q *request) (any, error) {
	in := reader{q: q}
	ask := history.SubjectQuery{
		Page: in.page(), Verdict: in.oneOf("verdict", subjectVerdicts), Order: in.oneOf("order", subjectOrders),
		System: in.text("system"), Protocol: in.text("protocol"), Text: in.text("q"),
	}
	if in.err != nil {
		return nil, in.err
	}
	systems, err := q.systemNames(ctx, ask.System)
	if err != nil {
		return nil, err
	}
	list, next, err := q.History.Subjects(ctx, ask)
	if err != nil {
		return nil, err
	}
	return &subjectsData{
		Subjects: list, Pager: q.pager(next, len(list), "subject", "subjects"),
		Verdicts: options(subjectVerdicts, ask.Verdict, "all"), Systems: systems, Orders: options(subjectOrders, ask.Order, ""),
		Protocol: ask.Protocol, Text: ask.Text,
		Filtered: ask.Verdict+ask.System+ask.Protocol+ask.Text != "",
	}, nil
}

// systemsData is every system of the latest run, the worst first.
type systemsData struct {
	Run     *history.Run
	Systems []history.SystemCount
}

func systems(ctx context.Context, q *request) (any, error) {
	r, err := q.History.Run(ctx, "latest")
	if err != nil {
		return nil, err
	}
	list, err := q.History.Systems(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	worstSystems(list)
	return &systemsData{r, list}, nil
}

// systemData is one system with its subjects.
type systemData struct {
	Run      *history.Run
	System   history.SystemCount
	Bar      whole
	Subjects []history.SubjectState
	Pager    pager
}

// PageTitle names the system.
func (d *systemData) PageTitle() string { return "System " + d.System.System }

func system(ctx context.Context, q *request) (any, error) {
	in := reader{q: q}
	name, at := in.text("name"), in.page()
	if in.err != nil {
		return nil, in.err
	}
	r, err := q.History.Run(ctx, "latest")
	if err != nil {
		return nil, err
	}
	all, err := q.History.Systems(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(s history.SystemCount) bool { return s.System == name && name != "" })
	if i < 0 {
		return nil, notFound("The latest run has no such system.", "The page \"Systems\" lists those it has.")
	}
	list, next, err := q.History.Subjects(ctx, history.SubjectQuery{Page: at, System: name, Run: r.ID})
	if err != nil {
		return nil, err
	}
	s := all[i]
	return &systemData{r, s, byVerdict(s.Fail, s.Unknown, s.Warn, s.Waived, s.Pass), list, q.pager(next, len(list), "subject", "subjects")}, nil
}
