package checks

import (
	"slices"
	"time"

	"tlsaudit/audit"
)

// What a check says changes with time by dates of its parameters or of the
// certificates presented. Here is when; see audit.Check.Turns.

// turns are the moments at which the lists change.
func turns(lists ...*listing) (list []audit.Turn) {
	for _, l := range lists {
		for _, e := range l.sorted {
			list = policyTurns(list, e.from, e.after)
		}
	}
	return list
}

// policyTurns adds dates of parameters; zero ones are none.
func policyTurns(list []audit.Turn, dates ...time.Time) []audit.Turn {
	for _, at := range dates {
		turn := audit.Turn{At: at, Policy: true}
		if !at.IsZero() && !slices.Contains(list, turn) {
			list = append(list, turn)
		}
	}
	return list
}

// behind is the first moment behind t: a certificate is valid through its last.
func behind(t time.Time) time.Time { return t.Add(1) }

// validityTurns are the moments at which certificates that are presented become
// valid, and cease to be.
func validityTurns(chains []audit.Chain) (list []audit.Turn) {
	for i := range chains {
		for k := range chains[i].Certificates {
			cert := &chains[i].Certificates[k]
			list = append(list, audit.Turn{At: cert.NotBefore}, audit.Turn{At: behind(cert.NotAfter)})
		}
	}
	return list
}

// presentedTurns are those of all chains of the endpoint.
func presentedTurns(c *audit.Case) []audit.Turn { return validityTurns(c.Observation.Chains) }

// nearTurns adds to them the moments at which leaves come near their end.
func nearTurns(c *audit.Case) []audit.Turn {
	list := presentedTurns(c)
	p, ok := c.Params.(*validityParams)
	if !ok || p.warnDays == 0 {
		return list
	}
	for i := range c.Observation.Chains {
		if certs := c.Observation.Chains[i].Certificates; len(certs) > 0 {
			list = append(list, audit.Turn{At: behind(certs[0].NotAfter.Add(-time.Duration(p.warnDays) * 24 * time.Hour))})
		}
	}
	return list
}

// stapleTurns are those of stapled responses that are judged by the time of
// judgement, since nobody knows when they were seen.
func stapleTurns(c *audit.Case) (list []audit.Turn) {
	if !c.Observation.Started.IsZero() {
		return nil
	}
	for i := range c.Observation.Chains {
		if s := &c.Observation.Chains[i].Stapled; s.Answer == audit.Accepted {
			list = append(list, audit.Turn{At: s.ThisUpdate.Add(-time.Hour)}, audit.Turn{At: behind(s.NextUpdate)})
		}
	}
	return list
}

// policyHostTurns are those of the certificate under which a mail domain's
// policy is served.
func policyHostTurns(c *audit.Case) []audit.Turn {
	d := c.Observation.MailDomain
	if d == nil || d.MTASTS == nil || d.MTASTS.Fetch == nil || d.MTASTS.Fetch.Chain == nil {
		return nil
	}
	return validityTurns([]audit.Chain{*d.MTASTS.Fetch.Chain})
}
