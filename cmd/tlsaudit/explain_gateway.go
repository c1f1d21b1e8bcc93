package main

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/gateway"
)

// wireRules are the rules of the gateway's table that are decided by probing
// the peers, under whatever row governs them. Their findings carry the row in
// their names, such as "FP-08.outbound.10.chain".
var wireRules = []struct {
	id, title, doc string
	// parts are the checks by the last word of the name.
	parts [][2]string
}{
	{
		"FP-08", "The peer satisfies what the row that governs it demands",
		"A row of the table is enforced: mail to or from a peer that does not satisfy it is not delivered, but queues until it is returned. What each row demands is asked of " +
			"every peer in the inventory it governs, so that this is known before the row is switched on. tlsaudit whatif says the same for every other level.",
		[][2]string{
			{"starttls", "smtp.starttls.offered"}, {"tls", "protocol.tls_enabled"}, {"strength", "messaging.strong_crypto"},
			{"chain", "cert.chain.trusted"}, {"name", "cert.identity"},
		},
	},
	{
		"FP-09", "The gateway's own client certificate may be used for client authentication",
		"A peer that asks for a client certificate refuses one whose extended key usage does not name client authentication. Public CAs issue no such certificates any more.",
		[][2]string{{"client_certificate", "messaging.client_certificate"}},
	},
}

// explainGateway prints a rule about the gateway's table, or a rule its rows
// make about peers. It reports whether there is one of that name.
func explainGateway(out *page, id string) bool {
	if i := slices.IndexFunc(gateway.Rules, func(r *gateway.Rule) bool { return r.ID == id || r.Check == id }); i >= 0 {
		explainTableRule(out, gateway.Rules[i])
		return true
	}
	for _, w := range wireRules {
		if id != w.id && !strings.HasPrefix(id, w.id+".") {
			continue
		}
		out.text(0, w.id+": "+w.title)
		out.heading("WHY IT MATTERS")
		out.text(2, w.doc)
		out.heading("HOW IT IS DECIDED")
		out.text(2, "By probing the peer. The rules a row makes, and their checks:")
		for _, part := range w.parts {
			out.entry(4, 24, "."+part[0], part[1])
		}
		for _, part := range w.parts {
			if c := checks.ByID(part[1]); c != nil && strings.HasSuffix(id, "."+part[0]) {
				out.heading("THE CHECK")
				out.text(2, c.ID+": "+c.Title)
				explainWhy(out, c)
			}
		}
		return true
	}
	return false
}

func explainTableRule(out *page, r *gateway.Rule) {
	out.text(0, r.ID+" ("+r.Check+"): "+r.Title)
	out.heading("WHY IT MATTERS")
	out.text(2, r.Doc)
	out.heading("HOW IT IS DECIDED")
	out.text(2, r.Detect)
	out.line("")
	out.entry(0, 12, "LEVEL", levelWords(r.Level)+", severity "+r.Severity.String())
	out.heading("REMEDY")
	explainSteps(out, &r.Remedy)
	out.heading("REFERENCES")
	for _, ref := range r.Refs {
		out.entry(2, 4, "-", ref)
	}
}

// explainSteps prints a remedy in sentences.
func explainSteps(out *page, r *audit.Remedy) {
	for line := range strings.SplitSeq(r.Text, "\n") {
		out.text(2, line)
	}
	out.entry(2, 10, "apply", r.Apply)
	out.entry(2, 10, "verify", r.Verify)
}

// gatewayIDs lists the rules of the table by name.
func gatewayIDs() []string {
	var ids []string
	for _, r := range gateway.Rules {
		ids = append(ids, r.ID)
	}
	for _, w := range wireRules {
		ids = append(ids, w.id)
	}
	return ids
}
