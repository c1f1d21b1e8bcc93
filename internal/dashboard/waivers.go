package dashboard

import (
	"context"
	"slices"

	"tlsaudit/audit"
)

// waiversData is the waivers of all there is, by what became of them.
type waiversData struct {
	*judgedBy
	Groups []waiverGroup
}

// waiverGroup is the waivers in one state.
type waiverGroup struct {
	State       audit.WaiverState
	Class, Says string
	Waivers     []audit.WaiverStatus
}

func waivers(ctx context.Context, q *request) (any, error) {
	if _, err := q.fleetOf(ctx); err != nil {
		return nil, err
	}
	j, err := q.judgement(ctx)
	if err != nil {
		return nil, err
	}
	d := &waiversData{judgedBy: j, Groups: []waiverGroup{
		{State: audit.WaiverExpired, Class: "fail", Says: "They have run out: what they covered counts again."},
		{State: audit.WaiverExpiring, Class: "warn", Says: "They run out soon: renew the decision, or repair what they cover."},
		{State: audit.WaiverUnused, Class: "unknown", Says: "They match no finding that fails or warns: perhaps what they covered is repaired."},
		{State: audit.WaiverActive, Class: "waived", Says: "They cover findings that would fail or warn."},
	}}
	for _, w := range j.Waivers {
		at := slices.IndexFunc(d.Groups, func(g waiverGroup) bool { return g.State == w.State })
		if at < 0 {
			at = len(d.Groups) - 1
		}
		d.Groups[at].Waivers = append(d.Groups[at].Waivers, w)
	}
	return d, nil
}
