package dashboard

import (
	"context"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// The choices of the filter; the first of each is the usual one.
var (
	subjectVerdicts = []string{"", audit.Fail.String(), audit.Unknown.String(), audit.Warn.String(), audit.Waived.String(), audit.NotApplicable.String(), audit.Pass.String()}
	subjectOrders   = []string{"worst", "subject", "expiry", "seen"}
	subjectStates   = []string{"there", "gone"}
)

// subjectsData is a part of the subjects that match a filter, each at its latest
// result.
type subjectsData struct {
	Subjects []history.SubjectState
	Pager    pager
	Verdicts, Systems,
	Orders, States []option
	Protocol, Text string
	Gone, Filtered bool
}

func subjects(ctx context.Context, q *request) (any, error) {
	in := reader{q: q}
	ask := history.SubjectQuery{
		Page: in.page(), Verdict: in.oneOf("verdict", subjectVerdicts), Order: in.oneOf("order", subjectOrders),
		System: in.text("system"), Protocol: in.text("protocol"), Text: in.text("q"),
	}
	state := in.oneOf("state", subjectStates)
	if in.err != nil {
		return nil, in.err
	}
	ask.Gone = state == "gone"
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
		Verdicts: options(subjectVerdicts, ask.Verdict, "all"), Systems: systems, Orders: options(subjectOrders, ask.Order, ""), States: options(subjectStates, state, ""),
		Protocol: ask.Protocol, Text: ask.Text, Gone: ask.Gone,
		Filtered: ask.Gone || ask.Verdict+ask.System+ask.Protocol+ask.Text != "",
	}, nil
}

// systemsData is every system, the worst first, with its subjects at their latest
// results.
type systemsData struct {
	*history.Fleet
}

func systems(ctx context.Context, q *request) (any, error) {
	f, err := q.fleetOf(ctx)
	if err != nil {
		return nil, err
	}
	worstSystems(f.Systems)
	return &systemsData{f}, nil
}

// systemData is one system with its subjects.
type systemData struct {
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
	f, err := q.fleetOf(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(f.Systems, func(s history.SystemCount) bool { return s.System == name && name != "" })
	if i < 0 {
		return nil, notFound("There is no such system.", "The page \"Systems\" lists those there are.")
	}
	list, next, err := q.History.Subjects(ctx, history.SubjectQuery{Page: at, System: name})
	if err != nil {
		return nil, err
	}
	s := f.Systems[i]
	return &systemData{s, byVerdict(s.Fail, s.Unknown, s.Warn, s.Waived, s.Pass), list, q.pager(next, len(list), "subject", "subjects")}, nil
}
