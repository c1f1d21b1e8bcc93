package policy

import (
	"slices"
	"time"

	"tlsaudit/internal/tlsreg"
)

// leavePrimes tells lists of elliptic curves from lists of groups: where a
// profile bounds the primes of finite-field Diffie-Hellman by their size, and
// lists curves alone, the list is not there to rule out DHE suites. Without
// such a bound it is.
func (x *expander) leavePrimes() {
	if !slices.ContainsFunc(x.list, func(d demand) bool { return d.rule.Check == "kx.dh.min_bits" }) {
		return
	}
	for _, d := range x.list {
		if d.rule.Check == "kx.tls13_groups" && d.params["allow"] != nil && !slices.ContainsFunc(namesAt(d.params["allow"], time.Time{}), finiteField) {
			d.params["dhe"] = "elsewhere"
		}
	}
}

func finiteField(name string) bool {
	g, ok := tlsreg.GroupByName(name)
	return ok && g.Kind == "ffdhe"
}
