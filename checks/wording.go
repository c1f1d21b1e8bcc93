package checks

import "tlsaudit/audit"

// deniedBy says that something is on a list of what is ruled out, as strongly
// as the rule does: "forbidden by pci-dss-4.0.1 4.2.1", or, where a standard
// phases out or advises against, "discouraged by". The clause is otherwise if
// the rule comes from none.
func deniedBy(c *audit.Case, otherwise string) string {
	switch c.Level {
	case audit.Should, audit.ShouldNot, audit.May:
		return "discouraged by " + c.Clause(otherwise)
	}
	return "forbidden by " + c.Clause(otherwise)
}

// notListedBy says that something is not on a list of what is allowed.
func notListedBy(c *audit.Case, otherwise string) string {
	return "not on the list of " + c.Clause(otherwise)
}
