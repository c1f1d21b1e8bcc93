package dashboard

import (
	"context"
	"slices"

	"tlsaudit/internal/history"
)

// The choices of the filter; the first of each is the usual one.
var (
	findingStates = []string{"open", "flapping", "fixed", "gone", "all"}
	findingOrders = []string{"worst", "age", "seen"}
)

// findingsData is a part of the findings that match a filter.
type findingsData struct {
	Findings []history.FindingState
	Pager    pager
	States, Severities,
	Systems, Orders []option
	Rule, Profile, Subject, Text string
	// Filtered is set when anything but the order was chosen.
	Filtered bool
}

func findings(ctx context.Context, q *request) (any, error) {
	in := reader{q: q}
	ask := history.FindingQuery{
		Page: in.page(), State: in.oneOf("state", findingStates), Order: in.oneOf("order", findingOrders),
		Severity: in.oneOf("severity", slices.Concat([]string{""}, severityNames)),
		System:   in.text("system"), Rule: in.text("rule"), Profile: in.text("profile"), Subject: in.subject("subject"), Text: in.text("q"),
	}
	if in.err != nil {
		return nil, in.err
	}
	systems, err := q.systemNames(ctx, ask.System)
	if err != nil {
		return nil, err
	}
	list, next, err := q.History.Findings(ctx, ask)
	if err != nil {
		return nil, err
	}
	return &findingsData{
		Findings: list, Pager: q.pager(next, len(list), "finding", "findings"),
		States: options(findingStates, ask.State, ""), Severities: options(slices.Concat([]string{""}, severityNames), ask.Severity, "all"),
		Systems: systems, Orders: options(findingOrders, ask.Order, ""),
		Rule: ask.Rule, Profile: ask.Profile, Subject: ask.Subject, Text: ask.Text,
		Filtered: ask.State != findingStates[0] || ask.Severity+ask.System+ask.Rule+ask.Profile+ask.Subject+ask.Text != "",
	}, nil
}

// maxOptions bounds the systems a form lets one choose from.
const maxOptions = 500

// systemNames are the systems there are to choose from, and the chosen one, which
// may be gone.
func (q *request) systemNames(ctx context.Context, chosen string) ([]option, error) {
	f, err := q.History.Fleet(ctx)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, s := range f.Systems[:min(len(f.Systems), maxOptions)] {
		if s.System != "" {
			names = append(names, s.System)
		}
	}
	if chosen != "" && !slices.Contains(names, chosen) {
		names = append(names, chosen)
	}
	slices.Sort(names)
	return options(slices.Concat([]string{""}, names), chosen, "all"), nil
}
