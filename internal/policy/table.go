package policy

import "tlsaudit/internal/gateway"

// tableDemands turns what the rows of a gateway table ask of the peers into
// demands like any other. Their severity is the row's, not the check's.
func tableDemands(list []gateway.Demand) []demand {
	out := make([]demand, len(list))
	for i, d := range list {
		s := severity(d.Rule.Severity)
		out[i] = demand{rule: d.Rule, params: d.Params, off: d.Off, severity: &s}
	}
	return out
}
