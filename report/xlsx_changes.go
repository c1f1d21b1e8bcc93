package report

import (
	"fmt"

	"tlsaudit/audit"
)

var changeColumns = []column{
	{"Change", 14, state}, {"Subject", 50, leads}, {"Severity", 10, verdict}, {"Before", 14, text}, {"After", 14, text}, {"What is, or what changed", 70, text},
	{"Profile", 25, text}, {"Rule", 24, text}, {"Fingerprint", 34, short},
}

// addChanges lists what is not as it was in the earlier report.
func (b *book) addChanges() error {
	c := b.report.Changes
	if c == nil {
		return nil
	}
	for i := range c.List {
		change := &c.List[i]
		severity := ""
		if change.Rule != "" {
			severity = change.Severity.String()
		}
		if err := b.changed.add(string(change.Kind), b.changed.leading(change.Subject), severity, change.Before, change.After, change.Message, change.Profile, change.Rule, change.Fingerprint); err != nil {
			return err
		}
		b.lead(b.changed.here(), "B", change.Subject, false)
	}
	if c.Omitted > 0 {
		return b.changed.add("…", nil, nil, nil, nil, plural(c.Omitted, "change is", "changes are")+" left out for their number; the counts on the summary have them", nil, nil, nil)
	}
	return b.changed.start()
}

// changes counts what became of findings and endpoints since the earlier report.
func (p *paper) changes() {
	c := p.report.Changes
	if c == nil {
		return
	}
	p.section("Changes since the earlier report")
	p.hashed("Compared with", c.Before.File, "", c.Before.SHA256)
	p.fact("It was made (UTC)", p.styles.when, c.Generated)
	for _, kind := range audit.ChangeKinds {
		if n := c.Counts[kind]; n > 0 {
			p.fact(fmt.Sprintf("   %s", kind), p.styles.count, n)
			p.to("A", cellIn(p.changed.name, "A", 1))
		}
	}
}
