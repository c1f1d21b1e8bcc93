package checks

import "tlsaudit/audit"

// derived is what checks make of one observation, made once for all rules that
// judge it. Nobody writes to what is in it.
type derived struct {
	suites    []seenSuite
	byVersion []seenAt
	leaves    []leaf
	groups    []audit.GroupFact
}

// derivedFrom returns what was derived so far.
func derivedFrom(c *audit.Case) *derived {
	if c.Memo == nil {
		return &derived{}
	}
	d, ok := (*c.Memo).(*derived)
	if !ok {
		d = &derived{}
		*c.Memo = d
	}
	return d
}
