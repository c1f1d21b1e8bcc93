package gateway

import (
	"fmt"
	"time"

	"tlsaudit/audit"
)

// The console pages the remedies name.
const (
	tablePage       = "Settings > Inbound/Outbound > Enforced TLS Connections"
	certificatePage = "Settings > Inbound/Outbound > TLS Certificate"
	atOnce          = "no restart is needed (inferred)"
	vendorRef       = "Forcepoint Email Security: enforced TLS connections"
)

var effectiveLevel = &Rule{
	ID: "FP-01", Check: "gateway.effective_level",
	Title: "The gateway does what the row says",
	Doc: "In the hybrid deployment the levels Verify and Verify+CN became Encrypt and Encrypt+CN on 2026-05-18, because public authorities stop issuing certificates for client " +
		"authentication. The table may still show the old level; whoever relies on it relies on a check that is not made.",
	Detect: "Rows of outbound connections with Verify or Verify+CN. In the hybrid deployment they fail from 2026-05-18 on and warn before. Strict Outbound Message Authenticity Checks, which " +
		"the vendor names as compensating control, make the failure a warning when they are known to be on: they protect the message, not the connection. Unknown while nobody stated the deployment.",
	Level: audit.Must, Severity: audit.High,
	Remedy: audit.Remedy{Product: "generic", Confidence: "documented", Apply: atOnce,
		Text: tablePage + ": edit the entry, choose Encrypt+CN; enable Strict Outbound Message Authenticity Checks"},
	Refs: []string{vendorRef},
	judge: func(s *survey, i int) result {
		r, effective, known := s.row(i)
		switch {
		case !s.t.own(r):
			return moot("the row is of " + r.Product + ", which has no hybrid deployment")
		case r.Direction != Outbound:
			return moot("inbound rows were not changed")
		case !r.Level.Chain():
			return moot(fmt.Sprintf("the level %s was not changed", r.Level))
		case s.t.Deployment == "":
			return unknown("the deployment of the gateway (on-prem, hybrid, cloud) is not stated")
		case s.t.Deployment != Hybrid:
			return pass(fmt.Sprintf("configured and in effect: %s (%s)", r.Level, s.t.Deployment))
		case known && effective == r.Level:
			return warn(fmt.Sprintf("in the hybrid deployment %s becomes %s on %s", r.Level, levelOf(false, r.Level.CN()), day(Downgrade())))
		}
		message := fmt.Sprintf("configured %s, in effect %s since %s (hybrid deployment); ", r.Level, effective, day(Downgrade()))
		switch on := s.t.StrictAuthenticity; {
		case on == nil:
			return fail(message + "whether Strict Outbound Message Authenticity Checks compensate for it is not stated")
		case *on:
			return warn(message + "Strict Outbound Message Authenticity Checks are on and compensate in part")
		}
		return fail(message + "Strict Outbound Message Authenticity Checks are off")
	},
}

func day(t time.Time) string { return t.Format(time.DateOnly) }

var trustedCA = &Rule{
	ID: "FP-02", Check: "gateway.trusted_ca",
	Title: "A trusted CA certificate is imported for rows that verify",
	Doc:   "Verify and Verify+CN compare the peer's chain with imported CA certificates of outgoing connections. Without one the rows cannot do what they say.",
	Detect: "Rows of outbound connections with Verify or Verify+CN of an on-premises gateway, against the stated fact whether a CA certificate was imported. Unknown while deployment or fact are " +
		"not stated.",
	Level: audit.Must, Severity: audit.High,
	Remedy: audit.Remedy{Product: "generic", Confidence: "documented", Apply: atOnce,
		Text: certificatePage + ": Trusted CA Certificate for Outgoing Connection, Import"},
	Refs: []string{vendorRef},
	judge: func(s *survey, i int) result {
		r := &s.t.Rows[i]
		switch {
		case !s.t.own(r):
			return moot("the trust anchors of " + r.Product + " are not part of its table")
		case r.Direction != Outbound || !r.Level.Chain():
			return moot("the row verifies no chain")
		case s.t.Deployment == "":
			return unknown("the deployment of the gateway (on-prem, hybrid, cloud) is not stated")
		case s.t.Deployment != OnPrem:
			return moot(fmt.Sprintf("CA certificates are imported on premises only (%s)", s.t.Deployment))
		case s.t.TrustedCA == nil:
			return unknown("whether a CA certificate was imported for outgoing connections is not stated")
		case !*s.t.TrustedCA:
			return fail(fmt.Sprintf("%s is configured, but no CA certificate was imported for outgoing connections", r.Level))
		}
		return pass("a CA certificate was imported for outgoing connections")
	},
}

var inboundLevel = &Rule{
	ID: "FP-03", Check: "gateway.inbound_level",
	Title:  "Inbound rows have the level Encrypt",
	Doc:    "The gateway offers no other level for connections it receives. Another one in the data means that the data is not the gateway's table.",
	Detect: "Rows of inbound connections of the gateway whose level is not Encrypt. The row is kept as it is.",
	Level:  audit.Must, Severity: audit.Medium,
	Remedy: audit.Remedy{Product: "generic", Confidence: "documented", Text: "collect the table again from " + tablePage + ", incoming connections: only Encrypt is a valid level there"},
	Refs:   []string{vendorRef},
	judge: func(s *survey, i int) result {
		r := &s.t.Rows[i]
		switch {
		case r.Direction != Inbound:
			return moot("not an inbound row")
		case !s.t.own(r):
			return moot("the row is of " + r.Product + ", which has other levels")
		case r.Undecided != "":
			return unknown(r.Undecided)
		case r.Level != Encrypt:
			return fail(fmt.Sprintf("data error: an inbound row cannot have the level %s", r.Level))
		}
		return pass("the level is encrypt")
	},
}

var strengthWanted = &Rule{
	ID: "FP-04", Check: "gateway.strength",
	Title: "Rows demand the strength the policy wants",
	Doc:   "Medium takes suites of 128 bits, High those above. It is the suite negotiated that counts: the word HIGH of OpenSSL contains AES-128.",
	Detect: "Judged where the policy sets gateway.min_strength: at high, rows that enforce TLS with 128 bits or less fail, at medium those with less than 128. Where it sets none, rows with less than 128 are warned about: that is 3DES and worse. Unknown where the file does not say the " +
		"strength.",
	Level: audit.Must, Severity: audit.Medium,
	Remedy: audit.Remedy{Product: "generic", Confidence: "documented", Apply: atOnce, Text: tablePage + ": edit the entry, choose the encryption strength High"},
	Refs:   []string{vendorRef},
	judge: func(s *survey, i int) result {
		r := &s.t.Rows[i]
		switch {
		case s.t.Wants.MinBits == 0 && r.Undecided == "" && r.Level.Encrypts() && r.MinBits > 0 && r.MinBits < leastBits:
			return warn(fmt.Sprintf("the row takes suites of %d bits, less than Medium, the least gateways offer", r.MinBits))
		case s.t.Wants.MinBits == 0:
			return moot("the policy wants no strength (gateway.min_strength)")
		case r.Undecided != "":
			return unknown(r.Undecided)
		case !r.Level.Encrypts():
			return moot("the row enforces nothing")
		case r.MinBits == 0:
			return unknown("the file does not say which strength the row demands")
		case r.MinBits < s.t.Wants.MinBits:
			return fail(fmt.Sprintf("the row takes suites of %d bits, the policy wants %s", r.MinBits, bits(s.t.Wants.MinBits)))
		}
		return pass("the row takes suites of " + bits(r.MinBits) + " only")
	},
}

// leastBits are those of Medium.
const leastBits = 128

// bits says a least strength; high is anything above 128.
func bits(least int) string {
	if least == 129 {
		return "more than 128 bits"
	}
	return fmt.Sprintf("%d bits or more", least)
}
