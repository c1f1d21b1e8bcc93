package gateway

import (
	"fmt"

	"tlsaudit/audit"
)

var sensitiveDomain = &Rule{
	ID: "FP-07", Check: "gateway.sensitive_domain",
	Title: "Mail to sensitive domains goes only to a receiver that proved who it is",
	Doc: "Encrypt takes any certificate, Encrypt+CN any that claims the right name, self-signed ones included. Both stop an eavesdropper and neither stops somebody who answers in the " +
		"receiver's place.",
	Detect: "Judged for the domains of gateway.sensitive. The row that governs one must demand, in effect, chain and name (Verify+CN), or authenticate by DANE or fingerprint. Chain without name, " +
		"and a name that is itself taken from DNS, are warnings. Unknown where an earlier, weaker row for hosts or addresses may govern the mail instead, where another row has the same priority, and where the " +
		"effective level is not known. A domain no row governs fails, or is unknown where rows for hosts or addresses may govern it.",
	Level: audit.Must, Severity: audit.High,
	Remedy: audit.Remedy{Product: "generic", Confidence: "documented", Apply: atOnce, Text: tablePage + ": on premises choose Verify+CN for the entry"},
	Refs:   []string{vendorRef},
	judge: func(s *survey, i int) result {
		r, effective, known := s.row(i)
		domains := few(s.sensitive[i])
		switch {
		case len(s.sensitive[i]) == 0 && s.elsewhere[i]:
			return moot("the row governs sensitive domains, and a row that is looked up beside it makes sure of their receiver")
		case len(s.sensitive[i]) == 0:
			return moot("the row governs no domain listed as sensitive")
		case r.Undecided != "":
			return unknown(r.Undecided)
		case !known:
			return unknown(fmt.Sprintf("what %s means for %s depends on the deployment of the gateway, which is not stated", r.Level, domains))
		case !authenticates(effective) && effective != Verify:
			return fail(fmt.Sprintf("mail to %s is sent at the level %s, which does not prove who receives it", domains, effective))
		case s.uncertain[i]:
			return unknown("an earlier row for hosts or addresses, or one that could not be read, may govern mail to " + domains)
		case s.clashes[i].priority != "":
			return unknown("the row shares its priority with " + s.clashes[i].priority + ": which of them governs mail to " + domains + " is not known")
		case effective == Verify:
			return warn("mail to " + domains + " is sent to any host with a trusted certificate: the name is not compared")
		case r.WeakName:
			return warn("mail to " + domains + " is sent to a host whose name comes from DNS: whoever forges its answer chooses the name")
		}
		return pass(fmt.Sprintf("mail to %s is sent at the level %s", domains, effective))
	},
}

var clearException = &Rule{
	ID: "GW-01", Check: "gateway.clear_text",
	Title:  "No row switches TLS off",
	Doc:    "An exception for a peer whose TLS once was broken outlives the defect, and every mail to it stays readable on the way.",
	Detect: "A row fails when it keeps the gateway from trying TLS (Postfix none, Sendmail Try_TLS NO, Exim hosts_avoid_tls, Exchange IgnoreSTARTTLS, Cisco off). Opportunistic rows pass: they enforce nothing, but do not forbid it.",
	Level:  audit.Must, Severity: audit.High,
	Remedy: audit.Remedy{Product: "generic", Confidence: "inferred", Text: "remove the exception, or let it be opportunistic; keep it only with a waiver that says why and until when"},
	Refs:   []string{"RFC 3207"},
	judge: func(s *survey, i int) result {
		r := &s.t.Rows[i]
		switch {
		case r.Level == None:
			return fail("TLS is switched off for these peers")
		case r.Undecided != "":
			return unknown(r.Undecided)
		case r.Level == Opportunistic:
			return pass("TLS is used if the peer offers it; nothing is enforced")
		}
		return pass("TLS is enforced")
	},
}
