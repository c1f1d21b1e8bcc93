package policy

import (
	"tlsaudit/audit"
	"tlsaudit/internal/gateway"
)

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

// Probes returns the rules that decide which levels and strengths of a gateway
// table a peer satisfies, bound to the checks. Rules of a check that is not
// among them are left out: what they would decide is then unknown.
func Probes(checks []*audit.Check) ([]audit.Rule, error) {
	var p Policy
	if err := p.bind(tableDemands(gateway.ProbeDemands()), checks); err != nil {
		return nil, err
	}
	return p.Rules, nil
}

// SetOutgoing tells the rule about a gateway's own certificate (FP-09) what was
// read from the file its table names. The rule stays undecided without it.
func (p *Policy) SetOutgoing(t *gateway.Table, c *gateway.Certificate, checks []*audit.Check) error {
	t.Outgoing = c
	for _, d := range tableDemands(t.Demands()) {
		if d.rule.ID != gateway.CertificateRule {
			continue
		}
		rule, _, err := d.bind(checks)
		if err != nil {
			return err
		}
		for i := range p.Rules {
			if rule != nil && p.Rules[i].Profile == rule.Profile && p.Rules[i].ID == rule.ID {
				p.Rules[i].Params = rule.Params
			}
		}
	}
	return nil
}
