package gateway

import (
	"fmt"
	"time"
)

// Merge takes the rows of another table behind its own, and the facts it does
// not have yet. It returns a fault if both state a fact differently, or
// together have too many rows.
func (t *Table) Merge(other *Table) *Fault {
	if len(t.Rows)+len(other.Rows) > maxRows {
		return &Fault{fmt.Sprintf("together with the rows before more than %d rows", maxRows), "split the policy"}
	}
	differ := func(fact string) *Fault {
		return &Fault{"the file and the policy state " + fact + " differently", "state it in one place"}
	}
	switch {
	case other.Deployment == "":
	case t.Deployment == "":
		t.Deployment = other.Deployment
	case t.Deployment != other.Deployment:
		return differ("the deployment")
	}
	for _, fact := range []struct {
		own  **bool
		from *bool
		name string
	}{
		{&t.TrustedCA, other.TrustedCA, "trusted_ca_for_outgoing_imported"},
		{&t.StrictAuthenticity, other.StrictAuthenticity, "strict_outbound_message_authenticity_checks"},
	} {
		switch {
		case fact.from == nil:
		case *fact.own == nil:
			*fact.own = fact.from
		case **fact.own != *fact.from:
			return differ(fact.name)
		}
	}
	t.CollectedAt = earlier(t.CollectedAt, other.CollectedAt)
	source := 1
	for i := range t.Rows {
		source = max(source, t.Rows[i].Source+1)
	}
	for _, r := range other.Rows {
		r.Source = source
		t.Rows = append(t.Rows, r)
	}
	if t.Product == "" {
		t.Product = other.Product
	}
	t.Sort()
	return nil
}

// earlier returns the earlier of two moments, of which either may be unknown.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
