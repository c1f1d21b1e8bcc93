package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// asked counts what the scans did and did not ask: the depth bounds it, and what
// was never asked is neither accepted nor refused.
type asked struct {
	depths map[string]int
	open   map[string]*gap
}

// gap counts the endpoints a question was not put to, and those whose answer
// cannot be relied upon.
type gap struct{ notAsked, undetermined int }

// questions are what is counted, in the order of a scan.
var questions = []string{
	"a protocol version", "the whole list of cipher suites", "who decides the order of suites", "the whole list of groups", "every certificate chain", "whether the chain is trusted",
	"a full handshake", "whether a client certificate is asked for", "plain text behind STARTTLS", "a stapled OCSP response", "session features",
}

func (a *asked) add(o *audit.Observation) {
	if a.depths == nil {
		a.depths, a.open = map[string]int{}, map[string]*gap{}
	}
	if o.Depth != "" || o.Reach == audit.ReachTLS {
		if depth := clean(o.Depth, 40); len(a.depths) < 20 || a.depths[depth] > 0 {
			a.depths[depth]++
		}
	}
	if o.Reach != audit.ReachTLS {
		return // nothing could be asked, which other sheets say
	}
	worst := map[string]audit.Answer{}
	note := func(question string, answer audit.Answer) {
		if answer.Known() {
			return
		}
		if before, ok := worst[question]; !ok || before == audit.Undetermined {
			worst[question] = answer
		}
	}
	for i := range o.Versions {
		f := &o.Versions[i]
		note(questions[0], f.Answer)
		if f.Answer != audit.Accepted {
			continue
		}
		note(questions[1], f.SuitesAnswer)
		note(questions[2], map[audit.Preference]audit.Answer{audit.PreferenceServer: audit.Accepted, audit.PreferenceClient: audit.Accepted, audit.PreferenceUndetermined: audit.Undetermined}[f.Preference])
		note(questions[3], f.GroupsAnswer)
	}
	note(questions[4], o.ChainsAnswer)
	for i := range o.Chains {
		note(questions[5], o.Chains[i].Trust.Answer)
		note(questions[9], o.Chains[i].Stapled.Answer)
	}
	handshake, client := audit.NotAsked, audit.NotAsked
	if o.Handshake != nil {
		handshake, client = o.Handshake.Completed, o.Handshake.ClientCertificate
	}
	note(questions[6], handshake)
	note(questions[7], client)
	if o.StartTLS != nil {
		note(questions[8], o.StartTLS.Injection)
	}
	if !slices.ContainsFunc(o.Features, func(f audit.FeatureFact) bool { return f.Answer != audit.NotAsked }) {
		note(questions[10], audit.NotAsked)
	}
	for question, answer := range worst {
		g := a.open[question]
		if g == nil {
			g = &gap{}
			a.open[question] = g
		}
		if answer == audit.NotAsked {
			g.notAsked++
		} else {
			g.undetermined++
		}
	}
}

// depths says how deep the scans went: "standard 12, quick 1".
func depths(a *asked) string {
	var parts []string
	for _, depth := range slices.Sorted(maps.Keys(a.depths)) {
		name := depth
		if name == "" {
			name = "not told"
		}
		parts = append(parts, fmt.Sprintf("%s: %s", name, plural(a.depths[depth], "endpoint", "endpoints")))
	}
	if len(parts) == 0 {
		return "nothing was scanned"
	}
	return strings.Join(parts, ", ")
}
