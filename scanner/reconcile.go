package scanner

import (
	"context"

	"tlsaudit/audit"
)

// reconcile looks at the versions together, for what one of them says about
// another.
func (e *endpoint) reconcile(ctx context.Context, versions []*version) {
	anyAccepted := false
	for _, x := range versions {
		anyAccepted = anyAccepted || x.Answer == audit.Accepted && x.Version != audit.SSLv2
	}
	for _, x := range versions {
		if x.maybeLatent && x.Answer == audit.Refused && anyAccepted {
			x.Answer = audit.Latent
		}
	}
	e.crossCheck(versions)
	if e.isTorn() {
		e.reunite(ctx, versions)
	}
}

// crossCheck compares refusals with what the server lets slip: a ServerHello of
// an older version ends its random in a marker if it supports TLS 1.2 or 1.3
// (RFC 8446 section 4.1.3).
func (e *endpoint) crossCheck(versions []*version) {
	for _, x := range versions {
		if x.Answer != audit.Accepted {
			continue
		}
		var above []*version
		switch x.reply.Downgrade {
		case audit.TLSv13.String():
			above = versions[5:]
		case audit.TLSv12.String():
			above = versions[4:]
		}
		contradicted := len(above) > 0
		for _, y := range above {
			contradicted = contradicted && y.Answer == audit.Refused
		}
		if contradicted {
			for _, y := range above {
				y.Answer = audit.Undetermined
				y.Evidence += "; but the " + x.Version.String() + " ServerHello claims support for " + x.reply.Downgrade
			}
		}
	}
}

// reunite asks again what one of several unequal servers refused. The union is
// what the address accepts; a refusal cannot be established.
func (e *endpoint) reunite(ctx context.Context, versions []*version) {
	for _, x := range versions {
		if x.Version == audit.SSLv2 {
			x.soften()
			continue
		}
		for range 4 {
			if x.Answer != audit.Refused && x.Answer != audit.Latent {
				break
			}
			again := newVersion(x.Version)
			e.askVersion(ctx, again, nil)
			if again.Answer == audit.Accepted {
				*x = *again
				e.explore(ctx, x, nil)
				e.fileGroups(x)
			}
		}
		x.soften()
	}
}

// soften takes back what one of several unequal servers refused: another may
// accept it. What was accepted stays, as the union.
func (x *version) soften() {
	if x.Answer == audit.Refused || x.Answer == audit.Latent {
		x.Answer, x.Evidence = audit.Undetermined, x.Evidence+"; the back ends disagree"
	}
	if x.SuitesAnswer == audit.Accepted {
		x.SuitesAnswer = audit.Undetermined
	}
	x.SuitesRefused = nil
	if x.Preference == audit.PreferenceServer || x.Preference == audit.PreferenceClient {
		x.Preference, x.PreferenceEvidence = audit.PreferenceUndetermined, x.PreferenceEvidence+"; the back ends disagree"
	}
	if x.GroupsAnswer == audit.Accepted {
		x.GroupsAnswer = audit.Undetermined
	}
	for i := range x.groups {
		if x.groups[i].Answer == audit.Refused {
			x.groups[i].Answer = audit.Undetermined
		}
	}
}

// settleVersions takes back refusals after which the peer never answered
// again: it may have stopped talking to us before it was asked.
func (e *endpoint) settleVersions(ctx context.Context, versions []*version) {
	last := uint64(0)
	for _, x := range versions {
		if x.Answer == audit.Refused || x.Answer == audit.Latent {
			last = max(last, x.negative)
		}
	}
	if last == 0 || e.confirmed(ctx, last) {
		return
	}
	e.mu.Lock()
	good := e.lastGood
	e.mu.Unlock()
	for _, x := range versions {
		if (x.Answer == audit.Refused || x.Answer == audit.Latent) && x.negative > good {
			x.Answer = audit.Undetermined
			x.Evidence += "; no control probe succeeded"
		}
	}
}
