package checks

import (
	"strings"

	"tlsaudit/audit"
)

var smtpTLSRPT = &audit.Check{
	ID:    "smtp.tlsrpt",
	Title: "The mail domain asks for reports about TLS failures (TLS-RPT)",
	Doc:   "Who cannot deliver because of a certificate, a policy or a TLSA record tells nobody but the one who asks for reports. Without them the first sign of a fault is mail that does not come.",
	Detect: "The TXT records at _smtp._tls.DOMAIN are looked up: exactly one has to begin with v=TLSRPTv1 and name mailto: or https: addresses under rua. Decided about mail domains (mx:DOMAIN); a failed " +
		"look-up is unknown.",
	Severity:  audit.Medium,
	Refs:      []string{"RFC 8460 section 3"},
	Protocols: []string{"smtp", audit.ProtocolMX},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		r.word("txt", "")
		return nil, r.done()
	},
	ParamsDoc: map[string]string{"txt": "the form of the record, for readers; it is always that of RFC 8460"},
	Run: func(c *audit.Case) []audit.Outcome {
		d, out := ofDomain(c)
		if d == nil {
			return out
		}
		r := d.TLSRPT
		switch {
		case r == nil:
			return []audit.Outcome{undecided("", "the record of TLS-RPT was not looked up")}
		case !r.Record.Answered():
			return []audit.Outcome{undecided(asked(&r.Record), "%s", lookupGap(&r.Record))}
		case r.Fault != "":
			return []audit.Outcome{violated(strings.Join(r.Records, " | "), "the record of TLS-RPT counts for nothing: %s", r.Fault)}
		case len(r.Records) != 1 || len(r.RUA) == 0:
			return []audit.Outcome{violated(asked(&r.Record), "no reports are asked for")}
		}
		return []audit.Outcome{met(r.Records[0], "reports go to %s", strings.Join(audit.ClipList(r.RUA, 3), ", "))}
	},
	Want: otherWant("Publish TXT \"v=TLSRPTv1; rua=mailto:tls-reports@DOMAIN\" at _smtp._tls.DOMAIN, and read what comes in."),
	Examples: []audit.Example{
		example("no record", audit.Fail, nil, mailDomain, domain(func(d *audit.MailDomain) {
			d.TLSRPT = &audit.TLSRPT{Record: audit.Lookup{Name: "_smtp._tls.example.com", Type: "TXT", Outcome: audit.LookupNoName}}
		})),
		example("no address", audit.Fail, nil, mailDomain, domain(func(d *audit.MailDomain) { d.TLSRPT.RUA, d.TLSRPT.Fault = nil, "rua is missing: nobody gets reports" })),
		example("reports asked for", audit.Pass, nil, mailDomain),
		example("look-up timed out", audit.Unknown, nil, mailDomain, domain(func(d *audit.MailDomain) {
			d.TLSRPT = &audit.TLSRPT{}
			timedOut(&d.TLSRPT.Record)
		})),
		example("no mail taken", audit.NotApplicable, nil, mailDomain, noMail),
		example("a host, and no domain known", audit.Unknown, nil, mail),
	},
}
